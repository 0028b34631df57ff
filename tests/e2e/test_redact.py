#!/usr/bin/env python3
"""Redaction with canaries: names, numbers and addresses that a world, its entry
and its administrator have stand nowhere in what --redact prints and writes;
the key file leads back.

test_redact.py --fgdiag PATH --emu PATH [--speed N] [unittest arguments]
"""
import json
import os
import re
import stat
import zipfile

import emulator as emu
import test_cli

ARGS = test_cli.ARGS

NAMES = ["kanarie-gw7", "kanarie-peer", "KANARIEVD", "kanarie.adm", "kanarie-pc", "kanarieuser", "kanariecorp",
         "srv.kanarie.example", "FGT61FTK99887766", "FGT61FTK99887755", "Kanarie Group"]
ADDRESSES = ["10.77.8.9", "203.0.113.222", "198.51.100.80", "192.168.99.3"]
MACS = ["00:09:0f:c4:4a:31", "00-09-0F-C4-4A-31", "00090fc44a31"]
FORMATS = ["text", "json", "check", "openmetrics", "html", "markdown"]

WORLD = """
device: {hostname: kanarie-gw7, serial: FGT61FTK99887766, vdoms: [KANARIEVD],
  ha_mode: a-p, ha_role: Primary, ha_peer: {serial: FGT61FTK99887755, hostname: kanarie-peer}}
login: {user: kanarie.adm}
network:
  wan: wan1
  address: 203.0.113.222
  flows:
    - {client: 10.77.8.9, sport: 40001, server: 198.51.100.80, port: 443, proto: tcp, inside: internal, outside: wan1,
       period: 3, legs: AB, answer: none, retries: [1, 3], snat: {address: 203.0.113.222}}
ping: {rtt_ms: 4.2}
"""
ENTRY = ('date={date} time={time} devname="kanarie-gw7" devid="FGT61FTK99887766" eventtime={eventtime} tz="{tz}" '
         'logid="0000000011" type="traffic" subtype="forward" level="warning" vd="KANARIEVD" srcip=10.77.8.9 '
         'srcport=40001 srcintf="internal" dstip=198.51.100.80 dstport=443 dstintf="wan1" sessionid=6250861 proto=6 '
         'action="ip-conn" policyid=20 service="HTTPS" trandisp="snat" transip=203.0.113.222 transport=40001 '
         'srcname="kanarie-pc" user="kanariecorp\\\\kanarieuser" group="Kanarie Group" srcmac="00:09:0f:c4:4a:31" '
         'mastersrcmac="00-09-0F-C4-4A-31" hostname="srv.kanarie.example" duration=180 sentbyte=61 rcvdbyte=0')


def rows_of_hex(text):
    return [line for line in text.splitlines() if re.match(r"(\\r|\s)*0x[0-9a-f]{4}", line)]


