#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "html_shape.h"
#include "report/sample.h"

/* The page: its shape, what it says where nothing was measured, what it leaves out. */

static struct buf page_of(const struct sample *s)
{
	struct buf out;
	size_t at;
	sample_write(s, "html", 80, &out);
	assert_false(out.full);
	const char *wrong = html_shape_check(buf_str(&out), NULL, &at);
	if (wrong)
		fail_msg("%s at %zu: %.80s", wrong, at, out.p + at);
	return out;
}

static size_t count(const struct buf *page, const char *words)
{
	size_t n = 0;
	for (const char *p = page->p; (p = strstr(p, words)); p += strlen(words))
		n++;
	return n;
}

static void expect(const struct buf *page, const char *words)
{
	if (!strstr(page->p, words))
		fail_msg("the page does not say: %s", words);
}

static void expect_order(const struct buf *page, const char *const *words)
{
	const char *p = page->p;
	for (; *words; words++) {
		p = strstr(p, *words);
		if (!p)
			fail_msg("not in its place: %s", *words);
	}
}

static void the_verdict_comes_first_and_the_transcript_last(void **state)
{
	static const char *const order[] = {"<!DOCTYPE html>",
	                                    "<html lang=\"en\">",
	                                    "default-src 'none'",
	                                    "name=\"viewport\"",
	                                    "<title>CRITICAL",
	                                    "<main>",
	                                    "<h1>",
	                                    "CRITICAL",
	                                    "Requests stay without a reply, beyond the FortiGate (likely)",
	                                    "Requests leave the FortiGate and nothing comes back.",
	                                    "The entry says nothing about NAT.",
	                                    "id=\"subject\"",
	                                    "BRANCH-FW, at 192.0.2.1",
	                                    "udp 10.0.0.5:49152 to 192.0.2.53:53",
	                                    "id=\"path\"",
	                                    "id=\"ladder\"",
	                                    "id=\"pings\"",
	                                    "id=\"resources\"",
	                                    "id=\"checks\"",
	                                    "id=\"evidence\"",
	                                    "wan1 out 10.0.0.5.49152 -&gt; 192.0.2.53.53: udp 40",
	                                    "id=\"advice\"",
	                                    "id=\"facts\"",
	                                    "id=\"steps\"",
	                                    "id=\"transcript\"",
	                                    "id=\"run\"",
	                                    "fgdiag 0.1.0",
	                                    "</html>",
	                                    NULL};
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	struct buf page = page_of(&s);
	expect_order(&page, order);
	assert_int_equal(page.p[page.n - 1], '\n');
	buf_done(&page);
	sample_done(&s);
}

static void nothing_is_run_and_nothing_is_fetched(void **state)
{
	static const char *const none[] = {"<script", "src=",        "http:",   "https:", "url(",
	                                   "@import", "javascript:", " style=", "onload"};
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	struct buf page = page_of(&s);
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		assert_null(strstr(page.p, none[i]));
	buf_done(&page);
	sample_done(&s);
}

static void commands_stand_alone_to_be_copied(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	struct buf page = page_of(&s);
	expect(&page,
	       "<pre class=\"copy\"><code>diagnose sniffer packet any &quot;host 192.0.2.53 and port 53&quot; 4 100 "
	       "a</code></pre>");
	expect(&page, "<li>Ask the owner of the server whether it is up.</li>");
	buf_done(&page);
	sample_done(&s);
}

/* No chart without figures, and a word why. */
static void what_was_not_measured_says_so(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	s.facts.ping_count = 0;
	facts_init(&s.facts, "the device went away");
	struct buf page = page_of(&s);
	assert_int_equal(count(&page, "class=\"chart\""), 0);
	assert_int_equal(count(&page, "class=\"bar\""), 0);
	expect(&page, "<b>Not measured:</b> pings from the FortiGate: the device went away.");
	expect(&page,
	       "<h3>CPU of the FortiGate</h3>\n<p class=\"none\"><b>Not measured:</b> the device went away.</p>");
	expect(&page,
	       "<h3>Memory of the FortiGate</h3>\n<p class=\"none\"><b>Not measured:</b> the device went away.</p>");
	buf_done(&page);
	sample_done(&s);
}

