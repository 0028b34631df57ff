#include <string.h>

#include "redact_parts.h"

/* A report's copy: verdict, steps and the run's trouble; the plan and the
 * facts have files of their own. */

static const char *const *words_list(struct arena *arena, struct redaction *redaction, const char *const *in,
                                     size_t count)
{
	const char **out = ARENA_ARRAY(arena, count, const char *);
	for (size_t i = 0; i < count; i++)
		out[i] = redact_words(arena, redaction, in[i]);
	return out;
}

static const struct evidence *evidence_list(struct arena *arena, struct redaction *redaction, const struct evidence *in,
                                            size_t count)
{
	struct evidence *out = ARENA_ARRAY(arena, count, struct evidence);
	for (size_t i = 0; i < count; i++) {
		out[i] = (struct evidence){.step = redact_words(arena, redaction, in[i].step),
		                           .line = in[i].line,
		                           .text = redact_words(arena, redaction, in[i].text)};
	}
	return out;
}

static const struct check *checks(struct arena *arena, struct redaction *redaction, const struct verdict *in)
{
	struct check *out = ARENA_ARRAY(arena, in->check_count, struct check);
	for (size_t i = 0; i < in->check_count; i++) {
		const struct check *check = &in->checks[i];
		out[i] = *check;
		/* The built-in checks' ids are no text. */
		if (i >= CHECKS)
			out[i].id = redact_words(arena, redaction, check->id);
		out[i].rule = redact_words(arena, redaction, check->rule);
		out[i].summary = redact_words(arena, redaction, check->summary);
		out[i].evidence = evidence_list(arena, redaction, check->evidence, check->evidence_count);
		out[i].advice = words_list(arena, redaction, check->advice, check->advice_count);
	}
	return out;
}

/* The same packet among the copies. */
static const struct packet *moved(const struct packet *packet, const struct facts *in, const struct facts *out)
{
	for (size_t i = 0; packet && in && i < in->capture_count; i++) {
		const struct capture *capture = &in->captures[i];
		if (packet >= capture->packets && packet < capture->packets + capture->packet_count)
			return &out->captures[i].packets[packet - capture->packets];
	}
	return NULL;
}

static const struct conversation *conversations(struct arena *arena, struct redaction *redaction,
                                                const struct verdict *in, const struct facts *facts,
                                                const struct facts *copied)
{
	struct conversation *out = ARENA_ARRAY(arena, in->conversation_count, struct conversation);
	for (size_t i = 0; i < in->conversation_count; i++) {
		out[i] = in->conversations[i];
		out[i].client = redact_words(arena, redaction, out[i].client);
		out[i].step = redact_words(arena, redaction, out[i].step);
		for (size_t k = 0; k < sizeof out[i].legs / sizeof out[i].legs[0]; k++)
			out[i].legs[k] = moved(out[i].legs[k], facts, copied);
		out[i].fault = moved(out[i].fault, facts, copied);
		out[i].server = redact_words(arena, redaction, out[i].server);
		out[i].rule = redact_words(arena, redaction, out[i].rule);
		out[i].evidence = evidence_list(arena, redaction, out[i].evidence, out[i].evidence_count);
	}
	return out;
}

const struct verdict *redact_verdict(struct arena *arena, struct redaction *redaction, const struct verdict *in,
                                     const struct facts *facts, const struct facts *copied)
{
	if (!in)
		return NULL;
	struct verdict *out = ARENA_NEW(arena, struct verdict);
	*out = *in;
	out->summary = redact_words(arena, redaction, in->summary);
	out->checks = checks(arena, redaction, in);
	out->conversations = conversations(arena, redaction, in, facts, copied);
	out->notes = words_list(arena, redaction, in->notes, in->note_count);
	return out;
}

/* ---- steps ---- */

