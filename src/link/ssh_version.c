#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include <libssh/libssh.h>

#include "link.h"

const char *link_version(void)
{
	static char text[64]; /* the same bytes each time */
	const char *version = ssh_version(0);
	(void)snprintf(text, sizeof text, "libssh %.*s", (int)strcspn(version, "/"), version);
	return text;
}

/* What libssh brings with it is in the process, but not linked by us: it is
 * asked by name where it is there. */
static bool find(const char *name, void *function, size_t size)
{
	void *found = dlsym(RTLD_DEFAULT, name);
	if (found)
		memcpy(function, &found, size);
	return found != NULL;
}

/* "OpenSSL 3.0.19 27 Jan 2026" without its date. Another crypto library has at
 * least a name in libssh's own words, "0.10.6/gcrypt/zlib". */
const char *link_crypto_version(void)
{
	static char text[64];
	const char *(*openssl_version)(int);
	if (find("OpenSSL_version", &openssl_version, sizeof openssl_version)) {
		const char *version = openssl_version(0);
		size_t name = strcspn(version, " ");
		size_t number = version[name] ? 1 + strcspn(version + name + 1, " ") : 0;
		(void)snprintf(text, sizeof text, "%.*s", (int)(name + number), version);
	} else {
		const char *word = strchrnul(ssh_version(0), '/');
		word += *word == '/';
		(void)snprintf(text, sizeof text, "%.*s, which does not tell its version", (int)strcspn(word, "/"),
		               word);
	}
	return text;
}

const char *link_zlib_version(void)
{
	const char *(*zlib_version)(void);
	return find("zlibVersion", &zlib_version, sizeof zlib_version) ? zlib_version() : "";
}
