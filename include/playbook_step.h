#ifndef FGDIAG_PLAYBOOK_STEP_H
#define FGDIAG_PLAYBOOK_STEP_H

#include "playbook.h"
#include "yaml_doc.h"

/* Steps and checks of a playbook; parts of playbook_parse. */

/* Parse one item of `steps` and append it to playbook->steps. */
int playbook_step_parse(struct yaml_doc *doc, yaml_node_t *item, struct playbook *playbook, struct err *err);

/* Resolve the durations and check the commands of all steps against the
 * command table, with sample values for what is known later; again after a
 * variable changed. */
int playbook_steps_check(struct arena *arena, struct playbook *playbook, struct err *err);

/* Parse one item of `checks` and append it to playbook->checks. */
int playbook_check_parse(struct yaml_doc *doc, yaml_node_t *item, struct playbook *playbook, struct err *err);

/* Small letters, digits and ._-, 1 to 40: names of playbooks, variables and
 * facts. */
bool playbook_name_ok(const char *name);

/* Is {name} one of fgdiag's own: server.ip, ping.adaptive, filter.conversation? */
bool playbook_late_name(const char *name);

/* Is there such a fact: registered, or of a step's pattern? */
bool playbook_fact_known(const struct playbook *playbook, const char *name);

/* The value of a variable, or NULL. */
const char *playbook_var(const struct playbook *playbook, const char *name);

#endif
