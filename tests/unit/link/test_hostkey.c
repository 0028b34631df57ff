#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drive.h"
#include "ssh.h"
#include "wrapped.h"

/* The decision about a host key by itself: libssh gives any key, fingerprint
 * and failure that a test names, and no server is there. */

#define KEY_A "AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"
#define KEY_B "AAAAC3NzaC1lZDI1NTE5AAAAIP//AwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"
#define RSA   "AAAAB3NzaC1yc2EAAAADAQABAAAAgQ=="

WRAP(int, ssh_get_publickey_hash, -1, (ssh_key key, enum ssh_publickey_hash_type type, unsigned char **hash, size_t *n),
     (key, type, hash, n))
WRAP(const char *, ssh_key_type_to_char, NULL, (enum ssh_keytypes_e type), (type))
WRAP(int, ssh_pki_export_pubkey_base64, SSH_ERROR, (const ssh_key key, char **out), (key, out))

int __wrap_ssh_get_server_publickey(ssh_session session, ssh_key *key);
int __wrap_ssh_get_server_publickey(ssh_session session, ssh_key *key)
{
	(void)session;
	if (fails("ssh_get_server_publickey"))
		return SSH_ERROR;
	return ssh_pki_import_pubkey_base64(KEY_A, SSH_KEYTYPE_ED25519, key);
}

static const char *fingerprint; /* in place of the key's own */
char *__real_ssh_get_fingerprint_hash(enum ssh_publickey_hash_type type, unsigned char *hash, size_t n);
char *__wrap_ssh_get_fingerprint_hash(enum ssh_publickey_hash_type type, unsigned char *hash, size_t n);
char *__wrap_ssh_get_fingerprint_hash(enum ssh_publickey_hash_type type, unsigned char *hash, size_t n)
{
	if (fails("ssh_get_fingerprint_hash"))
		return NULL;
	return fingerprint ? strdup(fingerprint) : __real_ssh_get_fingerprint_hash(type, hash, n);
}

static char folder[128], file[160], own[80];
static const char *files[1] = {file};
static struct ssh_options options;
static struct ssh_login login;
static char said[2048];

static int begin(void **state)
{
	(void)state;
	let_none_fail();
	fingerprint = NULL;
	make_folder_name(folder, sizeof folder);
	(void)snprintf(file, sizeof file, "%s/known_hosts", folder);
	options = (struct ssh_options){.host = "FGT", .port = 22, .known_hosts = files, .known_hosts_count = 1};
	login = (struct ssh_login){0};
	return 0;
}

static int end(void **state)
{
	(void)state;
	let_none_fail();
	(void)unlink(file);
	return rmdir(folder);
}

/* SSH_ON, or SSH_FAILED and what is said. */
static enum ssh_step decide(void)
{
	struct link link = {
	        .options = &options, .login = &login, .phase = SSH_PHASE_HOST_KEY, .fd = -1, .given_fd = -1};
	link.auth.agent_fd = link.auth.agent_end = -1;
	enum ssh_step step = ssh_hostkey_check(&link, 1000);
	(void)snprintf(said, sizeof said, "%s", link.failed ? link.error.text : "");
	if (step == SSH_ON) {
		assert_int_equal(link.phase, SSH_PHASE_NONE);
		(void)snprintf(own, sizeof own, "%s", login.fingerprint);
	} else {
		assert_int_equal(link.error.kind, ERR_HOST_KEY);
		assert_false(login.accepted_new);
	}
	return step;
}

static void expect_refused(const char *words)
{
	if (decide() != SSH_FAILED || !strstr(said, words))
		fail_msg("'%s' does not say '%s'", said, words);
}

static void expect_accepted(void)
{
	login = (struct ssh_login){0};
	if (decide() != SSH_ON)
		fail_msg("%s", said);
	assert_string_not_equal(login.fingerprint, "");
	login = (struct ssh_login){0};
}

static void a_key_that_cannot_be_told_is_refused(void **state)
{
	(void)state;
	static const char *const calls[] = {"ssh_get_server_publickey", "ssh_key_type_to_char",
	                                    "ssh_pki_export_pubkey_base64", "ssh_get_publickey_hash",
	                                    "ssh_get_fingerprint_hash"};
	write_file(file, "fgt ssh-ed25519 " KEY_A "\n", 0600);
	options.accept_new = true;
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		let_fail(calls[i], 0, 1, ENOMEM);
		expect_refused("the host key of FGT port 22 cannot be read");
		assert_string_equal(login.fingerprint, "");
		expect_accepted();
	}
	char longer[100];
	memset(longer, 'x', sizeof longer);
	longer[80] = '\0'; /* one more than there is room for */
	fingerprint = longer;
	expect_refused("cannot be read");
	longer[79] = '\0';
	expect_accepted();
}

