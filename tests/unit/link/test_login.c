#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "world.h"

/* ---- keys ---- */

static void logs_in_by_key_without_asking(void **state)
{
	(void)state;
	struct world w;
	world_with_key(&w, (struct peer_plan){.methods = SSH_AUTH_METHOD_PUBLICKEY | SSH_AUTH_METHOD_PASSWORD}, NULL);
	struct link *link = reach(&w, LINK_UP);
	assert_int_equal(w.asked.count, 0);
	assert_int_equal(w.peer.seen->passwords, 0);
	assert_int_equal(strncmp(w.login.worked, "key ", 4), 0);
	assert_string_equal(w.login.worked + 4, w.key_file);
	struct link *second = reach(&w, LINK_UP);
	assert_int_equal(w.asked.count, 0);
	assert_int_equal(w.peer.seen->passwords, 0);
	link_free(second);
	link_free(link);
	world_end(&w);
}

static void an_encrypted_key_asks_once_for_its_passphrase(void **state)
{
	(void)state;
	struct world w;
	world_with_key(&w, (struct peer_plan){.methods = SSH_AUTH_METHOD_PUBLICKEY}, "open sesame");
	w.asked.passphrases[0] = "open sesame";
	struct link *link = reach(&w, LINK_UP);
	struct link *second = reach(&w, LINK_UP);
	assert_int_equal(w.asked.count, 1);
	assert_int_equal(strncmp(w.asked.what, "passphrase for key ", 19), 0);
	link_free(second);
	link_free(link);
	world_end(&w);
}

static void an_encrypted_key_that_does_not_open_sends_nothing(void **state)
{
	(void)state;
	struct world w;
	world_with_key(&w, (struct peer_plan){.methods = SSH_AUTH_METHOD_PUBLICKEY}, "open sesame");
	w.asked.passphrases[0] = "wrong";
	expect_failure(&w, ERR_AUTH, "does not open with that passphrase");
	assert_int_equal(w.asked.count, 2);
	w.asked = (struct asked){.passphrases = {"wrong", "no better", "still not"}};
	expect_failure(&w, ERR_AUTH, "does not open with that passphrase");
	assert_int_equal(w.asked.count, 3);
	assert_int_equal(w.peer.seen->keys, 0);
	assert_int_equal(w.login.refused, 0);
	w.asked = (struct asked){.password = "open sesame"}; /* which is not for keys */
	expect_failure(&w, ERR_AUTH, "is encrypted");
	w.login.ask = NULL;
	expect_failure(&w, ERR_AUTH, "nobody to ask");
	world_end(&w);
}

/* A device from before rsa-sha2: the key is not even shown, because that would
 * be a failed attempt for nothing. */
static void an_rsa_key_reaches_an_old_device_with_legacy_algorithms_only(void **state)
{
	(void)state;
	struct world w;
	ssh_key key = NULL;
	char *base64 = NULL;
	assert_int_equal(ssh_pki_generate(SSH_KEYTYPE_RSA, 2048, &key), SSH_OK);
	assert_int_equal(ssh_pki_export_pubkey_base64(key, &base64), SSH_OK);
	world_begin(&w, &(struct peer_plan){
	                        .methods = SSH_AUTH_METHOD_PUBLICKEY, .key_base64 = base64, .user_keys = "ssh-rsa"});
	assert_int_equal(ssh_pki_export_privkey_file(key, NULL, NULL, NULL, w.key_file), SSH_OK);
	assert_int_equal(chmod(w.key_file, 0600), 0);
	w.options.identities = w.keys;
	w.options.identity_count = 1;
	expect_failure(&w, ERR_AUTH, "the device takes old ssh-rsa signatures only, which --legacy-algorithms allows");
	assert_int_equal(w.peer.seen->keys, 0);
	assert_int_equal(w.login.refused, 0);
	forget(&w);
	w.options.legacy_algorithms = true;
	struct link *link = reach(&w, LINK_UP);
	link_free(link);
	ssh_string_free_char(base64);
	ssh_key_free(key);
	world_end(&w);
}

