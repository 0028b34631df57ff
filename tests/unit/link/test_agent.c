#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/un.h>

#include "agent.h"
#include "base64.h"
#include "world.h"

/* OpenSSH's ssh-agent, and agents that misbehave, each in a process of its
 * own. */

/* libssh 0.10 forgets its earlier list of an agent's keys when it reads another:
 * a buffer of some hundred bytes, once a key. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:ssh_buffer_new\n";
}

struct helper {
	pid_t pid;
	char path[160];
};

enum manner {
	MANNER_SILENT,
	MANNER_BUSY,
	MANNER_HANGS_UP,
	MANNER_TALKS_NONSENSE,
	MANNER_HUGE,
	MANNER_NO_LIST,
	MANNER_NO_SIGN
};

static void wait_for_file(const char *path)
{
	for (unsigned i = 0; i < 200 && access(path, F_OK) != 0; i++)
		(void)usleep(10000);
	assert_int_equal(access(path, F_OK), 0);
}

static void start_agent(struct world *w, struct helper *helper)
{
	(void)snprintf(helper->path, sizeof helper->path, "%s/agent", w->folder);
	helper->pid = fork();
	assert_true(helper->pid >= 0);
	if (helper->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);
		(void)dup2(null, 1);
		(void)execl("/usr/bin/ssh-agent", "ssh-agent", "-D", "-a", helper->path, (char *)NULL);
		_exit(127);
	}
	wait_for_file(helper->path);
	w->options.agent_path = helper->path;
}

static void stop_helper(struct helper *helper)
{
	(void)kill(helper->pid, SIGTERM);
	(void)waitpid(helper->pid, NULL, 0);
	(void)unlink(helper->path);
}

static void add_key(const struct helper *helper, const char *file, bool confirm)
{
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);
		(void)dup2(null, 2);
		(void)setenv("SSH_AUTH_SOCK", helper->path, 1);
		if (confirm)
			(void)execl("/usr/bin/ssh-add", "ssh-add", "-c", file, (char *)NULL);
		else
			(void)execl("/usr/bin/ssh-add", "ssh-add", file, (char *)NULL);
		_exit(127);
	}
	int status = 0;
	(void)waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

static bool no_agent_here(void)
{
	if (access("/usr/bin/ssh-agent", X_OK) == 0 && access("/usr/bin/ssh-add", X_OK) == 0)
		return false;
	print_message("skip: ssh-agent is not installed\n");
	return true;
}

/* Whatever the file was, the agent has it now and we do not. */
static void give_away(struct world *w, const struct helper *helper, bool confirm)
{
	add_key(helper, w->key_file, confirm);
	assert_int_equal(unlink(w->key_file), 0);
	w->options.identity_count = 0;
}

/* ---- keys of the agent ---- */

static void the_agent_s_key_logs_in(void **state)
{
	(void)state;
	if (no_agent_here())
		skip();
	struct world w;
	struct helper agent;
	world_with_key(&w, (struct peer_plan){.methods = SSH_AUTH_METHOD_PUBLICKEY | SSH_AUTH_METHOD_PASSWORD}, NULL);
	start_agent(&w, &agent);
	give_away(&w, &agent, false);
	struct link *link = reach(&w, LINK_UP);
	assert_int_equal(w.asked.count, 0);
	assert_int_equal(w.peer.seen->refusals, 0);
	assert_int_equal(w.peer.seen->signed_keys, 1);
	assert_non_null(strstr(w.login.worked, "of the ssh-agent"));
	struct link *second = reach(&w, LINK_UP);
	assert_int_equal(w.peer.seen->signed_keys, 2);
	link_free(second);
	link_free(link);
	stop_helper(&agent);
	world_end(&w);
}