/* Bars for all cores and for each, with marks, coloured by them; no sample, no bar. */
static void cpu_and_memory_are_bars_with_thresholds(void **state)
{
	struct sample s;
	struct source from = {"performance.1", 1, "CPU states: …"};
	struct cpu_share cores[] = {{.idle = 3, .from = from},
	                            {.idle = 90, .have_irq = true, .softirq = 2.5, .from = from}};
	unsigned numbers[] = {0, 1};
	struct performance sample = {.step = "performance.1",
	                             .have_all = true,
	                             .all = {.idle = 15, .from = from},
	                             .cores = cores,
	                             .core_numbers = numbers,
	                             .core_count = 2,
	                             .cores_damaged = 1};
	(void)state;
	sample_init(&s, NULL);
	s.facts.performance = &sample;
	s.facts.performance_count = 1;
	facts_set_real(&s.facts, FACT_ID_MEMORY_USED, 89.5, from);
	struct buf page = page_of(&s);
	assert_int_equal(count(&page, "class=\"bar\""), 4);
	expect(&page,
	       "all cores, sample 1</th><td class=\"barcell\"><svg class=\"bar\" viewBox=\"0 0 1000 20\" "
	       "preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"rail\" width=\"1000\" height=\"20\"/>"
	       "<rect class=\"high\" width=\"850\" height=\"20\"/><path class=\"rim\" d=\"M800 0V20\"/><path "
	       "class=\"mark\" d=\"M800 0V20\"/>"
	       "<path class=\"rim\" d=\"M900 0V20\"/><path class=\"mark\" d=\"M900 0V20\"/></svg>\n</td><td "
	       "class=\"num\">85.0 %</td>");
	expect(&page, "<rect class=\"over\" width=\"970\"");
	expect(&page, "core 1<small> softirq 2.5 %</small>");
	expect(&page, "1 line of cores could not be read");
	expect(&page, "<rect class=\"high\" width=\"895\"");
	expect(&page, "by default: the device did not say.");
	buf_done(&page);
	sample_done(&s);
}

/* Of 4 pings that count one was lost: one line in the drawing. */
static void the_lost_pings_are_drawn(void **state)
{
	struct sample s;
	struct ping_reply replies[] = {{.seq = 0, .rtt_us = 900},
	                               {.seq = 1, .rtt_us = 1000},
	                               {.seq = 2, .rtt_us = 2000},
	                               {.seq = 4, .rtt_us = 1500}};
	(void)state;
	sample_init(&s, NULL);
	s.ping = (struct ping_run){
	        .step = "ping", .replies = replies, .reply_count = 4, .counted = 4, .lost = 1, .longest_run = 1};
	struct buf page = page_of(&s);
	expect(&page, "<b>1 of 4 lost</b> (25.0 %)");
	expect(&page, "<path class=\"gone\" d=\"M625 0V180\"/>");
	expect(&page, "<tr><th scope=\"row\">3</th><td>1 of 1</td><td>none answered</td>");
	buf_done(&page);
	/* One line of replies is missing: which one was lost is not known. */
	s.ping.lost = 0;
	page = page_of(&s);
	assert_null(strstr(page.p, "class=\"gone\" d="));
	expect(&page, "Lines of replies are missing");
	expect(&page, "<td>not known</td>");
	buf_done(&page);
	sample_done(&s);
}

static void many_pings_share_points(void **state)
{
	enum { PINGS = 100000 };
	struct sample s;
	struct ping_reply *replies = calloc(PINGS, sizeof *replies);
	(void)state;
	assert_non_null(replies);
	for (uint32_t i = 0; i < PINGS; i++)
		replies[i] = (struct ping_reply){.seq = i, .rtt_us = 1000 + i % 777};
	sample_init(&s, NULL);
	s.ping = (struct ping_run){.step = "ping", .replies = replies, .reply_count = PINGS, .counted = PINGS - 1};
	struct buf page = page_of(&s);
	expect(&page, "Neighbouring pings share a point: 2000 points for 99999 pings.");
	assert_true(page.n < 200000);
	buf_done(&page);
	sample_done(&s);
	free(replies);
}

