#include <string.h>

#include "frame.h"
#include "prompt.h"
#include "redact_parts.h"

/* What is called by a name, and where that is said: fields of the entry,
 * prompts, the device's own words about itself. */

enum { KEPT_DIGITS = 5 };

static bool printable(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		if ((unsigned char)name.p[i] < 0x20 || name.p[i] == 0x7f)
			return false;
	}
	return true;
}

/* Is it an address or a number, and no name? */
static bool is_number(struct str name)
{
	struct ip ip;
	bool digits = true;
	for (size_t i = 0; i < name.n; i++)
		digits = digits && ((name.p[i] >= '0' && name.p[i] <= '9') || name.p[i] == '.' || name.p[i] == ':');
	return ip_parse(name, &ip) || (digits && name.n < KEPT_DIGITS);
}

static struct str bare(struct str name)
{
	name = str_trim(name);
	if (name.n >= 2 && (name.p[0] == '"' || name.p[0] == '\'' || name.p[0] == '[') &&
	    (name.p[name.n - 1] == name.p[0] || name.p[name.n - 1] == ']'))
		name = str_cut(name, 1, name.n - 2);
	return name;
}

static bool is_name(struct str name)
{
	bool letter = false;
	for (size_t i = 0; i < name.n; i++)
		letter = letter || redact_is_word(name.p[i]);
	return letter && name.n <= REDACT_NAME_MAX && printable(name) && !is_number(name) && !redact_is_nobody(name);
}

static void learn_one(struct redaction *redaction, enum redact_kind kind, struct str name)
{
	name = bare(name);
	if (is_name(name) && !redact_find(redaction, name) && !redact_find_back(redaction, name))
		(void)redact_invent(redaction, kind, name);
}

/* Backslashes are doubled in JSON and in quoted values. */
static void learn_escaped(struct redaction *redaction, enum redact_kind kind, struct str name)
{
	struct buf doubled;
	if (str_find_char(name, '\\') < 0)
		return;
	buf_init(&doubled, 2 * REDACT_NAME_MAX);
	for (size_t i = 0; i < name.n && i < REDACT_NAME_MAX; i++) {
		if (name.p[i] == '\\')
			buf_add_char(&doubled, '\\');
		buf_add_char(&doubled, name.p[i]);
	}
	learn_one(redaction, kind, buf_str(&doubled));
	buf_done(&doubled);
}

/* host.example.com: the first label alone, and the domain alone. */
static void learn_domain(struct redaction *redaction, struct str name)
{
	ptrdiff_t dot = str_find_char(name, '.');
	if (dot <= 0)
		return;
	struct str label = str_cut(name, 0, (size_t)dot), domain = str_from(name, (size_t)dot + 1);
	if (!redact_is_common(label))
		learn_one(redaction, REDACT_HOST, label);
	if (str_find_char(domain, '.') > 0)
		learn_one(redaction, REDACT_HOST, domain);
}

static struct str url_host(struct str url)
{
	ptrdiff_t scheme = str_find(url, "://");
	if (scheme >= 0)
		url = str_from(url, (size_t)scheme + 3);
	size_t n = 0;
	while (n < url.n && url.p[n] != '/' && url.p[n] != ':' && url.p[n] != '?')
		n++;
	return str_cut(url, 0, n);
}

static void learn_user(struct redaction *redaction, struct str name)
{
	ptrdiff_t slash = str_find_char(name, '\\'), at = str_find_char(name, '@');
	learn_one(redaction, REDACT_USER, name);
	learn_escaped(redaction, REDACT_USER, name);
	if (slash > 0) {
		learn_one(redaction, REDACT_HOST, str_cut(name, 0, (size_t)slash));
		learn_one(redaction, REDACT_USER, str_from(name, (size_t)slash + 1));
	}
	if (at > 0) {
		learn_one(redaction, REDACT_USER, str_cut(name, 0, (size_t)at));
		learn_one(redaction, REDACT_HOST, str_from(name, (size_t)at + 1));
		learn_domain(redaction, str_from(name, (size_t)at + 1));
	}
}

