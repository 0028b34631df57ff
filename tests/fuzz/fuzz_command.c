#include <string.h>

#include "command.h"
#include "fuzz.h"
#include "grammar.h"

/* What the table takes, the grammar that was written apart from it takes too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char line[COMMAND_MAX_BYTES + 1];
	if (!command_find(fuzz_str(data, size), NULL))
		return 0;
	PROMISE(size > 0 && size <= COMMAND_MAX_BYTES);
	for (size_t i = 0; i < size; i++)
		PROMISE(data[i] >= 0x20 && data[i] <= 0x7e && data[i] != '?' && data[i] != ';');
	memcpy(line, data, size);
	line[size] = '\0';
	PROMISE(grammar_takes(line));
	return 0;
}
