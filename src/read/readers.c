#include "readers.h"

#include <string.h>

#include "num.h"

#define LIST(...) \
	(const enum fact_id[]){__VA_ARGS__}, sizeof((const enum fact_id[]){__VA_ARGS__}) / sizeof(enum fact_id)

const struct reader readers[] = {
        {"status", status_read,
         LIST(FACT_ID_DEVICE_HOSTNAME, FACT_ID_DEVICE_SERIAL, FACT_ID_DEVICE_MODEL, FACT_ID_DEVICE_VERSION,
              FACT_ID_DEVICE_BUILD, FACT_ID_DEVICE_VDOM_MODE, FACT_ID_DEVICE_VDOM, FACT_ID_DEVICE_HA_MODE,
              FACT_ID_DEVICE_TIME)},
        {"performance", performance_read,
         LIST(FACT_ID_CPU_SAMPLES, FACT_ID_CPU_BUSY, FACT_ID_CPU_CORE_BUSY_MAX, FACT_ID_CPU_CORE_SOFTIRQ_MAX,
              FACT_ID_CPU_CORES, FACT_ID_MEMORY_TOTAL, FACT_ID_MEMORY_USED, FACT_ID_MEMORY_FREEABLE, FACT_ID_SESSIONS,
              FACT_ID_SESSION_SETUP_RATE, FACT_ID_NETWORK_IN, FACT_ID_NETWORK_OUT, FACT_ID_DEVICE_UPTIME)},
        {"top", top_read, LIST(FACT_ID_TOP_PROCESS, FACT_ID_TOP_PROCESS_CPU)},
        {"memory", memory_read, LIST(FACT_ID_MEMORY_TOTAL, FACT_ID_MEMORY_AVAILABLE, FACT_ID_MEMORY_FREE)},
        {"conserve", conserve_read,
         LIST(FACT_ID_CONSERVE_MODE, FACT_ID_CONSERVE_USED, FACT_ID_CONSERVE_EXTREME, FACT_ID_CONSERVE_RED,
              FACT_ID_CONSERVE_GREEN)},
        {"ping", ping_read,
         LIST(FACT_ID_PING_SENT, FACT_ID_PING_LOST, FACT_ID_PING_LOSS, FACT_ID_PING_LONGEST_RUN,
              FACT_ID_PING_LONGEST_RUN_START, FACT_ID_PING_DUPLICATES, FACT_ID_PING_LATE, FACT_ID_PING_TIMELINE,
              FACT_ID_PING_RTT_MIN, FACT_ID_PING_RTT_MEDIAN, FACT_ID_PING_RTT_P95, FACT_ID_PING_RTT_MAX,
              FACT_ID_PING_JITTER)},
        {"sniffer", sniffer_read,
         LIST(FACT_ID_CAPTURE_PACKETS, FACT_ID_CAPTURE_RECEIVED, FACT_ID_CAPTURE_DROPPED, FACT_ID_CAPTURE_DURATION)},
        {"ha", ha_read, LIST(FACT_ID_HA_MODE, FACT_ID_HA_MEMBERS, FACT_ID_HA_OUT_OF_SYNC)},
        {"arp", arp_read, LIST(FACT_ID_ARP_ENTRIES)},
        {"routes", routes_read, LIST(FACT_ID_ROUTES)},
        {"sessions", sessions_read, LIST(FACT_ID_SESSIONS_LISTED, FACT_ID_SESSIONS_SILENT)},
        {"nic", nic_read,
         LIST(FACT_ID_NIC_LINK, FACT_ID_NIC_SPEED, FACT_ID_NIC_RX_ERRORS, FACT_ID_NIC_TX_ERRORS, FACT_ID_NIC_RX_DROPPED,
              FACT_ID_NIC_TX_DROPPED)},
        {"sdwan", sdwan_read, LIST(FACT_ID_SDWAN_MEMBERS, FACT_ID_SDWAN_DEAD)},
        {"host", host_read,
         LIST(FACT_ID_HOST_CPU_BUSY, FACT_ID_HOST_CPU_IOWAIT, FACT_ID_HOST_CPU_STEAL, FACT_ID_HOST_CPUS,
              FACT_ID_HOST_LOAD, FACT_ID_HOST_MEMORY_TOTAL, FACT_ID_HOST_MEMORY_AVAILABLE, FACT_ID_HOST_MEMORY_USED,
              FACT_ID_HOST_NET_ERRORS, FACT_ID_HOST_NET_DROPPED, FACT_ID_HOST_PRESSURE_CPU,
              FACT_ID_HOST_PRESSURE_MEMORY, FACT_ID_HOST_PRESSURE_IO)},
        {"pattern", pattern_read, NULL, 0},
};
const size_t reader_count = sizeof readers / sizeof readers[0];

const struct reader *reader_find(const char *name)
{
	for (size_t i = 0; i < reader_count; i++) {
		if (strcmp(readers[i].name, name) == 0)
			return &readers[i];
	}
	return NULL;
}

bool read_is_prompt(struct str line)
{
	struct str word, rest = line;
	if (!str_next_word(&rest, &word))
		return false;
	struct str mark = str_trim(rest);
	if (str_starts(mark, "(")) {
		ptrdiff_t close = str_find_char(mark, ')');
		mark = close < 0 ? mark : str_trim(str_from(mark, (size_t)close + 1));
	}
	bool marked = str_starts(mark, "# ") || str_starts(mark, "$ ") || str_is(mark, "#") || str_is(mark, "$");
	return marked || str_ends(word, "#") || str_ends(word, "$");
}

struct str read_behind(struct str text, const char *name, const char *ends)
{
	ptrdiff_t at = str_find(text, name);
	if (at < 0)
		return (struct str){"", 0};
	struct str rest = str_from(text, (size_t)at + strlen(name));
	size_t n = 0;
	while (n < rest.n && rest.p[n] != ' ' && !(rest.p[n] && strchr(ends, rest.p[n])))
		n++;
	return str_cut(rest, 0, n);
}

bool read_percent(struct str text, double *out)
{
	uint64_t thousandths;
	if (!str_ends(text, "%") || !num_decimal(str_cut(text, 0, text.n - 1), 3, 100000, &thousandths))
		return false;
	*out = (double)thousandths / 1000;
	return true;
}

bool read_after(struct str text, const char *word, struct str *rest)
{
	if (!str_starts(text, word))
		return false;
	text = str_from(text, strlen(word));
	while (text.n && (text.p[0] == ' ' || text.p[0] == '\t'))
		text = str_from(text, 1);
	*rest = text;
	return true;
}

bool read_number(struct str text, uint64_t max, uint64_t *out, struct str *rest)
{
	size_t n = 0;
	while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9')
		n++;
	if (!num_u64(str_cut(text, 0, n), 0, max, out))
		return false;
	*rest = str_from(text, n);
	return true;
}
