#include <string.h>
#include <unistd.h>

#include "assess.h"
#include "bundle.h"
#include "client_host.h"
#include "commands.h"
#include "device.h"
#include "entry.h"
#include "explain.h"
#include "gather.h"
#include "input.h"
#include "inventory_file.h"
#include "lock.h"
#include "output.h"
#include "outputs.h"
#include "pcap_file.h"
#include "redacting.h"
#include "terminal.h"

enum { MAX_ENTRY_TEXT = 8 * 1024 * 1024 };

/* A log line is told from a file's name by what it holds: no file of ours is
 * called `date=…`. */
static bool is_line(const char *text)
{
	return strchr(text, '=') && access(text, F_OK) != 0;
}

/* What a transcript keeps of a log file: the entry and its siblings, and not
 * what else somebody's log holds. */
static int keep_entry(struct arena *arena, struct str text, struct plan_request *request, struct err *err)
{
	struct entry_set set;
	struct buf kept;
	if (entry_set_parse(arena, text, request->entry_number, &set, err) < 0)
		return -1;
	buf_init(&kept, (ENTRY_MAX_SIBLINGS + 1) * (ENTRY_MAX_BYTES + 1));
	buf_add_str(&kept, set.entry.line);
	for (size_t i = 0; i < set.sibling_count; i++) {
		buf_add_char(&kept, '\n');
		buf_add_str(&kept, set.siblings[i].line);
	}
	request->entry_text = arena_str(arena, buf_str(&kept)).p;
	request->entry_number = 1;
	buf_done(&kept);
	return 0;
}

/* Frames may end with NUL (RFC 6587); in UTF-16 every other byte is one. */
static bool is_utf16(struct str text)
{
	return str_starts(text, "\xff\xfe") || str_starts(text, "\xfe\xff") ||
	       (text.n > 3 && (text.p[1] == '\0' || text.p[0] == '\0'));
}

static int load_entry(struct arena *arena, const struct options *options, struct plan_request *request, struct err *err)
{
	struct str text;
	if (options->argument_count > 1)
		return err_set(err, ERR_USAGE, "one entry or file at a time; put the log line in quotes");
	if (options->argument_count == 0)
		return 0;
	const char *argument = options->arguments[0];
	if (argument[0] == '\0')
		return err_set(err, ERR_ENTRY,
		               "the entry is empty; give the log line in quotes, a file, or - for standard input");
	if (is_line(argument)) {
		request->entry_text = argument;
		return 0;
	}
	if (strcmp(argument, "-") != 0 && access(argument, F_OK) != 0)
		return err_set(err, ERR_ENTRY, "'%.60s' is neither a FortiGate log entry (key=value …) nor a file",
		               argument);
	if (input_file(arena, argument, MAX_ENTRY_TEXT, &text, err) < 0)
		return -1;
	if (is_utf16(text))
		return err_set(err, ERR_ENTRY, "%.200s: this looks like UTF-16; save it as UTF-8 first", argument);
	return keep_entry(arena, text, request, err);
}

static int make_request(struct arena *arena, const struct options *options, struct plan_request *out, struct err *err)
{
	struct plan_request request = {
	        .playbook_name = options->playbook,
	        .sets = options->sets,
	        .set_count = options->set_count,
	        .entry_number = options->entry_number,
	        .target = options->target,
	        .proto = options->proto,
	        .vdom = options->vdom,
	};
	if (playbook_load(arena, options->playbook, &request.playbook, err) < 0 ||
	    load_entry(arena, options, &request, err) < 0)
		return -1;
	*out = request;
	return 0;
}

/* What --explain and --dry-run print, in place of a run. */
static int print_plan(const struct options *options, const struct plan *plan)
{
	struct buf out;
	struct err err;
	struct report_style style = terminal_style(options);
	buf_init(&out, REPORT_MAX_BYTES);
	if (options->explain)
		explain_plan(plan, options->wait_us, &style, &out);
	if (options->explain && options->dry_run)
		buf_add_char(&out, '\n');
	if (options->dry_run)
		plan_print(plan, options->wait_us, &out);
	int status = 0;
	if (output_write(options->output, &out, &err) < 0) {
		output_error(&err);
		status = 3;
	}
	buf_done(&out);
	return status;
}

static int save_transcript(const struct options *options, const struct transcript *transcript)
{
	struct buf out;
	struct err err;
	if (!options->record)
		return 0;
	buf_init(&out, TRANSCRIPT_MAX_BYTES);
	transcript_write(transcript, &out);
	int rc = output_write(options->record, &out, &err);
	buf_done(&out);
	if (rc < 0) {
		(void)err_prefix(&err, "the transcript was not saved");
		output_error(&err);
	}
	return rc;
}