static void a_refused_key_leaves_one_try_for_the_password(void **state)
{
	(void)state;
	struct world w;
	char base64[256];
	struct peer_plan plan = by_password;
	plan.methods |= SSH_AUTH_METHOD_PUBLICKEY;
	world_begin(&w, &plan);
	user_key(&w, NULL, base64, sizeof base64);
	const char *keys[] = {w.key_file, w.key_file, w.key_file};
	w.options.identities = keys;
	w.options.identity_count = 3;
	struct link *link = reach(&w, LINK_UP);
	assert_int_equal(w.peer.seen->keys, 1);
	assert_int_equal(w.peer.seen->passwords, 1);
	assert_int_equal(w.login.refused, 1);
	link_free(link);
	world_end(&w);
}

static void keys_alone_are_tried_twice_at_most(void **state)
{
	(void)state;
	struct world w;
	char base64[256], files[3][sizeof w.key_file + 2];
	world_begin(&w, &(struct peer_plan){.methods = SSH_AUTH_METHOD_PUBLICKEY});
	const char *keys[6];
	for (size_t i = 0; i < 3; i++) {
		user_key(&w, NULL, base64, sizeof base64);
		(void)snprintf(files[i], sizeof files[i], "%s%zu", w.key_file, i);
		assert_int_equal(rename(w.key_file, files[i]), 0);
		keys[2 * i] = keys[2 * i + 1] = files[i]; /* each once, however often it is named */
	}
	w.options.identities = keys;
	w.options.identity_count = 6;
	expect_failure(&w, ERR_AUTH, "it takes: publickey");
	assert_int_equal(w.peer.seen->keys, 2);
	assert_int_equal(w.peer.seen->different_keys, 2);
	assert_int_equal(w.login.refused, 2);
	expect_failure(&w, ERR_AUTH, "lock out");
	assert_int_equal(w.peer.seen->keys, 2);
	for (size_t i = 0; i < 3; i++)
		(void)unlink(files[i]);
	world_end(&w);
}

static void missing_broken_and_open_key_files_are_named(void **state)
{
	(void)state;
	struct world w;
	char base64[256];
	world_begin(&w, &(struct peer_plan){.methods = SSH_AUTH_METHOD_PUBLICKEY});
	w.options.identities = w.keys;
	w.options.identity_count = 1;
	expect_failure(&w, ERR_AUTH, "does not exist");
	write_file(w.key_file, "not a key\n", 0600);
	expect_failure(&w, ERR_AUTH, "is not a private key");
	user_key(&w, NULL, base64, sizeof base64);
	assert_int_equal(chmod(w.key_file, 0640), 0);
	expect_failure(&w, ERR_AUTH, "can be read by others (mode 0640) and is not used; run: chmod 600");
	forget(&w);
	w.keys[0] = "/dev/zero";
	expect_failure(&w, ERR_AUTH, "is not a file");
	assert_int_equal(w.peer.seen->keys, 0);
	world_end(&w);
}

static void partial_success_goes_on_with_the_password(void **state)
{
	(void)state;
	struct world w;
	world_with_key(&w,
	               (struct peer_plan){.methods = SSH_AUTH_METHOD_PUBLICKEY,
	                                  .password = "right",
	                                  .then = SSH_AUTH_METHOD_PASSWORD},
	               NULL);
	struct link *link = reach(&w, LINK_UP);
	assert_non_null(strstr(w.login.worked, " and password"));
	struct link *second = reach(&w, LINK_UP);
	assert_int_equal(w.asked.count, 1);
	assert_int_equal(w.login.refused, 0);
	link_free(second);
	link_free(link);
	world_end(&w);
}

/* ---- refused logins ---- */

