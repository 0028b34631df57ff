#include <dirent.h>
#include <stdio.h>

#include "dialog.h"
#include "support.h"

/* Outputs of real devices that others published: all of it must be read. They
 * are not part of the project; without them this test says so and passes. */

#define CORPUS "../shared/corpus/outputs/"

/* What is left out, each with its reason: a whole file, so many stamped sniffer
 * lines that must not be read, or the comparison of packets with those the
 * trailer says were received. */
static const struct exclusion {
	const char *file;
	enum { SKIP, SPECIAL, UNREAD, COUNT } what;
	unsigned unread;
	const char *reason;
} exclusions[] = {
        {"get-system-performance-status/16-special-memory-data-unavailable-uptime-error.txt", SPECIAL, 0,
         "the device prints no memory and no up time: a test of its own"},
        {"get-system-performance-status/20-quiz-invented-conserve-line.txt", SKIP, 0, "invented"},
        {"get-system-performance-status/21-docs-6.0-cli-ref-flattened-cut.txt", SKIP, 0, "all on one line"},
        {"diagnose-sys-top/03-fortimonitor-comment-3-lines.txt", SKIP, 0, "rows are comments of a program"},
        {"diagnose-sys-top/09-unixfu-flattened-one-line.txt", SKIP, 0, "all on one line"},
        {"diagnose-hardware-sysinfo-memory/04-simulated-do-not-trust.txt", SKIP, 0, "template of a simulator"},
        {"diagnose-hardware-sysinfo-conserve/04-crashlog-enter.txt", SKIP, 0, "another command"},
        {"diagnose-hardware-sysinfo-conserve/06-kb-198580-proxy-conserve-template.txt", SKIP, 0, "another command"},
        {"diagnose-hardware-sysinfo-conserve/07-mock-short-form-doubtful.txt", SKIP, 0, "invented"},
        {"execute-ping6/02-usage-no-argument.txt", SPECIAL, 0, "no ping was run: a test of its own"},
        {"diagnose-hardware-deviceinfo-nic/04-v52-no-argument-list.txt", SKIP, 0, "names of interfaces only"},
        {"get-system-ha-status/05-ntc-6.4.txt", SKIP, 0, "edited: its lines lost their indentation"},
        {"cli-errors/04-sniffer-verbose-help.txt", SKIP, 0, "the help of a question mark, which is never typed"},
        {"cli-errors/07-readonly-help-diag-disabled.txt", SKIP, 0, "the help of a question mark, which is never typed"},
        {"cli-errors/08-readonly-help-nodiag-643.txt", SKIP, 0, "the help of a question mark, which is never typed"},
        {"diagnose-sniffer-packet/10-level6-wan1-ssh-psh-1403.txt", COUNT, 0, "an excerpt"},
        {"diagnose-sniffer-packet/15-level6-damaged-lines.txt", COUNT, 0, "damaged on purpose"},
        {"diagnose-sniffer-packet/16-fortimail-level6-port1-not-fortigate.txt", COUNT, 0,
         "a FortiMail that printed one packet fewer than it says"},
        {"diagnose-sniffer-packet/29-level4-any-udp514-syslog-ha.txt", UNREAD, 3, "three lines end in a note"},
        {"diagnose-sniffer-packet/41-level4-any-tcp-syn-synack-ack-absolute.txt", UNREAD, 3,
         "address and port are glued together"},
};

static const struct exclusion *exclusion_of(const char *file)
{
	for (size_t i = 0; i < sizeof exclusions / sizeof exclusions[0]; i++) {
		if (strcmp(exclusions[i].file, file) == 0)
			return &exclusions[i];
	}
	return NULL;
}

