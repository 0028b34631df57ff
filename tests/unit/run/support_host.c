#include "support_host.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support_gate.h"

/* In place of the link layer's processes: `ping` answers once a second, any
 * other program prints its line at once. */

struct process {
	char text[8192];
	size_t n, read;
	bool pings, over;
	unsigned sent, count;
	int64_t next_us;
	struct err error;
};

struct host_script host;

static void print(struct process *process, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void print(struct process *process, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vsnprintf(process->text + process->n, sizeof process->text - process->n, format, args);
	va_end(args);
	process->n += n > 0 ? (size_t)n : 0;
}

struct process *host_start(void *arg, const char *const *argv, int64_t now_us)
{
	struct process *process = calloc(1, sizeof *process);
	(void)arg;
	if (!process)
		abort();
	host.started++;
	host.alive++;
	process->next_us = now_us;
	process->pings = strcmp(argv[0], "ping") == 0;
	if (host.unreachable) {
		(void)err_set(&process->error, ERR_CONNECT, "no way to the host");
		process->over = true;
	} else if (process->pings) {
		process->count = (unsigned)strtoul(argv[2], NULL, 10);
		print(process, "PING %s (%s) 56(84) bytes of data.\n", argv[3], argv[3]);
	} else {
		print(process, "/proc/loadavg:0.10 0.10 0.10 1/2 3\n");
		process->over = true;
	}
	return process;
}

static void statistics(struct process *process)
{
	print(process,
	      "\n--- 8.8.4.4 ping statistics ---\n%u packets transmitted, %u received, 0%% packet loss, time 1ms\n",
	      process->sent, process->sent);
	process->over = true;
}

void process_step(struct process *process, int64_t now_us)
{
	while (process->pings && !process->over && now_us >= process->next_us) {
		if (process->sent == process->count) {
			statistics(process);
			return;
		}
		print(process, "64 bytes from 8.8.4.4: icmp_seq=%u ttl=60 time=4.00 ms\n", ++process->sent);
		process->next_us += GATE_SECOND;
	}
}

size_t process_pollfds(struct process *process, struct pollfd fds[static LINK_MAX_POLLFDS])
{
	(void)process;
	(void)fds;
	return 0;
}

int64_t process_deadline(const struct process *process)
{
	return process->over ? 0 : process->next_us;
}

size_t process_read(struct process *process, char *bytes, size_t max)
{
	size_t n = process->n - process->read < max ? process->n - process->read : max;
	memcpy(bytes, process->text + process->read, n);
	process->read += n;
	return n;
}

bool process_over(struct process *process, int *status)
{
	*status = 0;
	return process->over && process->read == process->n;
}

const struct err *process_error(const struct process *process)
{
	return process->error.kind == ERR_NONE ? NULL : &process->error;
}

void process_interrupt(struct process *process)
{
	host.interrupts++;
	if (!host.deaf && !process->over)
		statistics(process);
}

void process_free(struct process *process)
{
	host.alive--;
	free(process);
}