static void the_agent_is_off_when_told_so(void **state)
{
	(void)state;
	if (no_agent_here())
		skip();
	struct world w;
	struct helper agent;
	world_with_key(&w, (struct peer_plan){.methods = SSH_AUTH_METHOD_PUBLICKEY}, NULL);
	start_agent(&w, &agent);
	give_away(&w, &agent, false);
	w.options.agent_path = "none";
	(void)setenv("SSH_AUTH_SOCK", agent.path, 1); /* which libssh would look at */
	expect_failure(&w, ERR_AUTH, "no method left to try");
	(void)unsetenv("SSH_AUTH_SOCK");
	assert_int_equal(w.peer.seen->keys, 0);
	stop_helper(&agent);
	world_end(&w);
}

/* The wanted key is the agent's last; its file is encrypted and stays closed. */
static void a_named_key_goes_first_and_needs_no_passphrase(const char *passphrase, bool with_pub)
{
	struct world w, other;
	struct helper agent;
	char base64[256], pub[200], line[400];
	world_with_key(&w, (struct peer_plan){.methods = SSH_AUTH_METHOD_PUBLICKEY | SSH_AUTH_METHOD_PASSWORD}, NULL);
	start_agent(&w, &agent);
	other = w;
	(void)snprintf(other.key_file, sizeof other.key_file, "%s/other", w.folder);
	for (unsigned i = 0; i < 3; i++) {
		user_key(&other, NULL, base64, sizeof base64);
		add_key(&agent, other.key_file, false);
	}
	assert_int_equal(unlink(other.key_file), 0);
	add_key(&agent, w.key_file, false);
	ssh_key key = NULL;
	assert_int_equal(ssh_pki_import_privkey_file(w.key_file, NULL, NULL, NULL, &key), SSH_OK);
	assert_int_equal(ssh_pki_export_privkey_file(key, passphrase, NULL, NULL, w.key_file), SSH_OK);
	assert_int_equal(chmod(w.key_file, 0600), 0);
	ssh_key_free(key);
	(void)snprintf(pub, sizeof pub, "%s.pub", w.key_file);
	if (with_pub) {
		(void)snprintf(line, sizeof line, "ssh-ed25519 %s a comment\n", w.peer.plan.key_base64);
		write_file(pub, line, 0644);
	}
	struct link *link = reach(&w, LINK_UP);
	assert_int_equal(w.asked.count, 0);
	assert_int_equal(w.peer.seen->different_keys, 1);
	assert_int_equal(w.peer.seen->refusals, 0);
	assert_int_equal(strcmp(w.login.worked + 4, w.key_file), 0);
	link_free(link);
	(void)unlink(pub);
	stop_helper(&agent);
	world_end(&w);
}

static void an_encrypted_file_is_known_by_its_public_part(void **state)
{
	(void)state;
	if (no_agent_here())
		skip();
	a_named_key_goes_first_and_needs_no_passphrase("closed", true);
	a_named_key_goes_first_and_needs_no_passphrase("closed", false);
	a_named_key_goes_first_and_needs_no_passphrase(NULL, false);
}

static void only_named_keys_of_the_agent_where_told_so(void **state)
{
	(void)state;
	if (no_agent_here())
		skip();
	struct world w;
	struct helper agent;
	char pub[200], line[400];
	world_with_key(&w, (struct peer_plan){.methods = SSH_AUTH_METHOD_PUBLICKEY}, NULL);
	start_agent(&w, &agent);
	give_away(&w, &agent, false);
	w.options.identities_only = true;
	expect_failure(&w, ERR_AUTH, "no method left to try");
	assert_int_equal(w.peer.seen->keys, 0);
	forget(&w);
	(void)snprintf(pub, sizeof pub, "%s.pub", w.key_file); /* the private half is the agent's alone */
	(void)snprintf(line, sizeof line, "ssh-ed25519 %s\n", w.peer.plan.key_base64);
	write_file(pub, line, 0644);
	w.options.identity_count = 1;
	struct link *link = reach(&w, LINK_UP);
	link_free(link);
	(void)unlink(pub);
	stop_helper(&agent);
	world_end(&w);
}

