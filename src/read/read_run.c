#include <string.h>

#include "buf.h"
#include "command.h"
#include "dialog.h"
#include "lines.h"
#include "readers.h"
#include "rights.h"

/* A whole run: every step's output cleaned, refusals told apart, the rest read. */

/* A refusal is what a command answers in place of output: only so many lines
 * that are not empty may stand before it. */
static const unsigned REFUSAL_LINES = 3;
static const size_t QUOTE_BYTES = 120;

/* A refused command: what the device said in place of its output. */
struct refused {
	enum dialog_refusal kind;
	struct str text;
};

struct run_reader {
	struct arena *arena;
	const struct playbook *playbook;
	struct facts *facts;
	struct refused *refused; /* of each step */
};

static struct str clean_make(struct arena *arena, const struct step_run *step)
{
	struct buf buf;
	buf_init(&buf, step->raw.n * 2 + 64);
	dialog_clean(step->raw, step->command, step->end.prompt ? step->end.prompt : "", &buf);
	struct str clean = arena_str(arena, buf_str(&buf));
	buf_done(&buf);
	return clean;
}

/* ---- refusals ---- */

static bool is_early(struct str clean, unsigned line)
{
	struct str one;
	unsigned filled = 0;
	for (unsigned number = 1; number < line && str_next_line(&clean, &one); number++)
		filled += str_trim(one).n > 0;
	return filled < REFUSAL_LINES;
}

/* Did the device stumble over the name in "sudo NAME " itself? */
static const char *refused_vdom(struct arena *arena, const struct step_run *step, const char *said)
{
	struct str rest = str_of(step->scope), sudo, name;
	if (!str_next_word(&rest, &sudo) || !str_next_word(&rest, &name))
		return NULL;
	const char *quoted = arena_printf(arena, "'%.*s'", (int)name.n, name.p);
	return strstr(said, quoted) ? quoted : NULL;
}

static struct refused refused_find(const struct step_run *step, struct str clean)
{
	struct refused found = {REFUSAL_NONE, {"", 0}};
	unsigned line = 0;
	if (step->end.state != STEP_DONE && step->end.state != STEP_STOPPED)
		return found;
	found.kind = dialog_refusal(clean, &line, &found.text);
	if (found.kind != REFUSAL_NONE && !is_early(clean, line))
		found.kind = REFUSAL_NONE;
	return found;
}

/* Did another command of this right, in this scope, get its answer? Then the
 * right is not what is missing. */
static bool right_works(const struct run_reader *reader, const struct step_list *steps, const struct step_run *of,
                        const char *right)
{
	for (size_t i = 0; i < steps->count; i++) {
		const struct step_run *step = &steps->steps[i];
		const struct command_shape *shape = command_find(str_of(step->command ? step->command : ""), NULL);
		if (step->end.state == STEP_DONE && reader->refused[i].kind == REFUSAL_NONE && shape &&
		    strcmp(shape->right, right) == 0 && strcmp(step->scope, of->scope) == 0)
			return true;
	}
	return false;
}

static const char *version_of(const struct run_reader *reader)
{
	const struct fact *fact = &reader->facts->item[FACT_ID_DEVICE_VERSION];
	return fact->present ? fact->value.text : NULL;
}

/* Where there are VDOMs, or may be, the command may stand in the wrong one. */
static const char *other_cause(const struct run_reader *reader, const struct step_run *step)
{
	const struct fact *mode = &reader->facts->item[FACT_ID_DEVICE_VDOM_MODE];
	if (*step->scope)
		return ", or the account may not enter this VDOM";
	if (mode->present && strcmp(mode->value.text, "disable") == 0)
		return "";
	return ", or the command belongs to another VDOM context";
}

static const char *refusal_reason(const struct run_reader *reader, const struct step_list *steps,
                                  const struct step_run *step, const struct refused *refused)
{
	struct arena *arena = reader->arena;
	struct str text = str_cut(str_trim(refused->text), 0, QUOTE_BYTES);
	const char *said = arena_strndup(arena, text.p, text.n);
	const struct command_shape *shape = command_find(str_of(step->command), NULL);
	if (refused->kind != REFUSAL_UNKNOWN || !shape || !*shape->right)
		return arena_printf(arena, "the FortiGate refused the command: \"%s\"", said);
	const char *vdom = refused_vdom(arena, step, said);
	if (vdom)
		return arena_printf(
		        arena,
		        "the FortiGate has no VDOM %s, or the account may not enter it (\"%s\"); give the right "
		        "one with --vdom",
		        vdom, said);
	const char *version = version_of(reader);
	if (right_works(reader, steps, step, shape->right))
		return arena_printf(arena,
		                    "the FortiGate refused the command (\"%s\"): FortiOS%s%s does not know it, or not "
		                    "in this VDOM context",
		                    said, version ? " " : "", version ? version : "");
	return arena_printf(arena, "the FortiGate refused the command (\"%s\"): the account's profile %s%s", said,
	                    rights_lacking(arena, shape->right, version), other_cause(reader, step));
}

