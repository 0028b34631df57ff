#include "support.h"

#define REPLY(seq, ms) "64 bytes from 192.0.2.9: icmp_seq=" seq " ttl=64 time=" ms " ms\n"

static const char clean_run[] =
        "PING 192.0.2.9 (192.0.2.9): 56 data bytes\n" REPLY("0", "90.5") REPLY("1", "1.0") REPLY("2", "3.0")
                REPLY("3", "2.0") REPLY("4", "4.0") "\n"
                                                    "--- 192.0.2.9 ping statistics ---\n"
                                                    "5 packets transmitted, 5 packets received, 0% packet loss\n"
                                                    "round-trip min/avg/max = 1.0/20.1/90.5 ms\n";

static struct ping_run read_run_of(struct arena *arena, const char *text)
{
	struct ping_run run = {0};
	const struct read_input input = {.step = "ping", .text = str_of(text)};
	read_ping_run(arena, &input, &run);
	return run;
}

static void first_request_is_not_counted(void **state)
{
	struct facts *facts = read_text(*state, "ping", clean_run);
	const struct ping_run *run = &facts->pings[0];
	assert_true(run->started && run->have_statistics);
	assert_int_equal(run->transmitted, 5);
	assert_int_equal(run->reply_count, 5);
	assert_int_equal(run->replies[0].rtt_us, 90500);
	assert_int_equal(run->replies[4].line, 6);
	assert_int_equal(run->counted, 4);
	assert_int_equal(run->lost, 0);
	assert_null(run->error);
	assert_int_fact(facts, FACT_ID_PING_SENT, 4);
	assert_int_fact(facts, FACT_ID_PING_LOST, 0);
	assert_real_fact(facts, FACT_ID_PING_LOSS, 0);
	assert_int_fact(facts, FACT_ID_PING_RTT_MIN, 1000);
	assert_int_fact(facts, FACT_ID_PING_RTT_MEDIAN, 2500);
	assert_int_fact(facts, FACT_ID_PING_RTT_MAX, 4000);
	assert_string_equal(run->statistics_from.text, "5 packets transmitted, 5 packets received, 0% packet loss");
	assert_int_equal(run->statistics_from.line, 9);
}

static void round_trips_and_their_jitter_are_facts(void **state)
{
	struct facts *facts = read_text(*state, "ping", clean_run);
	/* 1, 3, 2, 4 ms: differences 2, 1, 2 */
	assert_int_fact(facts, FACT_ID_PING_RTT_P95, 4000);
	assert_int_fact(facts, FACT_ID_PING_JITTER, 1666);
	assert_text_fact(facts, FACT_ID_PING_TIMELINE, "0/1 0/1 0/1 0/1");
	assert_int_fact(facts, FACT_ID_PING_LATE, 0);
	assert_false(facts->item[FACT_ID_PING_LONGEST_RUN_START].present);
	assert_int_equal(facts->row_count, 4);
	assert_string_equal(facts->rows[2].table, "ping-timeline");
	assert_string_equal(facts_cell_of(&facts->rows[2], "from"), "3");
	assert_string_equal(facts_cell_of(&facts->rows[2], "rtt_median"), "2000");
}

static void a_timeline_has_at_most_twenty_parts(void **state)
{
	struct buf text;
	buf_init(&text, 65536);
	buf_add_text(&text, "PING 192.0.2.9 (192.0.2.9): 56 data bytes\n");
	for (unsigned seq = 0; seq < 101; seq++) {
		if (seq < 41 || seq > 47)
			buf_printf(&text, "64 bytes from 192.0.2.9: icmp_seq=%u ttl=64 time=%u.0 ms\n", seq, seq);
	}
	buf_add_text(&text, "101 packets transmitted, 94 packets received, 6% packet loss\n");
	struct facts *facts = read_text(*state, "ping", text.p);
	buf_done(&text);
	assert_text_fact(facts, FACT_ID_PING_TIMELINE,
	                 "0/5 0/5 0/5 0/5 0/5 0/5 0/5 0/5 5/5 2/5 0/5 0/5 0/5 0/5 0/5 0/5 0/5 0/5 0/5 0/5");
	assert_int_fact(facts, FACT_ID_PING_LONGEST_RUN_START, 41);
	assert_int_fact(facts, FACT_ID_PING_RTT_P95, 96000); /* the 89th of 93 */
	assert_int_equal(facts->row_count, 20);
	assert_null(facts_cell_of(&facts->rows[8], "rtt_min"));
}

