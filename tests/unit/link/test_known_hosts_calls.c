#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <libssh/libssh.h>
#include <sys/file.h>

#include "drive.h"
#include "known_hosts.h"
#include "wrapped.h"

#define KEY_A "AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"
#define KEY_B "AAAAC3NzaC1lZDI1NTE5AAAAIP//AwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"
#define RSA   "AAAAB3NzaC1yc2EAAAADAQABAAAAgQ=="

WRAP(int, fstat, -1, (int fd, struct stat *st), (fd, st))
WRAP(int, flock, -1, (int fd, int how), (fd, how))
WRAP(int, fsync, -1, (int fd), (fd))
WRAP(int, ftruncate, -1, (int fd, off_t n), (fd, n))
WRAP(int, ssh_get_publickey_hash, -1, (ssh_key key, enum ssh_publickey_hash_type type, unsigned char **hash, size_t *n),
     (key, type, hash, n))
WRAP(char *, ssh_get_fingerprint_hash, NULL, (enum ssh_publickey_hash_type type, unsigned char *hash, size_t n),
     (type, hash, n))

/* A failure without an error is a file that has become shorter: errno is of
 * another call then. */
ssize_t __real_pread(int fd, void *p, size_t n, off_t at);
ssize_t __wrap_pread(int fd, void *p, size_t n, off_t at)
{
	if (!fails("pread"))
		return __real_pread(fd, p, n, at);
	ssize_t rc = errno ? -1 : 0;
	errno = errno ? errno : EWOULDBLOCK;
	return rc;
}

static bool endless; /* each read is full */

ssize_t __real_read(int fd, void *p, size_t n);
ssize_t __wrap_read(int fd, void *p, size_t n)
{
	if (fails("read"))
		return -1;
	if (!endless)
		return __real_read(fd, p, n);
	memset(p, '\n', n);
	return (ssize_t)n;
}

/* The folder's open is told apart: it is the one that may fail by itself. */
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	va_start(args, flags);
	mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	if (flags & O_DIRECTORY && fails("open"))
		return -1;
	return __real_open(path, flags, mode);
}

/* A failure without an error is a disk that takes half of it. */
static int grow_fd = -1; /* another program appends, after us */
ssize_t __real_write(int fd, const void *p, size_t n);
ssize_t __wrap_write(int fd, const void *p, size_t n)
{
	if (!fails("write"))
		return __real_write(fd, p, n);
	ssize_t written = errno ? -1 : __real_write(fd, p, n / 2);
	if (grow_fd >= 0)
		assert_int_equal(__real_write(grow_fd, "#\n", 2), 2);
	return written;
}

/* Closed, and told that it was not. */
int __real_close(int fd);
int __wrap_close(int fd)
{
	int rc = __real_close(fd);
	return fails("close") ? -1 : rc;
}

static char folder[128], file[160];
static const char before[] = "other ssh-ed25519 " KEY_B "\n";
static const char after[] = "other ssh-ed25519 " KEY_B "\nfgt ssh-ed25519 " KEY_A "\n";

static int begin(void **state)
{
	(void)state;
	let_none_fail();
	make_folder_name(folder, sizeof folder);
	(void)snprintf(file, sizeof file, "%s/known_hosts", folder);
	write_file(file, before, 0600);
	return 0;
}

static int end(void **state)
{
	(void)state;
	let_none_fail();
	(void)unlink(file);
	return rmdir(folder);
}

static struct known_hosts_result find_key(const char *path, const char *host, const char *type, const char *base64)
{
	struct known_hosts_result result;
	known_hosts_find(&path, 1, host, 22, type, base64, &result);
	return result;
}

static struct known_hosts_result find(const char *path, const char *host)
{
	return find_key(path, host, "ssh-ed25519", KEY_B);
}

static int add(struct err *err)
{
	*err = (struct err){0};
	return known_hosts_add(file, "fgt", 22, "ssh-ed25519", KEY_A, err);
}

/* ---- reading ---- */

static void a_file_that_cannot_be_read_whole_is_unreadable(void **state)
{
	(void)state;
	static const char *const calls[] = {"fstat", "read"};
	for (size_t i = 0; i < 2; i++) {
		let_fail(calls[i], 0, 1, EIO);
		assert_int_equal(find(file, "other").answer, KNOWN_HOSTS_UNREADABLE);
		assert_int_equal(find(file, "other").answer, KNOWN_HOSTS_OK);
	}
	let_fail("read", 1, 1, EIO); /* after the line with the key */
	assert_int_equal(find(file, "other").answer, KNOWN_HOSTS_UNREADABLE);
	let_fail("read", 0, 3, EINTR);
	assert_int_equal(find(file, "other").answer, KNOWN_HOSTS_OK);
	endless = true; /* it grows faster than it is read */
	assert_int_equal(find(file, "other").answer, KNOWN_HOSTS_UNREADABLE);
	endless = false;
}

