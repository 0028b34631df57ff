#include "entry.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct entry_set set;
	struct err err = {0};
	if (entry_set_parse(arena, fuzz_str(data, size), 0, &set, &err) == 0) {
		PROMISE(set.entry.dstip.family && set.entry.srcip.family);
		PROMISE(set.entry.dstport <= 65535 && set.entry.proto <= 255);
		PROMISE(set.sibling_count <= ENTRY_MAX_SIBLINGS);
	} else {
		PROMISE(err.kind == ERR_ENTRY && err.text[0]);
	}
	arena_free(arena);
	return 0;
}
