#include "lost.h"

#include <stdio.h>
#include <string.h>

bool lost_may_run_on(const struct session *session)
{
	return session->main_running && session->job.step->kind != COMMAND_PLAIN;
}

/* A FortiGate may close the session at Ctrl-C; where the connection broke,
 * nobody knows whether that came. */
void lost_end(const struct conduct *run, const struct session *session, const struct err *why, struct step_end *end)
{
	if (!end->interrupted) {
		end->state = STEP_FAILED;
		end->reason = arena_strdup(run->arena, why->text);
		end->link_lost = true;
	}
	if (!lost_may_run_on(session) || (end->interrupted && !link_error(session->link)))
		return;
	if (end->state == STEP_DONE)
		end->state = STEP_STOPPED;
	end->reason = arena_printf(run->arena, "%s; what it started may still run until its own count ends",
	                           end->reason ? end->reason : why->text);
}

static const char *next_step(enum err_kind kind)
{
	switch (kind) {
	case ERR_CLOSED:
		return "; check the way to the device, and run again";
	case ERR_TIMEOUT:
		return "; the device is too busy, or the connection stands still: run again later";
	default:
		return "";
	}
}

void lost_add_next(struct err *trouble)
{
	size_t n = strlen(trouble->text);
	(void)snprintf(trouble->text + n, sizeof trouble->text - n, "%s", next_step(trouble->kind));
}

void lost_trouble(struct conduct *run, const struct session *session, const struct err *why)
{
	struct err trouble = *why;
	lost_add_next(&trouble);
	(void)strncpy(trouble.step, session->job.step->id, sizeof trouble.step - 1);
	conduct_trouble(run, &trouble);
}

static const char *opening_words(const struct session *session)
{
	if (session->dialog)
		return "while the first prompt was awaited";
	return link_state(session->link) == LINK_CONNECTING ? "while connecting" : "during the login";
}

void lost_stage(const struct conduct *run, struct err *trouble)
{
	for (size_t i = 0; i < run->session_count; i++) {
		const struct session *session = &run->sessions[i];
		size_t n = strlen(trouble->text);
		if (session->state == SESSION_BUSY) {
			(void)snprintf(trouble->text + n, sizeof trouble->text - n, " during step %s",
			               session->job.step->id);
			(void)strncpy(trouble->step, session->job.step->id, sizeof trouble->step - 1);
			return;
		}
		if (session->state == SESSION_OPENING && !conduct_logged_in(run)) {
			(void)snprintf(trouble->text + n, sizeof trouble->text - n, " %s", opening_words(session));
			return;
		}
	}
}

struct err lost_named(const struct conduct *run, const struct err *trouble)
{
	struct err out = *trouble;
	const char *device = run->transcript->header.device;
	if (device && device[0])
		(void)err_prefix(&out, "%s", device);
	return out;
}