static void lines_that_are_missing_make_no_timeline(void **state)
{
	struct facts *facts = read_text(
	        *state, "ping",
	        "PING 192.0.2.9 (192.0.2.9): 56 data bytes\n" REPLY("0", "1.0") REPLY("1", "1.0") "noise\n" REPLY(
	                "3", "1.0") "4 packets transmitted, 4 packets received, 0% packet loss\n");
	assert_int_fact(facts, FACT_ID_PING_LOST, 0);
	assert_false(facts->item[FACT_ID_PING_TIMELINE].present);
	assert_int_equal(facts->row_count, 0);
}

static void late_replies_are_counted_once(void **state)
{
	struct ping_run run =
	        read_run_of(*state, "PING 192.0.2.9 (192.0.2.9): 1472 data bytes\n" REPLY("0", "1.0") REPLY("2", "1.0")
	                                    REPLY("1", "1500.0") REPLY("1", "1501.0") REPLY("3", "1.0"));
	assert_int_equal(run.late, 1);
	assert_int_equal(run.duplicates, 1);
	assert_int_equal(run.lost, 0);
	assert_int_equal(run.data_size, 1472);
}

static void a_probe_of_the_mtu_is_no_measure_of_loss(void **state)
{
	struct playbook_option options[] = {{"data-size", "1472"}, {"df-bit", "yes"}};
	const struct playbook_step step = {.id = "ping", .options = options, .option_count = 2};
	const struct read_input input = {.step = "ping", .text = str_of(clean_run), .playbook_step = &step};
	struct facts *facts = ARENA_NEW(*state, struct facts);
	facts_init(facts, "not read");
	reader_find("ping")->read(*state, &input, facts);
	assert_true(facts->pings[0].probe);
	assert_false(facts->item[FACT_ID_PING_SENT].present);
	assert_int_equal(facts->row_count, 0);
}

/* macOS and the BSDs: sequences from 0, tenths of a percent, a line for each
 * request that was not answered. */
static void the_form_of_bsd_is_read(void **state)
{
	struct ping_run run = read_run_of(*state, "PING 192.0.2.9 (192.0.2.9): 56 data bytes\n" REPLY("0", "4.123")
	                                                  REPLY("1", "4.223") "Request timeout for icmp_seq 2\n" REPLY(
	                                                          "3", "4.323") "\n--- 192.0.2.9 ping statistics ---\n"
	                                                                        "4 packets transmitted, 3 packets "
	                                                                        "received, 25.0% packet loss\n");
	assert_true(run.have_statistics);
	assert_int_equal(run.counted, 3);
	assert_int_equal(run.lost, 1);
	assert_int_equal(run.longest_run_start, 2);
	assert_null(run.error);
}

static void lost_first_request_is_no_loss(void **state)
{
	struct ping_run run =
	        read_run_of(*state, "PING 192.0.2.9 (192.0.2.9): 56 data bytes\n" REPLY("1", "1.0")
	                                    REPLY("2", "1.0") "3 packets transmitted, 2 packets received, "
	                                                      "33% packet loss\n");
	assert_int_equal(run.counted, 2);
	assert_int_equal(run.lost, 0);
}

static void longest_loss_is_found_with_its_start(void **state)
{
	struct ping_run run = read_run_of(
	        *state, "PING 192.0.2.9 (192.0.2.9): 56 data bytes\n" REPLY("0", "1.0") REPLY("2", "1.0")
	                        REPLY("6", "1.0") "9 packets transmitted, 3 packets received, 66% packet loss\n");
	assert_int_equal(run.counted, 8);
	assert_int_equal(run.lost, 6);
	assert_int_equal(run.longest_run, 3);
	assert_int_equal(run.longest_run_start, 3);
}

