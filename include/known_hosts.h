#ifndef FGDIAG_KNOWN_HOSTS_H
#define FGDIAG_KNOWN_HOSTS_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/* Our own decision about a host key, because libssh's has holes (revoked keys
 * pass, a corrupt or long line hides the ones after it, a full disk counts as
 * success). Lines are given one by one to ssh_known_hosts_parse_line(), which
 * knows plain, hashed, [host]:port and wildcard patterns, one at a time: '!' and
 * the commas are ours. */

enum known_hosts_answer {
	KNOWN_HOSTS_OK,
	KNOWN_HOSTS_UNKNOWN,    /* no line for this host */
	KNOWN_HOSTS_CHANGED,    /* a line for this host with another key of this type */
	KNOWN_HOSTS_OTHER,      /* lines for this host, all of other key types */
	KNOWN_HOSTS_REVOKED,    /* an @revoked line with this key */
	KNOWN_HOSTS_UNREADABLE, /* a file that exists could not be read */
};

struct known_hosts_result {
	enum known_hosts_answer answer;
	char file[256];       /* of the telling line */
	unsigned line;        /* from 1 */
	char fingerprint[80]; /* of that line's key, "" where it cannot be told */
	unsigned damaged;     /* lines that could not be read: UNKNOWN must then not be trusted on first use */
	char damaged_file[256];
	unsigned damaged_line;
};

/* Look a key up. host is lower case; port 22 looks for "host", another for
 * "[host]:port". type is the key's name ("ssh-ed25519"), blob its base64. */
void known_hosts_find(const char *const *files, size_t file_count, const char *host, unsigned port, const char *type,
                      const char *base64, struct known_hosts_result *out);

/* Append one line: creates the file 0600 (its folder 0700), puts a newline
 * after a last line that lacks one, fsyncs, and checks every step. ERR_HOST_KEY. */
int known_hosts_add(const char *file, const char *host, unsigned port, const char *type, const char *base64,
                    struct err *err);

/* Key type names that the files hold for this host, for preferring host-key
 * algorithms; comma-separated into out, "" for none. */
void known_hosts_types(const char *const *files, size_t file_count, const char *host, unsigned port, char *out,
                       size_t out_size);

#endif