/* The file with an LF at its end, whatever its author left there. */
static struct str file_text(struct arena *arena, const char *file)
{
	FILE *in = fopen(arena_printf(arena, CORPUS "%s", file), "rb");
	assert_non_null(in);
	assert_int_equal(fseek(in, 0, SEEK_END), 0);
	long size = ftell(in);
	assert_true(size >= 0);
	rewind(in);
	char *text = arena_alloc(arena, (size_t)size + 2);
	size_t n = fread(text, 1, (size_t)size, in);
	(void)fclose(in);
	if (n && text[n - 1] != '\n')
		text[n++] = '\n';
	return (struct str){text, n};
}

typedef void check_fn(struct arena *arena, const char *file, struct str text);

static void for_each_file(struct arena *arena, const char *folder, check_fn *check)
{
	DIR *dir = opendir(arena_printf(arena, CORPUS "%s", folder));
	assert_non_null(dir);
	size_t files = 0;
	for (struct dirent *entry; (entry = readdir(dir));) {
		if (!str_ends(str_of(entry->d_name), ".txt"))
			continue;
		const char *file = arena_printf(arena, "%s/%s", folder, entry->d_name);
		const struct exclusion *exclusion = exclusion_of(file);
		files++;
		if (!exclusion || (exclusion->what != SKIP && exclusion->what != SPECIAL))
			check(arena, file, file_text(arena, file));
	}
	(void)closedir(dir);
	assert_true(files > 0);
}

static struct facts *facts_of(struct arena *arena, const char *reader, struct str text)
{
	const struct read_input input = {.step = "step", .text = text};
	struct facts *facts = facts_new(arena);
	reader_find(reader)->read(arena, &input, facts);
	return facts;
}

static void require(bool holds, const char *file, const char *what)
{
	if (!holds)
		fail_msg("%s: %s", file, what);
}

/* How many lines begin with the words, blanks aside? */
static size_t lines_with(struct str text, const char *words)
{
	size_t count = 0;
	struct str line;
	while (str_next_line(&text, &line))
		count += str_starts(str_trim(line), words);
	return count;
}

/* The next part of *rest that begins with a line of these words; the part ends
 * where the next one begins. */
static bool next_part(struct str *rest, const char *words, struct str *part)
{
	struct str text = *rest;
	struct str line;
	const char *start = NULL;
	for (struct str before = text; str_next_line(&text, &line); before = text) {
		if (!str_starts(line, words))
			continue;
		if (start) {
			*part = (struct str){start, (size_t)(before.p - start)};
			*rest = before;
			return true;
		}
		start = before.p;
	}
	if (!start)
		return false;
	*part = (struct str){start, (size_t)(text.p - start)};
	*rest = (struct str){"", 0};
	return true;
}

/* ---- one check per command ---- */

static void check_status(struct arena *arena, const char *file, struct str text)
{
	struct facts *facts = facts_of(arena, "status", text);
	const struct reader *reader = reader_find("status");
	for (size_t i = 0; i < reader->fact_count; i++)
		require(facts->item[reader->facts[i]].present, file, fact_defs[reader->facts[i]].name);
}

static void check_performance(struct arena *arena, const char *file, struct str text)
{
	static const struct {
		const char *line;
		enum fact_id id;
	} rows[] = {
	        {"CPU states:", FACT_ID_CPU_BUSY},
	        {"CPU0 states:", FACT_ID_CPU_CORE_BUSY_MAX},
	        {"Memory", FACT_ID_MEMORY_USED},
	        {"Average sessions:", FACT_ID_SESSIONS},
	        {"Average session setup rate:", FACT_ID_SESSION_SETUP_RATE},
	        {"Uptime:", FACT_ID_DEVICE_UPTIME},
	};
	struct facts *facts = facts_of(arena, "performance", text);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		require(!lines_with(text, rows[i].line) || facts->item[rows[i].id].present, file, rows[i].line);
	bool pair = str_find(text, " / ") >= 0;
	require(!pair || facts->item[FACT_ID_NETWORK_OUT].present, file, "network usage");
	size_t cores = lines_with(text, "CPU") - lines_with(text, "CPU states:");
	require(facts->performance_count == 1 && facts->performance[0].core_count == cores, file, "a core is missing");
}

