#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host_command.h"

#define PROC                                                                                                       \
	"grep -H . /proc/stat /proc/meminfo /proc/loadavg /proc/net/dev /proc/pressure/cpu /proc/pressure/memory " \
	"/proc/pressure/io"

static void test_the_table_takes_its_own_commands(void **state)
{
	(void)state;
	static const char *const allowed[] = {"ping -c 1 192.0.2.1", "ping -c 10000 2001:db8::53", PROC};
	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
		assert_non_null(host_command_find(str_of(allowed[i]), NULL));
}

static void test_everything_else_is_refused(void **state)
{
	(void)state;
	static const char *const refused[] = {
	        "",
	        "ping",
	        "ping -c 5",
	        "ping -c 0 192.0.2.1",
	        "ping -c 10001 192.0.2.1",
	        "ping -c 05 192.0.2.1",
	        "ping -c 5 example.com",
	        "ping -c 5 192.0.2.1;id",
	        "ping -c 5 $(id)",
	        "ping -c 5 192.0.2.1 -f",
	        "ping -f -c 5 192.0.2.1",
	        "ping  -c 5 192.0.2.1",
	        "ping -c 5 192.0.2.1 ",
	        " ping -c 5 192.0.2.1",
	        "ping -c 5 192.0.2.1\nid",
	        "ping -c 5 192.0.2.1\x7f",
	        "ping -c 5 192.0.2.1\xc2\xa0",
	        "ping\t-c 5 192.0.2.1",
	        "ping -c 5 192.0.2.1\x7f",
	        "ping -c 5 127.0.0.1",
	        "ping -c 5 0.0.0.0",
	        "ping -c 5 2001:DB8::53",
	        "grep -H . /proc/stat",
	        PROC " /etc/shadow",
	        "cat /etc/shadow",
	        "sh -c id",
	};
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct err err;
		if (host_command_find(str_of(refused[i]), &err))
			fail_msg("allowed: %s", refused[i]);
		assert_int_equal(err.kind, ERR_PLAYBOOK);
	}
}

/* Over SSH a shell reads the words, so none may say anything to it. */
static void test_no_word_of_the_table_means_something_to_a_shell(void **state)
{
	(void)state;
	for (size_t i = 0; i < host_shape_count; i++) {
		struct str rest = str_of(host_shapes[i].shape), word;
		while (str_next_word(&rest, &word)) {
			for (size_t k = 0; word.p[0] != '<' && k < word.n; k++)
				assert_null(strchr("'\"\\$`;&|<>()[]{}*?!~#=%^", word.p[k]));
		}
	}
}

static void test_a_command_becomes_a_vector(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	const char *const *argv = host_command_argv(arena, str_of("ping -c 5 192.0.2.1"));
	assert_string_equal(argv[0], "ping");
	assert_string_equal(argv[3], "192.0.2.1");
	assert_null(argv[4]);
	argv = host_command_argv(arena,
	                         str_of("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 "
	                                "30 31 32 33 34 35 36 37 38 39 40"));
	size_t n = 0;
	while (argv[n])
		n++;
	assert_in_range(n, 4, 39);
	arena_free(arena);
}

/* The vector has an end, and no shape of the table reaches it. */
static void test_every_shape_fits_into_a_vector(void **state)
{
	(void)state;
	enum { ROOM = 16 };
	struct arena *arena = arena_new();
	const char *const *argv = host_command_argv(arena, str_of("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17"));
	assert_string_equal(argv[ROOM - 1], "16");
	assert_null(argv[ROOM]);
	for (size_t i = 0; i < host_shape_count; i++) {
		struct str rest = str_of(host_shapes[i].shape), word;
		size_t words = 0;
		while (str_next_word(&rest, &word))
			words++;
		assert_in_range(words, 1, ROOM);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_the_table_takes_its_own_commands),
	        cmocka_unit_test(test_everything_else_is_refused),
	        cmocka_unit_test(test_no_word_of_the_table_means_something_to_a_shell),
	        cmocka_unit_test(test_a_command_becomes_a_vector),
	        cmocka_unit_test(test_every_shape_fits_into_a_vector),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
