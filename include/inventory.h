#ifndef FGDIAG_INVENTORY_H
#define FGDIAG_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "err.h"
#include "text.h"

/* Which FortiGates there are and how to log in to them: the only way from a log
 * entry to an address, since what a log says is nobody's word. */

#define INVENTORY_MAX_BYTES ((size_t)8 * 1024 * 1024)
enum { INVENTORY_MAX_DEVICES = 10000, INVENTORY_MAX_LIST = 64, INVENTORY_MAX_NAME = 64 };

struct inventory_list {
	const char **items;
	size_t count;
};

struct inventory_device {
	const char *name;               /* the hostname that its entries have as devname */
	struct inventory_list serials;  /* devid; more than one of a cluster */
	const char *address;            /* HOST[:PORT], or an alias of ssh's configuration */
	const char *user;               /* NULL: as ssh's configuration or the command line has it */
	struct inventory_list identity; /* key files */
	const char *host_key;           /* pin, or NULL */
	const char *password_file;      /* NULL none */
	struct inventory_list vdoms;    /* those that may be asked; none: all */
	struct inventory_list tags;
	bool legacy_algorithms;
	unsigned line; /* where it stands, from 1 */
};

struct inventory_key {
	const char *text;
	size_t device;
};

struct inventory {
	const char *file;
	struct inventory_device *devices; /* in the order of the file */
	size_t device_count;
	struct inventory_key *names, *serials; /* sorted */
	size_t serial_count;
};

/* YAML; what it gives lives in the arena. ERR_INVENTORY with
 * file:line:column: an unknown or repeated key, a name or serial that stands
 * there twice, a value that cannot be. */
int inventory_parse(struct arena *arena, const char *file, struct str text, struct inventory *out, struct err *err);

/* By name; NULL for none. */
const struct inventory_device *inventory_find(const struct inventory *inventory, const char *name);

/* An entry's device: by devid, then by devname (either may be empty). NULL with
 * ERR_INVENTORY: there is none, or the two are of different devices. */
const struct inventory_device *inventory_match(const struct inventory *inventory, struct str devid, struct str devname,
                                               struct err *err);

/* May this VDOM be asked? ERR_INVENTORY names those that may. */
int inventory_check_vdom(const struct inventory_device *device, struct str vdom, struct err *err);

/* Has it all of these tags? */
bool inventory_tagged(const struct inventory_device *device, const char *const *tags, size_t count);

/* "SHA256:" and 43 characters, as ssh-keygen -l prints it? */
bool inventory_is_pin(const char *text);

#endif