static void a_wrong_password_is_sent_once_in_the_whole_run(void **state)
{
	(void)state;
	struct world w;
	struct peer_plan plan = by_password;
	plan.methods |= SSH_AUTH_METHOD_INTERACTIVE;
	plan.prompts[0] = "Password: ";
	world_begin(&w, &plan);
	w.asked.password = "wrong";
	expect_failure(&w, ERR_AUTH, "password: refused");
	assert_int_equal(w.peer.seen->passwords, 1);
	assert_int_equal(w.peer.seen->interactive, 0);
	assert_int_equal(w.login.refused, 1);
	assert_true(w.login.password_refused);
	assert_null(w.login.worked);
	expect_failure(&w, ERR_AUTH, "lock out");
	assert_int_equal(w.peer.seen->passwords, 1);
	assert_int_equal(w.asked.count, 1);
	world_end(&w);
}

static void a_connection_that_ends_on_the_password_counts_as_refused(void **state)
{
	(void)state;
	struct world w;
	struct peer_plan plan = by_password;
	plan.close_at = POINT_LOGIN;
	world_begin(&w, &plan);
	expect_failure(&w, ERR_CLOSED, "after the password was sent");
	assert_int_equal(w.login.refused, 1);
	assert_true(w.login.password_refused);
	world_end(&w);
}

static void nobody_to_ask_says_so(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, &by_password);
	w.asked.password = NULL;
	expect_failure(&w, ERR_AUTH, "no terminal to ask");
	w.login.ask = NULL;
	expect_failure(&w, ERR_AUTH, "it takes: password");
	assert_int_equal(w.peer.seen->passwords, 0);
	world_end(&w);
}

static void time_at_the_prompt_does_not_count(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, &by_password);
	w.options.login_us = 400000;
	w.asked.takes_us = 700000;
	struct link *link = reach(&w, LINK_UP);
	link_free(link);
	world_end(&w);
}

/* ---- keyboard-interactive ---- */

static void keyboard_interactive_gets_the_password_in_one_silent_prompt(void **state)
{
	(void)state;
	struct world w;
	struct peer_plan plan = {.methods = SSH_AUTH_METHOD_INTERACTIVE, .password = "right"};
	plan.prompts[0] = "";
	plan.prompts[1] = "Password: ";
	plan.prompts[2] = "";
	world_begin(&w, &plan);
	struct link *link = reach(&w, LINK_UP);
	assert_string_equal(w.login.worked, "keyboard-interactive");
	assert_int_equal(w.peer.seen->answers, 3);
	struct link *second = reach(&w, LINK_UP);
	assert_int_equal(w.asked.count, 1);
	link_free(second);
	link_free(link);
	world_end(&w);
}

static void a_wrong_interactive_password_is_refused_once(void **state)
{
	(void)state;
	struct world w;
	struct peer_plan plan = {.methods = SSH_AUTH_METHOD_INTERACTIVE, .password = "right"};
	plan.prompts[0] = "Password: ";
	world_begin(&w, &plan);
	w.asked.password = "wrong";
	expect_failure(&w, ERR_AUTH, "keyboard-interactive: refused");
	assert_int_equal(w.peer.seen->answers, 1);
	assert_int_equal(w.login.refused, 1);
	assert_true(w.login.password_refused);
	world_end(&w);
}

static void a_question_that_repeats_the_password_is_not_told_with_it(void **state)
{
	(void)state;
	struct world w;
	struct peer_plan plan = {.methods = SSH_AUTH_METHOD_INTERACTIVE, .password = "canary"};
	plan.prompts[0] = "Password: ";
	plan.prompts[1] = "'canary' has expired, canary! New password: ";
	world_begin(&w, &plan);
	w.asked.password = "canary";
	expect_failure(&w, ERR_AUTH, "(''********' has expired, ********! New password')");
	world_end(&w);
}

static void endless_rounds_end(void **state)
{
	(void)state;
	struct world w;
	struct peer_plan plan = {.methods = SSH_AUTH_METHOD_INTERACTIVE, .endless = true, .password = "right"};
	plan.prompts[0] = "";
	world_begin(&w, &plan);
	expect_failure(&w, ERR_AUTH, "asks on and on");
	assert_int_equal(w.peer.seen->answers, 8);
	world_end(&w);
}