/* ---- a conversation ---- */

static struct packet packet_of(const char *line, int64_t time_us, const char *interface,
                               enum packet_direction direction, bool from_client)
{
	struct packet packet = {.time_us = time_us,
	                        .interface = interface,
	                        .direction = direction,
	                        .proto = 17,
	                        .text = str_of(line),
	                        .line = 1};
	packet.src = sample_ip(from_client ? "10.0.0.5" : "192.0.2.53");
	packet.dst = sample_ip(from_client ? "192.0.2.53" : "10.0.0.5");
	packet.src_port = from_client ? 49152 : 53;
	packet.dst_port = from_client ? 53 : 49152;
	return packet;
}

static void draw(struct sample *s, struct capture *capture, struct packet *packets, size_t n)
{
	*capture = (struct capture){.step = "sniffer", .packets = packets, .packet_count = n};
	s->facts.captures = capture;
	s->facts.capture_count = 1;
	s->conversations[0].step = "sniffer";
	s->conversations[0].legs[0] = &packets[0];
	s->conversations[0].legs[1] = n > 1 ? &packets[1] : NULL;
}

static void the_leg_where_packets_vanish_is_marked(void **state)
{
	struct sample s;
	struct capture capture;
	struct packet packets[] = {
	        packet_of("1.000000 lan in 10.0.0.5.49152 -> 192.0.2.53.53: udp 40", 1000000, "lan", PACKET_IN, true),
	        packet_of("1.000110 wan1 out 10.0.0.5.49152 -> 192.0.2.53.53: udp 40", 1000110, "wan1", PACKET_OUT,
	                  true)};
	(void)state;
	sample_init(&s, NULL);
	draw(&s, &capture, packets, 2);
	struct buf page = page_of(&s);
	assert_int_equal(count(&page, "<g class=\"leg seen\">"), 4); /* A and B, in both drawings */
	assert_int_equal(count(&page, "<g class=\"leg lost\">"), 2); /* C */
	assert_int_equal(count(&page, "<g class=\"leg idle\">"), 2); /* D */
	assert_int_equal(count(&page, "<rect class=\"trouble\""), 2);
	expect(&page, "<td>no reply came in</td>");
	expect(&page, "<b>start</b>");
	expect(&page, "<b>+110 µs</b>");
	expect(&page, "10.0.0.5.49152 -&gt; 192.0.2.53.53: </span>udp 40</code>");
	expect(&page, "No reply came in from the server.");
	expect(&page, "The end of the capture was not seen");
	buf_done(&page);
	capture.have_trailer = true;
	capture.dropped = 1;
	capture.unread_count = 2;
	page = page_of(&s);
	assert_null(strstr(page.p, "The end of the capture was not seen"));
	expect(&page, "The FortiGate itself dropped 1 packet of this capture.");
	expect(&page, "2 lines of the capture could not be read.");
	buf_done(&page);
	/* What does not show proves nothing: no leg is marked. */
	s.conversations[0].fate = s.conversations[1].fate = FATE_PARTLY_VISIBLE;
	page = page_of(&s);
	assert_int_equal(count(&page, "<g class=\"leg lost\">"), 0);
	assert_null(strstr(page.p, "No reply came in from the server."));
	buf_done(&page);
	sample_done(&s);
}

/* A conversation may have got over its trouble: only the verdict says where it is. */
static void the_place_of_the_trouble_is_the_verdicts(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	s.verdict.status = STATE_OK;
	s.verdict.cause = CAUSE_NONE;
	s.verdict.where = WHERE_NONE;
	struct buf page = page_of(&s);
	assert_null(strstr(page.p, "<rect class=\"trouble\""));
	assert_null(strstr(page.p, "The trouble is"));
	buf_done(&page);
	s.verdict.cause = CAUSE_PACKET_LOSS;
	s.verdict.where = WHERE_UNKNOWN;
	page = page_of(&s);
	assert_null(strstr(page.p, "<rect class=\"trouble\""));
	buf_done(&page);
	sample_done(&s);
}

