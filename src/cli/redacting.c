#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "input.h"
#include "mem.h"
#include "output.h"
#include "redacting.h"
#include "transcript_json.h"

/* The key file: the key, and what stands for what, as JSON. Who has it knows
 * all that was redacted with it. */

static const char FORM[] = "fgdiag/redaction-key/1";
static const unsigned TRIES = 32; /* keys, until none of the addresses stands for another */

enum { KEY_FILE_MAX_BYTES = 64 * 1024 * 1024 };

/* ---- reading ---- */

static int open_own(const char *path, struct err *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_set(err, ERR_USAGE, "%.200s: %s", path, strerror(errno));
	const char *why = NULL;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		why = "not a regular file";
	else if (st.st_uid != geteuid())
		why = "belongs to another user";
	else if (st.st_mode & 077)
		why = "others may read or write it; run chmod 600 on it, or make a new key";
	if (!why)
		return fd;
	(void)close(fd);
	return err_set(err, ERR_USAGE, "--redact-key: %.200s: %s", path, why);
}

static bool read_pair(struct arena *arena, const json_t *row, struct redaction *redaction)
{
	const char *kind_word, *original, *replacement;
	enum redact_kind kind;
	return transcript_json_member(arena, row, "kind", NULL, &kind_word) && redact_kind_parse(kind_word, &kind) &&
	       transcript_json_member(arena, row, "original", NULL, &original) && original &&
	       transcript_json_member(arena, row, "replacement", NULL, &replacement) && replacement &&
	       redaction_keep(redaction, kind, original, replacement);
}

static bool read_pairs(struct arena *arena, const json_t *root, struct redaction *redaction)
{
	const json_t *pairs = json_object_get(root, "pairs");
	for (size_t i = 0; i < json_array_size(pairs); i++) {
		if (!read_pair(arena, json_array_get(pairs, i), redaction))
			return false;
	}
	return json_is_array(pairs);
}

static int read_root(struct arena *arena, const char *path, const json_t *root, struct redaction **out, struct err *err)
{
	const char *form = json_string_value(json_object_get(root, "form"));
	const char *hex = json_string_value(json_object_get(root, "key"));
	struct str key;
	if (!form || strcmp(form, FORM) != 0 || !hex || !transcript_hex_parse(arena, str_of(hex), &key) ||
	    key.n != REDACT_KEY_BYTES)
		return err_set(err, ERR_USAGE, "--redact-key: %.200s: no key file that fgdiag wrote", path);
	*out = redaction_new(arena, (const uint8_t *)key.p);
	if (!read_pairs(arena, root, *out))
		return err_set(err, ERR_USAGE, "--redact-key: %.200s: damaged: one of its pairs cannot be read", path);
	return 0;
}

int redacting_load(struct arena *arena, const char *path, struct redaction **out, bool *found, struct err *err)
{
	struct str text;
	*found = access(path, F_OK) == 0;
	if (!*found)
		return 0;
	int fd = open_own(path, err);
	if (fd < 0)
		return -1;
	int rc = input_fd(arena, fd, path, KEY_FILE_MAX_BYTES, &text, err);
	(void)close(fd);
	if (rc < 0)
		return -1;
	json_t *root = transcript_json_parse(text);
	rc = read_root(arena, path, root, out, err);
	json_decref(root);
	return rc;
}

/* ---- writing ---- */

static json_t *make_pairs(const struct redaction *redaction)
{
	size_t count;
	const struct redact_pair *pairs = redaction_pairs(redaction, &count);
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++) {
		json_t *row = json_pack("{s:s,s:o,s:o}", "kind", redact_kind_word(pairs[i].kind), "original",
		                        transcript_json_text(pairs[i].original), "replacement",
		                        transcript_json_text(pairs[i].replacement));
		if (!row || json_array_append_new(list, row) != 0)
			mem_exhausted();
	}
	return list;
}

static int save(const char *path, const struct redaction *redaction, const uint8_t key[static REDACT_KEY_BYTES],
                struct err *err)
{
	struct buf hex, out;
	buf_init(&hex, 64);
	buf_init(&out, KEY_FILE_MAX_BYTES);
	transcript_hex_write((struct str){(const char *)key, REDACT_KEY_BYTES}, &hex);
	json_t *root = json_pack("{s:s,s:s,s:o}", "form", FORM, "key", hex.p, "pairs", make_pairs(redaction));
	if (!root)
		mem_exhausted();
	transcript_json_write(root, &out);
	buf_add_char(&out, '\n');
	json_decref(root);
	int rc = output_write(path, &out, err);
	buf_done(&out);
	buf_done(&hex);
	return rc < 0 ? err_prefix(err, "the redaction key was not saved") : 0;
}

