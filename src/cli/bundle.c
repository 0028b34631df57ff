#include "bundle.h"

#include <stdio.h>
#include <time.h>
#include <zip.h>

#include "assess.h"
#include "output.h"
#include "pcap_file.h"
#include "sha256.h"
#include "timestamp.h"
#include "transcript_trim.h"
#include "versions.h"

enum { MODE = 0100600, DEFLATE_LEVEL = 9, LINE_MAX_BYTES = 256 };

/* What the members are made from. */
struct evidence_set {
	struct arena *arena;
	bool payload;
	struct buf cast; /* the transcript as a file, … */
	struct transcript transcript;
	struct plan plan;
	struct assessment assessment; /* … and what reading that file gives */
	const struct report *report;  /* of the assessment, or the redacted one of the whole run */
};

/* The one place where it is decided what of a run goes into its bundle. What is
 * redacted has no bytes of packets, so its report is that of the whole run. */
static int evidence_take(struct evidence_set *set, const struct transcript *whole, const struct report *redacted,
                         struct err *err)
{
	struct plan_request request;
	struct transcript kept = redacted ? *redacted->transcript : *whole;
	if (!set->payload && !redacted)
		transcript_trim(whole, &kept);
	else if (whole->header.trimmed)
		return err_set(err, ERR_USAGE, "--payload: it was taken out of this transcript");
	transcript_write(&kept, &set->cast);
	if (set->cast.full)
		return err_set(err, ERR_OUTPUT, "the transcript is larger than its limit");
	if (transcript_read(set->arena, buf_str(&set->cast), &set->transcript, err) < 0)
		return -1;
	plan_request_of(&set->transcript.header, &request);
	if (plan_make(set->arena, &request, &set->plan, err) < 0)
		return -1;
	assess(set->arena, &set->plan, &set->transcript, &set->assessment);
	set->report = redacted ? redacted : &set->assessment.report;
	return 0;
}

/* ---- members: each adds its bytes, or none where there is nothing of it ---- */

struct member {
	const char *name;
	const char *format; /* of a report, else NULL */
	void (*make)(struct evidence_set *set, struct buf *out);
};

static void make_transcript(struct evidence_set *set, struct buf *out)
{
	buf_add_str(out, buf_str(&set->cast));
}

static void add_bytes(void *out, const void *bytes, size_t n)
{
	buf_add(out, bytes, n);
}

static void make_capture(struct evidence_set *set, struct buf *out)
{
	struct repack_counts counts;
	const struct repack_options options = {.payload = set->payload};
	const struct pcapng sink = {.write = add_bytes, .context = out};
	struct repack *repack = repack_new(set->arena, &options, &sink);
	pcap_feed(&set->transcript, repack);
	repack_end(repack, &counts);
	if (counts.packets == 0)
		buf_clear(out);
}

static void make_entry(struct evidence_set *set, struct buf *out)
{
	const char *entry = set->transcript.header.entry_text;
	if (!entry)
		return;
	buf_add_text(out, entry);
	buf_add_char(out, '\n');
}

static void make_playbook(struct evidence_set *set, struct buf *out)
{
	buf_add_text(out, set->transcript.header.playbook);
}

static void make_versions(struct evidence_set *set, struct buf *out)
{
	(void)set;
	versions_add(out);
}

static const struct member members[] = {
        {"report.txt", "text", NULL},
        {"report.md", "markdown", NULL},
        {"report.html", "html", NULL},
        {"report.json", "json", NULL},
        {BUNDLE_TRANSCRIPT, NULL, make_transcript},
        {"capture.pcapng", NULL, make_capture},
        {"entry.log", NULL, make_entry},
        {"playbook.yaml", NULL, make_playbook},
        {"versions.txt", NULL, make_versions},
};
enum { MEMBERS = sizeof members / sizeof members[0] };

static void member_make(struct evidence_set *set, const struct member *member, struct buf *out)
{
	static const struct report_style style = {.columns = 80};
	const struct report_format *format = member->format ? report_format_find(member->format) : NULL;
	if (member->make)
		member->make(set, out);
	else if (format)
		format->write(set->report, &style, out);
}

/* ---- the archive ---- */

/* ZIP knows local time since 1980; it is UTC here, so that the bytes are the
 * same in every zone. */
static void dos_time(int64_t us, zip_uint16_t *date, zip_uint16_t *time)
{
	struct tm tm;
	time_t seconds = (time_t)(us / US_PER_SECOND);
	*date = 1 << 5 | 1;
	*time = 0;
	if (!gmtime_r(&seconds, &tm) || tm.tm_year < 80 || tm.tm_year > 80 + 127)
		return;
	*date = (zip_uint16_t)((tm.tm_year - 80) << 9 | (tm.tm_mon + 1) << 5 | tm.tm_mday);
	*time = (zip_uint16_t)(tm.tm_hour << 11 | tm.tm_min << 5 | tm.tm_sec / 2);
}

