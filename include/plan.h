#ifndef FGDIAG_PLAN_H
#define FGDIAG_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "command.h"
#include "entry.h"
#include "err.h"
#include "filter.h"
#include "playbook.h"
#include "transcript.h"

/* A plan: a playbook applied to an entry or a target. Steps are flat (a
 * repeated one is "performance.1", "performance.2"), every value typed and
 * printed again by us. */

/* What the run is aimed at. Fields of --target, --proto and --vdom win over
 * the entry's: a --target without a port keeps the entry's port, and with it
 * the entry's NAT fields no longer count. */
struct target {
	bool have_entry;
	struct ip client;     /* family 0 without an entry */
	unsigned client_port; /* 0 when unknown */
	struct ip server;     /* as the client addresses it */
	unsigned server_port; /* 0 when unknown or not applicable */
	struct ip mapped;     /* DNAT target when the entry tells it, else family 0 */
	unsigned mapped_port;
	struct ip translated_client; /* SNAT address when the entry tells it */
	unsigned translated_port;
	bool nat_unknown; /* the entry says nothing about NAT */
	bool have_proto;
	unsigned proto;
	const char *vdom;              /* NULL when unknown */
	const char *srcintf, *dstintf; /* NULL when unknown */
};

#define PLAN_EXTENDED_PINGS 1000 /* a ping of more is asked for as a whole: it is not ended early */
#define PLAN_DEVICE_PINGS   5    /* a ping without repeat-count, after a reset of its options */

struct plan_step {
	const char *id;
	const char *on;
	const char *lane;
	enum playbook_scope scope;
	enum command_kind kind;
	const char *command; /* without scope prefix; may hold the late tokens {ping.count} {ping.adaptive}
	                        {filter.conversation} {sniffer.level} */
	const char *read;
	const struct playbook_step *from;
	struct playbook_option *options; /* with late tokens where they depend on what the run learns */
	size_t option_count;
	size_t *after; /* indexes of plan steps */
	size_t after_count;
	int64_t not_before_us; /* after the start of the repetition before it */
	int64_t time_us, silence_us;
	enum playbook_stop stop_when;
	size_t max_bytes;
	unsigned max_lines;
	unsigned count_max; /* largest count the command or its options may carry; 0 for neither ping nor sniffer */
};

struct plan {
	struct playbook playbook; /* with --set applied */
	struct target target;
	const char *host;         /* of the request */
	bool aimless;             /* no server is known: steps keep their {server.ip}, and cannot be sent */
	struct entry_set entries; /* valid when target.have_entry */
	struct plan_step *steps;
	size_t step_count;
	int64_t time_us; /* whole run */
};

/* What a plan is made from: exactly what a transcript's header keeps, so that
 * judging a saved run starts from the same plan. */
struct plan_request {
	const char *playbook_name;
	struct str playbook;
	const char *const *sets;
	size_t set_count;
	const char *entry_text; /* NULL for none */
	unsigned entry_number;
	const char *target, *proto, *vdom; /* NULL when not given */
	const char *host;                  /* where `on: host` runs: "local" or [USER@]HOST[:PORT]; NULL nowhere */
	bool may_lack_target;              /* for judging alone: without a server, what needs one stays unknown */
};

/* ERR_PLAYBOOK, ERR_ENTRY or ERR_USAGE (bad --target, nothing to aim at). */
int plan_make(struct arena *arena, const struct plan_request *request, struct plan *out, struct err *err);

/* The header fields of a transcript that come from a request and its plan. */
void plan_describe(struct arena *arena, const struct plan_request *request, const struct plan *plan,
                   struct transcript_header *header);
/* And back. */
void plan_request_of(const struct transcript_header *header, struct plan_request *out);

/* What only the run knows. */
struct plan_learned {
	bool multi_vdom;       /* `get system status` says multiple, enable or split-task */
	bool vdom_limited;     /* the account stands inside its VDOM: no sudo */
	const char *vdom_here; /* the VDOM that it stands in, NULL when that is not known */
	unsigned fortios;      /* its version, see plan_fortios; 0 unknown */
	unsigned ssh_port, own_local_port, own_remote_port;
	unsigned cpu_samples;  /* that were read */
	bool strained;         /* short of CPU or memory: no capture with bytes is begun */
	bool fast_loss;        /* a fast ping showed loss: see loss_only_fast */
	bool plain_icmp;       /* the device refused icmp[0] = 3 in a filter */
	int64_t median_rtt_us; /* of the first ping, -1 when nothing came back */
	int64_t time_left_us;  /* for the step */
};

/* "", "sudo global " or "sudo NAME ". ERR_PLAYBOOK when a VDOM is needed and
 * its name is not one, or the account is limited to another. */
int plan_scope(const struct plan *plan, const struct plan_step *step, const struct plan_learned *learned,
               char scope[static 48], struct err *err);

/* Resolve the late tokens of a step: the command to send and the option
 * commands before it, each checked against the command table (the scope prefix
 * included). `requested` is the count that the command or its options carry.
 * Adaptive ping only from a median of 10 ms; else one a second. The count is
 * what fits in the time left at that pace. What a step sets is not sent when
 * it is what the device does anyway (adaptive-ping disable), so setup may be
 * empty, and then verify and reset are NULL. */
struct plan_commands {
	const char *command;
	const char **setup; /* "execute ping-options repeat-count 300", … */
	size_t setup_count;
	const char *verify; /* view-settings, the bare session filter, or NULL */
	const char *reset;  /* "execute ping-options reset", or NULL; to be sent on every way out. A session
	                       filter has none: its CLI session is left. */
	unsigned requested;
	bool adaptive;
};
int plan_resolve(struct arena *arena, const struct plan *plan, const struct plan_step *step,
                 const struct plan_learned *learned, struct plan_commands *out, struct err *err);

/* "7.4.8" or "7.4" as 704; 0 when it is no version. */
unsigned plan_fortios(const char *version);

/* The sniffer's level: 6, with the packets' bytes, when it is asked for, or for
 * TCP on a device that two samples show to have CPU to spare; never on one that
 * is short of it. Else 4. */
unsigned plan_sniffer_level(const struct plan *plan, const struct plan_learned *learned);

/* Why a step of `when: fast-loss` is not run where no fast ping showed loss. */
extern const char plan_no_fast_loss[];

/* Sent only where the run finds a reason, or besides the others where somebody
 * asked for it: a ping that is no measure by itself. */
bool plan_is_extra(const struct plan_step *step);

/* Is the step not for a device of this version (0 unknown)? What a FortiOS does
 * not have is not asked, and its checks judge without it. */
bool plan_leaves_out(const struct plan_step *step, unsigned fortios);

/* What a ping step of a plan cannot decide at one ping a second: so many count,
 * and with none of them lost a loss under so many hundredths of a percent is
 * not excluded. False for a step that does not decide loss. */
struct plan_bound {
	unsigned pings, hundredths;
};
bool plan_loss_bound(const struct plan *plan, const struct plan_step *step, struct plan_bound *out);

/* What --dry-run prints: every command with its bounds, what is known only
 * after login marked as such, and what this budget cannot decide. wait_us is
 * what a run with --wait adds, 0 without. */
void plan_print(const struct plan *plan, int64_t wait_us, struct buf *out);

/* The conversation's filter subject of a plan (ssh ports still 0). */
struct filter_subject plan_filter_subject(const struct plan *plan);

#endif
