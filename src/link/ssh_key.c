#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"
#include "base64.h"
#include "mem.h"
#include "secret.h"
#include "ssh.h"

enum { KEY_FILE_MAX_BYTES = 64 * 1024, PASSPHRASE_TRIES = 3 };

/* A key file's text, NUL-terminated; wiped by its user. */
struct key_text {
	char *p;
	size_t n, capacity;
	struct stat st;
};

static const char *words_for(int error)
{
	const char *words = strerrordesc_np(error);
	return words ? words : "unknown error";
}

static int read_all(int fd, const char *file, struct key_text *out, struct err *err)
{
	size_t n = 0;
	while (n < out->capacity - 1) {
		ssize_t got = read(fd, out->p + n, out->capacity - 1 - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(err, ERR_AUTH, "key %s: %s", file, words_for(errno));
		if (got == 0) {
			out->n = n;
			return 0;
		}
		n += (size_t)got;
	}
	return err_set(err, ERR_AUTH, "key %s grows while it is read", file);
}

static int read_key_file(const char *file, struct key_text *out, struct err *err)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 1;
	if (fd < 0)
		return err_set(err, ERR_AUTH, "key %s: %s", file, words_for(errno));
	struct stat *st = &out->st;
	int rc = -1;
	if (fstat(fd, st) != 0 || !S_ISREG(st->st_mode) || st->st_size > KEY_FILE_MAX_BYTES) {
		(void)err_set(err, ERR_AUTH, "key %s is not a file of at most %d KiB", file, KEY_FILE_MAX_BYTES / 1024);
	} else {
		out->capacity = (size_t)st->st_size + 2;
		out->p = mem_alloc(out->capacity);
		rc = read_all(fd, file, out, err);
	}
	(void)close(fd);
	return rc;
}

static void wipe(struct key_text *text)
{
	if (text->p)
		explicit_bzero(text->p, text->capacity);
	free(text->p);
	*text = (struct key_text){0};
}

/* ---- the public part, for which nobody needs a passphrase ---- */

/* "TYPE BASE64 COMMENT", as in a file of the kind id.pub. */
static bool public_line(struct str text, unsigned char *out, size_t max, size_t *n)
{
	struct str line, type, base64, blob, inner;
	if (!str_next_line(&text, &line) || !str_next_word(&line, &type) || !str_next_word(&line, &base64) ||
	    !base64_decode(base64, out, max, n))
		return false;
	blob = (struct str){(const char *)out, *n};
	return agent_take_string(&blob, &inner) && inner.n == type.n && memcmp(inner.p, type.p, type.n) == 0;
}

/* OpenSSH's own format keeps the public key outside of what is encrypted. */
static bool public_part(struct str text, unsigned char *out, size_t max, size_t *n)
{
	static const char begin[] = "-----BEGIN OPENSSH PRIVATE KEY-----", magic[] = "openssh-key-v1";
	static unsigned char bytes[KEY_FILE_MAX_BYTES];
	ptrdiff_t at = str_find(text, begin);
	if (at < 0)
		return false;
	text = str_from(text, (size_t)at + strlen(begin));
	ptrdiff_t end = str_find_char(text, '-');
	size_t size = 0;
	bool good = end > 0 && base64_decode(str_cut(text, 0, (size_t)end), bytes, sizeof bytes, &size) &&
	            size > sizeof magic && memcmp(bytes, magic, sizeof magic) == 0;
	if (good) {
		struct str rest = {(const char *)bytes + sizeof magic, size - sizeof magic}, word;
		for (unsigned i = 0; good && i < 3; i++) /* cipher, key derivation, its options */
			good = agent_take_string(&rest, &word);
		rest = str_from(rest, 4); /* the count of keys: one */
		good = good && agent_take_string(&rest, &word) && word.n <= max;
		if (good) {
			memcpy(out, word.p, word.n);
			*n = word.n;
		}
	}
	explicit_bzero(bytes, sizeof bytes);
	return good;
}

bool ssh_key_public(const char *file, unsigned char *out, size_t max, size_t *n)
{
	char beside[4096];
	struct key_text text = {0};
	int length = snprintf(beside, sizeof beside, "%s.pub", file);
	bool found = length > 0 && (size_t)length < sizeof beside && read_key_file(beside, &text, NULL) == 0 &&
	             public_line((struct str){text.p, text.n}, out, max, n);
	wipe(&text);
	if (!found && read_key_file(file, &text, NULL) == 0) {
		struct str whole = {text.p, text.n};
		found = public_line(whole, out, max, n) || public_part(whole, out, max, n);
	}
	wipe(&text);
	return found;
}

/* ---- the private key ---- */

struct passphrase {
	struct link *link;
	const char *file;
	struct err err;
	unsigned attempt;
	bool asked; /* in this attempt */
};

/* Called by libssh when a key is encrypted; libssh itself would ask on the
 * terminal if there were no callback. */
static int give_passphrase(const char *prompt, char *bytes, size_t size, int echo, int verify, void *arg)
{
	struct passphrase *passphrase = arg;
	(void)prompt;
	(void)echo;
	(void)verify;
	if (passphrase->asked || size == 0)
		return -1;
	passphrase->asked = true;
	char what[300];
	(void)snprintf(what, sizeof what, "passphrase for key %s", passphrase->file);
	struct secret *secret = ssh_ask(
	        passphrase->link,
	        &(struct ssh_question){.kind = SSH_QUESTION_PASSPHRASE, .text = what, .attempt = passphrase->attempt},
	        &passphrase->err);
	const char *text = secret_text(secret);
	int rc = -1;
	if (text && strlen(text) < size) {
		memcpy(bytes, text, strlen(text) + 1);
		rc = 0;
	}
	secret_free(secret);
	return rc;
}

/* As OpenSSH: a key of our own that others may read is no secret any more. */
static int check_mode(const char *file, const struct stat *st, struct err *err)
{
	if (st->st_uid != geteuid() || (st->st_mode & 077) == 0)
		return 0;
	return err_set(err, ERR_AUTH, "key %s can be read by others (mode %04o) and is not used; run: chmod 600 '%s'",
	               file, (unsigned)(st->st_mode & 07777), file);
}

static int open_key(struct link *link, const char *file, const struct key_text *text, ssh_key *out, struct err *err)
{
	struct passphrase passphrase = {.link = link, .file = file};
	while (passphrase.attempt < PASSPHRASE_TRIES) {
		ssh_key key = NULL;
		passphrase.attempt++;
		passphrase.asked = false;
		if (ssh_pki_import_privkey_base64(text->p, NULL, give_passphrase, &passphrase, &key) == SSH_OK) {
			*out = key;
			return 0;
		}
		if (passphrase.err.kind != ERR_NONE &&
		    (passphrase.attempt == 1 || passphrase.err.kind == ERR_INTERRUPTED)) {
			*err = passphrase.err;
			return err_prefix(err, "key %s is encrypted", file);
		}
		if (!passphrase.asked)
			return err_set(err, ERR_AUTH, "key %s is not a private key that can be read", file);
		if (passphrase.err.kind != ERR_NONE)
			break;
	}
	return err_set(err, ERR_AUTH, "key %s does not open with that passphrase", file);
}

int ssh_key_load(struct link *link, const char *file, ssh_key *out, struct err *err)
{
	struct key_text text = {0};
	int rc = read_key_file(file, &text, err);
	if (rc == 0 && check_mode(file, &text.st, err) != 0)
		rc = -1;
	if (rc == 0)
		rc = open_key(link, file, &text, out, err);
	wipe(&text);
	return rc;
}
