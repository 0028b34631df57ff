#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <libssh/libssh.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mount.h>

#include "drive.h"
#include "peer.h"

/* As test_agent.c has it: libssh forgets a list of an agent's keys. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:ssh_buffer_new\n";
}

/* A second opinion: servers that share no code with us. They listen on
 * loopback only, with keys and configuration from a folder of the test's own. */

static char folder[128], host_key[160], user_key[160], authorized[160], known_hosts[160], config[160];

static void make_key(const char *path, char *line, size_t size)
{
	ssh_key key = NULL;
	char *base64 = NULL;
	assert_int_equal(ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key), SSH_OK);
	assert_int_equal(ssh_pki_export_privkey_file(key, NULL, NULL, NULL, path), SSH_OK);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(ssh_pki_export_pubkey_base64(key, &base64), SSH_OK);
	(void)snprintf(line, size, "ssh-ed25519 %s\n", base64);
	ssh_string_free_char(base64);
	ssh_key_free(key);
}

static int begin(void **state)
{
	char line[256];
	(void)state;
	make_folder_name(folder, sizeof folder);
	(void)snprintf(host_key, sizeof host_key, "%s/host", folder);
	(void)snprintf(user_key, sizeof user_key, "%s/user", folder);
	(void)snprintf(authorized, sizeof authorized, "%s/authorized", folder);
	(void)snprintf(known_hosts, sizeof known_hosts, "%s/known_hosts", folder);
	(void)snprintf(config, sizeof config, "%s/config", folder);
	make_key(host_key, line, sizeof line);
	make_key(user_key, line, sizeof line);
	write_file(authorized, line, 0600);
	return 0;
}

static int end(void **state)
{
	(void)state;
	(void)unlink(host_key);
	(void)unlink(user_key);
	(void)unlink(authorized);
	(void)unlink(known_hosts);
	(void)unlink(config);
	return rmdir(folder);
}

/* sshd run by root wants a folder that only a running service has: make one
 * that nobody else sees. */
static void own_run_folder(void)
{
	if (geteuid() != 0 || access("/run/sshd", F_OK) == 0 || unshare(CLONE_NEWNS) != 0)
		return;
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && mount("none", "/run", "tmpfs", 0, NULL) == 0)
		(void)mkdir("/run/sshd", 0755);
}

static pid_t spawn(const char *const argv[])
{
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	own_run_folder();
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	(void)dup2(null, 0);
	(void)dup2(null, 1);
	(void)dup2(null, 2);
	char *copy[16] = {NULL};
	for (size_t i = 0; argv[i] && i < 15; i++)
		copy[i] = strdup(argv[i]);
	(void)execv(copy[0], copy);
	_exit(127);
}

static void stop(pid_t pid)
{
	(void)kill(pid, SIGTERM);
	(void)waitpid(pid, NULL, 0);
}

