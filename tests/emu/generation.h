#ifndef EMU_GENERATION_H
#define EMU_GENERATION_H

#include <stdbool.h>

/* How one generation of FortiOS prints what the emulator prints. */

enum memory_form {
	MEMORY_STATES,        /* Memory states: 49% used */
	MEMORY_WHOLE,         /* Memory: …k total, …k used (27%), …k free (73%) */
	MEMORY_FREEABLE,      /* … , …k freeable (3%) */
	MEMORY_FREEABLE_TENTH /* … used (19.6%) … */
};

enum top_form {
	TOP_KERNEL_FREE, /* 0U, 0S, 98I; 123T, 25F, 32KF */
	TOP_FOUR,        /* 80U, 19N, 0S, 1I; 1839T, 1213F */
	TOP_EIGHT        /* …, 0WA, 0HI, 0SI, 0ST; … */
};

struct generation {
	unsigned from; /* 506 is 5.6 */
	bool irq;      /* CPU states with iowait, irq and softirq */
	enum memory_form memory;
	bool network_pair; /* in and out */
	bool maximal;      /* Maximal … lines between the Average ones */
	enum top_form top;
	bool core_column;      /* of sys top */
	bool kernel_24;        /* sysinfo memory begins with bytes in columns */
	bool conserve;         /* sysinfo conserve is known */
	bool adaptive;         /* ping-options adaptive-ping is known */
	bool original;         /* the sniffer says Using Original Sniffing Mode */
	bool signature;        /* Firmware Signature and Private Encryption in the status */
	bool security_level;   /* and the security level */
	const char *fail_code; /* of a parse error */
};

/* Of "7.4.8"; a version that is not one is an error of the world. */
const struct generation *generation_of(const char *version);

#endif
