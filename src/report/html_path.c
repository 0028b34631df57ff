#include <string.h>

#include "html.h"
#include "phrase.h"
#include "subject.h"

/* The way of the entry's conversation, client to FortiGate to server and back,
 * and the leg on which packets vanish: once for wide pages, once for narrow. */

enum { CLIENT, GATE, SERVER, BOXES, LEGS = 4 };

struct area {
	int x, y, w, h;
};

struct arrow {
	int x1, y1, x2, y2;
	int label_x, label_y;
};

struct layout {
	const char *class;
	struct area view;
	struct area box[BOXES];
	struct arrow leg[LEGS];
	struct area region[WHERES]; /* w 0: none */
};

static const struct layout wide = {
        .class = "wide",
        .view = {0, 30, 960, 140},
        .box = {{12, 46, 210, 108}, {375, 46, 210, 108}, {738, 46, 210, 108}},
        .leg = {{228, 80, 367, 80, 298, 66},
                {591, 80, 730, 80, 660, 66},
                {730, 124, 591, 124, 660, 148},
                {367, 124, 228, 124, 298, 148}},
        .region = {[WHERE_CLIENT] = {3, 36, 228, 128},
                   [WHERE_CLIENT_SIDE] = {224, 36, 149, 128},
                   [WHERE_GATE] = {366, 36, 228, 128},
                   [WHERE_SERVER_SIDE] = {587, 36, 149, 128},
                   [WHERE_SERVER] = {729, 36, 228, 128},
                   [WHERE_BEYOND_GATE] = {587, 36, 370, 128}},
};

static const struct layout narrow = {
        .class = "narrow",
        .view = {0, 0, 320, 552},
        .box = {{40, 12, 240, 96}, {40, 226, 240, 96}, {40, 440, 240, 96}},
        .leg = {{110, 114, 110, 218, 58, 170},
                {110, 328, 110, 432, 58, 384},
                {210, 432, 210, 328, 262, 384},
                {210, 218, 210, 114, 262, 170}},
        .region = {[WHERE_CLIENT] = {30, 4, 260, 112},
                   [WHERE_CLIENT_SIDE] = {4, 111, 312, 112},
                   [WHERE_GATE] = {30, 218, 260, 112},
                   [WHERE_SERVER_SIDE] = {4, 325, 312, 112},
                   [WHERE_SERVER] = {30, 432, 260, 112},
                   [WHERE_BEYOND_GATE] = {4, 325, 312, 222}},
};

static const char *const ways[LEGS] = {"client to FortiGate", "FortiGate to server", "server to FortiGate",
                                       "FortiGate to client"};

/* ---- which conversation, and what its legs tell ---- */

const struct conversation *html_conversation(const struct report *report)
{
	const struct verdict *verdict = report->verdict;
	const struct conversation *best = NULL;
	unsigned most = 0;
	for (size_t i = 0; verdict && i < verdict->conversation_count; i++) {
		const struct conversation *one = &verdict->conversations[i];
		bool troubled = one->where != WHERE_NONE && one->where != WHERE_UNKNOWN;
		unsigned worth = 1;
		worth += troubled ? 2 : 0;
		worth += troubled && one->where == verdict->where ? 4 : 0;
		worth += one->fate != FATE_COMPLETE ? 1 : 0;
		worth += one->fault ? 1 : 0;
		if (worth > most) {
			most = worth;
			best = one;
		}
	}
	return best;
}

enum html_leg html_leg_of(const struct conversation *conversation, unsigned leg)
{
	static const enum html_leg unseen[FATES][LEGS] = {
	        [FATE_COMPLETE] = {HTML_LEG_UNSEEN, HTML_LEG_UNSEEN, HTML_LEG_UNSEEN, HTML_LEG_UNSEEN},
	        [FATE_NO_REPLY] = {HTML_LEG_UNSEEN, HTML_LEG_UNSEEN, HTML_LEG_LOST, HTML_LEG_IDLE},
	        [FATE_NOT_FORWARDED] = {HTML_LEG_UNSEEN, HTML_LEG_LOST, HTML_LEG_IDLE, HTML_LEG_IDLE},
	        [FATE_NOT_PASSED] = {HTML_LEG_UNSEEN, HTML_LEG_UNSEEN, HTML_LEG_UNSEEN, HTML_LEG_LOST},
	        [FATE_NOT_ACKNOWLEDGED] = {HTML_LEG_UNSEEN, HTML_LEG_UNSEEN, HTML_LEG_UNSEEN, HTML_LEG_UNSEEN},
	        [FATE_REFUSED] = {HTML_LEG_UNSEEN, HTML_LEG_UNSEEN, HTML_LEG_UNSEEN, HTML_LEG_UNSEEN},
	        [FATE_ICMP_ERROR] = {HTML_LEG_UNSEEN, HTML_LEG_UNSEEN, HTML_LEG_UNSEEN, HTML_LEG_UNSEEN},
	        [FATE_PARTLY_VISIBLE] = {HTML_LEG_UNSEEN, HTML_LEG_UNSEEN, HTML_LEG_UNSEEN, HTML_LEG_UNSEEN},
	        [FATE_WINDOW_TOO_SHORT] = {HTML_LEG_UNSEEN, HTML_LEG_UNSEEN, HTML_LEG_UNSEEN, HTML_LEG_UNSEEN},
	};
	if (!conversation)
		return HTML_LEG_UNSEEN;
	return conversation->legs[leg] ? HTML_LEG_SEEN : unseen[conversation->fate][leg];
}