static struct str output(struct arena *arena, struct redaction *redaction, struct str text)
{
	struct buf out;
	buf_init(&out, 16 * text.n + 4096);
	redact_output(redaction, text, &out);
	struct str copy = arena_str(arena, buf_str(&out));
	buf_done(&out);
	return copy;
}

static struct planned_step planned(struct arena *arena, struct redaction *redaction, const struct planned_step *in)
{
	return (struct planned_step){
	        .id = redact_words(arena, redaction, in->id),
	        .on = in->on,
	        .lane = redact_words(arena, redaction, in->lane),
	        .read = in->read,
	        .command = redact_words(arena, redaction, in->command),
	};
}

static struct step_run step(struct arena *arena, struct redaction *redaction, const struct step_run *in)
{
	struct step_run out = *in;
	if (in->planned) {
		struct planned_step *copy = ARENA_NEW(arena, struct planned_step);
		*copy = planned(arena, redaction, in->planned);
		out.planned = copy;
	}
	out.id = redact_words(arena, redaction, in->id);
	out.lane = redact_words(arena, redaction, in->lane);
	out.command = redact_words(arena, redaction, in->command);
	out.scope = redact_words(arena, redaction, in->scope);
	out.end.reason = redact_words(arena, redaction, in->end.reason);
	out.end.prompt = redact_words(arena, redaction, in->end.prompt);
	out.raw = output(arena, redaction, in->raw);
	out.file = redact_words(arena, redaction, in->file);
	return out;
}

static struct err trouble(struct arena *arena, struct redaction *redaction, const struct err *in)
{
	struct err out = *in;
	struct str step = str_of(redact_words(arena, redaction, in->step));
	(void)err_set(&out, in->kind, "%s", redact_words(arena, redaction, in->text));
	step.n = step.n < sizeof out.step ? step.n : sizeof out.step - 1;
	memset(out.step, 0, sizeof out.step);
	memcpy(out.step, step.p, step.n);
	return out;
}

static const struct err *error_of(struct arena *arena, struct redaction *redaction, const struct err *in)
{
	struct err *out = in ? ARENA_NEW(arena, struct err) : NULL;
	if (out)
		*out = trouble(arena, redaction, in);
	return out;
}

static void steps(struct arena *arena, struct redaction *redaction, const struct report *in, struct report *out)
{
	struct step_list *list = ARENA_NEW(arena, struct step_list);
	struct str *clean = in->clean ? ARENA_ARRAY(arena, in->steps->count + 1, struct str) : NULL;
	list->steps = ARENA_ARRAY(arena, in->steps->count, struct step_run);
	list->count = in->steps->count;
	list->have_trouble = in->steps->have_trouble;
	if (list->have_trouble)
		list->trouble = trouble(arena, redaction, &in->steps->trouble);
	for (size_t i = 0; i < list->count; i++) {
		list->steps[i] = step(arena, redaction, &in->steps->steps[i]);
		if (clean)
			clean[i] = output(arena, redaction, in->clean[i]);
	}
	out->steps = list;
	out->clean = clean;
}

/* ---- the whole ---- */

void redact_report(struct arena *arena, struct redaction *redaction, const struct report *in, struct report *out)
{
	struct report copy = {.version = in->version};
	redaction_learn_report(redaction, in);
	copy.plan = redact_plan(arena, redaction, in->plan);
	if (in->transcript) {
		struct transcript *transcript = ARENA_NEW(arena, struct transcript);
		redact_transcript(arena, redaction, in->transcript, redact_entry_text(arena, copy.plan), transcript);
		copy.transcript = transcript;
	}
	if (in->steps)
		steps(arena, redaction, in, &copy);
	if (in->facts) {
		struct facts *facts = ARENA_NEW(arena, struct facts);
		redact_facts(arena, redaction, in->facts, facts);
		copy.facts = facts;
	}
	copy.verdict = redact_verdict(arena, redaction, in->verdict, in->facts, copy.facts);
	copy.error = error_of(arena, redaction, in->error);
	*out = copy;
}