class Redact(test_cli.Case):
    def setUp(self):
        super().setUp()
        with open(self.path("world.yaml"), "w", encoding="utf-8") as out:
            out.write(WORLD)
        self.secrets = NAMES + ADDRESSES + MACS

    def live(self, *arguments):
        device = self.start(self.path("world.yaml"))
        try:
            return self.run_fgdiag("diagnose", *device.login(), "-q", *arguments, emu.fill_entry(ENTRY))
        finally:
            device.stop()

    def expect_none(self, data, where):
        text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
        for secret in self.secrets:
            # Whole words: 10.77.8.9 is not 10.77.8.95, but also not in another case.
            found = re.search(r"(?<![0-9A-Za-z])" + re.escape(secret) + r"(?![0-9A-Za-z])", text, re.IGNORECASE)
            self.assertIsNone(found, f"{secret} in {where}: {text[max(0, found.start() - 80):found.end() + 80]}"
                              if found else "")

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def test_a_run_and_its_record(self):
        key, record = self.path("key.json"), self.path("run.cast")
        done = self.live("--redact-key", key, "--record", record, "-f", "json", "--set", "sniffer.level=6")
        self.assertEqual(done.returncode, 2, done.stderr)
        report = json.loads(done.stdout)
        self.expect_none(done.stdout, "the JSON report")
        self.expect_none(self.read("run.cast"), "the record")
        events = [json.loads(line) for line in self.read("run.cast").decode().splitlines()[1:]]
        printed = "".join(event[2] for event in events if event[1] == "o")
        self.expect_none(printed, "the record's output")
        self.assertEqual(rows_of_hex(printed), [])
        self.assertIn("(rows of hex left out)", printed)
        # Private stays private, the model is known, names are numbers.
        self.assertRegex(report["entry"]["srcip"], r"^10\.")
        self.assertRegex(report["device"]["serial"], r"^FGT61FREDACT\d{4}$")
        self.assertRegex(report["device"]["hostname"], r"^host-\d+$")
        self.assertRegex(report["target"]["vdom"], r"^vdom-\d+$")
        self.assertEqual(report["entry"]["srcmac"], report["entry"]["mastersrcmac"].replace("-", ":").lower())

        # Judged again it says the same or less, redacted as it is.
        again = self.run_fgdiag("judge", "-f", "json", record)
        self.assertIn(again.returncode, (2, 3), again.stderr)
        self.expect_none(again.stdout, "the record's report")
        self.assertEqual(json.loads(again.stdout)["device"]["hostname"], report["device"]["hostname"])

        # The key file: ours alone, and it leads back.
        self.assertEqual(stat.S_IMODE(os.stat(key).st_mode), 0o600)
        with open(self.path("report.json"), "wb") as out:
            out.write(done.stdout)
        back = self.run_fgdiag("unredact", "--redact-key", key, self.path("report.json"))
        self.assertEqual(back.returncode, 0, back.stderr)
        for secret in ("kanarie-gw7", "KANARIEVD", "FGT61FTK99887766", "10.77.8.9", "198.51.100.80",
                       "00-09-0f-c4-4a-31", "Kanarie Group"):
            self.assertIn(secret.lower(), back.stdout.decode().lower())
        restored = json.loads(back.stdout.replace(b"kanariecorp\\kanarieuser", b"u"))
        self.assertEqual(restored["entry"]["srcip"], "10.77.8.9")

        # The same names with the same key, from the record's original too.
        second = self.live("--redact-key", key, "--record", self.path("second.cast"), "-f", "json")
        for part in ("device", "target"):
            for name, value in report[part].items():
                if name != "address":  # the port is another one
                    self.assertEqual(json.loads(second.stdout)[part][name], value)

    def test_the_same_run_in_every_format(self):
        record = self.path("true.cast")
        done = self.live("--record", record, "-f", "check", "--set", "sniffer.level=6")
        with self.assertRaises(AssertionError):
            self.expect_none(self.read("true.cast"), "the true record")
        self.assertTrue(rows_of_hex("".join(
            json.loads(line)[2] for line in self.read("true.cast").decode().splitlines()[1:])))
        for form in FORMATS:
            for columns in ("40", "80"):
                shown = self.run_fgdiag("judge", "--redact", "-f", form, record, env={**self.env, "COLUMNS": columns})
                self.assertEqual(shown.returncode, done.returncode, shown.stderr)
                self.expect_none(shown.stdout, form)
                self.expect_none(shown.stderr, "stderr")
        # Without a key file each run has a key of its own.
        one, other = (self.run_fgdiag("judge", "--redact", "-f", "json", record).stdout for _ in range(2))
        self.assertNotEqual(json.loads(one)["target"]["ip"], json.loads(other)["target"]["ip"])

    def test_the_bundle(self):
        key, live, again = (self.path(name) for name in ("key.json", "live.zip", "again.zip"))
        done = self.live("--redact-key", key, "--bundle", live, "-f", "check", "--set", "sniffer.level=6", "--payload")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.expect_none(done.stdout, "the line")
        self.expect_none(self.read("live.zip"), "the archive itself")
        with zipfile.ZipFile(live) as bundle:
            names = set(bundle.namelist())
            members = {name: bundle.read(name) for name in names}
        for name, data in members.items():
            self.expect_none(data, name)
            self.assertEqual(rows_of_hex(data.decode()), [], name)
        self.assertEqual(names, {"report.txt", "report.md", "report.html", "report.json", "transcript.cast", "entry.log",
                                 "playbook.yaml", "versions.txt", "MANIFEST.sha256"})
        self.assertEqual(json.loads(members["report.json"])["verdict"]["status"], "critical")
        # Whoever gets it can judge it, and may then hear less.
        judged = self.run_fgdiag("judge", "-f", "json", "--bundle", again, live)
        self.assertIn(judged.returncode, (2, 3), judged.stderr)
        self.expect_none(judged.stdout, "the bundle's report")
        self.expect_none(self.read("again.zip"), "the second archive")

    def test_a_login_that_fails(self):
        device = self.start(self.path("world.yaml"))
        emu.write_secret(device.secret, "wrong")
        done = self.run_fgdiag("diagnose", *device.login(), "-q", "--redact", "-f", "json", emu.fill_entry(ENTRY))
        self.assertEqual(done.returncode, 3)
        self.assertEqual(json.loads(done.stdout)["error"]["kind"], "auth")
        self.expect_none(done.stdout, "the report of a failure")

    def test_a_name_that_only_the_ssh_configuration_knows(self):
        with open(self.path("config"), "w", encoding="utf-8") as out:
            out.write("Host fw\n  HostName deep.kanarie.invalid\n  User kanarie.adm\n  HostKeyAlias kanarie-alias\n")
        self.secrets = [*self.secrets, "deep.kanarie.invalid", "kanarie-alias"]
        arguments = ["diagnose", "-q", "-d", "fw", "-F", self.path("config"), "-f", "json",
                     "--password-file", self.path("password"), emu.fill_entry(ENTRY)]
        emu.write_secret(self.path("password"), "x")
        done = self.run_fgdiag(*arguments)
        self.assertIn("deep.kanarie.invalid", json.loads(done.stdout)["error"]["message"])
        record = self.path("failed.cast")
        done = self.run_fgdiag(*arguments, "--redact", "--record", record)
        self.assertEqual(json.loads(done.stdout)["error"]["kind"], "connect")
        self.expect_none(done.stdout, "the report")
        self.expect_none(self.read("failed.cast"), "the record")

    def test_what_is_refused(self):
        key = self.path("key.json")
        for arguments, words in (
                (("--redact", "--pcap", self.path("x.pcapng")), "cannot be redacted"),
                (("--redact", "--dry-run"), "leave out --redact"),
                (("--redact", "--explain"), "leave out --redact"),
                (("--redact-key", "-"), "not to stdout"),
                (("--redact-key", key, "-o", key), "same file"),
                (("--redact-key", key, "--record", key), "same file"),
                (("--redact-key", key, "--bundle", key), "same file")):
            done = self.run_fgdiag("diagnose", "-d", "x@127.0.0.1:1", "-F", "none", *arguments, emu.fill_entry(ENTRY))
            self.assertEqual(done.returncode, 3)
            self.assertIn(words, done.stderr.decode())
        for text, mode, words in (("{}", 0o600, "no key file"), ("x", 0o600, "no key file"), ("{}", 0o644, "chmod 600"),
                                  ('{"form":"fgdiag/redaction-key/1","key":"%s","pairs":[{}]}' % ("00" * 16), 0o600,
                                   "damaged")):
            with open(key, "w", encoding="utf-8") as out:
                out.write(text)
            os.chmod(key, mode)
            for command in (("judge", "-"), ("unredact", "-")):
                done = self.run_fgdiag(command[0], "--redact-key", key, command[1])
                self.assertEqual(done.returncode, 3)
                self.assertEqual(done.stdout, b"")
                self.assertIn(words, done.stderr.decode())
        self.assertIn("needs --redact-key", self.run_fgdiag("unredact", "-").stderr.decode())
        self.assertIn("no such file",
                      self.run_fgdiag("unredact", "--redact-key", self.path("none"), "-").stderr.decode())


if __name__ == "__main__":
    test_cli.main()
