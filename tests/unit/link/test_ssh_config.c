#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drive.h"
#include "ssh_config.h"

static struct arena *arena;
static char folder[128], config_file[160], key_file[160], ssh_file[160];

static int begin(void **state)
{
	(void)state;
	arena = arena_new();
	make_folder_name(folder, sizeof folder);
	(void)snprintf(config_file, sizeof config_file, "%s/config", folder);
	(void)snprintf(key_file, sizeof key_file, "%s/key_192.0.2.1", folder);
	(void)snprintf(ssh_file, sizeof ssh_file, "%s/ssh", folder);
	write_file(key_file, "a key\n", 0600);
	return 0;
}

static int end(void **state)
{
	(void)state;
	(void)unlink(config_file);
	(void)unlink(key_file);
	(void)unlink(ssh_file);
	arena_free(arena);
	return rmdir(folder);
}

static int parse(const char *text, struct ssh_config *out, struct err *err)
{
	struct ssh_config_request request = {.host = "fw", .home = folder};
	return ssh_config_parse(arena, &request, str_of(text), out, err);
}

#define MINIMUM "host fw\nhostname 192.0.2.1\nport 22\n"

static void what_ssh_prints_is_read(void **state)
{
	(void)state;
	struct ssh_config got;
	struct err err = {0};
	const char *text =
	        arena_printf(arena, "host fw\nuser admin\nhostname 192.0.2.1\nport 2222\nidentitiesonly yes\n"
	                            "identityfile %%d/key_%%h\nidentityfile ~/absent\nidentityfile ~/key_%%h.pub\n"
	                            "identityagent /run/agent\nhostkeyalias fw.example\nproxyjump me@j1:22,j2\n"
	                            "globalknownhostsfile /etc/ssh/a /etc/ssh/b\nuserknownhostsfile /u/a b c /u/d ~/e\n"
	                            "stricthostkeychecking false\ncheckhostip no\n");
	assert_int_equal(parse(text, &got, &err), 0);
	assert_string_equal(got.host, "192.0.2.1");
	assert_int_equal(got.port, 2222);
	assert_string_equal(got.user, "admin");
	assert_true(got.identities_only);
	assert_false(got.default_identities);
	assert_int_equal(got.identity_count, 1);
	assert_string_equal(got.identities[0], key_file);
	assert_string_equal(got.agent, "/run/agent");
	assert_string_equal(got.host_key_alias, "fw.example");
	assert_string_equal(got.proxy_jump, "me@j1:22,j2");
	assert_null(got.proxy_command);
	assert_int_equal(got.known_hosts_count, 5);
	assert_string_equal(got.known_hosts[0], "/u/a b c");
	assert_string_equal(got.known_hosts[1], "/u/d");
	assert_string_equal(got.known_hosts[2], arena_printf(arena, "%s/e", folder));
	assert_string_equal(got.known_hosts[4], "/etc/ssh/b");
}

static void usual_keys_that_are_not_there_are_no_keys(void **state)
{
	(void)state;
	struct ssh_config got;
	struct err err = {0};
	static const char usual[] = MINIMUM "identityfile ~/.ssh/id_rsa\nidentityfile ~/.ssh/id_ecdsa\n"
	                                    "identityfile ~/.ssh/id_ecdsa_sk\nidentityfile ~/.ssh/id_ed25519\n"
	                                    "identityfile ~/.ssh/id_ed25519_sk\nidentityfile ~/.ssh/id_dsa\n";
	assert_int_equal(parse(usual, &got, &err), 0);
	assert_true(got.default_identities);
	assert_int_equal(got.identity_count, 0);
	/* one of those names alone was written by somebody */
	assert_int_equal(parse(MINIMUM "identityfile ~/.ssh/id_ed25519\n", &got, &err), 0);
	assert_false(got.default_identities);
}

