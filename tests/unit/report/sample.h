#ifndef FGDIAG_TEST_REPORT_SAMPLE_H
#define FGDIAG_TEST_REPORT_SAMPLE_H

#include <string.h>

#include "arena.h"
#include "report.h"
#include "timestamp.h"

/* A whole report made by hand: a client whose DNS requests leave and are not
 * answered. Every text in it is `words` when that is not NULL, so that a test
 * can put one hostile text everywhere. */

struct sample {
	struct arena *arena;
	struct plan plan;
	struct transcript transcript;
	struct planned_step planned[3];
	struct step_run runs[4];
	struct step_list steps;
	struct str clean[4];
	struct facts facts;
	struct ping_run ping;
	struct ping_reply replies[3];
	struct extra_fact extra[1];
	struct conversation conversations[2];
	struct check checks[CHECKS + 1]; /* the last is a playbook's own */
	struct verdict verdict;
	struct err error;
	struct report report;
};

static inline const char *sample_text(const char *words, const char *natural)
{
	return words ? words : natural;
}

static inline struct ip sample_ip(const char *text)
{
	struct ip ip = {0};
	(void)ip_parse(str_of(text), &ip);
	return ip;
}

static inline void sample_field(struct entry *entry, const char *name, const char *value)
{
	entry->fields[entry->field_count++] =
	        (struct entry_field){.name = str_of(name), .value = str_of(value), .column = 1};
}

static inline void sample_entry(struct sample *s, const char *words)
{
	struct entry *entry = &s->plan.entries.entry;
	entry->fields = ARENA_ARRAY(s->arena, 16, struct entry_field);
	sample_field(entry, "type", sample_text(words, "traffic"));
	sample_field(entry, "action", sample_text(words, "ip-conn"));
	sample_field(entry, "srcip", "10.0.0.5");
	sample_field(entry, "srcport", "49152");
	sample_field(entry, "dstip", "192.0.2.53");
	sample_field(entry, "dstport", "53");
	sample_field(entry, "proto", "17");
	sample_field(entry, "sentbyte", "120");
	sample_field(entry, sample_text(words, "service"), sample_text(words, "DNS"));
	entry->srcip = sample_ip("10.0.0.5");
	entry->dstip = sample_ip("192.0.2.53");
	entry->srcport = 49152;
	entry->dstport = 53;
	entry->have_proto = true;
	entry->proto = 17;
	entry->time_kind = ENTRY_TIME_UTC;
	entry->time_us = INT64_C(1700000000000000);
	entry->srcintf = str_of(sample_text(words, "lan"));
	entry->dstintf = str_of(sample_text(words, "wan1"));
	entry->service = str_of(sample_text(words, "DNS"));
	entry->policyid = str_of(sample_text(words, "7"));
	entry->vd = str_of(sample_text(words, "root"));
	entry->devname = str_of(sample_text(words, "BRANCH-FW"));
}

static inline void sample_plan(struct sample *s, const char *words)
{
	struct thresholds *limits = &s->plan.playbook.thresholds;
	*limits = (struct thresholds){.loss_warning = 1, .loss_critical = 5, .cpu_warning = 80, .cpu_critical = 90};
	limits->core_critical = 90;
	limits->memory_red = 88;
	limits->memory_extreme = 95;
	s->plan.target.have_entry = true;
	s->plan.target.server = sample_ip("192.0.2.53");
	s->plan.target.server_port = 53;
	s->plan.target.have_proto = true;
	s->plan.target.proto = 17;
	s->plan.target.vdom = sample_text(words, "root");
	sample_entry(s, words);
}

static inline void sample_run(struct sample *s, size_t i, const char *words)
{
	struct step_run *run = &s->runs[i];
	run->id = s->planned[i].id;
	run->planned = &s->planned[i];
	run->command = sample_text(words, s->planned[i].command);
	run->scope = "";
	run->start_us = (int64_t)i * US_PER_SECOND;
	run->end_us = run->start_us + 1500000;
	run->raw = STR("first\r\nsecond\r\n");
	s->clean[i] = STR("first\nsecond\n");
}

