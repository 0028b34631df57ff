#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "inventory_file.h"
#include "mem.h"
#include "output.h"
#include "page.h"
#include "terminal.h"

enum { OUT_BYTES = 16 * 1024 * 1024, ADDRESS_COLUMN = 20, TAGS_COLUMN = 44 };

static int fail(const struct err *err)
{
	output_error(err);
	return 3;
}

static int wrong_use(const char *words)
{
	struct err err;
	(void)err_set(&err, ERR_USAGE, "%s", words);
	return fail(&err);
}

static int load(struct arena *arena, const struct options *options, const struct inventory **out, struct err *err)
{
	if (inventory_load(arena, options, out, err) < 0)
		return -1;
	return *out ? 0
	            : err_set(err, ERR_INVENTORY,
	                      "there is no inventory; give one with --inventory FILE, or write "
	                      "~/.config/fgdiag/inventory.yaml as fgdiag-inventory(5) shows");
}

static int lint(struct arena *arena, const struct options *options)
{
	struct options named = *options;
	const struct inventory *inventory;
	struct buf out;
	struct err err;
	if (options->argument_count > 2 || (options->argument_count == 2 && options->inventory))
		return wrong_use("one inventory at a time");
	if (options->argument_count == 2)
		named.inventory = options->arguments[1];
	if (load(arena, &named, &inventory, &err) < 0)
		return fail(&err);
	buf_init(&out, OUT_BYTES);
	text_add_safe(&out, str_of(inventory->file));
	buf_printf(&out, ": %zu FortiGate%s, %zu serial number%s\n", inventory->device_count,
	           inventory->device_count == 1 ? "" : "s", inventory->serial_count,
	           inventory->serial_count == 1 ? "" : "s");
	int status = output_write(options->output, &out, &err) < 0 ? fail(&err) : 0;
	buf_done(&out);
	return status;
}

/* ---- list ---- */

static const char *joined(struct arena *arena, const struct inventory_list *list)
{
	const char *text = "";
	for (size_t i = 0; i < list->count; i++)
		text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", list->items[i]);
	return text;
}

static void list_text(struct arena *arena, const struct options *options, const struct inventory *inventory,
                      struct buf *out)
{
	struct report_style style = terminal_style(options);
	struct page page;
	page_init(&page, out, style.columns, style.color);
	for (size_t i = 0; i < inventory->device_count; i++) {
		const struct inventory_device *device = &inventory->devices[i];
		if (!inventory_tagged(device, options->tags, options->tag_count))
			continue;
		bool narrow = style.columns < 72;
		page_whole(&page, str_of(device->name));
		page_to(&page, narrow ? 2 : ADDRESS_COLUMN);
		page_whole(&page, str_of(device->address));
		page_to(&page, narrow ? 2 : TAGS_COLUMN);
		page_text(&page, narrow ? 2 : TAGS_COLUMN, str_of(joined(arena, &device->tags)));
		page_line(&page);
	}
	page_done(&page);
}

static json_t *made(json_t *value)
{
	if (!value)
		mem_exhausted();
	return value;
}

static json_t *list_json_of(const struct inventory_list *list)
{
	json_t *array = made(json_array());
	for (size_t i = 0; i < list->count; i++) {
		if (json_array_append_new(array, made(json_string(list->items[i]))))
			mem_exhausted();
	}
	return array;
}

/* Nothing of how somebody logs in. */
static void list_json(const struct options *options, const struct inventory *inventory, struct buf *out)
{
	json_t *all = made(json_array());
	for (size_t i = 0; i < inventory->device_count; i++) {
		const struct inventory_device *device = &inventory->devices[i];
		if (!inventory_tagged(device, options->tags, options->tag_count))
			continue;
		if (json_array_append_new(
		            all, made(json_pack("{s:s, s:o, s:s, s:o, s:o}", "name", device->name, "serials",
		                                list_json_of(&device->serials), "address", device->address, "vdoms",
		                                list_json_of(&device->vdoms), "tags", list_json_of(&device->tags)))))
			mem_exhausted();
	}
	char *text = json_dumps(all, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	if (!text)
		mem_exhausted();
	buf_add_text(out, text);
	buf_add_char(out, '\n');
	free(text);
	json_decref(all);
}

static int list(struct arena *arena, const struct options *options)
{
	const struct inventory *inventory;
	struct buf out;
	struct err err;
	bool json = strcmp(options->format, "json") == 0;
	if (options->argument_count > 1)
		return wrong_use("list takes options only");
	if (!json && strcmp(options->format, "text") != 0)
		return wrong_use("an inventory is listed as text or json");
	if (load(arena, options, &inventory, &err) < 0)
		return fail(&err);
	buf_init(&out, OUT_BYTES);
	if (json)
		list_json(options, inventory, &out);
	else
		list_text(arena, options, inventory, &out);
	int status = output_write(options->output, &out, &err) < 0 ? fail(&err) : 0;
	buf_done(&out);
	return status;
}

int cmd_inventory(struct arena *arena, const struct options *options)
{
	static const struct {
		const char *name;
		int (*run)(struct arena *arena, const struct options *options);
	} verbs[] = {{"lint", lint}, {"list", list}};
	for (size_t i = 0; options->argument_count && i < sizeof verbs / sizeof verbs[0]; i++) {
		if (strcmp(options->arguments[0], verbs[i].name) == 0)
			return verbs[i].run(arena, options);
	}
	return wrong_use("inventory takes lint [FILE] or list; see fgdiag inventory --help");
}