static void only_a_file_that_is_not_there_counts_as_empty(void **state)
{
	(void)state;
	char path[200];
	(void)snprintf(path, sizeof path, "%s/below_a_file", file);
	assert_int_equal(find(path, "other").answer, KNOWN_HOSTS_UNKNOWN);
	(void)snprintf(path, sizeof path, "%s/loop", folder);
	assert_int_equal(symlink(path, path), 0);
	assert_int_equal(find(path, "other").answer, KNOWN_HOSTS_UNREADABLE);
	(void)unlink(path);
}

static void a_fingerprint_that_cannot_be_made_is_empty(void **state)
{
	(void)state;
	static const char *const calls[] = {"ssh_get_publickey_hash", "ssh_get_fingerprint_hash"};
	for (size_t i = 0; i < 2; i++) {
		let_fail(calls[i], 0, 1, ENOMEM);
		struct known_hosts_result result = find_key(file, "other", "ssh-ed25519", KEY_A);
		assert_int_equal(result.answer, KNOWN_HOSTS_CHANGED);
		assert_string_equal(result.fingerprint, "");
	}
}

/* ---- what lines hold ---- */

static void padding_is_no_part_of_a_key(void **state)
{
	(void)state;
	static const struct {
		const char *base64;
		enum known_hosts_answer answer;
	} rows[] = {
	        {RSA, KNOWN_HOSTS_OK},          {"AAAAB3NzaC1yc2EAAAADAQABAAAAgQ", KNOWN_HOSTS_OK},
	        {RSA "=", KNOWN_HOSTS_CHANGED}, {"", KNOWN_HOSTS_CHANGED},
	        {"=", KNOWN_HOSTS_CHANGED},
	};
	write_file(file, "fgt ssh-rsa " RSA "\n", 0600);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(find_key(file, "fgt", "ssh-rsa", rows[i].base64).answer, rows[i].answer);
}

static void a_key_that_is_not_of_its_type_or_ends_early_is_damage(void **state)
{
	(void)state;
	static const char *const lines[] = {"fgt ssh-ed25518 " KEY_B, "fgt ssh-ed25519 AAAAC3NzaC1lZDI1NTE5",
	                                    "fgt ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA"};
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		write_file(file, lines[i], 0600);
		struct known_hosts_result result = find(file, "fgt");
		assert_int_equal(result.answer, KNOWN_HOSTS_UNKNOWN);
		assert_int_equal(result.damaged, 1);
	}
}

static void empty_patterns_match_nobody(void **state)
{
	(void)state;
	write_file(file, ",,! ssh-ed25519 " KEY_B "\n", 0600);
	assert_int_equal(find(file, "other").answer, KNOWN_HOSTS_UNKNOWN);
	write_file(file, ",!,other, ssh-ed25519 " KEY_B "\n", 0600);
	assert_int_equal(find(file, "other").answer, KNOWN_HOSTS_OK);
}

static void a_type_of_any_length_is_another_type(void **state)
{
	(void)state;
	/* the 70 bytes that its key names too */
	write_file(file,
	           "fgt xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx "
	           "AAAARnh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg"
	           "AAAAA\n",
	           0600);
	struct known_hosts_result result = find(file, "fgt");
	assert_int_equal(result.damaged, 0);
	assert_int_equal(result.answer, KNOWN_HOSTS_OTHER);
	assert_string_equal(result.fingerprint, "");
}

static void a_host_without_a_usable_name_is_known_by_no_line(void **state)
{
	(void)state;
	char name[400], types[64] = "untouched";
	struct err err = {0};
	const char *path = file;
	write_file(file, "* ssh-ed25519 " KEY_B "\n", 0600);
	memset(name, 'a', sizeof name);
	name[sizeof name - 1] = '\0';
	assert_int_equal(find(file, name).answer, KNOWN_HOSTS_UNKNOWN);
	assert_int_equal(find(file, "").answer, KNOWN_HOSTS_UNKNOWN);
	known_hosts_types(&path, 1, name, 22, types, sizeof types);
	assert_string_equal(types, "");
	assert_int_equal(known_hosts_add(file, name, 22, "ssh-ed25519", KEY_A, &err), -1);
	assert_non_null(strstr(err.text, "is no name for a known_hosts line"));
	assert_string_equal(read_text(file), "* ssh-ed25519 " KEY_B "\n");
}

/* ---- writing ---- */

