#include <string.h>

#include "command.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const words[] = {"config", "edit", "clear", "delete", "reboot", "format"};
	struct err err;
	struct str command = fuzz_str(data, size);
	if (!command_find(command, &err))
		return 0;
	PROMISE(size > 0 && size <= COMMAND_MAX_BYTES);
	for (size_t i = 0; i < size; i++)
		PROMISE(data[i] >= 0x20 && data[i] <= 0x7e && data[i] != '?' && data[i] != ';');
	bool scoped = str_starts(command, "sudo "); /* a VDOM's name is its owner's */
	for (size_t i = 0; !scoped && i < sizeof words / sizeof words[0]; i++)
		PROMISE(str_find(command, words[i]) < 0);
	return 0;
}
