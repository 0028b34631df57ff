#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ip.h"

static struct ip ip(const char *text)
{
	struct ip out;
	if (!ip_parse(str_of(text), &out))
		fail_msg("%s", text);
	return out;
}

static void test_printed_form_is_the_canonical_one(void **state)
{
	(void)state;
	static const struct {
		const char *text, *printed;
	} rows[] = {
	        {"0.0.0.0", "0.0.0.0"},
	        {"255.255.255.255", "255.255.255.255"},
	        {"2001:0DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
	        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
	        {"0:0:0:0:0:0:0:0", "::"},
	        {"::ffff:1.2.3.4", "::ffff:1.2.3.4"},
	        {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[IP_TEXT_MAX];
		struct ip first = ip(rows[i].text);
		assert_string_equal(ip_print(&first, text), rows[i].printed);
		struct ip second = ip(text);
		assert_true(ip_equal(&first, &second));
	}
	char text[IP_TEXT_MAX];
	assert_string_equal(ip_print(&(struct ip){0}, text), "");
}

static void test_a_refusal_leaves_the_output_alone(void **state)
{
	(void)state;
	static const struct str bad[] = {{"1.2.3.4\0", 8},   {NULL, 0},
	                                 {"1.2.3.4:80", 10}, {"1..2.3", 6},
	                                 {"1.2.3.04", 8},    {"1.2.3.4\n", 8},
	                                 {"1::2::3", 7},     {"12345::", 7},
	                                 {"::1.2.3", 7},     {"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", 49}};
	struct ip out = {.family = 9};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(ip_parse(bad[i], &out));
	assert_int_equal(out.family, 9);
}

static void test_the_borders_of_what_a_host_is(void **state)
{
	(void)state;
	static const struct {
		const char *text, *why; /* NULL: a host */
	} rows[] = {
	        {"0.255.255.255", "unspecified"},
	        {"1.0.0.0", NULL},
	        {"126.255.255.255", NULL},
	        {"127.255.255.255", "loopback"},
	        {"128.0.0.0", NULL},
	        {"169.254.1.1", NULL},
	        {"223.255.255.255", NULL},
	        {"224.0.0.0", "multicast"},
	        {"240.0.0.0", "reserved"},
	        {"240.255.0.255", "reserved"},
	        {"240.255.255.255", "reserved"},
	        {"254.255.255.255", "reserved"},
	        {"255.254.255.255", "reserved"},
	        {"255.255.254.255", "reserved"},
	        {"255.255.255.254", "reserved"},
	        {"255.255.255.255", "broadcast"},
	        {"::", "unspecified"},
	        {"::1", "loopback"},
	        {"::2", NULL},
	        {"::ffff:8.8.8.8", "IPv4-mapped"},
	        {"::ff00:808:808", NULL},
	        {"::ff:808:808", NULL},
	        {"64:ff9b::808:808", NULL},
	        {"fe7f::1", NULL},
	        {"febf::1", "link-local"},
	        {"fec0::1", NULL},
	        {"feff::1", NULL},
	        {"ff00::1", "multicast"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *why = "untouched";
		struct ip address = ip(rows[i].text);
		assert_int_equal(ip_is_host(&address, &why), rows[i].why == NULL);
		assert_string_equal(why, rows[i].why ? rows[i].why : "untouched");
	}
	assert_false(ip_is_host(&(struct ip){0}, NULL));
}

static void test_private_ranges_end_where_the_rfc_says(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool private;
	} rows[] = {{"9.255.255.255", false},  {"10.0.0.0", true},    {"10.255.255.255", true}, {"11.0.0.0", false},
	            {"172.15.255.255", false}, {"172.16.0.0", true},  {"172.31.255.255", true}, {"172.32.0.0", false},
	            {"192.167.1.1", false},    {"192.168.0.0", true}, {"192.169.0.0", false},   {"fbff::1", false},
	            {"fc00::1", true},         {"fdff::1", true},     {"fe00::1", false}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ip address = ip(rows[i].text);
		assert_int_equal(ip_is_private(&address), rows[i].private);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_printed_form_is_the_canonical_one),
	        cmocka_unit_test(test_a_refusal_leaves_the_output_alone),
	        cmocka_unit_test(test_the_borders_of_what_a_host_is),
	        cmocka_unit_test(test_private_ranges_end_where_the_rfc_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