static void a_public_key_names_the_agent_s(void **state)
{
	(void)state;
	if (no_agent_here())
		skip();
	struct world w;
	struct helper agent;
	char line[400];
	world_with_key(&w, (struct peer_plan){.methods = SSH_AUTH_METHOD_PUBLICKEY}, NULL);
	start_agent(&w, &agent);
	give_away(&w, &agent, false);
	(void)snprintf(line, sizeof line, "ssh-ed25519 %s\n", w.peer.plan.key_base64);
	write_file(w.key_file, line, 0644);
	w.options.identity_count = 1;
	struct link *link = reach(&w, LINK_UP);
	link_free(link);
	stop_helper(&agent);
	world_end(&w);
}

static void many_keys_leave_one_try_for_the_password(void **state)
{
	(void)state;
	if (no_agent_here())
		skip();
	struct world w;
	struct helper agent;
	char base64[256];
	struct peer_plan plan = by_password;
	plan.methods |= SSH_AUTH_METHOD_PUBLICKEY;
	world_begin(&w, &plan);
	start_agent(&w, &agent);
	for (unsigned i = 0; i < 5; i++) {
		user_key(&w, NULL, base64, sizeof base64);
		add_key(&agent, w.key_file, false);
	}
	w.options.identity_count = 0;
	struct link *link = reach(&w, LINK_UP);
	assert_int_equal(w.peer.seen->keys, 1);
	assert_int_equal(w.peer.seen->refusals, 1);
	assert_int_equal(w.peer.seen->passwords, 1);
	assert_int_equal(w.login.refused, 1);
	link_free(link);
	stop_helper(&agent);
	world_end(&w);
}

static void the_same_key_of_agent_and_file_is_tried_once(void **state)
{
	(void)state;
	if (no_agent_here())
		skip();
	struct world w;
	struct helper agent;
	char base64[256];
	world_begin(&w, &(struct peer_plan){.methods = SSH_AUTH_METHOD_PUBLICKEY});
	start_agent(&w, &agent);
	user_key(&w, NULL, base64, sizeof base64);
	add_key(&agent, w.key_file, false);
	expect_failure(&w, ERR_AUTH, "refused");
	assert_int_equal(w.peer.seen->keys, 1);
	assert_int_equal(w.login.refused, 1);
	stop_helper(&agent);
	world_end(&w);
}

/* Nobody is there to allow it (no askpass program): the agent says no. */
static void an_agent_that_may_not_sign_costs_no_attempt(void **state)
{
	(void)state;
	if (no_agent_here())
		skip();
	struct world w;
	struct helper agent;
	world_with_key(&w,
	               (struct peer_plan){.methods = SSH_AUTH_METHOD_PUBLICKEY | SSH_AUTH_METHOD_PASSWORD,
	                                  .password = "right"},
	               NULL);
	start_agent(&w, &agent);
	give_away(&w, &agent, true);
	struct link *link = reach(&w, LINK_UP);
	assert_int_equal(w.peer.seen->signed_keys, 0);
	assert_int_equal(w.peer.seen->refusals, 0);
	assert_int_equal(w.peer.seen->passwords, 1);
	assert_int_equal(w.login.refused, 0);
	assert_string_equal(w.login.worked, "password");
	link_free(link);
	stop_helper(&agent);
	world_end(&w);
}

static void partial_success_goes_on_after_the_agent(void **state)
{
	(void)state;
	if (no_agent_here())
		skip();
	struct world w;
	struct helper agent;
	world_with_key(&w,
	               (struct peer_plan){.methods = SSH_AUTH_METHOD_PUBLICKEY,
	                                  .then = SSH_AUTH_METHOD_PASSWORD,
	                                  .password = "right"},
	               NULL);
	start_agent(&w, &agent);
	give_away(&w, &agent, false);
	struct link *link = reach(&w, LINK_UP);
	assert_non_null(strstr(w.login.worked, "of the ssh-agent and password"));
	link_free(link);
	stop_helper(&agent);
	world_end(&w);
}

/* ---- agents that misbehave ---- */

static void answer(int fd, const void *bytes, size_t n)
{
	char request[65536];
	if (read(fd, request, sizeof request) > 0)
		(void)!send(fd, bytes, n, MSG_NOSIGNAL);
}