static size_t rows_of_top(struct str text)
{
	size_t count = 0;
	struct str line, word;
	while (str_next_line(&text, &line)) {
		struct str rest = line;
		size_t words = 0;
		bool pid = false;
		for (; str_next_word(&rest, &word); words++)
			pid |= words == 1 && strspn(word.p, "0123456789") == word.n;
		count += pid && words >= 5;
	}
	return count;
}

static void check_top(struct arena *arena, const char *file, struct str text)
{
	struct facts *facts = facts_of(arena, "top", text);
	require(facts->top_count == 1, file, "no screen");
	require(facts->tops[0].process_count == rows_of_top(text), file, "a process is missing");
}

static void check_memory(struct arena *arena, const char *file, struct str text)
{
	struct facts *facts = facts_of(arena, "memory", text);
	require(facts->item[FACT_ID_MEMORY_TOTAL].present && facts->item[FACT_ID_MEMORY_FREE].present, file, "memory");
	require(facts->item[FACT_ID_MEMORY_AVAILABLE].present == (lines_with(text, "MemAvailable:") > 0), file,
	        "available");
}

static void check_conserve(struct arena *arena, const char *file, struct str text)
{
	struct facts *facts = facts_of(arena, "conserve", text);
	require(facts->item[FACT_ID_CONSERVE_MODE].present && facts->item[FACT_ID_CONSERVE_USED].present &&
	                facts->item[FACT_ID_CONSERVE_EXTREME].present && facts->item[FACT_ID_CONSERVE_RED].present,
	        file, "conserve");
}

static void check_ping(struct arena *arena, const char *file, struct str text)
{
	struct str part;
	size_t runs = 0;
	for (; next_part(&text, "PING ", &part); runs++) {
		struct ping_run run = {0};
		const struct read_input input = {.step = "ping", .text = part};
		read_ping_run(arena, &input, &run);
		require(run.started && run.have_statistics, file, "statistics");
		require(run.reply_count == run.received, file, "a reply is missing");
		require(run.counted == run.transmitted - 1 && run.lost <= run.transmitted - run.received, file,
		        "count");
		require(run.received > 0 || run.lost == run.counted, file, "all lost");
		require(run.send_errors == lines_with(part, "sendto failed"), file, "send errors");
	}
	require(runs > 0, file, "no ping");
}

static void check_sniffer(struct arena *arena, const char *file, struct str text)
{
	const struct exclusion *exclusion = exclusion_of(file);
	unsigned damaged = exclusion ? exclusion->unread : 0;
	bool counted = !exclusion || exclusion->what != COUNT;
	size_t unread = 0, packets = 0;
	struct str part = text;
	bool header = lines_with(text, "interfaces=[") > 0;
	while (!header || next_part(&text, "interfaces=[", &part)) {
		struct capture capture = {0};
		const struct read_input input = {.step = "sniffer", .text = part};
		read_capture(arena, &input, &capture);
		require(capture.started == header && !capture.error, file, "header");
		bool whole = !capture.have_trailer || capture.received == capture.packet_count;
		require(whole || !counted, file, "packets are not those received");
		if (capture.unread_count && !damaged)
			fail_msg("%s: %s", file, capture.unread_from.text);
		unread += capture.unread_count;
		packets += capture.packet_count;
		if (!header)
			break;
	}
	require(unread == damaged, file, "lines that are not read");
	require(packets + unread > 0 || str_find(str_of(file), "zero-packets") >= 0, file, "no packet");
}

/* A listing has no line that its reader does not know. */
static void check_listing(struct arena *arena, const char *file, struct str text, const char *reader, enum fact_id id)
{
	struct facts *facts = facts_of(arena, reader, text);
	if (facts->unread_count)
		fail_msg("%s:%u: %s", file, facts->unread[0].line, facts->unread[0].text);
	require(facts->item[id].present, file, fact_defs[id].name);
}