static const char *leg_words(enum html_leg state, unsigned leg)
{
	static const char *const lost[LEGS] = {"nothing came in", "not sent on", "no reply came in", "not passed on"};
	switch (state) {
	case HTML_LEG_SEEN:
		return "seen";
	case HTML_LEG_LOST:
		return lost[leg];
	case HTML_LEG_IDLE:
		return "nothing to pass on";
	case HTML_LEG_UNSEEN:
		break;
	}
	return "not seen";
}

/* Where the trouble is, as the verdict says; a conversation that got over its own is no verdict. */
static enum where where_of(const struct html *html)
{
	const struct verdict *verdict = html->report->verdict;
	return verdict && verdict->cause < CAUSE_NONE ? verdict->where : WHERE_UNKNOWN;
}

/* ---- the drawing ---- */

/* One line of text at most `width` wide, in a letter of some 9 units. */
static void draw_text(struct html *html, const char *class, int x, int y, int width, struct str text)
{
	enum { LETTER = 9 };
	html_draw(html, "<text class=\"%s\" x=\"%d\" y=\"%d\"", class, x, y);
	if (text.n * LETTER > (size_t)width)
		html_draw(html, " textLength=\"%d\" lengthAdjust=\"spacingAndGlyphs\"", width);
	html_put(html, ">");
	html_text(html, str_cut(text, 0, 64));
	html_close(html, "text");
}

static struct str box_words(struct html *html, unsigned box)
{
	const struct target *target = html->report->plan ? &html->report->plan->target : NULL;
	const struct fact *name = report_fact(html->report, FACT_ID_DEVICE_HOSTNAME);
	buf_clear(&html->words);
	if (box == GATE)
		buf_add_text(&html->words, name ? name->value.text : "(name not known)");
	else if (!target)
		buf_add_text(&html->words, "(not known)");
	else if (box == CLIENT)
		subject_endpoint(&html->words, &target->client, 0);
	else
		subject_endpoint(&html->words, &target->server, target->server_port);
	return buf_str(&html->words);
}

static void draw_box(struct html *html, const struct layout *layout, unsigned box)
{
	static const char *const names[BOXES] = {"Client", "FortiGate", "Server"};
	const struct area *at = &layout->box[box];
	int middle = at->x + at->w / 2;
	html_draw(html, "<rect class=\"box\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\"/>", at->x, at->y,
	          at->w, at->h);
	draw_text(html, "name", middle, at->y + at->h / 2 - 8, at->w, str_of(names[box]));
	draw_text(html, "addr", middle, at->y + at->h / 2 + 20, at->w - 16, box_words(html, box));
}

static void draw_leg(struct html *html, const struct layout *layout, const struct conversation *one, unsigned leg)
{
	static const char *const classes[] = {"seen", "lost", "idle", "idle"};
	enum html_leg state = html_leg_of(one, leg);
	const struct arrow *at = &layout->leg[leg];
	int dx = (at->x2 > at->x1) - (at->x2 < at->x1), dy = (at->y2 > at->y1) - (at->y2 < at->y1);
	int x = (at->x1 + at->x2) / 2, y = (at->y1 + at->y2) / 2;
	html_draw(html, "<g class=\"leg %s\"><path d=\"M%d %dL%d %d\"/>", classes[state], at->x1, at->y1,
	          at->x2 - 8 * dx, at->y2 - 8 * dy);
	html_draw(html, "<path class=\"head\" d=\"M%d %dl%d %dl%d %dz\"/>", at->x2, at->y2, -12 * dx + 6 * dy,
	          -12 * dy + 6 * dx, -12 * dy, -12 * dx);
	if (state == HTML_LEG_LOST)
		html_draw(html, "<path class=\"cross\" d=\"M%d %dl20 20m0 -20l-20 20\"/>", x - 10, y - 10);
	const struct packet *first = one ? one->legs[leg] : NULL;
	buf_clear(&html->words);
	buf_add_char(&html->words, (char)('A' + leg));
	if (first && first->interface)
		buf_printf(&html->words, " %s", first->interface);
	else if (state == HTML_LEG_LOST)
		buf_add_text(&html->words, dx ? " nothing" : "");
	else if (state == HTML_LEG_UNSEEN)
		buf_add_text(&html->words, " ?");
	draw_text(html, "label", at->label_x, at->label_y, dx ? 128 : 96, buf_str(&html->words));
	html_close(html, "g");
}

