#ifndef FGDIAG_YAML_DOC_H
#define FGDIAG_YAML_DOC_H

#include <stdbool.h>
#include <stddef.h>

#include <yaml.h>

#include "arena.h"
#include "err.h"
#include "text.h"

/* What kind of file it is. */
struct yaml_kind {
	const char *a, *the; /* "a playbook", "the playbook" */
	size_t max_bytes;
	enum err_kind error;
};

/* One YAML document, strictly: no anchors, aliases, tags, further documents,
 * NUL or duplicate keys. Errors are "file:line:column: what". */
struct yaml_doc {
	const char *file;
	const struct yaml_kind *kind;
	struct arena *arena;
	yaml_document_t document; /* owned; yaml_doc_done */
};

int yaml_doc_load(struct arena *arena, const struct yaml_kind *kind, const char *file, struct str text,
                  struct yaml_doc *out, struct err *err);
void yaml_doc_done(struct yaml_doc *doc);

yaml_node_t *yaml_doc_root(struct yaml_doc *doc);
yaml_node_t *yaml_doc_node(struct yaml_doc *doc, int index);

/* -1, with the place of the node in front of the words. */
int yaml_doc_fail(const struct yaml_doc *doc, const yaml_node_t *node, struct err *err, const char *fmt, ...)
        __attribute__((format(printf, 4, 5)));

/* A scalar's text (arena copy); NULL with an error when it is none, is empty
 * or holds control characters. */
const char *yaml_doc_text(struct yaml_doc *doc, const yaml_node_t *node, struct err *err);

/* Walk a mapping by a table of keys: an unknown or repeated key, and a missing
 * required one, are errors. */
struct yaml_key {
	const char *name;
	bool required;
	int (*take)(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err);
};
int yaml_doc_map(struct yaml_doc *doc, yaml_node_t *node, const struct yaml_key *keys, size_t key_count, void *target,
                 struct err *err);

/* Walk a mapping whose keys are free names. */
int yaml_doc_each(struct yaml_doc *doc, yaml_node_t *node,
                  int (*take)(struct yaml_doc *doc, yaml_node_t *key, yaml_node_t *value, void *target,
                              struct err *err),
                  void *target, struct err *err);

/* How many items a sequence has; 0 for what is none. */
size_t yaml_doc_count(const yaml_node_t *node);

/* Walk a sequence of at most max items. */
int yaml_doc_list(struct yaml_doc *doc, yaml_node_t *node, size_t max,
                  int (*take)(struct yaml_doc *doc, yaml_node_t *item, void *target, struct err *err), void *target,
                  struct err *err);

#endif
