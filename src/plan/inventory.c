#include "inventory.h"

#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "yaml_doc.h"

enum { SERIAL_MAX = 32, ADDRESS_MAX = 255, TAG_MAX = 64, USER_MAX = 128, PATH_BYTES = 4096 };

struct reading {
	struct inventory *inventory;
	struct inventory_device *device; /* the one that is read: of the defaults, too */
	struct inventory_device defaults;
};

/* ---- values ---- */

static bool is_word(const char *text, const char *more)
{
	for (const char *p = text; *p; p++) {
		bool plain = (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z');
		if (!plain && !strchr(more, *p))
			return false;
	}
	return true;
}

bool inventory_is_pin(const char *text)
{
	static const char start[] = "SHA256:";
	const size_t n = sizeof start - 1;
	return strncmp(text, start, n) == 0 && strlen(text) == n + 43 && is_word(text + n, "+/");
}

/* What OpenSSH would take for an option or somebody else for two words. */
static bool is_address(const char *text)
{
	return strlen(text) <= ADDRESS_MAX && text[0] != '-' && is_word(text, ".:-_%[]");
}

static bool is_name(const char *text)
{
	return strlen(text) <= INVENTORY_MAX_NAME && text[0] != '-' && is_word(text, ".-_");
}

static bool is_serial(const char *text)
{
	return strlen(text) <= SERIAL_MAX && is_word(text, "-_");
}

static bool is_user(const char *text)
{
	return strlen(text) <= USER_MAX;
}

static bool is_path(const char *text)
{
	return strlen(text) < PATH_BYTES;
}

static bool is_tag(const char *text)
{
	return strlen(text) <= TAG_MAX && is_word(text, ".-_:");
}

static bool is_vdom(const char *text)
{
	return command_vdom_ok(str_of(text));
}

/* ---- keys ---- */

static const char *take_checked(struct yaml_doc *doc, yaml_node_t *node, bool (*good)(const char *text),
                                const char *what, struct err *err)
{
	const char *text = yaml_doc_text(doc, node, err);
	if (text && !good(text)) {
		(void)yaml_doc_fail(doc, node, err, "'%.80s' is not %s", text, what);
		return NULL;
	}
	return text;
}

struct list_reading {
	struct inventory_list *list;
	bool (*good)(const char *text);
	const char *what;
};

static int take_item(struct yaml_doc *doc, yaml_node_t *node, void *target, struct err *err)
{
	struct list_reading *reading = target;
	const char *text = take_checked(doc, node, reading->good, reading->what, err);
	if (!text)
		return -1;
	for (size_t i = 0; i < reading->list->count; i++) {
		if (strcmp(reading->list->items[i], text) == 0)
			return yaml_doc_fail(doc, node, err, "'%.80s' stands here twice", text);
	}
	reading->list->items[reading->list->count++] = text;
	return 0;
}

/* One value, or a list of them. */
static int take_list(struct yaml_doc *doc, yaml_node_t *node, struct inventory_list *out,
                     bool (*good)(const char *text), const char *what, struct err *err)
{
	size_t count = node->type == YAML_SEQUENCE_NODE ? yaml_doc_count(node) : 1;
	struct list_reading reading = {out, good, what};
	*out = (struct inventory_list){0};
	if (count > INVENTORY_MAX_LIST)
		return yaml_doc_fail(doc, node, err, "at most %d items are allowed here", INVENTORY_MAX_LIST);
	out->items = ARENA_ARRAY(doc->arena, count + 1, const char *);
	return node->type == YAML_SEQUENCE_NODE ? yaml_doc_list(doc, node, count, take_item, &reading, err)
	                                        : take_item(doc, node, &reading, err);
}

#define TAKE_TEXT(field, good, what)                                                                    \
	static int take_##field(struct yaml_doc *doc, yaml_node_t *node, void *target, struct err *err) \
	{                                                                                               \
		struct reading *reading = target;                                                       \
		reading->device->field = take_checked(doc, node, good, what, err);                      \
		return reading->device->field ? 0 : -1;                                                 \
	}
#define TAKE_LIST(field, good, what)                                                                    \
	static int take_##field(struct yaml_doc *doc, yaml_node_t *node, void *target, struct err *err) \
	{                                                                                               \
		struct reading *reading = target;                                                       \
		return take_list(doc, node, &reading->device->field, good, what, err);                  \
	}

TAKE_TEXT(name, is_name, "a name: letters, digits, '.', '-', '_', 64 at most")
TAKE_TEXT(address, is_address, "an address: HOST, HOST:PORT, [IPV6]:PORT or an alias of ssh's configuration")
TAKE_TEXT(user, is_user, "a user name: it is too long")
TAKE_TEXT(host_key, inventory_is_pin, "SHA256: and 43 characters, as `ssh-keygen -l` prints it")
TAKE_TEXT(password_file, is_path, "a file's path: it is too long")
TAKE_LIST(serials, is_serial, "a serial number as devid has it")
TAKE_LIST(identity, is_path, "a file's path: it is too long")
TAKE_LIST(vdoms, is_vdom, "the name of a VDOM")
TAKE_LIST(tags, is_tag, "a tag: letters, digits, '.', '-', '_', ':', 64 at most")

static int take_legacy(struct yaml_doc *doc, yaml_node_t *node, void *target, struct err *err)
{
	struct reading *reading = target;
	const char *text = yaml_doc_text(doc, node, err);
	if (!text)
		return -1;
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return yaml_doc_fail(doc, node, err, "'%.80s' is neither true nor false", text);
	reading->device->legacy_algorithms = strcmp(text, "true") == 0;
	return 0;
}

static const struct yaml_key device_keys[] = {
        {"name", true, take_name},
        {"serial", false, take_serials},
        {"address", true, take_address},
        {"user", false, take_user},
        {"identity", false, take_identity},
        {"host-key", false, take_host_key},
        {"password-file", false, take_password_file},
        {"vdoms", false, take_vdoms},
        {"tags", false, take_tags},
        {"legacy-algorithms", false, take_legacy},
};

static const struct yaml_key default_keys[] = {
        {"user", false, take_user},
        {"identity", false, take_identity},
        {"password-file", false, take_password_file},
        {"tags", false, take_tags},
        {"legacy-algorithms", false, take_legacy},
};

static int take_device(struct yaml_doc *doc, yaml_node_t *node, void *target, struct err *err)
{
	struct reading *reading = target;
	reading->device = &reading->inventory->devices[reading->inventory->device_count];
	*reading->device = reading->defaults;
	reading->device->line = (unsigned)node->start_mark.line + 1;
	if (yaml_doc_map(doc, node, device_keys, sizeof device_keys / sizeof device_keys[0], reading, err) < 0)
		return -1;
	reading->inventory->device_count++;
	return 0;
}

/* The defaults hold for every device, wherever they stand in the file. */
static int take_defaults(struct yaml_doc *doc, yaml_node_t *key, yaml_node_t *value, void *target, struct err *err)
{
	struct reading *reading = target;
	if (strcmp((const char *)key->data.scalar.value, "defaults") != 0)
		return 0;
	reading->device = &reading->defaults;
	return yaml_doc_map(doc, value, default_keys, sizeof default_keys / sizeof default_keys[0], reading, err);
}

static int take_nothing(struct yaml_doc *doc, yaml_node_t *node, void *target, struct err *err)
{
	(void)doc;
	(void)node;
	(void)target;
	(void)err;
	return 0;
}

static int take_devices(struct yaml_doc *doc, yaml_node_t *node, void *target, struct err *err)
{
	struct reading *reading = target;
	reading->inventory->devices = ARENA_ARRAY(doc->arena, yaml_doc_count(node) + 1, struct inventory_device);
	return yaml_doc_list(doc, node, INVENTORY_MAX_DEVICES, take_device, reading, err);
}

static const struct yaml_key top_keys[] = {
        {"defaults", false, take_nothing},
        {"devices", true, take_devices},
};

/* ---- look-up ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct inventory_key *)a)->text, ((const struct inventory_key *)b)->text);
}

static const struct inventory_key *look_up(const struct inventory_key *keys, size_t count, const char *text)
{
	const struct inventory_key wanted = {.text = text};
	return count ? bsearch(&wanted, keys, count, sizeof *keys, by_text) : NULL;
}

static int sort_keys(const struct inventory *inventory, struct inventory_key *keys, size_t count, const char *what,
                     struct err *err)
{
	if (count)
		qsort(keys, count, sizeof *keys, by_text);
	for (size_t i = 1; i < count; i++) {
		if (strcmp(keys[i - 1].text, keys[i].text) != 0)
			continue;
		unsigned a = inventory->devices[keys[i - 1].device].line, b = inventory->devices[keys[i].device].line;
		return err_set(err, ERR_INVENTORY, "%.200s:%u:1: the %s '%s' is that of line %u, too", inventory->file,
		               a < b ? b : a, what, keys[i].text, a < b ? a : b);
	}
	return 0;
}

static int make_index(struct arena *arena, struct inventory *inventory, struct err *err)
{
	size_t n = 0;
	for (size_t i = 0; i < inventory->device_count; i++)
		n += inventory->devices[i].serials.count;
	inventory->names = ARENA_ARRAY(arena, inventory->device_count + 1, struct inventory_key);
	inventory->serials = ARENA_ARRAY(arena, n + 1, struct inventory_key);
	for (size_t i = 0; i < inventory->device_count; i++) {
		const struct inventory_device *device = &inventory->devices[i];
		inventory->names[i] = (struct inventory_key){device->name, i};
		for (size_t k = 0; k < device->serials.count; k++)
			inventory->serials[inventory->serial_count++] =
			        (struct inventory_key){device->serials.items[k], i};
	}
	if (sort_keys(inventory, inventory->names, inventory->device_count, "name", err) < 0)
		return -1;
	return sort_keys(inventory, inventory->serials, inventory->serial_count, "serial", err);
}

int inventory_parse(struct arena *arena, const char *file, struct str text, struct inventory *out, struct err *err)
{
	static const struct yaml_kind kind = {"an inventory", "the inventory", INVENTORY_MAX_BYTES, ERR_INVENTORY};
	struct inventory inventory = {.file = file};
	struct reading reading = {.inventory = &inventory};
	struct yaml_doc doc;
	if (yaml_doc_load(arena, &kind, file, text, &doc, err) < 0)
		return -1;
	int rc = yaml_doc_each(&doc, yaml_doc_root(&doc), take_defaults, &reading, err);
	if (rc == 0)
		rc = yaml_doc_map(&doc, yaml_doc_root(&doc), top_keys, sizeof top_keys / sizeof top_keys[0], &reading,
		                  err);
	yaml_doc_done(&doc);
	if (rc < 0 || make_index(arena, &inventory, err) < 0)
		return -1;
	*out = inventory;
	return 0;
}

/* ---- questions ---- */

const struct inventory_device *inventory_find(const struct inventory *inventory, const char *name)
{
	const struct inventory_key *key = look_up(inventory->names, inventory->device_count, name);
	return key ? &inventory->devices[key->device] : NULL;
}

/* A copy that ends with NUL, "" for what no key can be. */
static const char *key_of(struct str text, char out[static INVENTORY_MAX_NAME + 1])
{
	bool fits = text.n && text.n <= INVENTORY_MAX_NAME && !memchr(text.p, '\0', text.n);
	size_t n = fits ? text.n : 0;
	if (fits)
		memcpy(out, text.p, n);
	out[n] = '\0';
	return out;
}

const struct inventory_device *inventory_match(const struct inventory *inventory, struct str devid, struct str devname,
                                               struct err *err)
{
	char text[INVENTORY_MAX_NAME + 1];
	const struct inventory_key *key = look_up(inventory->serials, inventory->serial_count, key_of(devid, text));
	if (key)
		return &inventory->devices[key->device];
	const struct inventory_device *device = inventory_find(inventory, key_of(devname, text));
	if (device && devid.n && device->serials.count) {
		(void)err_set(
		        err, ERR_INVENTORY,
		        "the entry is of a FortiGate %.40s with the serial number %.*s, which is not that of %.40s in "
		        "%.200s:%u: it may have been replaced",
		        device->name, (int)(devid.n < 40 ? devid.n : 40), devid.p, device->name, inventory->file,
		        device->line);
		return NULL;
	}
	if (device)
		return device;
	if (devid.n == 0 && devname.n == 0)
		(void)err_set(
		        err, ERR_INVENTORY,
		        "the entry says neither devid nor devname, so no FortiGate of the inventory is its own; give "
		        "one with -d");
	else
		(void)err_set(
		        err, ERR_INVENTORY,
		        "no FortiGate in %.200s has the serial number '%.*s' or the name '%.*s'; no address of a log "
		        "is ever connected to",
		        inventory->file, (int)(devid.n < 40 ? devid.n : 40), devid.n ? devid.p : "",
		        (int)(devname.n < 64 ? devname.n : 64), devname.n ? devname.p : "");
	return NULL;
}

int inventory_check_vdom(const struct inventory_device *device, struct str vdom, struct err *err)
{
	char list[200] = "";
	size_t n = 0;
	if (device->vdoms.count == 0 || vdom.n == 0)
		return 0;
	for (size_t i = 0; i < device->vdoms.count; i++) {
		const char *one = device->vdoms.items[i];
		if (str_is(vdom, one))
			return 0;
		if (n + strlen(one) + 3 < sizeof list) {
			memcpy(list + n, i ? ", " : "", i ? 2 : 0);
			n += i ? 2 : 0;
			memcpy(list + n, one, strlen(one) + 1);
			n += strlen(one);
		}
	}
	return err_set(err, ERR_INVENTORY, "of %.64s the inventory has the VDOMs %s, and not '%.*s'", device->name,
	               list, (int)(vdom.n < 40 ? vdom.n : 40), vdom.p);
}

bool inventory_tagged(const struct inventory_device *device, const char *const *tags, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool found = false;
		for (size_t k = 0; k < device->tags.count && !found; k++)
			found = strcmp(device->tags.items[k], tags[i]) == 0;
		if (!found)
			return false;
	}
	return true;
}
