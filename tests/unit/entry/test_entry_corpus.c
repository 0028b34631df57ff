/* Real log lines, where the collection is at hand: every ip-conn entry of the
 * key=value kinds gives its fields, every other line is refused with words. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "entry.h"

static const char root[] = "../shared/corpus/logs";

static const char *const folders[] = {"article",        "kv",          "kv-pri",    "kv-hdr-rfc3164",
                                      "kv-pri-rfc3164", "adversarial", "malformed", "abbreviated"};

struct count {
	size_t files, entries, refused;
};

static bool holds(struct str line, const char *bare, const char *quoted)
{
	return str_find(line, bare) >= 0 || str_find(line, quoted) >= 0;
}

/* Told from the raw text, not from the parser under test. */
static bool is_ip_conn(struct str line)
{
	return holds(line, " action=ip-conn ", " action=\"ip-conn\" ") &&
	       holds(line, " type=traffic ", " type=\"traffic\" ");
}

static void read_line(struct arena *arena, const char *path, struct str line, struct count *count)
{
	struct entry entry;
	struct err err = {0};
	if (str_trim(line).n == 0)
		return;
	bool parsed = entry_parse(arena, line, &entry, &err) == 0;
	bool taken = parsed && entry_check_ip_conn(&entry, &err) == 0;
	if (taken != is_ip_conn(line))
		fail_msg("%s: %s", path, taken ? "taken" : err.text);
	if (taken)
		assert_true(entry.time_kind != ENTRY_TIME_NONE && entry.have_proto && entry.srcintf.n &&
		            entry.dstintf.n);
	else
		assert_true(err.kind == ERR_ENTRY && strlen(err.text) > 10);
	count->entries += taken;
	count->refused += !taken;
}

static void read_file(const char *path, struct count *count)
{
	static char text[4 * 1024 * 1024];
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	size_t n = fread(text, 1, sizeof text, file);
	(void)fclose(file);
	struct arena *arena = arena_new();
	struct str rest = {text, n}, line;
	while (str_next_line(&rest, &line))
		read_line(arena, path, line, count);
	arena_free(arena);
	count->files++;
}

static void test_every_line_of_the_collection(void **state)
{
	(void)state;
	struct count count = {0};
	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		char path[512];
		(void)snprintf(path, sizeof path, "%s/%s", root, folders[i]);
		DIR *dir = opendir(path);
		if (!dir)
			continue;
		for (const struct dirent *item; (item = readdir(dir));) {
			if (item->d_name[0] == '.')
				continue;
			(void)snprintf(path, sizeof path, "%s/%s/%s", root, folders[i], item->d_name);
			read_file(path, &count);
		}
		(void)closedir(dir);
	}
	if (count.files == 0) {
		(void)fprintf(stderr, "skip: no %s here, so no real log lines were read\n", root);
		skip();
	}
	(void)fprintf(stderr, "%zu files: %zu ip-conn entries read, %zu other lines refused\n", count.files,
	              count.entries, count.refused);
	assert_true(count.entries >= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_line_of_the_collection)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
