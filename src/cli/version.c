#include "version.h"

#include <jansson.h>
#include <openssl/crypto.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <yaml.h>
#include <zip.h>

#include "link.h"

void version_words(struct buf *out)
{
	char pcre[64] = "";
	int major, minor, patch;
	(void)pcre2_config(PCRE2_CONFIG_VERSION, pcre);
	yaml_get_version(&major, &minor, &patch);
	buf_printf(out, "fgdiag %s\n%s, PCRE2 %s, libyaml %d.%d.%d, jansson %s, libzip %s, %s\n", FGDIAG_VERSION,
	           link_version(), pcre, major, minor, patch, jansson_version_str(), zip_libzip_version(),
	           OpenSSL_version(OPENSSL_VERSION));
}
