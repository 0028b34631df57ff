#include "check.h"

#include <inttypes.h>

/* An address that no rule of the filter can name: stands for a translation
 * that the entry does not tell. */
static struct ip ip_other(uint8_t family)
{
	struct ip ip = {.family = family, .bytes = {192, 0, 2, 251}};
	if (family == 6)
		ip = (struct ip){.family = 6, .bytes = {0x20, 0x01, 0x0d, 0xb8, 0xff, 0xff, [15] = 0xfb}};
	return ip;
}

static bool unfit(struct fitness *fitness, const char *rule, const char *why)
{
	fitness->fit = false;
	fitness->rule = rule;
	fitness->why = why;
	return false;
}

/* Are the two directions of a conversation between these ends let through? */
static bool sees(const struct capture *capture, const struct target *target, struct ip client, struct ip server,
                 unsigned port, bool *understood)
{
	struct sight there = {.proto = target->have_proto ? target->proto : 6,
	                      .src = client,
	                      .dst = server,
	                      .src_port = 61234,
	                      .dst_port = (uint16_t)port,
	                      .icmp_type = server.family == 6 ? 128 : 8};
	struct sight back = {.proto = there.proto,
	                     .src = server,
	                     .dst = client,
	                     .src_port = there.dst_port,
	                     .dst_port = there.src_port,
	                     .icmp_type = server.family == 6 ? 129 : 0};
	bool there_seen = false;
	bool back_seen = false;
	struct str filter = str_of(capture->filter);
	*understood = sight_test(filter, &there, &there_seen) && sight_test(filter, &back, &back_seen);
	return *understood && there_seen && back_seen;
}

static bool sees_errors(const struct capture *capture, const struct target *target, struct ip client)
{
	struct sight error = {.proto = target->server.family == 6 ? 58 : 1,
	                      .src = target->server,
	                      .dst = client,
	                      .icmp_type = target->server.family == 6 ? 1 : 3};
	struct sight late = error;
	late.src = client;
	late.dst = target->server;
	bool error_seen = false;
	bool late_seen = false;
	struct str filter = str_of(capture->filter);
	return sight_test(filter, &error, &error_seen) && sight_test(filter, &late, &late_seen) && error_seen &&
	       late_seen;
}

/* Legs B and C under every translation that the entry tells or leaves open. */
static bool sees_both_sides(const struct capture *capture, const struct target *target, struct ip client)
{
	struct ip other = ip_other(target->server.family);
	struct ip server = target->mapped.family ? target->mapped : target->server;
	unsigned port = target->mapped_port ? target->mapped_port : target->server_port;
	struct ip source = target->translated_client.family ? target->translated_client : client;
	bool understood;
	if (!sees(capture, target, source, server, port, &understood))
		return false;
	if (!target->nat_unknown)
		return true;
	return sees(capture, target, other, server, port, &understood) &&
	       sees(capture, target, source, other, port, &understood);
}

static bool judge_filter(const struct capture *capture, const struct target *target, struct fitness *out)
{
	struct ip client = target->client.family ? target->client : ip_other(target->server.family);
	bool understood = false;
	bool seen = sees(capture, target, client, target->server, target->server_port, &understood);
	if (!understood)
		return unfit(out, "S2", "the capture's filter is not one that can be understood");
	out->sees_errors = sees_errors(capture, target, client);
	out->both_sides = sees_both_sides(capture, target, client);
	if (!seen)
		return unfit(out, "S2", "the capture's filter leaves the conversation out");
	if (capture->one_interface)
		return unfit(out, "S2", "the capture looked at one interface, where half of the way cannot be seen");
	return true;
}

static bool judge_completeness(struct arena *arena, const struct capture *capture, struct fitness *out)
{
	if (capture->link_lost)
		return unfit(out, "S0", "the capture was cut: the connection ended before the sniffer did");
	if (capture->unread_count)
		return unfit(out, "S1b",
		             arena_printf(arena, "%zu lines of the capture could not be read", capture->unread_count));
	if (!capture->have_trailer && capture->interrupted)
		return unfit(out, "S0", "the capture was stopped and did not print its count of packets");
	if (!capture->have_trailer && (capture->requested == 0 || capture->packet_count != capture->requested))
		return unfit(out, "S0", "the capture ended before its count of packets and printed no totals");
	if (!capture->have_trailer)
		return true;
	if (capture->dropped)
		return unfit(out, "S1",
		             arena_printf(arena, "the sniffer dropped %" PRIu64 " packets", capture->dropped));
	if (capture->received != capture->packet_count)
		return unfit(out, "S1b",
		             arena_printf(arena, "the sniffer counted %" PRIu64 " packets, and %zu arrived here",
		                          capture->received, capture->packet_count));
	return true;
}

void fitness_make(struct arena *arena, const struct capture *capture, const struct target *target, struct fitness *out)
{
	*out = (struct fitness){.usable = true, .fit = true};
	if (!capture || !capture->started) {
		out->usable = false;
		unfit(out, "S0", "the sniffer did not start");
		if (capture && capture->error)
			out->why = arena_printf(arena, "the sniffer did not start: %s", capture->error);
		return;
	}
	if (!judge_filter(capture, target, out))
		return;
	judge_completeness(arena, capture, out);
}
