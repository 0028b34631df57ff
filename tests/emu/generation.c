#include "generation.h"

#include <stddef.h>
#include <stdio.h>

#include "die.h"

static const struct generation generations[] = {
        {.from = 704,
         .irq = true,
         .memory = MEMORY_FREEABLE_TENTH,
         .network_pair = true,
         .maximal = true,
         .top = TOP_EIGHT,
         .core_column = true,
         .conserve = true,
         .adaptive = true,
         .original = true,
         .signature = true,
         .security_level = true,
         .fail_code = "-61"},
        {.from = 700,
         .irq = true,
         .memory = MEMORY_FREEABLE_TENTH,
         .network_pair = true,
         .maximal = true,
         .top = TOP_EIGHT,
         .core_column = true,
         .conserve = true,
         .adaptive = true,
         .original = true,
         .signature = true,
         .fail_code = "-61"},
        {.from = 604,
         .irq = true,
         .memory = MEMORY_FREEABLE_TENTH,
         .network_pair = true,
         .top = TOP_EIGHT,
         .conserve = true,
         .adaptive = true,
         .original = true,
         .signature = true,
         .fail_code = "-61"},
        {.from = 602,
         .irq = true,
         .memory = MEMORY_FREEABLE_TENTH,
         .network_pair = true,
         .top = TOP_EIGHT,
         .conserve = true,
         .adaptive = true,
         .signature = true,
         .fail_code = "-61"},
        {.from = 600,
         .irq = true,
         .memory = MEMORY_FREEABLE,
         .network_pair = true,
         .top = TOP_EIGHT,
         .conserve = true,
         .adaptive = true,
         .fail_code = "-61"},
        {.from = 506,
         .irq = true,
         .memory = MEMORY_WHOLE,
         .network_pair = true,
         .top = TOP_FOUR,
         .kernel_24 = true,
         .conserve = true,
         .fail_code = "-61"},
        {.from = 504, .network_pair = true, .top = TOP_FOUR, .kernel_24 = true, .fail_code = "-61"},
        {.from = 400, .top = TOP_KERNEL_FREE, .kernel_24 = true, .fail_code = "1"},
};

const struct generation *generation_of(const char *version)
{
	unsigned major, minor;
	if (sscanf(version, "%1u.%1u.", &major, &minor) == 2) {
		for (size_t i = 0; i < sizeof generations / sizeof generations[0]; i++) {
			if (major * 100 + minor >= generations[i].from)
				return &generations[i];
		}
	}
	die("no FortiOS generation is known for version %s", version);
}
