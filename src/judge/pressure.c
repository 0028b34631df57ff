#include "check.h"

#include <inttypes.h>
#include <string.h>

/* Memory and CPU of the FortiGate: rules M1 to M5 and C1 to C6. Each rule
 * gives a finding; the worst one speaks for the check. */

enum { SAMPLES = 2, MAX_CORES = 1024 };

struct finding {
	enum state state;
	enum certainty certainty;
	const char *rule;
	const char *words;
};

static void finding_take(struct finding *worst, struct finding other)
{
	bool doubt = worst->state == STATE_OK && other.state == STATE_OK && other.certainty < worst->certainty;
	if (!worst->words || doubt || state_worst(worst->state, other.state) != worst->state)
		*worst = other;
}

static const struct fact *fact_of(const struct judging *judging, enum fact_id id)
{
	const struct fact *fact = &judging->facts->item[id];
	return fact->present ? fact : NULL;
}

static double threshold_of(const struct judging *judging, enum fact_id id, double otherwise)
{
	const struct fact *fact = fact_of(judging, id);
	return fact ? (double)fact->value.integer : otherwise;
}

/* ---- memory ---- */

struct memory {
	double used, green, red, extreme;
	bool know_mode, conserving;
};

static const struct fact *memory_read(const struct judging *judging, struct memory *out)
{
	const struct thresholds *limits = judging->limits;
	*out = (struct memory){
	        .green = threshold_of(judging, FACT_ID_CONSERVE_GREEN, limits->memory_green),
	        .red = threshold_of(judging, FACT_ID_CONSERVE_RED, limits->memory_red),
	        .extreme = threshold_of(judging, FACT_ID_CONSERVE_EXTREME, limits->memory_extreme),
	};
	const struct fact *mode = fact_of(judging, FACT_ID_CONSERVE_MODE);
	out->know_mode = mode != NULL;
	out->conserving = mode && mode->value.integer;
	const struct fact *used = fact_of(judging, FACT_ID_MEMORY_USED);
	if (used) {
		out->used = used->value.real;
		return used;
	}
	used = fact_of(judging, FACT_ID_CONSERVE_USED);
	if (used)
		out->used = (double)used->value.integer;
	return used;
}

static struct finding memory_rate(struct judging *judging, const struct memory *memory)
{
	struct arena *arena = judging->arena;
	const char *used = check_percent(arena, memory->used / 100);
	if (memory->used >= memory->extreme) {
		judging->memory_extreme = true;
		bool sure = memory->conserving && fact_of(judging, FACT_ID_CONSERVE_EXTREME);
		return (struct finding){STATE_CRITICAL, sure ? CERTAINTY_CERTAIN : CERTAINTY_LIKELY, "M1",
		                        arena_printf(arena,
		                                     "memory is %s used, over the extreme threshold of %s, where the "
		                                     "FortiGate drops every new session",
		                                     used, check_percent(arena, memory->extreme / 100))};
	}
	/* It contributes, and alone it breaks no forwarded session: a warning, and
	 * a certain one where the device itself says so. */
	if (memory->used >= memory->red || memory->conserving)
		return (struct finding){STATE_WARNING, memory->conserving ? CERTAINTY_CERTAIN : CERTAINTY_LIKELY,
		                        memory->used >= memory->red ? "M2" : "M3",
		                        arena_printf(arena, "memory is %s used and conserve mode is %s (red is %s)",
		                                     used,
		                                     memory->conserving  ? "on"
		                                     : memory->know_mode ? "off"
		                                                         : "to be expected",
		                                     check_percent(arena, memory->red / 100))};
	if (memory->used >= memory->green && !memory->know_mode)
		return (struct finding){
		        STATE_UNKNOWN, CERTAINTY_NONE, "M3",
		        arena_printf(arena,
		                     "memory is %s used, between green and red: whether conserve mode is "
		                     "still on cannot be told from that",
		                     used)};
	bool watch = memory->used >= judging->limits->memory_watch;
	return (struct finding){STATE_OK, CERTAINTY_CERTAIN, watch ? "M4" : "M5",
	                        arena_printf(arena, "memory is %s used%s", used, watch ? ", worth watching" : "")};
}