void redaction_learn(struct redaction *redaction, enum redact_kind kind, struct str name)
{
	name = bare(name);
	if (!is_name(name))
		return;
	if (kind == REDACT_USER) {
		learn_user(redaction, name);
	} else if (kind == REDACT_HOST) {
		name = url_host(name);
		learn_one(redaction, kind, name);
		learn_domain(redaction, name);
	} else {
		learn_one(redaction, kind, name);
	}
}

bool redaction_keep(struct redaction *redaction, enum redact_kind kind, const char *original, const char *replacement)
{
	struct str from = str_of(original), to = str_of(replacement);
	if (!from.n || !to.n || from.n > 2 * REDACT_NAME_MAX || to.n > 2 * REDACT_NAME_MAX || !printable(from) ||
	    !printable(to) || redact_find(redaction, from) || redact_find_back(redaction, to))
		return false;
	return redact_pair_add(redaction, kind, from, to) != NULL;
}

/* ---- a report ---- */

void redaction_learn_place(struct redaction *redaction, const char *place)
{
	struct str text = str_of(place);
	const char *at = text.n ? memrchr(text.p, '@', text.n) : NULL;
	if (at) {
		redaction_learn(redaction, REDACT_USER, str_cut(text, 0, (size_t)(at - text.p)));
		text = str_from(text, (size_t)(at - text.p) + 1);
	}
	const char *colon = text.n ? memrchr(text.p, ':', text.n) : NULL;
	if (colon && colon == memchr(text.p, ':', text.n))
		text = str_cut(text, 0, (size_t)(colon - text.p));
	redaction_learn(redaction, REDACT_HOST, text);
}

/* A pasted log has "HOST, pasted log FILE" in place of an address. */
static void learn_header(struct redaction *redaction, const struct transcript_header *header)
{
	ptrdiff_t comma = str_find(str_of(header->device), ", pasted log ");
	if (!header->pasted)
		redaction_learn_place(redaction, header->device);
	else if (comma > 0)
		redaction_learn(redaction, REDACT_HOST, str_cut(str_of(header->device), 0, (size_t)comma));
	redaction_learn_place(redaction, header->host);
	redaction_learn(redaction, REDACT_VDOM, str_of(header->vdom));
}

static void learn_entry(struct redaction *redaction, const struct entry *entry)
{
	enum redact_kind kind;
	redaction_learn(redaction, REDACT_VDOM, entry->vd);
	redaction_learn(redaction, REDACT_HOST, entry->devname);
	redaction_learn(redaction, REDACT_SERIAL, entry->devid);
	for (size_t i = 0; i < entry->field_count; i++) {
		if (redact_field_kind(entry->fields[i].name, &kind))
			redaction_learn(redaction, kind, entry->fields[i].value);
	}
}

static void learn_plan(struct redaction *redaction, const struct plan *plan)
{
	redaction_learn(redaction, REDACT_VDOM, str_of(plan->target.vdom));
	redaction_learn_place(redaction, plan->host);
	if (!plan->target.have_entry)
		return;
	learn_entry(redaction, &plan->entries.entry);
	for (size_t i = 0; i < plan->entries.sibling_count; i++)
		learn_entry(redaction, &plan->entries.siblings[i]);
}

/* A long one, full of escapes, in pieces of whole labels. */
static void learn_labels(struct redaction *redaction, struct str name)
{
	while (name.n > REDACT_NAME_MAX) {
		const char *dot = memrchr(name.p, '.', REDACT_NAME_MAX);
		if (!dot)
			return;
		learn_one(redaction, REDACT_HOST, str_cut(name, 0, (size_t)(dot - name.p)));
		name = str_from(name, (size_t)(dot - name.p) + 1);
	}
	learn_one(redaction, REDACT_HOST, name);
}

/* The name that a DNS packet asks for, as a sentence may tell it. */
static void learn_question(struct redaction *redaction, const struct packet *packet)
{
	struct buf name;
	if (!packet->frame)
		return;
	buf_init(&name, FRAME_DNS_NAME_MAX);
	if (frame_dns_name(packet->frame, &name)) {
		struct str text = buf_str(&name);
		text.n -= str_ends(text, ".");
		learn_labels(redaction, text);
	}
	buf_done(&name);
}

static void learn_packets(struct redaction *redaction, const struct facts *facts)
{
	for (size_t i = 0; i < facts->capture_count; i++) {
		for (size_t k = 0; k < facts->captures[i].packet_count; k++)
			learn_question(redaction, &facts->captures[i].packets[k]);
	}
}

