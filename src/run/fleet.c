#include "fleet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "conduct.h"
#include "due_heap.h"
#include "mem.h"

/* Key exchanges cost a processor most: those who are in a dialogue go first,
 * and of the others a few in each round of the loop. */
enum { EVENTS = 512, LOGINS_A_ROUND = 8, BEGINS_A_ROUND = 8, SELDOM_FDS = 8 };

/* Two sessions are usual; each has two descriptors, one of them libssh's. */
enum { FDS_A_RUN = 6, FDS_KEPT = 32 };

struct slot {
	struct conduct *run; /* NULL: free */
	struct fleet_errand errand;
	int fds[SELDOM_FDS]; /* watched */
	size_t fd_count;
	bool logged_in;
	bool ready;  /* in this round's queue */
	size_t next; /* free slot after this one */
};

struct fleet {
	const struct fleet_options *options;
	struct slot *slots;
	size_t running, first_free;
	struct due_heap heap;
	int epoll_fd;
	size_t *talking, *entering; /* slots to be turned in this round */
	size_t talking_count, entering_count;
	enum fleet_next next;
	int64_t ask_us; /* for the next errand */
	int64_t now_us;
	bool stopping;
};

static const size_t NO_SLOT = SIZE_MAX;
static const uint64_t WAKE = UINT64_MAX;

/* ---- what is watched ---- */

/* A closed descriptor leaves the set by itself, and its number may be another
 * one's since: so each is told again after each turn. */
static bool watch(struct fleet *fleet, size_t index, const struct pollfd *fd)
{
	struct epoll_event event = {.events = (fd->events & POLLIN ? EPOLLIN : 0U) |
	                                      (fd->events & POLLOUT ? EPOLLOUT : 0U),
	                            .data.u64 = index};
	if (epoll_ctl(fleet->epoll_fd, EPOLL_CTL_MOD, fd->fd, &event) == 0)
		return true;
	return epoll_ctl(fleet->epoll_fd, EPOLL_CTL_ADD, fd->fd, &event) == 0;
}

static bool listed(const struct pollfd *fds, size_t count, int fd)
{
	for (size_t i = 0; i < count; i++) {
		if (fds[i].fd == fd)
			return true;
	}
	return false;
}

static void unwatch(struct fleet *fleet, struct slot *slot, const struct pollfd *fds, size_t count)
{
	for (size_t i = 0; i < slot->fd_count; i++) {
		if (!listed(fds, count, slot->fds[i]))
			(void)epoll_ctl(fleet->epoll_fd, EPOLL_CTL_DEL, slot->fds[i], NULL);
	}
	slot->fd_count = 0;
}

static const int64_t UNWATCHED_US = 20000; /* a descriptor that cannot be watched is looked at by time */

static void settle(struct fleet *fleet, size_t index)
{
	struct slot *slot = &fleet->slots[index];
	struct pollfd fds[RUN_MAX_POLLFDS];
	size_t count = run_pollfds(slot->run, fds);
	int64_t due_us = run_deadline(slot->run);
	unwatch(fleet, slot, fds, count);
	for (size_t i = 0; i < count; i++) {
		if (fds[i].fd < 0)
			continue;
		if (slot->fd_count == SELDOM_FDS || !watch(fleet, index, &fds[i]))
			due_us = due_us < fleet->now_us + UNWATCHED_US ? due_us : fleet->now_us + UNWATCHED_US;
		else
			slot->fds[slot->fd_count++] = fds[i].fd;
	}
	due_heap_set(&fleet->heap, index, due_us);
}

/* ---- runs ---- */

static void end(struct fleet *fleet, size_t index)
{
	struct slot *slot = &fleet->slots[index];
	struct err trouble;
	unwatch(fleet, slot, NULL, 0);
	due_heap_remove(&fleet->heap, index);
	int rc = run_end(slot->run, &trouble);
	slot->run = NULL;
	fleet->running--;
	slot->next = fleet->first_free;
	fleet->first_free = index;
	fleet->ask_us = fleet->now_us;
	fleet->options->done(fleet->options->arg, &slot->errand, rc < 0 ? &trouble : NULL);
}

static void turn(struct fleet *fleet, size_t index)
{
	struct slot *slot = &fleet->slots[index];
	slot->ready = false;
	fleet->now_us = clock_mono_us();
	if (!run_turn(slot->run, fleet->now_us)) {
		end(fleet, index);
		return;
	}
	slot->logged_in = slot->logged_in || conduct_logged_in(slot->run);
	settle(fleet, index);
}

static void begin(struct fleet *fleet, const struct fleet_errand *errand)
{
	size_t index = fleet->first_free;
	struct slot *slot = &fleet->slots[index];
	fleet->first_free = slot->next;
	fleet->running++;
	*slot = (struct slot){.errand = *errand};
	slot->run = run_new(errand->arena, errand->plan, errand->options, errand->transcript, fleet->now_us);
	turn(fleet, index);
}

static void begin_some(struct fleet *fleet)
{
	for (size_t i = 0; i < BEGINS_A_ROUND && fleet->running < fleet->options->parallel; i++) {
		struct fleet_errand errand;
		if (fleet->stopping || fleet->next == FLEET_NONE || fleet->ask_us > fleet->now_us)
			return;
		int64_t when_us = INT64_MAX;
		fleet->next = fleet->options->next(fleet->options->arg, fleet->now_us, &errand, &when_us);
		if (fleet->next != FLEET_BEGIN) {
			fleet->ask_us = when_us;
			return;
		}
		begin(fleet, &errand);
	}
}

