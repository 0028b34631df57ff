#!/usr/bin/env python3
"""The inventory: from an entry to its device, and to no other.

test_inventory.py --fgdiag PATH --emu PATH [--speed N] [unittest arguments]
"""
import json
import os
import re

import test_cli

ARGS = test_cli.ARGS
SERIAL = "FGT60FTK00000001"


class Inventory(test_cli.Case):
    world = "healthy"

    def setUp(self):
        super().setUp()
        self.env["XDG_CONFIG_HOME"] = self.path("config")

    def inventory(self, text, path=None, mode=0o600):
        path = path or self.path("inventory.yaml")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def of(self, device, name="FGT-LAB", serial=SERIAL, more=""):
        return (f"devices:\n  - name: {name}\n    serial: {serial}\n    address: 127.0.0.1:{device.ready['port']}\n"
                f"    user: {device.ready['user']}\n    host-key: {device.ready['fingerprint']}\n"
                f"    password-file: {device.secret}\n    tags: [lab, edge]\n{more}")

    def run_with(self, path, *arguments):
        return self.run_fgdiag("diagnose", "-q", "-F", "none", "--inventory", path, "-f", "json", *arguments)

    def assert_refused(self, done, *words):
        report = self.report(done)
        self.assertEqual(done.returncode, 3)
        self.assertEqual(report["error"]["kind"], "inventory", report["error"])
        for word in words:
            self.assertIn(word, report["error"]["message"])

    def test_an_entry_finds_its_device(self):
        device = self.start()
        for name, serial in (("another-name", SERIAL), ("FGT-LAB", "[]")):
            path = self.inventory(self.of(device, name, serial))
            done = self.run_with(path, self.entry())
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(self.report(done)["device"]["address"], name)
        self.assert_clean(device)

    def test_the_default_place(self):
        device = self.start()
        self.inventory(self.of(device), self.path("config/fgdiag/inventory.yaml"))
        done = self.run_fgdiag("diagnose", "-q", "-F", "none", self.entry())
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_who_is_not_there_is_refused_by_name(self):
        device = self.start()
        path = self.inventory(self.of(device, "lyon", "FG100FTK00000002"))
        self.assert_refused(self.run_with(path, self.entry()), SERIAL, "FGT-LAB", "no address of a log")
        path = self.inventory(self.of(device, "FGT-LAB", "FG100FTK00000002"))
        self.assert_refused(self.run_with(path, self.entry()), SERIAL, "may have been replaced")
        entry = re.sub(r' dev(?:name|id)="[^"]*"', "", self.entry())
        self.assert_refused(self.run_with(path, entry), "neither devid nor devname")
        entry = self.entry().replace('devname="FGT-LAB"', 'devname="127.0.0.1"')
        self.assert_refused(self.run_with(path, entry), "127.0.0.1")
        self.assertEqual(device.words("OPEN"), [])

    def test_only_the_vdoms_that_are_listed(self):
        device = self.start()
        path = self.inventory(self.of(device, more="    vdoms: [PROD, DMZ]\n"))
        for arguments in ((), ("-d", "FGT-LAB")):
            self.assert_refused(self.run_with(path, *arguments, self.entry()), "PROD, DMZ, and not 'root'")
        done = self.run_fgdiag("check", "-F", "none", "--inventory", path, "-H", "FGT-LAB", "--vdom", "root")
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"PROD, DMZ, and not 'root'", done.stdout)
        self.assertEqual(device.words("OPEN"), [])
        path = self.inventory(self.of(device, more="    vdoms: [root]\n"))
        self.assertEqual(self.run_with(path, self.entry()).returncode, 0)

    def test_a_device_by_its_name(self):
        device = self.start()
        path = self.inventory(self.of(device, "lyon", "FG100FTK00000002"))
        done = self.run_with(path, "-d", "lyon", self.entry())
        self.assertEqual(self.report(done)["device"]["serial"], SERIAL)
        done = self.run_fgdiag("check", "-F", "none", "--inventory", path, "-H", "lyon",
                               env={**self.env, "XDG_STATE_HOME": self.path("state")})
        self.assertNotIn(b"inventory", done.stdout)
        self.assertRegex(done.stdout, rb"cpu=\d")
        self.assertEqual(done.stderr, b"")

    def test_one_that_others_may_write_is_refused(self):
        device = self.start()
        path = self.inventory(self.of(device), mode=0o622)
        self.assert_refused(self.run_with(path, self.entry()), "chmod go-w")
        self.assert_refused(self.run_with(self.path("none.yaml"), self.entry()), "No such file")

    def test_a_broken_one_is_in_nobody_s_way_who_needs_none(self):
        device = self.start()
        self.inventory("devices: no\n", self.path("config/fgdiag/inventory.yaml"))
        done = self.run_fgdiag("diagnose", "-q", *device.login(), self.entry())
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.run_fgdiag("diagnose", "-q", "-d", "lyon", self.entry())
        self.assertIn(b"inventory.yaml:1:10", done.stderr)

    def test_lint_and_list(self):
        device = self.start()
        path = self.inventory(self.of(device) + "  - {name: lyon, address: lyon-alias}\n")
        done = self.run_fgdiag("inventory", "lint", path)
        self.assertEqual((done.returncode, done.stdout.decode()),
                         (0, f"{path}: 2 FortiGates, 1 serial number\n"))
        done = self.run_fgdiag("inventory", "list", "--inventory", path, "-f", "json")
        rows = json.loads(done.stdout)
        self.assertEqual([row["name"] for row in rows], ["FGT-LAB", "lyon"])
        self.assertEqual(rows[0]["serials"], [SERIAL])
        self.assertNotIn(device.secret.encode(), done.stdout)
        done = self.run_fgdiag("inventory", "list", "--inventory", path, "--tag", "lab", "--tag", "edge",
                               env={**self.env, "COLUMNS": "40"})
        self.assertEqual(done.stdout.decode().split()[0], "FGT-LAB")
        self.assertNotIn(b"lyon", done.stdout)
        self.assertLessEqual(max(map(len, done.stdout.decode().splitlines())), 40)
        done = self.run_fgdiag("inventory", "list", "--inventory", path, "--tag", "apac")
        self.assertEqual((done.returncode, done.stdout), (0, b""))

    def test_wrong_use(self):
        broken = self.inventory("devices:\n  - {name: a, adress: b}\n")
        for arguments, words in ((["lint", broken], f"{broken}:2:15: unknown key 'adress'"),
                                 (["lint"], "there is no inventory"), (["list"], "there is no inventory"),
                                 (["lint", broken, broken], "one inventory"), ([], "lint [FILE] or list"),
                                 (["show"], "lint [FILE] or list"), (["list", "x"], "options only"),
                                 (["list", "-f", "html", "--inventory", broken], "text or json")):
            done = self.run_fgdiag("inventory", *arguments)
            self.assertEqual(done.returncode, 3)
            self.assertEqual(done.stdout, b"")
            self.assertIn(words, done.stderr.decode())


if __name__ == "__main__":
    test_cli.main()