static void each_answer_of_the_files_has_its_refusal(void **state)
{
	(void)state;
	static const struct {
		const char *text, *words;
	} rows[] = {
	        {"", "the host key of fgt is not known: it shows ssh-ed25519 SHA256:"},
	        {"fgt ssh-ed25519 " KEY_B "\n", "THE HOST KEY OF fgt HAS CHANGED: it shows ssh-ed25519 SHA256:"},
	        {"fgt ssh-ed25519 " KEY_B "\n", "known_hosts:1 holds SHA256:"},
	        {"fgt ssh-rsa " RSA "\n", "known_hosts:1 holds a key of another type only"},
	        {"@revoked * ssh-ed25519 " KEY_A "\n", "is marked as revoked"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		write_file(file, rows[i].text, 0600);
		expect_refused(rows[i].words);
		options.accept_new = i > 0; /* it is for what is unknown only */
		if (i > 0)
			expect_refused(rows[i].words);
		options.accept_new = false;
		assert_string_equal(read_text(file), rows[i].text);
	}
	files[0] = folder;
	expect_refused("cannot be read (a regular file");
	options.accept_new = true;
	expect_refused("cannot be read (a regular file");
	files[0] = file;
	options.known_hosts_count = 0;
	expect_refused("or --accept-new to keep it");
}

/* It parses as one of its type, and libssh cannot take it. */
static void a_changed_key_without_a_fingerprint_is_another_one(void **state)
{
	(void)state;
	write_file(file, "fgt ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAAQE=\n", 0600);
	expect_refused("known_hosts:1 holds another one");
}

static void a_new_key_is_kept_where_that_is_asked_for(void **state)
{
	(void)state;
	options.accept_new = true;
	options.port = 2222;
	assert_int_equal(decide(), SSH_ON);
	assert_true(login.accepted_new);
	assert_string_equal(read_text(file), "[fgt]:2222 ssh-ed25519 " KEY_A "\n");
	login = (struct ssh_login){0};
	options.host_key_alias = "Alias";
	assert_int_equal(decide(), SSH_ON);
	assert_string_equal(read_text(file), "[fgt]:2222 ssh-ed25519 " KEY_A "\nalias ssh-ed25519 " KEY_A "\n");
	login = (struct ssh_login){0};
	write_file(file, "damaged\n", 0600);
	expect_refused("--accept-new does not apply");
	write_file(file, "", 0600);
	options.host_key_alias = "a,b";
	expect_refused("is no name for a known_hosts line");
}

/* Padding apart, every letter counts. */
static void a_pin_decides_alone_and_whole(void **state)
{
	(void)state;
	static const struct {
		const char *shown, *pin;
		bool same;
	} rows[] = {
	        {"SHA256:abc", "SHA256:abc", true},  {"SHA256:abc", "SHA256:abc==", true},
	        {"SHA256:abc=", "SHA256:abc", true}, {"SHA256:abc", "SHA256:abd", false},
	        {"SHA256:abc", "SHA256:ab", false},  {"SHA256:abc", "SHA256:abcd", false},
	        {"SHA256:abc", "=", false},          {"SHA256:abc", "", false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		fingerprint = rows[i].shown;
		options.host_key = rows[i].pin;
		login = (struct ssh_login){0};
		if ((decide() == SSH_ON) != rows[i].same)
			fail_msg("%s and %s", rows[i].shown, rows[i].pin);
		assert_true(rows[i].same || strstr(said, "but --host-key asks for"));
	}
	assert_int_equal(access(file, F_OK), -1);
}

static void the_key_stays_the_same_in_a_run(void **state)
{
	(void)state;
	write_file(file, "fgt ssh-ed25519 " KEY_A "\n", 0600);
	expect_accepted();
	(void)snprintf(login.fingerprint, sizeof login.fingerprint, "%s", own);
	write_file(file, "", 0600); /* it was decided once */
	assert_int_equal(decide(), SSH_ON);
	(void)snprintf(login.fingerprint, sizeof login.fingerprint, "SHA256:other");
	write_file(file, "fgt ssh-ed25519 " KEY_A "\n", 0600);
	options.host_key = own;
	expect_refused("but showed SHA256:other earlier in this run");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(a_key_that_cannot_be_told_is_refused),
	        TEST(each_answer_of_the_files_has_its_refusal),
	        TEST(a_changed_key_without_a_fingerprint_is_another_one),
	        TEST(a_new_key_is_kept_where_that_is_asked_for),
	        TEST(a_pin_decides_alone_and_whole),
	        TEST(the_key_stays_the_same_in_a_run),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