static void learn_facts(struct redaction *redaction, const struct facts *facts)
{
	static const struct {
		enum fact_id id;
		enum redact_kind kind;
	} names[] = {{FACT_ID_DEVICE_HOSTNAME, REDACT_HOST},
	             {FACT_ID_DEVICE_SERIAL, REDACT_SERIAL},
	             {FACT_ID_DEVICE_VDOM, REDACT_VDOM}};
	enum redact_kind kind;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (facts->item[names[i].id].present)
			redaction_learn(redaction, names[i].kind, str_of(facts->item[names[i].id].value.text));
	}
	learn_packets(redaction, facts);
	for (size_t i = 0; i < facts->row_count; i++) {
		for (size_t k = 0; k < facts->rows[i].cell_count; k++) {
			if (redact_field_kind(str_of(facts->rows[i].cells[k].name), &kind))
				redaction_learn(redaction, kind, str_of(facts->rows[i].cells[k].value));
		}
	}
}

/* "key=value" and "Key: value" in what a device printed. */
static void learn_pair(struct redaction *redaction, struct str line, size_t sign)
{
	enum redact_kind kind;
	size_t start = sign, end = sign + 1;
	while (start && sign - start < 32 && (redact_is_word(line.p[start - 1]) || line.p[start - 1] == '_'))
		start--;
	if (start == sign || !redact_field_kind(str_cut(line, start, sign - start), &kind))
		return;
	if (line.p[sign] == ':') {
		redaction_learn(redaction, kind, str_from(line, end));
		return;
	}
	char quote = end < line.n && line.p[end] == '"' ? line.p[end++] : '\0';
	start = end;
	while (end < line.n && (quote ? line.p[end] != quote : !strchr(" \t,;)\r\"", line.p[end])))
		end++;
	redaction_learn(redaction, kind, str_cut(line, start, end - start));
}

static void learn_line(struct redaction *redaction, struct str line)
{
	static const struct {
		const char *head;
		enum redact_kind kind;
	} heads[] = {{"Current virtual domain:", REDACT_VDOM},
	             {"Serial-Number:", REDACT_SERIAL},
	             {"set hostname ", REDACT_HOST},
	             {"set alias ", REDACT_HOST},
	             {"User:", REDACT_USER},
	             {"Group Name:", REDACT_HOST}};
	struct str words = str_trim(line);
	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		if (str_starts(words, heads[i].head))
			redaction_learn(redaction, heads[i].kind, str_from(words, strlen(heads[i].head)));
	}
	ptrdiff_t colon = str_find_char(words, ':');
	if (colon > 0)
		learn_pair(redaction, words, (size_t)colon);
	for (size_t i = 0; i < words.n; i++) {
		if (words.p[i] == '=')
			learn_pair(redaction, words, i);
	}
}

static void learn_text(struct redaction *redaction, struct str text)
{
	struct str line;
	while (str_next_line(&text, &line))
		learn_line(redaction, line);
}

static void learn_prompt(struct redaction *redaction, const char *text)
{
	struct prompt prompt;
	if (!text || !prompt_parse(str_of(text), &prompt))
		return;
	redaction_learn(redaction, REDACT_HOST, str_of(prompt.host));
	redaction_learn(redaction, REDACT_VDOM, str_of(prompt.context));
}

static void learn_step(struct redaction *redaction, const struct step_run *run)
{
	struct str scope = str_of(run->scope), sudo, name;
	learn_prompt(redaction, run->end.prompt);
	if (str_next_word(&scope, &sudo) && str_next_word(&scope, &name))
		redaction_learn(redaction, REDACT_VDOM, name);
}

void redaction_learn_report(struct redaction *redaction, const struct report *report)
{
	if (report->plan)
		learn_plan(redaction, report->plan);
	if (report->transcript)
		learn_header(redaction, &report->transcript->header);
	if (report->facts)
		learn_facts(redaction, report->facts);
	for (size_t i = 0; report->steps && i < report->steps->count; i++) {
		learn_step(redaction, &report->steps->steps[i]);
		if (report->clean)
			learn_text(redaction, report->clean[i]);
	}
}
