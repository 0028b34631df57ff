#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/random.h"

/* What goes on beside the entry's conversations decides nothing, and what is
 * seen less clearly is never surely fine. */

#define OTHER     "10.0.0.77"
#define ELSEWHERE "203.0.113.200"
#define ROUTER    "203.0.113.9"

static uint64_t random_state;

static uint32_t draw(void)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(random_state >> 33);
}

static struct world *world_of(uint64_t seed)
{
	random_state = seed * 2654435761u + 77777;
	return world_random();
}

/* ---- noise ---- */

/* Packets are made at the end and moved to their place. */
static struct packet *insert(struct world *w, size_t index, struct packet packet)
{
	size_t end = w->capture.packet_count - 1;
	for (size_t i = end; i > index; i--)
		w->packets[i] = w->packets[i - 1];
	packet.time_us = w->packets[index + 1].time_us;
	w->packets[index] = packet;
	return &w->packets[index];
}

static struct packet *noise(struct world *w, size_t *index, bool in, unsigned proto, const char *src, unsigned src_port,
                            const char *dst, unsigned dst_port)
{
	int64_t now_us = w->now_us;
	bool inside = strncmp(src, "10.", 3) == 0 ? in : !in;
	struct packet *last = world_packet(w, inside ? "internal" : "wan1", in ? PACKET_IN : PACKET_OUT, proto, src,
	                                   src_port, dst, dst_port);
	w->now_us = now_us;
	return insert(w, (*index)++, *last);
}

static void asks(struct world *w, size_t *index, const char *src, const char *dst, unsigned proto, unsigned dst_port)
{
	unsigned port = 50000 + random_below(9);
	uint32_t seq = draw();
	for (unsigned leg = 0; leg < 2; leg++) {
		struct packet *packet = noise(w, index, leg == 0, proto, src, port, dst, dst_port);
		packet->tcp_flags = proto == TCP ? TCP_SYN : 0;
		packet->have_seq = proto == TCP;
		packet->tcp_seq = seq;
	}
}

static void unreachable(struct world *w, size_t *index, const char *about)
{
	for (unsigned leg = 0; leg < 2; leg++) {
		struct packet *packet = noise(w, index, leg == 0, ICMP, ROUTER, 0, OTHER, 0);
		packet->icmp = ICMP_HOST_UNREACHABLE;
		packet->quoted_dst = world_ip(about);
	}
}

static void noise_add(struct world *w, unsigned kind)
{
	const struct target *target = &w->plan.target;
	size_t index = random_below((uint32_t)w->capture.packet_count);
	struct packet *packet;
	switch (kind) {
	case 0: /* another client asks the same server */
		asks(w, &index, OTHER, SERVER, target->proto, target->server_port);
		return;
	case 1: /* and is told that it cannot be reached */
		asks(w, &index, OTHER, SERVER, target->proto, target->server_port);
		unreachable(w, &index, SERVER);
		return;
	case 2: /* or that something else cannot */
		unreachable(w, &index, ELSEWHERE);
		return;
	case 3: /* the client asks another server */
		asks(w, &index, CLIENT, ELSEWHERE, target->proto, target->server_port);
		return;
	case 4: /* the client asks the server something else */
		asks(w, &index, CLIENT, SERVER, target->proto == UDP ? TCP : UDP, target->server_port);
		return;
	case 5:
		asks(w, &index, CLIENT, SERVER, target->proto, 161);
		return;
	case 6: /* the FortiGate pings the server */
		noise(w, &index, false, ICMP, "203.0.113.2", 0, SERVER, 0)->icmp = ICMP_ECHO_REQUEST;
		noise(w, &index, true, ICMP, SERVER, 0, "203.0.113.2", 0)->icmp = ICMP_ECHO_REPLY;
		return;
	case 7: /* a later fragment, which has no ports */
		noise(w, &index, true, target->proto, SERVER, 0, CLIENT, 0)->fragment = true;
		return;
	case 8: /* the client's port is closed for another protocol, or for somebody else */
		packet = noise(w, &index, true, ICMP, CLIENT, 0, random_below(2) ? SERVER : ELSEWHERE, 0);
		packet->icmp = ICMP_PORT_UNREACHABLE;
		packet->quoted_dst = world_ip(CLIENT);
		packet->quoted_proto = target->proto == UDP ? TCP : UDP;
		packet->quoted_port = 50000;
		return;
	default: /* no IP at all */
		packet = noise(w, &index, true, 0, CLIENT, 0, SERVER, 0);
		packet->src = packet->dst = (struct ip){0};
		return;
	}
}

