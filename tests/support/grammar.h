#ifndef FGDIAG_TEST_GRAMMAR_H
#define FGDIAG_TEST_GRAMMAR_H

#include <arpa/inet.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What may be sent to a FortiGate, written down a second time: by regular
 * expressions and a counter, and with none of the program's own code, so that a
 * mistake in the command table or its matcher does not hide itself. */

#define GRAMMAR_NUMBER "([1-9][0-9]{0,5})"
#define GRAMMAR_IP4    "([0-9]{1,3}(\\.[0-9]{1,3}){3})"
#define GRAMMAR_IP6    "([0-9a-f:.]{2,45})"
#define GRAMMAR_SCOPE  "^(sudo [0-9A-Za-z_-]{1,31} )?"

static const char *const grammar_commands[] = {
        GRAMMAR_SCOPE "get system (status|arp|ha status|performance status|performance top)$",
        GRAMMAR_SCOPE "get router info routing-table details " GRAMMAR_IP4 "$",
        GRAMMAR_SCOPE "diagnose hardware sysinfo (memory|conserve)$",
        GRAMMAR_SCOPE "diagnose sys top( " GRAMMAR_NUMBER "){3}$",
        GRAMMAR_SCOPE "diagnose sys session (list|filter( (src|dst) " GRAMMAR_IP4 "| (proto|dport) " GRAMMAR_NUMBER
                      ")?)$",
        GRAMMAR_SCOPE "diagnose sys session6 (list|filter( (src|dst) " GRAMMAR_IP6 "| (proto|dport) " GRAMMAR_NUMBER
                      ")?)$",
        GRAMMAR_SCOPE "execute ping " GRAMMAR_IP4 "$",
        GRAMMAR_SCOPE "execute ping6 " GRAMMAR_IP6 "$",
        GRAMMAR_SCOPE
        "execute ping-options (reset|view-settings|(repeat-count|interval|timeout|data-size) " GRAMMAR_NUMBER
        "|adaptive-ping (enable|disable)|df-bit (yes|no))$",
        GRAMMAR_SCOPE "execute ping6-options (reset|view-settings|(repeat-count|interval|timeout) " GRAMMAR_NUMBER
                      "|adaptive-ping (enable|disable))$",
};
static const char grammar_sniffer[] = GRAMMAR_SCOPE "diagnose sniffer packet any \"[^\"]*\" [46] " GRAMMAR_NUMBER " a$";
static const char grammar_primitive[] = "^(host [0-9a-f:.]+|((tcp|udp) )?port " GRAMMAR_NUMBER
                                        "|tcp|udp|icmp6?|icmp\\[0\\] = [0-9]{1,3}|ip6\\[40\\] < [0-9]{1,3})( |$)";

/* Each expression is compiled once. */
static inline bool grammar_matches(const char *expression, const char *text, size_t *n)
{
	static struct {
		const char *expression;
		regex_t regex;
	} known[32];
	regmatch_t at;
	size_t i = 0;
	while (i < 32 && known[i].expression && known[i].expression != expression)
		i++;
	if (i == 32 || (!known[i].expression && regcomp(&known[i].regex, expression, REG_EXTENDED) != 0))
		abort();
	known[i].expression = expression;
	bool found = regexec(&known[i].regex, text, 1, &at, 0) == 0;
	if (found && n)
		*n = (size_t)at.rm_eo;
	return found;
}

static inline bool grammar_address(const char *text)
{
	unsigned char bytes[16];
	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

/* Operands and operators take turns; brackets are counted. */
static inline bool grammar_filter(const char *text)
{
	bool operand = true;
	int depth = 0;
	while (*text) {
		size_t n = strcspn(text, " ");
		bool open = n == 1 && *text == '(', close = n == 1 && *text == ')';
		bool not_word = n == 3 && strncmp(text, "not", 3) == 0;
		if (operand && (open || not_word)) {
			depth += open;
		} else if (operand) {
			char host[64];
			if (!grammar_matches(grammar_primitive, text, &n))
				return false;
			n -= text[n - 1] == ' ';
			if (sscanf(text, "host %63[0-9a-f:.]", host) == 1 && !grammar_address(host))
				return false;
			operand = false;
		} else if (close) {
			depth--;
		} else if ((n == 3 && strncmp(text, "and", 3) == 0) || (n == 2 && strncmp(text, "or", 2) == 0)) {
			operand = true;
		} else {
			return false;
		}
		text += n;
		if (depth < 0 || (*text == ' ' && text[1] == '\0'))
			return false;
		text += *text == ' ';
	}
	return !operand && depth == 0;
}

static inline bool grammar_sniffs(const char *command)
{
	char filter[512];
	if (!grammar_matches(grammar_sniffer, command, NULL))
		return false;
	const char *quote = strchr(command, '"') + 1;
	(void)snprintf(filter, sizeof filter, "%.*s", (int)strcspn(quote, "\""), quote);
	return grammar_filter(filter);
}

/* Numbers of a command and the address at its end are what they look like. */
static inline bool grammar_values(const char *command)
{
	const char *last = strrchr(command, ' ');
	bool addressed = last && (strchr(last, '.') || strchr(last, ':'));
	return !addressed || grammar_address(last + 1);
}

/* Does a line without its newline match? */
static inline bool grammar_takes(const char *line)
{
	static const char *const never[] = {"sudo config ", "sudo edit ",  "sudo set ",  "sudo unset ", "sudo delete ",
	                                    "sudo clear ",  "sudo purge ", "sudo show ", "sudo sudo "};
	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
		if (strncasecmp(line, never[i], strlen(never[i])) == 0)
			return false;
	}
	if (strcmp(line, "exit") == 0 || grammar_sniffs(line))
		return true;
	for (size_t i = 0; i < sizeof grammar_commands / sizeof grammar_commands[0]; i++) {
		if (grammar_matches(grammar_commands[i], line, NULL))
			return grammar_values(line);
	}
	return false;
}

#endif
