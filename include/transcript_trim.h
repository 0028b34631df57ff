#ifndef FGDIAG_TRANSCRIPT_TRIM_H
#define FGDIAG_TRANSCRIPT_TRIM_H

#include "transcript.h"

/* A transcript without the payload of the packets that its sniffers printed.
 *
 * Rows of hex lose what stands behind the headers, and their column of
 * characters. A packet whose bytes are not whole loses all its rows, since
 * nothing tells for sure where its headers end; so does every line between the
 * rows that is none of the sniffer's. Lines keep their numbers: what was a row
 * is then an empty line, and a frame that is cut short says so. What is judged
 * from it is the same, or less. */

/* Both share the arena and all that was not touched. */
void transcript_trim(const struct transcript *whole, struct transcript *out);

#endif
