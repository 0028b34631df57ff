#include "yaml_doc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int fail_at(const struct yaml_doc *doc, const yaml_mark_t *mark, struct err *err, const char *what)
{
	return err_set(err, doc->kind->error, "%.200s:%zu:%zu: %s", doc->file, mark->line + 1, mark->column + 1, what);
}

int yaml_doc_fail(const struct yaml_doc *doc, const yaml_node_t *node, struct err *err, const char *fmt, ...)
{
	char words[400];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(words, sizeof words, fmt, args);
	va_end(args);
	return fail_at(doc, &node->start_mark, err, words);
}

static void start(yaml_parser_t *parser, struct str text)
{
	(void)yaml_parser_initialize(parser);
	yaml_parser_set_input_string(parser, (const unsigned char *)text.p, text.n);
	yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
}

/* The reader (bytes that are no UTF-8, control characters) tells an offset only. */
static yaml_mark_t mark_of(struct str text, size_t offset)
{
	yaml_mark_t mark = {.index = offset};
	for (size_t i = 0; i < offset && i < text.n; i++) {
		mark.column++;
		if (text.p[i] == '\n') {
			mark.line++;
			mark.column = 0;
		}
	}
	return mark;
}

static int parser_trouble(const struct yaml_doc *doc, struct str text, const yaml_parser_t *parser, struct err *err)
{
	yaml_mark_t mark =
	        parser->error == YAML_READER_ERROR ? mark_of(text, parser->problem_offset) : parser->problem_mark;
	return fail_at(doc, &mark, err, parser->problem ? parser->problem : "this is not YAML");
}

static const char *extras(const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor)
		return "anchors are not allowed here";
	return tag ? "tags are not allowed here" : NULL;
}

static const char *unwanted(const yaml_event_t *event, unsigned *documents)
{
	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return "aliases are not allowed here";
	case YAML_SCALAR_EVENT:
		return extras(event->data.scalar.anchor, event->data.scalar.tag);
	case YAML_SEQUENCE_START_EVENT:
		return extras(event->data.sequence_start.anchor, event->data.sequence_start.tag);
	case YAML_MAPPING_START_EVENT:
		return extras(event->data.mapping_start.anchor, event->data.mapping_start.tag);
	case YAML_DOCUMENT_START_EVENT:
		return ++*documents > 1 ? "one document is wanted, and here begins another" : NULL;
	default:
		return NULL;
	}
}

/* The document API hides aliases, so the events are looked at first. */
static int check_events(const struct yaml_doc *doc, struct str text, struct err *err)
{
	yaml_parser_t parser;
	unsigned documents = 0;
	int rc = 0;
	bool over = false;
	start(&parser, text);
	while (rc == 0 && !over) {
		yaml_event_t event;
		if (!yaml_parser_parse(&parser, &event)) {
			rc = parser_trouble(doc, text, &parser, err);
			break;
		}
		const char *trouble = unwanted(&event, &documents);
		if (trouble)
			rc = fail_at(doc, &event.start_mark, err, trouble);
		over = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return rc;
}

int yaml_doc_load(struct arena *arena, const struct yaml_kind *kind, const char *file, struct str text,
                  struct yaml_doc *out, struct err *err)
{
	static const yaml_mark_t top;
	struct yaml_doc doc = {.file = file, .kind = kind, .arena = arena};
	if (text.n == 0)
		return fail_at(&doc, &top, err, arena_printf(arena, "%s is empty", kind->the));
	if (text.n > kind->max_bytes)
		return fail_at(&doc, &top, err,
		               arena_printf(arena, "%s has at most %zu KiB", kind->a, kind->max_bytes / 1024));
	if (memchr(text.p, '\0', text.n))
		return fail_at(&doc, &top, err, arena_printf(arena, "%s holds no NUL byte", kind->a));
	if (check_events(&doc, text, err) < 0)
		return -1;
	yaml_parser_t parser;
	start(&parser, text);
	int rc = yaml_parser_load(&parser, &doc.document) ? 0 : parser_trouble(&doc, text, &parser, err);
	yaml_parser_delete(&parser);
	if (rc < 0)
		return -1;
	if (!yaml_doc_root(&doc)) {
		yaml_doc_done(&doc);
		return fail_at(&doc, &top, err, arena_printf(arena, "%s is empty", kind->the));
	}
	*out = doc;
	return 0;
}

void yaml_doc_done(struct yaml_doc *doc)
{
	yaml_document_delete(&doc->document);
}

yaml_node_t *yaml_doc_root(struct yaml_doc *doc)
{
	return yaml_document_get_root_node(&doc->document);
}

yaml_node_t *yaml_doc_node(struct yaml_doc *doc, int index)
{
	return yaml_document_get_node(&doc->document, index);
}

const char *yaml_doc_text(struct yaml_doc *doc, const yaml_node_t *node, struct err *err)
{
	if (node->type != YAML_SCALAR_NODE) {
		(void)yaml_doc_fail(doc, node, err, "one value is wanted here");
		return NULL;
	}
	struct str text = {(const char *)node->data.scalar.value, node->data.scalar.length};
	if (text.n == 0) {
		(void)yaml_doc_fail(doc, node, err, "the value is empty");
		return NULL;
	}
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (c < 0x20 || c == 0x7f) {
			(void)yaml_doc_fail(doc, node, err, "the value holds a control character (0x%02x)", c);
			return NULL;
		}
	}
	return arena_strndup(doc->arena, text.p, text.n);
}

