#include "support_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "support_host.h"

static const char checklist[] = "playbook: short\n"
                                "summary: a short checklist\n"
                                "needs: entry\n"
                                "limits: { time: 60s }\n"
                                "vars:\n"
                                "  ping.count: 12\n"
                                "steps:\n"
                                "  - id: status\n"
                                "    scope: login\n"
                                "    send: get system status\n"
                                "    read: status\n"
                                "  - id: performance\n"
                                "    scope: global\n"
                                "    send: get system performance status\n"
                                "    repeat: { count: 2, every: 2s }\n"
                                "    read: performance\n"
                                "  - id: performance-top\n"
                                "    scope: global\n"
                                "    send: get system performance top\n"
                                "    stop: { time: 2s }\n"
                                "    read: top\n"
                                "  - id: ping-first\n"
                                "    scope: vdom\n"
                                "    lane: ping\n"
                                "    after: [status, performance, performance-top]\n"
                                "    options: { repeat-count: 3 }\n"
                                "    send: execute ping {server.ip}\n"
                                "    stop: { time: 10s, silence: 5s }\n"
                                "    read: ping\n"
                                "  - id: ping\n"
                                "    scope: vdom\n"
                                "    lane: ping\n"
                                "    after: [ping-first]\n"
                                "    options: { repeat-count: '{ping.count}', adaptive-ping: '{ping.adaptive}' }\n"
                                "    send: execute ping {server.ip}\n"
                                "    stop: { when: loss-decided, time: 20s, silence: 6s }\n"
                                "    read: ping\n"
                                "  - id: sniffer\n"
                                "    scope: vdom\n"
                                "    lane: sniffer\n"
                                "    after: [status, performance, performance-top]\n"
                                "    send: diagnose sniffer packet any \"{filter.conversation}\" 4 100 a\n"
                                "    stop: { when: traffic-decided, time: 8s }\n"
                                "    read: sniffer\n";

static const char entry_format[] =
        "date=2024-06-26 time=16:18:28 eventtime=1719415108003787879 tz=\"+0100\" logid=\"0000000011\" "
        "type=\"traffic\" subtype=\"forward\" level=\"warning\" vd=\"%s\" srcip=%s srcport=12345 "
        "srcintf=\"internal\" dstip=%s dstport=53 dstintf=\"wan1\" sessionid=6250861 proto=17 "
        "action=\"ip-conn\" policyid=20";

static void on_progress(void *arg, const struct run_progress *progress)
{
	struct run_result *result = arg;
	assert_non_null(progress->text);
	result->notes += progress->kind == RUN_NOTE;
}

/* ---- what holds for every run ---- */

static void assert_line_in_table(struct str line)
{
	struct err err;
	while (line.n && line.p[0] == 0x03)
		line = str_from(line, 1);
	if (line.n == 0 || str_is(line, "q") || str_is(line, "a"))
		return;
	if (!command_find(line, &err))
		fail_msg("sent outside the table: %.*s: %s", (int)line.n, line.p, err.text);
}

static void assert_bytes_lawful(const struct gate_session *session)
{
	struct str rest = buf_str(&session->received);
	assert_false(session->received.full);
	while (rest.n) {
		ptrdiff_t end = str_find_char(rest, '\n');
		size_t n = end < 0 ? rest.n : (size_t)end;
		assert_line_in_table(str_cut(rest, 0, n));
		rest = str_from(rest, end < 0 ? n : n + 1);
	}
	assert_int_equal(session->stray_interrupts, 0);
}

static void assert_steps_told(const struct run_result *result)
{
	for (size_t i = 0; i < result->plan.step_count; i++)
		(void)run_step(result, result->plan.steps[i].id);
	for (size_t i = 0; i < result->steps.count; i++) {
		const struct step_run *step = &result->steps.steps[i];
		if (step->end.state != STEP_DONE && !step->end.reason)
			fail_msg("%s: no reason for its state", step->id);
		if (step->end.reason &&
		    (strstr(step->end.reason, "the transcript") || strstr(step->end.reason, "the run ended before")))
			fail_msg("%s: its end was not noted: %s", step->id, step->end.reason);
	}
}

