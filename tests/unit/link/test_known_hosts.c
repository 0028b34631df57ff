#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "drive.h"
#include "known_hosts.h"

#define KEY_A "AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"
#define KEY_B "AAAAC3NzaC1lZDI1NTE5AAAAIP//AwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"
#define RSA   "AAAAB3NzaC1yc2EAAAADAQABAAAAgQ=="
#define DSS   "AAAAB3NzaC1kc3MAAACBAP//"

static char folder[128], first[160], second[160];
static const char *files[2];

static int begin(void **state)
{
	(void)state;
	make_folder_name(folder, sizeof folder);
	(void)snprintf(first, sizeof first, "%s/first", folder);
	(void)snprintf(second, sizeof second, "%s/second", folder);
	files[0] = first;
	files[1] = second;
	return 0;
}

static int end(void **state)
{
	(void)state;
	(void)unlink(first);
	(void)unlink(second);
	return rmdir(folder);
}

static struct known_hosts_result find(const char *host, unsigned port)
{
	struct known_hosts_result result;
	memset(&result, 0x5a, sizeof result);
	known_hosts_find(files, 2, host, port, "ssh-ed25519", KEY_A, &result);
	return result;
}

static enum known_hosts_answer look(const char *text, const char *host, unsigned port)
{
	write_file(first, text, 0600);
	return find(host, port).answer;
}

/* ---- which lines speak of a host ---- */

static void names_ports_and_patterns_match_as_in_openssh(void **state)
{
	(void)state;
	static const struct {
		const char *hosts;
		const char *host;
		unsigned port;
		enum known_hosts_answer answer;
	} cases[] = {
	        {"fgt", "fgt", 22, KNOWN_HOSTS_OK},
	        {"FGT", "fgt", 22, KNOWN_HOSTS_OK},
	        {"fgt", "fgt", 2222, KNOWN_HOSTS_UNKNOWN},
	        {"fgt", "fgt2", 22, KNOWN_HOSTS_UNKNOWN},
	        {"[fgt]:2222", "fgt", 2222, KNOWN_HOSTS_OK},
	        {"[fgt]:2222", "fgt", 22, KNOWN_HOSTS_UNKNOWN},
	        {"[fgt]:22", "fgt", 22, KNOWN_HOSTS_OK},
	        {"other,fgt,192.0.2.1", "fgt", 22, KNOWN_HOSTS_OK},
	        {"fgt?", "fgt7", 22, KNOWN_HOSTS_OK},
	        {"*.example.net", "fgt.example.net", 22, KNOWN_HOSTS_OK},
	        {"*", "anything", 22, KNOWN_HOSTS_OK},
	        {"*.example.net,!fgt.example.net", "fgt.example.net", 22, KNOWN_HOSTS_UNKNOWN},
	        {"!fgt.example.net,*.example.net", "fgt.example.net", 22, KNOWN_HOSTS_UNKNOWN},
	        {"!fgt.example.net,*.example.net", "other.example.net", 22, KNOWN_HOSTS_OK},
	        {"2001:db8::1", "2001:db8::1", 22, KNOWN_HOSTS_OK},
	        {"[2001:db8::1]:830", "2001:db8::1", 830, KNOWN_HOSTS_OK},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char line[512];
		(void)snprintf(line, sizeof line, "%s ssh-ed25519 " KEY_A " a comment\n", cases[i].hosts);
		if (look(line, cases[i].host, cases[i].port) != cases[i].answer)
			fail_msg("%s for %s port %u", cases[i].hosts, cases[i].host, cases[i].port);
		assert_int_equal(find(cases[i].host, cases[i].port).damaged, 0);
	}
}

static void blanks_tabs_and_line_ends_do_not_matter(void **state)
{
	(void)state;
	assert_int_equal(look("  fgt\tssh-ed25519   " KEY_A "\r\n", "fgt", 22), KNOWN_HOSTS_OK);
	assert_int_equal(look("fgt ssh-ed25519 " KEY_A, "fgt", 22), KNOWN_HOSTS_OK);
	assert_int_equal(look("\n\n# fgt ssh-ed25519 " KEY_B "\n\t\nfgt ssh-ed25519 " KEY_A "\n", "fgt", 22),
	                 KNOWN_HOSTS_OK);
	assert_int_equal(find("fgt", 22).line, 5);
	assert_int_equal(find("fgt", 22).damaged, 0);
	assert_string_equal(find("fgt", 22).file, first);
}

