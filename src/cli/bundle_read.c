#include <string.h>
#include <zip.h>

#include "bundle.h"
#include "sha256.h"

enum { NAME_MAX_BYTES = 64, MANIFEST_LINE_MIN = SHA256_TEXT_MAX + 2 };

struct seen {
	char name[NAME_MAX_BYTES];
	char sum[SHA256_TEXT_MAX];
};

struct opening {
	struct arena *arena;
	zip_t *zip;
	struct err *err;
	struct seen seen[BUNDLE_MAX_MEMBERS];
	size_t count, bytes;
	struct str transcript, manifest; /* p is NULL before they are found */
};

bool bundle_is(struct str file)
{
	return str_starts(file, "PK\x03\x04") || str_starts(file, "PK\x05\x06");
}

/* ---- members ---- */

static const struct seen *seen_find(const struct opening *opening, struct str name)
{
	for (size_t i = 0; i < opening->count; i++) {
		if (str_is(name, opening->seen[i].name))
			return &opening->seen[i];
	}
	return NULL;
}

/* What an archive says of a size is no promise: reading stops at the limit. */
static int member_unpack(struct opening *opening, zip_uint64_t at, const char *name, struct buf *out)
{
	char block[64 * 1024];
	zip_int64_t n;
	zip_file_t *file = zip_fopen_index(opening->zip, at, 0);
	if (!file)
		return err_set(opening->err, ERR_USAGE, "%.60s: %s", name, zip_strerror(opening->zip));
	while ((n = zip_fread(file, block, sizeof block)) > 0 && !out->full)
		buf_add(out, block, (size_t)n);
	int rc = 0;
	if (out->full)
		rc = err_set(opening->err, ERR_USAGE, "%.60s: more than %zu bytes unpacked", name, out->max_bytes);
	else if (n < 0)
		rc = err_set(opening->err, ERR_USAGE, "%.60s: damaged: %s", name, zip_file_strerror(file));
	(void)zip_fclose(file);
	return rc;
}

static int member_keep(struct opening *opening, struct str name, struct str bytes)
{
	struct seen *seen = &opening->seen[opening->count++];
	memcpy(seen->name, name.p, name.n);
	seen->name[name.n] = '\0';
	(void)sha256_print(bytes, seen->sum);
	opening->bytes += bytes.n;
	if (str_is(name, BUNDLE_TRANSCRIPT))
		opening->transcript = arena_str(opening->arena, bytes);
	else if (str_is(name, BUNDLE_MANIFEST))
		opening->manifest = arena_str(opening->arena, bytes);
	return 0;
}

/* Names count without the folder that somebody packed them in. */
static struct str base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return str_of(slash ? slash + 1 : path);
}

static int member_read(struct opening *opening, zip_uint64_t at)
{
	struct zip_stat stat;
	struct err *err = opening->err;
	struct buf bytes;
	if (zip_stat_index(opening->zip, at, 0, &stat) < 0 || !(stat.valid & ZIP_STAT_NAME) || !stat.name)
		return err_set(err, ERR_USAGE, "a member has no name that can be read");
	struct str name = base_name(stat.name);
	if (name.n == 0)
		return 0; /* a folder */
	if (name.n >= NAME_MAX_BYTES)
		return err_set(err, ERR_USAGE, "%.60s: too long a name for a member of a bundle", name.p);
	if (seen_find(opening, name))
		return err_set(err, ERR_USAGE, "%.60s is in it twice", name.p);
	if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) && stat.encryption_method != ZIP_EM_NONE)
		return err_set(err, ERR_USAGE, "%.60s is encrypted; unpack it, then judge " BUNDLE_TRANSCRIPT, name.p);
	size_t left = BUNDLE_MAX_BYTES - opening->bytes;
	buf_init(&bytes, left < TRANSCRIPT_MAX_BYTES ? left : TRANSCRIPT_MAX_BYTES);
	int rc = member_unpack(opening, at, name.p, &bytes);
	if (rc == 0)
		rc = member_keep(opening, name, buf_str(&bytes));
	buf_done(&bytes);
	return rc;
}

static int members_read(struct opening *opening)
{
	zip_int64_t count = zip_get_num_entries(opening->zip, 0);
	if (count > BUNDLE_MAX_MEMBERS)
		return err_set(opening->err, ERR_USAGE, "more than %d members: this is no bundle of fgdiag",
		               BUNDLE_MAX_MEMBERS);
	for (zip_int64_t i = 0; i < count; i++) {
		if (member_read(opening, (zip_uint64_t)i) < 0)
			return -1;
	}
	if (!opening->transcript.p || !opening->manifest.p)
		return err_set(opening->err, ERR_USAGE, "no %s in it: this is no bundle of fgdiag",
		               opening->transcript.p ? BUNDLE_MANIFEST : BUNDLE_TRANSCRIPT);
	return 0;
}

/* ---- the manifest ---- */

static int line_check(const struct opening *opening, struct str line, bool *transcript)
{
	struct str name = str_from(line, SHA256_TEXT_MAX + 1);
	if (line.n < MANIFEST_LINE_MIN || line.p[SHA256_TEXT_MAX - 1] != ' ')
		return err_set(opening->err, ERR_USAGE, "a line of " BUNDLE_MANIFEST " is no sum and name");
	int shown = name.n < NAME_MAX_BYTES ? (int)name.n : NAME_MAX_BYTES;
	const struct seen *seen = seen_find(opening, name);
	if (!seen)
		return err_set(opening->err, ERR_USAGE,
		               "the evidence was changed since the bundle was made: %.*s is missing", shown, name.p);
	if (memcmp(line.p, seen->sum, SHA256_TEXT_MAX - 1) != 0)
		return err_set(opening->err, ERR_USAGE,
		               "the evidence was changed since the bundle was made: %.*s is not what " BUNDLE_MANIFEST
		               " says",
		               shown, name.p);
	*transcript = *transcript || str_is(name, BUNDLE_TRANSCRIPT);
	return 0;
}

static int manifest_check(const struct opening *opening)
{
	struct str rest = opening->manifest, line;
	bool transcript = false;
	while (str_next_line(&rest, &line)) {
		if (line_check(opening, line, &transcript) < 0)
			return -1;
	}
	if (!transcript)
		return err_set(opening->err, ERR_USAGE, BUNDLE_MANIFEST " does not tell of " BUNDLE_TRANSCRIPT);
	return 0;
}

int bundle_read(struct arena *arena, struct str file, struct str *transcript, struct err *err)
{
	struct opening *opening = ARENA_NEW(arena, struct opening);
	zip_error_t trouble;
	zip_error_init(&trouble);
	*opening = (struct opening){.arena = arena, .err = err};
	zip_source_t *source = zip_source_buffer_create(file.p, file.n, 0, &trouble);
	opening->zip = source ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &trouble) : NULL;
	int rc = 0;
	if (!opening->zip) {
		rc = err_set(err, ERR_USAGE, "no whole ZIP archive: %s", zip_error_strerror(&trouble));
		zip_source_free(source);
	} else {
		rc = members_read(opening) < 0 ? -1 : manifest_check(opening);
		zip_discard(opening->zip);
	}
	zip_error_fini(&trouble);
	if (rc == 0)
		*transcript = opening->transcript;
	return rc;
}