/* False when the server ended by itself before it listened. */
static bool listens(pid_t pid, unsigned port)
{
	struct sockaddr_in address = {
	        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
	for (unsigned i = 0; i < 100; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		bool connected = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
		(void)close(fd);
		if (connected)
			return true;
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return false;
		(void)usleep(50000);
	}
	return false;
}

static const char *const files[] = {known_hosts};
static const char *const keys[] = {user_key};

static struct ssh_options options_for(unsigned port, const char *user)
{
	return (struct ssh_options){.host = "127.0.0.1",
	                            .port = port,
	                            .user = user,
	                            .identities = keys,
	                            .identity_count = 1,
	                            .known_hosts = files,
	                            .known_hosts_count = 1,
	                            .accept_new = true,
	                            .connect_us = SECONDS(10),
	                            .login_us = SECONDS(15)};
}

static const char *extra = "";

static pid_t start_sshd(unsigned *port)
{
	char text[1024];
	(void)close(peer_listen(port));
	(void)snprintf(text, sizeof text,
	               "ListenAddress 127.0.0.1:%u\nHostKey %s\nAuthorizedKeysFile %s\nPidFile none\nUsePAM no\n"
	               "StrictModes no\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n"
	               "KbdInteractiveAuthentication no\nBanner %s\nPrintMotd no\nPrintLastLog no\n%s",
	               *port, host_key, authorized, config, extra);
	write_file(config, text, 0600);
	return spawn((const char *const[]){"/usr/sbin/sshd", "-D", "-e", "-f", config, NULL});
}

static void openssh_lets_us_in_by_key_and_runs_a_shell(void **state)
{
	(void)state;
	unsigned port = 0;
	if (access("/usr/sbin/sshd", X_OK) != 0) {
		print_message("sshd is not installed: skipped\n");
		skip();
	}
	pid_t pid = start_sshd(&port);
	if (!listens(pid, port)) {
		print_message("sshd does not start here (is /run/sshd there?): skipped\n");
		skip();
	}
	const struct passwd *me = getpwuid(geteuid());
	struct ssh_options options = options_for(port, me ? me->pw_name : "root");
	struct ssh_login login = {0};
	struct link *link = link_ssh(&options, &login, clock_mono_us());
	(void)drive(link, LINK_UP, SECONDS(20));
	if (link_error(link))
		fail_msg("%s", link_error(link)->text);
	assert_non_null(strstr(link_banner(link), "PidFile none"));
	char text[65536];
	const char *typed = "stty size; echo done-$((40+2)); exit\n";
	assert_int_equal(link_write(link, typed, strlen(typed)), strlen(typed));
	(void)read_until(link, text, sizeof text, NULL);
	assert_non_null(strstr(text, "10000 512"));
	assert_non_null(strstr(text, "done-42"));
	assert_true(link_eof(link));
	assert_null(link_error(link));
	link_free(link);
	/* and OpenSSH's own reading of the line that was written */
	struct ssh_login again = {0};
	options.accept_new = false;
	link = link_ssh(&options, &again, clock_mono_us());
	(void)drive(link, LINK_UP, SECONDS(20));
	assert_null(link_error(link));
	assert_string_equal(again.fingerprint, login.fingerprint);
	link_free(link);
	ssh_login_done(&again);
	ssh_login_done(&login);
	stop(pid);
}

static void openssh_refuses_a_key_it_does_not_know(void **state)
{
	(void)state;
	unsigned port = 0;
	if (access("/usr/sbin/sshd", X_OK) != 0) {
		print_message("sshd is not installed: skipped\n");
		skip();
	}
	write_file(authorized, "", 0600);
	pid_t pid = start_sshd(&port);
	if (!listens(pid, port)) {
		print_message("sshd does not start here (is /run/sshd there?): skipped\n");
		skip();
	}
	struct ssh_options options = options_for(port, "root");
	struct ssh_login login = {0};
	struct link *link = link_ssh(&options, &login, clock_mono_us());
	(void)drive(link, LINK_UP, SECONDS(20));
	assert_non_null(link_error(link));
	assert_int_equal(link_error(link)->kind, ERR_AUTH);
	assert_non_null(strstr(link_error(link)->text, "it takes: publickey"));
	assert_int_equal(login.refused, 1);
	link_free(link);
	ssh_login_done(&login);
	stop(pid);
}

/* Starts sshd with one more line of configuration; 0 where it cannot be. */
static pid_t sshd_with(const char *line, unsigned *port)
{
	if (access("/usr/sbin/sshd", X_OK) != 0)
		return 0;
	extra = line;
	pid_t pid = start_sshd(port);
	extra = "";
	if (listens(pid, *port))
		return pid;
	return 0;
}

static const char *own_name(void)
{
	const struct passwd *me = getpwuid(geteuid());
	return me ? me->pw_name : "root";
}

/* The agent is asked twice about nothing: the server sees no failed attempt,
 * though it would end the connection at the first one. */
static void openssh_takes_the_agent_s_key_without_a_failure(void **state)
{
	(void)state;
	unsigned port = 0;
	char path[200];
	(void)snprintf(path, sizeof path, "%s/agent", folder);
	if (access("/usr/bin/ssh-agent", X_OK) != 0 || access("/usr/bin/ssh-add", X_OK) != 0)
		skip();
	pid_t pid = sshd_with("MaxAuthTries 1\n", &port);
	if (pid == 0) {
		print_message("sshd does not start here: skipped\n");
		skip();
	}
	pid_t agent = spawn((const char *const[]){"/usr/bin/ssh-agent", "-D", "-a", path, NULL});
	for (unsigned i = 0; i < 200 && access(path, F_OK) != 0; i++)
		(void)usleep(10000);
	(void)setenv("SSH_AUTH_SOCK", path, 1);
	(void)waitpid(spawn((const char *const[]){"/usr/bin/ssh-add", user_key, NULL}), NULL, 0);
	(void)unsetenv("SSH_AUTH_SOCK");
	struct ssh_options options = options_for(port, own_name());
	options.identity_count = 0;
	options.agent_path = path;
	struct ssh_login login = {0};
	struct link *link = link_ssh(&options, &login, clock_mono_us());
	(void)drive(link, LINK_UP, SECONDS(20));
	if (link_error(link))
		fail_msg("%s", link_error(link)->text);
	assert_non_null(strstr(login.worked, "of the ssh-agent"));
	link_free(link);
	ssh_login_done(&login);
	stop(agent);
	(void)unlink(path);
	stop(pid);
}

static void openssh_asks_for_two_keys_and_gets_two(void **state)
{
	(void)state;
	unsigned port = 0;
	char second[200], line[256], both[600];
	const char *const two[] = {user_key, second};
	(void)snprintf(second, sizeof second, "%s/second", folder);
	make_key(second, line, sizeof line);
	(void)snprintf(both, sizeof both, "%.300s%s", read_text(authorized), line);
	write_file(authorized, both, 0600);
	pid_t pid = sshd_with("AuthenticationMethods publickey,publickey\n", &port);
	if (pid == 0) {
		print_message("sshd does not start here: skipped\n");
		(void)unlink(second);
		skip();
	}
	struct ssh_options options = options_for(port, own_name());
	options.identities = two;
	options.identity_count = 2;
	struct ssh_login login = {0};
	for (unsigned i = 0; i < 2; i++) {
		struct link *link = link_ssh(&options, &login, clock_mono_us());
		(void)drive(link, LINK_UP, SECONDS(20));
		if (link_error(link))
			fail_msg("%s", link_error(link)->text);
		link_free(link);
	}
	assert_non_null(strstr(login.worked, "second"));
	assert_int_equal(login.refused, 0);
	ssh_login_done(&login);
	(void)unlink(second);
	stop(pid);
}

static void dropbear_is_understood_too(void **state)
{
	(void)state;
	unsigned port = 0;
	char where[32], text[256];
	if (access("/usr/sbin/dropbear", X_OK) != 0 || access("/usr/bin/dropbearkey", X_OK) != 0) {
		print_message("dropbear is not installed: skipped\n");
		skip();
	}
	(void)unlink(host_key);
	pid_t maker = spawn((const char *const[]){"/usr/bin/dropbearkey", "-t", "ecdsa", "-f", host_key, NULL});
	(void)waitpid(maker, NULL, 0);
	(void)close(peer_listen(&port));
	(void)snprintf(where, sizeof where, "127.0.0.1:%u", port);
	pid_t pid =
	        spawn((const char *const[]){"/usr/sbin/dropbear", "-F", "-E", "-s", "-p", where, "-r", host_key, NULL});
	if (!listens(pid, port)) {
		print_message("dropbear does not start here: skipped\n");
		skip();
	}
	struct ssh_options options = options_for(port, "nobody-here");
	struct ssh_login login = {0};
	struct link *link = link_ssh(&options, &login, clock_mono_us());
	(void)drive(link, LINK_UP, SECONDS(20));
	assert_non_null(link_error(link));
	if (link_error(link)->kind != ERR_AUTH)
		fail_msg("%s", link_error(link)->text);
	assert_true(login.accepted_new);
	(void)snprintf(text, sizeof text, "[127.0.0.1]:%u ecdsa-sha2-nistp", port);
	assert_non_null(strstr(read_text(known_hosts), text));
	link_free(link);
	ssh_login_done(&login);
	stop(pid);
}

int main(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(openssh_lets_us_in_by_key_and_runs_a_shell, begin, end),
	        cmocka_unit_test_setup_teardown(openssh_refuses_a_key_it_does_not_know, begin, end),
	        cmocka_unit_test_setup_teardown(openssh_takes_the_agent_s_key_without_a_failure, begin, end),
	        cmocka_unit_test_setup_teardown(openssh_asks_for_two_keys_and_gets_two, begin, end),
	        cmocka_unit_test_setup_teardown(dropbear_is_understood_too, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
