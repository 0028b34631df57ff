#ifndef EMU_WORLD_H
#define EMU_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "generation.h"
#include "node.h"
#include "packet.h"

/* What a world file describes; worlds/README.md documents its keys. Read once
 * and never changed, so that all sessions may look at it. */

enum { MAX_CORES = 64, MAX_NAMES = 16, MAX_COPIES = 4, MAX_RETRIES = 8, MAX_CURVE = 8 };

struct cpu_row {
	double user, system, nice, idle, iowait, irq, softirq;
};

struct cpu_sample {
	struct cpu_row all, cores[MAX_CORES];
	size_t core_count;
};

struct process {
	const char *name;
	long pid;
	const char *state;
	double cpu, memory;
	long core;
};

struct memory {
	long total_kib;
	double used, freeable; /* % */
	bool conserve;
	long extreme, red, green; /* % */
};

struct device {
	const char *hostname, *serial, *model, *version, *build, *ha_role, *ha_mode;
	const struct generation *generation;     /* of the version */
	const char *peer_serial, *peer_hostname; /* of the other member, or NULL */
	const char *vdoms[MAX_NAMES];            /* none: not a multi-VDOM device */
	size_t vdom_count;
	const char *vdom_mode;
	const char *mark; /* # or $ */
	int zone_minutes;
	double clock_ahead_s; /* of the true time */
	bool may_get, may_execute, may_diagnose;
	struct cpu_sample *cpu; /* one after the other, two seconds each */
	size_t cpu_count;
	struct memory memory;
	struct process *processes;
	size_t process_count;
	double uptime_s;
	double rx_errors; /* of the wan interface, a second */
};

struct login {
	const char *user, *password;
	const char *pre_banner, *post_banner; /* or NULL */
	const char *vdom;                     /* of an account limited to one, or NULL */
	bool vdom_in_prompt, vdom_status;     /* it stands in the prompt; the status tells the VDOMs */
	const char *greeting;                 /* a question in place of the prompt, or NULL */
	const char *code;                     /* asked for after the password, or NULL */
	const char *algorithms;               /* any | legacy | hardened */
	const char *id;                       /* after SSH-2.0- */
	bool interactive;                     /* keyboard-interactive in place of password */
	long max_sessions;                    /* 0: no limit */
	const char *over_limit;               /* denied | text */
	long lockout;                         /* failures before the address is locked out */
};

struct console_style {
	long rows;         /* the pager's, whatever the client asked; 0: the client's */
	bool pager;        /* more or standard */
	bool page_streams; /* ping and sniffer stop at --More-- too */
	double latency_ms; /* before a plain command answers */
};

struct ping_style {
	double rtt_ms, jitter_ms;
	long lose_every;
	double lose_percent;
	long seed;
	long burst_every, burst_length;
	bool filtered, send_fails;
	long duplicate_every;
	long late_every; /* replies that take late_ms more */
	double late_ms;
	long limit; /* answers in each second, 0 for no limit */
	long mtu;   /* of the way; larger packets that may not be split vanish */
	long ttl;
};

struct sniffer_style {
	bool original; /* first line "Using Original Sniffing Mode" */
	bool trailer_on_count;
	bool caret; /* ^C before the trailer */
	long dropped;
	bool blind;         /* prints "--" in place of in and out, on "any" too */
	const char *refuse; /* a filter with these words is refused, or NULL */
};

enum answer { ANSWER_REPLY, ANSWER_RST, ANSWER_NONE };

struct icmp_error {
	enum icmp_kind kind; /* ICMP_KIND_NONE: none */
	struct addr from;    /* the client: after the reply's last leg, else after the request's */
	double after_ms;
	bool own; /* of the device itself: it leaves and never entered */
};

/* Data of one side that is lost on its way and sent again. */
struct lost_data {
	bool of_client;
	unsigned legs_seen;          /* of the lost transmissions: on how many of the two legs they show */
	long every;                  /* conversation; 0: nothing is lost */
	double again_s[MAX_RETRIES]; /* after the first transmission; the last one arrives */
	size_t again_count;
	bool forever; /* the last one does not arrive either */
};

enum gate_resets { GATE_RESETS_NOTHING, GATE_RESETS_SYN, GATE_RESETS_DATA };

struct flow {
	unsigned number;
	unsigned proto;
	struct addr client, server;
	unsigned sport, sport_step, port;
	double start_s, period_s;
	long count;                                                              /* 0: for ever */
	const char *inside[MAX_COPIES], *outside[MAX_COPIES], *back[MAX_COPIES]; /* back: where replies enter */
	size_t inside_count, outside_count, back_count;
	bool leg[4];
	bool hidden[4]; /* legs that are taken and that no sniffer sees */
	bool offloaded;
	/* the session table says so; what follows a conversation's first packets is not seen */ /* A B C D */
	double forward_ms, rtt_ms;
	unsigned size, reply_size;
	double retries_s[MAX_RETRIES];
	size_t retry_count;
	bool snat;
	struct addr snat_addr;
	unsigned snat_port; /* 0: the client's */
	bool dnat;
	struct addr dnat_addr;
	unsigned dnat_port; /* 0: the one that the client asked for */
	bool acks;          /* TCP: the client goes on after the SYN/ACK; else it never got it */
	bool repeats;       /* TCP: what is not acknowledged is sent again by the server, not by the client */
	unsigned segments;  /* TCP: in which the data of a side goes */
	struct lost_data lost;
	enum gate_resets gate_resets; /* TCP: the device itself sends an RST in place of passing that on */
	enum answer answer;
	long drop_every; /* every Nth conversation gets no reply */
	struct icmp_error error;
};

struct faults {
	const char *drop_command;   /* the connection is cut while a command that begins so runs, or NULL */
	long drop_bytes;            /* after that many bytes of it */
	const char *rename_command; /* after the first command that begins so … */
	const char *rename_to;      /* … the device has this name, or NULL */
	bool forget_filter;         /* the session filter does not take its dst */
	const char *rename_role;    /* … and this role in its cluster, or NULL */
	long split;                 /* at most that many bytes in one SSH packet, 0: no limit */
};

struct world {
	struct device device;
	struct login login;
	struct console_style console;
	struct ping_style ping;
	struct sniffer_style sniffer;
	struct faults faults;
	const char *route; /* default, none, blackhole, or the interface that a static one leaves by */
	struct addr gateway;
	bool arp;        /* the gateway answers */
	const char *wan; /* interface and address of the device's own pings */
	struct addr wan_addr, wan_addr6;
	struct flow *flows;
	size_t flow_count;
	struct node *tree;
};

/* Dies with FILE:LINE on anything wrong. */
struct world *world_load(const char *path);
void world_free(struct world *world);

bool world_multi(const struct world *world);
bool world_has_vdom(const struct world *world, const char *name);

#endif
