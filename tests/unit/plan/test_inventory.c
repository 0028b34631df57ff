#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "buf.h"
#include "inventory.h"

#define PIN "SHA256:abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"

static const char whole[] = "defaults:\n"
                            "  user: probe\n"
                            "  identity: /keys/probe\n"
                            "  tags: lab\n"
                            "devices:\n"
                            "  - name: paris\n"
                            "    serial: FGT60FTK00000001\n"
                            "    address: 192.0.2.1:2222\n"
                            "    host-key: " PIN "\n"
                            "    vdoms: [root, PROD]\n"
                            "    tags: [edge, emea]\n"
                            "  - name: lyon\n"
                            "    serial: [FG100FTK00000002, FG100FTK00000003]\n"
                            "    address: '[2001:db8::1]:22'\n"
                            "    user: admin\n"
                            "    password-file: /secrets/lyon\n"
                            "    legacy-algorithms: true\n"
                            "  - name: nice\n"
                            "    address: nice-alias\n";

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct inventory parse(const char *text)
{
	struct inventory inventory;
	struct err err;
	if (inventory_parse(arena, "inv.yaml", str_of(text), &inventory, &err) < 0)
		fail_msg("%s", err.text);
	return inventory;
}

static void every_key_is_taken(void **state)
{
	(void)state;
	struct inventory inventory = parse(whole);
	assert_int_equal(inventory.device_count, 3);
	const struct inventory_device *paris = inventory_find(&inventory, "paris");
	assert_string_equal(paris->address, "192.0.2.1:2222");
	assert_string_equal(paris->user, "probe");
	assert_string_equal(paris->identity.items[0], "/keys/probe");
	assert_string_equal(paris->host_key, PIN);
	assert_int_equal(paris->vdoms.count, 2);
	assert_string_equal(paris->vdoms.items[1], "PROD");
	assert_int_equal(paris->tags.count, 2);
	assert_int_equal(paris->line, 6);
	assert_false(paris->legacy_algorithms);
	const struct inventory_device *lyon = inventory_find(&inventory, "lyon");
	assert_string_equal(lyon->user, "admin");
	assert_string_equal(lyon->password_file, "/secrets/lyon");
	assert_true(lyon->legacy_algorithms);
	assert_int_equal(lyon->serials.count, 2);
	assert_string_equal(lyon->tags.items[0], "lab");
	assert_null(inventory_find(&inventory, "Paris"));
	assert_null(inventory_find(&inventory, ""));
}

static void defaults_hold_wherever_they_stand(void **state)
{
	(void)state;
	struct inventory inventory = parse("devices:\n  - {name: a, address: b}\ndefaults: {user: late}\n");
	assert_string_equal(inventory.devices[0].user, "late");
}

static void nobody_is_in_an_empty_list(void **state)
{
	struct err err;
	(void)state;
	struct inventory inventory = parse("devices: []\n");
	assert_int_equal(inventory.device_count, 0);
	assert_null(inventory_match(&inventory, str_of("FGT60FTK00000001"), str_of("paris"), &err));
}

static void refusals_name_the_place(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
	        {"", "inv.yaml:1:1: the inventory is empty"},
	        {"# nothing\n", "inv.yaml:1:1: the inventory is empty"},
	        {"a: b\n", "inv.yaml:1:1: unknown key 'a'"},
	        {"defaults: {user: a}\n", "the key 'devices' is missing"},
	        {"devices: {}\n", "inv.yaml:1:10: a list is wanted here"},
	        {"devices:\n  - {address: b}\n", "inv.yaml:2:5: the key 'name' is missing"},
	        {"devices:\n  - {name: a}\n", "inv.yaml:2:5: the key 'address' is missing"},
	        {"devices:\n  - {name: a, address: b, password: c}\n", "inv.yaml:2:27: unknown key 'password'"},
	        {"defaults: {address: b}\ndevices: []\n", "inv.yaml:1:12: unknown key 'address'"},
	        {"devices:\n  - {name: a, name: b, address: b}\n", "inv.yaml:2:15: 'name' stands here twice"},
	        {"devices:\n  - {name: a b, address: b}\n", "inv.yaml:2:12: 'a b' is not a name"},
	        {"devices:\n  - {name: -a, address: b}\n", "'-a' is not a name"},
	        {"devices:\n  - {name: a, address: -oProxyCommand=x}\n", "is not an address"},
	        {"devices:\n  - {name: a, address: 'b;c'}\n", "'b;c' is not an address"},
	        {"devices:\n  - {name: a, address: me@b}\n", "'me@b' is not an address"},
	        {"devices:\n  - {name: a, address: ''}\n", "inv.yaml:2:24: the value is empty"},
	        {"devices:\n  - {name: a, address: b, host-key: SHA256:abc}\n", "is not SHA256: and 43 characters"},
	        {"devices:\n  - {name: a, address: b, serial: 'FG 1'}\n", "'FG 1' is not a serial number"},
	        {"devices:\n  - {name: a, address: b, serial: [X1, X1]}\n", "'X1' stands here twice"},
	        {"devices:\n  - {name: a, address: b, vdoms: ['a b']}\n", "'a b' is not the name of a VDOM"},
	        {"devices:\n  - {name: a, address: b, tags: ['a b']}\n", "'a b' is not a tag"},
	        {"devices:\n  - {name: a, address: b, tags: {a: b}}\n", "one value is wanted here"},
	        {"devices:\n  - {name: a, address: b, legacy-algorithms: yes}\n", "'yes' is neither true nor false"},
	        {"devices:\n  - {name: a, address: b}\n  - {name: a, address: c}\n",
	         "inv.yaml:3:1: the name 'a' is that of line 2, too"},
	        {"devices:\n  - {name: b, address: b, serial: X1}\n  - {name: a, address: c, serial: [X2, X1]}\n",
	         "inv.yaml:3:1: the serial 'X1' is that of line 2, too"},
	        {"devices: &a []\n", "anchors are not allowed here"},
	        {"devices: []\n---\ndevices: []\n", "one document is wanted"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct inventory inventory;
		struct err err;
		if (inventory_parse(arena, "inv.yaml", str_of(rows[i].text), &inventory, &err) == 0)
			fail_msg("taken: %s", rows[i].text);
		assert_int_equal(err.kind, ERR_INVENTORY);
		if (!strstr(err.text, rows[i].error))
			fail_msg("%s\nwanted: %s", err.text, rows[i].error);
	}
}

