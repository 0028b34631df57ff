#include "gather.h"

#include "clock.h"
#include "output.h"
#include "progress.h"
#include "signals.h"

static struct link *open_link(void *arg, int64_t now_us)
{
	struct device *device = arg;
	return link_ssh(&device->ssh, &device->login, now_us);
}

void gather_prepare(struct arena *arena, const struct gather *gather, struct transcript *transcript,
                    struct run_options *out)
{
	transcript_init(transcript, arena);
	plan_describe(arena, gather->request, gather->plan, &transcript->header);
	transcript->header.started_us = clock_utc_us();
	transcript->header.version = FGDIAG_VERSION;
	transcript->header.device = gather->device->name;
	*out = (struct run_options){
	        .open = open_link,
	        .open_arg = gather->device,
	        .start = gather->plan->host ? client_host_start : NULL,
	        .start_arg = gather->host,
	        .wake_fd = -1,
	        .ssh_port = gather->device->ssh.port,
	        .clean_up_us = gather->clean_up_us,
	        .wait_us = gather->options->wait_us,
	};
}

int gather_run(struct arena *arena, const struct gather *gather, struct transcript *transcript, struct err *err)
{
	struct progress progress;
	struct run_options run_options;
	int wake_fd = signals_open(err);
	if (wake_fd < 0)
		return -1;
	gather_prepare(arena, gather, transcript, &run_options);
	progress_init(&progress, gather->options);
	run_options.wake_fd = wake_fd;
	run_options.progress = progress_show;
	run_options.progress_arg = &progress;
	struct err trouble;
	if (run_plan(arena, gather->plan, &run_options, transcript, &trouble) < 0) {
		progress_done(&progress);
		output_error(&trouble);
	}
	progress_done(&progress);
	(void)signals_while_saving(NULL); /* without it the results are written all the same */
	return 0;
}
