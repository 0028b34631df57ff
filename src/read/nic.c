#include "lines.h"
#include "readers.h"

/* `diagnose hardware deviceinfo nic PORT`, `get hardware nic PORT`: names and
 * values, other ones for each driver. */

static const struct {
	const char *name;
	enum fact_id id;
} names[] = {
        {"Link", FACT_ID_NIC_LINK},
        {"link_status", FACT_ID_NIC_LINK},
        {"PHY Status", FACT_ID_NIC_LINK},
        {"Speed", FACT_ID_NIC_SPEED},
        {"PHY Speed", FACT_ID_NIC_SPEED},
        {"Rx errors", FACT_ID_NIC_RX_ERRORS},
        {"Rx_Errors", FACT_ID_NIC_RX_ERRORS},
        {"rx_error", FACT_ID_NIC_RX_ERRORS},
        {"Tx errors", FACT_ID_NIC_TX_ERRORS},
        {"Tx_Errors", FACT_ID_NIC_TX_ERRORS},
        {"Tx_errors", FACT_ID_NIC_TX_ERRORS},
        {"tx_error", FACT_ID_NIC_TX_ERRORS},
        {"Rx dropped", FACT_ID_NIC_RX_DROPPED},
        {"Rx_Dropped", FACT_ID_NIC_RX_DROPPED},
        {"Rx_Packets_Dropped", FACT_ID_NIC_RX_DROPPED},
        {"rx_dropped", FACT_ID_NIC_RX_DROPPED},
        {"Tx dropped", FACT_ID_NIC_TX_DROPPED},
        {"Tx_Dropped", FACT_ID_NIC_TX_DROPPED},
        {"tx_dropped", FACT_ID_NIC_TX_DROPPED},
        {"Host Tx dropped", FACT_ID_NIC_TX_DROPPED},
};

static void value_read(struct arena *arena, struct facts *facts, struct str name, struct str value, struct source from)
{
	uint64_t count;
	struct str rest;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		enum fact_id id = names[i].id;
		if (!str_is(name, names[i].name) || facts->item[id].present || value.n == 0)
			continue;
		if (fact_defs[id].type == FACT_TEXT)
			facts_set_text(facts, id, arena_strndup(arena, value.p, value.n), from);
		else if (read_number(value, INT64_MAX, &count, &rest) && rest.n == 0)
			facts_set_int(facts, id, (int64_t)count, from);
		else
			facts_set_absent(facts, id, "the line has no plausible count");
	}
}

/* A colon or, of the Broadcom driver, TABs stand between name and value. */
static ptrdiff_t separator(struct str text)
{
	ptrdiff_t colon = str_find_char(text, ':'), tab = str_find_char(text, '\t');
	return tab > 0 && (colon < 0 || tab < colon) ? tab : colon;
}

/* "========== Link Status ==========", "Current_HWaddr   00:09:…", "[00]: a" */
static bool other_line(struct str text)
{
	return str_starts(text, "=====") || str_find(text, "_HWaddr") > 0;
}

void nic_read(struct arena *arena, const struct read_input *input, struct facts *facts)
{
	struct lines lines;
	lines_init(&lines, input->text);
	while (lines_next(&lines)) {
		struct source from = read_source(arena, input, lines.number, lines.line);
		ptrdiff_t colon = separator(lines.line);
		if (read_is_prompt(lines.line) || str_trim(lines.line).n == 0 || other_line(lines.line))
			continue;
		if (colon > 0)
			value_read(arena, facts, str_trim(str_cut(lines.line, 0, (size_t)colon)),
			           str_trim(str_from(lines.line, (size_t)colon + 1)), from);
		else
			facts_unread(arena, facts, from);
	}
}
