#ifndef FGDIAG_TRANSCRIPT_JSON_H
#define FGDIAG_TRANSCRIPT_JSON_H

#include <jansson.h>
#include <stdbool.h>

#include "arena.h"
#include "buf.h"

/* Bytes as JSON: a string, or {"hex":"…"} where they are not UTF-8. NULL gives
 * null. The caller owns the value. */
json_t *transcript_json_text(const char *text);

/* The reverse; null gives NULL. False for anything else. */
bool transcript_json_get(struct arena *arena, const json_t *value, const char **out);

/* As transcript_json_get of object[key], but null or absent gives `otherwise`. */
bool transcript_json_member(struct arena *arena, const json_t *object, const char *key, const char *otherwise,
                            const char **out);

/* Append a value as compact ASCII JSON. */
void transcript_json_write(const json_t *value, struct buf *out);

/* One JSON value out of bytes; NULL when they are none. */
json_t *transcript_json_parse(struct str text);

/* Hex digits into bytes owned by the arena; false for odd text. */
bool transcript_hex_parse(struct arena *arena, struct str hex, struct str *out);
void transcript_hex_write(struct str bytes, struct buf *out);

#endif
