#include "check.h"

#include <inttypes.h>
#include <string.h>

/* CPU, memory and interfaces of the client's machine. */

static const double PRESSURE = 20; /* % of the time that some task waited */
static const double IOWAIT = 50;

struct finding {
	enum state state;
	const char *rule;
	const char *words;
	struct source from;
};

static const struct fact *present(const struct judging *judging, enum fact_id id)
{
	const struct fact *fact = &judging->facts->item[id];
	return fact->present ? fact : NULL;
}

static enum state over(double value, double warning, double critical)
{
	return value >= critical ? STATE_CRITICAL : value >= warning ? STATE_WARNING : STATE_OK;
}

static void take(struct finding *worst, struct finding other)
{
	if (other.state != STATE_OK && (!worst->words || state_worst(worst->state, other.state) != worst->state))
		*worst = other;
}

static void rate_shares(struct judging *judging, struct finding *worst)
{
	const struct thresholds *limits = judging->limits;
	const struct {
		enum fact_id id;
		const char *rule, *words;
		double warning, critical;
	} rows[] = {
	        {FACT_ID_HOST_CPU_BUSY, "C2", "CPU is %s busy", limits->cpu_warning, limits->cpu_critical},
	        {FACT_ID_HOST_CPU_IOWAIT, "C2", "CPU waits %s of the time for I/O", IOWAIT, 101},
	        {FACT_ID_HOST_CPU_STEAL, "C2", "CPU is taken away %s of the time by the hypervisor", IOWAIT, 101},
	        {FACT_ID_HOST_MEMORY_USED, "M1", "memory is %s used", limits->memory_red, limits->memory_extreme},
	        {FACT_ID_HOST_PRESSURE_CPU, "C2", "tasks wait %s of the time for CPU", PRESSURE * 2, 101},
	        {FACT_ID_HOST_PRESSURE_MEMORY, "M1", "tasks wait %s of the time for memory", PRESSURE, 101},
	        {FACT_ID_HOST_PRESSURE_IO, "C2", "tasks wait %s of the time for I/O", IOWAIT, 101},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct fact *fact = present(judging, rows[i].id);
		if (!fact)
			continue;
		const char *percent = check_percent(judging->arena, fact->value.real / 100);
		const char *mark = strstr(rows[i].words, "%s");
		take(worst, (struct finding){over(fact->value.real, rows[i].warning, rows[i].critical), rows[i].rule,
		                             arena_printf(judging->arena, "%.*s%s%s", (int)(mark - rows[i].words),
		                                          rows[i].words, percent, mark + 2),
		                             fact->from});
	}
}

static void rate_interfaces(struct judging *judging, struct finding *worst)
{
	const struct fact *errors = present(judging, FACT_ID_HOST_NET_ERRORS);
	if (errors && errors->value.integer > 0)
		take(worst,
		     (struct finding){STATE_WARNING, "C2",
		                      arena_printf(judging->arena,
		                                   "its interfaces counted %" PRId64 " errors between the two looks",
		                                   errors->value.integer),
		                      errors->from});
}

static const char *machine(const struct judging *judging)
{
	const char *host = judging->input->plan->host;
	if (!host)
		return "the client's machine";
	if (strcmp(host, "local") == 0)
		return "this machine";
	return arena_printf(judging->arena, "the machine %s", host);
}

static void say_fine(struct judging *judging, struct check_draft *draft)
{
	const struct fact *cpu = present(judging, FACT_ID_HOST_CPU_BUSY);
	const struct fact *memory = present(judging, FACT_ID_HOST_MEMORY_USED);
	if (!cpu || !memory) {
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "C2", "On %s CPU or memory was not told: %s.",
		          machine(judging),
		          cpu ? judging->facts->item[FACT_ID_HOST_MEMORY_USED].absent
		              : judging->facts->item[FACT_ID_HOST_CPU_BUSY].absent);
		return;
	}
	check_say(draft, STATE_OK, CERTAINTY_LIKELY, "C2", "On %s CPU is %s busy and memory %s used.", machine(judging),
	          check_percent(judging->arena, cpu->value.real / 100),
	          check_percent(judging->arena, memory->value.real / 100));
	check_quote(draft, cpu->from);
	check_quote(draft, memory->from);
}

static void advise(struct check_draft *draft, bool looked)
{
	if (!looked)
		check_advise(
		        draft,
		        "On the client: top -b -n 1 and free -m (Windows: Task Manager), while the trouble lasts.");
	check_advise(draft, "Ask the owner of the server for its CPU, memory and listening service at that time.");
}

void host_resources_check(struct judging *judging)
{
	struct check_draft *draft = &judging->drafts[CHECK_HOST_RESOURCES];
	const char *why = NULL;
	check_begin(draft, judging->arena, check_word(CHECK_HOST_RESOURCES));
	draft->where = WHERE_CLIENT;
	enum check_steps steps = check_steps(judging, "host", "host", &why);
	advise(draft, steps == CHECK_STEPS_RAN);
	if (steps == CHECK_STEPS_NONE) {
		check_say(draft, STATE_SKIPPED, CERTAINTY_NONE, "C2",
		          "CPU and memory of the client's machine were not part of this run (--host).");
		return;
	}
	struct finding worst = {STATE_OK, NULL, NULL, {0}};
	rate_shares(judging, &worst);
	rate_interfaces(judging, &worst);
	if (worst.words) {
		check_say(draft, worst.state, CERTAINTY_LIKELY, worst.rule, "On %s %s.", machine(judging), worst.words);
		check_quote(draft, worst.from);
	} else if (steps == CHECK_STEPS_MISSING) {
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "C2", "On %s nothing could be told: %s.",
		          machine(judging), why);
	} else {
		say_fine(judging, draft);
	}
}