static void a_person_answers_what_is_no_password(void **state)
{
	(void)state;
	struct world w;
	struct peer_plan plan = {.methods = SSH_AUTH_METHOD_INTERACTIVE, .password = "right"};
	plan.prompts[0] = "+Account kind?\nPassword: ";
	plan.answers[0] = "full\nright";
	plan.prompts[1] = "";
	plan.prompts[2] = "One-time password\033[2J: ";
	plan.answers[2] = "123456";
	plan.instruction = "Token of \a admin";
	world_begin(&w, &plan);
	w.asked.codes[0] = "full";
	w.asked.codes[1] = "123456";
	struct link *link = reach(&w, LINK_UP);
	assert_string_equal(w.asked.what, "(admin@127.0.0.1) Token of \\x07 admin One-time password\\x1b[2J");
	assert_false(w.asked.echo);
	assert_int_equal(w.asked.count, 3);
	assert_int_equal(w.peer.seen->answers, 3);
	assert_int_equal(w.peer.seen->secrets, 2); /* the code's prompt speaks of a password, too */
	assert_true(w.login.code_used);
	assert_int_equal(w.login.refused, 0);
	link_free(link);
	world_end(&w);
}

static void a_code_holds_for_one_session(void **state)
{
	(void)state;
	struct world w;
	struct peer_plan plan = {.methods = SSH_AUTH_METHOD_INTERACTIVE, .password = "right"};
	plan.prompts[0] = "Password: ";
	plan.prompts[1] = "Token code: ";
	plan.answers[1] = "123456";
	world_begin(&w, &plan);
	w.asked.codes[0] = "123456";
	struct link *link = reach(&w, LINK_UP);
	expect_failure(&w, ERR_AUTH, "no second session");
	assert_int_equal(w.peer.seen->connections, 1);
	assert_int_equal(link_state(link), LINK_UP);
	link_free(link);
	world_end(&w);
}

static void a_wrong_code_is_one_refusal_and_the_last_try(void **state)
{
	(void)state;
	struct world w;
	struct peer_plan plan = {.methods = SSH_AUTH_METHOD_INTERACTIVE, .password = "right"};
	plan.prompts[0] = "Password: ";
	plan.prompts[1] = "Token code: ";
	plan.answers[1] = "123456";
	world_begin(&w, &plan);
	w.asked.codes[0] = "654321";
	expect_failure(&w, ERR_AUTH, "keyboard-interactive: refused");
	expect_failure(&w, ERR_AUTH, "");
	assert_int_equal(w.login.refused, 1);
	assert_int_equal(w.peer.seen->refusals, 1);
	assert_int_equal(w.peer.seen->secrets, 1);
	assert_true(w.login.password_refused);
	world_end(&w);
}

static void a_question_that_nobody_can_answer_says_what_to_do(void **state)
{
	(void)state;
	struct world w;
	struct peer_plan plan = {.methods = SSH_AUTH_METHOD_INTERACTIVE, .password = "right"};
	plan.prompts[0] = "Password: ";
	plan.prompts[1] = "Verification code: ";
	world_begin(&w, &plan);
	expect_failure(&w, ERR_AUTH,
	               "asks for a one-time code or the like in the login as admin ('Verification code'); fgdiag needs "
	               "a terminal for that, or an account without it");
	assert_int_equal(w.peer.seen->answers, 1);
	assert_int_equal(w.login.refused, 1); /* the device may count what was given up */
	assert_true(w.login.password_refused);
	expect_failure(&w, ERR_AUTH, "not tried again");
	assert_int_equal(w.peer.seen->secrets, 1);
	world_end(&w);
}

