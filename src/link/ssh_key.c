#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"
#include "secret.h"
#include "ssh.h"

enum { KEY_FILE_MAX_BYTES = 64 * 1024 };

/* A key file's text, NUL-terminated; wiped by its user. */
struct key_text {
	char *p;
	size_t capacity;
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
		if (got == 0)
			return 0;
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
	struct stat st;
	int rc = -1;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > KEY_FILE_MAX_BYTES) {
		(void)err_set(err, ERR_AUTH, "key %s is not a file of at most %d KiB", file, KEY_FILE_MAX_BYTES / 1024);
	} else {
		out->capacity = (size_t)st.st_size + 2;
		out->p = mem_alloc(out->capacity);
		rc = read_all(fd, file, out, err);
	}
	(void)close(fd);
	return rc;
}

struct passphrase {
	struct link *link;
	const char *file;
	struct err err;
	bool asked;
};

/* Called by libssh when a key is encrypted. Once only: libssh itself would ask
 * on the terminal if there were no callback. */
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
	struct secret *secret = ssh_ask(passphrase->link, what, &passphrase->err);
	const char *text = secret_text(secret);
	int rc = -1;
	if (text && strlen(text) < size) {
		memcpy(bytes, text, strlen(text) + 1);
		rc = 0;
	}
	secret_free(secret);
	return rc;
}

int ssh_key_load(struct link *link, const char *file, ssh_key *out, struct err *err)
{
	struct key_text text = {0};
	int rc = read_key_file(file, &text, err);
	if (rc == 0) {
		struct passphrase passphrase = {.link = link, .file = file};
		ssh_key key = NULL;
		if (ssh_pki_import_privkey_base64(text.p, NULL, give_passphrase, &passphrase, &key) == SSH_OK) {
			*out = key;
		} else if (passphrase.err.kind != ERR_NONE) {
			*err = passphrase.err;
			rc = err_prefix(err, "key %s is encrypted", file);
		} else {
			rc = err_set(err, ERR_AUTH, "key %s %s", file,
			             passphrase.asked ? "does not open with that passphrase"
			                              : "is not a private key that can be read");
		}
	}
	if (text.p)
		explicit_bzero(text.p, text.capacity);
	free(text.p);
	return rc;
}
