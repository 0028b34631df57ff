#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

#include "check.h"

/* The playbook's own checks: one fact, one comparison, one sentence. */

static struct world *world_with(const char *fact, enum playbook_compare compare, double value)
{
	struct world *w = world_new();
	world_healthy_traffic(w);
	w->checks[0] = (struct playbook_check){"own", fact, compare, value, STATE_WARNING, "it is {x}"};
	w->plan.playbook.checks = w->checks;
	w->plan.playbook.check_count = 1;
	return w;
}

static const struct check *own(struct world *w)
{
	return &world_judge(w)->checks[CHECKS];
}

static const char *own_state(struct world *w)
{
	return state_word(own(w)->state);
}

static const char *said(struct world *w, const char *sentence)
{
	w->checks[0].say = sentence;
	return own(w)->summary;
}

/* ---- what is compared ---- */

static void it_speaks_with_its_facts(void **state)
{
	(void)state;
	struct world *w = world_with("memory.used", COMPARE_GT, 30);
	assert_string_equal(said(w, "memory {memory.used}, again {nope} {"), "memory 40.0 %, again {nope} {");
	assert_string_equal(own(w)->id, "own");
	assert_string_equal(own_state(w), "warning");
	assert_int_equal(own(w)->certainty, CERTAINTY_CERTAIN);
	assert_int_equal(own(w)->evidence_count, 1);
	assert_string_equal(own(w)->evidence[0].text, "Memory: used");
	assert_string_equal(state_word(w->verdict.status), "warning");
	assert_string_equal(cause_word(w->verdict.cause), "undetermined");
	world_free(w);
}