static inline void sample_steps(struct sample *s, const char *words)
{
	static const char *const ids[] = {"performance.1", "ping", "sniffer"};
	static const char *const commands[] = {"get system performance status", "execute ping 192.0.2.53",
	                                       "diagnose sniffer packet any \"port 53\" 4 100 a"};
	for (size_t i = 0; i < 3; i++) {
		s->planned[i] = (struct planned_step){.id = sample_text(words, ids[i]),
		                                      .on = sample_text(words, "gate"),
		                                      .lane = sample_text(words, "main"),
		                                      .command = sample_text(words, commands[i])};
		sample_run(s, i, words);
	}
	s->runs[1].end.state = STEP_STOPPED;
	s->runs[2].command = "";
	s->runs[2].raw = s->clean[2] = (struct str){0};
	s->runs[2].end_us = s->runs[2].start_us;
	s->runs[2].end.state = STEP_SKIPPED;
	s->runs[2].end.reason = sample_text(words, "the run ended before this step");
	s->runs[3] = (struct step_run){.id = sample_text(words, "ping/view"),
	                               .command = sample_text(words, "execute ping-options view-settings"),
	                               .scope = ""};
	s->steps = (struct step_list){.steps = s->runs, .count = 4};
}

static inline void sample_facts(struct sample *s, const char *words)
{
	struct source ping = {sample_text(words, "ping"), 12, sample_text(words, "3 packets transmitted")};
	struct source status = {sample_text(words, "status"), 1, sample_text(words, "Version: …")};
	facts_init(&s->facts, sample_text(words, "no step reads it"));
	facts_set_text(&s->facts, FACT_ID_DEVICE_HOSTNAME, sample_text(words, "BRANCH-FW"), status);
	facts_set_text(&s->facts, FACT_ID_DEVICE_MODEL, sample_text(words, "FortiGate-60F"), status);
	facts_set_text(&s->facts, FACT_ID_DEVICE_SERIAL, sample_text(words, "FGT60FTK00000000"), status);
	facts_set_text(&s->facts, FACT_ID_DEVICE_VERSION, sample_text(words, "7.4.8"), status);
	facts_set_int(&s->facts, FACT_ID_PING_SENT, 300, ping);
	facts_set_real(&s->facts, FACT_ID_PING_LOSS, 0.1, ping);
	facts_set_real(&s->facts, FACT_ID_CPU_BUSY, 100.0 / 3, (struct source){0});
	facts_set_int(&s->facts, FACT_ID_CONSERVE_MODE, 0, status);
	facts_set_int(&s->facts, FACT_ID_SESSIONS, 4200, status);
	s->extra[0] = (struct extra_fact){.name = sample_text(words, "sensor.fan_alarms"),
	                                  .unit = sample_text(words, "alarms"),
	                                  .type = FACT_TEXT,
	                                  .fact = {.present = true, .from = status}};
	s->extra[0].fact.value.text = sample_text(words, "none");
	s->facts.extra = s->extra;
	s->facts.extra_count = 1;
	s->replies[0] = (struct ping_reply){.seq = 0, .rtt_us = 900000};
	s->replies[1] = (struct ping_reply){.seq = 1, .rtt_us = 10100};
	s->replies[2] = (struct ping_reply){.seq = 2, .rtt_us = 10300};
	s->ping = (struct ping_run){.step = "ping", .replies = s->replies, .reply_count = 3};
	s->facts.pings = &s->ping;
	s->facts.ping_count = 1;
}

static inline const char *const *sample_list(struct sample *s, const char *a, const char *b)
{
	const char **list = ARENA_ARRAY(s->arena, 2, const char *);
	list[0] = a;
	list[1] = b;
	return list;
}

/* Both with the same fate. */
static inline void sample_conversations(struct sample *s, const char *words)
{
	for (unsigned i = 0; i < 2; i++)
		s->conversations[i] = (struct conversation){.client = sample_text(words, "10.0.0.5"),
		                                            .server = sample_text(words, "192.0.2.53"),
		                                            .client_port = 49152 + i,
		                                            .server_port = 53,
		                                            .proto = 17,
		                                            .fate = FATE_NO_REPLY,
		                                            .where = WHERE_BEYOND_GATE,
		                                            .requests = 3,
		                                            .rule = sample_text(words, "legs-AB"),
		                                            .evidence = s->checks[CHECK_MISSING_REPLIES].evidence,
		                                            .evidence_count = 2};
	s->verdict.conversations = s->conversations;
	s->verdict.conversation_count = 2;
}

