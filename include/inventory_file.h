#ifndef FGDIAG_INVENTORY_FILE_H
#define FGDIAG_INVENTORY_FILE_H

#include "device.h"
#include "err.h"
#include "inventory.h"
#include "options.h"

/* The inventory of the command line, and its devices as ones to log in to. */

/* --inventory, else inventory.yaml in the folder of $XDG_CONFIG_HOME (or
 * ~/.config), where a missing one is none: *out stays NULL. ERR_INVENTORY:
 * cannot be read, may be written by others, is no inventory. */
int inventory_load(struct arena *arena, const struct options *options, const struct inventory **out, struct err *err);

/* A device of the inventory as one to log in to, under its name there. */
int inventory_device_make(struct arena *arena, const struct options *options, const struct inventory_device *device,
                          const char *vdom, struct device *out, struct err *err);

/* The device that -d names where the inventory has it under that name, else
 * what the options say as they stand. ERR_INVENTORY: this VDOM ("" not known) is
 * none of those that may be asked there. */
int inventory_device_parse(struct arena *arena, const struct options *options, const char *vdom, struct device *out,
                           struct err *err);

#endif