/* ---- answers ---- */

static void another_key_is_changed_and_another_type_is_other(void **state)
{
	(void)state;
	assert_int_equal(look("fgt ssh-ed25519 " KEY_B "\n", "fgt", 22), KNOWN_HOSTS_CHANGED);
	assert_int_equal(find("fgt", 22).line, 1);
	assert_int_equal(look("fgt ssh-rsa " RSA "\n", "fgt", 22), KNOWN_HOSTS_OTHER);
	/* a type this libssh has no use for still counts */
	assert_int_equal(look("fgt ssh-dss " DSS "\n", "fgt", 22), KNOWN_HOSTS_OTHER);
	assert_int_equal(look("fgt ssh-rsa " RSA "\nfgt ssh-ed25519 " KEY_B "\n", "fgt", 22), KNOWN_HOSTS_CHANGED);
	assert_int_equal(find("fgt", 22).line, 2);
	assert_int_equal(look("fgt ssh-ed25519 " KEY_B "\nfgt ssh-ed25519 " KEY_A "\n", "fgt", 22), KNOWN_HOSTS_OK);
}

static void the_telling_line_s_fingerprint_is_given(void **state)
{
	(void)state;
	assert_int_equal(look("fgt ssh-ed25519 " KEY_B "\n", "fgt", 22), KNOWN_HOSTS_CHANGED);
	struct known_hosts_result changed = find("fgt", 22);
	assert_int_equal(look("fgt ssh-ed25519 " KEY_A "\n", "fgt", 22), KNOWN_HOSTS_OK);
	struct known_hosts_result same = find("fgt", 22);
	assert_int_equal(strncmp(changed.fingerprint, "SHA256:", 7), 0);
	assert_int_equal(strlen(changed.fingerprint), 7 + 43);
	assert_string_not_equal(changed.fingerprint, same.fingerprint);
	/* a key that libssh cannot read: no fingerprint, and no harm */
	assert_int_equal(look("fgt ssh-dss " DSS "\n", "fgt", 22), KNOWN_HOSTS_OTHER);
	assert_string_equal(find("fgt", 22).fingerprint, "");
}

static void capitals_in_a_line_do_not_matter(void **state)
{
	(void)state;
	assert_int_equal(look("FGT.Example ssh-ed25519 " KEY_A "\n", "fgt.example", 22), KNOWN_HOSTS_OK);
	assert_int_equal(look("*.EXAMPLE,!FGT.example ssh-ed25519 " KEY_A "\n", "fgt.example", 22),
	                 KNOWN_HOSTS_UNKNOWN);
}

static void a_line_of_a_megabyte_hides_nothing(void **state)
{
	(void)state;
	static const char good[] = "\nfgt ssh-ed25519 " KEY_A "\n";
	const size_t n = 1100000;
	char *text = malloc(2 * n + sizeof good);
	assert_non_null(text);
	memset(text, 'x', n);
	memcpy(text + n, good, sizeof good - 1);
	memset(text + n + sizeof good - 1, 'y', n);
	text[2 * n + sizeof good - 1] = '\0';
	assert_int_equal(look(text, "fgt", 22), KNOWN_HOSTS_OK);
	assert_int_equal(find("fgt", 22).line, 2);
	assert_int_equal(find("fgt", 22).damaged, 2);
	free(text);
}

static void the_second_file_counts_too(void **state)
{
	(void)state;
	write_file(second, "fgt ssh-ed25519 " KEY_A "\n", 0600);
	assert_int_equal(find("fgt", 22).answer, KNOWN_HOSTS_OK); /* the first does not exist */
	assert_int_equal(look("fgt ssh-ed25519 " KEY_B "\n", "fgt", 22), KNOWN_HOSTS_OK);
	assert_string_equal(find("fgt", 22).file, second);
	write_file(second, "@revoked * ssh-ed25519 " KEY_A "\n", 0600);
	assert_int_equal(look("fgt ssh-ed25519 " KEY_A "\n", "fgt", 22), KNOWN_HOSTS_REVOKED);
}

