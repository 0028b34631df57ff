#include "report_fleet.h"

#include <inttypes.h>

#include "encode.h"
#include "report.h"
#include "timestamp.h"

enum { LINE_MAX_BYTES = 200, WORDS_MAX_BYTES = 300 };

enum state report_fleet_state(const struct fleet_row *rows, size_t count)
{
	enum state worst = count ? STATE_OK : STATE_UNKNOWN;
	for (size_t i = 0; i < count; i++)
		worst = state_worst(worst, rows[i].state);
	return worst;
}

/* As many names as the line has room for, the worst states first. */
static void add_names(const struct fleet_row *rows, size_t count, size_t bad, struct buf *line)
{
	static const enum state order[] = {STATE_CRITICAL, STATE_WARNING, STATE_UNKNOWN};
	size_t told = 0;
	for (size_t s = 0; s < sizeof order / sizeof order[0]; s++) {
		for (size_t i = 0; i < count; i++) {
			if (rows[i].state != order[s])
				continue;
			if (line->n > LINE_MAX_BYTES - 64) {
				buf_printf(line, ", and %zu more", bad - told);
				return;
			}
			buf_add_text(line, told++ ? ", " : ": ");
			encode_plugin(line, str_cut(str_of(rows[i].name), 0, LINE_MAX_BYTES / 4));
			buf_printf(line, " %s", state_word(rows[i].state));
		}
	}
}

static void add_row(const struct fleet_row *row, struct buf *out)
{
	encode_plugin(out, str_of(row->name));
	buf_printf(out, " %s: ", state_word(row->state));
	encode_plugin(out, str_cut(str_of(row->words), 0, WORDS_MAX_BYTES));
	buf_add_char(out, '\n');
}

void report_fleet(const struct fleet_row *rows, size_t count, int64_t duration_us, unsigned verbosity, struct buf *out)
{
	char word[REPORT_WORD_MAX];
	size_t counts[STATES] = {0};
	for (size_t i = 0; i < count; i++)
		counts[rows[i].state < STATES ? rows[i].state : STATE_UNKNOWN]++;
	size_t bad = count - counts[STATE_OK];
	buf_printf(out, "FGDIAG %s - ", report_word_of(report_fleet_state(rows, count), word));
	if (bad)
		buf_printf(out, "%zu of %zu FortiGates are not ok", bad, count);
	else
		buf_printf(out, "all %zu FortiGates are ok", count);
	add_names(rows, count, bad, out);
	buf_printf(out,
	           " | devices=%zu;;;0 ok=%zu;;;0 warning=%zu;;;0 critical=%zu;;;0 unknown=%zu;;;0 time=%" PRId64
	           ".%03ds;;;0\n",
	           count, counts[STATE_OK], counts[STATE_WARNING], counts[STATE_CRITICAL], counts[STATE_UNKNOWN],
	           duration_us / US_PER_SECOND, (int)(duration_us % US_PER_SECOND / 1000));
	for (size_t i = 0; verbosity && i < count; i++) {
		if (verbosity > 1 || rows[i].state != STATE_OK)
			add_row(&rows[i], out);
	}
}
