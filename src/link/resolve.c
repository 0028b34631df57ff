#include "resolve.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "mem.h"

enum { STACK_BYTES = 512 * 1024 };

/* Shared by the owner and the thread; whoever leaves last frees it. */
struct lookup {
	pthread_mutex_t lock;
	unsigned holders;
	bool over;
	int ready_fd;
	int error;
	struct addrinfo *list;
	char port[8];
	char host[];
};

struct resolve {
	struct lookup *lookup;
};

static int look_up(const char *host, const char *port, int flags, struct addrinfo **list)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV};
	*list = NULL;
	return getaddrinfo(host, port, &hints, list);
}

static void lookup_leave(struct lookup *lookup)
{
	(void)pthread_mutex_lock(&lookup->lock);
	bool last = --lookup->holders == 0;
	(void)pthread_mutex_unlock(&lookup->lock);
	if (!last)
		return;
	if (lookup->list)
		freeaddrinfo(lookup->list);
	if (lookup->ready_fd >= 0)
		(void)close(lookup->ready_fd);
	(void)pthread_mutex_destroy(&lookup->lock);
	free(lookup);
}

static void *lookup_thread(void *arg)
{
	struct lookup *lookup = arg;
	struct addrinfo *list;
	int error = look_up(lookup->host, lookup->port, AI_ADDRCONFIG, &list);
	(void)pthread_mutex_lock(&lookup->lock);
	lookup->error = error;
	lookup->list = error ? NULL : list;
	lookup->over = true;
	(void)pthread_mutex_unlock(&lookup->lock);
	(void)eventfd_write(lookup->ready_fd, 1);
	lookup_leave(lookup);
	return NULL;
}

/* Signals stay with the program's own thread. */
static int start_thread(struct lookup *lookup)
{
	pthread_attr_t attr;
	int error = pthread_attr_init(&attr);
	if (error)
		return error;
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&attr, STACK_BYTES);
	sigset_t all, old;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &old);
	pthread_t thread;
	error = pthread_create(&thread, &attr, lookup_thread, lookup);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	(void)pthread_attr_destroy(&attr);
	return error;
}

static struct lookup *lookup_new(const char *host, unsigned port)
{
	size_t n = strlen(host) + 1;
	struct lookup *lookup = mem_alloc(sizeof *lookup + n);
	(void)pthread_mutex_init(&lookup->lock, NULL);
	lookup->holders = 1;
	lookup->ready_fd = -1;
	memcpy(lookup->host, host, n);
	(void)snprintf(lookup->port, sizeof lookup->port, "%u", port % 65536);
	return lookup;
}

struct resolve *resolve_start(const char *host, unsigned port, struct err *err)
{
	struct lookup *lookup = lookup_new(host, port);
	if (look_up(lookup->host, lookup->port, AI_NUMERICHOST, &lookup->list) == 0) {
		lookup->over = true;
	} else {
		lookup->ready_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		lookup->holders = 2;
		if (lookup->ready_fd < 0 || start_thread(lookup) != 0) {
			lookup->holders = 1;
			lookup_leave(lookup);
			(void)err_set(err, ERR_CONNECT,
			              "cannot look up %s: no thread or descriptor left on this machine; "
			              "give the address in place of the name",
			              host);
			return NULL;
		}
	}
	struct resolve *resolve = mem_alloc(sizeof *resolve);
	resolve->lookup = lookup;
	return resolve;
}

int resolve_fd(const struct resolve *resolve)
{
	return resolve->lookup->ready_fd;
}

bool resolve_done(struct resolve *resolve, const struct addrinfo **list, int *error)
{
	struct lookup *lookup = resolve->lookup;
	(void)pthread_mutex_lock(&lookup->lock);
	bool over = lookup->over;
	if (over) {
		*list = lookup->list;
		*error = lookup->error;
	}
	(void)pthread_mutex_unlock(&lookup->lock);
	return over;
}

void resolve_free(struct resolve *resolve)
{
	if (!resolve)
		return;
	lookup_leave(resolve->lookup);
	free(resolve);
}
