#include "event_log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

#include "die.h"

static FILE *file;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void event_log_open(const char *path)
{
	file = fopen(path, "w");
	if (!file)
		die("cannot write %s", path);
}

static void put_safe(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (*p < 0x20 || *p == 0x7f)
			fprintf(file, "\\x%02x", *p);
		else
			fputc(*p, file);
	}
}

void event_log(unsigned session, const char *word, const char *fmt, ...)
{
	char text[2048];
	va_list args;
	if (!file)
		return;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	pthread_mutex_lock(&lock);
	fprintf(file, "%u %s", session, word);
	if (text[0]) {
		fputc(' ', file);
		put_safe(text);
	}
	fputc('\n', file);
	fflush(file);
	pthread_mutex_unlock(&lock);
}

void event_log_close(void)
{
	if (file)
		fclose(file);
	file = NULL;
}
