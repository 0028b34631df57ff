#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "own_file.h"

/* The table of main.c, which is the program's own. */
const struct command commands[COMMANDS];

static struct arena *arena;
static char folder[] = "/tmp/fgdiag-own-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return rmdir(folder);
}

static const char *in_folder(const char *name)
{
	return arena_printf(arena, "%s/%s", folder, name);
}

static void a_name_is_one_whatever_the_text(void **state)
{
	static const char *const texts[] = {"",      ".",          "..", "../../etc/passwd", "a/b", "a%2fb", "A", "a",
	                                    "[::1]", "fw port 22", "\n", "\xff\xfe",         "-",   "%s%n"};
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		const char *name = own_file_name(arena, texts[i]);
		assert_true(name[0] && name[0] != '.');
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-%"), strlen(name));
		for (size_t k = 0; k < i; k++)
			assert_true(strcmp(name, own_file_name(arena, texts[k])) != 0 || strcmp(texts[i], "-") == 0);
	}
	char one[4000], other[4000];
	memset(one, '/', sizeof one);
	one[sizeof one - 1] = '\0';
	memcpy(other, one, sizeof one);
	other[sizeof other - 2] = 'x';
	assert_true(strlen(own_file_name(arena, one)) < 200);
	assert_string_not_equal(own_file_name(arena, one), own_file_name(arena, other));
}

static void only_our_own_folders_are_taken(void **state)
{
	(void)state;
	struct err err;
	const char *made = in_folder("a/b"), *link = in_folder("link");
	int fd = own_folder_open(made, &err);
	assert_true(fd >= 0);
	(void)close(fd);
	struct stat st;
	assert_int_equal(stat(made, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(symlink(made, link), 0);
	assert_int_equal(own_folder_open(link, &err), -1);
	assert_int_equal(err.kind, ERR_OUTPUT);
	assert_int_equal(chmod(made, 0770), 0);
	assert_int_equal(own_folder_open(made, &err), -1);
	assert_non_null(strstr(err.text, "others may write there"));
	(void)unlink(link);
	(void)rmdir(made);
	(void)rmdir(in_folder("a"));
}

static int take(const char *name, int flags)
{
	struct err err;
	int fd = own_file_open(AT_FDCWD, name, flags, NULL, &err);
	if (fd >= 0)
		(void)close(fd);
	else
		assert_true(err.kind == ERR_OUTPUT && err.text[0]);
	return fd < 0 ? -1 : 0;
}

static void only_our_own_files_are_taken(void **state)
{
	(void)state;
	struct err err;
	bool missing;
	const char *file = in_folder("file"), *link = in_folder("link"), *fifo = in_folder("fifo");
	assert_int_equal(own_file_open(AT_FDCWD, file, O_RDONLY, &missing, &err), -1);
	assert_true(missing);
	assert_int_equal(take(file, O_RDWR | O_CREAT), 0);
	struct stat st;
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(chmod(file, 0620), 0);
	assert_int_equal(take(file, O_RDONLY), -1);
	assert_int_equal(chmod(file, 0644), 0);
	assert_int_equal(take(file, O_RDONLY), 0);
	assert_int_equal(symlink(file, link), 0);
	assert_int_equal(take(link, O_RDWR | O_CREAT), -1);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(take(fifo, O_RDONLY), -1);
	assert_int_equal(take(folder, O_RDONLY), -1);
	assert_int_equal(take("/dev/null", O_RDONLY), -1);
	if (geteuid() == 0 && chown(file, 12345, 12345) == 0)
		assert_int_equal(take(file, O_RDONLY), -1);
	(void)unlink(file);
	(void)unlink(link);
	(void)unlink(fifo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_name_is_one_whatever_the_text),
	        cmocka_unit_test(only_our_own_folders_are_taken),
	        cmocka_unit_test(only_our_own_files_are_taken),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
