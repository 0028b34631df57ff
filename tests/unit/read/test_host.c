#include "support.h"

/* `grep -H . /proc/…` on the client's machine. */

#define SAMPLE(user, idle, iowait, steal, errors)                                  \
	"/proc/stat:cpu  " user " 0 100 " idle " " iowait " 0 0 " steal " 0 0\n"   \
	"/proc/stat:cpu0 1 0 0 1 0 0 0 0 0 0\n"                                    \
	"/proc/stat:cpu1 1 0 0 1 0 0 0 0 0 0\n"                                    \
	"/proc/stat:intr 1 2 3\n"                                                  \
	"/proc/meminfo:MemTotal:        8000000 kB\n"                              \
	"/proc/meminfo:MemAvailable:    2000000 kB\n"                              \
	"/proc/loadavg:0.42 0.30 0.20 1/345 6789\n"                                \
	"/proc/net/dev:Inter-|   Receive | Transmit\n"                             \
	"/proc/net/dev:    lo: 1 1 9 9 0 0 0 0 1 1 9 9 0 0 0 0\n"                  \
	"/proc/net/dev:  eth0: 1000 10 " errors " 2 0 0 0 0 1000 10 1 3 0 0 0 0\n" \
	"/proc/pressure/cpu:some avg10=1.50 avg60=0.00 avg300=0.00 total=1\n"      \
	"/proc/pressure/cpu:full avg10=9.99 avg60=0.00 avg300=0.00 total=1\n"      \
	"/proc/pressure/io:some avg10=3.00 avg60=0.00 avg300=0.00 total=1\n"

static void one_look_tells_what_is_no_difference(void **state)
{
	struct facts *facts = read_text(*state, "host", SAMPLE("100", "800", "0", "0", "4"));
	assert_int_fact(facts, FACT_ID_HOST_CPUS, 2);
	assert_int_fact(facts, FACT_ID_HOST_MEMORY_TOTAL, 8000000);
	assert_real_fact(facts, FACT_ID_HOST_MEMORY_USED, 75);
	assert_real_fact(facts, FACT_ID_HOST_LOAD, 0.42);
	assert_real_fact(facts, FACT_ID_HOST_PRESSURE_CPU, 1.5);
	assert_real_fact(facts, FACT_ID_HOST_PRESSURE_IO, 3);
	assert_false(facts->item[FACT_ID_HOST_PRESSURE_MEMORY].present);
	assert_false(facts->item[FACT_ID_HOST_CPU_BUSY].present);
	assert_int_equal(facts->unread_count, 0);
}

static void two_looks_tell_the_time_between_them(void **state)
{
	struct facts *facts = facts_new(*state);
	read_into(*state, "host", SAMPLE("100", "800", "0", "0", "4"), facts);
	read_into(*state, "host", SAMPLE("400", "1300", "100", "100", "9"), facts);
	assert_real_fact(facts, FACT_ID_HOST_CPU_BUSY, 40);
	assert_real_fact(facts, FACT_ID_HOST_CPU_IOWAIT, 10);
	assert_real_fact(facts, FACT_ID_HOST_CPU_STEAL, 10);
	assert_int_fact(facts, FACT_ID_HOST_NET_ERRORS, 5);
	assert_int_fact(facts, FACT_ID_HOST_NET_DROPPED, 0);
}

/* A boot in between makes counters smaller. */
static void counters_that_shrink_tell_nothing(void **state)
{
	struct facts *facts = facts_new(*state);
	read_into(*state, "host", SAMPLE("400", "1300", "100", "0", "9"), facts);
	read_into(*state, "host", SAMPLE("100", "800", "0", "0", "4"), facts);
	assert_false(facts->item[FACT_ID_HOST_CPU_BUSY].present);
	assert_false(facts->item[FACT_ID_HOST_NET_ERRORS].present);
}

static void what_is_no_number_tells_nothing(void **state)
{
	struct facts *facts = facts_new(*state);
	static const char text[] =
	        "/proc/stat:cpu  x 0 0 1 0\n/proc/meminfo:MemTotal: -1 kB\n/proc/loadavg:a b\n"
	        "/proc/net/dev:  eth0: 1 2 3\n/proc/pressure/cpu:some avg10=high\nsh: grep: not found\n";
	read_into(*state, "host", text, facts);
	assert_false(facts->hosts[0].have_cpu || facts->hosts[0].have_net);
	assert_false(facts->item[FACT_ID_HOST_MEMORY_TOTAL].present);
	assert_int_equal(facts->unread_count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        READ_TEST(one_look_tells_what_is_no_difference),
	        READ_TEST(two_looks_tell_the_time_between_them),
	        READ_TEST(counters_that_shrink_tell_nothing),
	        READ_TEST(what_is_no_number_tells_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