static void no_file_and_no_line_are_unknown(void **state)
{
	(void)state;
	assert_int_equal(find("fgt", 22).answer, KNOWN_HOSTS_UNKNOWN);
	assert_int_equal(look("", "fgt", 22), KNOWN_HOSTS_UNKNOWN);
	struct known_hosts_result result;
	known_hosts_find(NULL, 0, "fgt", 22, "ssh-ed25519", KEY_A, &result);
	assert_int_equal(result.answer, KNOWN_HOSTS_UNKNOWN);
}

static void a_revoked_key_is_revoked_wherever_its_line_stands(void **state)
{
	(void)state;
	assert_int_equal(look("@revoked fgt ssh-ed25519 " KEY_A "\n", "fgt", 22), KNOWN_HOSTS_REVOKED);
	assert_int_equal(look("fgt ssh-ed25519 " KEY_A "\n@revoked * ssh-ed25519 " KEY_A "\n", "fgt", 22),
	                 KNOWN_HOSTS_REVOKED);
	assert_int_equal(find("fgt", 22).line, 2);
	assert_int_equal(look("@revoked * ssh-ed25519 " KEY_A "\nfgt ssh-ed25519 " KEY_A "\n", "fgt", 22),
	                 KNOWN_HOSTS_REVOKED);
	/* another key was revoked, or for another host */
	assert_int_equal(look("@revoked * ssh-ed25519 " KEY_B "\nfgt ssh-ed25519 " KEY_A "\n", "fgt", 22),
	                 KNOWN_HOSTS_OK);
	assert_int_equal(look("@revoked other ssh-ed25519 " KEY_A "\nfgt ssh-ed25519 " KEY_A "\n", "fgt", 22),
	                 KNOWN_HOSTS_OK);
}

static void an_authority_s_key_is_not_a_host_s(void **state)
{
	(void)state;
	assert_int_equal(look("@cert-authority * ssh-ed25519 " KEY_A "\n", "fgt", 22), KNOWN_HOSTS_UNKNOWN);
	assert_int_equal(find("fgt", 22).damaged, 0);
}

/* ---- damage ---- */

static void damaged_lines_are_counted_and_hide_nothing(void **state)
{
	(void)state;
	static const char *const bad[] = {
	        "fgt",
	        "fgt ssh-ed25519",
	        "fgt ssh-ed25519 AAAAC3Nz!!",
	        "fgt ssh-ed25519 AAAAC3Nz",
	        "fgt ssh-rsa " KEY_A,
	        "fgt ssh-ed25519 " KEY_A "A",
	        "@unknown fgt ssh-ed25519 " KEY_A,
	        "@revoked",
	        "fgt 1024 35 1234567890",
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		char text[1024];
		(void)snprintf(text, sizeof text, "# one\n%s\n", bad[i]);
		if (look(text, "fgt", 22) != KNOWN_HOSTS_UNKNOWN || find("fgt", 22).damaged != 1)
			fail_msg("%s", bad[i]);
		assert_int_equal(find("fgt", 22).damaged_line, 2);
		assert_string_equal(find("fgt", 22).damaged_file, first);
		(void)snprintf(text, sizeof text, "%s\nfgt ssh-ed25519 " KEY_A "\n", bad[i]);
		assert_int_equal(look(text, "fgt", 22), KNOWN_HOSTS_OK);
	}
}

static void a_line_too_long_is_damaged_and_hides_nothing(void **state)
{
	(void)state;
	char *text = malloc(20000);
	assert_non_null(text);
	memset(text, 'x', 12000);
	(void)snprintf(text + 12000, 8000, "\nfgt ssh-ed25519 " KEY_A "\n");
	assert_int_equal(look(text, "fgt", 22), KNOWN_HOSTS_OK);
	assert_int_equal(find("fgt", 22).line, 2);
	assert_int_equal(find("fgt", 22).damaged, 1);
	text[12000] = '\0'; /* and without a newline at its end */
	assert_int_equal(look(text, "fgt", 22), KNOWN_HOSTS_UNKNOWN);
	assert_int_equal(find("fgt", 22).damaged, 1);
	free(text);
}

