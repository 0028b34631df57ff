#include "html.h"

/* CPU and memory as bars, with the thresholds from which the checks speak. */

enum { CORES = 128, MARKS = 3 };

struct mark {
	double at; /* % */
	const char *class;
	const char *words;
};

struct scale {
	struct mark marks[MARKS]; /* lowest first */
	unsigned count;
};

/* ---- one bar ---- */

static const char *class_of(double value, const struct scale *scale)
{
	const char *class = "plain";
	for (unsigned i = 0; i < scale->count; i++) {
		if (value >= scale->marks[i].at)
			class = scale->marks[i].class;
	}
	return class;
}

static void draw(struct html *html, double value, const struct scale *scale)
{
	html_put(html, "<svg class=\"bar\" viewBox=\"0 0 1000 20\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
	html_draw(html,
	          "<rect class=\"rail\" width=\"1000\" height=\"20\"/><rect class=\"%s\" width=\"%ld\" height=\"20\"/>",
	          class_of(value, scale), html_scaled(value, 100, 1000));
	for (unsigned i = 0; i < scale->count; i++) {
		long x = html_scaled(scale->marks[i].at, 100, 1000);
		html_draw(html, "<path class=\"rim\" d=\"M%ld 0V20\"/><path class=\"mark\" d=\"M%ld 0V20\"/>", x, x);
	}
	html_close(html, "svg");
}

/* A row of the table that is the drawing's data too; its name comes in between. */
static void begin_row(struct html *html)
{
	html_put(html, "<tr><th scope=\"row\">");
}

static void end_row(struct html *html, double value, const struct scale *scale, const struct source *from)
{
	char number[HTML_NUMBER_MAX];
	html_put(html, "</th><td class=\"barcell\">");
	draw(html, value, scale);
	html_draw(html, "</td><td class=\"num\">%s %%</td><td>", html_fixed(value, number));
	if (from->step)
		html_line_of(html, from->step, from->line);
	html_put(html, "</td></tr>\n");
}

static void add_scale(struct html *html, const struct scale *scale, const char *whose)
{
	html_put(html, "<p class=\"small\">Marks: ");
	for (unsigned i = 0; i < scale->count; i++) {
		char number[HTML_NUMBER_MAX];
		html_draw(html, "%s%s from %s %%", i ? ", " : "", scale->marks[i].words,
		          html_fixed(scale->marks[i].at, number));
	}
	html_draw(html, "%s.</p>\n", whose);
}

static void begin(struct html *html, const char *class, const char *heading, const char *caption)
{
	static const char *const columns[] = {"What", "Busy or used", "Share", "Line", NULL};
	html_open(html, "article", class);
	html_element(html, "h3", NULL, "%s", heading);
	if (caption)
		html_table(html, "bars", caption, columns);
}

static const char *absent(const struct html *html, enum fact_id id)
{
	const struct facts *facts = html->report->facts;
	if (!facts)
		return "nothing was read";
	return facts->item[id].absent ? facts->item[id].absent : "no reason is known";
}

static const struct thresholds *limits_of(const struct html *html)
{
	static const struct thresholds none = {0};
	return html->report->plan ? &html->report->plan->playbook.thresholds : &none;
}

/* ---- CPU of the FortiGate ---- */

static void add_share(struct html *html, const struct cpu_share *share, const struct scale *scale)
{
	char number[HTML_NUMBER_MAX];
	if (share->have_irq)
		html_element(html, "small", NULL, " softirq %s %%", html_fixed(share->softirq, number));
	end_row(html, 100 - share->idle, scale, &share->from);
}

static void add_cores(struct html *html, const struct performance *sample, const struct scale *scale)
{
	for (size_t i = 0; i < sample->core_count && i < CORES; i++) {
		begin_row(html);
		html_draw(html, "core %u", sample->core_numbers[i]);
		add_share(html, &sample->cores[i], scale);
	}
	if (sample->core_count > CORES)
		html_draw(html, "<tr class=\"more\"><td colspan=\"4\">%zu more cores are left out</td></tr>\n",
		          sample->core_count - CORES);
	if (sample->cores_damaged)
		html_draw(html,
		          "<tr class=\"more\"><td colspan=\"4\">%zu line%s of cores could not be read</td></tr>\n",
		          sample->cores_damaged, text_plural(sample->cores_damaged));
}

/* All samples of all cores together, and the cores of the newest. */
static void add_cpu(struct html *html)
{
	const struct facts *facts = html->report->facts;
	const struct thresholds *limits = limits_of(html);
	const struct scale all = {
	        {{limits->cpu_warning, "high", "warning"}, {limits->cpu_critical, "over", "critical"}}, 2};
	const struct scale core = {{{limits->core_critical, "over", "one core critical"}}, 1};
	const struct performance *newest = NULL;
	bool any = false;
	for (size_t i = 0; facts && i < facts->performance_count; i++) {
		any |= facts->performance[i].have_all;
		newest = facts->performance[i].core_count ? &facts->performance[i] : newest;
	}
	begin(html, "card tall", "CPU of the FortiGate", any ? "Share of time that the CPU was busy" : NULL);
	if (!any) {
		html_not_measured(html, "%s.", absent(html, FACT_ID_CPU_BUSY));
		html_close(html, "article");
		return;
	}
	for (size_t i = 0; i < facts->performance_count && html_room(html); i++) {
		const struct performance *sample = &facts->performance[i];
		if (!sample->have_all)
			continue;
		begin_row(html);
		html_say(html, "all cores, sample %zu", i + 1);
		add_share(html, &sample->all, &all);
	}
	if (newest)
		add_cores(html, newest, &core);
	html_table_end(html);
	add_scale(html, &all, " (all cores)");
	if (newest)
		add_scale(html, &core, "; the cores are those of the newest sample that has them");
	html_close(html, "article");
}

/* ---- memory of the FortiGate ---- */

static double threshold_of(const struct html *html, enum fact_id id, double otherwise)
{
	const struct fact *fact = report_fact(html->report, id);
	return fact ? (double)fact->value.integer : otherwise;
}

static void add_memory(struct html *html)
{
	const struct thresholds *limits = limits_of(html);
	const struct fact *used = report_fact(html->report, FACT_ID_MEMORY_USED);
	const struct fact *conserve = report_fact(html->report, FACT_ID_CONSERVE_USED);
	const struct scale scale = {
	        {{threshold_of(html, FACT_ID_CONSERVE_GREEN, limits->memory_green), "high", "green"},
	         {threshold_of(html, FACT_ID_CONSERVE_RED, limits->memory_red), "high", "red (conserve mode)"},
	         {threshold_of(html, FACT_ID_CONSERVE_EXTREME, limits->memory_extreme), "over",
	          "extreme (new sessions drop)"}},
	        3};
	begin(html, "card", "Memory of the FortiGate", used || conserve ? "Share of memory that is used" : NULL);
	if (!used && !conserve) {
		html_not_measured(html, "%s.", absent(html, FACT_ID_MEMORY_USED));
		html_close(html, "article");
		return;
	}
	if (used) {
		begin_row(html);
		html_put(html, "used");
		end_row(html, used->value.real, &scale, &used->from);
	}
	if (conserve) {
		begin_row(html);
		html_put(html, "used <small>as conserve mode counts</small>");
		end_row(html, (double)conserve->value.integer, &scale, &conserve->from);
	}
	html_table_end(html);
	add_scale(html, &scale,
	          report_fact(html->report, FACT_ID_CONSERVE_RED) ? ", as the device says"
	                                                          : ", by default: the device did not say");
	const struct fact *mode = report_fact(html->report, FACT_ID_CONSERVE_MODE);
	if (mode)
		html_element(html, "p", NULL, "Conserve mode is %s.", mode->value.integer ? "ON" : "off");
	else
		html_not_measured(html, "whether conserve mode is on: %s.", absent(html, FACT_ID_CONSERVE_MODE));
	html_close(html, "article");
}

/* ---- the client's machine ---- */

static void add_host(struct html *html)
{
	static const struct {
		enum fact_id id;
		const char *name;
	} rows[] = {{FACT_ID_HOST_CPU_BUSY, "CPU busy"}, {FACT_ID_HOST_MEMORY_USED, "memory used"}};
	const struct thresholds *limits = limits_of(html);
	const struct scale cpu = {
	        {{limits->cpu_warning, "high", "warning"}, {limits->cpu_critical, "over", "critical"}}, 2};
	const struct scale memory = {{{limits->memory_red, "high", "red"}, {limits->memory_extreme, "over", "extreme"}},
	                             2};
	bool any = false;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		any |= report_fact(html->report, rows[i].id) != NULL;
	begin(html, "card", "The client's machine", any ? "CPU and memory of the client's machine" : NULL);
	if (!any) {
		html_not_measured(html, "%s.", absent(html, FACT_ID_HOST_CPU_BUSY));
		html_close(html, "article");
		return;
	}
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct fact *fact = report_fact(html->report, rows[i].id);
		if (!fact)
			continue;
		begin_row(html);
		html_put(html, rows[i].name);
		end_row(html, fact->value.real, i == 0 ? &cpu : &memory, &fact->from);
	}
	html_table_end(html);
	html_close(html, "article");
}

void html_bars(struct html *html)
{
	html_section(html, "resources", "CPU and memory");
	html_open(html, "div", "cards");
	add_cpu(html);
	add_memory(html);
	add_host(html);
	html_close(html, "div");
	html_close(html, "section");
}
