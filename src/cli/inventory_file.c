#include "inventory_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "input.h"

static const char *default_path(struct arena *arena)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	if (config && config[0] == '/')
		return arena_printf(arena, "%s/fgdiag/inventory.yaml", config);
	return home && home[0] == '/' ? arena_printf(arena, "%s/.config/fgdiag/inventory.yaml", home) : NULL;
}

int inventory_load(struct arena *arena, const struct options *options, const struct inventory **out, struct err *err)
{
	const char *path = options->inventory ? options->inventory : default_path(arena);
	struct inventory *inventory = ARENA_NEW(arena, struct inventory);
	struct str text;
	*out = NULL;
	if (!path || (!options->inventory && access(path, F_OK) != 0))
		return 0;
	if (input_trusted(arena, path, INVENTORY_MAX_BYTES, ERR_INVENTORY, &text, err) < 0 ||
	    inventory_parse(arena, path, text, inventory, err) < 0)
		return -1;
	*out = inventory;
	return 0;
}

/* "~/" is the user's own folder: no shell has seen this path. */
static const char *path_of(struct arena *arena, const char *path)
{
	const char *home = getenv("HOME");
	return path && path[0] == '~' && path[1] == '/' && home ? arena_printf(arena, "%s%s", home, path + 1) : path;
}

static void add_identities(struct arena *arena, const struct inventory_list *files, struct options *options)
{
	options->identities = ARENA_ARRAY(arena, files->count + 1, const char *);
	options->identity_count = options->identity_capacity = files->count;
	for (size_t i = 0; i < files->count; i++)
		options->identities[i] = path_of(arena, files->items[i]);
}

/* The options with the device's own in place of what is not given there. */
static const struct options *options_of(struct arena *arena, const struct options *options,
                                        const struct inventory_device *device)
{
	struct options *own = ARENA_NEW(arena, struct options);
	*own = *options;
	own->device = device->address;
	if (!own->user)
		own->user = device->user;
	if (!own->host_key)
		own->host_key = device->host_key;
	if (own->identity_count == 0)
		add_identities(arena, &device->identity, own);
	if (!own->password_file && own->password_fd < 0)
		own->password_file = path_of(arena, device->password_file);
	own->legacy_algorithms = own->legacy_algorithms || device->legacy_algorithms;
	return own;
}

int inventory_device_make(struct arena *arena, const struct options *options, const struct inventory_device *device,
                          const char *vdom, struct device *out, struct err *err)
{
	if (inventory_check_vdom(device, str_of(vdom), err) < 0 ||
	    device_parse(arena, options_of(arena, options, device), out, err) < 0)
		return -1;
	out->name = device->name;
	return 0;
}

int inventory_device_parse(struct arena *arena, const struct options *options, const char *vdom, struct device *out,
                           struct err *err)
{
	const struct inventory *inventory = NULL;
	/* What is no name needs no inventory, and none that is broken is in its way. */
	bool is_name = options->device && !strpbrk(options->device, "@:[");
	if ((is_name || options->inventory) && inventory_load(arena, options, &inventory, err) < 0)
		return -1;
	const struct inventory_device *device =
	        is_name && inventory ? inventory_find(inventory, options->device) : NULL;
	return device ? inventory_device_make(arena, options, device, vdom, out, err)
	              : device_parse(arena, options, out, err);
}
