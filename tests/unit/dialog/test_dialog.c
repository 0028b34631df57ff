#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "dialog.h"
#include "player.h"

#define SECOND 1000000

enum { WHOLE = -1, BYTES = -2 };

/* A session as it is played: turns of the device and of us. */
enum turn_kind { END, DEVICE, COMMAND, STOP, WAIT, HANGUP };

struct turn {
	enum turn_kind kind;
	const char *text;
	int64_t us;
};

static void device(struct player *player, const char *text, int cut)
{
	size_t n = strlen(text);
	if (cut == BYTES) {
		for (size_t i = 0; i < n; i++)
			feed(player, text + i, 1);
	} else if (cut >= 0 && (size_t)cut < n) {
		feed(player, text, (size_t)cut);
		feed(player, text + cut, n - (size_t)cut);
	} else {
		feed(player, text, n);
	}
}

static void play_turn(struct player *player, const struct turn *turn, int cut)
{
	struct err err = {0};
	switch (turn->kind) {
	case DEVICE:
		device(player, turn->text, cut);
		break;
	case COMMAND:
		player->command = turn->text;
		assert_int_equal(dialog_command(player->dialog, turn->text, player->now_us, &err), 0);
		break;
	case STOP:
		dialog_stop(player->dialog, player->now_us);
		break;
	case WAIT:
		wait(player, turn->us);
		break;
	case HANGUP:
		dialog_end(player->dialog, player->now_us);
		break;
	case END:
		break;
	}
	note(player);
}

static void play_cut(const struct turn *turns, int cut, const struct dialog_limits *limits, const char *log,
                     const char *clean)
{
	struct player player;
	player_init(&player, limits);
	for (const struct turn *turn = turns; turn->kind != END; turn++)
		play_turn(&player, turn, cut);
	assert_string_equal(buf_str(&player.log).p, log);
	if (clean)
		assert_string_equal(buf_str(&player.clean).p, clean);
	player_done(&player);
}

/* Plays a session whole, byte by byte and cut at every place. */
static void play(const struct turn *turns, const struct dialog_limits *limits, const char *log, const char *clean)
{
	size_t longest = 0;
	for (const struct turn *turn = turns; turn->kind != END; turn++) {
		if (turn->kind == DEVICE && strlen(turn->text) > longest)
			longest = strlen(turn->text);
	}
	play_cut(turns, WHOLE, limits, log, clean);
	play_cut(turns, BYTES, limits, log, clean);
	for (size_t cut = 0; cut < longest; cut++)
		play_cut(turns, (int)cut, limits, log, clean);
}

#define SESSION(...)                 \
	(const struct turn[])        \
	{                            \
		__VA_ARGS__,         \
		{                    \
			END, NULL, 0 \
		}                    \
	}
#define LOGIN                          \
	{DEVICE, "FGT # ", 0},         \
	{                              \
		WAIT, NULL, SECOND / 2 \
	}
#define DEVICE_(t)           \
	{                    \
		DEVICE, t, 0 \
	}
#define COMMAND_(t)           \
	{                     \
		COMMAND, t, 0 \
	}
#define STOP_                 \
	{                     \
		STOP, NULL, 0 \
	}
#define WAIT_(us)              \
	{                      \
		WAIT, NULL, us \
	}
#define HANGUP_                 \
	{                       \
		HANGUP, NULL, 0 \
	}
#define READY "READY 'FGT # ';"

static const char status[] = "get system status";
static const char sniffer[] = "diagnose sniffer packet any \"( host 192.0.2.1 )\" 4 10 a";
static const char top[] = "diagnose sys top 1 20 2";
static const char performance_top[] = "get system performance top";

static void play_default(const struct turn *turns, const char *log, const char *clean)
{
	play(turns, &dialog_default_limits, log, clean);
}

/* ---- login ---- */

