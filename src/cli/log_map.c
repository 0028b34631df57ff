#include "log_map.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* The handler of SIGBUS has no argument of ours. */
static char *volatile begin;
static volatile size_t length;
static volatile sig_atomic_t shrunk;
static size_t page_bytes;
static struct sigaction before;

/* The page that is no longer there, and those after it, become zeros; the read
 * that failed is then done again. */
static void on_missing_page(int number, siginfo_t *info, void *context)
{
	int saved = errno;
	size_t at = ((uintptr_t)info->si_addr - (uintptr_t)begin) & ~(page_bytes - 1);
	(void)context;
	if (!begin || at >= length ||
	    mmap(begin + at, length - at, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
		(void)sigaction(SIGBUS, &before, NULL);
		(void)raise(number);
		return;
	}
	shrunk = 1;
	errno = saved;
}

bool log_map_open(struct log_map *map, int fd, size_t n)
{
	struct sigaction action = {.sa_sigaction = on_missing_page, .sa_flags = SA_SIGINFO};
	(void)sigemptyset(&action.sa_mask);
	long page = sysconf(_SC_PAGESIZE);
	*map = (struct log_map){0};
	if (page <= 0 || n == 0 || begin)
		return false;
	void *bytes = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return false;
	page_bytes = (size_t)page;
	begin = bytes;
	length = n;
	shrunk = 0;
	*map = (struct log_map){bytes, n};
	if (sigaction(SIGBUS, &action, &before) < 0) {
		(void)munmap(bytes, n);
		begin = NULL;
		*map = (struct log_map){0};
		return false;
	}
	(void)madvise(bytes, n, MADV_SEQUENTIAL);
	return true;
}

bool log_map_shrunk(const struct log_map *map)
{
	return map->bytes && shrunk;
}

void log_map_close(struct log_map *map)
{
	if (!map->bytes)
		return;
	(void)munmap(begin, map->n);
	(void)sigaction(SIGBUS, &before, NULL);
	begin = NULL;
	*map = (struct log_map){0};
}