static void without_statistics_the_tail_is_absent(void **state)
{
	struct ping_run run = {.requested = 300, .adaptive = true};
	const struct read_input input = {
	        .step = "ping",
	        .text = str_of("PING 192.0.2.9 (192.0.2.9): 56 data bytes\n" REPLY("0", "1.0") REPLY("3", "1.0"))};
	read_ping_run(*state, &input, &run);
	assert_false(run.have_statistics);
	assert_int_equal(run.counted, 3);
	assert_int_equal(run.lost, 2);
	assert_true(run.truncated && run.adaptive);
	assert_int_equal(run.requested, 300);
	assert_int_equal(run.statistics_from.line, 3);
}

static void everything_lost_is_counted(void **state)
{
	struct facts *facts = read_text(*state, "ping",
	                                "PING 192.0.2.9 (192.0.2.9): 56 data bytes\n\n"
	                                "--- 192.0.2.9 ping statistics ---\n"
	                                "5 packets transmitted, 0 packets received, 100% packet loss\n");
	assert_int_fact(facts, FACT_ID_PING_SENT, 4);
	assert_int_fact(facts, FACT_ID_PING_LOST, 4);
	assert_real_fact(facts, FACT_ID_PING_LOSS, 100);
	assert_int_fact(facts, FACT_ID_PING_LONGEST_RUN, 4);
	assert_absent(facts, FACT_ID_PING_RTT_MEDIAN, "answered");
}

static void errors_of_sending_are_told_apart(void **state)
{
	struct ping_run run = read_run_of(*state, "PING 192.0.2.9 (192.0.2.9): 56 data bytes\n"
	                                          "sendto failed\nsendto failed\n\n"
	                                          "5 packets transmitted, 0 packets received, 100% packet loss\n");
	assert_int_equal(run.send_errors, 2);
	assert_string_equal(run.error, "sendto failed");
	assert_int_equal(run.error_from.line, 2);
}

static void words_in_place_of_the_ping_are_its_error(void **state)
{
	struct facts *facts = read_text(*state, "ping", "\nUnable to resolve hostname.\n");
	assert_false(facts->pings[0].started);
	assert_string_equal(facts->pings[0].error, "Unable to resolve hostname.");
	assert_int_equal(facts->pings[0].error_from.line, 2);
	assert_absent(facts, FACT_ID_PING_SENT, "Unable to resolve");
	struct ping_run run = read_run_of(*state, "PPP send: LCP Echo\nunknown host nowhere.example\n");
	assert_string_equal(run.error, "unknown host nowhere.example");
	run = read_run_of(*state, "something new\n");
	assert_string_equal(run.error, "something new");
	assert_null(read_run_of(*state, "\n").error);
}

static void duplicates_are_counted_once(void **state)
{
	struct ping_run run =
	        read_run_of(*state, "PING 192.0.2.9 (192.0.2.9): 56 data bytes\n" REPLY("0", "1.0")
	                                    REPLY("1", "1.0") "3 packets transmitted, 2 packets received, "
	                                                      "4 duplicates, 33% packet loss\n");
	assert_int_equal(run.duplicates, 4);
	assert_int_equal(run.lost, 1);
	run = read_run_of(*state, "PING 192.0.2.9 (192.0.2.9): 56 data bytes\n" REPLY("0", "1.0") REPLY("1", "1.0")
	                                  REPLY("1", "2.0"));
	assert_int_equal(run.duplicates, 1);
	assert_int_equal(run.counted, 1);
}

static void ping6_counts_from_one_and_leaves_its_first_out(void **state)
{
	struct ping_run run =
	        read_run_of(*state, "PING 2001:db8::2(2001:db8::2) 56 data bytes\n"
	                            "64 bytes from 2001:db8::2: icmp_seq=1 ttl=59 time=24.4 ms\n"
	                            "64 bytes from 2001:db8::2: icmp_seq=2 ttl=59 time=23.3 ms\n\n"
	                            "--- 2001:db8::2 ping statistics ---\n"
	                            "4 packets transmitted, 2 packets received, 50% packet loss, time 2042ms\n");
	assert_int_equal(run.replies[1].seq, 1);
	assert_int_equal(run.counted, 3);
	assert_int_equal(run.lost, 2);
	assert_int_equal(run.longest_run_start, 2);
	run = read_run_of(*state, "PING 2001:db8::2(2001:db8::2) 56 data bytes\n"
	                          "4 packets transmitted, 0 packets received, 100% packet loss, time 3042ms\n");
	assert_int_equal(run.counted, 3);
	assert_int_equal(run.lost, 3);
}

