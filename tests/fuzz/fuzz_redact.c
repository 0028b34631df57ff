#include <string.h>

#include "fuzz.h"
#include "redact_parts.h"

/* Text through redaction: it stays bounded, keeps its lines, and a name that
 * stands in it as a word is gone. A transcript of the same text, in pieces of
 * any size, becomes the same. */

static const char *const names[] = {"kanarie", "gw.kanarie.example", "KANARIE\\jan"};

static struct redaction *redaction_make(struct arena *arena)
{
	static const uint8_t key[REDACT_KEY_BYTES] = {1, 2, 3};
	struct redaction *redaction = redaction_new(arena, key);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		redaction_learn(redaction, i == 2 ? REDACT_USER : REDACT_HOST, str_of(names[i]));
	redaction_learn(redaction, REDACT_VDOM, STR("internal"));
	return redaction;
}

static size_t lines(struct str text)
{
	size_t count = 0;
	for (size_t i = 0; i < text.n; i++)
		count += text.p[i] == '\n';
	return count;
}

/* "ESC [ 1 k": the last letter is the sequence's. */
static bool in_escape(struct str text, size_t at)
{
	while (at && text.p[at - 1] >= 0x20 && text.p[at - 1] <= 0x3f)
		at--;
	return at > 1 && text.p[at - 1] == '[' && text.p[at - 2] == '\x1b';
}

static void check_names(struct str text)
{
	static const char name[] = "kanarie";
	for (size_t at = 0; at + sizeof name - 1 <= text.n; at++) {
		size_t end = at + sizeof name - 1;
		if (memcmp(text.p + at, name, sizeof name - 1) != 0)
			continue;
		bool begins = at == 0 || !redact_is_word(text.p[at - 1]);
		bool ends = end == text.n || !redact_is_word(text.p[end]);
		PROMISE(!begins || !ends || in_escape(text, at));
	}
}

/* As one step of a run, in pieces that the text itself chooses. */
static void check_transcript(struct str text, struct str whole)
{
	struct arena *arena = arena_new();
	struct transcript in, out;
	struct buf got;
	size_t size = 1;
	transcript_init(&in, arena);
	in.header.version = in.header.device = in.header.playbook_name = in.header.playbook = "x";
	transcript_begin(&in, 0, "main", "a", "get system status", "");
	for (size_t at = 0; at < text.n; at += size) {
		size = 1 + (unsigned char)text.p[at] % 7;
		transcript_output(&in, 1, "main", str_cut(text, at, size));
		transcript_output(&in, 1, "other", STR("kanarie"));
	}
	transcript_end(&in, 3, "main", "a", &(struct step_end){.state = STEP_DONE, .prompt = ""});
	redact_transcript(arena, redaction_make(arena), &in, NULL, &out);
	PROMISE(out.event_count == in.event_count);
	buf_init(&got, SIZE_MAX / 2);
	for (size_t i = 0; i < out.event_count; i++) {
		if (out.events[i].kind == EVENT_OUTPUT && strcmp(out.events[i].lane, "main") == 0)
			buf_add_str(&got, out.events[i].data);
	}
	PROMISE(got.n == whole.n && (got.n == 0 || memcmp(got.p, whole.p, got.n) == 0));
	buf_done(&got);
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = fuzz_str(data, size);
	struct arena *arena = arena_new();
	struct redaction *redaction = redaction_make(arena);
	struct buf out, back;
	buf_init(&out, SIZE_MAX / 2);
	buf_init(&back, SIZE_MAX / 2);
	redact_output(redaction, text, &out);
	PROMISE(out.n <= 64 * (size + 1));
	PROMISE(lines(buf_str(&out)) == lines(text));
	check_names(buf_str(&out));
	redact_restore(redaction, buf_str(&out), &back);
	check_transcript(text, buf_str(&out));
	buf_done(&out);
	buf_done(&back);
	arena_free(arena);
	return 0;
}
