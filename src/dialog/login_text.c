#include "login_text.h"

#include <stddef.h>
#include <strings.h>

enum { QUOTE_MAX = 160, TAIL_MAX = 256 };

/* A question stands at the end of the text and waits; a statement may stand
 * anywhere before the first prompt. */
static const struct phrase {
	const char *text;
	bool at_end;
	enum err_kind kind;
	const char *say;
} phrases[] = {
        {"forced to change your password", false, ERR_AUTH,
         "the device demands a new password for this account; log in by hand and set one"},
        {"doesn't conform to the password policy", false, ERR_AUTH,
         "the password does not meet the device's policy; log in by hand and set a new one"},
        {"new password:", true, ERR_AUTH,
         "the device demands a new password for this account; log in by hand and set one"},
        {"confirm password:", true, ERR_AUTH,
         "the device demands a new password for this account; log in by hand and set one"},
        {"maximum number of logged in administrators", false, ERR_CONNECT,
         "the device's limit of logged-in administrators is reached; log another session out"},
        {"(y/n)", true, ERR_BANNER, "the device asks a question that is never answered"},
        {"(y/n)?", true, ERR_BANNER, "the device asks a question that is never answered"},
        {"(y/n):", true, ERR_BANNER, "the device asks a question that is never answered"},
        {"[y/n]", true, ERR_BANNER, "the device asks a question that is never answered"},
        {"[y/n]:", true, ERR_BANNER, "the device asks a question that is never answered"},
        {"(yes/no)", true, ERR_BANNER, "the device asks a question that is never answered"},
        {"(yes/no)?", true, ERR_BANNER, "the device asks a question that is never answered"},
};

static bool ends_nocase(struct str text, const char *suffix)
{
	size_t n = str_of(suffix).n;
	return text.n >= n && strncasecmp(text.p + text.n - n, suffix, n) == 0;
}

static bool holds_nocase(struct str text, const char *needle)
{
	size_t n = str_of(needle).n;
	for (size_t i = 0; i + n <= text.n; i++) {
		if (strncasecmp(text.p + i, needle, n) == 0)
			return true;
	}
	return false;
}

bool login_text_wants_accept(struct str text)
{
	struct str tail = str_from(text, text.n > TAIL_MAX ? text.n - TAIL_MAX : 0);
	return ends_nocase(str_trim(tail), "(Press 'a' to accept):");
}

struct str login_text_last_line(struct str text)
{
	text = str_trim(text);
	size_t start = text.n;
	while (start > 0 && text.n - start < QUOTE_MAX && text.p[start - 1] != '\n' && text.p[start - 1] != '\r')
		start--;
	return str_from(text, start);
}

bool login_text_trouble(struct str text, bool at_login, struct err *trouble)
{
	text = str_trim(text);
	struct str last = login_text_last_line(text);
	for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
		const struct phrase *phrase = &phrases[i];
		bool found =
		        phrase->at_end ? ends_nocase(last, phrase->text) : at_login && holds_nocase(text, phrase->text);
		if (!found)
			continue;
		enum err_kind kind = !at_login && phrase->kind == ERR_BANNER ? ERR_OUTPUT : phrase->kind;
		(void)err_set(trouble, kind, "%s; it said: %.*s", phrase->say, (int)last.n, last.p);
		return true;
	}
	return false;
}
