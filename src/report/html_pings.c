#include <stdlib.h>

#include "html.h"
#include "mem.h"

/* Loss and round trips over the time of each ping. Every run has a chart of its
 * own: pings at different intervals are not to be compared. */

enum {
	WIDTH = 1000,
	HEIGHT = 180,
	FLOOR = 172, /* a round trip of 0 */
	CEILING = 14,
	POINTS = 2000, /* beyond that neighbours share one */
	PARTS = 20,
};

/* What the replies of a run say of a stretch of it. */
struct stretch {
	uint32_t from, to; /* sequences */
	uint32_t lost, answered;
	int64_t least_us, most_us; /* of those answered */
};

struct chart {
	const struct ping_run *run;
	int64_t *rtt;  /* of sequence i + 1, -1 without a reply */
	uint32_t lost; /* sequences without a reply line */
	int64_t top_us;
};

/* ---- figures ---- */

static void chart_make(const struct ping_run *run, struct chart *out)
{
	*out = (struct chart){.run = run, .rtt = mem_alloc(((size_t)run->counted + 1) * sizeof(int64_t))};
	for (uint32_t i = 0; i < run->counted; i++)
		out->rtt[i] = -1;
	for (size_t i = run->reply_count; i-- > 0;) {
		uint32_t seq = run->replies[i].seq;
		if (seq >= 1 && seq <= run->counted)
			out->rtt[seq - 1] = run->replies[i].rtt_us;
	}
	for (uint32_t i = 0; i < run->counted; i++) {
		out->lost += out->rtt[i] < 0;
		out->top_us = out->rtt[i] > out->top_us ? out->rtt[i] : out->top_us;
	}
}

static struct stretch stretch_of(const struct chart *chart, uint32_t number, uint32_t parts)
{
	uint64_t n = chart->run->counted;
	struct stretch stretch = {.from = (uint32_t)(n * number / parts) + 1,
	                          .to = (uint32_t)(n * (number + 1) / parts)};
	for (uint32_t seq = stretch.from; seq <= stretch.to; seq++) {
		int64_t rtt = chart->rtt[seq - 1];
		if (rtt < 0) {
			stretch.lost++;
			continue;
		}
		if (stretch.answered == 0 || rtt < stretch.least_us)
			stretch.least_us = rtt;
		if (rtt > stretch.most_us)
			stretch.most_us = rtt;
		stretch.answered++;
	}
	return stretch;
}

/* Where reply lines are missing from the output they are no lost packets. */
static bool lines_are_whole(const struct chart *chart)
{
	return chart->lost == chart->run->lost;
}

/* The next 1, 2 or 5 of a power of ten. */
static int64_t round_up(int64_t us)
{
	for (int64_t power = 100; power < INT64_MAX / 100; power *= 10) {
		static const int steps[] = {1, 2, 5};
		for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
			if (us <= power * steps[i])
				return power * steps[i];
		}
	}
	return us;
}

/* ---- drawing ---- */

static void draw_points(struct html *html, const struct chart *chart, uint32_t points, int64_t top_us)
{
	html_put(html, "<path class=\"rtt\" d=\"");
	for (uint32_t i = 0; i < points; i++) {
		struct stretch at = stretch_of(chart, i, points);
		long x = (long)((2 * (uint64_t)i + 1) * WIDTH / (2 * (uint64_t)points));
		if (at.answered == 0)
			continue;
		long low = FLOOR - html_scaled((double)at.least_us, (double)top_us, FLOOR - CEILING);
		long high = FLOOR - html_scaled((double)at.most_us, (double)top_us, FLOOR - CEILING);
		html_draw(html, low == high ? "M%ld %ldh0" : "M%ld %ldV%ld", x, low, high);
	}
	html_put(html, "\"/>");
}

static void draw_lost(struct html *html, const struct chart *chart, uint32_t points)
{
	html_put(html, "<path class=\"gone\" d=\"");
	for (uint32_t i = 0; i < points; i++) {
		long x = (long)((2 * (uint64_t)i + 1) * WIDTH / (2 * (uint64_t)points));
		if (stretch_of(chart, i, points).lost)
			html_draw(html, "M%ld 0V%d", x, HEIGHT);
	}
	html_put(html, "\"/>");
}

static void draw(struct html *html, const struct chart *chart, size_t number)
{
	const struct ping_run *run = chart->run;
	uint32_t points = run->counted < POINTS ? run->counted : POINTS;
	int64_t top_us = round_up(chart->top_us);
	char top[HTML_NUMBER_MAX];
	html_put(html, "<div class=\"chart\"><span class=\"axis\">");
	html_element(html, "span", NULL, "%s", chart->top_us ? html_duration(top_us, top) : "–");
	html_put(html, "<span>0</span></span>");
	html_draw(html,
	          "<svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" role=\"img\" aria-labelledby=\"ping%zu-t\">"
	          "<title id=\"ping%zu-t\">Round trips and lost pings in order; the table below has the figures</title>"
	          "<path class=\"grid\" d=\"M0 %dH%dM0 %dH%dM0 %dH%d\"/>",
	          WIDTH, HEIGHT, number, number, CEILING, WIDTH, (CEILING + FLOOR) / 2, WIDTH, FLOOR, WIDTH);
	if (lines_are_whole(chart))
		draw_lost(html, chart, points);
	draw_points(html, chart, points, top_us);
	html_put(html, "</svg></div>\n");
	html_draw(html, "<p class=\"foot\"><span>ping 1</span><span>%u%s</span></p>\n", run->counted,
	          run->adaptive  ? ""
	          : run->on_host ? ""
	                         : ", one a second");
	if (run->counted > POINTS)
		html_draw(html, "<p class=\"small\">Neighbouring pings share a point: %u points for %u pings.</p>\n",
		          points, run->counted);
}

