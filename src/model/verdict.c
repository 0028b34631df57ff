#include "verdict.h"

static const char *const state_words[STATES] = {
        [STATE_OK] = "ok",           [STATE_WARNING] = "warning", [STATE_CRITICAL] = "critical",
        [STATE_UNKNOWN] = "unknown", [STATE_SKIPPED] = "skipped",
};

/* Exit status and rank of badness; the rank orders what state_worst compares. */
static const struct {
	int exit;
	int rank;
} state_values[STATES] = {
        [STATE_OK] = {0, 1},      [STATE_WARNING] = {1, 3}, [STATE_CRITICAL] = {2, 4},
        [STATE_UNKNOWN] = {3, 2}, [STATE_SKIPPED] = {3, 0},
};

static const char *const certainty_words[CERTAINTIES] = {
        [CERTAINTY_NONE] = "none",
        [CERTAINTY_LIKELY] = "likely",
        [CERTAINTY_CERTAIN] = "certain",
};

/* The first CHECKS causes are the checks, in their order. */
static const char *const cause_words[CAUSES] = {
        [CAUSE_PACKET_LOSS] = "packet-loss",
        [CAUSE_LAN_SEGMENT] = "lan-segment",
        [CAUSE_GATE_RESOURCES] = "gate-resources",
        [CAUSE_HOST_RESOURCES] = "host-resources",
        [CAUSE_MISSING_REPLIES] = "missing-replies",
        [CAUSE_ICMP_ERROR] = "icmp-error",
        [CAUSE_REFUSED] = "refused",
        [CAUSE_NONE] = "none",
        [CAUSE_NOT_OBSERVED] = "not-observed",
        [CAUSE_NOT_REPRODUCED] = "not-reproduced",
        [CAUSE_UNDETERMINED] = "undetermined",
};
_Static_assert((int)CAUSE_NONE == (int)CHECKS, "causes begin with the checks");
_Static_assert((int)CAUSE_REFUSED == (int)CHECK_REFUSED, "causes and checks share their order");

static const char *const where_words[WHERES] = {
        [WHERE_CLIENT] = "client", [WHERE_CLIENT_SIDE] = "client-side",
        [WHERE_GATE] = "gate",     [WHERE_SERVER_SIDE] = "server-side",
        [WHERE_SERVER] = "server", [WHERE_BEYOND_GATE] = "beyond-gate",
        [WHERE_NONE] = "none",     [WHERE_UNKNOWN] = "unknown",
};

static const char *const fate_words[FATES] = {
        [FATE_COMPLETE] = "complete",
        [FATE_NO_REPLY] = "no reply",
        [FATE_NOT_FORWARDED] = "not forwarded",
        [FATE_NOT_PASSED] = "reply not passed on",
        [FATE_NOT_ACKNOWLEDGED] = "not acknowledged",
        [FATE_REFUSED] = "refused",
        [FATE_ICMP_ERROR] = "ICMP error",
        [FATE_PARTLY_VISIBLE] = "partly visible",
        [FATE_WINDOW_TOO_SHORT] = "window too short",
};

const char *state_word(enum state state)
{
	return state < STATES ? state_words[state] : state_words[STATE_UNKNOWN];
}

const char *certainty_word(enum certainty value)
{
	return value < CERTAINTIES ? certainty_words[value] : certainty_words[CERTAINTY_NONE];
}

const char *check_word(enum check_id id)
{
	return id < CHECKS ? cause_words[id] : cause_words[CAUSE_UNDETERMINED];
}

const char *cause_word(enum cause cause)
{
	return cause < CAUSES ? cause_words[cause] : cause_words[CAUSE_UNDETERMINED];
}

const char *where_word(enum where where)
{
	return where < WHERES ? where_words[where] : where_words[WHERE_UNKNOWN];
}

const char *fate_word(enum fate fate)
{
	return fate < FATES ? fate_words[fate] : fate_words[FATE_PARTLY_VISIBLE];
}

int state_exit(enum state state)
{
	return state < STATES ? state_values[state].exit : state_values[STATE_UNKNOWN].exit;
}

enum state state_worst(enum state a, enum state b)
{
	return state_values[b].rank > state_values[a].rank ? b : a;
}
