#include "num.h"

#include <stddef.h>
#include <string.h>

static bool digits(struct str text, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;
	if (text.n == 0)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		uint64_t digit = (uint64_t)(text.p[i] - '0');
		if (value > (max - digit) / 10 || digit > max)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

bool num_u64(struct str text, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t value;
	if (!digits(text, max, &value) || value < min)
		return false;
	*out = value;
	return true;
}

bool num_i64(struct str text, int64_t min, int64_t max, int64_t *out)
{
	bool negative = text.n && text.p[0] == '-';
	uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
	uint64_t magnitude;
	if (!digits(negative ? str_from(text, 1) : text, limit, &magnitude))
		return false;
	int64_t value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
	if (value < min || value > max)
		return false;
	*out = value;
	return true;
}

bool num_uint(struct str text, unsigned min, unsigned max, unsigned *out)
{
	uint64_t value;
	if (!num_u64(text, min, max, &value))
		return false;
	*out = (unsigned)value;
	return true;
}

static uint64_t power_of_ten(unsigned n)
{
	uint64_t value = 1;
	while (n--)
		value *= 10;
	return value;
}

bool num_decimal(struct str text, unsigned scale, uint64_t max, uint64_t *out)
{
	ptrdiff_t dot = str_find_char(text, '.');
	struct str whole = dot < 0 ? text : str_cut(text, 0, (size_t)dot);
	struct str part = dot < 0 ? (struct str){"0", 1} : str_from(text, (size_t)dot + 1);
	uint64_t high, low;
	uint64_t unit = power_of_ten(scale);
	if (scale > 9 || part.n > 9 || !digits(whole, UINT64_MAX / unit - 1, &high) || !digits(part, UINT64_MAX, &low))
		return false;
	unsigned given = (unsigned)part.n;
	if (given > scale) {
		uint64_t drop = power_of_ten(given - scale);
		low = (low + drop / 2) / drop;
	} else {
		low *= power_of_ten(scale - given);
	}
	uint64_t value = high * unit + low;
	if (value > max)
		return false;
	*out = value;
	return true;
}

bool num_duration_us(struct str text, int64_t min_us, int64_t max_us, int64_t *out)
{
	static const struct {
		const char *suffix;
		int64_t us;
	} units[] = {{"ms", 1000}, {"us", 1}, {"s", 1000000}, {"m", 60000000}, {"h", INT64_C(3600000000)}};
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (!str_ends(text, units[i].suffix))
			continue;
		uint64_t thousandths;
		struct str number = str_cut(text, 0, text.n - strlen(units[i].suffix));
		if (!num_decimal(number, 3, UINT64_C(1000000000), &thousandths))
			return false;
		int64_t value = (int64_t)thousandths * units[i].us / 1000;
		if (value < min_us || value > max_us)
			return false;
		*out = value;
		return true;
	}
	return false;
}