static void learns_the_prompt_at_login(void **state)
{
	(void)state;
	static const struct {
		const char *bytes, *host;
		char mark;
		const char *context;
	} cases[] = {
	        {"FGT # ", "FGT", '#', ""},
	        {"\r\nFGT $ ", "FGT", '$', ""},
	        {"FGT(Primary) (global) # ", "FGT", '#', "global"},
	        {"FGT (customer-b) $ ", "FGT", '$', "customer-b"},
	        {"ABCDEFGHIJKLMNOPQRST~XYZ # ", "ABCDEFGHIJKLMNOPQRST~XYZ", '#', ""},
	        {"\x1b[2J\x1b[HFGT # ", "FGT", '#', ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct player player;
		player_init(&player, &dialog_default_limits);
		assert_string_equal(dialog_host(player.dialog), "");
		assert_int_equal(dialog_mark(player.dialog), 0);
		device(&player, cases[i].bytes, BYTES);
		assert_int_equal(dialog_state(player.dialog), DIALOG_LOGIN);
		wait(&player, SECOND / 2);
		assert_int_equal(dialog_state(player.dialog), DIALOG_IDLE);
		assert_string_equal(dialog_host(player.dialog), cases[i].host);
		assert_int_equal(dialog_mark(player.dialog), cases[i].mark);
		assert_string_equal(dialog_context(player.dialog), cases[i].context);
		assert_string_equal(dialog_banner(player.dialog), "");
		assert_true(dialog_deadline(player.dialog) == INT64_MAX);
		player_done(&player);
	}
}

static void accepts_the_banner_once_with_a_lone_a(void **state)
{
	(void)state;
	play_default(SESSION(DEVICE_("POST WARNING:\r\nACME # all is logged $ \r\n\r\n(Press 'a' to accept):"),
	                     DEVICE_(" \r\n"), WAIT_(2 * SECOND), DEVICE_("\r\nFGT # "), WAIT_(0)),
	             "[a]" READY, NULL);
	play_default(SESSION(DEVICE_("W\r\n(Press 'a' to accept): "), DEVICE_("FGT # ")), "[a]" READY, NULL);
	play_default(SESSION(DEVICE_("W\r\n(Press 'a' to accept):"), DEVICE_("\r\n(Press 'a' to accept):")),
	             "[a]FAILED banner;", NULL);
}

static void keeps_the_banner(void **state)
{
	(void)state;
	struct player player;
	player_init(&player, &dialog_default_limits);
	device(&player, "\r\nBe good.\r\n(Press 'a' to accept):", BYTES);
	device(&player, "\r\nFGT # ", BYTES);
	assert_string_equal(dialog_banner(player.dialog), "Be good.\n(Press 'a' to accept):");
	player_done(&player);
}

static void a_prompt_in_a_banner_is_none(void **state)
{
	(void)state;
	play_default(SESSION(DEVICE_("WARNING # \r\nOWNER $ only\r\nFGT # "), WAIT_(SECOND)), READY, NULL);
}

static void says_why_there_is_no_prompt(void **state)
{
	(void)state;
	play_default(SESSION(DEVICE_("You are forced to change your password, please input a new password.\r\n"
	                             "New Password:"),
	                     WAIT_(2 * SECOND)),
	             "FAILED auth;", NULL);
	play_default(SESSION(DEVICE_("Reached maximum number of logged in administrators.\r\n"), WAIT_(2 * SECOND)),
	             "FAILED connect;", NULL);
	play_default(SESSION(DEVICE_("Log out another session? (y/n)"), WAIT_(2 * SECOND)), "FAILED banner;", NULL);
	play_default(
	        SESSION(DEVICE_("1) something new\r\n2) leave\r\nChoice: "), WAIT_(14 * SECOND), WAIT_(2 * SECOND)),
	        "FAILED timeout;", NULL);
	play_default(SESSION(WAIT_(16 * SECOND)), "FAILED timeout;", NULL);
	play_default(SESSION(DEVICE_("sorry\r\n"), HANGUP_), "FAILED closed;", NULL);
	play_default(SESSION(DEVICE_("New Password:"), HANGUP_, DEVICE_("\r\nFGT # "), WAIT_(SECOND)), "FAILED auth;",
	             NULL);
}

static void a_banner_that_mentions_passwords_is_no_trouble(void **state)
{
	(void)state;
	play_default(SESSION(DEVICE_("Staff are forced to change your password (y/n)\r\nFGT # "), WAIT_(3 * SECOND)),
	             READY, NULL);
}

static void words_of_a_failure_quote_the_device(void **state)
{
	(void)state;
	struct player player;
	struct dialog_event event;
	player_init(&player, &dialog_default_limits);
	dialog_feed(player.dialog, STR("a menu\r\nYour choice: "), 5);
	dialog_tick(player.dialog, 20 * SECOND);
	assert_true(dialog_next(player.dialog, &event));
	assert_int_equal(event.kind, DIALOG_EVENT_FAILED);
	assert_string_equal(event.trouble.text, "no prompt came after the login; the last line was: Your choice:");
	assert_int_equal(dialog_state(player.dialog), DIALOG_CLOSED);
	player_done(&player);
}

static void an_endless_greeting_fails(void **state)
{
	(void)state;
	struct player player;
	player_init(&player, &dialog_default_limits);
	for (unsigned i = 0; i < 70; i++) {
		char block[1024];
		memset(block, 'x', sizeof block);
		feed(&player, block, sizeof block);
	}
	assert_string_equal(buf_str(&player.log).p, "FAILED banner;");
	player_done(&player);
}

/* ---- commands ---- */

static void a_command_ends_at_the_prompt_without_delay(void **state)
{
	(void)state;
	play_default(SESSION(LOGIN, COMMAND_(status),
	                     DEVICE_("get system status\r\r\nVersion: FortiGate\r\nHostname: FGT\r\n\r\nFGT # ")),
	             READY "[get system status\\x0a]DONE 'FGT # ';", "Version: FortiGate\nHostname: FGT\n");
}

static void role_and_context_may_change_but_not_the_host(void **state)
{
	(void)state;
	play_default(
	        SESSION(LOGIN, COMMAND_(status), DEVICE_("get system status\r\r\nx\r\n\r\nFGT(Secondary) (global) # ")),
	        READY "[get system status\\x0a]DONE 'FGT(Secondary) (global) # ';", "x\n");
	/* without an empty line before it, it is not even asked */
	play_default(
	        SESSION(LOGIN, COMMAND_(status), DEVICE_("get system status\r\r\nx\r\nOTHER # "), WAIT_(5 * SECOND)),
	        READY "[get system status\\x0a]", NULL);
}

static void a_prompt_inside_output_does_not_end_it(void **state)
{
	(void)state;
	play_default(SESSION(LOGIN, COMMAND_(status),
	                     DEVICE_("get system status\r\r\nalias\r\nFGT # get x\r\nFGT # \r\nmore\r\n\r\nFGT # ")),
	             READY "[get system status\\x0a]DONE 'FGT # ';", "alias\nFGT # get x\nFGT # \nmore\n");
}

static void a_prompt_without_a_blank_line_must_stay_last(void **state)
{
	(void)state;
	play_default(SESSION(LOGIN, COMMAND_(status), DEVICE_("get system status\r\r\nx\r\nFGT # "), WAIT_(200000),
	                     DEVICE_("y\r\nFGT # "), WAIT_(249999), WAIT_(1)),
	             READY "[get system status\\x0a]DONE 'FGT # ';", "x\nFGT # y\n");
}

static void a_late_prompt_of_the_command_before_does_not_count(void **state)
{
	(void)state;
	play_default(SESSION(LOGIN, COMMAND_(status), DEVICE_("\r\n\r\nFGT # "), WAIT_(900000),
	                     DEVICE_("get system status\r\r\nx\r\n\r\nFGT # ")),
	             READY "[get system status\\x0a]DONE 'FGT # ';", "x\n");
}

static void a_device_without_echo_is_understood(void **state)
{
	(void)state;
	play_default(SESSION(LOGIN, COMMAND_(status), DEVICE_("x\r\n\r\nFGT # "), WAIT_(SECOND)),
	             READY "[get system status\\x0a]DONE 'FGT # ';", "x\n");
}

static void answers_the_pager_with_one_blank_each(void **state)
{
	(void)state;
	play_default(SESSION(LOGIN, COMMAND_(status), DEVICE_("get system status\r\r\na\r\n--More-- "),
	                     DEVICE_("\r         \rb\r\n--More-- "), WAIT_(SECOND * 2),
	                     DEVICE_("\r         \rc\r\n\r\nFGT # ")),
	             READY "[get system status\\x0a][ ][ ]DONE 'FGT # ';", "a\nb\nc\n");
}

static void a_pager_without_its_blank_is_answered_after_a_moment(void **state)
{
	(void)state;
	play_default(SESSION(LOGIN, COMMAND_(status), DEVICE_("get system status\r\r\na\r\n--More--"), WAIT_(SECOND),
	                     DEVICE_(" "), DEVICE_("\r         \rb\r\n\r\nFGT # ")),
	             READY "[get system status\\x0a][ ]DONE 'FGT # ';", "a\nb\n");
}

static void new_host_name_is_taken_when_a_newline_proves_it(void **state)
{
	(void)state;
	play_default(SESSION(LOGIN, COMMAND_(status), DEVICE_("get system status\r\r\nx\r\n\r\nNEW # "), WAIT_(SECOND),
	                     DEVICE_("\r\n\r\nNEW # "), WAIT_(2 * SECOND), COMMAND_(status),
	                     DEVICE_("get system status\r\r\ny\r\n\r\nNEW # ")),
	             READY "[get system status\\x0a][\\x0a]DONE 'NEW # ';[get system status\\x0a]DONE 'NEW # ';",
	             "x\ny\n");
	/* while a sniffer is stopped: the Ctrl-C is not repeated at the new prompt */
	play_default(SESSION(LOGIN, COMMAND_(sniffer),
	                     DEVICE_("diagnose sniffer packet any \"( host 192.0.2.1 )\" 4 10 "
	                             "a\r\r\ninterfaces=[any]\r\n"),
	                     STOP_, DEVICE_("\r\n0 packets received by filter\r\n\r\nNEW(Secondary) # "), WAIT_(SECOND),
	                     DEVICE_("\r\nNEW(Secondary) # "), WAIT_(2 * SECOND)),
	             READY
	             "[diagnose sniffer packet any \"( host 192.0.2.1 )\" 4 10 a\\x0a][\\x03][\\x0a]DONE interrupted "
	             "'NEW(Secondary) # ';",
	             NULL);
	/* the command ended before it was to be stopped: no Ctrl-C at a prompt */
	play_default(SESSION(LOGIN, COMMAND_(status), DEVICE_("get system status\r\r\nx\r\n\r\nNEW # "), STOP_,
	                     WAIT_(SECOND), DEVICE_("\r\n\r\nNEW # "), WAIT_(2 * SECOND)),
	             READY "[get system status\\x0a][\\x0a]DONE 'NEW # ';", "x\n");
}

static void text_like_the_prompt_of_another_host_ends_nothing(void **state)
{
	(void)state;
	/* it does not answer the newline */
	play_default(SESSION(LOGIN, COMMAND_(status), DEVICE_("get system status\r\r\n\r\nOTHER # "), WAIT_(3 * SECOND),
	                     DEVICE_("x\r\n\r\nFGT # ")),
	             READY "[get system status\\x0a][\\x0a]DONE 'FGT # ';", "\nOTHER # x\n");
	/* it answers, and more than a prompt does */
	play_default(SESSION(LOGIN, COMMAND_(status), DEVICE_("get system status\r\r\n\r\nOTHER # "), WAIT_(SECOND),
	                     DEVICE_("y\r\n\r\nOTHER # "), WAIT_(3 * SECOND), DEVICE_("\r\n\r\nFGT # ")),
	             READY "[get system status\\x0a][\\x0a]DONE 'FGT # ';", NULL);
	/* what is asked to stop there and is no prompt gets its Ctrl-C all the same */
	play_default(SESSION(LOGIN, COMMAND_(status), DEVICE_("get system status\r\r\n\r\nOTHER # "), STOP_,
	                     WAIT_(3 * SECOND), DEVICE_("^C\r\n\r\nFGT # "), WAIT_(SECOND)),
	             READY "[get system status\\x0a][\\x0a][\\x03]DONE interrupted 'FGT # ';", NULL);
}

static void text_behind_the_prompt_is_cleared_by_a_newline(void **state)
{
	(void)state;
	play_cut(SESSION(LOGIN, COMMAND_(status), DEVICE_("get system status\r\r\nx\r\n\r\nFGT # PPP recv: LCP\r\n"),
	                 WAIT_(1500000), DEVICE_("\r\r\n\r\nFGT # "), WAIT_(SECOND)),
	         WHOLE, &dialog_default_limits, READY "[get system status\\x0a][\\x0a]DONE 'FGT # ';",
	         "x\n\nFGT # PPP recv: LCP\n\n");
}

static void bytes_at_the_idle_prompt_do_no_harm(void **state)
{
	(void)state;
	play_default(SESSION(LOGIN, DEVICE_("PPP send\r\n--More-- (y/n)(Press 'a' to accept):"), WAIT_(5 * SECOND),
	                     COMMAND_(status), DEVICE_("get system status\r\r\nx\r\n\r\nFGT # ")),
	             READY "[get system status\\x0a]DONE 'FGT # ';", "x\n");
}

static void a_question_is_never_answered(void **state)
{
	(void)state;
	play_default(SESSION(LOGIN, COMMAND_(status), DEVICE_("get system status\r\r\nContinue? (y/n)"),
	                     WAIT_(2 * SECOND), WAIT_(60 * SECOND)),
	             READY "[get system status\\x0a]FAILED output;", NULL);
}

/* ---- stopping ---- */

static void ctrl_c_goes_out_once_and_the_trailer_is_kept(void **state)
{
	(void)state;
	play_default(SESSION(LOGIN, COMMAND_(sniffer),
	                     DEVICE_("diagnose sniffer packet any \"( host 192.0.2.1 )\" 4 10 a\r\r\nfilters=[x]\r\n"),
	                     STOP_, STOP_, DEVICE_("1.0 port1 in\r\n^C\r\n0 packets received by filter\r\n"),
	                     DEVICE_("0 packets dropped by kernel\r\n\r\nFGT # "), STOP_, WAIT_(SECOND)),
	             READY "[diagnose sniffer packet any \"( host 192.0.2.1 )\" 4 10 a\\x0a][\\x03]"
	                   "DONE interrupted 'FGT # ';",
	             "filters=[x]\n1.0 port1 in\n^C\n0 packets received by filter\n0 packets dropped by kernel\n");
}

static void nothing_is_sent_when_no_command_runs(void **state)
{
	(void)state;
	play_default(SESSION(STOP_, LOGIN, STOP_, WAIT_(SECOND)), READY, NULL);
}

static void a_stop_at_a_doubtful_prompt_waits_for_it(void **state)
{
	(void)state;
	play_default(
	        SESSION(LOGIN, COMMAND_(status), DEVICE_("get system status\r\r\nx\r\nFGT # "), STOP_, WAIT_(SECOND)),
	        READY "[get system status\\x0a]DONE 'FGT # ';", "x\n");
	play_default(SESSION(LOGIN, COMMAND_(status), DEVICE_("get system status\r\r\nx\r\nFGT # "), STOP_,
	                     DEVICE_("y"), WAIT_(SECOND), DEVICE_("\r\n\r\nFGT # "), WAIT_(SECOND)),
	             READY "[get system status\\x0a][\\x03]DONE interrupted 'FGT # ';", "x\nFGT # y\n");
}

static void a_stop_waits_for_the_echo_but_not_long(void **state)
{
	(void)state;
	play_default(SESSION(LOGIN, COMMAND_(status), WAIT_(0), STOP_, DEVICE_("get system status\r\r\n"),
	                     DEVICE_("\r\nFGT # "), WAIT_(SECOND)),
	             READY "[get system status\\x0a][\\x03]DONE interrupted 'FGT # ';", NULL);
	play_default(SESSION(LOGIN, COMMAND_(status), WAIT_(0), STOP_, WAIT_(SECOND)),
	             READY "[get system status\\x0a][\\x03]", NULL);
}

static void a_command_not_sent_yet_is_taken_back(void **state)
{
	(void)state;
	struct player player;
	player_init(&player, &dialog_default_limits);
	device(&player, "FGT # ", WHOLE);
	wait(&player, SECOND);
	assert_int_equal(dialog_command(player.dialog, status, player.now_us, NULL), 0);
	dialog_stop(player.dialog, player.now_us);
	note(&player);
	assert_string_equal(buf_str(&player.log).p, READY "DONE interrupted 'FGT # ';");
	player_done(&player);
}

static void no_prompt_after_ctrl_c_is_a_failure(void **state)
{
	(void)state;
	play_default(SESSION(LOGIN, COMMAND_(status), DEVICE_("get system status\r\r\nx\r\n"), STOP_, WAIT_(2999999),
	                     DEVICE_("y\r\n"), WAIT_(1), DEVICE_("\r\nFGT # "), WAIT_(SECOND)),
	             READY "[get system status\\x0a][\\x03]FAILED timeout;", NULL);
}

static void end_of_stream_after_our_ctrl_c_is_marked(void **state)
{
	(void)state;
	play_default(SESSION(LOGIN, COMMAND_(status), DEVICE_("get system status\r\r\nx\r\n"), STOP_, HANGUP_),
	             READY "[get system status\\x0a][\\x03]CLOSED interrupted running;", NULL);
	play_default(SESSION(LOGIN, COMMAND_(status), DEVICE_("get system status\r\r\nx\r\n"), STOP_,
	                     DEVICE_("\r\nFGT # "), HANGUP_),
	             READY "[get system status\\x0a][\\x03]DONE interrupted 'FGT # ';CLOSED interrupted;", "x\n");
	play_default(SESSION(LOGIN, COMMAND_(status), DEVICE_("get system status\r\r\nx\r\n"), STOP_,
	                     DEVICE_("\r\nFGT # "), WAIT_(SECOND), HANGUP_),
	             READY "[get system status\\x0a][\\x03]DONE interrupted 'FGT # ';CLOSED interrupted;", "x\n");
}

static void end_of_stream_tells_whether_a_command_ran(void **state)
{
	(void)state;
	play_default(SESSION(LOGIN, HANGUP_, DEVICE_("x"), HANGUP_, STOP_), READY "CLOSED;", NULL);
	play_default(SESSION(LOGIN, COMMAND_(status), DEVICE_("get sys"), HANGUP_),
	             READY "[get system status\\x0a]CLOSED running;", NULL);
	play_default(SESSION(LOGIN, COMMAND_("exit"), DEVICE_("exit\r\r\n"), HANGUP_), READY "[exit\\x0a]CLOSED;",
	             NULL);
}

/* ---- top ---- */

static void top_that_ends_by_itself_needs_no_key(void **state)
{
	(void)state;
	play_default(SESSION(LOGIN, COMMAND_(top),
	                     DEVICE_("diagnose sys top 1 20 2\r\r\n\x1b[H\x1b[JRun Time\r\n\x1b[H\x1b[JRun "
	                             "Time\r\n\r\nFGT # ")),
	             READY "[diagnose sys top 1 20 2\\x0a]DONE 'FGT # ';", "\f\nRun Time\n\f\nRun Time\n");
}

static void top_ends_with_q_and_a_newline_clears_the_prompt(void **state)
{
	(void)state;
	const char *log = READY "[get system performance top\\x0a][q][\\x0a]DONE interrupted 'FGT # ';";
	play_default(SESSION(LOGIN, COMMAND_(performance_top), DEVICE_("get system performance top\r\r\nRun Time\r\n"),
	                     STOP_, DEVICE_("row\r\n\r\nFGT # "), DEVICE_("\r\r\n\r\nFGT # "), WAIT_(SECOND)),
	             log, "Run Time\nrow\n");
	play_default(SESSION(LOGIN, COMMAND_(performance_top), DEVICE_("get system performance top\r\r\nRun Time\r\n"),
	                     STOP_, DEVICE_("\r\nFGT # q"), DEVICE_("\r\r\nUnknown action 0\r\n\r\nFGT # "),
	                     WAIT_(SECOND)),
	             log, "Run Time\n");
	play_default(SESSION(LOGIN, COMMAND_(performance_top), DEVICE_("get system performance top\r\r\nRun Time\r\n"),
	                     STOP_, WAIT_(4 * SECOND)),
	             READY "[get system performance top\\x0a][q]FAILED timeout;", NULL);
}

/* ---- limits ---- */

static void too_much_output_stops_the_command(void **state)
{
	(void)state;
	struct dialog_limits limits = dialog_default_limits;
	limits.max_bytes = 30;
	play(SESSION(LOGIN, COMMAND_(status), DEVICE_("get system status\r\r\n0123456789"), DEVICE_("abcdefghij"),
	             DEVICE_("klmno\r\n\r\nFGT # "), WAIT_(SECOND)),
	     &limits, READY "[get system status\\x0a][\\x03]DONE interrupted truncated 'FGT # ';", "0123456789");
	limits = dialog_default_limits;
	limits.max_lines = 2;
	play(SESSION(LOGIN, COMMAND_(status), DEVICE_("get system status\r\r\na\r\nb\r\n"), DEVICE_("\r\nFGT # "),
	             WAIT_(SECOND)),
	     &limits, READY "[get system status\\x0a][\\x03]DONE interrupted truncated 'FGT # ';", "a\nb\n");
}

static void too_many_pages_stop_the_command(void **state)
{
	(void)state;
	struct dialog_limits limits = dialog_default_limits;
	limits.max_pages = 1;
	play(SESSION(LOGIN, COMMAND_(status), DEVICE_("get system status\r\r\na\r\n--More-- "),
	             DEVICE_("\r         \rb\r\n--More-- "), DEVICE_("\r\n\r\nFGT # "), WAIT_(SECOND)),
	     &limits, READY "[get system status\\x0a][ ][\\x03]DONE interrupted truncated 'FGT # ';", NULL);
}

/* ---- what may be sent ---- */

static void a_command_outside_the_table_is_refused(void **state)
{
	(void)state;
	struct player player;
	struct err err = {0};
	player_init(&player, &dialog_default_limits);
	assert_int_equal(dialog_command(player.dialog, status, 5, &err), -1);
	assert_int_equal(err.kind, ERR_INTERNAL);
	device(&player, "FGT # ", WHOLE);
	wait(&player, SECOND);
	static const char *const bad[] = {"config global", "get system status?", "get system status\n", ""};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		err = (struct err){0};
		assert_int_equal(dialog_command(player.dialog, bad[i], 5, &err), -1);
		assert_int_equal(err.kind, ERR_PLAYBOOK);
		assert_int_equal(dialog_pending(player.dialog).n, 0);
	}
	assert_int_equal(dialog_command(player.dialog, status, 5, &err), 0);
	assert_int_equal(dialog_command(player.dialog, status, 5, &err), -1);
	player_done(&player);
}