static void assert_lawful(const struct run_result *result, const struct run_case *wanted)
{
	for (size_t i = 0; i < gate.session_count; i++)
		assert_bytes_lawful(&gate.sessions[i]);
	for (size_t i = 0; i < gate.line_count; i++) {
		if (gate.lines[i].interrupts > 1 || gate.lines[i].quits > 1)
			fail_msg("told twice to end: %s", gate.lines[i].text);
	}
	assert_steps_told(result);
	assert_in_range(gate.most_turns, 1, 50);
	assert_in_range(gate.now_us, 0, result->plan.time_us + wanted->wait_us);
	assert_true(result->steps.have_trouble == (result->result < 0));
	if (result->result < 0)
		assert_int_equal(result->steps.trouble.kind, result->err.kind);
}

/* ---- a run ---- */

void run_case_plan(const struct run_case *wanted, struct run_result *out, struct run_options *options)
{
	*out = (struct run_result){.arena = arena_new()};
	char entry[sizeof entry_format + 64];
	(void)snprintf(entry, sizeof entry, entry_format, wanted->vd ? wanted->vd : "PROD",
	               wanted->v6 ? "2001:db8::5" : "192.168.5.4", wanted->v6 ? "2001:db8:8::4" : "8.8.4.4");
	struct plan_request request = {
	        .playbook_name = "short",
	        .playbook = str_of(wanted->playbook ? wanted->playbook : checklist),
	        .entry_text = entry,
	        .proto = wanted->proto,
	        .host = wanted->host,
	        .sets = &wanted->set,
	        .set_count = wanted->set ? 1 : 0,
	};
	if (plan_make(out->arena, &request, &out->plan, &out->err) < 0)
		fail_msg("%s", out->err.text);
	transcript_init(&out->transcript, out->arena);
	plan_describe(out->arena, &request, &out->plan, &out->transcript.header);
	*options = (struct run_options){
	        .open = gate_open,
	        .start = host_start,
	        .wake_fd = -1,
	        .progress = on_progress,
	        .progress_arg = out,
	        .ssh_port = 22,
	        .wait_us = wanted->wait_us,
	};
}

void run_case(const struct run_case *wanted, struct run_result *out)
{
	struct run_options options;
	run_case_plan(wanted, out, &options);
	gate_init(&wanted->script);
	options.wake_fd = gate.wake[0];
	out->result = run_plan(out->arena, &out->plan, &options, &out->transcript, &out->err);
	transcript_steps(&out->transcript, &out->steps);
	assert_lawful(out, wanted);
}

void run_case_done(struct run_result *result)
{
	arena_free(result->arena);
	gate_done();
}

const struct step_run *run_step(const struct run_result *result, const char *id)
{
	const struct step_run *found = NULL;
	for (size_t i = 0; i < result->steps.count; i++) {
		if (strcmp(result->steps.steps[i].id, id) == 0)
			found = &result->steps.steps[i];
	}
	if (!found)
		fail_msg("no step %s", id);
	return found;
}

void assert_step(const struct run_result *result, const char *id, enum step_state state, const char *reason_part)
{
	const struct step_end *end = &run_step(result, id)->end;
	const char *reason = end->reason ? end->reason : "";
	if (end->state != state || !strstr(reason, reason_part))
		fail_msg("%s: %s, %s; wanted: %s, %s", id, step_state_word(end->state), reason, step_state_word(state),
		         reason_part);
}

void assert_left_clean(void)
{
	for (size_t i = 0; i < gate.session_count; i++) {
		const struct gate_session *session = &gate.sessions[i];
		assert_false(session->options_at_close);
		assert_false(session->running_at_close);
		if (session->received.n && !session->died)
			assert_true(session->exit_said);
	}
}