static void errors_and_resets_are_marked_and_kept_in_a_long_ladder(void **state)
{
	enum { PACKETS = 1000 };
	struct sample s;
	struct capture capture;
	struct packet *packets = calloc(PACKETS, sizeof *packets);
	(void)state;
	assert_non_null(packets);
	sample_init(&s, NULL);
	for (size_t i = 0; i < PACKETS; i++) {
		packets[i] = packet_of("1.000000 lan in 10.0.0.5.49152 -> 192.0.2.53.53: ack 7", (int64_t)i, "lan",
		                       PACKET_IN, true);
		packets[i].proto = 6;
	}
	packets[500].tcp_flags = 0x04;
	draw(&s, &capture, packets, PACKETS);
	struct buf page = page_of(&s);
	assert_int_equal(count(&page, "<span class=\"chip\">RST</span>"), 1);
	assert_int_equal(count(&page, "packets left out here"), 2);
	expect(&page, "420 packets left out here");
	buf_done(&page);
	sample_done(&s);
	free(packets);
}

/* ---- outputs ---- */

static void rows_of_packet_bytes_are_left_out(void **state)
{
	static const char dump[] = "interfaces=[any]\nfilters=[port 53]\n"
	                           "1.000000 lan in 10.0.0.5.49152 -> 192.0.2.53.53: udp 40\n"
	                           "0x0000\t 4500 0044 0000 4000 4011 b6a1 0a00 0005\tE..D..@.@.......\n"
	                           "0x0010\t c000 0235 c000 0035 0030 0000 7365 6372\t...5...5.0..secr\n"
	                           "et-payload on a line of its own\n"
	                           "\n"
	                           "1 packets received by filter\n"
	                           "0 packets dropped by kernel\n"
	                           "  0x0020 7365";
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	s.clean[1] = str_of(dump);
	struct evidence bytes = {"ping", 4, "0x0000\t 4500 7365 6372\tE.secr"};
	s.checks[CHECK_MISSING_REPLIES].evidence = &bytes;
	s.checks[CHECK_MISSING_REPLIES].evidence_count = 1;
	struct buf page = page_of(&s);
	assert_null(strstr(page.p, "0x0"));
	assert_null(strstr(page.p, "4500"));
	assert_null(strstr(page.p, "payload on"));
	expect(&page, "[3 lines left out: packet bytes]");
	expect(&page, "[1 line left out: packet bytes]");
	expect(&page, "10.0.0.5.49152 -&gt; 192.0.2.53.53: udp 40\n");
	expect(&page, "1 packets received by filter\n");
	expect(&page, "[a row of packet bytes is left out]");
	buf_done(&page);
	sample_done(&s);
}

static void long_outputs_lose_their_middle_and_say_so(void **state)
{
	enum { LINES = 10000 };
	struct sample s;
	struct buf text;
	(void)state;
	sample_init(&s, NULL);
	buf_init(&text, REPORT_MAX_BYTES);
	for (unsigned i = 1; i <= LINES; i++)
		buf_printf(&text, "line\t%u\n", i);
	s.clean[0] = buf_str(&text);
	struct buf page = page_of(&s);
	expect(&page, "<i id=\"s0-1500\">1500</i> line    1500\n");
	assert_null(strstr(page.p, "line    1501\n"));
	expect(&page, "[8000 lines left out in the middle]");
	expect(&page, "<i id=\"s0-9501\">9501</i> line    9501\n");
	buf_done(&page);
	buf_done(&text);
	sample_done(&s);
}

/* The quoted line leads to its place; a line that is not shown leads nowhere. */
static void evidence_leads_into_the_transcript(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	struct evidence evidence[] = {{"ping", 2, "second"}, {"ping", 9, "gone"}, {"entry", 0, "action"}};
	s.checks[CHECK_MISSING_REPLIES].evidence = evidence;
	s.checks[CHECK_MISSING_REPLIES].evidence_count = 3;
	struct buf page = page_of(&s);
	expect(&page, "<a class=\"at\" href=\"#s1-2\">ping:2</a>");
	expect(&page, "<i id=\"s1-2\">2</i> second");
	expect(&page, "<span class=\"at\">ping:9</span>");
	expect(&page, "<span class=\"at\">entry</span>");
	buf_done(&page);
	sample_done(&s);
}

