#ifndef FGDIAG_FACTS_H
#define FGDIAG_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "packet.h"
#include "text.h"

/* What the outputs say. Scalars live under registered names (the one list of
 * names, units and types is FACT_LIST below); what comes in rows lives in the
 * tables of struct facts. A fact that was not measured is absent with a
 * reason, never 0. */

/* Where a value was read: the step, the line of its clean output (from 1) and
 * that line. */
struct source {
	const char *step;
	unsigned line;
	const char *text;
};

enum fact_type { FACT_INT, FACT_REAL, FACT_TEXT, FACT_FLAG };

/* X(id, name, unit, type, what it is) */
#define FACT_LIST(X)                                                                                                   \
	X(DEVICE_HOSTNAME, "device.hostname", "", FACT_TEXT, "host name of the FortiGate")                             \
	X(DEVICE_SERIAL, "device.serial", "", FACT_TEXT, "serial number")                                              \
	X(DEVICE_MODEL, "device.model", "", FACT_TEXT, "model, e.g. FortiGate-60F")                                    \
	X(DEVICE_VERSION, "device.version", "", FACT_TEXT, "FortiOS version, e.g. 7.4.8")                              \
	X(DEVICE_BUILD, "device.build", "", FACT_INT, "FortiOS build number")                                          \
	X(DEVICE_VDOM_MODE, "device.vdom_mode", "", FACT_TEXT, "Virtual domain configuration, as printed")             \
	X(DEVICE_VDOM, "device.vdom", "", FACT_TEXT, "Current virtual domain")                                         \
	X(DEVICE_HA_MODE, "device.ha_mode", "", FACT_TEXT, "Current HA mode, as printed")                              \
	X(DEVICE_TIME, "device.time", "us", FACT_INT, "System time as local wall clock, us since 1970")                \
	X(DEVICE_UPTIME, "device.uptime", "s", FACT_INT, "time since boot")                                            \
	X(TIME_SKEW, "time.skew", "us", FACT_INT, "the FortiGate's clock minus ours, zone left out")                   \
	X(TIME_ZONE, "time.zone", "s", FACT_INT, "its zone, seconds east of UTC")                                      \
	X(CPU_SAMPLES, "cpu.samples", "", FACT_INT, "CPU samples read")                                                \
	X(CPU_BUSY, "cpu.busy", "%", FACT_REAL, "100 - idle of all cores, newest sample")                              \
	X(CPU_CORE_BUSY_MAX, "cpu.core.busy_max", "%", FACT_REAL, "busiest core, newest sample")                       \
	X(CPU_CORE_SOFTIRQ_MAX, "cpu.core.softirq_max", "%", FACT_REAL, "highest softirq of a core, newest")           \
	X(CPU_CORES, "cpu.cores", "", FACT_INT, "cores listed")                                                        \
	X(MEMORY_TOTAL, "memory.total", "KiB", FACT_INT, "memory of the FortiGate")                                    \
	X(MEMORY_USED, "memory.used", "%", FACT_REAL, "used, as get system performance status says, newest")           \
	X(MEMORY_FREEABLE, "memory.freeable", "%", FACT_REAL, "freeable, same source")                                 \
	X(MEMORY_AVAILABLE, "memory.available", "KiB", FACT_INT, "MemAvailable of sysinfo memory")                     \
	X(MEMORY_FREE, "memory.free", "KiB", FACT_INT, "MemFree of sysinfo memory")                                    \
	X(CONSERVE_MODE, "conserve.mode", "", FACT_FLAG, "memory conserve mode")                                       \
	X(CONSERVE_USED, "conserve.used", "%", FACT_INT, "memory used, of total RAM")                                  \
	X(CONSERVE_EXTREME, "conserve.extreme", "%", FACT_INT, "threshold extreme")                                    \
	X(CONSERVE_RED, "conserve.red", "%", FACT_INT, "threshold red")                                                \
	X(CONSERVE_GREEN, "conserve.green", "%", FACT_INT, "threshold green")                                          \
	X(SESSIONS, "sessions", "", FACT_INT, "average sessions in 1 minute")                                          \
	X(SESSION_SETUP_RATE, "session.setup_rate", "1/s", FACT_INT, "average set-up rate in 1 minute")                \
	X(NETWORK_IN, "network.in", "kbit/s", FACT_INT, "average network usage in 1 minute, in")                       \
	X(NETWORK_OUT, "network.out", "kbit/s", FACT_INT, "average network usage in 1 minute, out")                    \
	X(TOP_PROCESS, "top.process", "", FACT_TEXT, "process with most CPU, ours left out")                           \
	X(TOP_PROCESS_CPU, "top.process_cpu", "%", FACT_REAL, "its share of one core")                                 \
	X(PING_SENT, "ping.gate.sent", "packets", FACT_INT, "echo requests counted (each run's first left out)")       \
	X(PING_LOST, "ping.gate.lost", "packets", FACT_INT, "of those, without a reply")                               \
	X(PING_LOSS, "ping.gate.loss", "%", FACT_REAL, "lost of sent")                                                 \
	X(PING_LONGEST_RUN, "ping.gate.longest_run", "packets", FACT_INT, "most lost in a row")                        \
	X(PING_LONGEST_RUN_START, "ping.gate.longest_run_start", "", FACT_INT, "sequence of the first of them")        \
	X(PING_DUPLICATES, "ping.gate.duplicates", "packets", FACT_INT, "replies beyond one per request")              \
	X(PING_LATE, "ping.gate.late", "packets", FACT_INT, "replies after that of a later request")                   \
	X(PING_TIMELINE, "ping.gate.timeline", "", FACT_TEXT, "lost/sent in each twentieth of the longest ping")       \
	X(PING_RTT_MIN, "ping.gate.rtt_min", "us", FACT_INT, "shortest round trip")                                    \
	X(PING_RTT_MEDIAN, "ping.gate.rtt_median", "us", FACT_INT, "median round trip")                                \
	X(PING_RTT_P95, "ping.gate.rtt_p95", "us", FACT_INT, "95th percentile of the round trips, nearest rank")       \
	X(PING_RTT_MAX, "ping.gate.rtt_max", "us", FACT_INT, "longest round trip")                                     \
	X(PING_JITTER, "ping.gate.jitter", "us", FACT_INT, "mean difference of round trips one after the other")       \
	X(HOST_PING_SENT, "ping.host.sent", "packets", FACT_INT, "the same of the client's machine: requests counted") \
	X(HOST_PING_LOST, "ping.host.lost", "packets", FACT_INT, "of those, without a reply")                          \
	X(HOST_PING_LOSS, "ping.host.loss", "%", FACT_REAL, "lost of sent")                                            \
	X(HOST_PING_LONGEST_RUN, "ping.host.longest_run", "packets", FACT_INT, "most lost in a row")                   \
	X(HOST_PING_LONGEST_RUN_START, "ping.host.longest_run_start", "", FACT_INT, "sequence of the first of them")   \
	X(HOST_PING_DUPLICATES, "ping.host.duplicates", "packets", FACT_INT, "replies beyond one per request")         \
	X(HOST_PING_LATE, "ping.host.late", "packets", FACT_INT, "replies after that of a later request")              \
	X(HOST_PING_TIMELINE, "ping.host.timeline", "", FACT_TEXT, "lost/sent in each twentieth of the longest ping")  \
	X(HOST_PING_RTT_MIN, "ping.host.rtt_min", "us", FACT_INT, "shortest round trip")                               \
	X(HOST_PING_RTT_MEDIAN, "ping.host.rtt_median", "us", FACT_INT, "median round trip")                           \
	X(HOST_PING_RTT_P95, "ping.host.rtt_p95", "us", FACT_INT, "95th percentile of the round trips, nearest rank")  \
	X(HOST_PING_RTT_MAX, "ping.host.rtt_max", "us", FACT_INT, "longest round trip")                                \
	X(HOST_PING_JITTER, "ping.host.jitter", "us", FACT_INT, "mean difference of round trips one after the other")  \
	X(HOST_CPU_BUSY, "host.cpu.busy", "%", FACT_REAL, "100 - idle - iowait between first and last sample")         \
	X(HOST_CPU_IOWAIT, "host.cpu.iowait", "%", FACT_REAL, "waiting for I/O, likewise")                             \
	X(HOST_CPU_STEAL, "host.cpu.steal", "%", FACT_REAL, "taken by the hypervisor, likewise")                       \
	X(HOST_CPUS, "host.cpus", "", FACT_INT, "CPUs of the client's machine")                                        \
	X(HOST_LOAD, "host.load", "", FACT_REAL, "load average of one minute, newest sample")                          \
	X(HOST_MEMORY_TOTAL, "host.memory.total", "KiB", FACT_INT, "MemTotal")                                         \
	X(HOST_MEMORY_AVAILABLE, "host.memory.available", "KiB", FACT_INT, "MemAvailable, newest sample")              \
	X(HOST_MEMORY_USED, "host.memory.used", "%", FACT_REAL, "what is not available, of the total")                 \
	X(HOST_NET_ERRORS, "host.net.errors", "packets", FACT_INT, "errors of all interfaces between the samples")     \
	X(HOST_NET_DROPPED, "host.net.dropped", "packets", FACT_INT, "dropped by all interfaces between the samples")  \
	X(HOST_PRESSURE_CPU, "host.pressure.cpu", "%", FACT_REAL, "time some task waited for it, last 10 s")           \
	X(HOST_PRESSURE_MEMORY, "host.pressure.memory", "%", FACT_REAL, "time some task waited for it, last 10 s")     \
	X(HOST_PRESSURE_IO, "host.pressure.io", "%", FACT_REAL, "time some task waited for it, last 10 s")             \
	X(CAPTURE_PACKETS, "capture.packets", "packets", FACT_INT, "packets read from the sniffer")                    \
	X(CAPTURE_RECEIVED, "capture.received", "packets", FACT_INT, "N packets received by filter")                   \
	X(CAPTURE_DROPPED, "capture.dropped", "packets", FACT_INT, "N packets dropped by kernel")                      \
	X(CAPTURE_DURATION, "capture.duration", "us", FACT_INT, "how long the sniffer ran")                            \
	X(HA_MODE, "ha.mode", "", FACT_TEXT, "Mode of get system ha status, as printed")                               \
	X(HA_MEMBERS, "ha.members", "", FACT_INT, "members of the cluster")                                            \
	X(HA_OUT_OF_SYNC, "ha.out_of_sync", "", FACT_INT, "of those, with another configuration")                      \
	X(ARP_ENTRIES, "arp.entries", "", FACT_INT, "neighbours listed")                                               \
	X(ROUTES, "routes", "", FACT_INT, "routes listed")                                                             \
	X(SESSIONS_LISTED, "sessions.listed", "", FACT_INT, "sessions listed")                                         \
	X(SESSIONS_SILENT, "sessions.silent", "", FACT_INT, "of those, without a packet in reply")                     \
	X(NIC_LINK, "nic.link", "", FACT_TEXT, "link of the interface, as printed")                                    \
	X(NIC_SPEED, "nic.speed", "", FACT_TEXT, "its speed, as printed")                                              \
	X(NIC_RX_ERRORS, "nic.rx_errors", "packets", FACT_INT, "receive errors since boot")                            \
	X(NIC_TX_ERRORS, "nic.tx_errors", "packets", FACT_INT, "send errors since boot")                               \
	X(NIC_RX_DROPPED, "nic.rx_dropped", "packets", FACT_INT, "dropped on receipt since boot")                      \
	X(NIC_TX_DROPPED, "nic.tx_dropped", "packets", FACT_INT, "dropped on sending since boot")                      \
	X(SDWAN_MEMBERS, "sdwan.members", "", FACT_INT, "members of SD-WAN health checks")                             \
	X(SDWAN_DEAD, "sdwan.dead", "", FACT_INT, "of those, dead")                                                    \
	X(TRACE_CONVERSATIONS, "trace.conversations", "", FACT_INT, "conversations of the entry's client")             \
	X(TRACE_COMPLETED, "trace.completed", "", FACT_INT, "of those, answered and passed on to the client")          \
	X(TRACE_UNANSWERED, "trace.unanswered", "", FACT_INT, "of those, with no reply on any leg")

