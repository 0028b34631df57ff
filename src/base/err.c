#include "err.h"

#include <stdio.h>
#include <string.h>

static const char *const words[ERR_KINDS] = {
        [ERR_NONE] = "none",
        [ERR_USAGE] = "usage",
        [ERR_ENTRY] = "entry",
        [ERR_PLAYBOOK] = "playbook",
        [ERR_INVENTORY] = "inventory",
        [ERR_CONNECT] = "connect",
        [ERR_HOST_KEY] = "host-key",
        [ERR_AUTH] = "auth",
        [ERR_BANNER] = "banner",
        [ERR_PERMISSION] = "permission",
        [ERR_TIMEOUT] = "timeout",
        [ERR_CLOSED] = "closed",
        [ERR_WRONG_DEVICE] = "wrong-device",
        [ERR_INTERRUPTED] = "interrupted",
        [ERR_BUSY] = "busy",
        [ERR_OUTPUT] = "output",
        [ERR_INTERNAL] = "internal",
};

const char *err_word(enum err_kind kind)
{
	return kind < ERR_KINDS ? words[kind] : words[ERR_INTERNAL];
}

enum err_kind err_from_word(const char *word)
{
	for (size_t i = 0; i < ERR_KINDS; i++) {
		if (strcmp(words[i], word) == 0)
			return (enum err_kind)i;
	}
	return ERR_KINDS;
}

void err_fill(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	if (!err)
		return;
	va_list args;
	va_start(args, fmt);
	err->kind = kind;
	err->step[0] = '\0';
	(void)vsnprintf(err->text, sizeof err->text, fmt, args);
	va_end(args);
}

void err_lead(struct err *err, const char *fmt, ...)
{
	if (!err)
		return;
	struct err old = *err;
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(err->text, sizeof err->text, fmt, args);
	va_end(args);
	size_t used = n < 0 ? 0 : (size_t)n;
	if (used + 2 >= sizeof err->text)
		return;
	memcpy(err->text + used, ": ", 2);
	used += 2;
	size_t room = sizeof err->text - used - 1;
	size_t keep = strnlen(old.text, sizeof old.text - 1);
	keep = keep < room ? keep : room;
	memcpy(err->text + used, old.text, keep);
	err->text[used + keep] = '\0';
}