static struct finding memory_judge(struct judging *judging, struct check_draft *draft)
{
	static const enum fact_id quoted[] = {FACT_ID_CONSERVE_MODE, FACT_ID_CONSERVE_USED, FACT_ID_CONSERVE_EXTREME,
	                                      FACT_ID_CONSERVE_RED};
	struct memory memory;
	const struct fact *used = memory_read(judging, &memory);
	const struct fact *mode = fact_of(judging, FACT_ID_CONSERVE_MODE);
	if (!used && !(mode && mode->value.integer)) {
		const char *why = judging->facts->item[FACT_ID_MEMORY_USED].absent;
		return (struct finding){STATE_UNKNOWN, CERTAINTY_NONE, "M5",
		                        arena_printf(judging->arena, "memory was not measured (%s)", why)};
	}
	if (used)
		check_quote(draft, used->from);
	for (size_t i = 0; i < sizeof(quoted) / sizeof(quoted[0]); i++) {
		const struct fact *fact = fact_of(judging, quoted[i]);
		if (fact && (memory.conserving || memory.used >= memory.green))
			check_quote(draft, fact->from);
	}
	if (!used)
		return (struct finding){STATE_WARNING, CERTAINTY_CERTAIN, "M3", "memory conserve mode is on"};
	return memory_rate(judging, &memory);
}

/* ---- CPU ---- */

/* Taken while our own sniffer ran, a sample measures the sniffer too. */
static bool beside_sniffer(const struct judging *judging, const char *step)
{
	const struct step_list *steps = judging->input->steps;
	const struct step_run *sample = check_step(steps, step);
	for (size_t i = 0; sample && i < steps->count; i++) {
		const struct step_run *other = &steps->steps[i];
		if (other->planned && other->planned->read && strcmp(other->planned->read, "sniffer") == 0 &&
		    sample->start_us < other->end_us && other->start_us < sample->end_us)
			return true;
	}
	return false;
}

struct load {
	unsigned samples, over_warning, over_critical;
	double newest;                 /* busy share of all cores, % */
	const struct cpu_share *worst; /* sample with the highest busy share */
	unsigned hot_core;             /* number of a saturated core */
	const struct cpu_share *hot;   /* its newest line, or NULL */
	unsigned watch_core;
	const struct cpu_share *watch; /* a single busy core */
};

static double busy(const struct cpu_share *share)
{
	return 100 - share->idle;
}

static bool saturated(const struct judging *judging, const struct cpu_share *core)
{
	if (!core->have_irq)
		return false;
	if (core->softirq >= judging->limits->softirq_critical)
		return true;
	return core->idle <= judging->limits->core_idle_critical && core->softirq >= core->user &&
	       core->softirq >= core->system && core->softirq >= core->nice && core->softirq >= core->iowait &&
	       core->softirq >= core->irq;
}

/* In how many usable samples is the core with this number saturated? */
static unsigned saturated_samples(const struct judging *judging, unsigned number)
{
	unsigned count = 0;
	for (size_t i = 0; i < judging->facts->performance_count; i++) {
		const struct performance *sample = &judging->facts->performance[i];
		if (beside_sniffer(judging, sample->step))
			continue;
		for (size_t c = 0; c < sample->core_count; c++) {
			if (sample->core_numbers[c] == number && saturated(judging, &sample->cores[c]))
				count++;
		}
	}
	return count;
}

static void load_add_cores(const struct judging *judging, const struct performance *sample, struct load *load)
{
	for (size_t c = 0; c < sample->core_count && c < MAX_CORES; c++) {
		const struct cpu_share *core = &sample->cores[c];
		if (saturated(judging, core) && saturated_samples(judging, sample->core_numbers[c]) >= SAMPLES) {
			load->hot = core;
			load->hot_core = sample->core_numbers[c];
		}
		if (busy(core) >= judging->limits->core_critical && (!load->watch || busy(core) > busy(load->watch))) {
			load->watch = core;
			load->watch_core = sample->core_numbers[c];
		}
	}
}