static void check_ha(struct arena *arena, const char *file, struct str text)
{
	check_listing(arena, file, text, "ha", FACT_ID_HA_MEMBERS);
}

static void check_arp(struct arena *arena, const char *file, struct str text)
{
	check_listing(arena, file, text, "arp", FACT_ID_ARP_ENTRIES);
}

static void check_routes(struct arena *arena, const char *file, struct str text)
{
	check_listing(arena, file, text, "routes", FACT_ID_ROUTES);
}

static void check_sessions(struct arena *arena, const char *file, struct str text)
{
	check_listing(arena, file, text, "sessions", FACT_ID_SESSIONS_LISTED);
}

static void check_nic(struct arena *arena, const char *file, struct str text)
{
	check_listing(arena, file, text, "nic", FACT_ID_NIC_LINK);
}

static void check_sdwan(struct arena *arena, const char *file, struct str text)
{
	check_listing(arena, file, text, "sdwan", FACT_ID_SDWAN_MEMBERS);
}

/* What a device answers in place of an output: a refusal, or a ping's words. */
static void check_error(struct arena *arena, const char *file, struct str text)
{
	unsigned line;
	struct str telling;
	struct ping_run run = {0};
	const struct read_input input = {.step = "ping", .text = text};
	read_ping_run(arena, &input, &run);
	require(dialog_refusal(text, &line, &telling) != REFUSAL_NONE || run.error, file, "no error is seen");
}

static void status_is_read(void **state)
{
	for_each_file(*state, "get-system-status", check_status);
}

static void performance_is_read(void **state)
{
	for_each_file(*state, "get-system-performance-status", check_performance);
}

static void top_is_read(void **state)
{
	for_each_file(*state, "diagnose-sys-top", check_top);
}

static void memory_is_read(void **state)
{
	for_each_file(*state, "diagnose-hardware-sysinfo-memory", check_memory);
	for_each_file(*state, "diagnose-hardware-sysinfo-conserve", check_conserve);
}

static void ping_is_read(void **state)
{
	for_each_file(*state, "execute-ping", check_ping);
	for_each_file(*state, "execute-ping6", check_ping);
	for_each_file(*state, "host-linux-ping", check_ping);
}

static void sniffer_is_read(void **state)
{
	for_each_file(*state, "diagnose-sniffer-packet", check_sniffer);
}

static void listings_are_read(void **state)
{
	for_each_file(*state, "get-system-ha-status", check_ha);
	for_each_file(*state, "get-system-arp", check_arp);
	for_each_file(*state, "get-router-info-routing-table", check_routes);
	for_each_file(*state, "get-router-info-routing-table-details", check_routes);
	for_each_file(*state, "diagnose-sys-session-list", check_sessions);
	for_each_file(*state, "diagnose-hardware-deviceinfo-nic", check_nic);
	for_each_file(*state, "diagnose-sys-sdwan-health-check", check_sdwan);
}

static void errors_are_seen(void **state)
{
	for_each_file(*state, "cli-errors", check_error);
}

/* What a device says it cannot tell is absent in its own words. */
static void odd_outputs_give_what_they_hold(void **state)
{
	static const char performance[] =
	        "get-system-performance-status/16-special-memory-data-unavailable-uptime-error.txt";
	struct facts *facts = facts_of(*state, "performance", file_text(*state, performance));
	assert_absent(facts, FACT_ID_MEMORY_USED, "unavailable");
	assert_true(facts->item[FACT_ID_CPU_CORE_BUSY_MAX].present && facts->item[FACT_ID_SESSIONS].present &&
	            facts->item[FACT_ID_NETWORK_OUT].present && !facts->item[FACT_ID_DEVICE_UPTIME].present);
	assert_int_equal(facts->performance[0].core_numbers[0], 31);
	facts = facts_of(*state, "ping", file_text(*state, "execute-ping6/02-usage-no-argument.txt"));
	assert_absent(facts, FACT_ID_PING_SENT, "Usage: ping6");
}

