#include "node.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "die.h"

/* ---- load ---- */

static struct node *convert(yaml_document_t *doc, int index, const char *file);

static void convert_list(yaml_document_t *doc, yaml_node_t *from, struct node *node)
{
	size_t n = (size_t)(from->data.sequence.items.top - from->data.sequence.items.start);
	node->kind = NODE_LIST;
	node->count = n;
	node->items = emu_alloc((n + 1) * sizeof *node->items);
	for (size_t i = 0; i < n; i++)
		node->items[i].value = convert(doc, from->data.sequence.items.start[i], node->file);
}

static void convert_map(yaml_document_t *doc, yaml_node_t *from, struct node *node)
{
	size_t n = (size_t)(from->data.mapping.pairs.top - from->data.mapping.pairs.start);
	node->kind = NODE_MAP;
	node->count = n;
	node->items = emu_alloc((n + 1) * sizeof *node->items);
	for (size_t i = 0; i < n; i++) {
		yaml_node_pair_t *pair = &from->data.mapping.pairs.start[i];
		yaml_node_t *key = yaml_document_get_node(doc, pair->key);
		if (key->type != YAML_SCALAR_NODE)
			node_bad(node, "keys are plain words");
		node->items[i].key = emu_strndup((const char *)key->data.scalar.value, key->data.scalar.length);
		node->items[i].value = convert(doc, pair->value, node->file);
		for (size_t j = 0; j < i; j++) {
			if (strcmp(node->items[j].key, node->items[i].key) == 0)
				node_bad(node->items[i].value, "the same key twice");
		}
	}
}

static struct node *convert(yaml_document_t *doc, int index, const char *file)
{
	yaml_node_t *from = yaml_document_get_node(doc, index);
	struct node *node = emu_alloc(sizeof *node);
	node->file = file;
	node->line = from->start_mark.line + 1;
	if (from->type == YAML_SCALAR_NODE)
		node->text = emu_strndup((const char *)from->data.scalar.value, from->data.scalar.length);
	else if (from->type == YAML_SEQUENCE_NODE)
		convert_list(doc, from, node);
	else
		convert_map(doc, from, node);
	return node;
}

struct node *node_load(const char *path)
{
	yaml_parser_t parser;
	yaml_document_t doc;
	FILE *file = fopen(path, "rb");
	if (!file)
		die("cannot read %s", path);
	if (!yaml_parser_initialize(&parser))
		die("out of memory");
	yaml_parser_set_input_file(&parser, file);
	if (!yaml_parser_load(&parser, &doc))
		die("%s:%zu: %s", path, parser.problem_mark.line + 1, parser.problem ? parser.problem : "not YAML");
	if (!yaml_document_get_root_node(&doc))
		die("%s is empty", path);
	struct node *root = convert(&doc, 1, path);
	yaml_document_delete(&doc);
	yaml_parser_delete(&parser);
	fclose(file);
	if (root->kind != NODE_MAP)
		node_bad(root, "a world is a map");
	return root;
}

void node_free(struct node *node)
{
	if (!node)
		return;
	for (size_t i = 0; i < node->count; i++) {
		free(node->items[i].key);
		node_free(node->items[i].value);
	}
	free(node->items);
	free(node->text);
	free(node);
}

/* ---- read ---- */

void node_bad(const struct node *node, const char *what)
{
	die("%s:%zu: %s", node->file, node->line, what);
}

struct node *node_get(struct node *map, const char *key)
{
	if (!map)
		return NULL;
	if (map->kind != NODE_MAP)
		node_bad(map, "a map is expected here");
	map->used = true;
	for (size_t i = 0; i < map->count; i++) {
		if (strcmp(map->items[i].key, key) == 0) {
			map->items[i].value->used = true;
			return map->items[i].value;
		}
	}
	return NULL;
}

size_t node_count(struct node *list)
{
	if (!list)
		return 0;
	list->used = true;
	return list->kind == NODE_LIST ? list->count : 1;
}

struct node *node_at(struct node *list, size_t i)
{
	struct node *item = list->kind == NODE_LIST ? list->items[i].value : list;
	item->used = true;
	return item;
}

const char *node_scalar(struct node *node)
{
	if (node->kind != NODE_SCALAR)
		node_bad(node, "one value is expected here");
	node->used = true;
	return node->text;
}

double node_number(struct node *node)
{
	char *end;
	const char *text = node_scalar(node);
	double value = strtod(text, &end);
	if (end == text || *end)
		node_bad(node, "a number is expected here");
	return value;
}

const char *node_text(struct node *map, const char *key, const char *fallback)
{
	struct node *node = node_get(map, key);
	return node ? node_scalar(node) : fallback;
}

double node_real(struct node *map, const char *key, double fallback)
{
	struct node *node = node_get(map, key);
	return node ? node_number(node) : fallback;
}

long node_int(struct node *map, const char *key, long fallback)
{
	struct node *node = node_get(map, key);
	double value = node ? node_number(node) : (double)fallback;
	if (value != (double)(long)value)
		node_bad(node, "a whole number is expected here");
	return (long)value;
}

bool node_flag(struct node *map, const char *key, bool fallback)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"yes", true}, {"true", true}, {"on", true}, {"no", false}, {"false", false}, {"off", false}};
	struct node *node = node_get(map, key);
	if (!node)
		return fallback;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(node_scalar(node), words[i].word) == 0)
			return words[i].value;
	}
	node_bad(node, "yes or no is expected here");
}

void node_use_all(struct node *node)
{
	if (!node)
		return;
	node->used = true;
	for (size_t i = 0; i < node->count; i++)
		node_use_all(node->items[i].value);
}

void node_all_used(const struct node *node)
{
	for (size_t i = 0; i < node->count; i++) {
		const struct node *value = node->items[i].value;
		if (!value->used)
			die("%s:%zu: nobody reads '%s'", value->file, value->line,
			    node->items[i].key ? node->items[i].key : "this item");
		node_all_used(value);
	}
}

/* ---- JSON ---- */

static void json_text(const char *text, FILE *out)
{
	fputc('"', out);
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (*p == '"' || *p == '\\')
			fprintf(out, "\\%c", *p);
		else if (*p < 0x20)
			fprintf(out, "\\u%04x", *p);
		else
			fputc(*p, out);
	}
	fputc('"', out);
}

void node_json(const struct node *node, FILE *out)
{
	bool list = node->kind == NODE_LIST;
	if (node->kind == NODE_SCALAR) {
		json_text(node->text, out);
		return;
	}
	fputc(list ? '[' : '{', out);
	for (size_t i = 0; i < node->count; i++) {
		if (i)
			fputs(", ", out);
		if (!list) {
			json_text(node->items[i].key, out);
			fputs(": ", out);
		}
		node_json(node->items[i].value, out);
	}
	fputc(list ? ']' : '}', out);
}