static struct load load_of(const struct judging *judging)
{
	struct load load = {0};
	for (size_t i = 0; i < judging->facts->performance_count; i++) {
		const struct performance *sample = &judging->facts->performance[i];
		if (!sample->have_all || beside_sniffer(judging, sample->step))
			continue;
		load.samples++;
		load.newest = busy(&sample->all);
		load.over_warning += load.newest >= judging->limits->cpu_warning;
		load.over_critical += load.newest >= judging->limits->cpu_critical;
		if (!load.worst || load.newest > busy(load.worst))
			load.worst = &sample->all;
		load_add_cores(judging, sample, &load);
	}
	return load;
}

/* What kind of work fills the CPU decides the next command. */
static const char *load_kind(const struct cpu_share *share, struct check_draft *draft)
{
	if (share->have_irq && share->softirq >= share->user && share->softirq >= share->system) {
		check_advise(draft, "get system performance status");
		return "softirq, the handling of packets";
	}
	if (share->system > share->user) {
		check_advise(draft,
		             "Ask Fortinet support for a kernel profile; the process list does not show kernel work.");
		return "system, work of the kernel";
	}
	check_advise(draft, "diagnose sys top 1 20 2");
	return "user, work of processes";
}

static void quote_samples(const struct judging *judging, struct check_draft *draft)
{
	for (size_t i = 0; i < judging->facts->performance_count; i++) {
		const struct performance *sample = &judging->facts->performance[i];
		if (sample->have_all && !beside_sniffer(judging, sample->step))
			check_quote(draft, sample->all.from);
	}
}

static struct finding cpu_unsure(struct judging *judging, const struct load *load)
{
	struct arena *arena = judging->arena;
	if (load->samples == 0)
		return (struct finding){STATE_UNKNOWN, CERTAINTY_NONE, judging->facts->performance_count ? "C6" : "C2",
		                        judging->facts->performance_count
		                                ? "CPU was measured only beside our own sniffer"
		                                : "CPU was not measured"};
	return (struct finding){STATE_UNKNOWN, CERTAINTY_NONE, "C2",
	                        arena_printf(arena, "CPU was %s busy in the only sample, and one proves nothing",
	                                     check_percent(arena, load->newest / 100))};
}

static struct finding cpu_busy(struct judging *judging, struct check_draft *draft, const struct load *load)
{
	const struct thresholds *limits = judging->limits;
	bool critical = load->over_critical >= SAMPLES;
	return (struct finding){
	        critical ? STATE_CRITICAL : STATE_WARNING, CERTAINTY_CERTAIN, "C2",
	        arena_printf(
	                judging->arena, "CPU was %s or more busy in %u of %u samples, most of it %s",
	                check_percent(judging->arena, (critical ? limits->cpu_critical : limits->cpu_warning) / 100),
	                critical ? load->over_critical : load->over_warning, load->samples,
	                load_kind(load->worst, draft))};
}

static struct finding cpu_hot(struct judging *judging, struct check_draft *draft, const struct load *load)
{
	check_quote(draft, load->hot->from);
	return (struct finding){STATE_CRITICAL, CERTAINTY_LIKELY, "C1",
	                        arena_printf(judging->arena,
	                                     "core %u is filled with packet handling (softirq %s) in %u samples; "
	                                     "traffic on that core may be delayed or lost",
	                                     load->hot_core, check_percent(judging->arena, load->hot->softirq / 100),
	                                     saturated_samples(judging, load->hot_core))};
}

static struct finding cpu_judge(struct judging *judging, struct check_draft *draft)
{
	struct arena *arena = judging->arena;
	struct load load = load_of(judging);
	bool hot_once = load.worst && busy(load.worst) >= judging->limits->cpu_warning;
	if (load.samples == 0 || (load.samples < SAMPLES && (hot_once || load.watch)))
		return cpu_unsure(judging, &load);
	quote_samples(judging, draft);
	/* The worse of both, and of equals the one that is certain. */
	if (load.hot && load.over_critical < SAMPLES)
		return cpu_hot(judging, draft, &load);
	if (load.over_warning >= SAMPLES)
		return cpu_busy(judging, draft, &load);
	if (load.over_warning)
		return (struct finding){
		        STATE_OK, CERTAINTY_LIKELY, "C2",
		        arena_printf(arena,
		                     "CPU was %s busy in one of %u samples, and one alone proves nothing; "
		                     "it is %s busy in the newest",
		                     check_percent(arena, busy(load.worst) / 100), load.samples,
		                     check_percent(arena, load.newest / 100))};
	const char *watch = "";
	if (load.watch)
		watch = arena_printf(arena, "; core %u was %s busy, worth watching", load.watch_core,
		                     check_percent(arena, busy(load.watch) / 100));
	return (struct finding){
	        STATE_OK, CERTAINTY_CERTAIN, load.watch ? "C3" : "C2",
	        arena_printf(arena, "CPU is %s busy%s", check_percent(arena, load.newest / 100), watch)};
}

