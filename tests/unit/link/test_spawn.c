#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "drive.h"
#include "proxy.h"
#include "spawn.h"

static struct arena *arena;

static int begin(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* A shell, as a program that can be told what to do. */
static int run(const char *script, int64_t time_us, struct buf *out, struct buf *errors, struct err *err)
{
	const char *const argv[] = {"/bin/sh", "-c", script, NULL};
	struct spawn spawn = {.argv = argv, .env = spawn_env(arena, NULL)};
	buf_init(out, 65536);
	buf_init(errors, 256);
	return spawn_output(&spawn, time_us, out, errors, err);
}

static void done(struct buf *out, struct buf *errors)
{
	buf_done(out);
	buf_done(errors);
}

static void assert_no_children(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void output_errors_and_status_come_back(void **state)
{
	(void)state;
	struct buf out, errors;
	struct err err = {0};
	assert_int_equal(run("echo out; echo why >&2; read x || echo nothing; exit 7", SECONDS(5), &out, &errors, &err),
	                 7);
	assert_string_equal(out.p, "out\nnothing\n");
	assert_string_equal(errors.p, "why\n");
	done(&out, &errors);
	assert_int_equal(run("kill -9 $$", SECONDS(5), &out, &errors, &err), 128 + SIGKILL);
	done(&out, &errors);
	assert_no_children();
}

static void words_reach_the_program_as_they_are(void **state)
{
	(void)state;
	const char *const argv[] = {"/usr/bin/printf", "%s|", "$(id)", "a b", "; x", "'", "-", NULL};
	struct spawn spawn = {.argv = argv, .env = spawn_env(arena, NULL)};
	struct buf out, errors;
	struct err err = {0};
	buf_init(&out, 256);
	buf_init(&errors, 256);
	assert_int_equal(spawn_output(&spawn, SECONDS(5), &out, &errors, &err), 0);
	assert_string_equal(out.p, "$(id)|a b|; x|'|-|");
	done(&out, &errors);
}

static void a_child_that_does_not_end_is_ended(void **state)
{
	(void)state;
	struct buf out, errors;
	struct err err = {0};
	int64_t began = clock_mono_us();
	assert_int_equal(run("exec sleep 60", 200000, &out, &errors, &err), -1);
	assert_int_equal(err.kind, ERR_TIMEOUT);
	assert_true(clock_mono_us() - began < SECONDS(1));
	done(&out, &errors);
	/* it closes its output and lives on, deaf to SIGTERM */
	assert_int_equal(run("trap '' TERM; exec >&- 2>&-; while :; do sleep 0.1; done", 200000, &out, &errors, &err),
	                 -1);
	assert_int_equal(err.kind, ERR_TIMEOUT);
	assert_true(clock_mono_us() - began < SECONDS(4));
	done(&out, &errors);
	assert_no_children();
}

static void too_much_output_ends_it(void **state)
{
	(void)state;
	struct buf out, errors;
	struct err err = {0};
	assert_int_equal(run("exec yes", SECONDS(10), &out, &errors, &err), -1);
	assert_int_equal(err.kind, ERR_INTERNAL);
	assert_non_null(strstr(err.text, "more than 65536 bytes"));
	done(&out, &errors);
	/* of its errors the beginning is enough */
	assert_int_equal(run("yes | head -c 200000 >&2", SECONDS(10), &out, &errors, &err), 0);
	assert_true(errors.n <= 256);
	done(&out, &errors);
	assert_no_children();
}

static void a_program_that_is_not_there_is_an_error(void **state)
{
	(void)state;
	const char *const argv[] = {"/no/such/program", NULL};
	struct spawn spawn = {.argv = argv, .env = spawn_env(arena, NULL), .fds = {-1, -1, -1}};
	struct err err = {0};
	assert_int_equal(spawn_start(&spawn, &err), -1);
	assert_int_equal(err.kind, ERR_INTERNAL);
	assert_non_null(strstr(err.text, "/no/such/program"));
	assert_non_null(strstr(err.text, "No such file"));
	assert_no_children();
}

/* libssh's sockets are not close-on-exec, and neither is --password-fd. */
static void no_other_descriptor_is_passed_on(void **state)
{
	(void)state;
	struct buf out, errors;
	struct err err = {0};
	int open_one = dup(STDIN_FILENO);
	int high = fcntl(STDIN_FILENO, F_DUPFD, 900);
	/* the fourth is ls's own, on that folder */
	assert_int_equal(run("exec ls /proc/self/fd", SECONDS(5), &out, &errors, &err), 0);
	assert_string_equal(out.p, "0\n1\n2\n3\n");
	(void)close(open_one);
	(void)close(high);
	done(&out, &errors);
}

static void the_environment_is_chosen_and_holds_no_password(void **state)
{
	(void)state;
	static const char *const kept[] = {"HOME", NULL};
	(void)setenv("FGDIAG_PASSWORD", "canary", 1);
	(void)setenv("HOME", "/h", 1);
	(void)setenv("LC_ALL", "de_DE.UTF-8", 1);
	(void)setenv("HOMER", "no", 1);
	const char *const *few = spawn_env(arena, kept);
	assert_string_equal(few[0], "HOME=/h");
	assert_string_equal(few[1], "LC_ALL=C");
	assert_null(few[2]);
	bool homer = false;
	for (const char *const *all = spawn_env(arena, NULL); *all; all++) {
		assert_null(strstr(*all, "canary"));
		assert_string_not_equal(*all, "LC_ALL=de_DE.UTF-8");
		homer |= strcmp(*all, "HOMER=no") == 0;
	}
	assert_true(homer);
	(void)unsetenv("FGDIAG_PASSWORD");
	(void)unsetenv("LC_ALL");
}

static void programs_are_found_in_absolute_folders_of_the_path(void **state)
{
	(void)state;
	const char *old = getenv("PATH");
	char *kept = strdup(old ? old : "/usr/bin:/bin");
	(void)setenv("PATH", ".:bin::/nonexistent:/bin:/usr/bin", 1);
	assert_string_equal(spawn_find(arena, "sh"), "/bin/sh");
	assert_null(spawn_find(arena, "no-such-program"));
	(void)unsetenv("PATH");
	assert_null(spawn_find(arena, "sh"));
	(void)setenv("PATH", kept, 1);
	free(kept);
}

static void only_a_child_that_may_ask_shares_our_terminal(void **state)
{
	(void)state;
	static const char script[] = "exec /bin/sh -c 'kill -INT $$; echo alive; ps -o sid= -p $$ | tr -d \" \"'";
	const char *const argv[] = {"/bin/sh", "-c", script, NULL};
	for (int may_ask = 0; may_ask < 2; may_ask++) {
		struct spawn spawn = {.argv = argv, .env = spawn_env(arena, NULL), .may_ask = may_ask};
		struct buf out, errors;
		struct err err = {0};
		char mine[32];
		buf_init(&out, 256);
		buf_init(&errors, 256);
		int status = spawn_output(&spawn, SECONDS(5), &out, &errors, &err);
		(void)snprintf(mine, sizeof mine, "alive\n%d\n", (int)getsid(0));
		if (may_ask)
			assert_string_equal(out.p, mine);
		else
			assert_int_equal(status, 128 + SIGINT);
		done(&out, &errors);
	}
}

static void an_ignored_sigchld_is_no_trouble(void **state)
{
	(void)state;
	struct buf out, errors;
	struct err err = {0};
	(void)signal(SIGCHLD, SIG_IGN);
	assert_int_equal(run("exit 3", SECONDS(5), &out, &errors, &err), 3);
	done(&out, &errors);
	(void)signal(SIGCHLD, SIG_DFL);
}

static void the_last_words_become_one_line(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
	        {"", ""},
	        {"one\r\n", "one"},
	        {"banner\n\na\nb\r\n  c", "a; b; c"},
	        {"\n\n\n", ""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf out;
		buf_init(&out, 1024);
		spawn_said(str_of(rows[i][0]), &out);
		assert_string_equal(out.p, rows[i][1]);
		buf_done(&out);
	}
}

/* ---- a proxy ---- */

static struct proxy *open_script(const char *script, struct err *err)
{
	const char **argv = ARENA_ARRAY(arena, 4, const char *);
	argv[0] = "/bin/sh";
	argv[1] = "-c";
	argv[2] = script;
	struct ssh_proxy way = {.argv = argv, .env = spawn_env(arena, NULL), .name = "the test"};
	return proxy_open(&way, err);
}

static size_t read_for(int fd, char *out, size_t size)
{
	size_t n = 0;
	for (int i = 0; i < 500 && n < size; i++) {
		ssize_t got = read(fd, out + n, size - n);
		if (got == 0)
			break;
		if (got > 0)
			n += (size_t)got;
		else
			(void)usleep(5000);
	}
	return n;
}

static void a_proxy_is_a_stream_both_ways(void **state)
{
	(void)state;
	struct err err = {0};
	struct proxy *proxy = open_script("echo hello >&2; exec cat", &err);
	assert_non_null(proxy);
	int fd = proxy_take_fd(proxy);
	char text[8] = "";
	assert_int_equal(write(fd, "abc", 3), 3);
	assert_int_equal(read_for(fd, text, 3), 3);
	assert_string_equal(text, "abc");
	struct buf said;
	buf_init(&said, 256);
	proxy_said(proxy, &said);
	assert_string_equal(said.p, "hello");
	buf_done(&said);
	(void)close(fd);
	int64_t began = clock_mono_us();
	proxy_free(proxy);
	assert_true(clock_mono_us() - began < 250000); /* cat ends with its input */
	assert_no_children();
}

static void a_proxy_that_stays_is_ended(void **state)
{
	(void)state;
	static const char *const scripts[] = {"exec sleep 60", "trap '' TERM; while :; do sleep 0.1; done"};
	for (size_t i = 0; i < 2; i++) {
		struct err err = {0};
		struct proxy *proxy = open_script(scripts[i], &err);
		assert_non_null(proxy);
		(void)usleep(50000);
		int64_t began = clock_mono_us();
		proxy_free(proxy);
		assert_true(clock_mono_us() - began < SECONDS(3));
		assert_no_children();
	}
}

static void a_talkative_proxy_is_listened_to(void **state)
{
	(void)state;
	struct err err = {0};
	struct proxy *proxy = open_script("yes banner | head -c 300020 >&2; echo the reason >&2; echo through", &err);
	assert_non_null(proxy);
	int fd = proxy_take_fd(proxy);
	char text[16] = "";
	for (int i = 0; i < 1000 && read(fd, text, 7) != 7; i++) {
		proxy_listen(proxy);
		(void)usleep(2000);
	}
	assert_string_equal(text, "through");
	struct buf said;
	buf_init(&said, 256);
	proxy_said(proxy, &said);
	assert_non_null(strstr(said.p, "; the reason"));
	proxy_listen(proxy);
	buf_done(&said);
	(void)close(fd);
	proxy_free(proxy);
	assert_no_children();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(output_errors_and_status_come_back),
	        cmocka_unit_test(words_reach_the_program_as_they_are),
	        cmocka_unit_test(a_child_that_does_not_end_is_ended),
	        cmocka_unit_test(too_much_output_ends_it),
	        cmocka_unit_test(a_program_that_is_not_there_is_an_error),
	        cmocka_unit_test(no_other_descriptor_is_passed_on),
	        cmocka_unit_test(the_environment_is_chosen_and_holds_no_password),
	        cmocka_unit_test(programs_are_found_in_absolute_folders_of_the_path),
	        cmocka_unit_test(only_a_child_that_may_ask_shares_our_terminal),
	        cmocka_unit_test(an_ignored_sigchld_is_no_trouble),
	        cmocka_unit_test(the_last_words_become_one_line),
	        cmocka_unit_test(a_proxy_is_a_stream_both_ways),
	        cmocka_unit_test(a_proxy_that_stays_is_ended),
	        cmocka_unit_test(a_talkative_proxy_is_listened_to),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
