#include "range.h"

#include <inttypes.h>

#include "num.h"

enum { DECIMALS = 6 };

/* One leading '-', then what num_decimal takes; no more decimals than are kept. */
static bool number_parse(struct str text, int64_t *out)
{
	uint64_t magnitude;
	bool negative = str_starts(text, "-");
	struct str digits = negative ? str_from(text, 1) : text;
	ptrdiff_t dot = str_find_char(digits, '.');
	if (dot >= 0 && digits.n - (size_t)dot - 1 > DECIMALS)
		return false;
	if (!num_decimal(digits, DECIMALS, RANGE_MAX, &magnitude))
		return false;
	*out = negative ? -(int64_t)magnitude : (int64_t)magnitude;
	return true;
}

static bool ends_parse(struct str start, struct str end, struct range *out)
{
	out->no_low = str_is(start, "~");
	out->no_high = end.n == 0;
	if (!out->no_low && start.n && !number_parse(start, &out->low))
		return false;
	return out->no_high || number_parse(end, &out->high);
}

static int bad_range(struct str text, struct err *err)
{
	return err_set(
	        err, ERR_USAGE,
	        "'%.*s' is no range: [@]start:end, where start may be ~ or missing and end may be missing, such as "
	        "10, 10:, ~:10, 10:20 or @10:20",
	        (int)(text.n < 60 ? text.n : 60), text.p);
}

int range_parse(struct str text, struct range *out, struct err *err)
{
	struct range range = {.inside = str_starts(text, "@")};
	struct str rest = range.inside ? str_from(text, 1) : text;
	ptrdiff_t colon = str_find_char(rest, ':');
	struct str none = {"", 0};
	struct str start = colon < 0 ? none : str_cut(rest, 0, (size_t)colon);
	struct str end = colon < 0 ? rest : str_from(rest, (size_t)colon + 1);
	/* Neither a word alone nor ":" nor "~" says what is meant. */
	if ((start.n == 0 && end.n == 0) || !ends_parse(start, end, &range))
		return bad_range(text, err);
	if (!range.no_low && !range.no_high && range.low > range.high)
		return err_set(err, ERR_USAGE, "'%.*s' is no range: its start is above its end",
		               (int)(text.n < 60 ? text.n : 60), text.p);
	*out = range;
	return 0;
}

bool range_alerts(const struct range *range, int64_t value)
{
	bool within = (range->no_low || value >= range->low) && (range->no_high || value <= range->high);
	return within == range->inside;
}

void range_print_number(struct buf *out, int64_t millionths)
{
	uint64_t magnitude = millionths < 0 ? 0 - (uint64_t)millionths : (uint64_t)millionths;
	unsigned part = (unsigned)(magnitude % RANGE_UNIT);
	unsigned digits = DECIMALS;
	buf_printf(out, "%s%" PRIu64, millionths < 0 ? "-" : "", magnitude / RANGE_UNIT);
	while (digits && part % 10 == 0) {
		part /= 10;
		digits--;
	}
	if (digits)
		buf_printf(out, ".%0*u", (int)digits, part);
}

void range_print(const struct range *range, struct buf *out)
{
	if (range->inside)
		buf_add_char(out, '@');
	bool from_zero = !range->no_low && range->low == 0 && !range->no_high;
	if (range->no_low)
		buf_add_char(out, '~');
	else if (!from_zero)
		range_print_number(out, range->low);
	if (!from_zero)
		buf_add_char(out, ':');
	if (!range->no_high)
		range_print_number(out, range->high);
}
