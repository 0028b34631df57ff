#include "json_value.h"

#include <stdlib.h>

#include "encode.h"
#include "mem.h"
#include "report.h"

json_t *json_value_made(json_t *value)
{
	if (!value)
		mem_exhausted();
	return value;
}

void json_value_put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, json_value_made(value)))
		mem_exhausted();
}

void json_value_add(json_t *array, json_t *value)
{
	if (json_array_append_new(array, json_value_made(value)))
		mem_exhausted();
}

json_t *json_value_span(struct str text)
{
	struct buf valid;
	buf_init(&valid, REPORT_MAX_BYTES);
	encode_utf8(&valid, text);
	struct str repaired = buf_str(&valid);
	json_t *value = json_value_made(json_stringn(repaired.p, repaired.n));
	buf_done(&valid);
	return value;
}

json_t *json_value_words(const char *text)
{
	return text ? json_value_span(str_of(text)) : json_null();
}

json_t *json_value_known(const char *text)
{
	return json_value_words(text && text[0] ? text : NULL);
}

void json_value_print(json_t *root, size_t flags, struct buf *out)
{
	char *dump = json_dumps(root, flags);
	json_decref(root);
	if (!dump)
		mem_exhausted();
	encode_json(out, str_of(dump));
	buf_add_char(out, '\n');
	free(dump);
}
