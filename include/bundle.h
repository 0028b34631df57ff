#ifndef FGDIAG_BUNDLE_H
#define FGDIAG_BUNDLE_H

#include "arena.h"
#include "err.h"
#include "options.h"
#include "text.h"
#include "transcript.h"

/* A run as one ZIP file, to keep or to send: the transcript, what is judged
 * from it in every form, its packets, and sums of all that. All of it is made
 * from that transcript alone, so judging the bundle gives what is in it, and
 * the same transcript gives the same bytes. Without --payload it has no
 * packet's payload. */

#define BUNDLE_MAX_MEMBERS 64
#define BUNDLE_MAX_BYTES   ((size_t)256 * 1024 * 1024) /* of all members, unpacked */

#define BUNDLE_TRANSCRIPT "transcript.cast"
#define BUNDLE_MANIFEST   "MANIFEST.sha256" /* as sha256sum -c reads it */

/* --bundle FILE, nothing without it. -1 after words on stderr; the verdict is
 * not touched by that. */
int bundle_save(struct arena *arena, const struct options *options, const struct transcript *transcript);

/* Does a file begin as a ZIP archive? */
bool bundle_is(struct str file);

/* The transcript of a bundle whose members are what its manifest says. Names
 * count without their folders, nothing is written anywhere. ERR_USAGE: damaged,
 * encrypted, too large, changed since it was made, or no bundle. */
int bundle_read(struct arena *arena, struct str file, struct str *transcript, struct err *err);

#endif