/* A list of one key, made from base64. */
static size_t list_of(const char *base64, unsigned char *out, size_t size)
{
	struct buf list, message;
	buf_init(&list, size);
	buf_init(&message, size);
	unsigned char blob[256];
	size_t n = 0;
	assert_true(base64_decode(str_of(base64), blob, sizeof blob, &n));
	buf_add_char(&list, AGENT_IDENTITIES);
	agent_put_number(&list, 1);
	agent_put_string(&list, (struct str){(const char *)blob, n});
	agent_put_string(&list, STR("me\033[2J"));
	agent_put_string(&message, buf_str(&list));
	memcpy(out, message.p, message.n);
	n = message.n;
	buf_done(&list);
	buf_done(&message);
	return n;
}

static void misbehave(int fd, enum manner manner, const unsigned char *list, size_t list_n)
{
	char request[4096];
	switch (manner) {
	case MANNER_SILENT:
		(void)pause();
		break;
	case MANNER_HANGS_UP:
		answer(fd, "\0\0", 2);
		break;
	case MANNER_TALKS_NONSENSE:
		answer(fd, "\0\0\0\7\14\0\0\0\7xy", 11);
		break;
	case MANNER_HUGE:
		answer(fd, "\x7f\xff\xff\xff\14", 5);
		(void)!read(fd, request, sizeof request); /* until the other side hangs up */
		break;
	case MANNER_NO_LIST:
		answer(fd, "\0\0\0\1\5", 5);
		break;
	case MANNER_NO_SIGN: /* a list, and then nothing any more */
		if (read(fd, request, sizeof request) > 4 && request[4] == AGENT_LIST)
			(void)!send(fd, list, list_n, MSG_NOSIGNAL);
		else
			(void)pause();
		break;
	case MANNER_BUSY:
		break;
	}
}

static void start_bad_agent(struct world *w, struct helper *helper, enum manner manner)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	unsigned char list[512];
	size_t n = w->peer.plan.key_base64 ? list_of(w->peer.plan.key_base64, list, sizeof list) : 0;
	(void)snprintf(helper->path, sizeof helper->path, "%s/agent", w->folder);
	memcpy(address.sun_path, helper->path, strlen(helper->path) + 1);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(listener, manner == MANNER_BUSY ? 0 : 8), 0);
	helper->pid = fork();
	assert_true(helper->pid >= 0);
	if (helper->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		int waiting = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (manner == MANNER_BUSY) { /* the one place in the queue is taken */
			(void)connect(waiting, (struct sockaddr *)&address, sizeof address);
			(void)pause();
		}
		for (;;) {
			int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
			misbehave(fd, manner, list, n);
			(void)close(fd);
		}
	}
	if (manner == MANNER_BUSY)
		(void)usleep(200000);
	(void)close(listener);
	w->options.agent_path = helper->path;
}

static void a_bad_agent_costs_its_time_and_nothing_else(void **state)
{
	(void)state;
	static const struct {
		enum manner manner;
		const char *words;
		int64_t at_most_us;
	} agents[] = {
	        {MANNER_SILENT, "does not answer", SECONDS(4)},   {MANNER_BUSY, "it is busy", SECONDS(1)},
	        {MANNER_HANGS_UP, "hung up", SECONDS(1)},         {MANNER_TALKS_NONSENSE, "", SECONDS(1)},
	        {MANNER_HUGE, "makes no sense", SECONDS(1)},      {MANNER_NO_LIST, "", SECONDS(1)},
	        {MANNER_NO_SIGN, "does not answer", SECONDS(11)},
	};
	for (size_t i = 0; i < sizeof agents / sizeof agents[0]; i++) {
		struct world w;
		struct helper agent;
		struct peer_plan plan = by_password;
		plan.methods |= SSH_AUTH_METHOD_PUBLICKEY;
		world_with_key(&w, plan, NULL);
		w.options.identity_count = 0;
		w.options.login_us = SECONDS(1); /* the agent's time is not the device's */
		start_bad_agent(&w, &agent, agents[i].manner);
		int64_t before_us = clock_mono_us();
		struct link *link = start(&w);
		unsigned turns = drive(link, LINK_UP, SECONDS(14));
		if (link_error(link))
			fail_msg("%s", link_error(link)->text);
		assert_int_equal(link_state(link), LINK_UP);
		assert_true(clock_mono_us() - before_us < agents[i].at_most_us);
		assert_true(turns < 200);
		assert_string_equal(w.login.worked, "password");
		assert_int_equal(w.peer.seen->refusals, 0);
		link_free(link);
		/* and the message names it where the login fails */
		forget(&w);
		w.asked.password = "wrong";
		if (agents[i].manner != MANNER_NO_SIGN)
			expect_failure(&w, ERR_AUTH, agents[i].words);
		stop_helper(&agent);
		world_end(&w);
	}
}

