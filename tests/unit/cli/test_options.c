#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "commands.h"
#include "device.h"
#include "options.h"

/* The table of main.c, which is the program's own. */
static int nothing(struct arena *arena, const struct options *options)
{
	(void)arena;
	(void)options;
	return 0;
}
const struct command commands[COMMANDS] = {
        [CMD_DIAGNOSE] = {"diagnose", "", "", nothing},
        [CMD_JUDGE] = {"judge", "", "", nothing},
        [CMD_CHECK] = {"check", "", "", nothing},
        [CMD_READ] = {"read", "", "", nothing},
        [CMD_PCAP] = {"pcap", "", "", nothing},
        [CMD_PLAYBOOK] = {"playbook", "", "", nothing},
        [CMD_COMPLETION] = {"completion", "", "", nothing},
        [CMD_UNREDACT] = {"unredact", "", "", nothing},
        [CMD_INVENTORY] = {"inventory", "", "", nothing},
        [CMD_BATCH] = {"batch", "", "", nothing},
        [CMD_SCAN] = {"scan", "", "", nothing},
};

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static int parse(struct options *out, struct err *err, ...)
{
	char *argv[32] = {arena_strdup(arena, "fgdiag")};
	int argc = 1;
	va_list args;
	va_start(args, err);
	for (const char *word; (word = va_arg(args, const char *)) && argc < 31;)
		argv[argc++] = arena_strdup(arena, word);
	va_end(args);
	return options_parse(arena, argc, argv, out, err);
}

static void test_options_before_and_after_the_entry(void **state)
{
	(void)state;
	struct options options;
	struct err err;
	assert_int_equal(parse(&options, &err, "diagnose", "-d", "admin@fgt:2222", "a=b", "--format=json", "-vv", NULL),
	                 0);
	assert_int_equal(options.command, CMD_DIAGNOSE);
	assert_string_equal(options.device, "admin@fgt:2222");
	assert_string_equal(options.format, "json");
	assert_int_equal(options.verbose, 2);
	assert_int_equal(options.argument_count, 1);
	assert_string_equal(options.arguments[0], "a=b");
}

static void test_defaults(void **state)
{
	(void)state;
	struct options options;
	struct err err;
	assert_int_equal(parse(&options, &err, "diagnose", NULL), 0);
	assert_string_equal(options.playbook, "ip-conn");
	assert_string_equal(options.format, "text");
	assert_int_equal(options.password_fd, -1);
	assert_null(options.device);
	assert_int_equal(options.wait_us, 0);
}

static void test_check_has_letters_and_defaults_of_its_own(void **state)
{
	(void)state;
	struct options options;
	struct err err;
	assert_int_equal(parse(&options, &err, "check", "-H", "fgt", "-p", "2222", "-t", "20", "-w", "mem=80", "-c",
	                       "mem=90", "-w", "cpu=70", "--unreachable-state", "critical", NULL),
	                 0);
	assert_string_equal(options.format, "check");
	assert_string_equal(options.playbook, "health");
	assert_string_equal(options.device, "fgt");
	assert_int_equal(options.port, 2222);
	assert_int_equal(options.unreachable, STATE_CRITICAL);
	assert_int_equal(options.warning_count, 2);
	assert_string_equal(options.criticals[0], "mem=90");
	assert_string_equal(options.sets[0], "time=20s");
	assert_int_equal(parse(&options, &err, "check", "-H", "fgt", NULL), 0);
	assert_int_equal(options.unreachable, STATE_UNKNOWN);
	static const char *const of_check[] = {"-H", "-p", "-t", "-w", "-c", "--state", "--recover"};
	for (size_t i = 0; i < sizeof of_check / sizeof of_check[0]; i++)
		assert_int_equal(parse(&options, &err, "diagnose", of_check[i], "9", NULL), -1);
}

static void test_variables_with_names_of_their_own(void **state)
{
	(void)state;
	struct options options;
	struct err err;
	assert_int_equal(parse(&options, &err, "diagnose", "--time", "60", "--set", "loss.warning=2", "--ping-count",
	                       "50", "--packets=20", "--wait", "1.5", NULL),
	                 0);
	assert_int_equal(options.set_count, 4);
	assert_string_equal(options.sets[0], "time=60s");
	assert_string_equal(options.sets[1], "loss.warning=2");
	assert_string_equal(options.sets[2], "ping.count=50");
	assert_string_equal(options.sets[3], "sniffer.packets=20");
	assert_int_equal(options.wait_us, 1500000);
}

static void expect_refusal(const struct err *err, int rc, const char *telling)
{
	assert_int_equal(rc, -1);
	assert_int_equal(err->kind, ERR_USAGE);
	if (!strstr(err->text, telling))
		fail_msg("'%s' does not say '%s'", err->text, telling);
}