static unsigned next_random(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16 & 0x7fff;
}

static void play_noise(unsigned seed)
{
	static const char *const words[] = {
	        "FGT # ",        "\r\n",  "--More-- ", "(Press 'a' to accept):",
	        "New Password:", "(y/n)", "q",         "\x1b[H",
	        "\x1b[2J",       "^C",    "x",         "get system status\r\r\n",
	        "--More--",      "\xff",  " ",         "\r\n\r\nFGT # ",
	        "\x1b]0;a",      "\r",    "FGT $ ",    "FGT (global) # ",
	};
	static const char *const commands[] = {"get system status", "get system performance top"};
	struct player player;
	struct dialog_limits limits = dialog_default_limits;
	limits.max_pages = 3;
	limits.max_bytes = 400;
	player_init(&player, &limits);
	size_t started = 0, typed = 0;
	for (unsigned i = 0; i < 300; i++) {
		const char *word = words[next_random(&seed) % (sizeof words / sizeof words[0])];
		device(&player, word, WHOLE);
		if (next_random(&seed) % 4 == 0)
			wait(&player, next_random(&seed) * 50);
		if (next_random(&seed) % 10 == 0)
			dialog_stop(player.dialog, player.now_us);
		const char *command = commands[next_random(&seed) % 2];
		player.command = command;
		if (dialog_command(player.dialog, command, player.now_us, NULL) == 0) {
			assert_int_equal(dialog_pending(player.dialog).n, strlen(command) + 1);
			dialog_sent(player.dialog, strlen(command) + 1);
			started++;
		}
		typed += dialog_pending(player.dialog).n;
		for (size_t k = 0; k < dialog_pending(player.dialog).n; k++)
			assert_non_null(memchr(" aq\x03\n", dialog_pending(player.dialog).p[k], 5));
		dialog_sent(player.dialog, dialog_pending(player.dialog).n);
		struct dialog_event event;
		while (dialog_next(player.dialog, &event))
			;
	}
	/* one banner; per command three pages, one stop key, two newlines */
	size_t brackets = 0;
	for (size_t i = 0; i < player.log.n; i++)
		brackets += player.log.p[i] == '[';
	assert_true(typed + brackets <= 1 + started * 6);
	player_done(&player);
}

