#include "redact_parts.h"

/* A plan's copy: what it is aimed at, the log entry, the commands. */

/* ---- the entry ---- */

static struct str whole_name(struct arena *arena, struct redaction *redaction, struct str name)
{
	return name.n ? str_of(redact_name(arena, redaction, arena_strndup(arena, name.p, name.n))) : name;
}

static struct entry_field field_copy(struct arena *arena, struct redaction *redaction, const struct entry_field *in)
{
	enum redact_kind kind;
	struct entry_field out = *in;
	bool named = redact_field_kind(in->name, &kind);
	if (!named)
		out.name = redact_str(arena, redaction, in->name);
	out.value = named ? whole_name(arena, redaction, in->value) : redact_str(arena, redaction, in->value);
	return out;
}

/* A value that the parser had to unescape stands otherwise in the line, where
 * it would not be found. */
static bool stands_in_line(const struct entry *entry)
{
	const char *start = entry->line.p, *end = entry->line.p + entry->line.n;
	for (size_t i = 0; i < entry->field_count; i++) {
		struct str value = entry->fields[i].value;
		if (value.n && (value.p < start || value.p >= end))
			return false;
	}
	return true;
}

/* The line anew from its redacted fields. */
static struct str line_of_fields(struct arena *arena, const struct entry *entry)
{
	struct buf line;
	buf_init(&line, 8 * ENTRY_MAX_BYTES);
	for (size_t i = 0; i < entry->field_count; i++) {
		struct str value = entry->fields[i].value;
		if (i)
			buf_add_char(&line, ' ');
		buf_add_str(&line, entry->fields[i].name);
		buf_add_text(&line, "=\"");
		for (size_t k = 0; k < value.n; k++) {
			char c = value.p[k];
			if (c == '"' || c == '\\')
				buf_add_char(&line, '\\');
			buf_add_char(&line, c == '\n' || c == '\r' ? ' ' : c);
		}
		buf_add_char(&line, '"');
	}
	struct str copy = arena_str(arena, buf_str(&line));
	buf_done(&line);
	return copy;
}