/* Each is an error with words, and the file is as it was. */
static void a_call_that_fails_leaves_the_file_as_it_was(void **state)
{
	(void)state;
	static const struct {
		const char *call;
		unsigned after;
		int error;
		const char *words;
	} rows[] = {
	        {"fstat", 0, EIO, "fstat: Input/output error"},    {"fstat", 1, EIO, "another program holds it"},
	        {"flock", 0, EIO, "another program holds it"},     {"pread", 0, EIO, "read: Input/output error"},
	        {"pread", 0, 0, "read: Input/output error"},       {"write", 0, EDQUOT, "write: Disk quota exceeded"},
	        {"write", 0, 0, "write: No space left on device"}, {"fsync", 0, EIO, "write: Input/output error"},
	        {"fsync", 1, EIO, "write: Input/output error"},    {"open", 0, EMFILE, "write: Too many open files"},
	        {"write", 0, 9999, "write: unknown error"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct err err;
		let_fail(rows[i].call, rows[i].after, 1, rows[i].error);
		int rc = add(&err);
		let_none_fail();
		if (rc != -1 || err.kind != ERR_HOST_KEY || !strstr(err.text, rows[i].words))
			fail_msg("%s, %u: %s", rows[i].call, rows[i].after, err.text);
		assert_string_equal(read_text(file), before);
	}
}

static void what_does_not_matter_is_no_failure(void **state)
{
	(void)state;
	static const struct {
		const char *call;
		unsigned after, times;
		int error;
	} rows[] = {
	        {"flock", 0, 2, EINTR},      {"flock", 0, 2, EWOULDBLOCK}, {"flock", 0, 1, ENOLCK},
	        {"flock", 0, 1, EOPNOTSUPP}, {"write", 0, 3, EINTR},       {"fsync", 1, 1, EINVAL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct err err;
		write_file(file, before, 0600);
		let_fail(rows[i].call, rows[i].after, rows[i].times, rows[i].error);
		if (add(&err) != 0)
			fail_msg("%s: %s", rows[i].call, err.text);
		let_none_fail();
		assert_string_equal(read_text(file), after);
	}
}

/* What cannot be cut off again is said: the next line would begin inside it. */
static void half_a_line_that_stays_is_said(void **state)
{
	(void)state;
	struct err err;
	static const char *const calls[] = {"ftruncate", "fstat"};
	for (size_t i = 0; i < 2; i++) {
		write_file(file, before, 0600);
		let_fail("write", 0, 1, 0);
		let_fail(calls[i], i ? 2 : 0, 1, EIO);
		assert_int_equal(add(&err), -1);
		let_none_fail();
		assert_non_null(strstr(err.text, "the file now ends in half a line: No space left"));
	}
	/* what another program has written by now is not cut off */
	write_file(file, before, 0600);
	grow_fd = __real_open(file, O_WRONLY | O_APPEND | O_CLOEXEC);
	let_fail("write", 0, 1, 0);
	assert_int_equal(add(&err), -1);
	(void)__real_close(grow_fd);
	grow_fd = -1;
	assert_non_null(strstr(err.text, "half a line"));
	assert_non_null(strstr(read_text(file), "#\n"));
}

static void a_close_that_fails_is_a_failure_and_the_first_one_is_told(void **state)
{
	(void)state;
	struct err err;
	let_fail("close", 1, 1, EIO); /* after the folder's */
	assert_int_equal(add(&err), -1);
	assert_non_null(strstr(err.text, "close: Input/output error"));
	let_none_fail();
	let_fail("pread", 0, 1, EIO);
	let_fail("close", 0, 1, EDQUOT);
	assert_int_equal(add(&err), -1);
	assert_non_null(strstr(err.text, "read: Input/output error"));
}

static void a_key_too_long_for_a_line_is_not_written(void **state)
{
	(void)state;
	struct err err = {0};
	char key[9000];
	memset(key, 'A', sizeof key);
	key[sizeof key - 1] = '\0';
	assert_int_equal(known_hosts_add(file, "fgt", 22, "ssh-ed25519", key, &err), -1);
	assert_non_null(strstr(err.text, "too long for a line"));
	assert_string_equal(read_text(file), before);
}

static void a_file_of_the_current_or_the_root_folder_has_one_too(void **state)
{
	(void)state;
	struct err err = {0};
	int here = __real_open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(chdir(folder), 0);
	int rc = known_hosts_add("known_hosts", "fgt", 22, "ssh-ed25519", KEY_A, &err);
	assert_int_equal(fchdir(here), 0);
	(void)__real_close(here);
	assert_int_equal(rc, 0);
	assert_string_equal(read_text(file), after);
	assert_int_equal(known_hosts_add("/dev", "fgt", 22, "ssh-ed25519", KEY_A, &err), -1);
	assert_non_null(strstr(err.text, "open: Is a directory"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(a_file_that_cannot_be_read_whole_is_unreadable),
	        TEST(only_a_file_that_is_not_there_counts_as_empty),
	        TEST(a_fingerprint_that_cannot_be_made_is_empty),
	        TEST(padding_is_no_part_of_a_key),
	        TEST(a_key_that_is_not_of_its_type_or_ends_early_is_damage),
	        TEST(empty_patterns_match_nobody),
	        TEST(a_type_of_any_length_is_another_type),
	        TEST(a_host_without_a_usable_name_is_known_by_no_line),
	        TEST(a_call_that_fails_leaves_the_file_as_it_was),
	        TEST(what_does_not_matter_is_no_failure),
	        TEST(half_a_line_that_stays_is_said),
	        TEST(a_close_that_fails_is_a_failure_and_the_first_one_is_told),
	        TEST(a_key_too_long_for_a_line_is_not_written),
	        TEST(a_file_of_the_current_or_the_root_folder_has_one_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
