#ifndef FGDIAG_BASE64_H
#define FGDIAG_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

/* Decode base64 with or without its padding; blanks and line ends are skipped.
 * Stops without a word when `out` is full. False: a byte that is none of it. */
bool base64_decode(struct str text, unsigned char *out, size_t max, size_t *n);

#endif
