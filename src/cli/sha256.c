#include "sha256.h"

#include <openssl/evp.h>

#include "mem.h"

const char *sha256_print(struct str bytes, char text[static SHA256_TEXT_MAX])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	/* Of the digests that OpenSSL always has it can only lack the memory. */
	if (EVP_Digest(bytes.n ? bytes.p : "", bytes.n, hash, &n, EVP_sha256(), NULL) != 1 ||
	    2 * n + 1 != SHA256_TEXT_MAX)
		mem_exhausted();
	for (unsigned i = 0; i < n; i++) {
		text[2 * i] = digits[hash[i] >> 4];
		text[2 * i + 1] = digits[hash[i] & 15];
	}
	text[2 * n] = '\0';
	return text;
}
