#ifndef FGDIAG_SIPHASH_H
#define FGDIAG_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/* SipHash-2-4: 64 bits that nobody foretells without the key. */

#define SIPHASH_KEY_BYTES 16

uint64_t siphash(const uint8_t key[static SIPHASH_KEY_BYTES], const uint8_t *bytes, size_t n);

#endif
