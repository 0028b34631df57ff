#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "assess.h"
#include "commands.h"
#include "device.h"
#include "link.h"
#include "mem.h"
#include "options.h"
#include "output.h"
#include "part_file.h"
#include "report.h"
#include "signals.h"
#include "terminal.h"
#include "versions.h"

const struct command commands[COMMANDS] = {
        [CMD_DIAGNOSE] = {"diagnose", "[ENTRY | FILE | -]", "ask a FortiGate why no reply came", cmd_diagnose},
        [CMD_JUDGE] = {"judge", "FILE...", "judge a transcript, bundle or pasted log", cmd_judge},
        [CMD_CHECK] = {"check", "-H HOST [--target IP]", "is a FortiGate well? one line for schedulers", cmd_check},
        [CMD_READ] = {"read", "KIND [FILE]", "one command's output to JSON facts", cmd_read},
        [CMD_PCAP] = {"pcap", "[FILE | -]", "a capture's hex dump to pcapng", cmd_pcap},
        [CMD_PLAYBOOK] = {"playbook", "list | show NAME | lint FILE", "list, show or check the playbooks",
                          cmd_playbook},
        [CMD_INVENTORY] = {"inventory", "lint [FILE] | list", "check or list the FortiGates of the inventory",
                           cmd_inventory},
        [CMD_SCAN] = {"scan", "FILE... | -", "what ip-conn entries big logs hold, in groups", cmd_scan},
        [CMD_BATCH] = {"batch", "FILE... | -", "diagnose all entries of logs, on many FortiGates at once", cmd_batch},
        [CMD_COMPLETION] = {"completion", "bash | zsh | fish", "print a shell's completion script", cmd_completion},
        [CMD_UNREDACT] = {"unredact", "--redact-key FILE [FILE | -]", "names back into a redacted text", cmd_unredact},
};

/* Schedulers read stdout alone, and take its first line. */
static bool for_scheduler;

static void on_memory_exhausted(void)
{
	static const char words[] = "fgdiag: internal: out of memory\n";
	static const char line[] = "FGDIAG UNKNOWN - internal: out of memory\n";
	ssize_t n = for_scheduler ? write(STDOUT_FILENO, line, sizeof line - 1)
	                          : write(STDERR_FILENO, words, sizeof words - 1);
	(void)n;
	part_file_abandon();
	_exit(3);
}

static int print(const struct buf *out)
{
	struct err err;
	if (output_write(NULL, out, &err) == 0)
		return 0;
	output_error(&err);
	return 3;
}

static int print_help(const struct options *options)
{
	struct buf out;
	buf_init(&out, 64 * 1024);
	options_help(options->command, terminal_style(options).columns, &out);
	int status = print(&out);
	buf_done(&out);
	return status;
}

static int print_versions(void)
{
	struct buf out;
	buf_init(&out, 64 * 1024);
	versions_add(&out);
	int status = print(&out);
	buf_done(&out);
	return status;
}

/* A person is told what this is. A script that lost its arguments gets an
 * error, and nothing that it could take for a report. */
static int welcome(void)
{
	const struct options none = {0};
	struct buf out;
	if (isatty(STDOUT_FILENO) != 1) {
		struct err err;
		(void)err_set(&err, ERR_USAGE, "which command? fgdiag --help lists them");
		output_error(&err);
		return 3;
	}
	buf_init(&out, 64 * 1024);
	options_welcome(terminal_style(&none).columns, &out);
	(void)print(&out);
	buf_done(&out);
	return 3;
}

/* Before a command began. */
static int failed(const struct err *err)
{
	if (!for_scheduler) {
		output_error(err);
		return 3;
	}
	struct buf out;
	struct err why;
	const struct report report = {.version = FGDIAG_VERSION, .error = err};
	buf_init(&out, REPORT_MAX_BYTES);
	report_check(&report, NULL, &out);
	(void)output_write(NULL, &out, &why);
	buf_done(&out);
	return 3;
}

static int run_main(struct arena *arena, int argc, char **argv, struct env_password *env_password)
{
	struct options options;
	struct err err;
	if (signals_leave_no_part(&err) < 0)
		return failed(&err);
	if (argc < 2)
		return welcome();
	if (options_parse(arena, argc, argv, &options, &err) < 0)
		return failed(&err);
	/* Of a plugin, help is no sign of health. */
	if (options.help || options.version) {
		int status = options.help ? print_help(&options) : print_versions();
		return for_scheduler ? 3 : status;
	}
	options.env_password = env_password;
	return commands[options.command].run(arena, &options);
}

/* A closed standard descriptor would be given to the next file or socket, and
 * what is said on stderr would go there. In its place stands one that refuses:
 * a report that nobody gets is a failure. */
static int hold_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	/* A reader that has gone and a file-size limit are errors of write(). */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	if (hold_standard_descriptors() < 0)
		return 3;
	for_scheduler = argc > 1 && strcmp(argv[1], commands[CMD_CHECK].name) == 0;
	mem_on_exhausted(on_memory_exhausted);
	secret_protect_process();
	struct env_password env_password;
	env_password_take(&env_password);
	struct arena *arena = arena_new();
	int status = run_main(arena, argc, argv, &env_password);
	arena_free(arena);
	env_password_done(&env_password);
	return status;
}