/* The bytes stay the caller's until the archive is closed. */
static bool zip_put(zip_t *zip, const char *name, struct str bytes, int64_t time_us)
{
	zip_uint16_t date, time;
	dos_time(time_us, &date, &time);
	zip_source_t *source = zip_source_buffer(zip, bytes.p, bytes.n, 0);
	zip_int64_t added = source ? zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8) : -1;
	if (added < 0) {
		zip_source_free(source);
		return false;
	}
	zip_uint64_t at = (zip_uint64_t)added;
	return zip_file_set_dostime(zip, at, time, date, 0) == 0 &&
	       zip_set_file_compression(zip, at, ZIP_CM_DEFLATE, DEFLATE_LEVEL) == 0 &&
	       zip_file_set_external_attributes(zip, at, 0, ZIP_OPSYS_UNIX, (zip_uint32_t)MODE << 16) == 0;
}

static bool source_copy(zip_source_t *source, struct buf *out)
{
	char block[64 * 1024];
	zip_int64_t n;
	if (zip_source_open(source) < 0)
		return false;
	while ((n = zip_source_read(source, block, sizeof block)) > 0)
		buf_add(out, block, (size_t)n);
	(void)zip_source_close(source);
	return n == 0;
}

static bool zip_pack(const struct buf parts[static MEMBERS], struct str manifest, int64_t time_us, struct buf *out)
{
	zip_error_t trouble;
	zip_error_init(&trouble);
	zip_source_t *memory = zip_source_buffer_create(NULL, 0, 0, &trouble);
	zip_t *zip = memory ? zip_open_from_source(memory, ZIP_TRUNCATE, &trouble) : NULL;
	zip_error_fini(&trouble);
	if (!zip) {
		zip_source_free(memory);
		return false;
	}
	zip_source_keep(memory);
	bool good = true;
	for (size_t i = 0; i < MEMBERS && good; i++)
		good = parts[i].n == 0 || zip_put(zip, members[i].name, buf_str(&parts[i]), time_us);
	good = good && zip_put(zip, BUNDLE_MANIFEST, manifest, time_us) && zip_close(zip) == 0;
	if (!good)
		zip_discard(zip);
	good = good && source_copy(memory, out);
	zip_source_free(memory);
	return good;
}

static void manifest_add(struct buf *manifest, const char *name, struct str bytes)
{
	char sum[SHA256_TEXT_MAX];
	buf_printf(manifest, "%s  %s\n", sha256_print(bytes, sum), name);
}

static int pack(struct evidence_set *set, struct buf *out, struct err *err)
{
	struct buf parts[MEMBERS], manifest;
	const char *full = NULL;
	buf_init(&manifest, (MEMBERS + 1) * LINE_MAX_BYTES);
	for (size_t i = 0; i < MEMBERS; i++) {
		buf_init(&parts[i], TRANSCRIPT_MAX_BYTES);
		member_make(set, &members[i], &parts[i]);
		if (parts[i].n)
			manifest_add(&manifest, members[i].name, buf_str(&parts[i]));
		full = parts[i].full ? members[i].name : full;
	}
	int rc = 0;
	if (full)
		rc = err_set(err, ERR_OUTPUT, "%s is longer than its limit", full);
	else if (!zip_pack(parts, buf_str(&manifest), set->transcript.header.started_us, out))
		rc = err_set(err, ERR_INTERNAL, "libzip could not make the archive");
	for (size_t i = 0; i < MEMBERS; i++)
		buf_done(&parts[i]);
	buf_done(&manifest);
	return rc;
}

int bundle_save(struct arena *arena, const struct options *options, const struct transcript *transcript,
                const struct report *redacted)
{
	struct evidence_set set = {.arena = arena, .payload = options->payload};
	struct buf out;
	struct err err;
	if (!options->bundle)
		return 0;
	buf_init(&set.cast, TRANSCRIPT_MAX_BYTES);
	buf_init(&out, BUNDLE_MAX_BYTES);
	int rc = evidence_take(&set, transcript, redacted, &err);
	if (rc == 0)
		rc = pack(&set, &out, &err);
	if (rc == 0)
		rc = output_write(options->bundle, &out, &err);
	buf_done(&out);
	buf_done(&set.cast);
	if (rc < 0) {
		(void)err_prefix(&err, "the bundle was not saved");
		output_error(&err);
	}
	return rc;
}