static void too_many_of_a_kind(void **state)
{
	struct inventory inventory;
	struct err err;
	struct buf text;
	(void)state;
	buf_init(&text, 4096);
	buf_add_text(&text, "devices:\n  - {name: a, address: b, tags: [");
	for (unsigned i = 0; i <= INVENTORY_MAX_LIST; i++)
		buf_printf(&text, "t%u,", i);
	buf_add_text(&text, "]}\n");
	assert_int_equal(inventory_parse(arena, "inv.yaml", buf_str(&text), &inventory, &err), -1);
	assert_non_null(strstr(err.text, "at most 64 items"));
	buf_done(&text);
}

static void an_entry_finds_its_device(void **state)
{
	static const struct {
		const char *devid, *devname, *device, *error;
	} rows[] = {
	        {"FGT60FTK00000001", "paris", "paris", NULL},
	        {"FGT60FTK00000001", "renamed", "paris", NULL},
	        {"FG100FTK00000003", "", "lyon", NULL},
	        {"", "lyon", "lyon", NULL},
	        {"FGT60FTK00000009", "nice", "nice", NULL}, /* no serial is known of it */
	        {"FGT60FTK00000009", "paris", NULL, "it may have been replaced"},
	        {"FGT60FTK00000009", "192.0.2.1", NULL,
	         "no FortiGate in inv.yaml has the serial number 'FGT60FTK00000009' or the name '192.0.2.1'"},
	        {"", "", NULL, "says neither devid nor devname"},
	        {"", "nice-alias", NULL, "or the name 'nice-alias'"}, /* an address is no name */
	};
	(void)state;
	struct inventory inventory = parse(whole);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct err err = {0};
		const struct inventory_device *device =
		        inventory_match(&inventory, str_of(rows[i].devid), str_of(rows[i].devname), &err);
		if (rows[i].device) {
			assert_non_null(device);
			assert_string_equal(device->name, rows[i].device);
			continue;
		}
		assert_null(device);
		assert_int_equal(err.kind, ERR_INVENTORY);
		if (!strstr(err.text, rows[i].error))
			fail_msg("%s\nwanted: %s", err.text, rows[i].error);
	}
}

static void long_and_broken_names_match_nothing(void **state)
{
	struct err err;
	char name[200];
	(void)state;
	struct inventory inventory = parse(whole);
	memset(name, 'x', sizeof name);
	assert_null(
	        inventory_match(&inventory, (struct str){name, sizeof name}, (struct str){name, sizeof name}, &err));
	assert_null(inventory_match(&inventory, (struct str){NULL, 0}, (struct str){NULL, 0}, &err));
	assert_null(inventory_match(&inventory, (struct str){"paris\0x", 7}, (struct str){"paris\0x", 7}, &err));
}

static void vdoms_are_those_listed(void **state)
{
	struct err err;
	(void)state;
	struct inventory inventory = parse(whole);
	const struct inventory_device *paris = inventory_find(&inventory, "paris");
	assert_int_equal(inventory_check_vdom(paris, str_of("PROD"), &err), 0);
	assert_int_equal(inventory_check_vdom(paris, str_of(""), &err), 0);
	assert_int_equal(inventory_check_vdom(inventory_find(&inventory, "nice"), str_of("any"), &err), 0);
	assert_int_equal(inventory_check_vdom(paris, str_of("prod"), &err), -1);
	assert_string_equal(err.text, "of paris the inventory has the VDOMs root, PROD, and not 'prod'");
}

static void all_tags_are_wanted(void **state)
{
	static const char *const tags[] = {"edge", "emea", "apac"};
	(void)state;
	struct inventory inventory = parse(whole);
	const struct inventory_device *paris = inventory_find(&inventory, "paris");
	assert_true(inventory_tagged(paris, tags, 0));
	assert_true(inventory_tagged(paris, tags, 2));
	assert_false(inventory_tagged(paris, tags, 3));
	assert_false(inventory_tagged(inventory_find(&inventory, "nice"), tags, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_key_is_taken),
	        cmocka_unit_test(defaults_hold_wherever_they_stand),
	        cmocka_unit_test(nobody_is_in_an_empty_list),
	        cmocka_unit_test(refusals_name_the_place),
	        cmocka_unit_test(too_many_of_a_kind),
	        cmocka_unit_test(an_entry_finds_its_device),
	        cmocka_unit_test(long_and_broken_names_match_nothing),
	        cmocka_unit_test(vdoms_are_those_listed),
	        cmocka_unit_test(all_tags_are_wanted),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