static const enum check_id of_packets[] = {CHECK_MISSING_REPLIES, CHECK_ICMP_ERROR, CHECK_REFUSED};

static void noise_decides_nothing(void **state)
{
	(void)state;
	unsigned tried[STATES] = {0};
	for (uint64_t seed = 1; seed <= 3000; seed++) {
		struct world *w = world_of(seed);
		struct check before[3];
		world_judge(w);
		for (size_t i = 0; i < 3; i++)
			before[i] = w->verdict.checks[of_packets[i]];
		unsigned kind = random_below(10);
		if (w->capture.packet_count == 0) {
			world_free(w);
			continue;
		}
		noise_add(w, kind);
		world_judge(w);
		for (size_t i = 0; i < 3; i++) {
			const struct check *after = &w->verdict.checks[of_packets[i]];
			tried[before[i].state]++;
			if (after->state != before[i].state && after->state != STATE_UNKNOWN)
				fail_msg("seed %u, noise %u: %s, then %s: %s", (unsigned)seed, kind, before[i].summary,
				         state_word(after->state), after->summary);
			if (after->certainty > before[i].certainty)
				fail_msg("seed %u, noise %u: surer of: %s", (unsigned)seed, kind, after->summary);
		}
		world_free(w);
	}
	assert_true(tried[STATE_OK] > 500 && tried[STATE_WARNING] > 100 && tried[STATE_CRITICAL] > 100);
}

/* ---- less clearly ---- */

static void blur_packet(struct packet *packet, unsigned how)
{
	if (how == 0 || how == 2)
		packet->direction = PACKET_DIRECTION_UNKNOWN;
	if (how == 1 || how == 2)
		packet->interface = NULL;
}

/* What a level does not print, or a run does not know. */
static void blur(struct world *w, unsigned how)
{
	for (size_t i = 0; i < w->capture.packet_count; i++)
		blur_packet(&w->packets[i], how);
	if (how == 3)
		w->plan.target.have_proto = false;
	if (how == 4)
		w->capture.one_interface = true;
	if (how == 5)
		w->capture.filter = "host " CLIENT;
	if (how == 6)
		w->capture.filter = "( host " CLIENT " and ( port 53";
	if (how == 7)
		w->capture.quiet_us = 0;
}

/* What had no reply may then be out of sight; that all were answered is not
 * certain any more. */
static void what_is_seen_less_clearly_is_never_surely_ok(void **state)
{
	(void)state;
	unsigned findings = 0;
	for (uint64_t seed = 1; seed <= 3000; seed++) {
		struct world *w = world_of(seed);
		bool found[3];
		world_judge(w);
		for (size_t i = 0; i < 3; i++) {
			const struct check *before = &w->verdict.checks[of_packets[i]];
			/* Data sent again is of conversations that were answered. */
			bool again = strcmp(before->rule, "T5") == 0 || strcmp(before->rule, "T7") == 0;
			found[i] = (before->state == STATE_WARNING || before->state == STATE_CRITICAL) && !again;
			findings += found[i];
		}
		unsigned how = random_below(8);
		blur(w, how);
		world_judge(w);
		for (size_t i = 0; i < 3; i++) {
			const struct check *after = &w->verdict.checks[of_packets[i]];
			if (found[i] && after->state == STATE_OK && after->certainty == CERTAINTY_CERTAIN)
				fail_msg("seed %u: blurred by %u, a finding became: %s", (unsigned)seed, how,
				         after->summary);
		}
		world_free(w);
	}
	assert_true(findings > 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(noise_decides_nothing),
	        cmocka_unit_test(what_is_seen_less_clearly_is_never_surely_ok),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
