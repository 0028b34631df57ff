#include "dialog.h"

#include <strings.h>

/* Texts that open the line of a refused command. */
static const struct {
	const char *text;
	enum dialog_refusal kind;
} texts[] = {
        {"unknown action", REFUSAL_UNKNOWN},
        {"command parse error", REFUSAL_UNKNOWN},
        {"incomplete command", REFUSAL_INCOMPLETE},
        {"ambiguous command", REFUSAL_INCOMPLETE},
        {"value parse error", REFUSAL_VALUE},
        {"invalid ip address", REFUSAL_VALUE},
        {"entry not found in datasource", REFUSAL_VALUE},
        {"node_check_object fail", REFUSAL_VALUE},
        {"object check operator error", REFUSAL_VALUE},
        {"string value is too long", REFUSAL_VALUE},
        {"token line: unmatched double quote", REFUSAL_VALUE},
        {"the entry is used by other", REFUSAL_OTHER},
        {"please use 'end' to return to root shell", REFUSAL_OTHER},
        {"reached maximum number of logged in administrators", REFUSAL_OTHER},
        {"command fail. return code", REFUSAL_OTHER},
};

static enum dialog_refusal line_refusal(struct str line)
{
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		size_t n = str_of(texts[i].text).n;
		if (line.n >= n && strncasecmp(line.p, texts[i].text, n) == 0)
			return texts[i].kind;
	}
	return REFUSAL_NONE;
}

enum dialog_refusal dialog_refusal(struct str clean, unsigned *line, struct str *text)
{
	enum dialog_refusal found = REFUSAL_NONE;
	struct str rest = clean;
	struct str one;
	for (unsigned number = 1; str_next_line(&rest, &one); number++) {
		enum dialog_refusal kind = line_refusal(one);
		if (kind == REFUSAL_NONE || (kind == REFUSAL_OTHER && found == REFUSAL_OTHER))
			continue;
		*line = number;
		*text = one;
		found = kind;
		if (kind != REFUSAL_OTHER)
			break;
	}
	return found;
}