static void none_is_none(void **state)
{
	(void)state;
	struct ssh_config got;
	struct err err = {0};
	assert_int_equal(parse(MINIMUM "proxycommand none\nproxyjump none\nuserknownhostsfile none "
	                               "/dev/null\nglobalknownhostsfile none\nidentityagent none\n"
	                               "identityfile none\n",
	                       &got, &err),
	                 0);
	assert_null(got.proxy_command);
	assert_null(got.proxy_jump);
	assert_string_equal(got.agent, "none");
	assert_int_equal(got.known_hosts_count, 1);
	assert_string_equal(got.known_hosts[0], arena_printf(arena, "%s/.ssh/known_hosts", folder));
	assert_int_equal(got.identity_count, 0);
	(void)setenv("OTHER_AGENT", "/run/other", 1);
	assert_int_equal(parse(MINIMUM "identityagent $OTHER_AGENT\n", &got, &err), 0);
	assert_string_equal(got.agent, "/run/other");
	assert_int_equal(parse(MINIMUM "identityagent SSH_AUTH_SOCK\n", &got, &err), 0);
	assert_null(got.agent);
	assert_int_equal(parse(MINIMUM "identityagent ${OTHER_AGENT}.x\n", &got, &err), 0);
	assert_string_equal(got.agent, "/run/other.x");
	assert_int_equal(parse(MINIMUM "identityagent ${NO_SUCH_VARIABLE}\n", &got, &err), 0);
	assert_string_equal(got.agent, "none");
}

static void what_cannot_be_used_is_named(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
	        {"", "HostName"},
	        {"hostname\nport 22\n", "HostName"},
	        {"hostname -oProxyCommand=x\nport 22\n", "HostName"},
	        {"hostname a;reboot\nport 22\n", "HostName"},
	        {"hostname a b\nport 22\n", "HostName"},
	        {"hostname $(id)\nport 22\n", "HostName"},
	        {"hostname fw\n", "Port"},
	        {"hostname fw\nport 0\n", "Port"},
	        {"hostname fw\nport 65536\n", "Port"},
	        {"hostname fw\nport 22x\n", "Port"},
	        {MINIMUM "hostkeyalias a b\n", "HostKeyAlias"},
	        {MINIMUM "proxycommand nc \x1b[2J\n", "proxycommand"},
	        {MINIMUM "identityfile a\x01\n", "identityfile"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ssh_config got;
		struct err err = {0};
		assert_int_equal(parse(rows[i][0], &got, &err), -1);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_non_null(strstr(err.text, rows[i][1]));
	}
}

/* ---- the way through ---- */

static const struct ssh_proxy *proxy_of(const struct ssh_config *config, const char *file, bool may_ask,
                                        struct err *err)
{
	const struct ssh_proxy *proxy = NULL;
	struct ssh_config_request request = {.host = "fw", .home = folder, .file = file};
	return ssh_config_proxy(arena, &request, config, "/bin/bash", may_ask, &proxy, err) < 0 ? NULL : proxy;
}

static const char *joined(const struct ssh_proxy *proxy)
{
	const char *text = proxy->argv[0];
	for (size_t i = 1; proxy->argv[i]; i++)
		text = arena_printf(arena, "%s|%s", text, proxy->argv[i]);
	const char *slash = strrchr(proxy->argv[0], '/');
	return text + (slash - proxy->argv[0]) + 1;
}

