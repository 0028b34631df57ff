#include "transcript_json.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

static const char digits[] = "0123456789abcdef";

void transcript_hex_write(struct str bytes, struct buf *out)
{
	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char c = (unsigned char)bytes.p[i];
		buf_add(out, (char[]){digits[c >> 4], digits[c & 15]}, 2);
	}
}

static int digit_value(char c)
{
	const char *at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

bool transcript_hex_parse(struct arena *arena, struct str hex, struct str *out)
{
	if (hex.n % 2)
		return false;
	char *bytes = arena_alloc(arena, hex.n / 2 + 1);
	for (size_t i = 0; i < hex.n; i += 2) {
		int high = digit_value(hex.p[i]);
		int low = digit_value(hex.p[i + 1]);
		if (high < 0 || low < 0)
			return false;
		bytes[i / 2] = (char)(high * 16 + low);
	}
	*out = (struct str){bytes, hex.n / 2};
	return true;
}

json_t *transcript_json_text(const char *text)
{
	json_t *value;
	struct str bytes = str_of(text);
	if (!text) {
		value = json_null();
	} else if (utf8_valid(bytes)) {
		value = json_stringn(bytes.p, bytes.n);
	} else {
		struct buf hex;
		buf_init(&hex, 2 * bytes.n);
		transcript_hex_write(bytes, &hex);
		value = json_pack("{s:s}", "hex", buf_str(&hex).p);
		buf_done(&hex);
	}
	if (!value)
		mem_exhausted();
	return value;
}

bool transcript_json_get(struct arena *arena, const json_t *value, const char **out)
{
	struct str bytes;
	if (json_is_null(value)) {
		*out = NULL;
		return true;
	}
	if (json_is_string(value)) {
		*out = arena_strdup(arena, json_string_value(value));
		return true;
	}
	const json_t *hex = json_object_get(value, "hex");
	if (!json_is_string(hex) || !transcript_hex_parse(arena, str_of(json_string_value(hex)), &bytes))
		return false;
	if (bytes.n && memchr(bytes.p, 0, bytes.n))
		return false;
	*out = bytes.p;
	return true;
}

bool transcript_json_member(struct arena *arena, const json_t *object, const char *key, const char *otherwise,
                            const char **out)
{
	const json_t *value = json_object_get(object, key);
	if (value && !json_is_null(value))
		return transcript_json_get(arena, value, out);
	*out = otherwise;
	return true;
}

static int add_piece(const char *bytes, size_t n, void *out)
{
	buf_add(out, bytes, n);
	return 0;
}

void transcript_json_write(const json_t *value, struct buf *out)
{
	if (json_dump_callback(value, add_piece, out, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY) != 0)
		mem_exhausted();
}

json_t *transcript_json_parse(struct str text)
{
	return json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
}
