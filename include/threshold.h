#ifndef FGDIAG_THRESHOLD_H
#define FGDIAG_THRESHOLD_H

#include "err.h"
#include "playbook.h"

/* The thresholds by the names that playbooks and --set use. */

extern const struct thresholds threshold_defaults;

enum threshold_answer { THRESHOLD_SET, THRESHOLD_UNKNOWN, THRESHOLD_BAD };

/* "loss.warning", "1%" → set; the unit % may be left out, "entry.age" takes a
 * duration. THRESHOLD_BAD fills *err. */
enum threshold_answer threshold_set(struct thresholds *thresholds, const char *name, const char *value,
                                    struct err *err);

#endif