enum fact_id {
#define X(id, name, unit, type, what) FACT_ID_##id,
	FACT_LIST(X)
#undef X
	        FACT_COUNT
};

struct fact_def {
	const char *name;
	const char *unit;
	enum fact_type type;
	const char *what;
};
extern const struct fact_def fact_defs[FACT_COUNT];

/* The id for a name; FACT_COUNT when no such fact is registered. */
enum fact_id fact_find(const char *name);

struct fact {
	bool present;
	union {
		int64_t integer; /* FACT_INT; FACT_FLAG as 0 or 1 */
		double real;
		const char *text;
	} value;
	const char *absent; /* why, when not present; never NULL then */
	struct source from; /* step NULL when derived from several lines */
};

/* One line of CPU percentages. */
struct cpu_share {
	double user, system, nice, idle;
	bool have_irq; /* the next three were printed (FortiOS 5.6 and later) */
	double iowait, irq, softirq;
	struct source from;
};

/* One `get system performance status`. */
struct performance {
	const char *step;
	bool have_all;
	struct cpu_share all;
	struct cpu_share *cores; /* in order of their numbers */
	unsigned *core_numbers;
	size_t core_count;
	size_t cores_damaged; /* lines of a core that could not be read */
	bool have_memory;
	double memory_used, memory_free, memory_freeable; /* %; freeable < 0 when not printed */
	struct source memory_from;
};

