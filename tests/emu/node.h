#ifndef EMU_NODE_H
#define EMU_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A YAML file as a tree. Every read marks its node, so that a key that nobody
 * reads is found and refused; all readers die with FILE:LINE on bad values. */

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node_item {
	char *key; /* NULL in a list */
	struct node *value;
};

struct node {
	enum node_kind kind;
	const char *file;
	size_t line;
	bool used;
	char *text; /* of a scalar */
	struct node_item *items;
	size_t count;
};

struct node *node_load(const char *path);
void node_free(struct node *node);

/* The value under `key`, or NULL; NULL too when map is NULL. */
struct node *node_get(struct node *map, const char *key);

/* The i-th item of a list; a lone scalar or map counts as a list of one. */
size_t node_count(struct node *list);
struct node *node_at(struct node *list, size_t i);

/* Typed reads of map[key], with a default for absent keys. */
const char *node_text(struct node *map, const char *key, const char *fallback);
double node_real(struct node *map, const char *key, double fallback);
long node_int(struct node *map, const char *key, long fallback);
bool node_flag(struct node *map, const char *key, bool fallback); /* yes no true false on off */

/* The same for a scalar node itself. */
const char *node_scalar(struct node *node);
double node_number(struct node *node);

/* Dies when a key of the tree was never read. */
void node_all_used(const struct node *node);
void node_use_all(struct node *node);

_Noreturn void node_bad(const struct node *node, const char *what);

/* As JSON; every scalar is a string, except yes/no and plain numbers. */
void node_json(const struct node *node, FILE *out);

#endif
