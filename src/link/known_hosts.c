#include "known_hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <libssh/libssh.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"
#include "base64.h"
#include "buf.h"
#include "mem.h"
#include "text.h"

enum { LINE_MAX_BYTES = 8192, NAME_MAX_BYTES = 320, LOCK_TRIES = 50, LOCK_WAIT_US = 10000 };
static const off_t FILE_MAX_BYTES = 16 * 1024 * 1024;

/* libssh's line parser is used as a matcher of host patterns only, so each
 * pattern goes to it with a key that always parses. */
#define ANY_KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

enum marker { MARKER_NONE, MARKER_REVOKED, MARKER_CA };
enum line_kind { LINE_SKIP, LINE_DAMAGED, LINE_ENTRY };

struct line {
	enum marker marker;
	struct str hosts;
	struct str type;
	struct str base64;
};

struct place {
	const char *file;
	unsigned line;
};

typedef void line_fn(void *arg, struct place place, enum line_kind kind, const struct line *line);

/* ---- one line ---- */

static struct str without_padding(struct str base64)
{
	for (unsigned i = 0; i < 2 && base64.n && base64.p[base64.n - 1] == '='; i++)
		base64.n--;
	return base64;
}

/* A key's bytes begin with its type's length and name; that is enough to tell
 * a key from a damaged line. */
static bool key_is_whole(struct str type, struct str base64)
{
	unsigned char bytes[LINE_MAX_BYTES];
	size_t n = 0;
	struct str rest, name;
	if (!base64_decode(base64, bytes, sizeof bytes, &n))
		return false;
	rest = (struct str){(const char *)bytes, n};
	return agent_take_string(&rest, &name) && name.n == type.n && memcmp(name.p, type.p, name.n) == 0 &&
	       rest.n >= 4;
}

static enum line_kind parse_line(struct str text, struct line *out)
{
	*out = (struct line){0};
	if (memchr(text.n ? text.p : "", '\0', text.n))
		return LINE_DAMAGED;
	struct str rest = str_trim(text), word;
	if (!str_next_word(&rest, &word) || word.p[0] == '#')
		return LINE_SKIP;
	if (word.p[0] == '@') {
		if (str_is(word, "@revoked"))
			out->marker = MARKER_REVOKED;
		else if (str_is(word, "@cert-authority"))
			out->marker = MARKER_CA;
		else
			return LINE_DAMAGED;
		if (!str_next_word(&rest, &word))
			return LINE_DAMAGED;
	}
	out->hosts = word;
	if (!str_next_word(&rest, &out->type) || !str_next_word(&rest, &out->base64))
		return LINE_DAMAGED;
	return key_is_whole(out->type, out->base64) ? LINE_ENTRY : LINE_DAMAGED;
}

/* ---- does a line speak of this host ---- */

static bool pattern_matches(const char *name, struct str pattern)
{
	char line[LINE_MAX_BYTES + sizeof ANY_KEY + 2];
	if (pattern.n == 0)
		return false;
	/* no line that was read is longer; but the copy below must stay in bounds whoever calls */
	if (pattern.n > LINE_MAX_BYTES) /* GCOVR_EXCL_BR_LINE: what cannot be is not tested */
		return false;
	bool hashed = pattern.p[0] == '|';
	for (size_t i = 0; i < pattern.n; i++) { /* names are lower case by now */
		char c = pattern.p[i];
		line[i] = !hashed && c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	memcpy(line + pattern.n, " " ANY_KEY, sizeof ANY_KEY + 1);
	struct ssh_knownhosts_entry *entry = NULL;
	bool matches = ssh_known_hosts_parse_line(name, line, &entry) == SSH_OK;
	if (entry)
		ssh_knownhosts_entry_free(entry);
	return matches;
}

/* Takes the first of the words between commas. */
static struct str take_word(struct str *list)
{
	ptrdiff_t comma = str_find_char(*list, ',');
	size_t n = comma < 0 ? list->n : (size_t)comma;
	struct str word = str_cut(*list, 0, n);
	*list = str_from(*list, n + 1);
	return word;
}

/* Patterns between commas; a match of one with '!' in front rules the line out
 * wherever it stands. */
static bool hosts_match(const char *name, struct str hosts)
{
	bool found = false;
	while (hosts.n) {
		struct str one = take_word(&hosts);
		bool not_this = one.n && one.p[0] == '!';
		if (not_this)
			one = str_from(one, 1);
		if (!pattern_matches(name, one))
			continue;
		if (not_this)
			return false;
		found = true;
	}
	return found;
}

static bool host_name(const char *host, unsigned port, char *out, size_t out_size)
{
	int n = port == 22 ? snprintf(out, out_size, "%s", host) : snprintf(out, out_size, "[%s]:%u", host, port);
	return host[0] && (size_t)n < out_size; /* an error of snprintf() is no size that fits */
}

/* ---- files ---- */

static int open_file(const char *path, bool *missing)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	*missing = fd < 0 && (errno == ENOENT || errno == ENOTDIR);
	if (fd < 0)
		return -1;
	struct stat st;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= FILE_MAX_BYTES)
		return fd;
	(void)close(fd);
	return -1;
}