static void a_nul_byte_damages_its_line_only(void **state)
{
	(void)state;
	static const char text[] = "fgt\0 ssh-ed25519 " KEY_A "\nfgt ssh-ed25519 " KEY_A "\n";
	FILE *f = fopen(first, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, sizeof text - 1, f), sizeof text - 1);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(find("fgt", 22).answer, KNOWN_HOSTS_OK);
	assert_int_equal(find("fgt", 22).damaged, 1);
}

static void what_is_no_plain_file_is_unreadable(void **state)
{
	(void)state;
	write_file(second, "fgt ssh-ed25519 " KEY_A "\n", 0600);
	files[0] = folder;
	assert_int_equal(find("fgt", 22).answer, KNOWN_HOSTS_UNREADABLE);
	assert_string_equal(find("fgt", 22).file, folder);
	files[0] = "/dev/zero";
	assert_int_equal(find("fgt", 22).answer, KNOWN_HOSTS_UNREADABLE);
	assert_int_equal(mkfifo(first, 0600), 0); /* must not wait for a writer */
	files[0] = first;
	assert_int_equal(find("fgt", 22).answer, KNOWN_HOSTS_UNREADABLE);
	(void)unlink(first);
	int fd = open(first, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(ftruncate(fd, 17 * 1024 * 1024), 0);
	(void)close(fd);
	assert_int_equal(find("fgt", 22).answer, KNOWN_HOSTS_UNREADABLE);
}

static void a_file_without_permission_is_unreadable(void **state)
{
	(void)state;
	if (geteuid() == 0) {
		print_message("root may read everything: skipped\n");
		skip();
	}
	write_file(first, "fgt ssh-ed25519 " KEY_A "\n", 0000);
	assert_int_equal(find("fgt", 22).answer, KNOWN_HOSTS_UNREADABLE);
}

/* ---- second opinion ---- */

static int ssh_keygen(const char *a, const char *b, const char *c, const char *d)
{
	pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);
		(void)dup2(null, 1);
		(void)dup2(null, 2);
		(void)execlp("ssh-keygen", "ssh-keygen", a, b, c, d, (char *)NULL);
		_exit(127);
	}
	int status = 0;
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void names_hashed_by_ssh_keygen_are_found(void **state)
{
	(void)state;
	write_file(first,
	           "fgt,192.0.2.1 ssh-ed25519 " KEY_A "\n[fgt]:2222 ssh-ed25519 " KEY_B "\nother ssh-rsa " RSA "\n",
	           0600);
	int status = ssh_keygen("-q", "-H", "-f", first);
	if (status == 127) {
		print_message("ssh-keygen is not installed: skipped\n");
		skip();
	}
	assert_int_equal(status, 0);
	char old[200];
	(void)snprintf(old, sizeof old, "%s.old", first);
	(void)unlink(old);
	assert_null(strstr(read_text(first), "fgt"));
	assert_int_equal(find("fgt", 22).answer, KNOWN_HOSTS_OK);
	assert_int_equal(find("192.0.2.1", 22).answer, KNOWN_HOSTS_OK);
	assert_int_equal(find("fgt", 2222).answer, KNOWN_HOSTS_CHANGED);
	assert_int_equal(find("192.0.2.9", 22).answer, KNOWN_HOSTS_UNKNOWN);
	char types[64];
	known_hosts_types(files, 2, "fgt", 22, types, sizeof types);
	assert_string_equal(types, "ssh-ed25519");
}

static void ssh_keygen_finds_what_we_write(void **state)
{
	(void)state;
	struct err err = {0};
	assert_int_equal(known_hosts_add(first, "fgt", 2222, "ssh-ed25519", KEY_A, &err), 0);
	int status = ssh_keygen("-F", "[fgt]:2222", "-f", first);
	if (status == 127) {
		print_message("ssh-keygen is not installed: skipped\n");
		skip();
	}
	assert_int_equal(status, 0);
}

