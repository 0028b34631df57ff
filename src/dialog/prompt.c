#include "prompt.h"

#include <string.h>

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_host(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '~' || c == '-';
}

static bool is_context(char c)
{
	return c != '(' && c != ')' && c != '\r' && c != '\n';
}

static size_t span(struct str text, size_t start, bool (*belongs)(char))
{
	size_t i = start;
	while (i < text.n && belongs(text.p[i]))
		i++;
	return i - start;
}

/* A parenthesis at start holding 1 to max bytes of a kind: its length, or 0. */
static size_t parenthesis(struct str text, size_t start, bool (*belongs)(char), size_t max)
{
	if (start >= text.n || text.p[start] != '(')
		return 0;
	size_t n = span(text, start + 1, belongs);
	size_t end = start + 1 + n;
	return n > 0 && n <= max && end < text.n && text.p[end] == ')' ? n + 2 : 0;
}

bool prompt_parse(struct str line, struct prompt *out)
{
	if (line.n > PROMPT_MAX_BYTES)
		return false;
	size_t host = span(line, 0, is_host);
	if (host == 0 || host > PROMPT_HOST_BYTES)
		return false;
	size_t i = host + parenthesis(line, host, is_letter, PROMPT_CONTEXT_BYTES);
	size_t context =
	        i < line.n && line.p[i] == ' ' ? parenthesis(line, i + 1, is_context, PROMPT_CONTEXT_BYTES) : 0;
	size_t name = i + 2;
	if (context)
		i += 1 + context;
	struct str end = str_from(line, i);
	if (!str_is(end, " # ") && !str_is(end, " $ "))
		return false;
	*out = (struct prompt){.mark = end.p[1]};
	if (context)
		memcpy(out->context, line.p + name, context - 2);
	memcpy(out->text, line.p, line.n);
	memcpy(out->host, line.p, host);
	return true;
}