static void linux_ping_is_read(void **state)
{
	struct ping_run run = read_run_of(
	        *state, "PING 192.0.2.9 (192.0.2.9) 56(84) bytes of data.\n"
	                "From 192.0.2.1 icmp_seq=1 Destination Host Unreachable\n"
	                "64 bytes from host.example (192.0.2.9): icmp_seq=3 ttl=64 time=1042 ms\n\n"
	                "3 packets transmitted, 1 received, +1 errors, 66.6667% packet loss, time 2003ms\n");
	assert_true(run.have_statistics);
	assert_int_equal(run.replies[0].rtt_us, 1042000);
	assert_int_equal(run.counted, 2);
	assert_int_equal(run.lost, 1);
	assert_string_equal(run.error, "From 192.0.2.1 icmp_seq=1 Destination Host Unreachable");
	assert_int_equal(run.send_errors, 0);
}

static void errors_of_ping6_are_kept(void **state)
{
	static const char *const errors[] = {
	        "From 2001:db8::1 icmp_seq=1 Destination unreachable: No route",
	        "From 2001:db8::1 icmp_seq=1 Destination unreachable: Address unreachable",
	        "From 2001:db8::1 icmp_seq=1 Time exceeded: Hop limit",
	        "From 2001:db8::1 icmp_seq=1 Packet too big: mtu=1280",
	};
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
		struct ping_run run = read_run_of(
		        *state,
		        arena_printf(*state,
		                     "PING 2001:db8::2(2001:db8::2) 56 data bytes\n%s\n"
		                     "2 packets transmitted, 0 packets received, +2 errors, 100%% packet loss\n",
		                     errors[i]));
		assert_string_equal(run.error, errors[i]);
		assert_int_equal(run.send_errors, 0);
		assert_int_equal(run.lost, 1);
	}
}

static void damaged_reply_line_is_no_lost_packet(void **state)
{
	struct ping_run run = read_run_of(
	        *state,
	        "PING 192.0.2.9 (192.0.2.9): 56 data bytes\n" REPLY("0", "1.0") "64 bytes fPPP send: LCP\n" REPLY(
	                "2", "1.0") "3 packets transmitted, 3 packets received, 0% packet loss\n");
	assert_int_equal(run.counted, 2);
	assert_int_equal(run.lost, 0);
	assert_int_equal(run.longest_run, 0);
}

static void damaged_statistics_are_not_taken(void **state)
{
	static const char *const lines[] = {
	        "50 packets transmitted, 3 packets received, 0% packet loss\n",
	        "3 packets transmitted, 3 packets received\n",
	        "3 packets transmitted, 0% packet loss\n",
	        "3 packets transmitted, 3 packets received, 0% packet loss, PPP send\n",
	        "3 packets transmitted, 3 packets received, 300% packet loss\n",
	        "9999999 packets transmitted, 3 packets received, 99% packet loss\n",
	};
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		const char *text =
		        arena_printf(*state, "PING a (192.0.2.9): 56 data bytes\n" REPLY("0", "1.0") "%s", lines[i]);
		assert_false(read_run_of(*state, text).have_statistics);
	}
}

static void reply_that_cannot_be_is_not_taken(void **state)
{
	static const char *const lines[] = {
	        "64 bytes from 192.0.2.9: icmp_seq=4294967295 ttl=64 time=1.0 ms\n",
	        "64 bytes from 192.0.2.9: icmp_seq=-1 ttl=64 time=1.0 ms\n",
	        "64 bytes from 192.0.2.9: icmp_seq=1 ttl=64 time=-1.0 ms\n",
	        "64 bytes from 192.0.2.9: icmp_seq=1 ttl=64 time=1.0\n",
	        "64 bytes from 192.0.2.9: icmp_seq=1 ttl=64\n",
	        "64 bytes from 192.0.2.9: ttl=64 time=1.0 ms\n",
	};
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		const char *text = arena_printf(*state, "PING a (192.0.2.9): 56 data bytes\n%s", lines[i]);
		assert_int_equal(read_run_of(*state, text).reply_count, 0);
	}
}