/* ---- types ---- */

static void types_are_listed_once_and_as_far_as_they_fit(void **state)
{
	(void)state;
	char types[64], tiny[12];
	write_file(first,
	           "# fgt\nfgt ssh-dss damaged!\nfgt ssh-rsa " RSA "\nother ssh-dss " DSS "\n@revoked fgt ssh-dss " DSS
	           "\nfgt ssh-ed25519 " KEY_A "\nfgt ssh-ed25519 " KEY_B "\n",
	           0600);
	known_hosts_types(files, 2, "fgt", 22, types, sizeof types);
	assert_string_equal(types, "ssh-rsa,ssh-ed25519");
	known_hosts_types(files, 2, "fgt", 22, tiny, sizeof tiny);
	assert_string_equal(tiny, "ssh-rsa");
	known_hosts_types(files, 2, "nobody", 22, types, sizeof types);
	assert_string_equal(types, "");
}

/* ---- writing ---- */

static void a_new_line_goes_into_a_private_file(void **state)
{
	(void)state;
	struct err err = {0};
	struct stat st;
	char deep[256], inner[190];
	(void)snprintf(inner, sizeof inner, "%s/inner", folder);
	(void)snprintf(deep, sizeof deep, "%s/known_hosts", inner);
	assert_int_equal(known_hosts_add(deep, "fgt", 22, "ssh-ed25519", KEY_A, &err), 0);
	assert_string_equal(read_text(deep), "fgt ssh-ed25519 " KEY_A "\n");
	assert_int_equal(stat(deep, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(inner, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(known_hosts_add(deep, "192.0.2.1", 830, "ssh-rsa", RSA, &err), 0);
	assert_string_equal(read_text(deep), "fgt ssh-ed25519 " KEY_A "\n[192.0.2.1]:830 ssh-rsa " RSA "\n");
	(void)unlink(deep);
	assert_int_equal(rmdir(inner), 0);
}

static void a_last_line_without_newline_is_ended_first(void **state)
{
	(void)state;
	struct err err = {0};
	write_file(first, "other ssh-ed25519 " KEY_B, 0644);
	assert_int_equal(known_hosts_add(first, "fgt", 22, "ssh-ed25519", KEY_A, &err), 0);
	assert_string_equal(read_text(first), "other ssh-ed25519 " KEY_B "\nfgt ssh-ed25519 " KEY_A "\n");
	assert_int_equal(find("fgt", 22).answer, KNOWN_HOSTS_OK);
}

/* On a busy machine the others may hold the file longer than one is willing to
 * wait; that is told, so it can be tried again. */
static bool add_in_the_end(const char *host)
{
	struct err err = {0};
	for (unsigned tries = 0; tries < 100; tries++) {
		if (known_hosts_add(first, host, 22, "ssh-ed25519", KEY_A, &err) == 0)
			return true;
		if (!strstr(err.text, "another program holds it"))
			return false;
	}
	return false;
}

static void writers_side_by_side_lose_nothing(void **state)
{
	(void)state;
	enum { WRITERS = 8, LINES = 20 };
	char host[32];
	pid_t pids[WRITERS];
	for (unsigned i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		for (unsigned j = 0; pids[i] == 0 && j < LINES; j++) {
			(void)snprintf(host, sizeof host, "fgt-%u-%u", i, j);
			if (!add_in_the_end(host))
				_exit(1);
		}
		if (pids[i] == 0)
			_exit(0);
	}
	for (unsigned i = 0; i < WRITERS; i++) {
		int status = -1;
		(void)waitpid(pids[i], &status, 0);
		assert_int_equal(status, 0);
	}
	for (unsigned i = 0; i < WRITERS * LINES; i++) {
		(void)snprintf(host, sizeof host, "fgt-%u-%u", i / LINES, i % LINES);
		assert_int_equal(find(host, 22).answer, KNOWN_HOSTS_OK);
		assert_int_equal(find(host, 22).damaged, 0);
	}
}

static void a_file_that_another_holds_is_not_waited_for_long(void **state)
{
	(void)state;
	struct err err = {0};
	write_file(first, "", 0600);
	int fd = open(first, O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(known_hosts_add(first, "fgt", 22, "ssh-ed25519", KEY_A, &err), -1);
	assert_non_null(strstr(err.text, "another program holds it"));
	(void)close(fd);
	assert_string_equal(read_text(first), "");
}

static void a_write_that_fails_is_an_error_and_leaves_no_half_line(void **state)
{
	(void)state;
	write_file(first, "other ssh-ed25519 " KEY_B "\n", 0600);
	size_t before = strlen(read_text(first));
	pid_t pid = fork();
	if (pid == 0) {
		struct rlimit limit = {before + 10, before + 10};
		struct err err = {0};
		(void)signal(SIGXFSZ, SIG_IGN);
		(void)setrlimit(RLIMIT_FSIZE, &limit);
		int rc = known_hosts_add(first, "fgt", 22, "ssh-ed25519", KEY_A, &err);
		_exit(rc == -1 && err.kind == ERR_HOST_KEY ? 0 : 1);
	}
	int status = -1;
	(void)waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	assert_string_equal(read_text(first), "other ssh-ed25519 " KEY_B "\n");
}

static void what_cannot_be_written_is_named(void **state)
{
	(void)state;
	struct err err = {0};
	assert_int_equal(known_hosts_add("/dev/full", "fgt", 22, "ssh-ed25519", KEY_A, &err), -1);
	assert_int_equal(err.kind, ERR_HOST_KEY);
	assert_non_null(strstr(err.text, "/dev/full"));
	assert_int_equal(known_hosts_add(folder, "fgt", 22, "ssh-ed25519", KEY_A, &err), -1);
	assert_int_equal(known_hosts_add("/nonexistent/a/b", "fgt", 22, "ssh-ed25519", KEY_A, &err), -1);
	assert_non_null(strstr(err.text, "No such file"));
	assert_int_equal(known_hosts_add(first, "fgt", 22, "ssh-ed25519", KEY_A, NULL), 0);
}

static void names_that_would_change_a_line_s_meaning_are_refused(void **state)
{
	(void)state;
	static const char *const names[] = {"", "*", "a,b", "a b", "!a", "|1|x", "@revoked", "a\nb", "#a", "FGT"};
	struct err err;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		assert_int_equal(known_hosts_add(first, names[i], 22, "ssh-ed25519", KEY_A, &err), -1);
		assert_int_equal(err.kind, ERR_HOST_KEY);
	}
	assert_int_equal(access(first, F_OK), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(names_ports_and_patterns_match_as_in_openssh),
	        TEST(blanks_tabs_and_line_ends_do_not_matter),
	        TEST(another_key_is_changed_and_another_type_is_other),
	        TEST(the_second_file_counts_too),
	        TEST(no_file_and_no_line_are_unknown),
	        TEST(a_revoked_key_is_revoked_wherever_its_line_stands),
	        TEST(an_authority_s_key_is_not_a_host_s),
	        TEST(damaged_lines_are_counted_and_hide_nothing),
	        TEST(a_line_too_long_is_damaged_and_hides_nothing),
	        TEST(a_nul_byte_damages_its_line_only),
	        TEST(what_is_no_plain_file_is_unreadable),
	        TEST(a_file_without_permission_is_unreadable),
	        TEST(names_hashed_by_ssh_keygen_are_found),
	        TEST(ssh_keygen_finds_what_we_write),
	        TEST(the_telling_line_s_fingerprint_is_given),
	        TEST(capitals_in_a_line_do_not_matter),
	        TEST(a_line_of_a_megabyte_hides_nothing),
	        TEST(writers_side_by_side_lose_nothing),
	        TEST(a_file_that_another_holds_is_not_waited_for_long),
	        TEST(types_are_listed_once_and_as_far_as_they_fit),
	        TEST(a_new_line_goes_into_a_private_file),
	        TEST(a_last_line_without_newline_is_ended_first),
	        TEST(a_write_that_fails_is_an_error_and_leaves_no_half_line),
	        TEST(what_cannot_be_written_is_named),
	        TEST(names_that_would_change_a_line_s_meaning_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
