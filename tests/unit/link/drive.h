#ifndef FGDIAG_TEST_DRIVE_H
#define FGDIAG_TEST_DRIVE_H

/* A poll loop for one link, files in a folder of the test's own, and ask
 * callbacks. Included by the tests of the link layer only. */

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "link.h"

#define SECONDS(n) ((int64_t)(n)*1000000)

static inline void make_folder_name(char *out, size_t size)
{
	const char *base = getenv("TMPDIR");
	(void)snprintf(out, size, "%s/fgdiag-link-XXXXXX", base && base[0] ? base : "/tmp");
	if (!mkdtemp(out))
		abort();
}

static inline void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "we");
	if (!f || fputs(text, f) < 0 || fclose(f) != 0 || chmod(path, mode) != 0)
		abort();
}

static inline char *read_text(const char *path)
{
	static char text[65536];
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
	if (f)
		(void)fclose(f);
	text[n] = '\0';
	return text;
}

/* Steps until the state is no longer one of those before `until`, or the
 * limit. Returns how often poll() returned. */
static inline unsigned drive(struct link *link, enum link_state until, int64_t limit_us)
{
	int64_t end = clock_mono_us() + limit_us;
	unsigned turns = 0;
	for (;; turns++) {
		int64_t now = clock_mono_us();
		link_step(link, now);
		enum link_state state = link_state(link);
		if (state >= until || now >= end)
			return turns;
		struct pollfd fds[LINK_MAX_POLLFDS];
		size_t n = link_pollfds(link, fds);
		int64_t deadline = link_deadline(link);
		(void)poll(fds, n, clock_poll_ms(deadline < end ? deadline : end));
	}
}

/* Reads until `want` has been seen, the stream ended or time is up. */
static inline size_t read_until(struct link *link, char *out, size_t size, const char *want)
{
	int64_t end = clock_mono_us() + SECONDS(5);
	size_t n = 0;
	out[0] = '\0';
	while (clock_mono_us() < end && !(want && strstr(out, want))) {
		link_step(link, clock_mono_us());
		size_t got = link_read(link, out + n, size - 1 - n);
		n += got;
		out[n] = '\0';
		if (got)
			continue;
		if (link_eof(link) || link_state(link) == LINK_DOWN)
			break;
		struct pollfd fds[LINK_MAX_POLLFDS];
		(void)poll(fds, link_pollfds(link, fds), clock_poll_ms(end));
	}
	return n;
}

struct asked {
	const char *password;
	const char *passphrases[3]; /* one an attempt */
	const char *codes[4];       /* answers to the device's own questions, in turn */
	int64_t takes_us;
	unsigned count, code_count;
	bool echo; /* of the last question */
	char what[400];
};

static inline struct secret *ask(void *arg, const struct ssh_question *question, struct err *err)
{
	struct asked *asked = arg;
	const char *answer = NULL;
	asked->count++;
	asked->echo = question->echo;
	(void)snprintf(asked->what, sizeof asked->what, "%s", question->text);
	if (asked->takes_us)
		(void)usleep((useconds_t)asked->takes_us);
	if (question->kind == SSH_QUESTION_PASSWORD)
		answer = asked->password;
	else if (question->kind == SSH_QUESTION_PASSPHRASE)
		answer = question->attempt <= 3 ? asked->passphrases[question->attempt - 1] : NULL;
	else if (asked->code_count < 4)
		answer = asked->codes[asked->code_count++];
	if (answer)
		return secret_copy(answer, err);
	(void)err_set(err, ERR_AUTH, "no terminal to ask for the %s", question->text);
	return NULL;
}

#endif
