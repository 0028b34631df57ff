#include <zip.h>

#include "bundle.h"
#include "fuzz.h"
#include "sha256.h"
#include "shown.h"
#include "transcript_trim.h"

/* A bundle that somebody sent. Whatever it is, it gives a transcript whose sum
 * the file has, or words. */
static void read_whole(struct str file)
{
	struct arena *arena = arena_new();
	struct err err = {0};
	struct str text;
	(void)bundle_is(file);
	if (bundle_read(arena, file, &text, &err) < 0)
		PROMISE(err.kind == ERR_USAGE && err.text[0]);
	else
		PROMISE(text.p && text.n <= TRANSCRIPT_MAX_BYTES);
	arena_free(arena);
}

static bool put(zip_t *zip, const char *name, struct str bytes)
{
	zip_source_t *source = zip_source_buffer(zip, bytes.p, bytes.n, 0);
	return source && zip_file_add(zip, name, source, 0) >= 0;
}

/* An archive that is whole, of members made from the input: few inputs of
 * noise are one. */
static void read_packed(struct str manifest, struct str transcript)
{
	static char file[1 << 20];
	char right[256], sum[SHA256_TEXT_MAX];
	int n = snprintf(right, sizeof right, "%s  " BUNDLE_TRANSCRIPT "\n", sha256_print(transcript, sum));
	bool good = manifest.n == 0;
	zip_error_t trouble;
	zip_source_t *memory = zip_source_buffer_create(NULL, 0, 0, &trouble);
	zip_t *zip = zip_open_from_source(memory, ZIP_TRUNCATE, &trouble);
	PROMISE(zip);
	zip_source_keep(memory);
	PROMISE(put(zip, "x/" BUNDLE_TRANSCRIPT, transcript));
	PROMISE(put(zip, BUNDLE_MANIFEST, good ? (struct str){right, (size_t)n} : manifest));
	PROMISE(zip_close(zip) == 0 && zip_source_open(memory) == 0);
	zip_int64_t length = zip_source_read(memory, file, sizeof file);
	(void)zip_source_close(memory);
	zip_source_free(memory);
	PROMISE(length > 0);
	struct arena *arena = arena_new();
	struct err err = {0};
	struct str text;
	int rc = bundle_read(arena, (struct str){file, (size_t)length}, &text, &err);
	PROMISE(!good || rc == 0);
	/* A manifest that fits must hold the transcript's sum. */
	PROMISE(rc < 0 || good || str_find(manifest, sum) >= 0);
	PROMISE(rc < 0 || (text.n == transcript.n && (text.n == 0 || memcmp(text.p, transcript.p, text.n) == 0)));
	arena_free(arena);
}

/* What a sniffer printed loses its payload: never more lines or bytes, and
 * nothing more the second time. */
static void trim(struct str raw)
{
	struct arena *arena = arena_new();
	struct transcript whole, once, twice;
	transcript_init(&whole, arena);
	transcript_begin(&whole, 0, "a", "sniffer", "diagnose sniffer packet any \"\" 6 0 a", "");
	for (size_t at = 0; at < raw.n; at += 7)
		transcript_output(&whole, 1, "a", str_cut(raw, at, 7));
	transcript_end(&whole, 2, "a", "sniffer", &(struct step_end){.state = STEP_DONE, .prompt = "FGT # "});
	transcript_trim(&whole, &once);
	transcript_trim(&once, &twice);
	PROMISE(once.bytes <= whole.bytes && twice.bytes <= once.bytes && once.event_count == whole.event_count);
	size_t lines[2] = {0};
	for (size_t i = 0; i < whole.event_count; i++) {
		for (size_t k = 0; k < whole.events[i].data.n; k++)
			lines[0] += whole.events[i].data.p[k] == '\n';
		for (size_t k = 0; k < once.events[i].data.n; k++)
			lines[1] += once.events[i].data.p[k] == '\n';
	}
	PROMISE(lines[0] == lines[1]);
	arena_free(arena);
}

/* The first byte picks what the rest is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct str text = fuzz_str(data + 1, size - 1);
	if (data[0] % 3 == 0) {
		read_whole(text);
	} else if (data[0] % 3 == 1) {
		trim(text);
	} else {
		ptrdiff_t end = str_find_char(text, '\f');
		size_t n = end < 0 ? 0 : (size_t)end;
		read_packed(str_cut(text, 0, n), str_from(text, end < 0 ? 0 : n + 1));
	}
	return 0;
}