static int wrong_kind(const struct yaml_doc *doc, const yaml_node_t *node, const char *wanted, struct err *err)
{
	return yaml_doc_fail(doc, node, err, "%s is wanted here", wanted);
}

int yaml_doc_each(struct yaml_doc *doc, yaml_node_t *node,
                  int (*take)(struct yaml_doc *doc, yaml_node_t *key, yaml_node_t *value, void *target,
                              struct err *err),
                  void *target, struct err *err)
{
	if (node->type != YAML_MAPPING_NODE)
		return wrong_kind(doc, node, "a mapping (key: value)", err);
	const yaml_node_pair_t *first = node->data.mapping.pairs.start, *end = node->data.mapping.pairs.top;
	for (const yaml_node_pair_t *pair = first; pair < end; pair++) {
		yaml_node_t *key = yaml_doc_node(doc, pair->key);
		const char *name = yaml_doc_text(doc, key, err);
		if (!name)
			return -1;
		for (const yaml_node_pair_t *other = first; other < pair; other++) {
			const yaml_node_t *before = yaml_doc_node(doc, other->key);
			if (strcmp((const char *)before->data.scalar.value, name) == 0)
				return yaml_doc_fail(doc, key, err, "'%s' stands here twice", name);
		}
		if (take(doc, key, yaml_doc_node(doc, pair->value), target, err) < 0)
			return -1;
	}
	return 0;
}

struct table_walk {
	const struct yaml_key *keys;
	size_t key_count;
	unsigned long seen; /* by index of the key */
	void *target;
};

static int take_from_table(struct yaml_doc *doc, yaml_node_t *key, yaml_node_t *value, void *arg, struct err *err)
{
	struct table_walk *walk = arg;
	const char *name = (const char *)key->data.scalar.value;
	for (size_t i = 0; i < walk->key_count; i++) {
		if (strcmp(walk->keys[i].name, name) == 0) {
			walk->seen |= 1ul << i;
			return walk->keys[i].take(doc, value, walk->target, err);
		}
	}
	return yaml_doc_fail(doc, key, err, "unknown key '%.60s'", name);
}

int yaml_doc_map(struct yaml_doc *doc, yaml_node_t *node, const struct yaml_key *keys, size_t key_count, void *target,
                 struct err *err)
{
	struct table_walk walk = {keys, key_count, 0, target};
	if (yaml_doc_each(doc, node, take_from_table, &walk, err) < 0)
		return -1;
	for (size_t i = 0; i < key_count; i++) {
		if (keys[i].required && !(walk.seen & 1ul << i))
			return yaml_doc_fail(doc, node, err, "the key '%s' is missing", keys[i].name);
	}
	return 0;
}

size_t yaml_doc_count(const yaml_node_t *node)
{
	return node->type == YAML_SEQUENCE_NODE
	               ? (size_t)(node->data.sequence.items.top - node->data.sequence.items.start)
	               : 0;
}

int yaml_doc_list(struct yaml_doc *doc, yaml_node_t *node, size_t max,
                  int (*take)(struct yaml_doc *doc, yaml_node_t *item, void *target, struct err *err), void *target,
                  struct err *err)
{
	if (node->type != YAML_SEQUENCE_NODE)
		return wrong_kind(doc, node, "a list", err);
	const yaml_node_item_t *first = node->data.sequence.items.start, *end = node->data.sequence.items.top;
	if ((size_t)(end - first) > max)
		return yaml_doc_fail(doc, node, err, "at most %zu items are allowed here", max);
	for (const yaml_node_item_t *item = first; item < end; item++) {
		if (take(doc, yaml_doc_node(doc, *item), target, err) < 0)
			return -1;
	}
	return 0;
}
