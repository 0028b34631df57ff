#include "session_filter.h"
#include "support.h"

static struct target target(void)
{
	struct target target = {.have_proto = true, .proto = 17, .server_port = 53};
	(void)ip_parse(str_of("10.0.0.5"), &target.client);
	(void)ip_parse(str_of("192.0.2.53"), &target.server);
	return target;
}

#define SHOWN(src, dst, proto, port)                                                            \
	"session filter:\n\tvd: any\n\tproto: " proto "\n\tproto-state: any\n\tsource ip: " src \
	"\n\tNAT'd source ip: any\n\tdest ip: " dst "\n\tsource port: any\n\tdest port: " port "\n\tpolicy id: any\n"

static void the_filter_that_was_set_is_known_again(void **state)
{
	(void)state;
	struct target wanted = target();
	assert_true(
	        session_filter_is(STR(SHOWN("10.0.0.5-10.0.0.5", "192.0.2.53-192.0.2.53", "17-17", "53-53")), &wanted));
	assert_true(session_filter_is(STR(SHOWN("10.0.0.5", "192.0.2.53", "17", "53")), &wanted));
	wanted.server_port = 0;
	assert_true(session_filter_is(STR(SHOWN("10.0.0.5", "192.0.2.53", "17", "any")), &wanted));
	(void)ip_parse(str_of("2001:db8::5"), &wanted.client);
	(void)ip_parse(str_of("2001:db8::53"), &wanted.server);
	assert_true(session_filter_is(STR(SHOWN("2001:db8::5-2001:db8::5", "2001:db8::53", "17", "any")), &wanted));
}

static void anything_else_is_not_it(void **state)
{
	(void)state;
	static const char *const others[] = {
	        "",
	        "session filter:\n",
	        SHOWN("any", "192.0.2.53", "17", "53"),
	        SHOWN("10.0.0.5", "any", "17", "53"),
	        SHOWN("10.0.0.5", "192.0.2.53", "any", "53"),
	        SHOWN("10.0.0.5", "192.0.2.53", "17", "any"),
	        SHOWN("10.0.0.5-10.0.0.9", "192.0.2.53", "17", "53"),
	        SHOWN("!10.0.0.5", "192.0.2.53", "17", "53"),
	        SHOWN("10.0.0.5", "192.0.2.54", "17", "53"),
	        SHOWN("10.0.0.5", "192.0.2.53", "6-17", "53"),
	        SHOWN("10.0.0.5", "192.0.2.53", "17", "1-53"),
	};
	struct target wanted = target();
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		assert_false(session_filter_is(str_of(others[i]), &wanted));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        READ_TEST(the_filter_that_was_set_is_known_again),
	        READ_TEST(anything_else_is_not_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