struct reader {
	struct place place;
	char text[LINE_MAX_BYTES];
	size_t n;
	bool too_long;
	line_fn *each;
	void *arg;
};

static void end_line(struct reader *reader)
{
	struct line line = {0};
	reader->place.line++;
	enum line_kind kind = LINE_DAMAGED;
	if (!reader->too_long)
		kind = parse_line((struct str){reader->text, reader->n}, &line);
	reader->each(reader->arg, reader->place, kind, &line);
	reader->n = 0;
	reader->too_long = false;
}

static void take_byte(struct reader *reader, char c)
{
	if (c == '\n')
		end_line(reader);
	else if (reader->n == sizeof reader->text)
		reader->too_long = true;
	else
		reader->text[reader->n++] = c;
}

/* False when an existing file could not be read to its end. */
static bool read_file(const char *path, line_fn *each, void *arg)
{
	bool missing;
	int fd = open_file(path, &missing);
	if (fd < 0)
		return missing;
	struct reader *reader = mem_alloc(sizeof *reader);
	*reader = (struct reader){.place = {.file = path}, .each = each, .arg = arg};
	char chunk[4096];
	off_t total = 0;
	ssize_t n = 0;
	while (total <= FILE_MAX_BYTES) {
		n = read(fd, chunk, sizeof chunk);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		total += n;
		for (ssize_t i = 0; i < n; i++)
			take_byte(reader, chunk[i]);
	}
	if (n == 0 && reader->n)
		end_line(reader);
	(void)close(fd);
	free(reader);
	return n == 0;
}

/* ---- looking a key up ---- */

struct search {
	const char *name;
	struct str type;
	struct str base64;
	struct known_hosts_result *out;
};

/* The worse answer stays; the first line that gave it is the telling one. */
static const unsigned weight[] = {
        [KNOWN_HOSTS_UNKNOWN] = 0, [KNOWN_HOSTS_OTHER] = 1,      [KNOWN_HOSTS_CHANGED] = 2,
        [KNOWN_HOSTS_OK] = 3,      [KNOWN_HOSTS_UNREADABLE] = 4, [KNOWN_HOSTS_REVOKED] = 5,
};

static bool answer(struct known_hosts_result *out, enum known_hosts_answer what, struct place place)
{
	if (weight[what] <= weight[out->answer])
		return false;
	out->answer = what;
	(void)snprintf(out->file, sizeof out->file, "%s", place.file);
	out->line = place.line;
	return true;
}

