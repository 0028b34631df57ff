#include "scan.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_AVX2 1
#include <immintrin.h>
#else
#define HAVE_AVX2 0
#endif

static const char literal[] = "ip-conn";
enum { LITERAL = sizeof literal - 1, RARE = 2 }; /* "-c" is the pair that logs have least of */

const char *scan_find_plain(const char *p, const char *end)
{
	return memmem(p, (size_t)(end - p), literal, LITERAL);
}

#if HAVE_AVX2

enum { WIDTH = 32, BLOCK = 2 * WIDTH };

__attribute__((target("avx2"))) static inline __m256i pairs(const char *p)
{
	const __m256i first = _mm256_set1_epi8(literal[RARE]), second = _mm256_set1_epi8(literal[RARE + 1]);
	const __m256i a = _mm256_loadu_si256((const __m256i_u *)(const void *)(p + RARE));
	const __m256i b = _mm256_loadu_si256((const __m256i_u *)(const void *)(p + RARE + 1));
	return _mm256_and_si256(_mm256_cmpeq_epi8(a, first), _mm256_cmpeq_epi8(b, second));
}

__attribute__((target("avx2"))) static const char *among(const char *p, __m256i found)
{
	for (unsigned mask = (unsigned)_mm256_movemask_epi8(found); mask; mask &= mask - 1) {
		const char *at = p + __builtin_ctz(mask);
		if (memcmp(at, literal, LITERAL) == 0)
			return at;
	}
	return NULL;
}

__attribute__((target("avx2"))) static const char *find_avx2(const char *p, const char *end)
{
	/* What is loaded reaches RARE + 1 bytes beyond the block, a literal LITERAL. */
	for (; end - p >= BLOCK + LITERAL; p += BLOCK) {
		const __m256i one = pairs(p), two = pairs(p + WIDTH);
		if (_mm256_testz_si256(_mm256_or_si256(one, two), _mm256_set1_epi8(-1)))
			continue;
		const char *at = among(p, one);
		at = at ? at : among(p + WIDTH, two);
		if (at)
			return at;
	}
	return scan_find_plain(p, end);
}

#endif

const char *(*scan_find_fastest(void))(const char *p, const char *end)
{
#if HAVE_AVX2
	if (__builtin_cpu_supports("avx2"))
		return find_avx2;
#endif
	return scan_find_plain;
}
