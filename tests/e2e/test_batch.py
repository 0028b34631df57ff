#!/usr/bin/env python3
"""Many entries, many devices: batch, and check over a fleet.

test_batch.py --fgdiag PATH --emu PATH [--speed N] [unittest arguments]
"""
import contextlib
import functools
import json
import os
import random
import re
import signal
import socket
import subprocess
import tempfile
import time

import jsonschema

import emulator as emu
import relay
import test_cli
import test_faults

ARGS = test_cli.ARGS
TIME_S = 60  # of each run, in its own seconds
QUICK = ["--time", str(TIME_S), *test_faults.SHORT, "--set", "sniffer.time=8s"]
WORLDS = ("no-diagnose", "read-only", "forced-password", "admin-limit", "renamed", "banners", "one-session",
          "black-hole", "server-silent", "long-name", "fortios-5.6", "vdom-admin-other")
KINDS = tuple(relay.HARM)
FLEET, OF_A_WORLD, OF_A_KIND = 200, 3, 5


def address(number):
    """Of the number-th device of an emulator of many."""
    return f"127.0.{(number + 1) // 256}.{(number + 1) % 256}"


class Fleet(test_cli.Case):
    world = "healthy"
    most_speed = 100

    def setUp(self):
        super().setUp()
        self.speed = min(ARGS.speed, self.most_speed)
        self.env["FGDIAG_CLOCK_SPEED"] = str(self.speed)
        self.env.update(XDG_CONFIG_HOME=self.path("config"), XDG_STATE_HOME=self.path("state"), SSH_AUTH_SOCK="")
        self.rows, self.lines = [], []
        self.quick = self.path("quick.yaml")
        with open(self.quick, "w", encoding="utf-8") as file:
            # Answered so fast that a capture hardly ever begins between a request and its reply.
            file.write(test_faults.WORLD.replace("period: 1, rtt_ms: 12", "period: 1, rtt_ms: 0.2"))

    def emulator(self, world, devices=1):
        folder = tempfile.mkdtemp(dir=self.folder)
        device = emu.Emulator(ARGS.emu, self.world_of(world), self.speed, folder, "--devices", str(devices))
        self.addCleanup(device.stop)
        return device

    def world_of(self, name):
        return self.quick if name == "healthy" else name

    def add(self, name, device, host="127.0.0.1", port=None, world="healthy", tags="all"):
        """A row of the inventory, and an entry of the device of that name."""
        self.rows.append(f"  - name: {name}\n    address: {host}:{port or device.ready['port']}\n"
                         f"    user: {device.ready['user']}\n    password-file: {device.secret}\n"
                         f"    host-key: {device.ready['fingerprint']}\n    tags: [{tags}]\n")
        self.lines.append(self.line(name, world))

    @functools.lru_cache(maxsize=None)
    def entry_without_devid(self, world):
        return re.sub(r' devid="[^"]*"', "", self.entry(self.world_of(world)).replace("\n", " "))

    def line(self, name, world="healthy"):
        entry = self.entry_without_devid(world)
        return re.sub(r'devname="[^"]*"', f'devname="{name}"', entry)

    def inventory(self):
        path = self.path("inventory.yaml")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write("devices:\n" + "".join(self.rows))
        return path

    def log(self, lines=None):
        with open(self.path("today.log"), "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in (lines or self.lines))
        return self.path("today.log")

    def batch(self, *arguments, quick=True, **options):
        return self.run_fgdiag("batch", "-F", "none", "--inventory", self.inventory(), *(QUICK if quick else []),
                               *arguments, **options)

    def results(self, text):
        found = [json.loads(line) for line in text.splitlines()]
        schemas = []
        for name in ("batch.schema.json", "report.schema.json"):
            with open(os.path.join(emu.ROOT, "doc", name), encoding="utf-8") as file:
                schemas.append(jsonschema.Draft202012Validator(json.load(file)))
        for result in found:
            schemas[0].validate(result)
            schemas[1].validate(result["report"])
        return found


class Batch(Fleet):
    def test_many_entries_of_one_problem_are_one_diagnosis(self):
        device = self.emulator("healthy", 2)
        for i in range(2):
            self.add(f"fgt{i}", device, address(i))
        log = self.log(self.lines * 3 + ["date=2026-01-01 time=00:00:00 garbage", self.lines[0].replace("=53 ", "=54 ")])
        done = self.batch(log)
        results = self.results(done.stdout)
        # Nothing was to be seen at the port that nobody asks for.
        self.assertEqual([result["report"]["verdict"]["status"] for result in results if result["group"]["port"] == 54],
                         ["unknown"])
        self.assertEqual(done.returncode, 3)
        self.assertEqual(sorted((result["device"], result["group"]["port"], result["group"]["entries"])
                                for result in results), [("fgt0", 53, 3), ("fgt0", 54, 1), ("fgt1", 53, 3)])
        first = next(result for result in results if result["group"]["entries"] == 3)
        with open(log, "rb") as file:
            for place in first["group"]["places"]:
                file.seek(place["offset"])
                self.assertIn(f'devname="{first["device"]}"'.encode(), file.readline())
        self.assertEqual(first["report"]["verdict"]["status"], "ok")
        self.assertIn(b"3 results for 7 entries on 2 FortiGates", b" ".join(done.stderr.split()))
        device.wait_closed()
        self.assertEqual(list(emu.log_troubles(device.log())), [])

    def test_one_run_at_a_time_on_a_device(self):
        device = self.emulator("healthy")
        self.add("fgt", device)
        log = self.log([self.lines[0].replace("dstport=53", f"dstport={port}") for port in range(53, 57)])
        done = self.batch("--parallel", "4", log)
        self.assertEqual(len(self.results(done.stdout)), 4, done.stderr)
        opened = most = 0
        for line in device.log():
            opened += {"OPEN": 1, "CLOSE": -1}.get(line.split(" ")[1], 0)
            most = max(most, opened)
        self.assertLessEqual(most, 3)  # of one run

    def test_so_many_an_hour(self):
        device = self.emulator("healthy")
        self.add("fgt", device)
        log = self.log([self.lines[0].replace("dstport=53", f"dstport={port}") for port in range(53, 56)])
        process = subprocess.Popen([ARGS.fgdiag, "batch", "-F", "none", "--inventory", self.inventory(), *QUICK,
                                    "--per-device", "2", "--resume", self.path("results"), log],
                                   env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        until = time.monotonic() + 60
        while time.monotonic() < until and self.count(self.path("results")) < 2:
            time.sleep(0.05)
        time.sleep(1)
        self.assertIsNone(process.poll())
        self.assertEqual(self.count(self.path("results")), 2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 3, err)
        self.assertIn(b"1 group has no result", b" ".join(out.split()))

    def count(self, path):
        with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
            return file.read().count(b"\n")
        return 0

    def test_resume_repeats_nothing_that_is_done(self):
        device = self.emulator("healthy", 3)
        for i in range(3):
            self.add(f"fgt{i}", device, address(i))
        log, kept = self.log(), self.path("results.ndjson")
        done = self.batch("--resume", kept, log)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"3 results", done.stdout)
        with open(kept, "rb") as file:
            lines = file.read().splitlines(keepends=True)
        self.assertEqual(os.stat(kept).st_mode & 0o777, 0o600)
        # The second was interrupted, and of the third a part is there.
        second = json.loads(lines[1])
        second["report"]["error"] = {"kind": "interrupted", "message": "by a signal", "step": None}
        with open(kept, "wb") as file:
            file.write(lines[0] + json.dumps(second).encode() + b"\n" + lines[2][:-30])
        done = self.batch("--resume", kept, log)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"2 results", done.stdout)
        self.assertIn(b"1 group had a result before: ok at worst", done.stdout)
        with open(kept, "rb") as file:
            results = self.results(file.read())
        self.assertEqual(len(results), 4)
        last = {result["key"]: result for result in results}
        self.assertEqual([result["report"]["error"] for result in last.values()], [None] * 3)
        done = self.batch("--resume", kept, log)
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"0 results", done.stdout)
        # What was found before is no better for not being done again.
        with open(kept, "rb") as file:
            text = file.read()
        with open(kept, "wb") as file:
            file.write(text.replace(b'"status":"ok"', b'"status":"critical"', 1))
        done = self.batch("--resume", kept, log)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"3 groups had a result before: critical at worst", done.stdout)
        with open(kept, "wb") as file:
            file.write(text.replace(b'"status":"ok"', b'"status":"fine"', 1))
        self.assertEqual(self.batch("--resume", kept, log).returncode, 3)

    def test_a_line_that_cannot_be_read_is_no_ok(self):
        device = self.emulator("healthy")
        self.add("fgt", device)
        done = self.batch(self.log([*self.lines, 'date=2026-01-01 type="traffic" action="ip-conn" srcip=1.2.3.999']))
        self.assertEqual([result["report"]["verdict"]["status"] for result in self.results(done.stdout)], ["ok"])
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"1 line says ip-conn and could not be read", b" ".join(done.stderr.split()))

    def test_a_device_that_says_nothing_is_waited_for_once(self):
        device = self.emulator("healthy")
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self.add("silent", device, port=silent.getsockname()[1])
            log = self.log([self.lines[0].replace("dstport=53", f"dstport={port}") for port in range(53, 57)])
            done = self.batch(log)
            silent.setblocking(False)
            silent.accept()[0].close()
            self.assertRaises(BlockingIOError, silent.accept)
        errors = [result["report"]["error"] for result in self.results(done.stdout)]
        self.assertEqual([error["kind"] for error in errors], ["timeout"] * 4)
        self.assertEqual(sum("not tried" in error["message"] for error in errors), 3)

    def test_only_the_vdoms_that_are_listed(self):
        device = self.emulator("healthy")
        self.add("fgt", device)
        self.rows[-1] += "    vdoms: [PROD]\n"
        for arguments in ((), ("-d", "fgt")):
            results = self.results(self.batch(*arguments, self.log()).stdout)
            self.assertEqual([result["report"]["error"]["kind"] for result in results], ["inventory"])
            self.assertEqual([result["device"] for result in results], ["fgt"])
        self.assertEqual(device.words("OPEN"), [])

    def test_who_is_not_there_is_refused_and_the_others_go_on(self):
        device = self.emulator("healthy")
        self.add("fgt", device)
        stranger = self.line("stranger").replace('devname="stranger"', 'devname="stranger" devid="FGT60FTK00000077"')
        done = self.batch(self.log([*self.lines, stranger]))
        by_device = {result["device"]: result for result in self.results(done.stdout)}
        self.assertEqual(by_device["fgt"]["report"]["verdict"]["status"], "ok")
        error = by_device[None]["report"]["error"]
        self.assertEqual(error["kind"], "inventory")
        self.assertIn("FGT60FTK00000077", error["message"])
        self.assertEqual(done.returncode, 3)

    def test_a_refused_login_is_not_tried_again(self):
        device = self.emulator("healthy")
        emu.write_secret(device.secret, "wrong")
        self.add("fgt", device)
        log = self.log([self.lines[0].replace("dstport=53", f"dstport={port}") for port in range(53, 58)])
        done = self.batch(log)
        kinds = [result["report"]["error"]["kind"] for result in self.results(done.stdout)]
        self.assertEqual(kinds, ["auth"] * 5)
        self.assertEqual(device.words("AUTH"), ["password denied"])

    def test_text_and_one_device_by_option(self):
        device = self.emulator("healthy")
        self.add("fgt", device)
        log = self.log()
        done = self.run_fgdiag("batch", *device.login(), *QUICK, "-f", "text", "-o", self.path("out"), log)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.path("out"), encoding="utf-8") as file:
            self.assertRegex(file.read(), r"\AOK \S+/root -> 198\.51\.100\.53 udp/53 \(1 entry\): [^\n]+\n\Z")
        self.assertIn(b"1 result", done.stdout)
        log = self.log([self.line("one"), self.line("two")])
        done = self.run_fgdiag("batch", *device.login(), log)
        self.assertEqual((done.returncode, done.stdout), (3, b""))
        self.assertRegex(done.stderr, rb"of several \((one, two|two, one)\)")

    def test_wrong_use(self):
        log = self.log(["nothing here"])
        foreign = self.path("foreign")
        with open(foreign, "w", encoding="utf-8") as file:
            file.write("my notes\n")
        inventory = ["--inventory", self.inventory()]
        self.rows.append("  - {name: a, address: b}\n")
        for arguments, words in (([], "which logs?"), ([log], "which FortiGates?"),
                                 (["-f", "html", log], "json, a line each, or text"),
                                 (["--resume", foreign, "-f", "text", log], "which it reads again"),
                                 (["--resume", foreign, "-o", "x", log], "no place beside it"),
                                 (["--target", "1.2.3.4", log], "has no option"), (["--vdom", "x", log], "has no option"),
                                 (["--host-key", "x", log], "of one device"),
                                 (["--since", "yesterday", log], "'yesterday' is neither"),
                                 (["--parallel", "0", log], "1 to 4096"), (["--inventory", log, log], "today.log:1"),
                                 ([*["--inventory", self.inventory()], "--resume", foreign, log], "foreign:1: no result")):
            done = self.run_fgdiag("batch", *arguments)
            self.assertEqual((done.returncode, done.stdout), (3, b""), arguments)
            self.assertIn(words, done.stderr.decode(), arguments)
        with open(foreign, encoding="utf-8") as file:
            self.assertEqual(file.read(), "my notes\n")
        done = self.run_fgdiag("batch", *inventory, self.path("none.log"))
        self.assertIn(b"none.log: No such file", done.stderr)
        self.assertEqual(done.returncode, 3)

    def test_a_signal_ends_it_in_good_order(self):
        device = self.emulator("healthy", 4)
        for i in range(4):
            self.add(f"fgt{i}", device, address(i))
        process = subprocess.Popen([ARGS.fgdiag, "batch", "-q", "-F", "none", "--inventory", self.inventory(),
                                    "--parallel", "2", self.log()], env=self.env, stdout=subprocess.PIPE)
        self.assertTrue(device.wait_for("COMMAND", "diagnose sniffer"))
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 3)
        results = self.results(out)
        self.assertEqual([result["report"]["error"]["kind"] for result in results], ["interrupted"] * 2)
        device.wait_closed()
        self.assertEqual(list(emu.log_troubles(device.log())), [])