static void a_jump_host_becomes_an_argument_vector(void **state)
{
	(void)state;
	static const struct {
		const char *jump, *host, *file;
		bool may_ask;
		const char *want;
	} rows[] = {
	        {"j", "192.0.2.1", NULL, false, "ssh|-oConnectTimeout=10|-oBatchMode=yes|-W|[192.0.2.1]:2222|--|j"},
	        {"me@j:22", "fw", "/c", true, "ssh|-F|/c|-oConnectTimeout=10|-l|me|-p|22|-W|[fw]:2222|--|j"},
	        {"a,b@c:1, [2001:db8::1]:24", "2001:db8::2", NULL, true,
	         "ssh|-oConnectTimeout=10|-p|24|-J|a,b@c:1|-W|[2001:db8::2]:2222|--|2001:db8::1"},
	        {"ssh://me@j:2200/", "fw", NULL, true, "ssh|-oConnectTimeout=10|-l|me|-p|2200|-W|[fw]:2222|--|j"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ssh_config config = {.host = rows[i].host, .port = 2222, .proxy_jump = rows[i].jump};
		struct err err = {0};
		const struct ssh_proxy *proxy = proxy_of(&config, rows[i].file, rows[i].may_ask, &err);
		assert_non_null(proxy);
		assert_string_equal(joined(proxy), rows[i].want);
		assert_non_null(strstr(proxy->name, "the jump host "));
	}
}

static void a_jump_host_of_other_letters_is_refused(void **state)
{
	(void)state;
	static const char *const rows[] = {
	        "-oProxyCommand=x", "a,-b", "a b", "a;b", "$(id)", "me@", "-l@j", "a,,b", "j:0", "a,", "j:x", "[::1",
	        "u ser@j"};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ssh_config config = {.host = "fw", .port = 22, .proxy_jump = rows[i]};
		struct err err = {0};
		assert_null(proxy_of(&config, NULL, false, &err));
		assert_int_equal(err.kind, ERR_USAGE);
		assert_non_null(strstr(err.text, "ProxyJump"));
	}
}

static void a_proxy_command_gets_checked_values_only(void **state)
{
	(void)state;
	struct ssh_config config = {
	        .host = "192.0.2.1", .port = 2222, .user = "ad.min", .proxy_command = "nc -x '%n' %h %p %r 100%%"};
	struct err err = {0};
	const struct ssh_proxy *proxy = proxy_of(&config, NULL, false, &err);
	assert_non_null(proxy);
	assert_string_equal(joined(proxy), "bash|-c|exec nc -x 'fw' 192.0.2.1 2222 ad.min 100%");
	config.user = "a;reboot";
	assert_null(proxy_of(&config, NULL, false, &err));
	assert_non_null(strstr(err.text, "a;reboot"));
	config.proxy_command = "nc %h %p"; /* and where it is not asked for it does not matter */
	assert_non_null(proxy_of(&config, NULL, false, &err));
	config.proxy_command = "nc %x";
	assert_null(proxy_of(&config, NULL, false, &err));
	config.proxy_command = "nc %";
	assert_null(proxy_of(&config, NULL, false, &err));
	config.proxy_command = "nc";
	config.proxy_passes_fd = true;
	assert_null(proxy_of(&config, NULL, false, &err));
	assert_non_null(strstr(err.text, "ProxyUseFdpass"));
}

static void without_a_proxy_there_is_none(void **state)
{
	(void)state;
	struct ssh_config config = {.host = "fw", .port = 22};
	struct ssh_config_request request = {.host = "fw"};
	struct err err = {0};
	const struct ssh_proxy *proxy;
	assert_int_equal(ssh_config_proxy(arena, &request, &config, NULL, true, &proxy, &err), 0);
	assert_null(proxy);
}

/* ---- asking ---- */

