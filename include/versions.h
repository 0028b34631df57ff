#ifndef FGDIAG_VERSIONS_H
#define FGDIAG_VERSIONS_H

#include "buf.h"

/* What --version prints: fgdiag and each library that it runs with, one a
 * line, as the libraries themselves tell it. */
void versions_add(struct buf *out);

#endif