/* ---- nothing is left out in silence ---- */

static const struct {
	const char *folder;
	const char *reason; /* NULL: read by the tests above */
} folders[] = {
        {"get-system-status", NULL},
        {"get-system-performance-status", NULL},
        {"diagnose-sys-top", NULL},
        {"diagnose-hardware-sysinfo-memory", NULL},
        {"diagnose-hardware-sysinfo-conserve", NULL},
        {"execute-ping", NULL},
        {"execute-ping6", NULL},
        {"host-linux-ping", NULL},
        {"diagnose-sniffer-packet", NULL},
        {"get-system-ha-status", NULL},
        {"get-system-arp", NULL},
        {"get-router-info-routing-table", NULL},
        {"get-router-info-routing-table-details", NULL},
        {"diagnose-sys-session-list", NULL},
        {"diagnose-hardware-deviceinfo-nic", NULL},
        {"diagnose-sys-sdwan-health-check", NULL},
        {"cli-errors", NULL},
        {"diagnose-debug-flow", "needs `diagnose debug enable`, which sets something: never sent, no reader"},
        {"diagnose-sys-session-stat", "resets a counter when it is read: never sent, no reader"},
        {"diagnose-firewall-iprope-lookup", "a question about the policy, not about packets: not asked, no reader"},
        {"diagnose-netlink-interface-list", "says what deviceinfo nic says: not asked, no reader"},
        {"fnsysctl-ifconfig", "a command for support only: never sent, no reader"},
        {"diagnose-hardware-sysinfo-shm", "invented; no real output is known"},
        {"diagnose-sys-mpstat", "one edited page of documentation; performance status tells the same"},
        {"diagnose-sys-top-mem", "one edited page of documentation; sys top tells the same"},
        {"execute-date-time", "the status tells the time: not asked, no reader"},
        {"execute-traceroute", "sends packets of its own to every hop: not asked, no reader"},
};

static const char *const unknown_folder = "";

static const char *folder_reason(struct str file)
{
	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		size_t n = strlen(folders[i].folder);
		if (str_starts(file, folders[i].folder) && file.n > n && file.p[n] == '/')
			return folders[i].reason;
	}
	return unknown_folder;
}

/* Each file of the index is read, or left out for a stated reason. */
static void every_file_is_accounted_for(void **state)
{
	struct str text = file_text(*state, "INDEX.tsv"), line;
	size_t files = 0, read = 0, excluded = 0;
	(void)str_next_line(&text, &line);
	while (str_next_line(&text, &line)) {
		ptrdiff_t tab = str_find_char(line, '\t');
		if (tab <= 0)
			continue;
		struct str file = str_cut(line, 0, (size_t)tab);
		const char *name = arena_strndup(*state, file.p, file.n);
		const char *reason = folder_reason(file);
		const struct exclusion *exclusion = exclusion_of(name);
		if (reason == unknown_folder)
			fail_msg("%s: neither read nor left out for a reason", name);
		files++;
		excluded += reason || (exclusion && exclusion->what == SKIP);
		read += !reason && !(exclusion && exclusion->what == SKIP);
	}
	assert_true(files > 100);
	print_message("%zu outputs: %zu read, %zu left out with a reason\n", files, read, excluded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        READ_TEST(status_is_read),
	        READ_TEST(performance_is_read),
	        READ_TEST(top_is_read),
	        READ_TEST(memory_is_read),
	        READ_TEST(ping_is_read),
	        READ_TEST(sniffer_is_read),
	        READ_TEST(listings_are_read),
	        READ_TEST(errors_are_seen),
	        READ_TEST(odd_outputs_give_what_they_hold),
	        READ_TEST(every_file_is_accounted_for),
	};
	DIR *dir = opendir(CORPUS);
	if (!dir) {
		print_message("skipped: no outputs of real devices at " CORPUS "\n");
		return 0;
	}
	(void)closedir(dir);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
