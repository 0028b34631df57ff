#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secret.h"
#include "ssh.h"

/* Three failures lock out everyone behind our address on a FortiGate; one is
 * left to the person at the keyboard. */
enum { REFUSALS_MAX = 2, PARTIALS_MAX = 4, BANNER_MAX_BYTES = 8192 };

static const struct {
	unsigned method;
	const char *name;
} methods[] = {
        {SSH_AUTH_METHOD_PUBLICKEY, "publickey"},
        {SSH_AUTH_METHOD_PASSWORD, "password"},
        {SSH_AUTH_METHOD_INTERACTIVE, "keyboard-interactive"},
        {SSH_AUTH_METHOD_HOSTBASED, "hostbased"},
        {SSH_AUTH_METHOD_GSSAPI_MIC, "gssapi-with-mic"},
};

/* ---- words ---- */

static void append(char *out, size_t out_size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void append(char *out, size_t out_size, const char *fmt, ...)
{
	size_t n = strlen(out);
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(out + n, out_size - n, fmt, args);
	va_end(args);
}

void ssh_auth_note(struct ssh_auth *auth, const char *what, const char *how)
{
	append(auth->tried, sizeof auth->tried, "%s%s%s%s", auth->tried[0] ? "; " : "", what, how[0] ? ": " : "", how);
}

static void list_methods(unsigned offered, char *out, size_t out_size)
{
	out[0] = '\0';
	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
		if (offered & methods[i].method)
			append(out, out_size, "%s%s", out[0] ? ", " : "", methods[i].name);
	}
	if (!out[0])
		append(out, out_size, "nothing we know");
}

static void keep_banner(struct link *link)
{
	char *banner = ssh_get_issue_banner(link->session);
	if (!banner)
		return;
	free(link->banner);
	link->banner = strndup(banner, BANNER_MAX_BYTES);
	ssh_string_free_char(banner);
}

/* ---- ends ---- */

static void describe_success(const struct link *link, char *out, size_t out_size)
{
	const struct ssh_auth *auth = &link->auth;
	const struct ssh_keyring *keyring = link->login->keyring;
	out[0] = '\0';
	for (size_t i = 0; keyring && i < keyring->n; i++) {
		if (keyring->all[i].worked)
			append(out, out_size, "%s%s", out[0] ? " and " : "", keyring->all[i].name);
	}
	if (auth->password_used)
		append(out, out_size, "%spassword", out[0] ? " and " : "");
	if (auth->interactive_used)
		append(out, out_size, "%skeyboard-interactive", out[0] ? " and " : "");
	if (!out[0])
		append(out, out_size, "none");
}

static enum ssh_step succeed(struct link *link)
{
	struct ssh_login *login = link->login;
	struct ssh_auth *auth = &link->auth;
	if (!login->worked) {
		describe_success(link, login->worked_text, sizeof login->worked_text);
		login->worked = login->worked_text;
		login->used_password = auth->password_used;
		login->used_interactive = auth->interactive_used;
	}
	keep_banner(link);
	ssh_go(link, SSH_PHASE_CHANNEL);
	return SSH_ON;
}

static enum ssh_step give_up(struct link *link)
{
	const struct ssh_login *login = link->login;
	char offered[128];
	list_methods(link->auth.methods, offered, sizeof offered);
	const char *next = "check user and credentials";
	if (login->refused > 0)
		next = "not tried again, because three failures lock out this address on a FortiGate: check user and "
		       "credentials first";
	else if (login->password_refused)
		next = "the password was refused earlier in this run and is not sent again";
	return ssh_fail(link, ERR_AUTH, "cannot log in to %s port %u as %s (%s); it takes: %s; %s", link->options->host,
	                link->options->port, link->options->user,
	                link->auth.tried[0] ? link->auth.tried : "no method left to try", offered, next);
}

void ssh_auth_count_lost(struct link *link)
{
	struct ssh_auth *auth = &link->auth;
	link->login->refused += auth->secret_out || auth->code_out;
	link->login->password_refused |= auth->secret_out;
	auth->secret_out = auth->code_out = false;
}

/* The connection ended while an answer was due. */
static enum ssh_step lost(struct link *link)
{
	bool secret = link->auth.secret_out, code = link->auth.code_out;
	ssh_auth_count_lost(link);
	if (secret)
		return ssh_lost(link, "after the password was sent (refused, or this address is locked out)",
		                "check the password before the next try, since three failures lock out this address "
		                "on a FortiGate");
	if (code)
		return ssh_lost(link, "after the answer was sent (refused?)", "check it before the next try");
	return ssh_lost(link, "during the login", "the device may be out of sessions: try again later");
}