class Probes(Fleet):
    world = "health-quiet"

    def check(self, *arguments):
        return self.run_fgdiag("check", "-F", "none", "--inventory", self.inventory(), "-t", "60", *arguments)

    def test_a_fleet_by_tag_in_one_file_of_metrics(self):
        quiet, full = self.emulator("health-quiet", 3), self.emulator("health-memory")
        for i in range(3):
            self.add(f"quiet{i}", quiet, address(i), tags="lab, edge")
        self.add("full", full, tags="edge")
        done = self.check("--tag", "lab")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, rb"\AFGDIAG OK - all 3 FortiGates are ok \| devices=3;;;0 ok=3;;;0 [^\n]*\n\Z")
        self.assertEqual(done.stderr, b"")
        metrics = self.path("fgdiag.prom")
        done = self.check("--tag", "edge", "-f", "openmetrics", "-o", metrics, "-v")
        self.assertIn(done.returncode, (1, 2))
        lines = done.stdout.decode().splitlines()
        self.assertRegex(lines[0], r"1 of 4 FortiGates are not ok: full (warning|critical) \|")
        self.assertEqual(len(lines), 2)
        with open(metrics, encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(len(re.findall(r"^fgdiag_success\{", text, re.M)), 4)
        families = re.findall(r"^# TYPE (\S+)", text, re.M)
        self.assertEqual(len(families), len(set(families)))
        self.assertEqual(subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True,
                                        check=False).returncode, 0)

    def test_who_is_not_reached_is_unknown_and_the_others_are_told(self):
        device = self.emulator("health-quiet")
        self.add("here", device)
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        self.add("gone", device, port=port)
        done = self.check("-vv")
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"1 of 2 FortiGates are not ok: gone unknown", done.stdout)
        self.assertRegex(done.stdout, rb"\nhere ok: ")
        self.assertRegex(done.stdout, rb"\ngone unknown: cannot connect to 127.0.0.1 port \d+")

    def test_wrong_use_is_told_on_stdout(self):
        self.rows.append("  - {name: a, address: b, tags: c}\n")
        for arguments, words in ((["--tag", "x"], b"no FortiGate in"), (["--state", "x"], b"--state is of one device"),
                                 (["--host-key", "x"], b"--host-key is of one device"),
                                 (["-f", "html"], b"-f check or openmetrics"), (["--tag", "c", "-H", "a"], b"-H names one"), (["-w", "x"], b"NAME=RANGE")):
            done = self.check(*arguments)
            self.assertEqual((done.returncode, done.stderr), (3, b""))
            self.assertIn(words, done.stdout)
        done = self.run_fgdiag("check", "--tag", "x")
        self.assertIn(b"--tag wants an inventory", done.stdout)