static void interrupted_run_leaves_out_what_was_under_way(void **state)
{
	struct step_run step = {.id = "ping", .end = {.state = STEP_STOPPED, .interrupted = true, .requested = 300}};
	const struct read_input input = {
	        .step = "ping",
	        .run = &step,
	        .text = str_of("PING 192.0.2.9 (192.0.2.9): 56 data bytes\n" REPLY("0", "1.0") REPLY("1", "1.0") REPLY(
	                "3", "1.0") "^C\n5 packets transmitted, 3 packets received, 40% packet loss\n")};
	struct facts *facts = facts_new(*state);
	reader_find("ping")->read(*state, &input, facts);
	assert_int_equal(facts->pings[0].counted, 3);
	assert_int_equal(facts->pings[0].lost, 1);
	assert_int_equal(facts->pings[0].requested, 300);
	assert_true(facts->pings[0].truncated);
}

static void lines_and_statistics_that_contradict_count_nothing(void **state)
{
	static const char *const texts[] = {
	        /* an answer to a request that was never sent */
	        "PING 192.0.2.9 (192.0.2.9): 56 data bytes\n" REPLY("0", "1.0") REPLY("1", "1.0")
	                REPLY("7", "1.0") "5 packets transmitted, 3 packets received, 40% packet loss\n",
	        /* more loss than the lines leave room for */
	        "PING 192.0.2.9 (192.0.2.9): 56 data bytes\n" REPLY("0", "1.0") REPLY("1", "1.0") REPLY("2", "1.0")
	                REPLY("3", "1.0") REPLY("4", "1.0") "5 packets transmitted, 2 packets received, 60% packet "
	                                                    "loss\n",
	        /* a row of answers that the statistics count and no line shows */
	        "PING 192.0.2.9 (192.0.2.9): 56 data bytes\n" REPLY("0", "1.0") REPLY("1", "1.0") REPLY("5", "1.0")
	                REPLY("6", "1.0") "7 packets transmitted, 7 packets received, 0% packet loss\n",
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct facts *facts = read_text(*state, "ping", texts[i]);
		const struct ping_run *run = &facts->pings[0];
		assert_int_equal(run->counted, 0);
		assert_int_equal(run->lost, 0);
		assert_int_equal(run->longest_run, 0);
		assert_string_equal(run->error, "its reply lines and its statistics contradict each other");
		assert_non_null(strstr(run->error_from.text, "packets transmitted"));
		assert_false(facts->item[FACT_ID_PING_SENT].present && facts->item[FACT_ID_PING_SENT].value.integer);
	}
}

static void lines_that_noise_damaged_are_no_contradiction(void **state)
{
	struct facts *facts = read_text(
	        *state, "ping",
	        "PING 192.0.2.9 (192.0.2.9): 56 data bytes\n" REPLY("0", "1.0") REPLY(
	                "1", "1.0") "64 bytes from 192.0.2.9: icmp_s*** link up\neq=2 ttl=57 time=1.0 ms\n"
	                            "64 bytes from 192.0.2.9: icmp_s*** link down\neq=3 ttl=57 time=1.0 ms\n" REPLY(
	                                    "5", "1.0") "6 packets transmitted, 6 packets received, 0% packet loss\n");
	const struct ping_run *run = &facts->pings[0];
	assert_null(run->error);
	assert_int_equal(run->counted, 5);
	assert_int_equal(run->lost, 0);
}

static void two_runs_add_up(void **state)
{
	struct facts *facts = read_text(*state, "ping", clean_run);
	read_into(*state, "ping",
	          "PING 192.0.2.9 (192.0.2.9): 56 data bytes\n" REPLY("0", "1.0")
	                  REPLY("3", "9.0") "5 packets transmitted, 2 packets received, 60% packet loss\n",
	          facts);
	assert_int_equal(facts->ping_count, 2);
	assert_int_fact(facts, FACT_ID_PING_SENT, 8);
	assert_int_fact(facts, FACT_ID_PING_LOST, 3);
	assert_real_fact(facts, FACT_ID_PING_LOSS, 37.5);
	assert_int_fact(facts, FACT_ID_PING_LONGEST_RUN, 2);
	assert_int_fact(facts, FACT_ID_PING_RTT_MAX, 9000);
	assert_int_fact(facts, FACT_ID_PING_RTT_MEDIAN, 3000);
	assert_null(facts->item[FACT_ID_PING_SENT].from.step);
}