/* Of the key that the file holds, for comparing by eye. */
static void add_fingerprint(struct known_hosts_result *out, const struct line *line)
{
	char type[64], base64[LINE_MAX_BYTES + 1];
	ssh_key key = NULL;
	unsigned char *hash = NULL;
	size_t n = 0;
	out->fingerprint[0] = '\0';
	(void)snprintf(type, sizeof type, "%.*s", (int)(line->type.n < 63 ? line->type.n : 63), line->type.p);
	(void)snprintf(base64, sizeof base64, "%.*s", (int)line->base64.n, line->base64.p);
	if (ssh_pki_import_pubkey_base64(base64, ssh_key_type_from_name(type), &key) != SSH_OK)
		return;
	if (ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &n) == 0) {
		char *text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, n);
		(void)snprintf(out->fingerprint, sizeof out->fingerprint, "%s", text ? text : "");
		ssh_string_free_char(text);
		ssh_clean_pubkey_hash(&hash);
	}
	ssh_key_free(key);
}

static void note_damage(struct known_hosts_result *out, struct place place)
{
	if (out->damaged++ > 0)
		return;
	(void)snprintf(out->damaged_file, sizeof out->damaged_file, "%s", place.file);
	out->damaged_line = place.line;
}

static bool same_text(struct str a, struct str b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

static void search_line(void *arg, struct place place, enum line_kind kind, const struct line *line)
{
	struct search *search = arg;
	if (kind == LINE_DAMAGED)
		note_damage(search->out, place);
	if (kind != LINE_ENTRY || line->marker == MARKER_CA || !hosts_match(search->name, line->hosts))
		return;
	bool same_type = same_text(line->type, search->type);
	bool same_key = same_type && same_text(without_padding(line->base64), search->base64);
	if (line->marker == MARKER_REVOKED) {
		if (same_key)
			(void)answer(search->out, KNOWN_HOSTS_REVOKED, place);
		return;
	}
	if (answer(search->out, same_key ? KNOWN_HOSTS_OK : same_type ? KNOWN_HOSTS_CHANGED : KNOWN_HOSTS_OTHER, place))
		add_fingerprint(search->out, line);
}

void known_hosts_find(const char *const *files, size_t file_count, const char *host, unsigned port, const char *type,
                      const char *base64, struct known_hosts_result *out)
{
	char name[NAME_MAX_BYTES];
	*out = (struct known_hosts_result){.answer = KNOWN_HOSTS_UNKNOWN};
	if (!host_name(host, port, name, sizeof name))
		return;
	struct search search = {
	        .name = name, .type = str_of(type), .base64 = without_padding(str_of(base64)), .out = out};
	for (size_t i = 0; i < file_count; i++) {
		if (!read_file(files[i], search_line, &search))
			(void)answer(out, KNOWN_HOSTS_UNREADABLE, (struct place){.file = files[i]});
	}
}

/* ---- types held for a host ---- */

struct types {
	const char *name;
	struct buf list;
};

static bool listed(struct str list, struct str type)
{
	while (list.n) {
		if (same_text(take_word(&list), type))
			return true;
	}
	return false;
}

static void types_line(void *arg, struct place place, enum line_kind kind, const struct line *line)
{
	struct types *types = arg;
	(void)place;
	if (kind != LINE_ENTRY || line->marker != MARKER_NONE || listed(buf_str(&types->list), line->type) ||
	    !hosts_match(types->name, line->hosts))
		return;
	if (types->list.n + line->type.n + 1 > types->list.max_bytes)
		return;
	if (types->list.n)
		buf_add_char(&types->list, ',');
	buf_add_str(&types->list, line->type);
}

void known_hosts_types(const char *const *files, size_t file_count, const char *host, unsigned port, char *out,
                       size_t out_size)
{
	char name[NAME_MAX_BYTES];
	out[0] = '\0';
	if (!host_name(host, port, name, sizeof name))
		return;
	struct types types = {.name = name};
	buf_init(&types.list, out_size - 1);
	for (size_t i = 0; i < file_count; i++)
		(void)read_file(files[i], types_line, &types);
	if (types.list.n)
		memcpy(out, types.list.p, types.list.n);
	out[types.list.n] = '\0';
	buf_done(&types.list);
}

/* ---- adding a line ---- */

static bool plain_name(const char *host)
{
	for (const char *p = host; *p; p++) {
		bool word = (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9');
		if (!word && !strchr(".-_:%", *p))
			return false;
	}
	return host[0] != '\0';
}

/* The folder of a file, to be freed; NULL for the current one. */
static char *folder_of(const char *file)
{
	const char *slash = strrchr(file, '/');
	return slash ? strndup(file, slash == file ? 1 : (size_t)(slash - file)) : NULL;
}

static void make_folder(const char *file)
{
	char *folder = folder_of(file);
	if (folder)
		(void)mkdir(folder, 0700); /* open() tells what is wrong, if anything is */
	free(folder);
}

/* A new file is there after a power cut only when its folder was written. */
static int sync_folder(const char *file)
{
	char *folder = folder_of(file);
	int fd = open(folder ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	if (fd < 0)
		return -1;
	int rc = fsync(fd) == 0 || errno == EINVAL ? 0 : -1; /* some file systems have no such thing */
	int error = errno;
	(void)close(fd);
	errno = error;
	return rc;
}

/* Another of us that writes now: what we append must begin on a line of its
 * own, and what failed is cut off again. Programs that take no lock append
 * whole lines, too. */
static bool take_lock(int fd)
{
	for (unsigned i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return errno == ENOLCK || errno == EOPNOTSUPP;
		(void)usleep(LOCK_WAIT_US);
	}
	return false;
}

static int fail_add(const char *file, const char *what, int error, struct err *err)
{
	return err_set(err, ERR_HOST_KEY, "cannot write the new host key to %s: %s: %s", file, what,
	               strerrordesc_np(error) ? strerrordesc_np(error) : "unknown error");
}

static int append_line(int fd, const char *file, struct buf *line, struct err *err)
{
	struct stat st;
	char last = '\n';
	if (fstat(fd, &st) != 0)
		return fail_add(file, "fstat", errno, err);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_HOST_KEY, "cannot write the new host key to %s: it is not a regular file",
		               file);
	if (!take_lock(fd) || fstat(fd, &st) != 0)
		return fail_add(file, "another program holds it", EWOULDBLOCK, err);
	ssize_t got = st.st_size > 0 ? pread(fd, &last, 1, st.st_size - 1) : 1;
	if (got != 1)
		return fail_add(file, "read", got < 0 ? errno : EIO, err); /* it became shorter: no error of ours */
	size_t skip = last == '\n'; /* the line begins with a newline that is not always needed */
	ssize_t written;
	do {
		written = write(fd, line->p + skip, line->n - skip);
	} while (written < 0 && errno == EINTR);
	int error = written < 0 ? errno : ENOSPC;
	if (written == (ssize_t)(line->n - skip)) {
		if (fsync(fd) == 0 && sync_folder(file) == 0)
			return 0;
		error = errno;
	}
	struct stat now;
	off_t ours = written > 0 ? (off_t)written : 0;
	if (fstat(fd, &now) != 0 || now.st_size != st.st_size + ours || ftruncate(fd, st.st_size) != 0)
		return fail_add(file, "the file now ends in half a line", error, err);
	return fail_add(file, "write", error, err);
}

int known_hosts_add(const char *file, const char *host, unsigned port, const char *type, const char *base64,
                    struct err *err)
{
	char name[NAME_MAX_BYTES];
	if (!plain_name(host) || !host_name(host, port, name, sizeof name))
		return err_set(err, ERR_HOST_KEY, "cannot write the host key: %s is no name for a known_hosts line",
		               host);
	make_folder(file);
	int fd = open(file, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
	if (fd < 0)
		return fail_add(file, "open", errno, err);
	struct buf line;
	buf_init(&line, LINE_MAX_BYTES);
	buf_printf(&line, "\n%s %s %s\n", name, type, base64);
	int rc = line.full ? err_set(err, ERR_HOST_KEY, "the host key of %s is too long for a line", host)
	                   : append_line(fd, file, &line, err);
	buf_done(&line);
	if (close(fd) != 0 && rc == 0)
		rc = fail_add(file, "close", errno, err);
	return rc;
}
