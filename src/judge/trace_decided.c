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

bool trace_decided(const struct trace *trace, int64_t now_us, int64_t rtt_us)
{
	unsigned repeats[EXCHANGE_STATES] = {0};
	int64_t last_us[EXCHANGE_STATES] = {0};
	int64_t wait_us = trace_reply_wait(rtt_us);
	for (size_t i = 0; i < trace->exchange_count; i++) {
		const struct exchange *exchange = &trace->exchanges[i];
		if (!exchange->of_entry)
			continue;
		if (exchange->error && now_us - exchange->error->time_us >= wait_us)
			return true;
		enum exchange_state picture = exchange->picture;
		unsigned counts = exchange_is_negative(picture) ? exchange->requests : 1;
		/* Without ports all echoes of a client are one conversation. */
		if (picture == EXCHANGE_COMPLETE && exchange->client_port == 0)
			counts = exchange->replies;
		if (repeats[picture] == 0 || exchange->last_request_us > last_us[picture])
			last_us[picture] = exchange->last_request_us;
		repeats[picture] += counts;
	}
	static const enum exchange_state telling[] = {EXCHANGE_COMPLETE, EXCHANGE_NO_FORWARD, EXCHANGE_NO_REPLY,
	                                              EXCHANGE_NOT_PASSED};
	for (size_t i = 0; i < sizeof(telling) / sizeof(telling[0]); i++) {
		if (repeats[telling[i]] >= REPEATS && now_us - last_us[telling[i]] >= wait_us)
			return true;
	}
	return false;
}
