#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "credential.h"

/* The mark by which a refused credential is known again. */

static struct secret *secret(const char *text)
{
	struct err err;
	struct secret *made = secret_copy(text, &err);
	assert_non_null(made);
	return made;
}

static void mark_of(const struct credential *credential, char out[static CREDENTIAL_MARK_MAX])
{
	struct err err;
	assert_int_equal(credential_mark(credential, out, &err), 0);
}

static void the_same_credential_is_known_again(void **state)
{
	(void)state;
	struct secret *one = secret("let-me-look"), *other = secret("let-me-loo"), *same = secret("let-me-look");
	struct credential credential = {.user = "admin", .password = one};
	char mark[CREDENTIAL_MARK_MAX], again[CREDENTIAL_MARK_MAX];
	mark_of(&credential, mark);
	mark_of(&credential, again);
	assert_string_not_equal(mark, again); /* a salt of its own */
	credential.password = same;
	assert_true(credential_is(&credential, mark) && credential_is(&credential, again));
	credential.password = other;
	assert_false(credential_is(&credential, mark));
	credential.password = NULL;
	assert_false(credential_is(&credential, mark));
	credential = (struct credential){.user = "admi", .password = same};
	assert_false(credential_is(&credential, mark));
	/* What stands in which part counts. */
	credential = (struct credential){.user = "admin3:let-me-look"};
	assert_false(credential_is(&credential, mark));
	assert_null(strstr(mark, "let-me"));
	secret_free(one);
	secret_free(other);
	secret_free(same);
}

static void long_passwords_count_to_their_last_byte(void **state)
{
	(void)state;
	char text[SECRET_MAX_BYTES + 1];
	char mark[CREDENTIAL_MARK_MAX];
	memset(text, 'x', SECRET_MAX_BYTES);
	text[SECRET_MAX_BYTES] = '\0';
	struct secret *one = secret(text);
	struct credential credential = {.user = "admin", .password = one};
	mark_of(&credential, mark);
	assert_true(credential_is(&credential, mark));
	static const size_t places[] = {0, 159, 160, 161, 511, 512, SECRET_MAX_BYTES - 1};
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		text[places[i]] = 'y';
		struct secret *other = secret(text);
		credential.password = other;
		assert_false(credential_is(&credential, mark));
		secret_free(other);
		text[places[i]] = 'x';
	}
	secret_free(one);
}

static void write_key(const char *path, const char *line)
{
	char name[200];
	(void)snprintf(name, sizeof name, "%s.pub", path);
	FILE *file = fopen(name, "w");
	assert_non_null(file);
	(void)fprintf(file, "%s\n", line);
	assert_int_equal(fclose(file), 0);
}

static void another_key_is_another_credential(void **state)
{
	(void)state;
	char folder[] = "/tmp/fgdiag-credential-XXXXXX", path[200], mark[CREDENTIAL_MARK_MAX];
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof path, "%s/id", folder);
	const char *identities[] = {path, "/nonexistent/id"};
	struct credential credential = {.user = "admin", .identities = identities, .identity_count = 2};
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
	write_key(path, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA a");
	mark_of(&credential, mark);
	write_key(path, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA b");
	assert_true(credential_is(&credential, mark));
	write_key(path, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA a");
	assert_false(credential_is(&credential, mark));
	char name[220];
	(void)snprintf(name, sizeof name, "%s.pub", path);
	(void)unlink(name);
	(void)unlink(path);
	(void)rmdir(folder);
}

static void what_is_no_mark_is_no_credential(void **state)
{
	static const char *const marks[] = {"",
	                                    "x",
	                                    "*0",
	                                    "$y$",
	                                    "$y$j9T$",
	                                    "$y$j9T$$",
	                                    "$6$salt$hash",
	                                    "$y$jFT$salt$hash",
	                                    "$y$j9T$....$",
	                                    "$y$j9T$\n",
	                                    "$1$aaaaaaaa$",
	                                    "aa"};
	char longest[400];
	(void)state;
	struct secret *one = secret("x");
	struct credential credential = {.user = "admin", .password = one};
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		assert_false(credential_is(&credential, marks[i]));
	memset(longest, 'a', sizeof longest);
	memcpy(longest, "$y$j9T$", 7);
	longest[sizeof longest - 1] = '\0';
	assert_false(credential_is(&credential, longest));
	secret_free(one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_same_credential_is_known_again),
	        cmocka_unit_test(long_passwords_count_to_their_last_byte),
	        cmocka_unit_test(another_key_is_another_credential),
	        cmocka_unit_test(what_is_no_mark_is_no_credential),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
