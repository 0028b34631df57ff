#include "check.h"

enum { REPLY_WAIT_US = 3000 * 1000, REPEATS = 3 };

int64_t trace_reply_wait(int64_t rtt_us)
{
	return REPLY_WAIT_US + 2 * (rtt_us > 0 ? rtt_us : 0);
}

bool exchange_is_negative(enum exchange_state state)
{
	return state == EXCHANGE_NO_FORWARD || state == EXCHANGE_NO_REPLY || state == EXCHANGE_NOT_PASSED;
}

/* How often an exchange shows its picture for good. A busy client always has
 * a young conversation or request: only what can change no more counts. */
static unsigned repetitions(const struct exchange *exchange, bool over)
{
	if (exchange_is_negative(exchange->picture))
		return over ? exchange->requests : exchange->state == EXCHANGE_OPEN ? 0 : exchange->settled;
	if (!over)
		return 0;
	/* Without ports all echoes of a client are one conversation. */
	return exchange->picture == EXCHANGE_COMPLETE && exchange->client_port == 0 ? exchange->replies : 1;
}

bool trace_decided(const struct trace *trace, int64_t now_us, int64_t rtt_us)
{
	static const enum exchange_state telling[] = {EXCHANGE_COMPLETE, EXCHANGE_NO_FORWARD, EXCHANGE_NO_REPLY,
	                                              EXCHANGE_NOT_PASSED};
	unsigned repeats[EXCHANGE_STATES] = {0};
	int64_t wait_us = trace_reply_wait(rtt_us);
	if (wait_us < trace->wait_us)
		wait_us = trace->wait_us;
	for (size_t i = 0; i < trace->exchange_count; i++) {
		const struct exchange *exchange = &trace->exchanges[i];
		if (!exchange->of_entry)
			continue;
		if (exchange->error && now_us - exchange->error->time_us >= wait_us)
			return true;
		int64_t last_us = exchange->last_request_us;
		if (exchange->picture == EXCHANGE_NOT_PASSED && exchange->first[2]->time_us > last_us)
			last_us = exchange->first[2]->time_us;
		bool over = now_us - last_us >= wait_us;
		repeats[exchange->picture] += repetitions(exchange, over);
	}
	for (size_t i = 0; i < sizeof(telling) / sizeof(telling[0]); i++) {
		if (repeats[telling[i]] >= REPEATS)
			return true;
	}
	return false;
}
