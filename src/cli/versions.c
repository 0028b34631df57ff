#include "versions.h"

#include <crypt.h>
#include <gnu/libc-version.h>

#include <jansson.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <yaml.h>
#include <zip.h>

#include "link.h"
#include "log_file.h"

static void add_ssh(struct buf *out)
{
	buf_printf(out, "%s with %s", link_version(), link_crypto_version());
	if (link_zlib_version()[0])
		buf_printf(out, ", zlib %s", link_zlib_version());
}

static void add_pcre(struct buf *out)
{
	char version[64] = "";
	(void)pcre2_config(PCRE2_CONFIG_VERSION, version);
	buf_printf(out, "PCRE2 %s", version);
}

static void add_yaml(struct buf *out)
{
	buf_printf(out, "libyaml %s", yaml_get_version_string());
}

static void add_jansson(struct buf *out)
{
	buf_printf(out, "jansson %s", jansson_version_str());
}

static void add_zip(struct buf *out)
{
	buf_printf(out, "libzip %s", zip_libzip_version());
}

static void add_packed_logs(struct buf *out)
{
	buf_printf(out, "zlib %s, zstd %s", log_file_zlib(), log_file_zstd());
}

/* It does not tell its version when it runs. */
static void add_crypt(struct buf *out)
{
	buf_printf(out, "libxcrypt %s, when built", XCRYPT_VERSION_STR);
}

static void add_libc(struct buf *out)
{
	buf_printf(out, "GNU libc %s", gnu_get_libc_version());
}

static void (*const libraries[])(struct buf *out) = {add_ssh, add_pcre,        add_yaml,  add_jansson,
                                                     add_zip, add_packed_logs, add_crypt, add_libc};

void versions_add(struct buf *out)
{
	buf_printf(out, "fgdiag %s\n", FGDIAG_VERSION);
	for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
		buf_add_text(out, "  ");
		libraries[i](out);
		buf_add_char(out, '\n');
	}
}
