#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "secret.h"
#include "ssh.h"
#include "text.h"

/* keyboard-interactive: the device asks what it likes, in rounds. Its question
 * for the password is answered once; what asks for a new one is not answered;
 * everything else goes to a person in the device's own words. */

enum { ROUNDS_MAX = 8, PROMPTS_MAX = 16, WORDS_MAX_BYTES = 200 };

enum prompt_kind { PROMPT_PASSWORD, PROMPT_NEW_PASSWORD, PROMPT_OTHER };

struct prompt {
	const char *text;
	bool echo;
	enum prompt_kind kind;
};

/* ---- what is asked? ---- */

static bool in_words(struct str word, const char *const *words)
{
	for (; *words; words++) {
		if (str_is_nocase(word, *words))
			return true;
	}
	return false;
}

/* Next run of letters, digits and what may stand inside of a name. */
static bool next_token(struct str *rest, struct str *token)
{
	size_t from = 0;
	while (from < rest->n && !isalnum((unsigned char)rest->p[from]))
		from++;
	size_t to = from;
	while (to < rest->n && (isalnum((unsigned char)rest->p[to]) || strchr("-_.@", rest->p[to])))
		to++;
	*token = str_cut(*rest, from, to - from);
	*rest = str_from(*rest, to);
	return token->n > 0;
}

/* "(admin@token-fw) Password:" and "admin@password:": names tell nothing. */
static struct str without_names(struct str token)
{
	ptrdiff_t at = str_find_char(token, '@');
	if (at < 0)
		return token;
	token = str_from(token, (size_t)at + 1);
	return str_is_nocase(token, "password") ? token : (struct str){"", 0};
}

static enum prompt_kind kind_of(const char *prompt, bool echo)
{
	static const char *const password[] = {"password", "passwd", "passwort", "kennwort", NULL};
	static const char *const code[] = {"one-time",     "one",        "onetime",       "otp",      "token",
	                                   "fortitoken",   "code",       "pin",           "passcode", "factor",
	                                   "verification", "two-factor", "2fa",           "next",     "response",
	                                   "yubikey",      "challenge",  "authenticator", NULL};
	static const char *const change[] = {"new",   "retype", "re-enter", "reenter", "re-type", "confirm",
	                                     "again", "repeat", "old",      "current", NULL};
	struct str rest = str_of(prompt), token;
	bool has_password = false, has_code = false, has_change = false;
	while (next_token(&rest, &token)) {
		token = without_names(token);
		has_password |= in_words(token, password);
		has_code |= in_words(token, code);
		has_change |= in_words(token, change);
	}
	if (echo || !has_password || has_code)
		return PROMPT_OTHER;
	return has_change ? PROMPT_NEW_PASSWORD : PROMPT_PASSWORD;
}

/* ---- ends ---- */

/* A device that prints the password it was given gets no help in that. */
static void add_masked(struct buf *out, struct str text, const char *password)
{
	ptrdiff_t at;
	while (password && password[0] && (at = str_find(text, password)) >= 0) {
		text_add_safe(out, str_cut(text, 0, (size_t)at));
		buf_add_text(out, "********");
		text = str_from(text, (size_t)at + strlen(password));
	}
	text_add_safe(out, text);
}

/* The device's words, for a terminal and a message: cut, safe, no colon last. */
static void words_of(struct link *link, const char *prompt, struct buf *out)
{
	const char *const parts[] = {ssh_userauth_kbdint_getinstruction(link->session), prompt};
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		struct str part = str_trim(str_cut(str_of(parts[i]), 0, WORDS_MAX_BYTES));
		while (i == 1 && part.n && strchr(": ", part.p[part.n - 1]))
			part.n--;
		if (part.n && out->n)
			buf_add_char(out, ' ');
		add_masked(out, part, secret_text(link->login->password));
	}
}

static enum ssh_step refuse_prompt(struct link *link, const char *prompt, const char *what, const char *why)
{
	struct buf words;
	ssh_auth_count_lost(link); /* what we answered so far was not enough, or wrong */
	buf_init(&words, 4096);
	words_of(link, prompt, &words);
	enum ssh_step step =
	        ssh_fail(link, ERR_AUTH, "%s port %u asks for %s in the login as %s ('%s'); %s", link->options->host,
	                 link->options->port, what, link->options->user, words.n ? words.p : "", why);
	buf_done(&words);
	return step;
}