/* ---- which reader, and why a fact is absent ---- */

/* A repeated step "performance" runs as "performance.1", "performance.2". */
static const struct playbook_step *playbook_step_of(const struct playbook *playbook, const char *id)
{
	for (size_t i = 0; playbook && i < playbook->step_count; i++) {
		const struct playbook_step *step = &playbook->steps[i];
		size_t n = strlen(step->id);
		if (strcmp(step->id, id) == 0 ||
		    (step->repeat_count > 1 && strncmp(step->id, id, n) == 0 && id[n] == '.'))
			return step;
	}
	return NULL;
}

static const char *absence(struct arena *arena, const struct step_run *step)
{
	const char *reason = step->end.reason ? step->end.reason : "no reason is given";
	switch (step->end.state) {
	case STEP_DONE:
		return arena_printf(arena, "the output of step %s does not tell it", step->id);
	case STEP_STOPPED:
		return arena_printf(arena, "step %s was stopped before it told it: %s", step->id, reason);
	case STEP_SKIPPED:
		return arena_printf(arena, "step %s was skipped: %s", step->id, reason);
	case STEP_FAILED:
		break;
	}
	return arena_printf(arena, "step %s failed: %s", step->id, reason);
}

static void absent_set(const struct run_reader *reader, const struct reader *kind, const struct playbook_step *from,
                       const char *reason)
{
	for (size_t i = 0; i < kind->fact_count; i++)
		facts_set_absent(reader->facts, kind->facts[i], reason);
	if (from && from->pattern)
		pattern_absent(reader->arena, from, reader->facts, reason);
}

/* Of the host's ping, which has facts of its own. */
static void ping_absent(const struct run_reader *reader, const char *reason)
{
	for (int id = FACT_ID_HOST_PING_SENT; id <= FACT_ID_HOST_PING_JITTER; id++)
		facts_set_absent(reader->facts, (enum fact_id)id, reason);
}

static void step_read(const struct run_reader *reader, struct step_run *step, struct str clean)
{
	const struct reader *kind = step->planned && step->planned->read ? reader_find(step->planned->read) : NULL;
	bool host = kind && strcmp(step->planned->on, "host") == 0;
	bool of_host = kind && strcmp(kind->name, "host") == 0;
	/* What is said of the FortiGate comes from the FortiGate, and of the host from the host. */
	if (!kind || (host && !of_host && strcmp(kind->name, "ping") != 0) || (of_host && !host))
		return;
	const struct playbook_step *from = playbook_step_of(reader->playbook, step->id);
	if (host && !of_host)
		ping_absent(reader, absence(reader->arena, step));
	else
		absent_set(reader, kind, from, absence(reader->arena, step));
	if (step->end.state == STEP_SKIPPED || clean.n == 0)
		return;
	const struct read_input input = {.step = step->id, .text = clean, .run = step, .playbook_step = from};
	kind->read(reader->arena, &input, reader->facts);
}

void read_run(struct arena *arena, const struct playbook *playbook, struct step_list *steps, struct facts *facts,
              struct str *clean)
{
	struct run_reader reader = {arena, playbook, facts, ARENA_ARRAY(arena, steps->count + 1, struct refused)};
	facts_init(facts, "no step of this run reads it");
	for (size_t i = 0; i < steps->count; i++) {
		const struct step_run *step = &steps->steps[i];
		bool ran = step->end.state != STEP_SKIPPED;
		clean[i] = ran ? clean_make(arena, step) : (struct str){"", 0};
		reader.refused[i] = refused_find(step, clean[i]);
	}
	for (size_t i = 0; i < steps->count; i++) {
		struct step_run *step = &steps->steps[i];
		bool refused = reader.refused[i].kind != REFUSAL_NONE;
		if (refused) {
			step->end.state = STEP_FAILED;
			step->end.reason = refusal_reason(&reader, steps, step, &reader.refused[i]);
		}
		step_read(&reader, step, refused ? (struct str){"", 0} : clean[i]);
	}
}