/* Outputs without end leave a whole page of bounded size. */
static void a_page_has_a_bounded_size(void **state)
{
	enum { STEPS = 900, BYTES = 200000 };
	struct sample s;
	struct step_run *runs = calloc(STEPS, sizeof *runs);
	struct str *clean = calloc(STEPS, sizeof *clean);
	char *text = malloc(BYTES);
	(void)state;
	assert_true(runs && clean && text);
	for (size_t i = 0; i < BYTES; i++)
		text[i] = i % 100 == 99 ? '\n' : '\001';
	sample_init(&s, NULL);
	for (size_t i = 0; i < STEPS; i++) {
		runs[i] = s.runs[0];
		clean[i] = (struct str){text, BYTES};
	}
	s.steps = (struct step_list){.steps = runs, .count = STEPS};
	s.report.clean = clean;
	struct buf page = page_of(&s);
	expect(&page, "more steps are left out: the page is full.");
	expect(&page, "id=\"run\"");
	buf_done(&page);
	sample_done(&s);
	free(text);
	free(clean);
	free(runs);
}

/* ---- runs that went wrong ---- */

static void trouble_stands_beside_the_verdict(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	s.report.error = &s.error;
	struct buf page = page_of(&s);
	expect(&page, "<b>The run had trouble (timeout)</b>, at step sniffer: the device did not answer in time");
	expect(&page, "What to do: Allow more time");
	buf_done(&page);
	sample_done(&s);
}

static void a_report_of_an_error_alone_is_a_page(void **state)
{
	struct err error;
	struct report report = {.version = "0.1.0", .error = &error};
	struct buf page;
	(void)state;
	(void)err_set(&error, ERR_AUTH, "the password was refused");
	buf_init(&page, REPORT_MAX_BYTES);
	report_html(&report, NULL, &page);
	assert_null(html_shape_check(buf_str(&page), NULL, NULL));
	expect(&page, "<header class=\"verdict s-unknown\">");
	expect(&page, "There is no verdict");
	expect(&page, "the password was refused");
	assert_null(strstr(strstr(page.p, "<main>"), "s-ok"));
	buf_done(&page);
}

static void an_unknown_check_does_not_look_ok(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	for (size_t i = 0; i < s.verdict.check_count; i++)
		s.checks[i].state = STATE_UNKNOWN;
	s.verdict.status = STATE_UNKNOWN;
	struct buf page = page_of(&s);
	const char *body = strstr(page.p, "<main>");
	assert_non_null(body);
	assert_null(strstr(body, "s-ok"));
	assert_null(strstr(body, "✓"));
	buf_done(&page);
	sample_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_verdict_comes_first_and_the_transcript_last),
	        cmocka_unit_test(nothing_is_run_and_nothing_is_fetched),
	        cmocka_unit_test(commands_stand_alone_to_be_copied),
	        cmocka_unit_test(what_was_not_measured_says_so),
	        cmocka_unit_test(cpu_and_memory_are_bars_with_thresholds),
	        cmocka_unit_test(the_lost_pings_are_drawn),
	        cmocka_unit_test(many_pings_share_points),
	        cmocka_unit_test(the_leg_where_packets_vanish_is_marked),
	        cmocka_unit_test(the_place_of_the_trouble_is_the_verdicts),
	        cmocka_unit_test(errors_and_resets_are_marked_and_kept_in_a_long_ladder),
	        cmocka_unit_test(rows_of_packet_bytes_are_left_out),
	        cmocka_unit_test(long_outputs_lose_their_middle_and_say_so),
	        cmocka_unit_test(evidence_leads_into_the_transcript),
	        cmocka_unit_test(a_page_has_a_bounded_size),
	        cmocka_unit_test(trouble_stands_beside_the_verdict),
	        cmocka_unit_test(a_report_of_an_error_alone_is_a_page),
	        cmocka_unit_test(an_unknown_check_does_not_look_ok),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