static void the_password_is_no_answer_to_other_questions(void **state)
{
	(void)state;
	static const char *const prompts[] = {
	        "+Favourite colour? ",
	        "+Password: ", /* seen by whoever looks over the shoulder */
	        "Token: ",
	        "Enter the PIN of your token password: ",
	        "Next code:",
	};
	for (size_t i = 0; i < sizeof prompts / sizeof prompts[0]; i++) {
		struct world w;
		struct peer_plan plan = {.methods = SSH_AUTH_METHOD_INTERACTIVE, .password = "right"};
		plan.prompts[0] = prompts[i];
		world_begin(&w, &plan);
		expect_failure(&w, ERR_AUTH, "needs a terminal");
		assert_int_equal(w.peer.seen->answers, 0);
		assert_int_equal(w.login.refused, 0);
		world_end(&w);
	}
}

static void names_in_a_prompt_do_not_change_what_it_asks(void **state)
{
	(void)state;
	static const char *const prompts[] = {
	        "(admin@token-fw) Password: ",
	        "admin@password:",
	        "PASSWORD",
	        "Password for new@code.example: ",
	};
	for (size_t i = 0; i < sizeof prompts / sizeof prompts[0]; i++) {
		struct world w;
		struct peer_plan plan = {.methods = SSH_AUTH_METHOD_INTERACTIVE, .password = "right"};
		plan.prompts[0] = prompts[i];
		world_begin(&w, &plan);
		struct link *link = reach(&w, LINK_UP);
		assert_int_equal(w.asked.count, 1);
		link_free(link);
		world_end(&w);
	}
}

static void a_password_asked_for_again_or_anew_is_not_answered(void **state)
{
	(void)state;
	struct world w;
	struct peer_plan plan = {.methods = SSH_AUTH_METHOD_INTERACTIVE, .password = "right"};
	plan.prompts[0] = "Password: ";
	plan.prompts[1] = "Password: ";
	world_begin(&w, &plan);
	expect_failure(&w, ERR_AUTH, "asks for the password again");
	assert_int_equal(w.peer.seen->secrets, 1);
	assert_int_equal(w.login.refused, 1);
	world_end(&w);
	plan.prompts[1] = "+Why?\nNew password: \nRetype new password: ";
	world_begin(&w, &plan);
	expect_failure(&w, ERR_AUTH,
	               "asks for a new password in the login as admin ('New password'); fgdiag changes no");
	assert_int_equal(w.peer.seen->answers, 1);
	assert_int_equal(w.asked.count, 1);
	world_end(&w);
	plan.prompts[0] = "Password: \nPassword: ";
	world_begin(&w, &plan);
	expect_failure(&w, ERR_AUTH, "asks for the password again");
	assert_int_equal(w.peer.seen->secrets, 0);
	world_end(&w);
}

static void too_many_prompts_in_a_round_end_it(void **state)
{
	(void)state;
	struct world w;
	struct peer_plan plan = {.methods = SSH_AUTH_METHOD_INTERACTIVE, .password = "right"};
	plan.prompts[0] = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17";
	world_begin(&w, &plan);
	expect_failure(&w, ERR_AUTH, "asks on and on");
	assert_int_equal(w.asked.count, 1);
	world_end(&w);
}

/* ---- one method after another ---- */

static void a_password_and_then_a_code(void **state)
{
	(void)state;
	struct world w;
	struct peer_plan plan = {.methods = SSH_AUTH_METHOD_PASSWORD | SSH_AUTH_METHOD_INTERACTIVE,
	                         .password = "right",
	                         .then = SSH_AUTH_METHOD_INTERACTIVE};
	plan.prompts[0] = "Code: ";
	plan.answers[0] = "123456";
	world_begin(&w, &plan);
	w.asked.codes[0] = "123456";
	struct link *link = reach(&w, LINK_UP);
	assert_string_equal(w.login.worked, "password and keyboard-interactive");
	assert_int_equal(w.peer.seen->secrets, 1);
	assert_int_equal(w.peer.seen->refusals, 0);
	link_free(link);
	world_end(&w);
}

