#include "lines.h"
#include "num.h"
#include "readers.h"
#include "timestamp.h"

/* `get system status`: lines "Key: value". */

struct status_reader {
	struct arena *arena;
	const struct read_input *input;
	struct facts *facts;
	unsigned line;
	struct str text;
};

static void set_text(struct status_reader *status, enum fact_id id, struct str value)
{
	struct source from = read_source(status->arena, status->input, status->line, status->text);
	facts_set_text(status->facts, id, arena_strndup(status->arena, value.p, value.n), from);
}

/* "7.4.8": three numbers between dots. */
static bool is_version(struct str text)
{
	for (unsigned part = 0; part < 3; part++) {
		uint64_t number;
		if (!read_number(text, 999, &number, &text))
			return false;
		if (part < 2 && !read_after(text, ".", &text))
			return false;
	}
	return text.n == 0;
}

/* "FortiGate-60F v7.4.8,build2795,250523 (GA.M)" */
static void version_read(struct status_reader *status, struct str value)
{
	uint64_t build;
	struct str rest;
	ptrdiff_t at = str_find(value, " v");
	if (at <= 0) {
		facts_set_absent(status->facts, FACT_ID_DEVICE_VERSION, "the version line has an unknown form");
		return;
	}
	set_text(status, FACT_ID_DEVICE_MODEL, str_trim(str_cut(value, 0, (size_t)at)));
	value = str_from(value, (size_t)at + 2);
	ptrdiff_t comma = str_find_char(value, ',');
	struct str version = comma < 0 ? value : str_cut(value, 0, (size_t)comma);
	if (is_version(version))
		set_text(status, FACT_ID_DEVICE_VERSION, version);
	else
		facts_set_absent(status->facts, FACT_ID_DEVICE_VERSION, "the version is not three numbers");
	if (comma >= 0 && read_after(str_from(value, (size_t)comma), ",build", &rest) &&
	    read_number(rest, 999999, &build, &rest) && (rest.n == 0 || rest.p[0] == ',' || rest.p[0] == ' '))
		facts_set_int(status->facts, FACT_ID_DEVICE_BUILD, (int64_t)build,
		              read_source(status->arena, status->input, status->line, status->text));
}

static unsigned month_number(struct str name)
{
	static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	for (unsigned i = 0; i < 12; i++) {
		if (str_is(name, names[i]))
			return i + 1;
	}
	return 0;
}

/* "Fri Jan 10 23:10:02 2020" */
static void time_read(struct status_reader *status, struct str value)
{
	struct str word[5];
	size_t count = 0;
	unsigned day, year;
	int64_t time_us;
	while (count < 5 && str_next_word(&value, &word[count]))
		count++;
	unsigned month = count == 5 ? month_number(word[1]) : 0;
	if (month == 0 || !num_uint(word[2], 1, 31, &day) || !num_uint(word[4], 2000, 9999, &year))
		month = 0;
	const char *date = month ? arena_printf(status->arena, "%04u-%02u-%02u", year, month, day) : "";
	if (str_trim(value).n || !timestamp_parse(str_of(date), month ? word[3] : str_of(""), &time_us)) {
		facts_set_absent(status->facts, FACT_ID_DEVICE_TIME, "the system time has an unknown form");
		return;
	}
	facts_set_int(status->facts, FACT_ID_DEVICE_TIME, time_us,
	              read_source(status->arena, status->input, status->line, status->text));
}

static const struct {
	const char *key;
	enum fact_id id;
	void (*read)(struct status_reader *status, struct str value);
} keys[] = {
        {"Version", FACT_ID_DEVICE_VERSION, version_read},
        {"Serial-Number", FACT_ID_DEVICE_SERIAL, NULL},
        {"Hostname", FACT_ID_DEVICE_HOSTNAME, NULL},
        {"Current virtual domain", FACT_ID_DEVICE_VDOM, NULL},
        {"Virtual domain configuration", FACT_ID_DEVICE_VDOM_MODE, NULL},
        {"Current HA mode", FACT_ID_DEVICE_HA_MODE, NULL},
        {"System time", FACT_ID_DEVICE_TIME, time_read},
};
enum { KEYS_KNOWN = sizeof keys / sizeof keys[0] };

static void line_read(struct status_reader *status, bool seen[KEYS_KNOWN])
{
	ptrdiff_t colon = str_find_char(status->text, ':');
	if (colon <= 0)
		return;
	struct str key = str_trim(str_cut(status->text, 0, (size_t)colon));
	struct str value = str_trim(str_from(status->text, (size_t)colon + 1));
	for (size_t i = 0; i < KEYS_KNOWN; i++) {
		if (seen[i] || value.n == 0 || !str_is(key, keys[i].key))
			continue;
		seen[i] = true;
		if (keys[i].read)
			keys[i].read(status, value);
		else
			set_text(status, keys[i].id, value);
	}
}

void status_read(struct arena *arena, const struct read_input *input, struct facts *facts)
{
	struct status_reader status = {.arena = arena, .input = input, .facts = facts};
	bool seen[KEYS_KNOWN] = {false};
	struct lines lines;
	lines_init(&lines, input->text);
	while (lines_next(&lines)) {
		status.line = lines.number;
		status.text = lines.line;
		line_read(&status, seen);
	}
}
