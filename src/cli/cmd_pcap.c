#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "dialog.h"
#include "input.h"
#include "output.h"
#include "output_stream.h"
#include "pcap_file.h"
#include "repack.h"
#include "timestamp.h"
#include "transcript.h"

enum { BLOCK_BYTES = 256 * 1024 };

static int fail(const struct err *err)
{
	output_error(err);
	return 3;
}

/* ---- options ---- */

static int zone_take(const char *zone, struct repack_options *out, struct err *err)
{
	if (!zone)
		return 0;
	out->have_zone = timestamp_parse_zone(str_of(zone), &out->zone_seconds);
	return out->have_zone ? 0 : err_set(err, ERR_USAGE, "--zone: '%.60s' is no zone like +0200", zone);
}

/* "2026-11-23T08:00:00Z", or without a zone at the end in that of --zone. */
static int start_take(const char *start, struct repack_options *out, struct err *err)
{
	struct str text = str_of(start);
	if (!start)
		return 0;
	out->have_start = timestamp_parse_rfc3339(text, &out->start_us);
	if (!out->have_start && text.n > 11 && (text.p[10] == ' ' || text.p[10] == 'T')) {
		out->have_start = timestamp_parse(str_cut(text, 0, 10), str_from(text, 11), &out->start_us);
		out->start_us -= out->zone_seconds * US_PER_SECOND;
	}
	return out->have_start
	               ? 0
	               : err_set(err, ERR_USAGE, "--start: '%.60s' is no time like 2026-11-23T08:00:00Z", start);
}

static int options_take(const struct options *options, struct repack_options *out, struct err *err)
{
	*out = (struct repack_options){.payload = options->payload};
	if (options->argument_count > 1)
		return err_set(err, ERR_USAGE, "one file at a time; fgdiag pcap [FILE | -]");
	return zone_take(options->zone, out, err) < 0 ? -1 : start_take(options->start, out, err);
}

/* ---- text ---- */

/* Traces of a pager or a terminal are rare, and taking them out costs. */
static void feed(struct repack *repack, struct str text)
{
	if (!memchr(text.p, 0x1b, text.n) && !memmem(text.p, text.n, "--More--", 8)) {
		repack_feed(repack, text);
		return;
	}
	struct buf clean;
	buf_init(&clean, TRANSCRIPT_MAX_BYTES);
	dialog_clean(text, "", "", &clean);
	repack_feed(repack, buf_str(&clean));
	buf_done(&clean);
}

/* Up to n bytes; fewer only at the end. */
static ssize_t fill(int fd, char *block, size_t n)
{
	size_t got = 0;
	while (got < n) {
		ssize_t more = input_read(fd, block + got, n - got);
		if (more < 0)
			return -1;
		if (more == 0)
			break;
		got += (size_t)more;
	}
	return (ssize_t)got;
}

/* Blocks of whole lines; a line longer than a block is none of a sniffer's. */
static int feed_text(struct arena *arena, int fd, const char *path, struct str head, struct repack *repack,
                     struct err *err)
{
	char *block = arena_alloc(arena, BLOCK_BYTES);
	size_t kept = head.n;
	memcpy(block, head.p, head.n);
	for (;;) {
		ssize_t got = fill(fd, block + kept, BLOCK_BYTES - kept);
		if (got < 0)
			return err_set(err, ERR_USAGE, "%.200s: %s", path, strerror(errno));
		size_t n = kept + (size_t)got;
		bool last = n < BLOCK_BYTES;
		const char *end = last ? NULL : memrchr(block, '\n', n);
		size_t whole = end ? (size_t)(end - block) + 1 : n;
		feed(repack, (struct str){block, whole});
		if (last)
			return 0;
		kept = n - whole;
		memmove(block, block + whole, kept);
	}
}

/* ---- transcript ---- */

static int feed_transcript(struct arena *arena, int fd, const char *path, struct str head, struct repack *repack,
                           struct err *err)
{
	char block[64 * 1024];
	struct buf text;
	struct transcript transcript;
	ssize_t got = 0;
	buf_init(&text, TRANSCRIPT_MAX_BYTES);
	buf_add_str(&text, head);
	while (!text.full && (got = fill(fd, block, sizeof block)) > 0)
		buf_add(&text, block, (size_t)got);
	transcript_init(&transcript, arena);
	/* What cannot be read to its end is no transcript that ends there. */
	int rc = got < 0     ? err_set(err, ERR_USAGE, "%s", strerror(errno))
	         : text.full ? err_set(err, ERR_USAGE, "longer than %zu bytes", TRANSCRIPT_MAX_BYTES)
	                     : transcript_read(arena, buf_str(&text), &transcript, err);
	buf_done(&text);
	if (rc < 0)
		return err_prefix(err, "%.200s", path);
	pcap_feed(&transcript, repack);
	return 0;
}

/* A transcript is JSON; no sniffer text begins with a brace. */
static int feed_input(struct arena *arena, int fd, const char *path, struct repack *repack, struct err *err)
{
	char first;
	ssize_t got = fill(fd, &first, 1);
	if (got < 0)
		return err_set(err, ERR_USAGE, "%.200s: %s", path, strerror(errno));
	struct str head = {&first, (size_t)got};
	return got && first == '{' ? feed_transcript(arena, fd, path, head, repack, err)
	                           : feed_text(arena, fd, path, head, repack, err);
}

static int read_input(struct arena *arena, const char *path, struct repack *repack, struct err *err)
{
	if (strcmp(path, "-") == 0)
		return feed_input(arena, STDIN_FILENO, "stdin", repack, err);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, ERR_USAGE, "%.200s: %s", path, strerror(errno));
	int rc = feed_input(arena, fd, path, repack, err);
	(void)close(fd);
	return rc;
}

int cmd_pcap(struct arena *arena, const struct options *options)
{
	struct err err;
	struct repack_options wanted;
	struct repack_counts counts = {0};
	struct output_stream *stream = NULL;
	if (options_take(options, &wanted, &err) < 0 || !(stream = output_stream_open(arena, options->output, &err)))
		return fail(&err);
	const struct pcapng sink = {.write = output_stream_write, .context = stream};
	struct repack *repack = repack_new(arena, &wanted, &sink);
	int rc = read_input(arena, options->argument_count ? options->arguments[0] : "-", repack, &err);
	if (rc == 0) {
		repack_end(repack, &counts);
		rc = counts.packets ? 0 : pcap_nothing(&counts, &err);
	}
	if (rc < 0) {
		output_stream_drop(stream);
		return fail(&err);
	}
	if (output_stream_commit(stream, &err) < 0)
		return fail(&err);
	pcap_tell(arena, &counts, wanted.payload);
	return 0;
}
