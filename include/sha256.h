#ifndef FGDIAG_SHA256_H
#define FGDIAG_SHA256_H

#include "text.h"

/* SHA-256 of some bytes in lower-case hex, as sha256sum prints it. */

#define SHA256_TEXT_MAX 65

const char *sha256_print(struct str bytes, char text[static SHA256_TEXT_MAX]);

#endif