/* ---- one round ---- */

static int set_answer(struct link *link, unsigned i, const char *text)
{
	return ssh_userauth_kbdint_setanswer(link->session, i, text);
}

static enum ssh_step answer_with_password(struct link *link, unsigned i)
{
	struct ssh_auth *auth = &link->auth;
	enum ssh_step step = SSH_ON;
	if (!ssh_auth_password_known(link, &step))
		return step;
	if (set_answer(link, i, secret_text(link->login->password)) != 0)
		return ssh_fail(link, ERR_INTERNAL, "libssh does not take the answer: %s", ssh_reason(link));
	auth->password_sent = auth->secret_out = true;
	return SSH_ON;
}

static enum ssh_step answer_by_person(struct link *link, unsigned i, const struct prompt *prompt)
{
	struct err err = {0};
	struct buf words;
	buf_init(&words, 4096);
	buf_printf(&words, "(%s@%s)", link->options->user, link->options->host);
	words_of(link, prompt->text, &words);
	struct secret *answer =
	        ssh_ask(link,
	                &(struct ssh_question){
	                        .kind = SSH_QUESTION_DEVICE, .text = words.p, .attempt = 1, .echo = prompt->echo},
	                &err);
	buf_done(&words);
	if (!answer && err.kind == ERR_INTERRUPTED)
		return ssh_fail(link, err.kind, "%s", err.text);
	if (!answer)
		return refuse_prompt(link, prompt->text, "a one-time code or the like",
		                     "fgdiag needs a terminal for that, or an account without it");
	int rc = set_answer(link, i, secret_text(answer));
	secret_free(answer);
	if (rc != 0)
		return ssh_fail(link, ERR_INTERNAL, "libssh does not take the answer: %s", ssh_reason(link));
	link->auth.code_out = link->login->code_used = true;
	return SSH_ON;
}

/* What will not be answered is found before anybody is asked anything. */
static enum ssh_step look_at(struct link *link, struct prompt *prompts, unsigned n)
{
	bool password = link->auth.password_sent;
	for (unsigned i = 0; i < n; i++) {
		char echo = 0;
		const char *text = ssh_userauth_kbdint_getprompt(link->session, i, &echo);
		prompts[i] = (struct prompt){.text = text ? text : "", .echo = echo != 0};
		prompts[i].kind = kind_of(prompts[i].text, prompts[i].echo);
		if (prompts[i].kind == PROMPT_NEW_PASSWORD)
			return refuse_prompt(link, prompts[i].text, "a new password",
			                     "fgdiag changes no password: log in by hand and give the account a new "
			                     "one");
		if (prompts[i].kind == PROMPT_PASSWORD && password)
			return refuse_prompt(link, prompts[i].text, "the password again",
			                     "the password is sent once only, because three failures lock out this "
			                     "address on a FortiGate: check user and password");
		password |= prompts[i].kind == PROMPT_PASSWORD;
	}
	return SSH_ON;
}

static enum ssh_step answer_round(struct link *link)
{
	struct prompt prompts[PROMPTS_MAX];
	int n = ssh_userauth_kbdint_getnprompts(link->session);
	if (++link->auth.rounds > ROUNDS_MAX || n > PROMPTS_MAX) {
		ssh_auth_count_lost(link);
		return ssh_fail(link, ERR_AUTH, "%s port %u asks on and on during the keyboard-interactive login",
		                link->options->host, link->options->port);
	}
	if (n <= 0)
		return SSH_ON;
	enum ssh_step step = look_at(link, prompts, (unsigned)n);
	for (unsigned i = 0; step == SSH_ON && i < (unsigned)n; i++) {
		if (prompts[i].kind == PROMPT_PASSWORD)
			step = answer_with_password(link, i);
		else
			step = answer_by_person(link, i, &prompts[i]);
	}
	return step;
}

enum ssh_step ssh_auth_interactive(struct link *link, int64_t now_us)
{
	(void)now_us;
	struct ssh_auth *auth = &link->auth;
	auth->interactive_tried = true;
	int rc = ssh_userauth_kbdint(link->session, link->options->user, NULL);
	if (rc == SSH_AUTH_INFO)
		return answer_round(link);
	return ssh_auth_answered(link, rc, "keyboard-interactive", &auth->interactive_used);
}
