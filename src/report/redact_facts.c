#include "redact_parts.h"

/* The copy of what was read. */

struct copier {
	struct arena *arena;
	struct redaction *redaction;
};

static const char *words(const struct copier *copier, const char *text)
{
	return redact_words(copier->arena, copier->redaction, text);
}

static struct source source(const struct copier *copier, struct source in)
{
	return (struct source){.step = words(copier, in.step), .line = in.line, .text = words(copier, in.text)};
}

static struct fact fact(const struct copier *copier, const struct fact *in, enum fact_type type)
{
	struct fact out = *in;
	if (in->present && type == FACT_TEXT)
		out.value.text = redact_name(copier->arena, copier->redaction, in->value.text);
	out.absent = words(copier, in->absent);
	out.from = source(copier, in->from);
	return out;
}

static struct cpu_share cpu(const struct copier *copier, const struct cpu_share *in)
{
	struct cpu_share out = *in;
	out.from = source(copier, in->from);
	return out;
}

static void performances(const struct copier *copier, const struct facts *in, struct facts *out)
{
	out->performance = ARENA_ARRAY(copier->arena, in->performance_count, struct performance);
	for (size_t i = 0; i < in->performance_count; i++) {
		const struct performance *from = &in->performance[i];
		struct performance *to = &out->performance[i];
		*to = *from;
		to->step = words(copier, from->step);
		to->all = cpu(copier, &from->all);
		to->memory_from = source(copier, from->memory_from);
		to->cores = ARENA_ARRAY(copier->arena, from->core_count, struct cpu_share);
		for (size_t k = 0; k < from->core_count; k++)
			to->cores[k] = cpu(copier, &from->cores[k]);
	}
}

static void tops(const struct copier *copier, const struct facts *in, struct facts *out)
{
	out->tops = ARENA_ARRAY(copier->arena, in->top_count, struct top);
	for (size_t i = 0; i < in->top_count; i++) {
		const struct top *from = &in->tops[i];
		struct top *to = &out->tops[i];
		*to = *from;
		to->step = words(copier, from->step);
		to->processes = ARENA_ARRAY(copier->arena, from->process_count, struct process);
		for (size_t k = 0; k < from->process_count; k++) {
			to->processes[k] = from->processes[k];
			to->processes[k].name = words(copier, from->processes[k].name);
			to->processes[k].from = source(copier, from->processes[k].from);
		}
	}
}

static void pings(const struct copier *copier, const struct facts *in, struct facts *out)
{
	out->pings = ARENA_ARRAY(copier->arena, in->ping_count, struct ping_run);
	for (size_t i = 0; i < in->ping_count; i++) {
		struct ping_run *to = &out->pings[i];
		*to = in->pings[i];
		to->step = words(copier, to->step);
		to->error = words(copier, to->error);
		to->statistics_from = source(copier, to->statistics_from);
		to->error_from = source(copier, to->error_from);
	}
}

/* Without its bytes. */
static struct packet packet(const struct copier *copier, const struct packet *in)
{
	struct packet out = *in;
	out.interface = words(copier, in->interface);
	out.src = redact_ip(copier->redaction, &in->src);
	out.dst = redact_ip(copier->redaction, &in->dst);
	out.quoted_dst = redact_ip(copier->redaction, &in->quoted_dst);
	out.text = redact_str(copier->arena, copier->redaction, in->text);
	out.frame = NULL;
	return out;
}

static void captures(const struct copier *copier, const struct facts *in, struct facts *out)
{
	out->captures = ARENA_ARRAY(copier->arena, in->capture_count, struct capture);
	for (size_t i = 0; i < in->capture_count; i++) {
		const struct capture *from = &in->captures[i];
		struct capture *to = &out->captures[i];
		*to = *from;
		to->step = words(copier, from->step);
		to->error = words(copier, from->error);
		to->error_from = source(copier, from->error_from);
		to->filter = words(copier, from->filter);
		to->unread_from = source(copier, from->unread_from);
		to->trailer_from = source(copier, from->trailer_from);
		to->packets = ARENA_ARRAY(copier->arena, from->packet_count, struct packet);
		for (size_t k = 0; k < from->packet_count; k++)
			to->packets[k] = packet(copier, &from->packets[k]);
	}
}

static void hosts(const struct copier *copier, const struct facts *in, struct facts *out)
{
	out->hosts = ARENA_ARRAY(copier->arena, in->host_count, struct host_sample);
	for (size_t i = 0; i < in->host_count; i++) {
		struct host_sample *to = &out->hosts[i];
		*to = in->hosts[i];
		to->step = words(copier, to->step);
		to->cpu_from = source(copier, to->cpu_from);
		to->net_from = source(copier, to->net_from);
	}
}

static void extras(const struct copier *copier, const struct facts *in, struct facts *out)
{
	out->extra = ARENA_ARRAY(copier->arena, in->extra_count, struct extra_fact);
	for (size_t i = 0; i < in->extra_count; i++) {
		out->extra[i] = in->extra[i];
		out->extra[i].name = words(copier, in->extra[i].name);
		out->extra[i].unit = words(copier, in->extra[i].unit);
		out->extra[i].fact = fact(copier, &in->extra[i].fact, in->extra[i].type);
	}
}

static void rows(const struct copier *copier, const struct facts *in, struct facts *out)
{
	out->rows = ARENA_ARRAY(copier->arena, in->row_count, struct fact_row);
	out->row_capacity = in->row_count;
	for (size_t i = 0; i < in->row_count; i++) {
		struct fact_row *to = &out->rows[i];
		*to = in->rows[i];
		to->from = source(copier, to->from);
		for (size_t k = 0; k < to->cell_count; k++)
			to->cells[k].value = redact_name(copier->arena, copier->redaction, to->cells[k].value);
	}
}

static void unread(const struct copier *copier, const struct facts *in, struct facts *out)
{
	out->unread = ARENA_ARRAY(copier->arena, in->unread_count, struct source);
	out->unread_capacity = in->unread_count;
	for (size_t i = 0; i < in->unread_count; i++)
		out->unread[i] = source(copier, in->unread[i]);
}

void redact_facts(struct arena *arena, struct redaction *redaction, const struct facts *in, struct facts *out)
{
	const struct copier copier = {arena, redaction};
	*out = *in;
	for (size_t i = 0; i < FACT_COUNT; i++)
		out->item[i] = fact(&copier, &in->item[i], fact_defs[i].type);
	performances(&copier, in, out);
	tops(&copier, in, out);
	pings(&copier, in, out);
	captures(&copier, in, out);
	hosts(&copier, in, out);
	extras(&copier, in, out);
	rows(&copier, in, out);
	unread(&copier, in, out);
}
