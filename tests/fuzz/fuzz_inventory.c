#include <string.h>

#include "fuzz.h"
#include "inventory.h"

/* What is taken can be asked for by each of its names, and no address of it is
 * read as an option. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct inventory inventory;
	struct err err = {0};
	if (inventory_parse(arena, "f", fuzz_str(data, size), &inventory, &err) < 0) {
		PROMISE(err.kind == ERR_INVENTORY && err.text[0]);
		arena_free(arena);
		return 0;
	}
	for (size_t i = 0; i < inventory.device_count; i++) {
		const struct inventory_device *device = &inventory.devices[i];
		PROMISE(inventory_find(&inventory, device->name) == device);
		PROMISE(device->address[0] != '-' && !strpbrk(device->address, " ;|&$`\n@"));
		for (size_t k = 0; k < device->serials.count; k++)
			PROMISE(inventory_match(&inventory, str_of(device->serials.items[k]), str_of("x"), &err) ==
			        device);
		(void)inventory_check_vdom(device, str_of("root"), &err);
	}
	arena_free(arena);
	return 0;
}