/* ---- what came of a request ---- */

/* libssh keeps some keys back by itself: the device has not refused those. */
static bool refused_by_peer(const struct link *link, const char **why)
{
	const char *reason = ssh_reason(link);
	*why = "refused";
	if (strncmp(reason, "Access denied", 13) == 0 || !reason[0])
		return true;
	*why = reason;
	if (strstr(reason, "ssh-rsa") && !link->options->legacy_algorithms)
		*why = "not offered: the device takes old ssh-rsa signatures only, which --legacy-algorithms allows";
	return false;
}

static void count_refusal(struct link *link, const char *name)
{
	struct ssh_auth *auth = &link->auth;
	const char *why;
	bool by_peer = refused_by_peer(link, &why);
	ssh_auth_note(auth, name, why);
	link->login->refused += by_peer;
	link->login->password_refused |= auth->secret_out;
	auth->secret_out = auth->code_out = false;
}

/* A part of the way: the list of methods is a new one, and what had its turn
 * may be asked for again, except the password. */
static void count_partial(struct ssh_auth *auth, const char *name)
{
	ssh_auth_note(auth, name, "accepted, more is asked for");
	auth->partials++;
	auth->interactive_tried = false;
	auth->secret_out = auth->code_out = false;
}

enum ssh_step ssh_auth_answered(struct link *link, int rc, const char *name, bool *used)
{
	struct ssh_auth *auth = &link->auth;
	if (rc == SSH_AUTH_AGAIN && !ssh_dead(link))
		return SSH_WAIT;
	if (rc != SSH_AUTH_SUCCESS && rc != SSH_AUTH_PARTIAL && rc != SSH_AUTH_DENIED)
		return lost(link);
	*used |= rc != SSH_AUTH_DENIED;
	if (rc == SSH_AUTH_SUCCESS)
		return succeed(link);
	if (rc == SSH_AUTH_PARTIAL)
		count_partial(auth, name);
	else
		count_refusal(link, name);
	if (auth->partials > PARTIALS_MAX)
		return ssh_fail(link, ERR_AUTH, "%s port %u asks for one login method after another",
		                link->options->host, link->options->port);
	auth->methods = (unsigned)ssh_userauth_list(link->session, NULL);
	ssh_go(link, SSH_PHASE_CHOOSE);
	return SSH_ON;
}

/* ---- which method next ---- */

/* The password goes out in one method only: a second one would be a second
 * failure when the first was refused. */
static bool may_send_password(const struct link *link)
{
	const struct ssh_login *login = link->login;
	return (link->auth.methods & SSH_AUTH_METHOD_PASSWORD) && !login->password_refused &&
	       !link->auth.password_tried && !link->auth.password_sent && (login->password || login->ask) &&
	       (!login->worked || login->used_password);
}

static bool may_interact(const struct link *link)
{
	const struct ssh_login *login = link->login;
	return (link->auth.methods & SSH_AUTH_METHOD_INTERACTIVE) && !login->password_refused &&
	       !link->auth.interactive_tried && (login->password || login->ask) &&
	       (!login->worked || login->used_interactive);
}

/* A mere question whether the device would take a key saves nothing: OpenSSH's
 * sshd counts a key that it does not know as a failed attempt, signed or not
 * (MaxAuthTries 5 ends either after four), and only the question that is
 * answered by yes is free. dropbear counts neither; what a FortiGate counts is
 * taken to be the worse. One refusal is kept for the password where there may
 * be one. */
static bool may_try_key(const struct link *link)
{
	unsigned limit = may_send_password(link) || may_interact(link) ? REFUSALS_MAX - 1 : REFUSALS_MAX;
	return (link->auth.methods & SSH_AUTH_METHOD_PUBLICKEY) && link->login->refused < limit;
}

/* 0: it can be tried. 1: its turn is over. -1: the link has failed. */
static int ready_key(struct link *link, struct ssh_identity *identity)
{
	struct err err = {0};
	if (identity->in_agent || identity->key)
		return 0;
	int rc = ssh_key_load(link, identity->file, &identity->key, &err);
	if (rc == 0)
		return 0;
	if (rc > 0)
		(void)err_set(&err, ERR_AUTH, "key %s does not exist", identity->file);
	if (err.kind == ERR_INTERRUPTED) {
		(void)ssh_fail(link, err.kind, "%s", err.text);
		return -1;
	}
	ssh_auth_note(&link->auth, err.text, "");
	return 1;
}