static void every_comparison_is_that_of_its_sign(void **state)
{
	(void)state;
	static const struct {
		enum playbook_compare compare;
		const char *below, *equal, *above; /* the fact's 40 beside 41, 40 and 39 */
	} rows[] = {
	        {COMPARE_GT, "ok", "ok", "warning"}, {COMPARE_GE, "ok", "warning", "warning"},
	        {COMPARE_LT, "warning", "ok", "ok"}, {COMPARE_LE, "warning", "warning", "ok"},
	        {COMPARE_EQ, "ok", "warning", "ok"}, {COMPARE_NE, "warning", "ok", "warning"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct world *w = world_with("memory.used", rows[i].compare, 41);
		assert_string_equal(own_state(w), rows[i].below);
		w->checks[0].value = 40;
		assert_string_equal(own_state(w), rows[i].equal);
		w->checks[0].value = 39;
		assert_string_equal(own_state(w), rows[i].above);
		world_free(w);
	}
}

static void a_text_cannot_be_compared(void **state)
{
	(void)state;
	struct world *w = world_with("nic.link", COMPARE_NE, 1);
	facts_set_text(&w->facts, FACT_ID_NIC_LINK, "Up", world_source("performance.2", 2, "link: Up"));
	assert_string_equal(own_state(w), "unknown");
	assert_string_equal(own(w)->summary, "nic.link is a text and cannot be compared.");
	world_free(w);
}

static void what_was_not_measured_is_unknown(void **state)
{
	(void)state;
	struct world *w = world_with("sessions", COMPARE_GT, 30);
	assert_string_equal(own_state(w), "unknown");
	assert_string_equal(own(w)->summary, "sessions was not measured: not measured.");
	w->checks[0].fact = "nobody.reads.this";
	assert_string_equal(own_state(w), "unknown");
	assert_string_equal(own(w)->summary, "nobody.reads.this was not measured: no such fact.");
	world_free(w);
}

/* A reader that divides by what it did not find must not become an "ok". */
static void what_is_no_number_is_unknown(void **state)
{
	(void)state;
	struct world *w = world_with("memory.used", COMPARE_GT, 90);
	w->facts.item[FACT_ID_MEMORY_USED].value.real = 0.0 / 0.0;
	assert_string_equal(own_state(w), "unknown");
	assert_string_equal(own(w)->summary, "memory.used is (out of range) and cannot be compared.");
	world_free(w);
}

/* ---- how a value is written ---- */

static void values_are_written_by_their_type(void **state)
{
	(void)state;
	struct world *w = world_with("memory.used", COMPARE_GT, 30);
	facts_set_text(&w->facts, FACT_ID_NIC_LINK, "Up", world_source("performance.2", 2, "link: Up"));
	assert_string_equal(said(w, "{nic.link}"), "Up");
	assert_string_equal(said(w, "{conserve.mode}"), "off");
	w->facts.item[FACT_ID_CONSERVE_MODE].value.integer = 1;
	assert_string_equal(said(w, "{conserve.mode}"), "on");
	assert_string_equal(said(w, "{memory.total}"), "4000000 KiB");
	facts_set_int(&w->facts, FACT_ID_ROUTES, 7, world_source("performance.2", 2, "x"));
	assert_string_equal(said(w, "{routes} of {sessions}."), "7 of (not measured).");
	facts_set_real(&w->facts, FACT_ID_HOST_LOAD, -0.25, world_source("performance.2", 2, "x"));
	assert_string_equal(said(w, "{host.load}"), "-0.3");
	w->facts.item[FACT_ID_HOST_LOAD].value.real = 1e300;
	assert_string_equal(said(w, "{host.load}"), "(out of range)");
	assert_string_equal(said(w, ""), "");
	world_free(w);
}

static void facts_of_a_pattern_have_units_of_their_own(void **state)
{
	(void)state;
	struct extra_fact fans = {.name = "fans", .type = FACT_INT};
	fans.fact = (struct fact){.present = true, .value.integer = 2, .from = world_source("top", 1, "fans 2")};
	struct world *w = world_with("fans", COMPARE_GT, 1);
	w->facts.extra = &fans;
	w->facts.extra_count = 1;
	assert_string_equal(said(w, "{fans} stand still"), "2 stand still");
	fans.unit = "rpm";
	assert_string_equal(said(w, "{fans}"), "2 rpm");
	world_free(w);
}

/* ---- what is quoted ---- */

static bool quotes(const struct check *check, const char *step, const char *text)
{
	for (size_t i = 0; i < check->evidence_count; i++) {
		if (strcmp(check->evidence[i].step, step) == 0 && strcmp(check->evidence[i].text, text) == 0)
			return true;
	}
	return false;
}

/* A share of several runs stands in no line: their totals do. */
static void a_ping_of_several_runs_quotes_the_totals_of_its_side(void **state)
{
	(void)state;
	struct world *w = world_with("ping.gate.loss", COMPARE_GE, 0);
	facts_set_real(&w->facts, FACT_ID_PING_LOSS, 0, (struct source){0});
	w->pings[2] = (struct ping_run){.step = "host-ping", .on_host = true, .started = true};
	w->pings[2].statistics_from = world_source("host-ping", 9, "the host's totals");
	w->pings[3] = (struct ping_run){.step = "ping-df", .probe = true, .started = true};
	w->pings[3].statistics_from = world_source("ping-df", 9, "the probe's totals");
	w->facts.ping_count = 4;
	const struct check *check = own(w);
	assert_string_equal(state_word(check->state), "warning");
	assert_true(quotes(check, "ping", "packets transmitted"));
	assert_true(quotes(check, "ping-first", "packets transmitted"));
	assert_false(quotes(check, "host-ping", "the host's totals"));
	assert_false(quotes(check, "ping-df", "the probe's totals"));
	w->checks[0].fact = "ping.host.loss";
	facts_set_real(&w->facts, FACT_ID_HOST_PING_LOSS, 0, (struct source){0});
	check = own(w);
	assert_int_equal(check->evidence_count, 1);
	assert_true(quotes(check, "host-ping", "the host's totals"));
	world_free(w);
}

static void cpu_quotes_its_samples(void **state)
{
	(void)state;
	struct world *w = world_with("cpu.busy", COMPARE_GT, 5);
	facts_set_real(&w->facts, FACT_ID_CPU_BUSY, 10, (struct source){0});
	assert_true(quotes(own(w), "performance.1", "CPU states"));
	assert_true(quotes(own(w), "performance.2", "CPU states"));
	world_free(w);
}

static void conversations_quote_their_packets(void **state)
{
	(void)state;
	struct world *w = world_with("trace.completed", COMPARE_GE, 3);
	/* Another client's are counted by nobody. */
	world_packet(w, "internal", PACKET_IN, UDP, "10.0.0.77", 50000, SERVER, 53);
	w->now_us += US_PER_SECOND;
	const struct check *check = own(w);
	assert_string_equal(state_word(check->state), "warning");
	assert_int_equal(check->evidence_count, 4);
	assert_true(quotes(check, "sniffer", "packets received by filter"));
	assert_true(quotes(check, "sniffer", w->packets[0].text.p));
	w->checks[0].fact = "capture.dropped";
	facts_set_int(&w->facts, FACT_ID_CAPTURE_DROPPED, 4, (struct source){0});
	assert_true(quotes(own(w), "sniffer", "packets received by filter"));
	world_free(w);
}

/* A finding that no line backs is none. */
static void what_cannot_be_quoted_is_unknown(void **state)
{
	(void)state;
	struct world *w = world_with("host.load", COMPARE_GT, 5);
	facts_set_real(&w->facts, FACT_ID_HOST_LOAD, 9, (struct source){0});
	assert_string_equal(own_state(w), "unknown");
	assert_int_equal(own(w)->certainty, CERTAINTY_NONE);
	assert_string_equal(said(w, "load"), "No line can be quoted for this: load");
	w->checks[0].fact = "trace.completed";
	w->checks[0].value = -1;
	w->facts.capture_count = 0;
	assert_string_equal(own_state(w), "unknown");
	world_free(w);
}

/* ---- what may be missing of it ---- */

static void a_step_that_failed_is_not_ok(void **state)
{
	(void)state;
	struct world *w = world_with("sessions", COMPARE_GT, 300);
	facts_set_int(&w->facts, FACT_ID_SESSIONS, 31, world_source("performance.2", 7, "Average sessions: 31"));
	assert_string_equal(own_state(w), "ok");
	world_fail(w, "top", "it is of another kind");
	assert_string_equal(own_state(w), "ok");
	world_fail(w, "performance.2", "the connection ended");
	assert_string_equal(own_state(w), "unknown");
	assert_string_equal(own(w)->summary, "sessions is 31, but step performance.2 failed: the connection ended.");
	world_run(w, "performance.2")->end.reason = NULL;
	assert_non_null(strstr(own(w)->summary, "failed: no reason is given."));
	w->checks[0].value = 30;
	assert_string_equal(own_state(w), "warning");
	world_free(w);
}

/* The other sample, cut, may have had more to say. */
static void a_fellow_step_that_failed_is_not_ok(void **state)
{
	(void)state;
	struct world *w = world_with("sessions", COMPARE_GT, 300);
	facts_set_int(&w->facts, FACT_ID_SESSIONS, 31, world_source("performance.1", 7, "Average sessions: 31"));
	world_fail(w, "performance.2", "the connection ended");
	assert_string_equal(own_state(w), "unknown");
	/* Even where the fact comes from no single line. */
	w->facts.item[FACT_ID_SESSIONS].from = (struct source){0};
	assert_string_equal(own_state(w), "unknown");
	/* A step that nobody planned, or that reads nothing, tells no fact. */
	w->planned[2].read = NULL;
	assert_string_equal(own_state(w), "ok");
	world_run(w, "performance.2")->planned = NULL;
	assert_string_equal(own_state(w), "ok");
	world_free(w);
}

/* How many conversations stay unanswered a capture with gaps cannot tell, and
 * one without gaps can. */
static void conversations_of_an_unfit_capture_are_unknown(void **state)
{
	(void)state;
	struct world *w = world_with("trace.unanswered", COMPARE_GT, 0);
	assert_string_equal(own_state(w), "ok");
	w->capture.dropped = 3;
	assert_string_equal(own_state(w), "unknown");
	assert_string_equal(own(w)->summary,
	                    "trace.unanswered is 0, but the capture cannot prove it: the sniffer dropped 3 packets.");
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "AB", UDP, 51000 + i, 0);
	w->now_us += 10 * US_PER_SECOND;
	assert_string_equal(own_state(w), "unknown");
	w->capture.dropped = 0;
	assert_string_equal(own_state(w), "warning");
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(it_speaks_with_its_facts),
	        cmocka_unit_test(every_comparison_is_that_of_its_sign),
	        cmocka_unit_test(a_text_cannot_be_compared),
	        cmocka_unit_test(what_was_not_measured_is_unknown),
	        cmocka_unit_test(what_is_no_number_is_unknown),
	        cmocka_unit_test(values_are_written_by_their_type),
	        cmocka_unit_test(facts_of_a_pattern_have_units_of_their_own),
	        cmocka_unit_test(a_ping_of_several_runs_quotes_the_totals_of_its_side),
	        cmocka_unit_test(cpu_quotes_its_samples),
	        cmocka_unit_test(conversations_quote_their_packets),
	        cmocka_unit_test(what_cannot_be_quoted_is_unknown),
	        cmocka_unit_test(a_step_that_failed_is_not_ok),
	        cmocka_unit_test(a_fellow_step_that_failed_is_not_ok),
	        cmocka_unit_test(conversations_of_an_unfit_capture_are_unknown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