/* ---- the loop ---- */

static void queue(struct fleet *fleet, size_t index)
{
	struct slot *slot = &fleet->slots[index];
	if (!slot->run || slot->ready)
		return;
	if (!slot->logged_in && fleet->entering_count == LOGINS_A_ROUND)
		return; /* it stays ready: the next round has it */
	slot->ready = true;
	if (slot->logged_in)
		fleet->talking[fleet->talking_count++] = index;
	else
		fleet->entering[fleet->entering_count++] = index;
}

static void interrupt(struct fleet *fleet)
{
	char bytes[16];
	if (read(fleet->options->wake_fd, bytes, sizeof bytes) <= 0)
		return;
	fleet->stopping = true;
	fleet->now_us = clock_mono_us();
	for (size_t i = 0; i < fleet->options->parallel; i++) {
		if (!fleet->slots[i].run)
			continue;
		run_interrupt(fleet->slots[i].run, fleet->now_us);
		due_heap_set(&fleet->heap, i, fleet->now_us);
	}
}

static bool may_begin(const struct fleet *fleet)
{
	return !fleet->stopping && fleet->next != FLEET_NONE && fleet->running < fleet->options->parallel;
}

static int64_t wait_until(const struct fleet *fleet, int64_t shown_us)
{
	int64_t when = due_heap_first(&fleet->heap);
	when = shown_us < when ? shown_us : when;
	return may_begin(fleet) && fleet->ask_us < when ? fleet->ask_us : when;
}

static int gather_ready(struct fleet *fleet, int64_t until_us, struct err *err)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(fleet->epoll_fd, events, EVENTS, clock_poll_ms(until_us));
	if (count < 0 && errno != EINTR)
		return err_set(err, ERR_INTERNAL, "cannot wait for the devices: %s", strerror(errno));
	fleet->now_us = clock_mono_us();
	fleet->talking_count = fleet->entering_count = 0;
	for (int i = 0; i < count; i++) {
		if (events[i].data.u64 == WAKE)
			interrupt(fleet);
		else
			queue(fleet, (size_t)events[i].data.u64);
	}
	/* By time: who is over a limit is seen in its round, however many log in. */
	for (size_t index; (index = due_heap_take(&fleet->heap, fleet->now_us)) != SIZE_MAX;) {
		if (fleet->slots[index].ready)
			continue;
		fleet->slots[index].ready = true;
		fleet->talking[fleet->talking_count++] = index;
	}
	return 0;
}

static int loop(struct fleet *fleet, struct err *err)
{
	const struct fleet_options *options = fleet->options;
	for (;;) {
		begin_some(fleet);
		if (fleet->running == 0 && (fleet->stopping || fleet->next == FLEET_NONE))
			return 0;
		int64_t shown_us =
		        options->shown ? options->shown(options->arg, fleet->now_us, fleet->running) : INT64_MAX;
		if (gather_ready(fleet, wait_until(fleet, shown_us), err) < 0)
			return -1;
		for (size_t i = 0; i < fleet->talking_count; i++)
			turn(fleet, fleet->talking[i]);
		for (size_t i = 0; i < fleet->entering_count; i++)
			turn(fleet, fleet->entering[i]);
	}
}

static int open_epoll(struct fleet *fleet, struct err *err)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = WAKE};
	fleet->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (fleet->epoll_fd < 0)
		return err_set(err, ERR_INTERNAL, "cannot wait for many devices: %s", strerror(errno));
	if (fleet->options->wake_fd < 0 ||
	    epoll_ctl(fleet->epoll_fd, EPOLL_CTL_ADD, fleet->options->wake_fd, &event) == 0)
		return 0;
	(void)err_set(err, ERR_INTERNAL, "cannot wait for signals: %s", strerror(errno));
	(void)close(fleet->epoll_fd);
	return -1;
}

int fleet_work(const struct fleet_options *options, struct err *err)
{
	size_t n = options->parallel;
	struct fleet fleet = {.options = options, .now_us = clock_mono_us(), .next = FLEET_LATER};
	if (open_epoll(&fleet, err) < 0)
		return -1;
	fleet.slots = mem_alloc(n * sizeof *fleet.slots);
	fleet.talking = mem_alloc(n * sizeof *fleet.talking);
	fleet.entering = mem_alloc(n * sizeof *fleet.entering);
	due_heap_init(&fleet.heap, n);
	for (size_t i = 0; i < n; i++)
		fleet.slots[i].next = i + 1 < n ? i + 1 : NO_SLOT;
	int rc = loop(&fleet, err);
	for (size_t i = 0; rc < 0 && i < n; i++) {
		if (fleet.slots[i].run)
			end(&fleet, i);
	}
	due_heap_done(&fleet.heap);
	free(fleet.entering);
	free(fleet.talking);
	free(fleet.slots);
	(void)close(fleet.epoll_fd);
	return rc == 0 && fleet.stopping ? err_set(err, ERR_INTERRUPTED, "interrupted by a signal") : rc;
}

size_t fleet_room(size_t kept)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 1;
	if (limit.rlim_cur < limit.rlim_max) {
		struct rlimit raised = {.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
		if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
			limit = raised;
	}
	kept += FDS_KEPT;
	size_t room = limit.rlim_cur > kept ? ((size_t)limit.rlim_cur - kept) / FDS_A_RUN : 0;
	return room < 1 ? 1 : room > FLEET_MAX_PARALLEL ? FLEET_MAX_PARALLEL : room;
}