static void noise_never_makes_it_send_anything_else(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 300; seed++)
		play_noise(seed);
}

static void freeing_nothing_is_fine(void **state)
{
	(void)state;
	dialog_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(learns_the_prompt_at_login),
	        cmocka_unit_test(accepts_the_banner_once_with_a_lone_a),
	        cmocka_unit_test(keeps_the_banner),
	        cmocka_unit_test(a_prompt_in_a_banner_is_none),
	        cmocka_unit_test(says_why_there_is_no_prompt),
	        cmocka_unit_test(a_banner_that_mentions_passwords_is_no_trouble),
	        cmocka_unit_test(words_of_a_failure_quote_the_device),
	        cmocka_unit_test(an_endless_greeting_fails),
	        cmocka_unit_test(a_command_ends_at_the_prompt_without_delay),
	        cmocka_unit_test(role_and_context_may_change_but_not_the_host),
	        cmocka_unit_test(a_prompt_inside_output_does_not_end_it),
	        cmocka_unit_test(a_prompt_without_a_blank_line_must_stay_last),
	        cmocka_unit_test(a_late_prompt_of_the_command_before_does_not_count),
	        cmocka_unit_test(a_device_without_echo_is_understood),
	        cmocka_unit_test(answers_the_pager_with_one_blank_each),
	        cmocka_unit_test(a_pager_without_its_blank_is_answered_after_a_moment),
	        cmocka_unit_test(new_host_name_is_taken_when_a_newline_proves_it),
	        cmocka_unit_test(text_like_the_prompt_of_another_host_ends_nothing),
	        cmocka_unit_test(text_behind_the_prompt_is_cleared_by_a_newline),
	        cmocka_unit_test(bytes_at_the_idle_prompt_do_no_harm),
	        cmocka_unit_test(a_question_is_never_answered),
	        cmocka_unit_test(ctrl_c_goes_out_once_and_the_trailer_is_kept),
	        cmocka_unit_test(nothing_is_sent_when_no_command_runs),
	        cmocka_unit_test(a_stop_at_a_doubtful_prompt_waits_for_it),
	        cmocka_unit_test(a_stop_waits_for_the_echo_but_not_long),
	        cmocka_unit_test(a_command_not_sent_yet_is_taken_back),
	        cmocka_unit_test(no_prompt_after_ctrl_c_is_a_failure),
	        cmocka_unit_test(end_of_stream_after_our_ctrl_c_is_marked),
	        cmocka_unit_test(end_of_stream_tells_whether_a_command_ran),
	        cmocka_unit_test(top_that_ends_by_itself_needs_no_key),
	        cmocka_unit_test(top_ends_with_q_and_a_newline_clears_the_prompt),
	        cmocka_unit_test(too_much_output_stops_the_command),
	        cmocka_unit_test(too_many_pages_stop_the_command),
	        cmocka_unit_test(a_command_outside_the_table_is_refused),
	        cmocka_unit_test(noise_never_makes_it_send_anything_else),
	        cmocka_unit_test(freeing_nothing_is_fine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
