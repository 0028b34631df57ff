#include "check.h"

#include <string.h>

/* Requests that do not leave the FortiGate, and what its routes and neighbours
 * say of that. */

static const struct fact_row *row_find(const struct judging *judging, const char *table, const char *cell,
                                       const char *value)
{
	for (size_t i = 0; i < judging->facts->row_count; i++) {
		const struct fact_row *row = &judging->facts->rows[i];
		const char *text = strcmp(row->table, table) == 0 && cell ? facts_cell_of(row, cell) : NULL;
		if (strcmp(row->table, table) == 0 && (!cell || (text && strcmp(text, value) == 0)))
			return row;
	}
	return NULL;
}

static bool is_black_hole(const char *interface)
{
	return interface && (strcmp(interface, "Null") == 0 || strcmp(interface, "blackhole") == 0);
}

/* Any active route by the interface that the entry names? */
static bool leaves_as_logged(const struct judging *judging)
{
	const char *logged = judging->target->dstintf;
	return !logged || row_find(judging, "route", "interface", logged);
}

/* Where the next hop is a host and the neighbours were listed, is it among them? */
static const char *missing_neighbour(const struct judging *judging, const struct fact_row *route)
{
	struct ip ip;
	char text[IP_TEXT_MAX];
	const char *gateway = facts_cell_of(route, "gateway");
	if (!judging->facts->item[FACT_ID_ARP_ENTRIES].present)
		return NULL;
	if (!gateway || !*gateway)
		gateway = ip_print(judging->target->mapped.family ? &judging->target->mapped : &judging->target->server,
		                   text);
	if (!ip_parse(str_of(gateway), &ip) || row_find(judging, "arp", "address", gateway))
		return NULL;
	return arena_strdup(judging->arena, gateway);
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
	const char *interface = facts_cell_of(route, "interface"), *prefix = facts_cell_of(route, "prefix");
	check_quote(draft, route->from);
	if (is_black_hole(interface)) {
		check_add(draft, "Its route (%s) is a black hole.", prefix ? prefix : "?");
		is_likely(draft);
		return;
	}
	if (!leaves_as_logged(judging))
		check_add(draft, "Its route leaves by %s now, the entry's traffic left by %s.",
		          interface ? interface : "?", judging->target->dstintf);
	const char *neighbour = missing_neighbour(judging, route);
	if (!neighbour)
		return;
	check_quote(draft, judging->facts->item[FACT_ID_ARP_ENTRIES].from);
	check_add(draft, "The next hop %s on %s is not among the FortiGate's neighbours (ARP).", neighbour,
	          interface ? interface : "?");
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