struct process {
	const char *name;
	unsigned pid;
	char state;    /* R S D Z … */
	double cpu;    /* % of one core */
	double memory; /* % */
	bool own;      /* newcli or sshd: our own session and its like */
	struct source from;
};

/* The last frame of one `diagnose sys top` or `get system performance top`. */
struct top {
	const char *step;
	unsigned frames; /* frames seen; the first frame's CPU is unreliable */
	bool damaged;    /* a row had figures that cannot be */
	struct process *processes;
	size_t process_count;
};

struct ping_reply {
	uint32_t seq; /* place in the run, from 0 (where the device prints it from 1, one less) */
	int64_t rtt_us;
	unsigned line;
};

/* One `execute ping`. Sequence 0 is in `replies` but not in counted/lost. */
struct ping_run {
	const char *step;
	bool on_host;           /* ran on the host: takes no part in the ping.gate facts */
	uint32_t requested;     /* repeat-count we set */
	bool adaptive;          /* adaptive-ping was set: a fast ping */
	bool options_read_back; /* view-settings confirmed the options */
	bool probe;             /* with df-bit: tells of the path's MTU, not of loss */
	uint32_t data_size;     /* bytes of payload, as the PING line prints it; 0 when it does not */
	bool started;           /* the PING line was seen */
	bool have_statistics;
	uint32_t transmitted, received, duplicates; /* of the statistics block */
	struct ping_reply *replies;                 /* in order of their lines */
	size_t reply_count;
	uint32_t send_errors; /* lines like "sendto failed" */
	/* Derived: sequences 1..last where last is transmitted-1, or without a
	 * statistics block the last sequence answered (the tail is absent). After
	 * our Ctrl-C an unanswered last one may still have been under way: it is
	 * left out. Where reply lines are missing, the statistics limit the loss;
	 * where both contradict each other, nothing counts and error says so. */
	uint32_t counted, lost;
	uint32_t longest_run;          /* most lost in a row */
	uint32_t longest_run_start;    /* its first sequence */
	uint32_t late;                 /* replies that came after that of a later sequence */
	bool truncated;                /* fewer transmitted than requested */
	struct source statistics_from; /* the "packets transmitted" line, or the last reply line */
	struct source error_from;      /* first send error or other error line */
	const char *error;             /* that line's words, or NULL */
};

