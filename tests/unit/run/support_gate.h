#ifndef FGDIAG_TEST_SUPPORT_GATE_H
#define FGDIAG_TEST_SUPPORT_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

/* A FortiGate's console behind the functions of link.h, and the functions of
 * clock.h over a time that moves only while the runner waits. One gate at a
 * time; it notes every byte that it is sent. */

#define GATE_NEVER   INT64_MAX
#define GATE_SECOND  INT64_C(1000000)
#define GATE_LATENCY INT64_C(100000) /* from a command to its answer */

enum { GATE_SESSIONS = 12, GATE_LINES = 96, GATE_SIGNALS = 2 };

enum gate_death { DEATH_NONE, DEATH_SILENT, DEATH_CUT };

/* What is odd about the device. All zero: a healthy one. */
struct gate_script {
	unsigned max_sessions;    /* logins beyond are refused; 0 for no limit */
	unsigned max_logins;      /* in all; 0 for no limit */
	enum err_kind refusal;    /* of the first login: the link fails with it */
	const char *greeting;     /* in place of the prompt */
	const char *at;           /* the first command that holds this text … */
	enum gate_death death;    /* … is never answered, or the link dies with it */
	int64_t death_us;         /* so long after it was typed */
	unsigned nth;             /* not the first but one so much later */
	bool each;                /* not that one only */
	bool deaf;                /* Ctrl-C does nothing */
	bool closes_on_interrupt; /* Ctrl-C ends the session */
	bool breaks_on_interrupt; /* the connection ends before Ctrl-C is answered */
	bool refuses_icmp_offset; /* the sniffer takes no icmp[0], no ip6[40] */
	bool refuses_adaptive;    /* nor ping-options its adaptive-ping */
	bool multi_vdom;
	const char *vdom;    /* `get system status` tells the current one; NULL: it does not */
	bool no_mode;        /* nor does it tell the configuration of VDOMs */
	bool no_sudo;        /* sudo is refused */
	bool no_sudo_ping;   /* only in front of a ping, not of its options */
	bool no_sniffer;     /* the command is not known */
	bool no_get_at_all;  /* and so is what needs cli-get in the global scope, bare too */
	bool forgets_filter; /* the session filter stays as it was */
	bool busy;           /* its CPU has nothing to spare */
	bool silent_server;  /* no ping is answered */
	bool limits_pings;   /* of fast ones every fifth is not answered */
	int64_t rtt_us;      /* 0: one millisecond */
	bool ignores_exit;
	unsigned packets_a_second;       /* of the sniffer */
	int64_t signal_us[GATE_SIGNALS]; /* GATE_NEVER or since the start; 0 for never */
};

/* A line that was typed, and what became of it. */
struct gate_line {
	unsigned session;
	int64_t at_us;
	char text[512];
	unsigned interrupts; /* Ctrl-C while it ran */
	unsigned quits;
	int64_t ended_us; /* GATE_NEVER while it runs */
};

struct gate_session {
	struct buf received; /* every byte */
	bool exit_said;
	bool died;             /* the device ended it */
	bool closed;           /* fgdiag did */
	bool options_at_close; /* ping options were set then */
	bool running_at_close;
	unsigned stray_interrupts; /* at the prompt, where a FortiGate ends the session */
};

struct gate {
	struct gate_script script;
	struct gate_session sessions[GATE_SESSIONS];
	unsigned session_count;
	struct gate_line lines[GATE_LINES];
	size_t line_count;
	int64_t now_us;
	int64_t turn_second; /* poll turns are counted by second */
	unsigned turns, most_turns;
	int wake[2];
	unsigned signals_sent;
	size_t lines_at_signal; /* typed before the first one */
};
extern struct gate gate;

void gate_init(const struct gate_script *script);
void gate_done(void);

/* struct run_options.open */
struct link *gate_open(void *arg, int64_t now_us);

/* The first line that holds a text, or NULL. */
const struct gate_line *gate_typed(const char *text);
unsigned gate_count(const char *text);

#endif