static void spans(struct arena *arena, struct redaction *redaction, const struct entry *in, struct entry *out)
{
	const struct {
		const struct str *in;
		struct str *out;
	} texts[] = {
	        {&in->type, &out->type},           {&in->subtype, &out->subtype},   {&in->action, &out->action},
	        {&in->level, &out->level},         {&in->logid, &out->logid},       {&in->srcintf, &out->srcintf},
	        {&in->dstintf, &out->dstintf},     {&in->service, &out->service},   {&in->policyid, &out->policyid},
	        {&in->sessionid, &out->sessionid}, {&in->trandisp, &out->trandisp},
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		*texts[i].out = redact_str(arena, redaction, *texts[i].in);
	out->devname = whole_name(arena, redaction, in->devname);
	out->devid = whole_name(arena, redaction, in->devid);
	out->vd = whole_name(arena, redaction, in->vd);
}

static struct entry entry_copy(struct arena *arena, struct redaction *redaction, const struct entry *in)
{
	struct entry out = *in;
	out.field_capacity = in->field_count;
	out.fields = ARENA_ARRAY(arena, in->field_count, struct entry_field);
	for (size_t i = 0; i < in->field_count; i++)
		out.fields[i] = field_copy(arena, redaction, &in->fields[i]);
	spans(arena, redaction, in, &out);
	out.srcip = redact_ip(redaction, &in->srcip);
	out.dstip = redact_ip(redaction, &in->dstip);
	out.transip = redact_ip(redaction, &in->transip);
	out.tranip = redact_ip(redaction, &in->tranip);
	out.line = stands_in_line(in) ? redact_str(arena, redaction, in->line) : line_of_fields(arena, &out);
	return out;
}

static struct entry_set entries_copy(struct arena *arena, struct redaction *redaction, const struct entry_set *in)
{
	struct entry_set out = *in;
	out.entry = entry_copy(arena, redaction, &in->entry);
	out.siblings = ARENA_ARRAY(arena, in->sibling_count, struct entry);
	for (size_t i = 0; i < in->sibling_count; i++)
		out.siblings[i] = entry_copy(arena, redaction, &in->siblings[i]);
	return out;
}

const char *redact_entry_text(struct arena *arena, const struct plan *redacted)
{
	if (!redacted || !redacted->target.have_entry)
		return NULL;
	const struct entry_set *set = &redacted->entries;
	const char *text = arena_strndup(arena, set->entry.line.p, set->entry.line.n);
	for (size_t i = 0; i < set->sibling_count; i++)
		text = arena_printf(arena, "%s\n%.*s", text, (int)set->siblings[i].line.n, set->siblings[i].line.p);
	return text;
}

/* ---- target and steps ---- */

static struct target target_copy(struct arena *arena, struct redaction *redaction, const struct target *in)
{
	struct target out = *in;
	out.client = redact_ip(redaction, &in->client);
	out.server = redact_ip(redaction, &in->server);
	out.mapped = redact_ip(redaction, &in->mapped);
	out.translated_client = redact_ip(redaction, &in->translated_client);
	out.vdom = redact_name(arena, redaction, in->vdom);
	out.srcintf = redact_words(arena, redaction, in->srcintf);
	out.dstintf = redact_words(arena, redaction, in->dstintf);
	return out;
}

static struct playbook_option *options_copy(struct arena *arena, struct redaction *redaction,
                                            const struct playbook_option *in, size_t count)
{
	struct playbook_option *out = ARENA_ARRAY(arena, count, struct playbook_option);
	for (size_t i = 0; i < count; i++) {
		out[i].name = redact_words(arena, redaction, in[i].name);
		out[i].value = redact_words(arena, redaction, in[i].value);
	}
	return out;
}

static struct playbook_step *play_steps(struct arena *arena, struct redaction *redaction, const struct playbook *in)
{
	struct playbook_step *out = ARENA_ARRAY(arena, in->step_count, struct playbook_step);
	for (size_t i = 0; i < in->step_count; i++) {
		const struct playbook_step *step = &in->steps[i];
		const char **after = ARENA_ARRAY(arena, step->after_count, const char *);
		for (size_t k = 0; k < step->after_count; k++)
			after[k] = redact_words(arena, redaction, step->after[k]);
		out[i] = *step;
		out[i].after = after;
		out[i].id = redact_words(arena, redaction, step->id);
		out[i].lane = redact_words(arena, redaction, step->lane);
		out[i].send = redact_words(arena, redaction, step->send);
		out[i].pattern = redact_words(arena, redaction, step->pattern);
		out[i].options = options_copy(arena, redaction, step->options, step->option_count);
	}
	return out;
}

static struct playbook playbook_copy(struct arena *arena, struct redaction *redaction, const struct playbook *in)
{
	struct playbook out = *in;
	out.file = redact_words(arena, redaction, in->file);
	out.name = redact_words(arena, redaction, in->name);
	out.summary = redact_words(arena, redaction, in->summary);
	out.steps = play_steps(arena, redaction, in);
	out.checks = ARENA_ARRAY(arena, in->check_count, struct playbook_check);
	for (size_t i = 0; i < in->check_count; i++) {
		out.checks[i] = in->checks[i];
		out.checks[i].id = redact_words(arena, redaction, in->checks[i].id);
		out.checks[i].fact = redact_words(arena, redaction, in->checks[i].fact);
		out.checks[i].say = redact_words(arena, redaction, in->checks[i].say);
	}
	out.vars = arena_array(arena, in->var_count, sizeof *out.vars);
	for (size_t i = 0; i < in->var_count; i++) {
		out.vars[i].name = redact_words(arena, redaction, in->vars[i].name);
		out.vars[i].value = redact_words(arena, redaction, in->vars[i].value);
	}
	return out;
}

static struct plan_step *steps_copy(struct arena *arena, struct redaction *redaction, const struct plan *in,
                                    const struct playbook *playbook)
{
	struct plan_step *out = ARENA_ARRAY(arena, in->step_count, struct plan_step);
	for (size_t i = 0; i < in->step_count; i++) {
		const struct plan_step *step = &in->steps[i];
		out[i] = *step;
		out[i].id = redact_words(arena, redaction, step->id);
		out[i].lane = redact_words(arena, redaction, step->lane);
		out[i].command = redact_words(arena, redaction, step->command);
		out[i].options = options_copy(arena, redaction, step->options, step->option_count);
		if (step->from)
			out[i].from = &playbook->steps[step->from - in->playbook.steps];
	}
	return out;
}

const struct plan *redact_plan(struct arena *arena, struct redaction *redaction, const struct plan *in)
{
	if (!in)
		return NULL;
	struct plan *out = ARENA_NEW(arena, struct plan);
	*out = *in;
	out->playbook = playbook_copy(arena, redaction, &in->playbook);
	out->target = target_copy(arena, redaction, &in->target);
	out->host = redact_words(arena, redaction, in->host);
	if (in->target.have_entry)
		out->entries = entries_copy(arena, redaction, &in->entries);
	out->steps = steps_copy(arena, redaction, in, &out->playbook);
	return out;
}
