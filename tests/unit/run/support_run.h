#ifndef FGDIAG_TEST_SUPPORT_RUN_H
#define FGDIAG_TEST_SUPPORT_RUN_H

#include "plan.h"
#include "run.h"
#include "support_gate.h"

/* A whole run of a short checklist against the gate of support_gate.h. */

#define RUN_TIME_US (60 * GATE_SECOND)

struct run_case {
	struct gate_script script;
	const char *proto;    /* over the entry's udp */
	const char *vd;       /* of the entry; NULL for PROD */
	const char *playbook; /* in place of the short checklist */
	const char *host;     /* where `on: host` runs, or NULL */
	const char *set;      /* NAME=VALUE for the playbook */
	bool v6;              /* an entry between IPv6 addresses */
	int64_t wait_us;
};

struct run_result {
	struct arena *arena;
	struct plan plan;
	struct transcript transcript;
	struct step_list steps;
	int result;
	struct err err;
	unsigned notes; /* progress of kind RUN_NOTE */
};

/* Runs, and checks what holds for every run, however it went: no byte outside
 * the tables, no Ctrl-C at a prompt or twice, an end or a reason for every
 * step, no busy loop, no time beyond the plan's. */
void run_case(const struct run_case *wanted, struct run_result *out);
/* Only what a run needs; the gate is the caller's. */
void run_case_plan(const struct run_case *wanted, struct run_result *out, struct run_options *options);
void run_case_done(struct run_result *result);

/* The latest run of a step; fails the test when there is none. */
const struct step_run *run_step(const struct run_result *result, const char *id);
void assert_step(const struct run_result *result, const char *id, enum step_state state, const char *reason_part);

/* Every session that fgdiag closed had its ping options reset and nothing
 * running, and was told exit. */
void assert_left_clean(void);

#endif