static void ping_of_the_host_is_no_fact_of_the_gate(void **state)
{
	const struct planned_step planned = {.id = "host-ping", .on = "host", .read = "ping"};
	const struct step_run step = {.planned = &planned, .id = "host-ping"};
	const struct read_input input = {.step = "host-ping", .run = &step, .text = str_of(clean_run)};
	struct facts *facts = facts_new(*state);
	reader_find("ping")->read(*state, &input, facts);
	assert_int_equal(facts->pings[0].counted, 4);
	assert_true(facts->pings[0].on_host);
	assert_absent(facts, FACT_ID_PING_SENT, "not read");
}

static void repeat_count_is_read_back(void **state)
{
	static const struct {
		const char *text;
		unsigned count; /* 0: not told */
	} cases[] = {
	        {"Ping Options:\n        Repeat Count: 300\n        Data Size: 56\n", 300},
	        {"repeat-count = 5\r\n", 5},
	        {"Repeat count 1000\n", 1000},
	        {"Repeat Count: 0\n", 0},
	        {"Repeat Count:\n", 0},
	        {"Repeat Counter: 5\n", 0},
	        {"Data Size: 56\n", 0},
	        {"Repeat Count: 30", 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		unsigned count = 0;
		assert_int_equal(read_ping_options(str_of(cases[i].text), &count), cases[i].count > 0);
		assert_int_equal(count, cases[i].count);
	}
}

static void check_cut(struct arena *arena, struct str cut, size_t whole)
{
	struct ping_run run = {0};
	const struct read_input input = {.step = "ping", .text = cut};
	read_ping_run(arena, &input, &run);
	assert_int_equal(run.lost, 0);
	assert_in_range(run.counted, 0, 4);
	assert_true(cut.n < whole || run.counted == 4);
}

static void cut_at_any_byte_nothing_is_lost(void **state)
{
	(void)state;
	cut_everywhere(clean_run, check_cut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        READ_TEST(first_request_is_not_counted),
	        READ_TEST(round_trips_and_their_jitter_are_facts),
	        READ_TEST(a_timeline_has_at_most_twenty_parts),
	        READ_TEST(lines_that_are_missing_make_no_timeline),
	        READ_TEST(late_replies_are_counted_once),
	        READ_TEST(a_probe_of_the_mtu_is_no_measure_of_loss),
	        READ_TEST(the_form_of_bsd_is_read),
	        READ_TEST(lost_first_request_is_no_loss),
	        READ_TEST(longest_loss_is_found_with_its_start),
	        READ_TEST(without_statistics_the_tail_is_absent),
	        READ_TEST(everything_lost_is_counted),
	        READ_TEST(errors_of_sending_are_told_apart),
	        READ_TEST(words_in_place_of_the_ping_are_its_error),
	        READ_TEST(duplicates_are_counted_once),
	        READ_TEST(ping6_counts_from_one_and_leaves_its_first_out),
	        READ_TEST(linux_ping_is_read),
	        READ_TEST(errors_of_ping6_are_kept),
	        READ_TEST(damaged_reply_line_is_no_lost_packet),
	        READ_TEST(damaged_statistics_are_not_taken),
	        READ_TEST(reply_that_cannot_be_is_not_taken),
	        READ_TEST(interrupted_run_leaves_out_what_was_under_way),
	        READ_TEST(lines_and_statistics_that_contradict_count_nothing),
	        READ_TEST(lines_that_noise_damaged_are_no_contradiction),
	        READ_TEST(two_runs_add_up),
	        READ_TEST(ping_of_the_host_is_no_fact_of_the_gate),
	        READ_TEST(repeat_count_is_read_back),
	        READ_TEST(cut_at_any_byte_nothing_is_lost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