static inline void sample_verdict(struct sample *s, const char *words)
{
	for (size_t i = 0; i < CHECKS; i++)
		s->checks[i] = (struct check){.id = check_word((enum check_id)i),
		                              .state = STATE_OK,
		                              .certainty = CERTAINTY_CERTAIN,
		                              .rule = sample_text(words, "P1"),
		                              .summary = sample_text(words, "Nothing stands out here.")};
	s->checks[CHECKS] = (struct check){.id = sample_text(words, "fan"),
	                                   .state = STATE_SKIPPED,
	                                   .summary = sample_text(words, "No step reads the sensors.")};
	struct evidence *evidence = ARENA_ARRAY(s->arena, 2, struct evidence);
	evidence[0] = (struct evidence){sample_text(words, "entry"), 0, sample_text(words, "action=\"ip-conn\"")};
	evidence[1] = (struct evidence){sample_text(words, "sniffer"), 7,
	                                sample_text(words, "wan1 out 10.0.0.5.49152 -> 192.0.2.53.53: udp 40")};
	struct check *check = &s->checks[CHECK_MISSING_REPLIES];
	check->state = STATE_CRITICAL;
	check->certainty = CERTAINTY_LIKELY;
	check->summary = sample_text(
	        words, "Three requests of 10.0.0.5 left on wan1 and none was answered within seven seconds.");
	check->evidence = evidence;
	check->evidence_count = 2;
	check->advice = sample_list(s, sample_text(words, "Ask the owner of the server whether it is up."),
	                            sample_text(words, "diagnose sniffer packet any \"host 192.0.2.53 and port 53\" 4 "
	                                               "100 a"));
	check->advice_count = 2;
	s->verdict = (struct verdict){.status = STATE_CRITICAL,
	                              .cause = CAUSE_MISSING_REPLIES,
	                              .where = WHERE_BEYOND_GATE,
	                              .certainty = CERTAINTY_LIKELY,
	                              .checks = s->checks,
	                              .check_count = CHECKS + 1,
	                              .note_count = 2};
	s->verdict.summary = sample_text(words, "Requests leave the FortiGate and nothing comes back.");
	s->verdict.notes = sample_list(s, sample_text(words, "The entry says nothing about NAT."),
	                               sample_text(words, "Ping is clean, yet the server does not answer."));
}

static inline void sample_init(struct sample *s, const char *words)
{
	*s = (struct sample){.arena = arena_new()};
	sample_plan(s, words);
	transcript_init(&s->transcript, s->arena);
	s->transcript.header.started_us = INT64_C(1700000100250000);
	s->transcript.header.device = sample_text(words, "192.0.2.1");
	s->transcript.end_us = 83250000;
	sample_steps(s, words);
	sample_facts(s, words);
	sample_verdict(s, words);
	sample_conversations(s, words);
	(void)err_set(&s->error, ERR_TIMEOUT, "%s", sample_text(words, "the device did not answer in time"));
	(void)strncpy(s->error.step, sample_text(words, "sniffer"), sizeof s->error.step - 1);
	s->report = (struct report){.version = sample_text(words, "0.1.0"),
	                            .plan = &s->plan,
	                            .transcript = &s->transcript,
	                            .steps = &s->steps,
	                            .clean = s->clean,
	                            .facts = &s->facts,
	                            .verdict = &s->verdict};
}

static inline void sample_done(struct sample *s)
{
	arena_free(s->arena);
}

/* The report in a format, NUL-terminated; free with buf_done. */
static inline void sample_write(const struct sample *s, const char *format, unsigned columns, struct buf *out)
{
	struct report_style style = {.columns = columns};
	buf_init(out, REPORT_MAX_BYTES);
	report_format_find(format)->write(&s->report, &style, out);
}

/* Texts that must not reach a sink as they are. */
static const char *const sample_hostile[] = {
        "\033[2J\033]0;owned\007\a\b\r\n\t\v\f end",
        "c1 \xc2\x9b[1m and \xc2\x85 next \x7f del",
        "bidi \xe2\x80\xae override \xe2\x81\xa6 isolate \xd8\x9c mark \xe2\x80\xa8 line \xef\xbb\xbf bom",
        "bad \xff\xfe \xc3( \xed\xa0\x80 \xc0\xaf \xf4\x90\x80\x80 \xe2\x82",
        "pipe | and | loss=0% ; 'quote' \"double\" back\\slash \\n \\x1b <script>alert(1)</script>",
        "%s%n%d {ping.count} $(reboot) `id`",
        "tag \xf3\xa0\x81\x81 nonchar \xef\xbf\xbf wide \xe6\xbc\xa2\xe5\xad\x97 combining e\xcc\x81 \xf0\x9f\x94\xa5",
        "",
        "   blanks   at   both   ends   ",
};
#define SAMPLE_HOSTILE (sizeof sample_hostile / sizeof sample_hostile[0])

#endif
