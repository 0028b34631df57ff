#include <string.h>

#include "assess.h"
#include "bundle.h"
#include "commands.h"
#include "input.h"
#include "output.h"
#include "outputs.h"
#include "pcap_file.h"

/* Saved transcripts and bundles, each with a verdict of its own; the other files are
 * pasted text, and all of it together is one more. */

static int judge_transcript(struct arena *arena, const struct options *options, const char *path, struct str text)
{
	struct err err;
	struct transcript transcript;
	struct plan_request request;
	struct plan plan;
	struct assessment assessment;
	if (options->target || options->proto || options->vdom || options->entry_number) {
		(void)err_set(
		        &err, ERR_USAGE,
		        "%.200s: a saved transcript holds its own target; leave out --target, --proto, --vdom and "
		        "--entry, which are for pasted text",
		        path);
		return assess_failure(options, &err);
	}
	transcript_init(&transcript, arena);
	if (transcript_read(arena, text, &transcript, &err) < 0) {
		(void)err_prefix(&err, "%.200s", path);
		return assess_failure(options, &err);
	}
	plan_request_of(&transcript.header, &request);
	if (plan_make(arena, &request, &plan, &err) < 0) {
		(void)err_prefix(&err, "%.200s", path);
		return assess_failure(options, &err);
	}
	int saved = pcap_save(arena, options, &transcript);
	if (bundle_save(arena, options, &transcript) < 0)
		saved = -1;
	assess(arena, &plan, &transcript, &assessment);
	int status = assess_print(options, &assessment.report);
	return saved < 0 ? 3 : status;
}

/* ---- pasted text ---- */

/* The server: --target, the entry, or what ping and sniffer agree on. */
static void guess_target(const struct paste *paste, struct plan_request *request, struct paste_notes *notes)
{
	if (request->target || request->entry_text)
		return;
	request->target = paste_target(paste);
	if (!request->target)
		return;
	notes->doubtful = true;
	notes->words = arena_grow(paste->arena, notes->words, notes->count, &notes->capacity, sizeof *notes->words);
	notes->words[notes->count++] =
	        arena_printf(paste->arena,
	                     "No log entry was given: %s is taken for the server, because the pasted ping and "
	                     "sniffer are about it.",
	                     request->target);
}

/* Whose prompt it is, unless its own status tells that better. */
static const char *device_words(const struct paste *paste, const char *names)
{
	bool told = !*paste->host;
	for (size_t i = 0; i < paste->count; i++)
		told = told || strcmp(paste->items[i].reader, "status") == 0;
	return arena_printf(paste->arena, "%s%spasted log %s", told ? "" : paste->host, told ? "" : ", ", names);
}

static int judge_paste(struct paste *paste, const struct options *options, const char *names)
{
	struct err err;
	struct plan plan;
	struct assessment assessment;
	struct transcript transcript;
	struct paste_notes notes = {0};
	struct plan_request request = {
	        .playbook_name = options->playbook,
	        .entry_text = str_find(paste->entries, "ip-conn") >= 0 ? paste->entries.p : NULL,
	        .entry_number = options->entry_number,
	        .target = options->target,
	        .proto = options->proto,
	        .vdom = options->vdom,
	        .may_lack_target = true,
	};
	if (paste->count == 0) {
		(void)err_set(
		        &err, ERR_USAGE,
		        "%.200s: neither a saved transcript nor a pasted output of a FortiGate that is known; paste "
		        "the commands with their prompts, as the terminal showed them",
		        names);
		return assess_failure(options, &err);
	}
	if (options->bundle) {
		(void)err_set(&err, ERR_USAGE, "--bundle is for saved transcripts: a paste has none");
		return assess_failure(options, &err);
	}
	if (options->pcap) {
		(void)err_set(&err, ERR_USAGE, "--pcap is for saved transcripts; fgdiag pcap FILE reads pasted text");
		return assess_failure(options, &err);
	}
	guess_target(paste, &request, &notes);
	if (playbook_load(paste->arena, request.playbook_name, &request.playbook, &err) < 0 ||
	    plan_make(paste->arena, &request, &plan, &err) < 0)
		return assess_failure(options, &err);
	transcript_init(&transcript, paste->arena);
	transcript.header = (struct transcript_header){.version = FGDIAG_VERSION, .pasted = true};
	plan_describe(paste->arena, &request, &plan, &transcript.header);
	transcript.header.device = device_words(paste, names);
	assess_paste(paste, &plan, &transcript, &notes, &assessment);
	return assess_print(options, &assessment.report);
}

/* ---- files ---- */

/* A transcript begins with the JSON object of its header. */
static bool is_transcript(struct str text)
{
	return str_starts(text, "{");
}

static int judge_bundle(struct arena *arena, const struct options *options, const char *path, struct str file)
{
	struct err err;
	struct str text;
	if (bundle_read(arena, file, &text, &err) == 0)
		return judge_transcript(arena, options, path, text);
	(void)err_prefix(&err, "%.200s", path);
	return assess_failure(options, &err);
}

static int judge_file(struct paste *paste, const struct options *options, const char *path, const char **names)
{
	struct err err;
	struct str text;
	struct arena *own = arena_new();
	int status = 0;
	if (input_file(own, path, TRANSCRIPT_MAX_BYTES, &text, &err) < 0) {
		status = assess_failure(options, &err);
	} else if (is_transcript(text)) {
		status = judge_transcript(own, options, path, text);
	} else if (bundle_is(text)) {
		status = judge_bundle(own, options, path, text);
	} else {
		const char *name = strcmp(path, "-") == 0 ? "stdin" : path;
		paste_read(paste, name, text);
		*names = **names ? arena_printf(paste->arena, "%s, %s", *names, name) : name;
	}
	arena_free(own);
	return status;
}

/* Of several files the worst status counts: 2, 1, 3, 0. */
static int worse(int a, int b)
{
	static const int rank[] = {0, 2, 3, 1};
	return rank[a] >= rank[b] ? a : b;
}

int cmd_judge(struct arena *arena, const struct options *options)
{
	int status = 0;
	const char *names = "";
	struct paste paste;
	struct err err;
	if (options->argument_count == 0) {
		(void)err_set(&err, ERR_USAGE, "judge which file? Save one with fgdiag diagnose --record FILE");
		return assess_failure(options, &err);
	}
	if ((options->pcap || options->bundle) && options->argument_count > 1) {
		(void)err_set(&err, ERR_USAGE, "%s is for one transcript at a time; judge them one by one",
		              options->pcap ? "--pcap" : "--bundle");
		return assess_failure(options, &err);
	}
	if (outputs_check(options, &err) < 0) {
		output_error(&err);
		return 3;
	}
	paste_init(&paste, arena);
	for (size_t i = 0; i < options->argument_count; i++)
		status = worse(status, judge_file(&paste, options, options->arguments[i], &names));
	return paste.files ? worse(status, judge_paste(&paste, options, names)) : status;
}
