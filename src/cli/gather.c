#include "gather.h"

#include "clock.h"
#include "output.h"
#include "progress.h"
#include "run.h"
#include "signals.h"

static struct link *open_link(void *arg, int64_t now_us)
{
	struct device *device = arg;
	return link_ssh(&device->ssh, &device->login, now_us);
}

int gather_run(struct arena *arena, const struct gather *gather, struct transcript *transcript, struct err *err)
{
	struct progress progress;
	int wake_fd = signals_open(err);
	if (wake_fd < 0)
		return -1;
	transcript_init(transcript, arena);
	plan_describe(arena, gather->request, gather->plan, &transcript->header);
	transcript->header.started_us = clock_utc_us();
	transcript->header.version = FGDIAG_VERSION;
	transcript->header.device = gather->device->name;
	progress_init(&progress, gather->options);
	struct run_options run_options = {
	        .open = open_link,
	        .open_arg = gather->device,
	        .start = gather->plan->host ? client_host_start : NULL,
	        .start_arg = gather->host,
	        .wake_fd = wake_fd,
	        .progress = gather->silent ? NULL : progress_show,
	        .progress_arg = &progress,
	        .ssh_port = gather->device->ssh.port,
	        .clean_up_us = gather->clean_up_us,
	        .wait_us = gather->options->wait_us,
	};
	struct err trouble;
	if (run_plan(arena, gather->plan, &run_options, transcript, &trouble) < 0 && !gather->silent) {
		progress_done(&progress);
		output_error(&trouble);
	}
	progress_done(&progress);
	(void)signals_while_saving(NULL); /* without it the results are written all the same */
	return 0;
}
