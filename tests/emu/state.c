#include "state.h"

#include <pthread.h>
#include <stdlib.h>

#include "clock.h"
#include "die.h"

static const int64_t LOCKOUT_US = 60000000;
static const size_t MAX_ECHOES = 400000;

struct state {
	pthread_mutex_t lock;
	unsigned logged_in;
	long failures;
	int64_t locked_until_us;
	bool renamed;
	struct packet_list echoes;
};

static struct state *states;
static size_t state_count;
static _Thread_local struct state *state; /* of the device that this thread plays */

void state_init(size_t devices)
{
	states = emu_alloc(devices * sizeof *states);
	state_count = devices;
	for (size_t i = 0; i < devices; i++)
		(void)pthread_mutex_init(&states[i].lock, NULL);
}

void state_play(size_t device)
{
	state = &states[device];
}

bool state_room(long max_sessions)
{
	pthread_mutex_lock(&state->lock);
	bool room = max_sessions == 0 || (long)state->logged_in < max_sessions;
	pthread_mutex_unlock(&state->lock);
	return room;
}

unsigned state_enter(void)
{
	pthread_mutex_lock(&state->lock);
	unsigned n = ++state->logged_in;
	state->failures = 0;
	pthread_mutex_unlock(&state->lock);
	return n;
}

void state_leave(void)
{
	pthread_mutex_lock(&state->lock);
	state->logged_in--;
	pthread_mutex_unlock(&state->lock);
}

void state_login_failed(long lockout)
{
	pthread_mutex_lock(&state->lock);
	if (lockout && ++state->failures >= lockout) {
		state->locked_until_us = world_now() + LOCKOUT_US;
		state->failures = 0;
	}
	pthread_mutex_unlock(&state->lock);
}

bool state_locked_out(void)
{
	pthread_mutex_lock(&state->lock);
	bool locked = world_now() < state->locked_until_us;
	pthread_mutex_unlock(&state->lock);
	return locked;
}

void state_rename(void)
{
	pthread_mutex_lock(&state->lock);
	state->renamed = true;
	pthread_mutex_unlock(&state->lock);
}

bool state_renamed(void)
{
	pthread_mutex_lock(&state->lock);
	bool renamed = state->renamed;
	pthread_mutex_unlock(&state->lock);
	return renamed;
}

void state_echo(const struct packet *packet)
{
	pthread_mutex_lock(&state->lock);
	if (state->echoes.count < MAX_ECHOES)
		packet_list_add(&state->echoes, packet);
	pthread_mutex_unlock(&state->lock);
}

size_t state_echo_mark(void)
{
	pthread_mutex_lock(&state->lock);
	size_t mark = state->echoes.count;
	pthread_mutex_unlock(&state->lock);
	return mark;
}

void state_echo_since(size_t *mark, struct packet_list *out)
{
	pthread_mutex_lock(&state->lock);
	for (; *mark < state->echoes.count; ++*mark)
		packet_list_add(out, &state->echoes.items[*mark]);
	pthread_mutex_unlock(&state->lock);
}

void state_free(void)
{
	for (size_t i = 0; i < state_count; i++)
		packet_list_free(&states[i].echoes);
	free(states);
}