/* A command that ends in "a" prints UTC; of any other absolute stamp it is not
 * known to be UTC. */
enum capture_clock { CAPTURE_RELATIVE, CAPTURE_UTC, CAPTURE_LOCAL };

/* One `diagnose sniffer packet`. */
struct capture {
	const char *step;
	bool started;      /* both interfaces=[…] and filters=[…] were seen */
	const char *error; /* words in place of them, or NULL */
	struct source error_from;
	bool one_interface; /* not "any": what enters cannot be told from what leaves */
	const char *filter; /* as the device echoes it in filters=[…] */
	enum capture_clock clock;
	struct packet *packets;
	size_t packet_count;
	size_t unread_count;       /* lines that should be packets and could not be read */
	struct source unread_from; /* the first of them */
	bool have_trailer;
	uint64_t received, dropped;
	struct source trailer_from;
	uint32_t requested;  /* packet count we asked for */
	bool interrupted;    /* we ended it with Ctrl-C */
	bool link_lost;      /* ended without prompt or trailer */
	int64_t quiet_us;    /* from the last packet line to our Ctrl-C or the end, by our clock */
	int64_t duration_us; /* wall time between command and end */
};

/* One look at /proc of the client's machine. */
struct host_sample {
	const char *step;
	bool have_cpu, have_net;
	uint64_t cpu_total, cpu_idle, cpu_iowait, cpu_steal; /* ticks since boot */
	struct source cpu_from;
	uint64_t net_errors, net_dropped; /* packets since boot, all interfaces but lo */
	struct source net_from;           /* of the interface with most of them */
};