/* ---- processes ---- */

static bool in_traffic_path(const char *name)
{
	static const char *const names[] = {"ipsengine", "wad", "scanunitd"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

/* The first frame's CPU is unreliable, and our own session is never to blame. */
static struct finding process_judge(struct judging *judging, struct check_draft *draft)
{
	struct finding worst = {0};
	for (size_t i = 0; i < judging->facts->top_count; i++) {
		const struct top *top = &judging->facts->tops[i];
		for (size_t k = 0; top->frames >= 2 && k < top->process_count; k++) {
			const struct process *process = &top->processes[k];
			if (process->own || process->cpu < judging->limits->core_critical ||
			    !in_traffic_path(process->name))
				continue;
			check_quote(draft, process->from);
			finding_take(
			        &worst,
			        (struct finding){STATE_WARNING, CERTAINTY_LIKELY, "C4",
			                         arena_printf(judging->arena,
			                                      "process %s, which handles traffic, uses %s of a core",
			                                      process->name,
			                                      check_percent(judging->arena, process->cpu / 100))});
		}
	}
	return worst;
}

/* ---- the check ---- */

static enum check_steps pressure_steps(struct judging *judging, const char **why)
{
	static const char *const used[] = {"performance", "conserve", "memory", "top"};
	enum check_steps worst = CHECK_STEPS_NONE;
	for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++) {
		const char *this_why = NULL;
		enum check_steps steps = check_steps(judging, "gate", used[i], &this_why);
		if (steps > worst) {
			worst = steps;
			*why = this_why;
		}
	}
	return worst;
}

static void pressure_advise(struct check_draft *draft)
{
	if (strcmp(draft->check.rule, "M1") == 0 || strcmp(draft->check.rule, "M2") == 0 ||
	    strcmp(draft->check.rule, "M3") == 0) {
		check_advise(draft, "diagnose hardware sysinfo conserve");
		check_advise(draft, "get system performance status");
		check_advise(
		        draft,
		        "Owner of the FortiGate: find what holds the memory (diagnose sys top, sorted by memory) and "
		        "relieve it before looking further.");
	}
}

void pressure_check(struct judging *judging)
{
	struct check_draft *draft = &judging->drafts[CHECK_GATE_RESOURCES];
	check_begin(draft, judging->arena, check_word(CHECK_GATE_RESOURCES));
	draft->where = WHERE_GATE;
	const char *why = NULL;
	enum check_steps steps = pressure_steps(judging, &why);
	if (steps == CHECK_STEPS_NONE && judging->facts->performance_count == 0) {
		check_say(draft, STATE_SKIPPED, CERTAINTY_NONE, "M5",
		          "The playbook does not measure the FortiGate's load.");
		return;
	}
	struct finding memory = memory_judge(judging, draft);
	struct finding cpu = cpu_judge(judging, draft);
	struct finding process = process_judge(judging, draft);
	struct finding worst = memory;
	finding_take(&worst, cpu);
	if (process.words)
		finding_take(&worst, process);
	const char *third = process.words ? arena_printf(judging->arena, "; %s", process.words) : "";
	check_say(draft, worst.state, worst.certainty, worst.rule, "On the FortiGate, %s; %s%s.", memory.words,
	          cpu.words, third);
	if (steps == CHECK_STEPS_MISSING && worst.state == STATE_OK)
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, worst.rule, "Not everything was measured (%s). %s", why,
		          draft->check.summary);
	pressure_advise(draft);
}