/* ---- a report ---- */

static int random_key(uint8_t key[static REDACT_KEY_BYTES], struct err *err)
{
	if (getrandom(key, REDACT_KEY_BYTES, 0) != REDACT_KEY_BYTES)
		return err_set(err, ERR_INTERNAL, "no random numbers for a redaction key: %s", strerror(errno));
	return 0;
}

/* What the command line names; a report of a failure may know no more. */
static void learn_options(struct redaction *redaction, const struct options *options, const char *const *places)
{
	const struct passwd *user = getpwuid(geteuid());
	redaction_learn_place(redaction, options->device);
	redaction_learn_place(redaction, options->host);
	for (; places && *places; places++)
		redaction_learn_place(redaction, *places);
	redaction_learn(redaction, REDACT_USER, str_of(options->user));
	redaction_learn(redaction, REDACT_VDOM, str_of(options->vdom));
	if (user) /* it stands in the paths of files */
		redaction_learn(redaction, REDACT_USER, str_of(user->pw_name));
}

static bool good_key(const struct options *options, const char *const *places, const struct report *report,
                     const uint8_t key[static REDACT_KEY_BYTES])
{
	struct report ignored;
	struct arena *arena = arena_new();
	struct redaction *redaction = redaction_new(arena, key);
	learn_options(redaction, options, places);
	redact_report(arena, redaction, report, &ignored);
	bool good = !redaction_ambiguous(redaction);
	arena_free(arena);
	return good;
}

static int new_redaction(struct arena *arena, const struct options *options, const char *const *places,
                         const struct report *report, struct redaction **out, struct err *err)
{
	uint8_t key[REDACT_KEY_BYTES];
	for (unsigned i = 0; i < TRIES; i++) {
		if (random_key(key, err) < 0)
			return -1;
		if (good_key(options, places, report, key))
			break;
	}
	*out = redaction_new(arena, key);
	return 0;
}

const struct report *redacting_report(struct arena *arena, const struct options *options, const char *const *places,
                                      const struct report *report, struct err *err)
{
	struct redaction *redaction = NULL;
	bool found = false;
	if (!options->redact)
		return report;
	if (options->redact_key && redacting_load(arena, options->redact_key, &redaction, &found, err) < 0)
		return NULL;
	if (!found && new_redaction(arena, options, places, report, &redaction, err) < 0)
		return NULL;
	struct report *out = ARENA_NEW(arena, struct report);
	learn_options(redaction, options, places);
	redact_report(arena, redaction, report, out);
	if (options->redact_key && save(options->redact_key, redaction, redaction_key(redaction), err) < 0)
		return NULL;
	return out;
}

static bool same_file(const char *one, const char *other)
{
	return one && other && strcmp(one, other) == 0;
}

int redacting_check(const struct options *options, struct err *err)
{
	struct redaction *redaction;
	struct arena *arena;
	bool found;
	if (!options->redact)
		return 0;
	if (options->pcap)
		return err_set(err, ERR_USAGE, "--pcap does not go with --redact: captured packets cannot be redacted");
	if (options->dry_run || options->explain)
		return err_set(err, ERR_USAGE, "--%s shows things as they are; leave out --redact",
		               options->dry_run ? "dry-run" : "explain");
	if (!options->redact_key)
		return 0;
	if (strcmp(options->redact_key, "-") == 0)
		return err_set(err, ERR_USAGE, "--redact-key: the key goes to a file, not to stdout");
	if (same_file(options->redact_key, options->output) || same_file(options->redact_key, options->record) ||
	    same_file(options->redact_key, options->bundle))
		return err_set(err, ERR_USAGE,
		               "--redact-key names the same file as --output, --record or --bundle; give it its own");
	arena = arena_new();
	int rc = redacting_load(arena, options->redact_key, &redaction, &found, err);
	arena_free(arena);
	return rc < 0 ? -1 : output_check(options->redact_key, err);
}
