#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secret.h"
#include "ssh.h"

/* Three failures lock out everyone behind our address on a FortiGate; one is
 * left to the person at the keyboard. */
enum { REFUSALS_MAX = 2, ROUNDS_MAX = 8, BANNER_MAX_BYTES = 8192 };

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

static void note(struct ssh_auth *auth, const char *what, const char *how)
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

static void describe_success(const struct ssh_auth *auth, char *out, size_t out_size)
{
	out[0] = '\0';
	if (auth->key_used)
		append(out, out_size, "key %s", auth->key_file);
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
		describe_success(auth, login->worked_text, sizeof login->worked_text);
		login->worked = login->worked_text;
		login->used_password = auth->password_used;
		login->used_interactive = auth->interactive_used;
		if (auth->key_used && !login->worked_key) {
			login->worked_key = auth->key;
			auth->key_is_shared = true;
		}
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

/* The connection ended while an answer was due. A password on its way counts
 * as refused: it is not known to be good, and must not go out again. */
static enum ssh_step lost(struct link *link)
{
	if (!link->auth.secret_sent)
		return ssh_lost(link, "during the login");
	link->login->refused++;
	link->login->password_refused = true;
	return ssh_lost(link, "after the password was sent (refused, or this address is locked out)");
}

/* What came of a request; `name` for a person, `used` is set when it counted. */
static enum ssh_step answered(struct link *link, int rc, const char *name, bool *used)
{
	struct ssh_auth *auth = &link->auth;
	if (rc == SSH_AUTH_AGAIN && !ssh_dead(link))
		return SSH_WAIT;
	if (rc != SSH_AUTH_SUCCESS && rc != SSH_AUTH_PARTIAL && rc != SSH_AUTH_DENIED)
		return lost(link);
	bool had_secret = auth->secret_sent;
	auth->secret_sent = false;
	if (rc == SSH_AUTH_DENIED) {
		/* a key that libssh itself does not offer was not refused by the device */
		const char *reason = ssh_reason(link);
		bool by_peer = strncmp(reason, "Access denied", 13) == 0 || !reason[0];
		note(auth, name, by_peer ? "refused" : reason);
		link->login->refused += by_peer;
		link->login->password_refused |= had_secret;
	} else {
		*used = true;
	}
	if (rc == SSH_AUTH_SUCCESS)
		return succeed(link);
	if (rc == SSH_AUTH_PARTIAL)
		note(auth, name, "accepted, more is asked for");
	auth->methods = (unsigned)ssh_userauth_list(link->session, NULL);
	ssh_go(link, SSH_PHASE_CHOOSE);
	return SSH_ON;
}

/* ---- which method next ---- */

static bool password_possible(const struct link *link)
{
	const struct ssh_login *login = link->login;
	return !login->password_refused && !link->auth.password_tried && !link->auth.interactive_tried &&
	       (login->password || login->ask) &&
	       (link->auth.methods & (SSH_AUTH_METHOD_PASSWORD | SSH_AUTH_METHOD_INTERACTIVE));
}

/* One refusal is kept for the password where there may be one. */
static bool may_try_key(const struct link *link)
{
	unsigned limit = password_possible(link) ? REFUSALS_MAX - 1 : REFUSALS_MAX;
	return (link->auth.methods & SSH_AUTH_METHOD_PUBLICKEY) && !link->auth.key_used && link->login->refused < limit;
}

static void drop_key(struct ssh_auth *auth)
{
	if (!auth->key_is_shared)
		ssh_key_free(auth->key);
	auth->key = NULL;
	auth->key_is_shared = false;
}

/* True when auth->key is one to try. False: none left, or *step says failed. */
static bool next_key(struct link *link, enum ssh_step *step)
{
	struct ssh_auth *auth = &link->auth;
	const struct ssh_options *options = link->options;
	drop_key(auth);
	if (link->login->worked) {
		if (!link->login->worked_key || auth->next_key > 0)
			return false;
		auth->next_key = options->identity_count + 1;
		auth->key = link->login->worked_key;
		auth->key_is_shared = true;
		(void)snprintf(auth->key_file, sizeof auth->key_file, "as before");
		return true;
	}
	while (auth->next_key < options->identity_count) {
		const char *file = options->identities[auth->next_key++];
		struct err err = {0};
		int rc = ssh_key_load(link, file, &auth->key, &err);
		if (rc == 0) {
			(void)snprintf(auth->key_file, sizeof auth->key_file, "%s", file);
			return true;
		}
		if (rc > 0)
			(void)err_set(&err, ERR_AUTH, "key %s does not exist", file);
		if (err.kind == ERR_INTERRUPTED) {
			*step = ssh_fail(link, err.kind, "%s", err.text);
			return false;
		}
		note(auth, err.text, "");
	}
	return false;
}

static bool have_password(struct link *link, enum ssh_step *step)
{
	struct ssh_login *login = link->login;
	if (login->password)
		return true;
	char what[400];
	struct err err = {0};
	(void)snprintf(what, sizeof what, "password for %s@%s", link->options->user, link->options->host);
	login->password = ssh_ask(link, what, &err);
	if (login->password)
		return true;
	*step = ssh_fail(link, err.kind == ERR_NONE ? ERR_AUTH : err.kind, "%s%s%s",
	                 err.text[0] ? err.text : "no password was given", link->auth.tried[0] ? "; tried: " : "",
	                 link->auth.tried);
	return false;
}

/* The secret goes out in one method only: a second one would be a second
 * failure when the first was refused. */
static enum ssh_phase secret_phase(const struct link *link)
{
	const struct ssh_auth *auth = &link->auth;
	const struct ssh_login *login = link->login;
	if (login->refused >= REFUSALS_MAX || !password_possible(link))
		return SSH_PHASE_CHOOSE;
	if ((auth->methods & SSH_AUTH_METHOD_PASSWORD) && (!login->worked || login->used_password))
		return SSH_PHASE_PASSWORD;
	if ((auth->methods & SSH_AUTH_METHOD_INTERACTIVE) && (!login->worked || login->used_interactive))
		return SSH_PHASE_INTERACTIVE;
	return SSH_PHASE_CHOOSE;
}

enum ssh_step ssh_auth_choose(struct link *link, int64_t now_us)
{
	(void)now_us;
	enum ssh_step step = SSH_ON;
	if (may_try_key(link) && next_key(link, &step)) {
		ssh_go(link, SSH_PHASE_KEY);
		return SSH_ON;
	}
	if (step == SSH_FAILED)
		return step;
	enum ssh_phase phase = secret_phase(link);
	if (phase == SSH_PHASE_CHOOSE)
		return give_up(link);
	if (!have_password(link, &step))
		return step;
	ssh_go(link, phase);
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
	struct ssh_auth *auth = &link->auth;
	char name[300];
	(void)snprintf(name, sizeof name, "key %s", auth->key_file);
	return answered(link, ssh_userauth_publickey(link->session, link->options->user, auth->key), name,
	                &auth->key_used);
}

enum ssh_step ssh_auth_password(struct link *link, int64_t now_us)
{
	(void)now_us;
	struct ssh_auth *auth = &link->auth;
	auth->password_tried = true;
	auth->secret_sent = true;
	int rc = ssh_userauth_password(link->session, link->options->user, secret_text(link->login->password));
	return answered(link, rc, "password", &auth->password_used);
}

static enum ssh_step refuse_question(struct link *link, const char *prompt)
{
	/* our answer was not enough; it may have been wrong */
	if (link->auth.secret_sent) {
		link->login->refused++;
		link->login->password_refused = true;
	}
	return ssh_fail(link, ERR_AUTH,
	                "%s port %u asks %s during the login of %s: '%.200s'; questions other than one for the "
	                "password are not answered: use a key or an account without a second factor",
	                link->options->host, link->options->port,
	                link->auth.secret_sent ? "again, or for a second factor," : "more than a password",
	                link->options->user, prompt ? prompt : "");
}

static enum ssh_step answer_round(struct link *link)
{
	struct ssh_auth *auth = &link->auth;
	if (++auth->rounds > ROUNDS_MAX)
		return ssh_fail(link, ERR_AUTH, "%s port %u asks on and on during the keyboard-interactive login",
		                link->options->host, link->options->port);
	int prompts = ssh_userauth_kbdint_getnprompts(link->session);
	if (prompts <= 0)
		return SSH_ON;
	char echo = 0;
	const char *prompt = ssh_userauth_kbdint_getprompt(link->session, 0, &echo);
	if (prompts > 1 || echo || auth->secret_sent)
		return refuse_question(link, prompt);
	if (ssh_userauth_kbdint_setanswer(link->session, 0, secret_text(link->login->password)) != 0)
		return ssh_fail(link, ERR_INTERNAL, "libssh does not take the answer: %s", ssh_reason(link));
	auth->secret_sent = true;
	return SSH_ON;
}

enum ssh_step ssh_auth_interactive(struct link *link, int64_t now_us)
{
	(void)now_us;
	struct ssh_auth *auth = &link->auth;
	auth->interactive_tried = true;
	int rc = ssh_userauth_kbdint(link->session, link->options->user, NULL);
	if (rc == SSH_AUTH_INFO)
		return answer_round(link);
	return answered(link, rc, "keyboard-interactive", &auth->interactive_used);
}