/* Where there is no place for a lock, a person at the keyboard knows best. */
static int lock(struct arena *arena, const struct device *device, struct err *err)
{
	if (lock_take(arena, device_key(arena, device), err) >= 0)
		return 0;
	if (err->kind == ERR_BUSY)
		return -1;
	output_note("fgdiag: ", err->text);
	return 0;
}

enum { PLACES_MAX = 8 };

/* What words of a failure may name, and only the configuration of ssh knows. */
static const char *const *places_of(struct arena *arena, const struct device *device, const struct client_host *host)
{
	const struct ssh_options *machines[] = {&device->ssh, host->local ? NULL : &host->machine.ssh};
	const char **places = ARENA_ARRAY(arena, PLACES_MAX, const char *);
	size_t count = 0;
	places[count++] = device->name;
	for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
		const struct ssh_options *ssh = machines[i];
		if (!ssh)
			continue;
		const char *jump = ssh->proxy ? strrchr(ssh->proxy->name, ' ') : NULL;
		places[count++] = arena_printf(arena, "%s@%s", ssh->user, ssh->host);
		if (ssh->host_key_alias)
			places[count++] = ssh->host_key_alias;
		if (jump)
			places[count++] = jump + 1;
	}
	return places;
}

/* Where no device is given, the entry's own is that of the inventory. */
static int find_device(struct arena *arena, const struct options *options, const struct plan *plan, struct device *out,
                       struct err *err)
{
	const struct inventory *inventory;
	const char *vdom = plan->target.vdom ? plan->target.vdom : "";
	if (options->device || !plan->target.have_entry)
		return inventory_device_parse(arena, options, vdom, out, err);
	if (inventory_load(arena, options, &inventory, err) < 0)
		return -1;
	if (!inventory)
		return device_parse(arena, options, out, err);
	const struct entry *entry = &plan->entries.entry;
	const struct inventory_device *device = inventory_match(inventory, entry->devid, entry->devname, err);
	return device ? inventory_device_make(arena, options, device, vdom, out, err) : -1;
}

static int diagnose(struct arena *arena, const struct options *options, const struct plan_request *request,
                    const struct plan *plan)
{
	struct err err;
	struct device device;
	struct client_host host = {.local = true};
	struct transcript transcript;
	struct assessment assessment;
	if (outputs_check(options, &err) < 0 || redacting_check(options, &err) < 0) {
		output_error(&err);
		return 3;
	}
	if (find_device(arena, options, plan, &device, &err) < 0 ||
	    (plan->host && client_host_parse(arena, options, plan->host, &host, &err) < 0))
		return assess_failure(options, &err);
	struct gather gather = {.options = options, .request = request, .plan = plan, .device = &device, .host = &host};
	int rc = lock(arena, &device, &err);
	if (rc == 0)
		rc = gather_run(arena, &gather, &transcript, &err);
	ssh_login_done(&device.login);
	client_host_done(&host);
	if (rc < 0)
		return assess_failure(options, &err);
	int saved = options->redact ? 0 : save_transcript(options, &transcript);
	if (pcap_save(arena, options, &transcript) < 0)
		saved = -1;
	assess(arena, plan, &transcript, &assessment);
	const struct report *shown = assess_shown(arena, options, places_of(arena, &device, &host), &assessment.report);
	if (shown && options->redact)
		saved = save_transcript(options, shown->transcript);
	if (shown && bundle_save(arena, options, &transcript, options->redact ? shown : NULL) < 0)
		saved = -1;
	int status = shown ? assess_print(options, shown) : 3;
	return saved < 0 ? 3 : status;
}

int cmd_diagnose(struct arena *arena, const struct options *options)
{
	struct plan_request request;
	struct plan plan;
	struct err err;
	if (make_request(arena, options, &request, &err) < 0 || plan_make(arena, &request, &plan, &err) < 0)
		return assess_failure(options, &err);
	request.host = client_host_name(options, &plan.target.client);
	if (request.host && plan_make(arena, &request, &plan, &err) < 0)
		return assess_failure(options, &err);
	if (!options->dry_run && !options->explain)
		return diagnose(arena, options, &request, &plan);
	return redacting_check(options, &err) < 0 ? assess_failure(options, &err) : print_plan(options, &plan);
}