/* A fact made by `read: pattern` under a name of the playbook's. */
struct extra_fact {
	const char *name;
	const char *unit;
	enum fact_type type;
	struct fact fact;
};

/* One line or block of a listing (cluster members, routes, sessions, …): named
 * cells in the order printed. */
#define FACT_ROW_CELLS 20
struct fact_row {
	const char *table; /* "member", "route", … */
	struct source from;
	struct {
		const char *name, *value;
	} cells[FACT_ROW_CELLS];
	size_t cell_count;
};

struct facts {
	struct fact item[FACT_COUNT];
	struct performance *performance; /* in order of time */
	size_t performance_count;
	struct top *tops;
	size_t top_count;
	struct ping_run *pings;
	size_t ping_count;
	struct capture *captures;
	size_t capture_count;
	struct host_sample *hosts; /* in order of time */
	size_t host_count;
	struct extra_fact *extra;
	size_t extra_count;
	struct fact_row *rows; /* in order of their lines */
	size_t row_count, row_capacity;
	struct source *unread; /* lines that their reader does not know */
	size_t unread_count, unread_capacity;
};

/* All facts absent, with `reason`. */
void facts_init(struct facts *facts, const char *reason);

/* Setters; the source's text is kept by pointer (give arena memory). A reason
 * never overwrites a present value. */
void facts_set_int(struct facts *facts, enum fact_id id, int64_t value, struct source from);
void facts_set_real(struct facts *facts, enum fact_id id, double value, struct source from);
void facts_set_text(struct facts *facts, enum fact_id id, const char *value, struct source from);
void facts_set_absent(struct facts *facts, enum fact_id id, const char *reason);

/* A new row of a table; it moves when the next one is added. */
struct fact_row *facts_row(struct arena *arena, struct facts *facts, const char *table, struct source from);
/* Adds a cell with a copy of the value; cells beyond FACT_ROW_CELLS are dropped. */
void facts_cell(struct arena *arena, struct fact_row *row, const char *name, struct str value);
/* The value of a cell, or NULL. */
const char *facts_cell_of(const struct fact_row *row, const char *name);
void facts_unread(struct arena *arena, struct facts *facts, struct source from);

/* Lookup by registered or playbook name; NULL when there is no such fact.
 * *type may be NULL. */
const struct fact *facts_find(const struct facts *facts, const char *name, enum fact_type *type, const char **unit);

#endif
