#ifndef EMU_COMMANDS_H
#define EMU_COMMANDS_H

#include <stdbool.h>

struct console;

/* Runs one line typed at the prompt: prints its output, or leaves a job behind
 * in console->job, and finishes it otherwise. */
void command_run(struct console *console, const char *line);

/* The texts of errors. */
void command_parse_error(struct console *console, const char *word);
void command_value_error(struct console *console, const char *word);
void command_incomplete(struct console *console);
void command_unknown(struct console *console);

/* The commands; argv holds the words after the command's own. */
void run_status(struct console *console, int argc, char **argv);
void run_performance(struct console *console, int argc, char **argv);
void run_performance_top(struct console *console, int argc, char **argv);
void run_sys_top(struct console *console, int argc, char **argv);
void run_memory(struct console *console, int argc, char **argv);
void run_conserve(struct console *console, int argc, char **argv);
void run_ping(struct console *console, int argc, char **argv);
void run_ping6(struct console *console, int argc, char **argv);
void run_route(struct console *console, int argc, char **argv);
void run_arp(struct console *console, int argc, char **argv);
void run_sniffer(struct console *console, int argc, char **argv);

/* Is the line one that reads only? */
bool command_harmless(const char *line);

#endif
