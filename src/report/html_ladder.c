#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "mem.h"
#include "sniffer_line.h"

/* The packets of one conversation, a rung each: when, over which leg, by which
 * interface, and what it is. The table is the drawing's data too. */

enum {
	HEAD_RUNGS = 80, /* shown of a long conversation, and what is marked besides */
	TAIL_RUNGS = 40,
	MARKED_RUNGS = 80,
	LOOK_BACK = 256,   /* packets, for the same data again */
	COPIES_US = 50000, /* copies of one ICMP error on further hops */
	PAUSE_US = 1000000,
	TCP = 6,
};

enum leg { A, B, C, D, NO_LEG };

struct rung {
	const struct packet *packet;
	enum leg leg;
	bool again; /* the same TCP sequence and flags on the same leg before */
};

struct ladder {
	struct rung *rungs;
	size_t count;
};

/* ---- which packets ---- */

static bool same_way(const struct packet *a, const struct packet *b)
{
	return a->proto == b->proto && ip_equal(&a->src, &b->src) && ip_equal(&a->dst, &b->dst) &&
	       a->src_port == b->src_port && a->dst_port == b->dst_port;
}

static bool other_way(const struct packet *a, const struct packet *b)
{
	return a->proto == b->proto && ip_equal(&a->src, &b->dst) && ip_equal(&a->dst, &b->src) &&
	       a->src_port == b->dst_port && a->dst_port == b->src_port;
}

/* A copy of the error that ended the conversation, on this hop or another. */
static bool is_fault(const struct conversation *one, const struct packet *packet)
{
	const struct packet *fault = one->fault;
	if (packet == fault)
		return true;
	return fault && packet_is_icmp_error(fault) && packet_is_icmp_error(packet) && packet->icmp == fault->icmp &&
	       packet->time_us >= fault->time_us && packet->time_us - fault->time_us <= COPIES_US &&
	       ip_equal(&packet->quoted_dst, &fault->quoted_dst) && packet->quoted_port == fault->quoted_port;
}

/* 1: of the client, 2: of the server, 0: of neither. */
static int side_of(const struct conversation *one, const struct packet *packet)
{
	for (int leg = 0; leg < 4; leg++) {
		const struct packet *first = one->legs[leg];
		if (first && same_way(packet, first))
			return leg < 2 ? 1 : 2;
		if (first && other_way(packet, first))
			return leg < 2 ? 2 : 1;
	}
	if (!is_fault(one, packet))
		return 0;
	const struct packet *request = one->legs[A];
	return request && ip_equal(&packet->src, &request->src) ? 1 : 2;
}

static enum leg leg_of(int side, enum packet_direction direction)
{
	if (direction == PACKET_DIRECTION_UNKNOWN)
		return NO_LEG;
	if (side == 1)
		return direction == PACKET_IN ? A : B;
	return direction == PACKET_IN ? C : D;
}

static bool same_data(const struct rung *a, const struct rung *b)
{
	const struct packet *p = a->packet, *q = b->packet;
	bool interface = p->interface && q->interface && strcmp(p->interface, q->interface) == 0;
	return a->leg == b->leg && interface && p->tcp_flags == q->tcp_flags && p->tcp_seq == q->tcp_seq && q->have_seq;
}

static bool seen_before(const struct ladder *ladder, const struct rung *rung)
{
	const struct packet *packet = rung->packet;
	size_t first = ladder->count > LOOK_BACK ? ladder->count - LOOK_BACK : 0;
	if (packet->proto != TCP || !packet->have_seq || !(packet->tcp_flags & (TCP_SYN | TCP_PSH | TCP_FIN)))
		return false;
	for (size_t i = first; i < ladder->count; i++) {
		if (same_data(&ladder->rungs[i], rung))
			return true;
	}
	return false;
}

static const struct capture *capture_of(const struct html *html, const struct conversation *one)
{
	const struct facts *facts = html->report->facts;
	for (size_t i = 0; one && one->step && facts && i < facts->capture_count; i++) {
		if (facts->captures[i].step && strcmp(facts->captures[i].step, one->step) == 0)
			return &facts->captures[i];
	}
	return NULL;
}

static void ladder_make(const struct conversation *one, const struct capture *capture, struct ladder *out)
{
	*out = (struct ladder){.rungs = mem_alloc((capture->packet_count + 1) * sizeof *out->rungs)};
	for (size_t i = 0; i < capture->packet_count; i++) {
		const struct packet *packet = &capture->packets[i];
		int side = side_of(one, packet);
		if (!side)
			continue;
		struct rung rung = {.packet = packet, .leg = leg_of(side, packet->direction)};
		rung.again = seen_before(out, &rung);
		out->rungs[out->count++] = rung;
	}
}

/* ---- drawing ---- */

