#include "encode.h"
#include "fuzz.h"
#include "page.h"
#include "shown.h"
#include "transcript.h"

typedef void encoder(struct buf *out, struct str text);

static void encode_page(struct buf *out, struct str text)
{
	struct page page;
	page_init(&page, out, 40, false);
	page_text(&page, 4, text);
	page_line(&page);
	page_whole(&page, text);
	page_gap(&page);
	page_done(&page);
}

/* The same value comes back, and nothing that must not be shown stands in it. */
static void check_json(struct str text)
{
	struct buf whole, out;
	buf_init(&whole, SIZE_MAX / 2);
	buf_init(&out, SIZE_MAX / 2);
	encode_utf8(&whole, text);
	json_t *value = json_pack("[s%]", whole.n ? whole.p : "", whole.n);
	PROMISE(value);
	char *dumped = json_dumps(value, JSON_INDENT(2));
	PROMISE(dumped);
	encode_json(&out, str_of(dumped));
	shown_check(buf_str(&out), "\n");
	json_t *back = json_loadb(out.p, out.n, 0, NULL);
	PROMISE(back && json_equal(value, back));
	json_decref(back);
	json_decref(value);
	free(dumped);
	buf_done(&out);
	buf_done(&whole);
}

/* Any bytes come back as they were from a file, whatever their event. */
static void check_transcript(struct str text)
{
	struct arena *arena = arena_new();
	struct transcript written, back;
	struct buf file;
	struct err err;
	transcript_init(&written, arena);
	written.header.version = written.header.device = written.header.playbook_name = written.header.playbook = "x";
	transcript_begin(&written, 0, "main", "a", "get system status", "");
	transcript_output(&written, 1, "main", text);
	transcript_input(&written, 2, "main", text);
	transcript_end(&written, 3, "main", "a", &(struct step_end){.state = STEP_DONE, .prompt = ""});
	buf_init(&file, TRANSCRIPT_MAX_BYTES);
	transcript_write(&written, &file);
	shown_check(buf_str(&file), "\n\x7f"); /* a file of ASCII */
	PROMISE(transcript_read(arena, buf_str(&file), &back, &err) == 0 && !back.cut);
	struct buf got[2];
	for (size_t k = 0; k < 2; k++) {
		enum event_kind kind = k ? EVENT_INPUT : EVENT_OUTPUT;
		buf_init(&got[k], SIZE_MAX / 2);
		for (size_t i = 0; i < back.event_count; i++) {
			if (back.events[i].kind == kind)
				buf_add_str(&got[k], back.events[i].data);
		}
		PROMISE(got[k].n == text.n && (text.n == 0 || memcmp(got[k].p, text.p, text.n) == 0));
		buf_done(&got[k]);
	}
	buf_done(&file);
	arena_free(arena);
}

/* Outside of code spans no '<' stands, and '|' and '`' stand behind an odd
 * number of backslashes; inside neither stands at all. */
static void check_markdown(struct str text)
{
	bool code = false;
	size_t slashes = 0;
	struct buf out;
	buf_init(&out, SIZE_MAX / 2);
	encode_markdown(&out, text);
	for (size_t i = 0; i < out.n; i++) {
		char c = out.p[i];
		if (c == '`' && (code || slashes % 2 == 0))
			code = !code;
		PROMISE(c != '|' || (!code && slashes % 2));
		PROMISE(c != '<' || code);
		slashes = c == '\\' && !code ? slashes + 1 : 0;
	}
	PROMISE(!code);
	buf_done(&out);
}

/* No line but the last is a fence that ends the block. */
static void check_block(struct str text)
{
	struct buf out;
	struct str line;
	buf_init(&out, SIZE_MAX / 2);
	encode_markdown_block(&out, text);
	struct str rest = buf_str(&out);
	PROMISE(str_next_line(&rest, &line) && line.n >= 3);
	size_t fence = line.n;
	while (str_next_line(&rest, &line)) {
		struct str trimmed = str_trim(line);
		size_t ticks = 0;
		while (ticks < trimmed.n && trimmed.p[ticks] == '`')
			ticks++;
		PROMISE((ticks >= fence) == (rest.n == 0));
	}
	buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		encoder *encode;
		const char *allowed; /* controls */
	} sinks[] = {{text_add_safe, ""}, {encode_plugin, ""},   {encode_page, "\n"},          {encode_openmetrics, ""},
	             {encode_html, ""},   {encode_markdown, ""}, {encode_markdown_block, "\n"}};
	struct str text = fuzz_str(data, size);
	struct buf out;
	buf_init(&out, SIZE_MAX / 2);
	for (size_t i = 0; i < sizeof sinks / sizeof sinks[0]; i++) {
		buf_clear(&out);
		sinks[i].encode(&out, text);
		shown_check(buf_str(&out), sinks[i].allowed);
		bool plugin = sinks[i].encode == encode_plugin;
		for (size_t k = 0; plugin && k < out.n; k++)
			PROMISE(out.p[k] != '|' && out.p[k] != '\\' && out.p[k] >= ' ' && out.p[k] <= '~');
		/* Text and nothing else: no tag, no reference but ours, no end of an attribute. */
		if (sinks[i].encode == encode_html) {
			size_t elements;
			PROMISE(!html_shape_check(buf_str(&out), &elements, NULL) && elements == 0);
			PROMISE(!memchr(out.p ? out.p : "", '"', out.n) && !memchr(out.p ? out.p : "", '\'', out.n));
		}
	}
	buf_done(&out);
	check_markdown(text);
	check_block(text);
	check_json(text);
	check_transcript(text);
	return 0;
}