static int ask_ssh(const char *file, const char *path, struct ssh_config *out, struct err *err)
{
	struct ssh_config_request request = {.host = "fw", .file = file, .home = folder, .user = "cli", .port = 2022};
	const char *old = arena_strdup(arena, getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
	if (path)
		(void)setenv("PATH", path, 1);
	int rc = ssh_config_ask(arena, &request, out, err);
	(void)setenv("PATH", old, 1);
	return rc;
}

static void openssh_itself_is_asked(void **state)
{
	(void)state;
	struct ssh_config got;
	struct err err = {0};
	if (access("/usr/bin/ssh", X_OK) != 0) {
		print_message("ssh is not installed: skipped\n");
		skip();
	}
	write_file(config_file,
	           "Host fw\n HostName 192.0.2.1\n Port 22\n User other\n ProxyJump j1,j2\n HostKeyAlias al\n"
	           " UserKnownHostsFile ~/kh \"/a b\"\n StrictHostKeyChecking no\n",
	           0600);
	assert_int_equal(ask_ssh(config_file, NULL, &got, &err), 0);
	assert_string_equal(got.host, "192.0.2.1");
	assert_int_equal(got.port, 2022); /* the command line's */
	assert_string_equal(got.user, "cli");
	assert_string_equal(got.proxy_jump, "j1,j2");
	assert_string_equal(got.host_key_alias, "al");
	assert_string_equal(got.known_hosts[1], "/a b");
	assert_true(got.default_identities);
	write_file(config_file, "Host fw\n Nonsense yes\n", 0600);
	assert_int_equal(ask_ssh(config_file, NULL, &got, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.text, "line 2"));
	assert_int_equal(ask_ssh("/no/such/file", NULL, &got, &err), -1);
	assert_non_null(strstr(err.text, "/no/such/file"));
	assert_int_equal(ask_ssh(folder, NULL, &got, &err), -1);
	assert_non_null(strstr(err.text, "folder"));
}

static void without_ssh_only_a_named_file_is_an_error(void **state)
{
	(void)state;
	struct ssh_config got;
	struct err err = {0};
	assert_int_equal(ask_ssh(NULL, "/nonexistent", &got, &err), 1);
	assert_int_equal(ask_ssh(config_file, "/nonexistent", &got, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.text, "no ssh is installed"));
}

/* Another ssh: what it is given, and what it may do to us. */
static void a_strange_ssh_is_bounded(void **state)
{
	(void)state;
	struct ssh_config got;
	struct err err = {0};
	const char *path = arena_printf(arena, "%s:/usr/bin:/bin", folder);
	(void)setenv("FGDIAG_PASSWORD", "canary", 1);
	write_file(ssh_file,
	           "#!/bin/sh\n[ \"$*\" = '-G -T -p 2022 -l cli -- fw' ] && [ -z \"$FGDIAG_PASSWORD\" ] || exit 9\n"
	           "echo hostname 192.0.2.9\necho port 2022\n",
	           0755);
	assert_int_equal(ask_ssh(NULL, path, &got, &err), 0);
	assert_string_equal(got.host, "192.0.2.9");
	(void)unsetenv("FGDIAG_PASSWORD");
	write_file(ssh_file, "#!/bin/sh\nexec yes hostname x\n", 0755);
	assert_int_equal(ask_ssh(NULL, path, &got, &err), -1);
	assert_non_null(strstr(err.text, "262144"));
	write_file(ssh_file, "#!/bin/sh\nexit 1\n", 0755);
	assert_int_equal(ask_ssh(NULL, path, &got, &err), -1);
	assert_non_null(strstr(err.text, "without a word"));
	write_file(ssh_file, "#!/bin/sh\necho hostname 'a;b'\necho port 22\n", 0755);
	assert_int_equal(ask_ssh(NULL, path, &got, &err), -1);
	assert_non_null(strstr(err.text, "a;b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_ssh_prints_is_read),
	        cmocka_unit_test(usual_keys_that_are_not_there_are_no_keys),
	        cmocka_unit_test(none_is_none),
	        cmocka_unit_test(what_cannot_be_used_is_named),
	        cmocka_unit_test(a_jump_host_becomes_an_argument_vector),
	        cmocka_unit_test(a_jump_host_of_other_letters_is_refused),
	        cmocka_unit_test(a_proxy_command_gets_checked_values_only),
	        cmocka_unit_test(without_a_proxy_there_is_none),
	        cmocka_unit_test(openssh_itself_is_asked),
	        cmocka_unit_test(without_ssh_only_a_named_file_is_an_error),
	        cmocka_unit_test(a_strange_ssh_is_bounded),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