static void add_figures(struct html *html, const struct chart *chart)
{
	static const char *const columns[] = {"Pings", "Lost", "Shortest", "Longest", NULL};
	uint32_t parts = chart->run->counted < PARTS ? chart->run->counted : PARTS;
	html_fold(html, "The figures");
	html_table(html, "numbers", "Loss and round trips over the run", columns);
	for (uint32_t i = 0; i < parts; i++) {
		struct stretch at = stretch_of(chart, i, parts);
		char least[HTML_NUMBER_MAX], most[HTML_NUMBER_MAX];
		html_draw(html, "<tr><th scope=\"row\">%u", at.from);
		if (at.to != at.from)
			html_draw(html, " to %u", at.to);
		if (lines_are_whole(chart))
			html_draw(html, "</th><td>%u of %u</td>", at.lost, at.to - at.from + 1);
		else
			html_put(html, "</th><td>not known</td>");
		html_draw(html, "<td>%s</td><td>%s</td></tr>\n",
		          at.answered ? html_duration(at.least_us, least) : "none answered",
		          at.answered ? html_duration(at.most_us, most) : "none answered");
	}
	html_table_end(html);
	html_close(html, "details");
}

/* ---- a run ---- */

static const char *pace_of(const struct ping_run *run)
{
	if (run->probe)
		return "large packets that may not be split: tells of the path's size, not of loss";
	if (run->on_host)
		return "from the client's machine";
	return run->adaptive ? "from the FortiGate, fast: what only fast pings lose may be a limit on answers"
	                     : "from the FortiGate, one a second";
}

static void add_result(struct html *html, const struct chart *chart)
{
	const struct ping_run *run = chart->run;
	char share[HTML_NUMBER_MAX];
	html_open(html, "p", run->lost ? "lead bad" : "lead");
	html_draw(html, "<b>%u of %u lost</b> (%s %%)", run->lost, run->counted,
	          html_fixed((double)run->lost * 100 / (double)run->counted, share));
	if (run->longest_run > 1)
		html_draw(html, ", at most %u in a row", run->longest_run);
	html_put(html, "; the first ping does not count.");
	html_close(html, "p");
	if (!lines_are_whole(chart))
		html_element(html, "p", "none", "Lines of replies are missing: which pings were lost cannot be shown.");
	if (run->error)
		html_element(html, "p", "none", "It also said: %s", run->error);
	if (run->lost == run->counted)
		html_element(html, "p", "none",
		             "None was answered: the server is out of reach, or it drops pings. "
		             "There is no round trip to show.");
}

static void add_run(struct html *html, const struct ping_run *run, size_t number)
{
	struct chart chart;
	html_open(html, "article", "card");
	html_element(html, "h3", NULL, "%s", run->step ? run->step : "ping");
	html_element(html, "p", "small", "%s", pace_of(run));
	chart_make(run, &chart);
	if (run->counted == 0) {
		html_not_measured(html, "%s.", run->error ? run->error : "no ping of this run counts");
	} else {
		add_result(html, &chart);
		draw(html, &chart, number);
		add_figures(html, &chart);
	}
	free(chart.rtt);
	html_close(html, "article");
}

static const char *absent(const struct html *html, enum fact_id id)
{
	const struct facts *facts = html->report->facts;
	if (!facts)
		return "nothing was read";
	return facts->item[id].absent ? facts->item[id].absent : "no reason is known";
}

static bool any(const struct facts *facts, bool on_host)
{
	for (size_t i = 0; facts && i < facts->ping_count; i++) {
		if (facts->pings[i].on_host == on_host)
			return true;
	}
	return false;
}

/* Longest first, so that those of FortiGate and client stand side by side. */
static int by_length(const void *a, const void *b)
{
	const struct ping_run *one = *(const struct ping_run *const *)a, *other = *(const struct ping_run *const *)b;
	if (one->counted != other->counted)
		return one->counted < other->counted ? 1 : -1;
	return (one > other) - (one < other);
}

static void add_runs(struct html *html, const struct facts *facts)
{
	const struct ping_run **runs = mem_alloc((facts->ping_count + 1) * sizeof(const struct ping_run *));
	for (size_t i = 0; i < facts->ping_count; i++)
		runs[i] = &facts->pings[i];
	qsort(runs, facts->ping_count, sizeof(const struct ping_run *), by_length);
	for (size_t i = 0; i < facts->ping_count && html_room(html); i++)
		add_run(html, runs[i], i);
	free(runs);
}

void html_pings(struct html *html)
{
	const struct facts *facts = html->report->facts;
	html_section(html, "pings", "Loss and round trips");
	html_put(html, "<p class=\"keys\"><span class=\"key rtt\">round trip of a ping</span> "
	               "<span class=\"key gone\">lost ping</span></p>\n<div class=\"cards\">\n");
	if (facts)
		add_runs(html, facts);
	html_close(html, "div");
	if (!any(facts, false))
		html_not_measured(html, "pings from the FortiGate: %s.", absent(html, FACT_ID_PING_SENT));
	if (!any(facts, true))
		html_not_measured(html, "pings from the client's machine: %s.", absent(html, FACT_ID_HOST_PING_SENT));
	html_close(html, "section");
}