/* True when auth->identity is one to try. False: none left, or *step says
 * failed. */
static bool next_key(struct link *link, enum ssh_step *step)
{
	struct ssh_auth *auth = &link->auth;
	struct ssh_keyring *keyring = link->login->keyring;
	while (auth->next_key < keyring->n) {
		struct ssh_identity *one = &keyring->all[auth->next_key++];
		bool wanted = link->login->worked ? one->worked : !one->tried;
		if (!wanted || (!one->worked && ssh_keyring_was_tried(keyring, one)))
			continue;
		int rc = ready_key(link, one);
		if (rc < 0) {
			*step = SSH_FAILED;
			return false;
		}
		if (rc > 0)
			continue;
		one->tried = true;
		auth->identity = one;
		return true;
	}
	return false;
}

bool ssh_auth_password_known(struct link *link, enum ssh_step *step)
{
	struct ssh_login *login = link->login;
	if (login->password)
		return true;
	char what[400];
	struct err err = {0};
	(void)snprintf(what, sizeof what, "password for %s@%s", link->options->user, link->options->host);
	login->password =
	        ssh_ask(link, &(struct ssh_question){.kind = SSH_QUESTION_PASSWORD, .text = what, .attempt = 1}, &err);
	if (login->password)
		return true;
	*step = ssh_fail(link, err.kind == ERR_NONE ? ERR_AUTH : err.kind, "%s%s%s",
	                 err.text[0] ? err.text : "no password was given", link->auth.tried[0] ? "; tried: " : "",
	                 link->auth.tried);
	return false;
}

enum ssh_step ssh_auth_choose(struct link *link, int64_t now_us)
{
	(void)now_us;
	enum ssh_step step = SSH_ON;
	if (may_try_key(link)) {
		if (!link->login->keyring) {
			ssh_go(link, SSH_PHASE_AGENT_LIST);
			return SSH_ON;
		}
		if (next_key(link, &step)) {
			ssh_go(link, link->auth.identity->in_agent ? SSH_PHASE_AGENT_PROBE : SSH_PHASE_KEY);
			return SSH_ON;
		}
	}
	if (step == SSH_FAILED)
		return step;
	bool password = may_send_password(link);
	if (link->login->refused >= REFUSALS_MAX || (!password && !may_interact(link)))
		return give_up(link);
	/* asked for before the request: a device may count one that is given up. After
	 * another method's success it may want something else. */
	if ((password || link->auth.partials == 0) && !ssh_auth_password_known(link, &step))
		return step;
	ssh_go(link, password ? SSH_PHASE_PASSWORD : SSH_PHASE_INTERACTIVE);
	return SSH_ON;
}

/* ---- the methods ---- */

enum ssh_step ssh_auth_none(struct link *link, int64_t now_us)
{
	(void)now_us;
	int rc = ssh_userauth_none(link->session, link->options->user);
	if (rc == SSH_AUTH_AGAIN && !ssh_dead(link))
		return SSH_WAIT;
	if (rc == SSH_AUTH_SUCCESS)
		return succeed(link);
	if (rc != SSH_AUTH_DENIED && rc != SSH_AUTH_PARTIAL)
		return lost(link);
	keep_banner(link);
	link->auth.methods = (unsigned)ssh_userauth_list(link->session, NULL);
	ssh_go(link, SSH_PHASE_CHOOSE);
	return SSH_ON;
}

enum ssh_step ssh_auth_key(struct link *link, int64_t now_us)
{
	(void)now_us;
	struct ssh_identity *identity = link->auth.identity;
	int rc = ssh_userauth_publickey(link->session, link->options->user, identity->key);
	if (rc == SSH_AUTH_SUCCESS || rc == SSH_AUTH_PARTIAL)
		identity->worked = true;
	return ssh_auth_answered(link, rc, identity->name, &link->auth.key_used);
}

enum ssh_step ssh_auth_password(struct link *link, int64_t now_us)
{
	(void)now_us;
	struct ssh_auth *auth = &link->auth;
	auth->password_tried = auth->password_sent = auth->secret_out = true;
	int rc = ssh_userauth_password(link->session, link->options->user, secret_text(link->login->password));
	return ssh_auth_answered(link, rc, "password", &auth->password_used);
}
