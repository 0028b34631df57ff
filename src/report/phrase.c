#include "phrase.h"

#include <stdio.h>
#include <string.h>

static const char *const cause_phrases[CAUSES] = {
        [CAUSE_PACKET_LOSS] = "packets are lost",
        [CAUSE_LAN_SEGMENT] = "packets are lost on the LAN segment",
        [CAUSE_GATE_RESOURCES] = "the FortiGate is short of resources",
        [CAUSE_HOST_RESOURCES] = "the client's machine is short of resources",
        [CAUSE_MISSING_REPLIES] = "requests stay without a reply",
        [CAUSE_ICMP_ERROR] = "an ICMP error ends the session",
        [CAUSE_REFUSED] = "the connection is refused",
        [CAUSE_NONE] = "nothing wrong was found",
        [CAUSE_NOT_OBSERVED] = "the client sent nothing while fgdiag looked",
        [CAUSE_NOT_REPRODUCED] = "nothing wrong now, and the entry is old",
        [CAUSE_UNDETERMINED] = "the cause could not be determined",
};

static const char *const where_phrases[WHERES] = {
        [WHERE_CLIENT] = "at the client",
        [WHERE_CLIENT_SIDE] = "between client and FortiGate",
        [WHERE_GATE] = "at the FortiGate",
        [WHERE_SERVER_SIDE] = "between FortiGate and server",
        [WHERE_SERVER] = "at the server",
        [WHERE_BEYOND_GATE] = "beyond the FortiGate",
        [WHERE_NONE] = NULL,
        [WHERE_UNKNOWN] = "place unknown",
};

static const char *const certainty_phrases[CERTAINTIES] = {
        [CERTAINTY_NONE] = "not certain",
        [CERTAINTY_LIKELY] = "likely",
        [CERTAINTY_CERTAIN] = "certain",
};

/* What to do when a run failed this way. */
static const char *const remedies[ERR_KINDS] = {
        [ERR_USAGE] = "See the options: fgdiag --help.",
        [ERR_ENTRY] = "Give one whole traffic log line with action=ip-conn, as the FortiGate wrote it.",
        [ERR_PLAYBOOK] = "Correct the playbook and check it: fgdiag playbook lint FILE.",
        [ERR_INVENTORY] =
                "Add the FortiGate to the inventory, or name it with -d; fgdiag inventory lint checks the file.",
        [ERR_CONNECT] = "Check address and port, and that the interface allows SSH from here (trusted hosts too).",
        [ERR_HOST_KEY] = "Compare the key's fingerprint with the device's own over another way before you trust it.",
        [ERR_AUTH] = "Check user and credential before the next try: three failures lock this address out.",
        [ERR_BANNER] = "Log in once by hand, answer what the device asks, then run fgdiag again.",
        [ERR_PERMISSION] = "Give the account's access profile the right that is named.",
        [ERR_TIMEOUT] = "Allow more time with --time, or find out why the device answers slowly.",
        [ERR_CLOSED] = "Log in by hand and see whether the device ends the session; then run fgdiag again.",
        [ERR_WRONG_DEVICE] = "Aim --device at the FortiGate that wrote the entry.",
        [ERR_INTERRUPTED] = "Run fgdiag again and let it end by itself; --time bounds how long that takes.",
        [ERR_BUSY] = "Wait until the other run has ended; it stands among the processes as fgdiag.",
        [ERR_OUTPUT] = "Check that the output can be written there and that its file system has room.",
        [ERR_INTERNAL] = "Report this with the output of fgdiag --version.",
};

const char *phrase_headline(const struct verdict *verdict, char text[static PHRASE_HEADLINE_MAX])
{
	const char *where = where_phrases[verdict->where];
	bool finding = verdict->cause < CAUSE_NONE;
	bool said = finding || verdict->certainty != CERTAINTY_NONE;
	if (!finding && verdict->where == WHERE_UNKNOWN)
		where = NULL;
	(void)snprintf(text, PHRASE_HEADLINE_MAX, "%s%s%s%s%s%s", cause_phrases[verdict->cause], where ? ", " : "",
	               where ? where : "", said ? " (" : "", said ? certainty_phrases[verdict->certainty] : "",
	               said ? ")" : "");
	return text;
}

const char *phrase_where(enum where where)
{
	return where_phrases[where];
}

const char *phrase_certainty(enum certainty certainty)
{
	return certainty_phrases[certainty];
}

const char *phrase_remedy(enum err_kind kind)
{
	return remedies[kind < ERR_KINDS ? kind : ERR_INTERNAL];
}

bool phrase_is_command(const char *advice)
{
	static const char *const first_words[] = {
	        "get ", "diagnose ", "execute ", "show ", "sudo ", "config ", "set ", "fgdiag ", "ping ", "ssh ",
	};
	struct str text = str_of(advice);
	if (str_ends(text, "."))
		return false;
	for (size_t i = 0; i < sizeof first_words / sizeof first_words[0]; i++) {
		if (str_starts(text, first_words[i]))
			return true;
	}
	return false;
}

bool phrase_said_before(const struct verdict *verdict, size_t check, size_t advice)
{
	const char *words = verdict->checks[check].advice[advice];
	for (size_t i = 0; i <= check; i++) {
		const struct check *earlier = &verdict->checks[i];
		size_t end = i < check ? earlier->advice_count : advice;
		for (size_t k = 0; k < end; k++) {
			if (strcmp(earlier->advice[k], words) == 0)
				return true;
		}
	}
	return false;
}

bool phrase_nothing_ran(const struct report *report)
{
	if (!report_trouble(report) || !report->steps)
		return false;
	for (size_t i = 0; i < report->steps->count; i++) {
		if (report->steps->steps[i].end.state != STEP_SKIPPED)
			return false;
	}
	return true;
}