static void no_agent_at_that_place_is_said(void **state)
{
	(void)state;
	struct world w;
	char far[300];
	memset(far, 'x', sizeof far);
	far[0] = '/';
	far[sizeof far - 1] = '\0';
	world_begin(&w, &(struct peer_plan){.methods = SSH_AUTH_METHOD_PUBLICKEY});
	w.options.agent_path = "/nonexistent/agent";
	expect_failure(&w, ERR_AUTH, "no ssh-agent answers at /nonexistent/agent: No such file");
	forget(&w);
	w.options.agent_path = far;
	expect_failure(&w, ERR_AUTH, "no usable name");
	world_end(&w);
}

static void a_link_may_be_given_up_while_the_agent_thinks(void **state)
{
	(void)state;
	struct world w;
	struct helper agent;
	for (unsigned i = 0; i < 2; i++) {
		world_with_key(&w, (struct peer_plan){.methods = SSH_AUTH_METHOD_PUBLICKEY}, NULL);
		w.options.identity_count = 0;
		start_bad_agent(&w, &agent, i == 0 ? MANNER_SILENT : MANNER_NO_SIGN);
		struct link *link = start(&w);
		(void)drive(link, LINK_UP, 700000);
		assert_int_equal(link_state(link), LINK_LOGIN);
		if (i == 1)
			link_close(link);
		link_free(link);
		stop_helper(&agent);
		world_end(&w);
	}
}

/* ---- wire format ---- */

static void a_damaged_list_ends_where_the_damage_is(void **state)
{
	(void)state;
	static const char good[] = "\14\0\0\0\2\0\0\0\3abc\0\0\0\1x\0\0\0\1d\0\0\0\0";
	for (size_t n = 0; n < sizeof good; n++) {
		struct str rest = {good, n};
		struct agent_identity one;
		uint32_t count = 0;
		unsigned seen = 0;
		if (!agent_open_list(&rest, &count)) {
			assert_true(n < 5);
			continue;
		}
		assert_int_equal(count, 2);
		while (agent_next_identity(&rest, &one))
			seen++;
		assert_int_equal(seen, n < 17 ? 0 : n < sizeof good - 1 ? 1 : 2);
	}
	struct str other = STR("\5\0\0\0\0");
	uint32_t count;
	assert_false(agent_open_list(&other, &count));
}

int main(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_agent_s_key_logs_in),
	        cmocka_unit_test(the_agent_is_off_when_told_so),
	        cmocka_unit_test(an_encrypted_file_is_known_by_its_public_part),
	        cmocka_unit_test(only_named_keys_of_the_agent_where_told_so),
	        cmocka_unit_test(a_public_key_names_the_agent_s),
	        cmocka_unit_test(many_keys_leave_one_try_for_the_password),
	        cmocka_unit_test(the_same_key_of_agent_and_file_is_tried_once),
	        cmocka_unit_test(an_agent_that_may_not_sign_costs_no_attempt),
	        cmocka_unit_test(partial_success_goes_on_after_the_agent),
	        cmocka_unit_test(a_bad_agent_costs_its_time_and_nothing_else),
	        cmocka_unit_test(no_agent_at_that_place_is_said),
	        cmocka_unit_test(a_link_may_be_given_up_while_the_agent_thinks),
	        cmocka_unit_test(a_damaged_list_ends_where_the_damage_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
