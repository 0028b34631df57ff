#include "facts.h"

#include <string.h>

const struct fact_def fact_defs[FACT_COUNT] = {
#define X(id, name, unit, type, what) [FACT_ID_##id] = {name, unit, type, what},
        FACT_LIST(X)
#undef X
};

enum fact_id fact_find(const char *name)
{
	for (int id = 0; id < FACT_COUNT; id++) {
		if (strcmp(fact_defs[id].name, name) == 0)
			return (enum fact_id)id;
	}
	return FACT_COUNT;
}

void facts_init(struct facts *facts, const char *reason)
{
	*facts = (struct facts){0};
	for (int id = 0; id < FACT_COUNT; id++)
		facts->item[id].absent = reason;
}

static struct fact *present(struct facts *facts, enum fact_id id, struct source from)
{
	struct fact *fact = &facts->item[id];
	*fact = (struct fact){.present = true, .from = from};
	return fact;
}

void facts_set_int(struct facts *facts, enum fact_id id, int64_t value, struct source from)
{
	present(facts, id, from)->value.integer = value;
}

void facts_set_real(struct facts *facts, enum fact_id id, double value, struct source from)
{
	present(facts, id, from)->value.real = value;
}

void facts_set_text(struct facts *facts, enum fact_id id, const char *value, struct source from)
{
	present(facts, id, from)->value.text = value;
}

void facts_set_absent(struct facts *facts, enum fact_id id, const char *reason)
{
	if (!facts->item[id].present)
		facts->item[id].absent = reason;
}

struct fact_row *facts_row(struct arena *arena, struct facts *facts, const char *table, struct source from)
{
	facts->rows = arena_grow(arena, facts->rows, facts->row_count, &facts->row_capacity, sizeof *facts->rows);
	struct fact_row *row = &facts->rows[facts->row_count++];
	*row = (struct fact_row){.table = table, .from = from};
	return row;
}

void facts_cell(struct arena *arena, struct fact_row *row, const char *name, struct str value)
{
	if (row->cell_count == FACT_ROW_CELLS)
		return;
	row->cells[row->cell_count].name = name;
	row->cells[row->cell_count++].value = arena_strndup(arena, value.p, value.n);
}

const char *facts_cell_of(const struct fact_row *row, const char *name)
{
	for (size_t i = 0; i < row->cell_count; i++) {
		if (strcmp(row->cells[i].name, name) == 0)
			return row->cells[i].value;
	}
	return NULL;
}

void facts_unread(struct arena *arena, struct facts *facts, struct source from)
{
	facts->unread =
	        arena_grow(arena, facts->unread, facts->unread_count, &facts->unread_capacity, sizeof *facts->unread);
	facts->unread[facts->unread_count++] = from;
}

const struct fact *facts_find(const struct facts *facts, const char *name, enum fact_type *type, const char **unit)
{
	enum fact_id id = fact_find(name);
	if (id != FACT_COUNT) {
		if (type)
			*type = fact_defs[id].type;
		if (unit)
			*unit = fact_defs[id].unit;
		return &facts->item[id];
	}
	for (size_t i = 0; i < facts->extra_count; i++) {
		const struct extra_fact *extra = &facts->extra[i];
		if (strcmp(extra->name, name) != 0)
			continue;
		if (type)
			*type = extra->type;
		if (unit)
			*unit = extra->unit;
		return &extra->fact;
	}
	return NULL;
}