static bool is_reset(const struct packet *packet)
{
	return packet->proto == TCP && (packet->tcp_flags & TCP_RST);
}

static bool is_marked(const struct packet *packet)
{
	return is_reset(packet) || packet_is_icmp_error(packet);
}

/* Its line without stamp, interface and direction, which have places of their own. */
static struct str words_of(const struct packet *packet)
{
	struct str rest = packet->text, place;
	int64_t time_us;
	(void)sniffer_stamp_parse(packet->text, &time_us, &rest);
	(void)sniffer_place_parse(rest, &place, &rest);
	return rest;
}

/* "192.0.2.10.40001 -> 198.51.100.53.53: ", which narrow pages leave out, and "udp 25" */
static void add_words(struct html *html, struct str words)
{
	ptrdiff_t colon = str_find(words, ": ");
	size_t way = colon < 0 ? 0 : (size_t)colon + 2;
	html_put(html, "<code><span class=\"way\">");
	html_text(html, str_cut(words, 0, way));
	html_put(html, "</span>");
	html_text(html, str_from(words, way));
	html_close(html, "code");
}

static void add_times(struct html *html, const struct packet *packet, const struct packet *before,
                      const struct packet *first)
{
	char since[HTML_NUMBER_MAX], pause[HTML_NUMBER_MAX];
	if (before)
		html_element(html, "b", NULL, "+%s", html_duration(packet->time_us - before->time_us, pause));
	else
		html_element(html, "b", NULL, "start");
	if (before && before != first)
		html_element(html, "small", NULL, "at %s", html_duration(packet->time_us - first->time_us, since));
}

static void add_rung(struct html *html, const struct conversation *one, const struct ladder *ladder, size_t i)
{
	static const char *const drawings[] = {"#leg-a", "#leg-b", "#leg-c", "#leg-d", "#leg-none"};
	static const char *const directions[] = {"", "in", "out"};
	const struct rung *rung = &ladder->rungs[i];
	const struct packet *packet = rung->packet, *before = i ? ladder->rungs[i - 1].packet : NULL;
	bool pause = before && packet->time_us - before->time_us >= PAUSE_US;
	html_draw(html, "<tr class=\"%s%s\"><td class=\"when\">",
	          is_marked(packet) ? "bad"
	          : rung->again     ? "again"
	                            : "plain",
	          pause ? " pause" : "");
	add_times(html, packet, before, ladder->rungs[0].packet);
	html_draw(html,
	          "</td><td class=\"rung\"><svg viewBox=\"0 0 120 20\" aria-hidden=\"true\"><use "
	          "href=\"%s\"/></svg></td><td>",
	          drawings[rung->leg]);
	html_element(html, "b", NULL, "%s%s%s", packet->interface ? packet->interface : "",
	             packet->interface ? " " : "", directions[packet->direction]);
	if (is_reset(packet))
		html_element(html, "span", "chip", "RST");
	else if (packet_is_icmp_error(packet))
		html_element(html, "span", "chip", "ICMP error");
	else if (rung->again)
		html_element(html, "span", "chip", "same data again");
	add_words(html, words_of(packet));
	html_put(html, "</td><td>");
	html_line_of(html, one->step, packet->line);
	html_put(html, "</td></tr>\n");
}

static void add_rungs(struct html *html, const struct conversation *one, const struct ladder *ladder)
{
	size_t left_out = 0, marked = 0;
	for (size_t i = 0; i <= ladder->count; i++) {
		bool end = i == ladder->count;
		bool plain = !end && (i < HEAD_RUNGS || i + TAIL_RUNGS >= ladder->count);
		bool extra = !end && !plain && is_marked(ladder->rungs[i].packet) && marked++ < MARKED_RUNGS;
		if (!end && ((!plain && !extra) || !html_room(html))) {
			left_out++;
			continue;
		}
		if (left_out)
			html_draw(html, "<tr class=\"more\"><td colspan=\"4\">%zu packet%s left out here</td></tr>\n",
			          left_out, text_plural(left_out));
		left_out = 0;
		if (!end)
			add_rung(html, one, ladder, i);
	}
}

/* The drawings that every rung refers to. */
static void add_drawings(struct html *html)
{
	static const struct {
		const char *id;
		int from, to;
	} legs[] = {{"leg-a", 12, 60}, {"leg-b", 60, 108}, {"leg-c", 108, 60}, {"leg-d", 60, 12}};
	html_put(html, "<svg class=\"drawings\" width=\"0\" height=\"0\" aria-hidden=\"true\">");
	for (size_t i = 0; i < sizeof legs / sizeof legs[0]; i++) {
		int way = legs[i].to > legs[i].from ? 1 : -1;
		html_draw(html,
		          "<symbol id=\"%s\" viewBox=\"0 0 120 20\"><path d=\"M%d 10H%d\"/><path class=\"head\" "
		          "d=\"M%d 10l%d 5v-10z\"/></symbol>",
		          legs[i].id, legs[i].from, legs[i].to - 7 * way, legs[i].to - way, -10 * way);
	}
	html_put(html, "<symbol id=\"leg-none\" viewBox=\"0 0 120 20\"><path d=\"M54 10h12\"/></symbol></svg>\n");
}