class Isolation(Fleet):
    """Every fault there is among the devices: the others do not notice."""
    most_speed = 2  # what a busy machine delays is that much longer in the runs' own time

    def alone(self):
        device = self.emulator("healthy")
        self.add("alone", device)
        done = self.run_fgdiag("diagnose", "-q", "-F", "none", "--inventory", self.inventory(), *QUICK, "-f", "json",
                               self.lines.pop())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.rows.pop()
        return self.judged(json.loads(done.stdout))

    def judged(self, report):
        """What was judged, without what was measured in between."""
        checks = [{key: check[key] for key in ("id", "state", "certainty", "rule")} for check in report["checks"]]
        verdict = {key: report["verdict"][key] for key in ("status", "cause", "where", "certainty", "summary")}
        return json.dumps([verdict, checks], sort_keys=True)

    def add_faults(self, stack):
        healthy = self.emulator("healthy", len(KINDS) * OF_A_KIND)
        rng = random.Random(7)
        number = 0
        for kind in KINDS:
            for _ in range(OF_A_KIND):
                fault = relay.Fault(kind, rng.choice(relay.DIRECTIONS), rng.randrange(200, 9000), rng.randrange(2))
                way = stack.enter_context(relay.Relay(int(healthy.ready["port"]), fault, address(number)))
                self.add(f"{kind}-{number}", healthy, port=way.port)
                number += 1
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.add("silent", healthy, port=silent.getsockname()[1])
        with socket.create_server(("127.0.0.1", 0)) as closed:
            self.add("closed", healthy, port=closed.getsockname()[1])
        self.add("another-key", self.emulator("hardened"), world="hardened")
        self.rows[-1] = re.sub(r"host-key: .*", f"host-key: {healthy.ready['fingerprint']}", self.rows[-1])

    def test_two_hundred_with_every_fault(self):
        alone = self.alone()
        with contextlib.ExitStack() as stack:
            self.add_faults(stack)
            for world in WORLDS:
                device = self.emulator(world, OF_A_WORLD)
                for i in range(OF_A_WORLD):
                    self.add(f"{world}-{i}", device, address(i), world=world)
            count = FLEET - len(self.rows)
            healthy = self.emulator("healthy", count)  # the last: its clock and ours begin together
            for i in range(count):
                self.add(f"healthy-{i}", healthy, address(i))
            log = self.log()
            began = time.monotonic()
            done = self.batch("--parallel", str(FLEET), log)
            took_s = (time.monotonic() - began) * self.speed
        results = {result["device"]: result["report"] for result in self.results(done.stdout)}
        self.assertEqual(len(results), FLEET, done.stderr[-600:])
        others = [name for name, report in results.items()
                  if name.startswith("healthy-") and self.judged(report) != alone]
        self.assertEqual([self.judged(results[name]) for name in others[:1]], [alone] * len(others[:1]), others)
        self.assertLessEqual(took_s, 1.2 * TIME_S)
        for name, report in results.items():
            if name.split("-")[0] in KINDS or name in ("silent", "closed", "another-key"):
                self.assertIn(report["verdict"]["status"] if report["verdict"] else "unknown", ("ok", "unknown"), name)
        for name in ("silent", "closed"):
            self.assertEqual(results[name]["error"]["kind"], "timeout" if name == "silent" else "connect")
        self.assertEqual(results["another-key"]["error"]["kind"], "host-key")
        healthy.wait_closed()
        self.assertEqual(list(emu.log_troubles(healthy.log())), [])
        print(f"isolation: {FLEET} devices, {count} healthy as alone, {took_s:.0f} s of {TIME_S} s a run")


if __name__ == "__main__":
    test_cli.main()
