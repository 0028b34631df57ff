#ifndef FGDIAG_VERSION_H
#define FGDIAG_VERSION_H

#include "buf.h"

/* What --version prints: the program's version and that of each library. */
void version_words(struct buf *out);

#endif
