#include "ping_line.h"

#include "num.h"
#include "readers.h"

/* More than repeat-count can be told to send. */
static const uint32_t MAX_PACKETS = 100000;
static const uint64_t MAX_RTT_US = UINT64_C(600000000);

/* "…: 56 data bytes", "… 56(84) bytes of data." */
static uint32_t data_size(struct str line)
{
	uint64_t number;
	struct str word, rest = line, more;
	while (str_next_word(&rest, &word)) {
		bool data = str_starts(str_trim(rest), "data bytes") || str_starts(str_trim(rest), "bytes of data");
		if (data && read_number(word, 65535, &number, &more))
			return (uint32_t)number;
	}
	return 0;
}

bool ping_start_parse(struct str line, struct ping_start *out)
{
	if (!str_starts(line, "PING ") || str_find(line, "(") < 0 || str_find(line, "bytes") < 0)
		return false;
	out->first = str_find(line, "): ") >= 0 ? 0 : 1;
	out->data_size = data_size(line);
	return true;
}

/* The value of the word that starts with `name`. */
static bool field_find(struct str line, const char *name, struct str *value)
{
	struct str word;
	while (str_next_word(&line, &word)) {
		if (read_after(word, name, value))
			return true;
	}
	return false;
}

bool ping_reply_parse(struct str line, uint32_t *seq, int64_t *rtt_us)
{
	uint64_t number, rtt;
	struct str rest, value;
	unsigned sequence;
	if (!read_number(line, 65535 + 8, &number, &rest) || !str_starts(rest, " bytes from "))
		return false;
	if (!field_find(rest, "icmp_seq=", &value) && !field_find(rest, "icmp_req=", &value) &&
	    !field_find(rest, "seq=", &value))
		return false;
	if (!num_uint(value, 0, MAX_PACKETS, &sequence) || !field_find(rest, "time=", &value) ||
	    !num_decimal(value, 3, MAX_RTT_US, &rtt) || str_find(rest, " ms") < 0)
		return false;
	*seq = sequence;
	*rtt_us = (int64_t)rtt;
	return true;
}

/* One part between commas: "5 packets received", "4 duplicates", "0% packet loss". */
static bool statistics_part(struct str part, struct ping_statistics *out, double *loss)
{
	uint64_t number;
	struct str rest;
	struct str percent = {"", 0};
	if (str_starts(part, "time ") || str_starts(part, "pipe "))
		return true;
	if (str_ends(part, "packet loss"))
		return str_next_word(&part, &percent) && read_percent(percent, loss);
	if (!read_number(part, MAX_PACKETS, &number, &rest))
		return false;
	if (str_is(rest, " packets transmitted") || str_is(rest, " packet transmitted"))
		out->transmitted = (uint32_t)number;
	else if (str_is(rest, " packets received") || str_is(rest, " packet received") || str_is(rest, " received"))
		out->received = (uint32_t)number;
	else if (str_is(rest, " duplicates") || str_is(rest, " duplicate"))
		out->duplicates = (uint32_t)number;
	else
		return str_is(rest, " errors");
	return true;
}

bool ping_statistics_parse(struct str line, struct ping_statistics *out)
{
	struct ping_statistics found = {.received = UINT32_MAX};
	double loss = -1;
	uint64_t number;
	struct str rest;
	if (!read_number(line, MAX_PACKETS, &number, &rest) || !str_starts(rest, " packet") ||
	    str_find(line, "transmitted") < 0)
		return false;
	rest = line;
	while (rest.n) {
		ptrdiff_t comma = str_find_char(rest, ',');
		struct str part = str_trim(comma < 0 ? rest : str_cut(rest, 0, (size_t)comma));
		if (part.n && part.p[0] == '+')
			part = str_from(part, 1);
		if (!statistics_part(part, &found, &loss))
			return false;
		rest = comma < 0 ? (struct str){"", 0} : str_from(rest, (size_t)comma + 1);
	}
	if (found.received == UINT32_MAX || loss < 0)
		return false;
	if (found.transmitted && found.received <= found.transmitted) {
		double share = 100.0 * (found.transmitted - found.received) / found.transmitted;
		if (share < loss - 1 || share > loss + 1)
			return false;
	}
	*out = found;
	return true;
}

enum ping_error ping_error_parse(struct str line)
{
	static const struct {
		const char *words;
		enum ping_error kind;
	} errors[] = {
	        {"sendto", PING_ERROR_SEND},
	        {"sendmsg", PING_ERROR_SEND},
	        {"etwork is unreachable", PING_ERROR_SEND},
	        {"o route to host", PING_ERROR_SEND},
	        {"nable to resolve", PING_ERROR_OTHER},
	        {"unknown host", PING_ERROR_OTHER},
	        {"estination Host Unreachable", PING_ERROR_OTHER},
	        {"estination Net Unreachable", PING_ERROR_OTHER},
	        {"estination unreachable", PING_ERROR_OTHER},
	        {"ime to live exceeded", PING_ERROR_OTHER},
	        {"ime exceeded: Hop limit", PING_ERROR_OTHER},
	        {"acket too big", PING_ERROR_OTHER},
	        {"Usage: ping", PING_ERROR_OTHER},
	};
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
		if (str_find(line, errors[i].words) >= 0)
			return errors[i].kind;
	}
	return PING_ERROR_NONE;
}
