#include <string.h>

#include "commands.h"
#include "inventory_file.h"
#include "json_value.h"
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

static json_t *list_json_of(const struct inventory_list *list)
{
	json_t *array = json_value_made(json_array());
	for (size_t i = 0; i < list->count; i++)
		json_value_add(array, json_value_words(list->items[i]));
	return array;
}

/* Nothing of how somebody logs in. */
static json_t *device_json(const struct inventory_device *device)
{
	json_t *object = json_value_made(json_object());
	json_value_put(object, "name", json_value_words(device->name));
	json_value_put(object, "serials", list_json_of(&device->serials));
	json_value_put(object, "address", json_value_words(device->address));
	json_value_put(object, "vdoms", list_json_of(&device->vdoms));
	json_value_put(object, "tags", list_json_of(&device->tags));
	return object;
}

static void list_json(const struct options *options, const struct inventory *inventory, struct buf *out)
{
	json_t *all = json_value_made(json_array());
	for (size_t i = 0; i < inventory->device_count; i++) {
		if (inventory_tagged(&inventory->devices[i], options->tags, options->tag_count))
			json_value_add(all, device_json(&inventory->devices[i]));
	}
	json_value_print(all, JSON_INDENT(2) | JSON_PRESERVE_ORDER, out);
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