static void test_wrong_use_is_one_clear_line(void **state)
{
	(void)state;
	struct options options;
	struct err err;
	expect_refusal(&err, parse(&options, &err, "diagnose", "--devise", "x", NULL), "did you mean --device?");
	expect_refusal(&err, parse(&options, &err, "diagnose", "--dev", "x", NULL), "unknown option '--dev'");
	expect_refusal(&err, parse(&options, &err, "diagnose", "-x", NULL), "unknown option '-x'");
	expect_refusal(&err, parse(&options, &err, "diagnose", "--device", NULL),
	               "option '--device' needs a value: [USER@]HOST[:PORT]");
	expect_refusal(&err, parse(&options, &err, "diagnose", "-o", NULL), "option '-o' needs a value: FILE");
	expect_refusal(&err, parse(&options, &err, "judge", "--record", "x", NULL),
	               "judge has no option --record; it is one of fgdiag diagnose");
	expect_refusal(&err, parse(&options, &err, "judge", "--device", "x", NULL), "judge has no option --device");
	assert_int_equal(parse(&options, &err, "judge", "--target", "192.0.2.1", "--vdom", "PROD", "log", NULL), 0);
	assert_string_equal(options.target, "192.0.2.1");
	expect_refusal(&err, parse(&options, &err, "diagnoze", NULL), "unknown command 'diagnoze'");
	expect_refusal(&err, parse(&options, &err, "diagnose", "-f", "yaml", NULL), "'yaml' is not text, json");
	expect_refusal(&err, parse(&options, &err, "diagnose", "--entry", "0", NULL),
	               "--entry: '0' is not a number from 1 to");
	expect_refusal(&err, parse(&options, &err, "diagnose", "--password-fd", "x", NULL), "--password-fd");
	expect_refusal(&err, parse(&options, &err, "diagnose", "--wait", "3601", NULL), "at most 3600");
	expect_refusal(&err, parse(&options, &err, "diagnose", "--color", "red", NULL), "--color");
}

static void test_help_lists_every_option_of_a_command(void **state)
{
	(void)state;
	struct buf out;
	buf_init(&out, 65536);
	options_help(CMD_JUDGE, 80, &out);
	assert_non_null(strstr(out.p, "--format"));
	assert_null(strstr(out.p, "--record"));
	assert_non_null(strstr(out.p, "Exit status"));
	buf_done(&out);
}

static int device_of(const char *text, struct device *out, struct err *err)
{
	static struct options options;
	options = (struct options){
	        .device = text, .user = "admin", .known_hosts = "kh", .ssh_config = "none", .password_fd = -1};
	return device_parse(arena, &options, out, err);
}

static void test_device_forms(void **state)
{
	(void)state;
	static const struct {
		const char *text, *host;
		unsigned port;
	} rows[] = {
	        {"fgt", "fgt", 22},
	        {"fgt:2222", "fgt", 2222},
	        {"root@192.0.2.1", "192.0.2.1", 22},
	        {"[2001:db8::1]:830", "2001:db8::1", 830},
	        {"2001:db8::1", "2001:db8::1", 22},
	        {"a@b@[::1]", "::1", 22},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct device device;
		struct err err;
		assert_int_equal(device_of(rows[i].text, &device, &err), 0);
		assert_string_equal(device.ssh.host, rows[i].host);
		assert_int_equal(device.ssh.port, rows[i].port);
		assert_string_equal(device.ssh.user, "admin");
	}
}

static void test_impossible_devices(void **state)
{
	(void)state;
	static const char *const rows[] = {"",    "fgt:",       "fgt:0",   "fgt:65536", "fgt:2x", "-oProxyCommand=x",
	                                   "a b", "fgt;reboot", "[::1]22", "admin@"};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct device device;
		struct err err;
		assert_int_equal(device_of(rows[i], &device, &err), -1);
		assert_int_equal(err.kind, ERR_USAGE);
	}
}

static void test_options_of_pcap(void **state)
{
	(void)state;
	struct options options;
	struct err err;
	assert_int_equal(parse(&options, &err, "pcap", "--payload", "--zone", "+0200", "--start=x", "-o", "f", NULL),
	                 0);
	assert_true(options.payload);
	assert_string_equal(options.zone, "+0200");
	assert_string_equal(options.start, "x");
	assert_int_equal(parse(&options, &err, "judge", "--zone", "+0200", NULL), -1);
	assert_int_equal(parse(&options, &err, "pcap", "--format", "json", NULL), -1);
}

/* A cluster of letters that was left half read is not read on next time. */
static void test_parsing_again_begins_anew(void **state)
{
	(void)state;
	struct options options;
	struct err err;
	assert_int_equal(parse(&options, &err, "diagnose", "-zq", NULL), -1);
	assert_int_equal(parse(&options, &err, "diagnose", "-v", NULL), 0);
	assert_int_equal(options.verbose, 1);
	assert_false(options.quiet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_options_before_and_after_the_entry),
	        cmocka_unit_test(test_defaults),
	        cmocka_unit_test(test_check_has_letters_and_defaults_of_its_own),
	        cmocka_unit_test(test_variables_with_names_of_their_own),
	        cmocka_unit_test(test_wrong_use_is_one_clear_line),
	        cmocka_unit_test(test_help_lists_every_option_of_a_command),
	        cmocka_unit_test(test_device_forms),
	        cmocka_unit_test(test_impossible_devices),
	        cmocka_unit_test(test_options_of_pcap),
	        cmocka_unit_test(test_parsing_again_begins_anew),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