static void draw(struct html *html, const struct layout *layout, const struct conversation *one)
{
	enum where where = where_of(html);
	const struct area *region = &layout->region[where];
	const char *phrase = phrase_where(where);
	html_draw(html, "<svg class=\"path %s\" viewBox=\"%d %d %d %d\" role=\"img\" aria-labelledby=\"%s-t %s-d\">",
	          layout->class, layout->view.x, layout->view.y, layout->view.w, layout->view.h, layout->class,
	          layout->class);
	html_draw(html, "<title id=\"%s-t\">The way of the packets</title><desc id=\"%s-d\">", layout->class,
	          layout->class);
	html_say(html,
	         "Client, FortiGate and server, and between them the legs A to D of the table below. Trouble: %s.",
	         where == WHERE_UNKNOWN || !phrase ? "no place is known" : phrase);
	html_put(html, "</desc>");
	if (region->w)
		html_draw(html, "<rect class=\"trouble\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"12\"/>",
		          region->x, region->y, region->w, region->h);
	for (unsigned i = 0; i < BOXES; i++)
		draw_box(html, layout, i);
	for (unsigned i = 0; i < LEGS; i++)
		draw_leg(html, layout, one, i);
	html_close(html, "svg");
}

/* ---- in words ---- */

static void leg_row(struct html *html, const struct conversation *one, unsigned leg)
{
	enum html_leg state = html_leg_of(one, leg);
	const struct packet *first = one->legs[leg];
	html_draw(html, "<tr%s><th scope=\"row\">%c</th><td>%s</td><td>%s</td><td>",
	          state == HTML_LEG_LOST ? " class=\"bad\"" : "", 'A' + (int)leg, ways[leg], leg_words(state, leg));
	if (first && first->interface)
		html_say(html, "%s", first->interface);
	html_put(html, "</td><td>");
	if (first) {
		buf_clear(&html->words);
		subject_endpoint(&html->words, &first->src, first->src_port);
		buf_add_text(&html->words, " → ");
		subject_endpoint(&html->words, &first->dst, first->dst_port);
		html_text(html, buf_str(&html->words));
	}
	html_put(html, "</td><td>");
	if (first)
		html_line_of(html, one->step, first->line);
	html_put(html, "</td></tr>\n");
}

static void legs_in_words(struct html *html, const struct conversation *one)
{
	static const char *const columns[] = {"Leg", "Way", "Packets", "Interface", "First packet", "Line", NULL};
	html_open(html, "p", NULL);
	html_say(html, "Drawn is the conversation of %s", one->client ? one->client : "?");
	if (one->client_port)
		html_draw(html, ", port %u", one->client_port);
	html_say(html, ", with %s: ", one->server ? one->server : "?");
	html_element(html, "b", NULL, "%s", fate_word(one->fate));
	if (one->retransmissions)
		html_draw(html, ", and %u packet%s sent again", one->retransmissions,
		          one->retransmissions == 1 ? " was" : "s were");
	html_close(html, "p");
	html_fold(html, "The four legs in words");
	html_table(html, "legs", "What the sniffer saw on each leg", columns);
	for (unsigned i = 0; i < LEGS; i++)
		leg_row(html, one, i);
	html_table_end(html);
	html_close(html, "details");
}

void html_no_conversation(struct html *html)
{
	const struct facts *facts = html->report->facts;
	const struct fact *seen = facts ? &facts->item[FACT_ID_TRACE_CONVERSATIONS] : NULL;
	if (seen && seen->present)
		html_element(html, "p", "none",
		             "The sniffer ran and saw no packet of the client: no leg can be told of.");
	else
		html_not_measured(html, "%s.", seen && seen->absent ? seen->absent : "nothing was judged");
}

void html_path(struct html *html)
{
	const struct conversation *one = html_conversation(html->report);
	html_section(html, "path", "Where the packets go");
	const char *where = phrase_where(where_of(html));
	if (where_of(html) != WHERE_UNKNOWN && where)
		html_element(html, "p", "lead", "The trouble is %s (%s).", where,
		             phrase_certainty(html->report->verdict->certainty));
	if (!one)
		html_no_conversation(html);
	if (html->report->plan) {
		html_open(html, "figure", "pathfig");
		draw(html, &wide, one);
		draw(html, &narrow, one);
		html_put(html,
		         "<figcaption class=\"keys\"><span class=\"key seen\">packets seen</span> "
		         "<span class=\"key lost\">packets vanish</span> <span class=\"key idle\">nothing seen"
		         "</span> <span class=\"key trouble\">the trouble is here</span></figcaption></figure>\n");
	}
	if (one)
		legs_in_words(html, one);
	html_close(html, "section");
}
