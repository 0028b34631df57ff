#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "siphash.h"

/* The vectors of the reference implementation: key 00 … 0f, message 00 01 …. */
static void reference_vectors(void **state)
{
	static const struct {
		size_t n;
		uint64_t hash;
	} vectors[] = {
	        {0, UINT64_C(0x726fdb47dd0e0e31)},  {1, UINT64_C(0x74f839c593dc67fd)},
	        {2, UINT64_C(0x0d6c8009d9a94f5a)},  {3, UINT64_C(0x85676696d7fb7e2d)},
	        {8, UINT64_C(0x93f5f5799a932462)},  {15, UINT64_C(0xa129ca6149be45e5)},
	        {63, UINT64_C(0x958a324ceb064572)},
	};
	uint8_t key[SIPHASH_KEY_BYTES], message[64];
	(void)state;
	for (uint8_t i = 0; i < sizeof message; i++)
		message[i] = i;
	for (uint8_t i = 0; i < sizeof key; i++)
		key[i] = i;
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
		assert_int_equal(siphash(key, message, vectors[i].n), vectors[i].hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(reference_vectors)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
