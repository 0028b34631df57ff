#include "check.h"

#include <string.h>

/* Requests that do not leave the FortiGate, and what its routes and neighbours
 * say of that. */

static const char *cell_words(const struct fact_row *row, const char *name)
{
	const char *text = facts_cell_of(row, name);
	return text && *text ? text : "?";
}

/* The first row of the table with that cell; any row where no cell is asked for. */
static const struct fact_row *row_find(const struct judging *judging, const char *table, const char *cell,
                                       const char *value)
{
	for (size_t i = 0; i < judging->facts->row_count; i++) {
		const struct fact_row *row = &judging->facts->rows[i];
		if (strcmp(row->table, table) == 0 && (!cell || strcmp(cell_words(row, cell), value) == 0))
			return row;
	}
	return NULL;
}

static bool is_black_hole(const char *interface)
{
	return strcmp(interface, "Null") == 0 || strcmp(interface, "blackhole") == 0;
}

/* Any active route by the interface that the entry names? */
static bool leaves_as_logged(const struct judging *judging)
{
	const char *logged = judging->target->dstintf;
	return !logged || row_find(judging, "route", "interface", logged);
}

/* The address that the route hands packets to: where it is connected, the server's own. */
static const char *next_hop(const struct judging *judging, const struct fact_row *route)
{
	const char *gateway = facts_cell_of(route, "gateway");
	return gateway && *gateway ? gateway : judging_address(judging);
}

/* A list that was cut tells who is in it, and not who is missing. */
static bool neighbours_are_listed(const struct judging *judging)
{
	const struct fact *entries = &judging->facts->item[FACT_ID_ARP_ENTRIES];
	const struct step_run *step = entries->present ? check_step(judging->input->steps, entries->from.step) : NULL;
	return step && step->end.state == STEP_DONE;
}

/* Where the next hop is a host and the neighbours were listed, is it among them? */
static const char *missing_neighbour(const struct judging *judging, const struct fact_row *route)
{
	struct ip ip;
	const char *hop = next_hop(judging, route);
	bool told = neighbours_are_listed(judging) && ip_parse(str_of(hop), &ip);
	return told && !row_find(judging, "arp", "address", hop) ? hop : NULL;
}

/* A statement of the device itself, which needs no repetition. */
static void is_likely(struct check_draft *draft)
{
	if (draft->check.certainty < CERTAINTY_LIKELY)
		draft->check.certainty = CERTAINTY_LIKELY;
	draft->where = WHERE_GATE;
}

static void say_route(struct judging *judging, struct check_draft *draft, const struct fact_row *route)
{
	const char *interface = cell_words(route, "interface");
	check_quote(draft, route->from);
	if (is_black_hole(interface)) {
		check_add(draft, "Its route (%s) is a black hole.", cell_words(route, "prefix"));
		is_likely(draft);
		return;
	}
	if (!leaves_as_logged(judging))
		check_add(draft, "Its route leaves by %s now, the entry's traffic left by %s.", interface,
		          judging->target->dstintf);
	const char *neighbour = missing_neighbour(judging, route);
	if (!neighbour)
		return;
	check_quote(draft, judging->facts->item[FACT_ID_ARP_ENTRIES].from);
	check_add(draft, "The next hop %s on %s is not among the FortiGate's neighbours (ARP).", neighbour, interface);
}

void route_arbitrate(struct judging *judging, struct check_draft *draft)
{
	if (!check_is_finding(draft) || judging->tally.conversations[EXCHANGE_NO_FORWARD] == 0)
		return;
	const struct fact_row *none = row_find(judging, "no-route", NULL, NULL);
	const struct fact_row *route = row_find(judging, "route", "active", "yes");
	if (none) {
		check_quote(draft, none->from);
		check_add(draft, "The FortiGate has no route to it.");
		is_likely(draft);
	} else if (route) {
		say_route(judging, draft, route);
	}
}
