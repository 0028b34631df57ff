#include "threshold.h"

#include <stddef.h>
#include <string.h>

#include "num.h"
#include "timestamp.h"

const struct thresholds threshold_defaults = {
        .loss_warning = 1,
        .loss_critical = 5,
        .cpu_warning = 80,
        .cpu_critical = 90,
        .core_critical = 90,
        .softirq_critical = 80,
        .core_idle_critical = 5,
        .memory_watch = 75,
        .memory_green = 82,
        .memory_red = 88,
        .memory_extreme = 95,
        .entry_age_us = 15 * 60 * US_PER_SECOND,
};

static const struct {
	const char *name;
	size_t offset;
	bool duration; /* else a percentage */
} rows[] = {
        {"loss.warning", offsetof(struct thresholds, loss_warning), false},
        {"loss.critical", offsetof(struct thresholds, loss_critical), false},
        {"cpu.warning", offsetof(struct thresholds, cpu_warning), false},
        {"cpu.critical", offsetof(struct thresholds, cpu_critical), false},
        {"core.critical", offsetof(struct thresholds, core_critical), false},
        {"softirq.critical", offsetof(struct thresholds, softirq_critical), false},
        {"core.idle_critical", offsetof(struct thresholds, core_idle_critical), false},
        {"memory.watch", offsetof(struct thresholds, memory_watch), false},
        {"memory.green", offsetof(struct thresholds, memory_green), false},
        {"memory.red", offsetof(struct thresholds, memory_red), false},
        {"memory.extreme", offsetof(struct thresholds, memory_extreme), false},
        {"entry.age", offsetof(struct thresholds, entry_age_us), true},
};

static enum threshold_answer bad(const char *name, const char *value, const char *wanted, struct err *err)
{
	(void)err_set(err, ERR_PLAYBOOK, "%s: '%.40s' is not %s", name, value, wanted);
	return THRESHOLD_BAD;
}

enum threshold_answer threshold_set(struct thresholds *thresholds, const char *name, const char *value, struct err *err)
{
	char *base = (char *)thresholds;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (strcmp(rows[i].name, name) != 0)
			continue;
		void *at = base + rows[i].offset;
		if (rows[i].duration) {
			int64_t max_us = INT64_C(86400) * 365 * US_PER_SECOND;
			return num_duration_us(str_of(value), 0, max_us, at)
			               ? THRESHOLD_SET
			               : bad(name, value, "a duration such as 15m", err);
		}
		struct str number = str_of(value);
		uint64_t hundredths;
		if (str_ends(number, "%"))
			number.n--;
		if (!num_decimal(number, 2, 10000, &hundredths))
			return bad(name, value, "a percentage from 0 to 100", err);
		*(double *)at = (double)hundredths / 100;
		return THRESHOLD_SET;
	}
	return THRESHOLD_UNKNOWN;
}