/* Where packets vanish, the rung that is missing. */
static void add_missing(struct html *html, const struct conversation *one)
{
	static const char *const words[] = {"", "It was not sent on to the server.",
	                                    "No reply came in from the server.",
	                                    "The reply was not passed on to the client."};
	for (unsigned leg = 1; leg < 4; leg++) {
		if (html_leg_of(one, leg) != HTML_LEG_LOST)
			continue;
		html_draw(html,
		          "<tr class=\"bad\"><td class=\"when\"><b>never</b></td><td class=\"rung\"><svg viewBox=\"0 0 "
		          "120 20\" "
		          "aria-hidden=\"true\"><path class=\"cross\" d=\"M%d 4l12 12m0 -12l-12 12\"/></svg></td><td "
		          "colspan=\"2\"><b>%s</b></td></tr>\n",
		          leg == 3 ? 30 : 78, words[leg]);
	}
}

/* What of the capture is missing: a packet that does not show may have been there. */
static void add_doubts(struct html *html, const struct capture *capture)
{
	if (capture->unread_count)
		html_element(html, "p", "none", "%zu line%s of the capture could not be read.", capture->unread_count,
		             text_plural(capture->unread_count));
	if (!capture->have_trailer)
		html_element(html, "p", "none", "The end of the capture was not seen: packets may be missing.");
	else if (capture->dropped)
		html_element(html, "p", "none", "The FortiGate itself dropped %" PRIu64 " packet%s of this capture.",
		             capture->dropped, text_plural(capture->dropped));
}

static void add_ladder(struct html *html, const struct conversation *one, const struct capture *capture)
{
	static const char *const columns[] = {
	        "Time", "<span class=\"ends\"><span>client</span><span>FortiGate</span><span>server</span></span>",
	        "Interface and packet", "Line", NULL};
	struct ladder ladder;
	ladder_make(one, capture, &ladder);
	if (ladder.count) {
		add_drawings(html);
		html_table(html, "ladder", "Packets in order of time; times by the FortiGate's clock", columns);
		add_rungs(html, one, &ladder);
		add_missing(html, one);
		html_table_end(html);
	} else {
		html_element(html, "p", "none", "No packet of this conversation can be shown.");
	}
	add_doubts(html, capture);
	free(ladder.rungs);
}

/* ---- the conversations beside it ---- */

static void add_conversation(struct html *html, const struct conversation *one, bool drawn)
{
	buf_clear(&html->words);
	buf_printf(&html->words, "%s", one->client ? one->client : "?");
	if (one->client_port)
		buf_printf(&html->words, " port %u", one->client_port);
	html_put(html, "<tr><th scope=\"row\">");
	html_text(html, buf_str(&html->words));
	html_draw(html, "%s</th><td>%s</td><td>%s</td><td>%u</td><td>%u</td><td>%u</td></tr>\n",
	          drawn ? " <small>(shown above)</small>" : "", fate_word(one->fate), where_word(one->where),
	          one->requests, one->replies, one->retransmissions);
}

static void add_conversations(struct html *html, const struct conversation *drawn)
{
	static const char *const columns[] = {"Client",  "What became of it", "Where", "Requests",
	                                      "Replies", "Sent again",        NULL};
	const struct verdict *verdict = html->report->verdict;
	if (verdict->conversation_count < 2)
		return;
	html_fold(html, "All %zu conversations of the client",
	          verdict->conversation_count + verdict->conversations_omitted);
	html_table(html, "numbers", "Conversations in order of time", columns);
	for (size_t i = 0; i < verdict->conversation_count; i++)
		add_conversation(html, &verdict->conversations[i], &verdict->conversations[i] == drawn);
	html_table_end(html);
	if (verdict->conversations_omitted)
		html_element(html, "p", NULL, "%zu more are not listed.", verdict->conversations_omitted);
	html_close(html, "details");
}

void html_ladder(struct html *html)
{
	const struct conversation *one = html_conversation(html->report);
	const struct capture *capture = capture_of(html, one);
	html_section(html, "ladder", "The conversation, packet by packet");
	if (capture)
		add_ladder(html, one, capture);
	else if (one)
		html_element(html, "p", "none", "The capture of this conversation is not at hand.");
	else
		html_no_conversation(html);
	if (one)
		add_conversations(html, one);
	html_close(html, "section");
}
