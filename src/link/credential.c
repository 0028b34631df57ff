#include "credential.h"

#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "ssh.h"

/* yescrypt with the work of libcrypt's default: 16 MiB and some hundredths of a second. */
#define MARK_PREFIX "$y$"
#define MARK_METHOD "$y$j9T$"
enum { MARK_WORK = 5, CHUNK_BYTES = 160, BLOB_MAX_BYTES = 16 * 1024 };

/* crypt() takes at most 511 bytes without NUL: chunks go in as hexadecimal
 * digits behind the hash of those before them. */
struct maker {
	const char *salt;
	struct crypt_data *data;
	char mark[CREDENTIAL_MARK_MAX];
	unsigned char chunk[CHUNK_BYTES];
	size_t n;
	bool failed;
};

static void hash_chunk(struct maker *maker)
{
	char phrase[CRYPT_MAX_PASSPHRASE_SIZE];
	size_t used = strlen(maker->mark);
	memcpy(phrase, maker->mark, used);
	for (size_t i = 0; i < maker->n; i++, used += 2)
		(void)snprintf(phrase + used, sizeof phrase - used, "%02x", maker->chunk[i]);
	phrase[used] = '\0';
	const char *mark = crypt_r(phrase, maker->salt, maker->data);
	explicit_bzero(phrase, sizeof phrase);
	if (!mark || mark[0] == '*' || strlen(mark) >= sizeof maker->mark)
		maker->failed = true;
	else
		memcpy(maker->mark, mark, strlen(mark) + 1);
	maker->n = 0;
}

/* Each part behind its length, so that no two lists of parts look alike. */
static void add_part(struct maker *maker, const void *bytes, size_t n)
{
	char length[24];
	const unsigned char *parts[] = {(const unsigned char *)length, bytes};
	size_t sizes[] = {(size_t)snprintf(length, sizeof length, "%zu:", n), n};
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < sizes[i]; k++) {
			maker->chunk[maker->n++] = parts[i][k];
			if (maker->n == CHUNK_BYTES)
				hash_chunk(maker);
		}
	}
}

static void add_all(struct maker *maker, const struct credential *credential)
{
	unsigned char *blob = mem_alloc(BLOB_MAX_BYTES);
	add_part(maker, credential->user, strlen(credential->user));
	for (size_t i = 0; i < credential->identity_count; i++) {
		size_t n = 0;
		if (ssh_key_public(credential->identities[i], blob, BLOB_MAX_BYTES, &n))
			add_part(maker, blob, n);
	}
	const char *password = secret_text(credential->password);
	if (password)
		add_part(maker, password, strlen(password));
	hash_chunk(maker);
	free(blob);
}

static bool make(const struct credential *credential, const char *salt, char out[static CREDENTIAL_MARK_MAX])
{
	struct maker maker = {.salt = salt, .data = mem_alloc(sizeof *maker.data)};
	add_all(&maker, credential);
	memcpy(out, maker.mark, sizeof maker.mark);
	bool good = !maker.failed;
	explicit_bzero(maker.data, sizeof *maker.data);
	free(maker.data);
	explicit_bzero(&maker, sizeof maker);
	return good;
}

int credential_mark(const struct credential *credential, char out[static CREDENTIAL_MARK_MAX], struct err *err)
{
	char salt[CRYPT_GENSALT_OUTPUT_SIZE];
	if (!crypt_gensalt_rn(MARK_PREFIX, MARK_WORK, NULL, 0, salt, sizeof salt) || !make(credential, salt, out))
		return err_set(err, ERR_INTERNAL, "the system's crypt() makes no yescrypt hash");
	return 0;
}

bool credential_is(const struct credential *credential, const char *mark)
{
	char own[CREDENTIAL_MARK_MAX];
	size_t n = strlen(mark);
	if (strncmp(mark, MARK_METHOD, strlen(MARK_METHOD)) != 0 || n >= CREDENTIAL_MARK_MAX)
		return false;
	/* A whole mark is a salt too: what follows the salt in it counts for nothing. */
	return make(credential, mark, own) && strcmp(own, mark) == 0;
}