static void the_accepted_password_is_not_sent_by_a_second_method(void **state)
{
	(void)state;
	struct world w;
	struct peer_plan plan = {.methods = SSH_AUTH_METHOD_PASSWORD,
	                         .password = "right",
	                         .then = SSH_AUTH_METHOD_INTERACTIVE | SSH_AUTH_METHOD_PASSWORD};
	plan.prompts[0] = "Password: ";
	world_begin(&w, &plan);
	expect_failure(&w, ERR_AUTH, "asks for the password again");
	assert_int_equal(w.peer.seen->secrets, 1);
	assert_int_equal(w.peer.seen->passwords, 1);
	world_end(&w);
}

static void a_key_and_then_only_a_code_asks_for_no_password(void **state)
{
	(void)state;
	struct world w;
	struct peer_plan plan = {.methods = SSH_AUTH_METHOD_PUBLICKEY, .then = SSH_AUTH_METHOD_INTERACTIVE};
	plan.prompts[0] = "Code: ";
	plan.answers[0] = "123456";
	world_with_key(&w, plan, NULL);
	w.asked.codes[0] = "123456";
	w.asked.password = NULL;
	struct link *link = reach(&w, LINK_UP);
	assert_int_equal(w.asked.count, 1);
	assert_non_null(strstr(w.login.worked, " and keyboard-interactive"));
	link_free(link);
	world_end(&w);
}

static void two_rounds_of_interaction_with_success_between(void **state)
{
	(void)state;
	struct world w;
	struct peer_plan plan = {.methods = SSH_AUTH_METHOD_INTERACTIVE, .then = SSH_AUTH_METHOD_INTERACTIVE};
	plan.prompts[0] = "Code: ";
	plan.answers[0] = "1";
	world_begin(&w, &plan);
	w.asked.codes[0] = w.asked.codes[1] = "1";
	struct link *link = reach(&w, LINK_UP);
	assert_int_equal(w.peer.seen->interactive, 2);
	link_free(link);
	world_end(&w);
}

int main(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(logs_in_by_key_without_asking),
	        cmocka_unit_test(an_encrypted_key_asks_once_for_its_passphrase),
	        cmocka_unit_test(an_encrypted_key_that_does_not_open_sends_nothing),
	        cmocka_unit_test(an_rsa_key_reaches_an_old_device_with_legacy_algorithms_only),
	        cmocka_unit_test(a_refused_key_leaves_one_try_for_the_password),
	        cmocka_unit_test(keys_alone_are_tried_twice_at_most),
	        cmocka_unit_test(missing_broken_and_open_key_files_are_named),
	        cmocka_unit_test(partial_success_goes_on_with_the_password),
	        cmocka_unit_test(a_wrong_password_is_sent_once_in_the_whole_run),
	        cmocka_unit_test(a_connection_that_ends_on_the_password_counts_as_refused),
	        cmocka_unit_test(nobody_to_ask_says_so),
	        cmocka_unit_test(time_at_the_prompt_does_not_count),
	        cmocka_unit_test(keyboard_interactive_gets_the_password_in_one_silent_prompt),
	        cmocka_unit_test(a_wrong_interactive_password_is_refused_once),
	        cmocka_unit_test(a_question_that_repeats_the_password_is_not_told_with_it),
	        cmocka_unit_test(endless_rounds_end),
	        cmocka_unit_test(a_person_answers_what_is_no_password),
	        cmocka_unit_test(a_code_holds_for_one_session),
	        cmocka_unit_test(a_wrong_code_is_one_refusal_and_the_last_try),
	        cmocka_unit_test(a_question_that_nobody_can_answer_says_what_to_do),
	        cmocka_unit_test(the_password_is_no_answer_to_other_questions),
	        cmocka_unit_test(names_in_a_prompt_do_not_change_what_it_asks),
	        cmocka_unit_test(a_password_asked_for_again_or_anew_is_not_answered),
	        cmocka_unit_test(too_many_prompts_in_a_round_end_it),
	        cmocka_unit_test(a_password_and_then_a_code),
	        cmocka_unit_test(the_accepted_password_is_not_sent_by_a_second_method),
	        cmocka_unit_test(a_key_and_then_only_a_code_asks_for_no_password),
	        cmocka_unit_test(two_rounds_of_interaction_with_success_between),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
