#!/usr/bin/env python3
"""`fgdiag check` as a scheduler meets it: one line on stdout, an exit status
from 0 to 3, nothing needed from stderr, and a device that is left in peace.

test_check.py --fgdiag PATH --emu PATH [--speed N] [-j N] [unittest arguments]
"""
import argparse
import concurrent.futures
import json
import os
import random
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
import unittest

import emulator as emu
import test_calls
import test_cli

ARGS = test_cli.ARGS
TARGET = "198.51.100.53"
FAULTS = 24  # of some hundred
WORDS = ["OK", "WARNING", "CRITICAL", "UNKNOWN"]
NUMBER = r"-?\d+(?:\.\d+)?"
RANGE = rf"@?(?:(?:~|{NUMBER})?:)?(?:{NUMBER})?"
FIGURE = re.compile(rf"([A-Za-z0-9_.-]+)=(?:U|({NUMBER})(|s|ms|%)(?:;({RANGE}))?(?:;({RANGE}))?(?:;{NUMBER}){{0,2}})")
LABELS = ["loss", "rta", "cpu", "cpu_core_max", "mem", "sessions", "time"]


class Check(test_cli.Case):
    world = "health-quiet"

    def setUp(self):
        super().setUp()
        self.env.update(XDG_STATE_HOME=self.path("state"), XDG_RUNTIME_DIR=self.folder, SSH_AUTH_SOCK="")

    def argv(self, device, *arguments):
        return [ARGS.fgdiag, "check", *device.login(), *arguments]

    def check(self, device, *arguments, **options):
        return self.outcome(self.run_fgdiag(*self.argv(device, *arguments)[1:], **options))

    def outcome(self, done, lines=1):
        """Status word and exit status agree, and the figures are those of the guidelines."""
        text = done.stdout.decode("ascii")
        self.assertEqual(done.stderr, b"", text)
        self.assertIn(done.returncode, range(4), text)
        first = text.split("\n")[0]
        self.assertTrue(text.endswith("\n") and (lines is None or text.count("\n") == lines), text)
        match = re.fullmatch(r"FGDIAG (\w+) - ([^|]+) \|(.*)", first)
        self.assertTrue(match, first)
        self.assertEqual(match.group(1), WORDS[done.returncode])
        self.assertNotIn("|", text[len(first):])
        figures = {}
        for figure in match.group(3).split():
            one = FIGURE.fullmatch(figure)
            self.assertTrue(one, figure)
            figures[one.group(1)] = one
        self.assertEqual(list(figures)[:len(LABELS)], LABELS)
        done.words, done.figures = match.group(2), figures
        return done

    def value(self, done, label):
        return done.figures[label].group(2)

    def state(self, done, state, *words):
        self.assertEqual(WORDS[done.returncode], state, done.stdout)
        for word in words:
            self.assertIn(word, done.words)

    def logins(self, device):
        return len(device.words("AUTH"))


class Line(Check):
    def test_a_quiet_network_is_ok(self):
        device = self.start()
        done = self.check(device, "--target", TARGET)
        self.state(done, "OK", "nothing is wrong")
        self.assertEqual((self.value(done, "loss"), self.value(done, "mem")), ("0", "41.5"))
        self.assertLess(float(self.value(done, "time")), 26)
        self.assertLessEqual(len(done.stdout.split(b"|")[0]), 200)
        self.assert_clean(device)
        sent = device.words("COMMAND")
        self.assertFalse([one for one in sent if "sniffer" in one or "adaptive" in one or "session" in one], sent)
        self.assertEqual(self.logins(device), 1)

    def test_without_a_target_nothing_is_pinged(self):
        device = self.start()
        done = self.check(device)
        self.state(done, "OK")
        self.assertIsNone(self.value(done, "loss"))
        self.assert_clean(device)
        self.assertFalse([one for one in device.words("COMMAND") if "ping" in one])

    def test_more_words_for_each_v(self):
        device = self.start("health-memory")
        lines = []
        for flag in ([], ["-v"], ["-vv"], ["-v", "-v", "-v"]):
            done = self.outcome(self.run_fgdiag(*self.argv(device, *flag)[1:]), None)
            self.state(done, "CRITICAL", "memory")
            lines.append(done.stdout.decode().splitlines())
        self.assertEqual([len(one) for one in lines[:2]], [1, 1])
        self.assertGreater(len(lines[1][0]), len(lines[0][0]))
        self.assertGreater(len(lines[2]), 5)
        self.assertGreater(len(lines[3]), len(lines[2]) + 5)
        self.assertTrue(any(line.startswith("  conserve:") for line in lines[3]), lines[3])

    def test_help_and_version_are_no_sign_of_health(self):
        for word in ("--help", "-h", "--version", "-V"):
            done = self.run_fgdiag("check", word)
            self.assertEqual((done.returncode, done.stderr), (3, b""))
            self.assertTrue(done.stdout)
        self.assertEqual(self.run_fgdiag("diagnose", "--help").returncode, 0)

    def test_the_letters_of_the_guidelines(self):
        device = self.start()
        done = self.run_fgdiag("check", "-H", "127.0.0.1", "-p", device.ready["port"], "-l", device.ready["user"], "-F",
                               "none", "--password-file", device.secret, "--host-key", device.ready["fingerprint"],
                               "-t", "29", "-w", "mem=80", "-c", "mem=90", "-v")
        self.state(self.outcome(done), "OK")
        self.assertEqual(done.figures["mem"].group(4, 5), ("80", "90"))

    def test_wrong_use_is_told_on_stdout(self):
        for arguments, words in (
                (["-H"], "needs a value"), (["entry.log"], "takes options only"), (["--entry", "1"], "has no option"),
                (["-w", "80"], "NAME=RANGE"), (["-w", "memory=80"], "there are loss, rta, cpu, cpu_core_max, mem"),
                (["-c", "mem=20:10"], "start is above its end"), (["-c", "mem=1e3"], "is no range"),
                (["-c", "mem=nan"], "is no range"), (["-w", "mem=1", "-w", "mem=2"], "two ranges"),
                (["-w", "mem=" + "9" * 400], "is no range"), (["-t", "0"], "is not a time"),
                (["-t", "x"], "is not a time"), (["--unreachable-state", "fine"], "is not ok"),
                (["--recover", "3"], "needs --state"), (["--state", "/x", "-o", "/x"], "the same file"),
                (["-p", "65536"], "is not a number from 1 to 65535"), ([], "which FortiGate"),
                (["-H", "a", "-f", "xml"], "is not text"), (["-H", "a", "--playbook", "none"], "playbook"),
                (["-H", "a", "--target", "host"], "is not an IP"), (["-H", "a", "-o", "/none/file"], "/none/file")):
            done = self.outcome(self.run_fgdiag("check", *arguments))
            self.state(done, "UNKNOWN", words)

    def test_a_report_never_takes_the_place_of_the_state(self):
        state = self.path("state-and-output")
        with open(state, "w", encoding="utf-8") as file:
            file.write("kept")
        self.outcome(self.run_fgdiag("check", "-H", "a", "--state", state, "-o", state))
        with open(state, encoding="utf-8") as file:
            self.assertEqual(file.read(), "kept")

    def test_no_device_text_ends_the_line(self):
        world = self.path("world.yaml")
        with open(emu.world_path("health-memory"), encoding="utf-8") as file:
            text = file.read().replace("hostname: FGT-LAB", "hostname: FGT, model: 'A|B %n'")
        with open(world, "w", encoding="utf-8") as file:
            file.write(text)
        device = self.start(world)
        done = self.outcome(self.run_fgdiag(*self.argv(device, "-vvv")[1:]), None)
        self.state(done, "CRITICAL")


class Ranges(Check):
    def test_the_worst_of_verdict_and_ranges(self):
        device = self.start()
        for arguments, state, words in (
                (["-w", "mem=40"], "WARNING", "mem is 41.5%, outside 40."),
                (["-w", "mem=40", "-c", "mem=41:41.4"], "CRITICAL", "mem is 41.5%, outside 41:41.4."),
                (["-w", "mem=@41.5:50"], "WARNING", "mem is 41.5%, inside @41.5:50."),
                (["-w", "mem=~:41.5"], "OK", ""), (["-c", "sessions=1000:"], "CRITICAL", "sessions is 173, outside"),
                (["-c", "loss=50"], "UNKNOWN", "loss was not measured"),
                (["-c", "loss=50", "-w", "mem=40"], "WARNING", "mem is 41.5%, outside 40. loss was not measured"),
                (["-c", "wan1_rx_errors=0"], "UNKNOWN", "wan1_rx_errors was not measured")):
            self.state(self.check(device, *arguments), state, words)

    def test_a_finding_stays_one_whatever_the_ranges(self):
        device = self.start("health-memory")
        done = self.check(device, "-w", "mem=99", "-c", "mem=99.5")
        self.state(done, "CRITICAL")
        self.assertEqual(done.figures["mem"].group(4, 5), ("99", "99.5"))


class Trouble(Check):
    def nobody(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            return closed.getsockname()[1]

    def test_an_unreachable_device_is_what_one_wants_it_to_be(self):
        emu.write_secret(self.path("password"), "any")
        login = ["-H", f"admin@127.0.0.1:{self.nobody()}", "-F", "none", "--password-file", self.path("password")]
        self.state(self.outcome(self.run_fgdiag("check", *login)), "UNKNOWN", "refused")
        for word in ("ok", "warning", "critical", "unknown"):
            done = self.outcome(self.run_fgdiag("check", *login, "--unreachable-state", word, "-c", "mem=90"))
            self.state(done, word.upper(), "cannot connect")
            self.assertNotIn("was not measured, so", done.words)

    def test_a_silent_address_ends_within_the_time(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(1)
            login = ["-H", f"admin@127.0.0.1:{silent.getsockname()[1]}", "-F", "none", "--host-key", "SHA256:" + "A" * 43]
            done = self.outcome(self.run_fgdiag("check", *login, "-t", "4", "--unreachable-state", "critical"))
        self.state(done, "CRITICAL", "while connecting")

    def test_a_wrong_host_key_is_no_unreachable_device(self):
        device = self.start()
        done = self.run_fgdiag("check", *device.login(host_key=False), "--host-key", "SHA256:" + "A" * 43,
                               "--unreachable-state", "ok")
        self.state(self.outcome(done), "UNKNOWN", "host-key")
        self.assertEqual(self.logins(device), 0)

    def test_our_own_deadline_names_the_stage(self):
        world = self.path("world.yaml")
        with open(emu.world_path("health-quiet"), encoding="utf-8") as file:
            text = file.read() + "console: {latency_ms: 12000}\n"
        with open(world, "w", encoding="utf-8") as file:
            file.write(text)
        device = self.start(world)
        done = self.check(device, "-t", "20")
        self.state(done, "UNKNOWN", "during step")
        self.assertLess(float(self.value(done, "time")), 20.5)

    def test_a_report_that_cannot_be_written_is_unknown(self):
        device = self.start()
        os.mkdir(self.path("closed"), 0o700)
        with open("/dev/full", "wb") as full:
            done = self.run_fgdiag(*self.argv(device)[1:], stdout=full, capture_output=False)
        self.assertEqual(done.returncode, 3)


class Signals(Check):
    def interrupted(self, device, when, *arguments):
        process = subprocess.Popen(self.argv(device, "--target", TARGET, *arguments), env=self.env,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        when()
        sent = time.monotonic()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        seconds = (time.monotonic() - sent) * ARGS.speed
        return self.outcome(subprocess.CompletedProcess([], process.returncode, out, err)), seconds

    def test_sigterm_leaves_the_device_clean(self):
        device = self.start()
        done, seconds = self.interrupted(device, lambda: device.wait_for("COMMAND", "execute ping " + TARGET))
        self.state(done, "UNKNOWN", "interrupted by a signal during step ping")
        # A tenth of thirty seconds, and what a busy machine adds on the wall's clock.
        self.assertLess(seconds, 3 + 0.3 * ARGS.speed)
        self.assert_clean(device)

    def test_sigterm_while_the_device_says_nothing(self):
        world = self.path("world.yaml")
        with open(emu.world_path("health-quiet"), encoding="utf-8") as file:
            text = file.read() + "console: {latency_ms: 600000}\n"
        with open(world, "w", encoding="utf-8") as file:
            file.write(text)
        device = self.start(world)
        done, seconds = self.interrupted(device, lambda: device.wait_for("COMMAND", "get system status"))
        self.state(done, "UNKNOWN", "interrupted by a signal during step status")
        self.assertLess(seconds, 3 + 0.3 * ARGS.speed)

    def test_sigterm_before_the_device_was_asked(self):
        os.mkfifo(self.path("fifo"))
        process = subprocess.Popen([ARGS.fgdiag, "check", "-H", "127.0.0.1", "-F", "none", "--password-fd", "0"],
                                   env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with open(f"/proc/{process.pid}/wchan", "rb"):
            time.sleep(0.5)  # it waits for the password
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        self.assertEqual((process.returncode, err), (3, b""))
        self.assertRegex(out.decode(), r"\AFGDIAG UNKNOWN - [^\n]+\n\Z")


class Lock(Check):
    def begin(self, device, *arguments):
        process = subprocess.Popen(self.argv(device, "--target", TARGET, *arguments), env=self.env,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.assertTrue(device.wait_for("COMMAND", "execute ping " + TARGET))
        return process

    def test_a_second_run_leaves_at_once(self):
        device = self.start()
        process = self.begin(device)
        done = self.check(device)
        self.state(done, "UNKNOWN", "busy: another run is asking this device (127.0.0.1 port", "since 20")
        self.state(self.check(device, "-f", "openmetrics", "-o", self.path("x.prom")), "UNKNOWN", "busy")
        self.assertFalse(os.path.exists(self.path("x.prom")))
        other = self.diagnose(device, "-f", "json")
        self.assertEqual((other.returncode, self.report(other)["error"]["kind"]), (3, "busy"))
        self.assertEqual(self.logins(device), 1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.state(self.check(device), "OK")

    def test_other_devices_are_asked_meanwhile(self):
        one = self.start()
        self.begin(one)
        folder = self.path("other")
        os.mkdir(folder)
        other = emu.Emulator(ARGS.emu, self.world, ARGS.speed, folder)
        self.addCleanup(other.stop)
        self.state(self.check(other), "OK")

    def test_a_place_of_others_is_no_place_for_a_lock(self):
        device = self.start()
        os.mkdir(self.path("fgdiag"))
        os.chmod(self.path("fgdiag"), 0o777)
        self.state(self.check(device), "UNKNOWN", "others may write there")
        os.rmdir(self.path("fgdiag"))
        os.symlink("/tmp", self.path("fgdiag"))
        self.state(self.check(device), "UNKNOWN", "no lock in")
        self.assertEqual(device.words("OPEN"), [])


class Refused(Check):
    def states(self):
        return [os.path.join(folder, name) for folder, _, names in os.walk(self.path("state")) for name in names]

    def test_a_refused_login_is_not_tried_again(self):
        device = self.start()
        emu.write_secret(device.secret, "not-the-password")
        self.state(self.check(device), "UNKNOWN", "auth: ")
        tried = self.logins(device)
        opened = len(device.words("OPEN"))
        [path] = self.states()
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        with open(path, "rb") as file:
            kept = file.read()
        for form in (b"not-the-password", b"not-the-password".hex().encode()):
            self.assertNotIn(form, kept)
        for _ in range(3):
            self.state(self.check(device, "--unreachable-state", "ok"), "UNKNOWN", "was refused at 20", "not tried again",
                       path)
        self.assertEqual((self.logins(device), len(device.words("OPEN"))), (tried, opened))
        # The same, however the password comes.
        done = self.run_fgdiag("check", "-H", device.device(), "-F", "none", "--host-key", device.ready["fingerprint"],
                               env={**self.env, "FGDIAG_PASSWORD": "not-the-password"})
        self.state(self.outcome(done), "UNKNOWN", "not tried again")
        emu.write_secret(device.secret, device.ready["password"])
        self.state(self.check(device), "OK")
        self.assertEqual(self.states(), [])
        self.state(self.check(device), "OK")

    def test_another_user_is_another_credential(self):
        device = self.start()
        emu.write_secret(device.secret, "not-the-password")
        self.state(self.check(device), "UNKNOWN")
        tried = self.logins(device)
        self.state(self.check(device, "-l", "somebody"), "UNKNOWN", "as somebody")
        self.assertEqual(self.logins(device), tried + 1)

    def test_with_a_state_file_it_stands_there(self):
        device = self.start()
        emu.write_secret(device.secret, "not-the-password")
        for _ in range(2):
            self.state(self.check(device, "--state", self.path("own.json")), "UNKNOWN", "auth")
        self.assertEqual((self.logins(device), self.states()), (1, []))
        os.unlink(self.path("own.json"))
        self.state(self.check(device, "--state", self.path("own.json")), "UNKNOWN")
        self.assertEqual(self.logins(device), 2)

    def test_an_unreachable_device_refused_nothing(self):
        device = self.start()
        login = self.argv(device)[1:]
        device.stop()
        self.state(self.outcome(self.run_fgdiag(*login)), "UNKNOWN")
        self.assertEqual(self.states(), [])


class State(Check):
    world = "fortios-7.6-ha"

    def kept(self):
        with open(self.path("s.json"), encoding="utf-8") as file:
            return json.load(file)

    def run_state(self, device, *arguments):
        return self.check(device, "--state", self.path("s.json"), *arguments)

    def test_an_alert_ends_late(self):
        device = self.start()
        for arguments, state, words in (
                ([], "OK", ""), (["-w", "mem=40"], "WARNING", "mem is"),
                ([], "WARNING", "Held at warning until 2 runs in a row are better, and this is number 1: it is ok now."),
                (["-w", "mem=40"], "WARNING", "mem is"), ([], "WARNING", "number 1"),
                (["-c", "loss=1"], "UNKNOWN", "not measured"), ([], "OK", ""), ([], "OK", "")):
            self.state(self.run_state(device, *arguments), state, words)
        self.assertEqual(stat.S_IMODE(os.stat(self.path("s.json")).st_mode), 0o600)
        self.state(self.run_state(device, "-c", "mem=40"), "CRITICAL")
        self.state(self.run_state(device, "--recover", "1"), "OK")

    def test_counters_give_rates(self):
        world = self.path("world.yaml")
        with open(emu.world_path(self.world), encoding="utf-8") as file:
            text = file.read().replace("device: {", "device: {rx_errors: 10, ")
        with open(world, "w", encoding="utf-8") as file:
            file.write(text)
        device = self.start(world)
        wanted = ["-c", "wan1_rx_errors=0"]
        self.state(self.run_state(device, *wanted), "UNKNOWN", "no earlier run counted it")
        time.sleep(1.1)
        done = self.run_state(device, *wanted, "--recover", "1")
        self.state(done, "CRITICAL", "wan1_rx_errors is ")
        self.assertGreater(float(self.value(done, "wan1_rx_errors")), 1)
        self.assertEqual(self.value(done, "wan1_tx_errors"), "0")
        # After a restart the counters begin anew.
        kept = self.kept()
        kept["counters"]["wan1_rx_errors"] = 10 ** 9
        with open(self.path("s.json"), "w", encoding="utf-8") as file:
            json.dump(kept, file)
        time.sleep(1.1)
        done = self.run_state(device, *wanted, "--recover", "1")
        self.state(done, "UNKNOWN", "it went down since the last run")
        self.assertIsNone(self.value(done, "wan1_rx_errors"))

    def test_a_damaged_state_is_told_and_never_ok_by_itself(self):
        device = self.start()
        good = {"fgdiag_state": 1, "device": "x", "alert": "critical"}
        for text in ("", "{", "[]", "\0", json.dumps({**good, "fgdiag_state": 2}), json.dumps({**good, "alert": "fine"}),
                     json.dumps({**good, "better": -1}), json.dumps({**good, "at_us": 1e300}), "x" * 70000,
                     json.dumps({**good, "counters": {"a b": 1}}), json.dumps({**good, "refused": {}})):
            with open(self.path("s.json"), "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(self.path("s.json"), 0o600)
            self.state(self.run_state(device), "OK", "begins anew")
            self.assertEqual(self.kept()["fgdiag_state"], 1)

    def test_a_state_that_cannot_be_trusted_asks_nothing(self):
        device = self.start()
        with open(self.path("s.json"), "w", encoding="utf-8") as file:
            json.dump({"fgdiag_state": 1, "device": "elsewhere port 22"}, file)
        self.state(self.run_state(device), "UNKNOWN", "holds the state of another device")
        os.chmod(self.path("s.json"), 0o666)
        self.state(self.run_state(device), "UNKNOWN", "others may write there")
        os.rename(self.path("s.json"), self.path("real.json"))
        os.symlink(self.path("real.json"), self.path("s.json"))
        self.state(self.run_state(device), "UNKNOWN", "is a symbolic link")
        os.unlink(self.path("s.json"))
        os.mkdir(self.path("s.json"))
        self.state(self.run_state(device), "UNKNOWN")
        self.assertEqual(device.words("OPEN"), [])

    def test_a_state_that_cannot_be_written_is_told(self):
        device = self.start()
        self.state(self.check(device, "--state", self.path("none/s.json")), "UNKNOWN", "cannot be remembered")


class Calls(Check):
    """Any one call of the C library may fail: a line all the same, no wrong ok, and
    the state is the old one or the new one."""
    world = "fortios-7.6-ha"

    def one(self, device, fault, state):
        counts = self.path("counts")
        env = {**self.env, "FGDIAG_FAULT_COUNTS": counts}
        if fault:
            env["FGDIAG_FAULT"] = test_calls.numbered(fault)
        argv = [ARGS.failing, *self.argv(device, "--state", state, "--recover", "1")[1:]]
        done = subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        return done, test_calls.read_counts(counts)

    def test_any_one_call_may_fail(self):
        if not ARGS.failing:
            self.skipTest("no --failing PATH")
        device = self.start()
        state = self.path("s.json")
        self.one(device, None, state)
        base, (counts, _) = self.one(device, None, state)
        self.assertEqual(base.returncode, 0, base.stdout)
        faults = list(test_calls.faults_of(counts, sticky=False))
        print(f"calls: {len(faults)} may fail", flush=True)
        for fault in faults if ARGS.all else random.Random(ARGS.seed).sample(faults, FAULTS):
            with self.subTest(fault=fault):
                done, (_, failed) = self.one(device, fault, state)
                self.assertIn(done.returncode, (0, 3), done.stdout)
                whole = re.fullmatch(rb"FGDIAG (OK|UNKNOWN) - [^\n|]+( \|[^\n|]+)?\n", done.stdout)
                self.assertTrue(whole or fault.startswith("write:"), (done.stdout, done.stderr))
                if whole:
                    self.assertEqual(whole.group(1), b"OK" if done.returncode == 0 else b"UNKNOWN", done.stdout)
                if done.returncode == 0:
                    self.assertNotIn(b"mem=U", done.stdout)
                self.assertEqual([name for name in os.listdir(self.folder) if "part" in name], [])
                with open(state, encoding="utf-8") as file:
                    self.assertEqual(json.load(file)["fgdiag_state"], 1)
                self.assertNotIn(b"Sanitizer", done.stderr)
        device.wait_closed()
        self.assertEqual(list(emu.log_troubles(device.log(), True)), [])


class Metrics(Check):
    def valid(self, text):
        self.assertTrue(text.endswith(b"# EOF\n"), text)
        names = [line.split()[2] for line in text.decode().splitlines() if line.startswith("# TYPE")]
        self.assertEqual(len(names), len(set(names)))
        promtool = shutil.which("promtool")
        if promtool:
            done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, timeout=60)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""), text)

    def sample(self, text, name):
        found = [line for line in text.decode().splitlines() if line.startswith(name + "{")]
        return {line.split("{")[1].split("}")[0]: line.split("} ")[1] for line in found}

    def test_promtool_takes_it(self):
        device = self.start()
        done = self.run_fgdiag(*self.argv(device, "-f", "openmetrics", "--target", TARGET)[1:])
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.valid(done.stdout)
        labels = f'device="{device.device().split("@")[1]}",playbook="health"'
        self.assertEqual(self.sample(done.stdout, "fgdiag_success"), {labels: "1"})
        self.assertEqual(self.sample(done.stdout, "fgdiag_memory_usage_ratio"), {labels + ',origin="fortigate"': "0.415"})
        states = self.sample(done.stdout, "fgdiag_verdict")
        self.assertEqual({key.split('verdict="')[1][:-1]: value for key, value in states.items()},
                         {"ok": "1", "warning": "0", "critical": "0", "unknown": "0"})
        self.assertNotIn(TARGET.encode(), done.stdout)

    def test_a_file_for_the_collector_and_a_line_for_the_scheduler(self):
        device = self.start()
        path = self.path("fgt.prom")
        done = self.check(device, "-f", "openmetrics", "-o", path, "-w", "mem=40", umask=0o022)
        self.state(done, "WARNING")
        with open(path, "rb") as file:
            text = file.read()
        self.valid(text)
        self.assertIn(b'verdict="warning"} 1', text)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o644)
        self.assertEqual([name for name in os.listdir(self.folder) if "part" in name], [])
        emu.write_secret(device.secret, "not-the-password")
        self.state(self.check(device, "-f", "openmetrics", "-o", path), "UNKNOWN")
        self.state(self.check(device, "-f", "openmetrics", "-o", path), "UNKNOWN", "not tried again")
        with open(path, "rb") as file:
            text = file.read()
        self.valid(text)
        self.assertEqual(list(self.sample(text, "fgdiag_success").values()), ["0"])
        self.assertEqual(len(self.sample(text, "fgdiag_last_run_timestamp_seconds")), 1)

    def test_the_other_commands_write_it_too(self):
        cast = os.path.join(emu.ROOT, "tests", "golden", "host-loses.cast")
        done = self.run_fgdiag("judge", cast, "-f", "openmetrics")
        self.assertEqual(done.returncode, 2)
        self.valid(done.stdout)
        self.assertIn(b'origin="host"', done.stdout)


def each_test(suite):
    for one in suite:
        yield from each_test(one) if isinstance(one, unittest.TestSuite) else [one]


def run_side_by_side(tests, jobs):
    """A run mostly waits for its device, so several share a core."""
    def run(test):
        result = unittest.TestResult()
        test.run(result)
        return result

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for test, result in zip(tests, pool.map(run, tests)):
            for _, text in result.errors + result.failures:
                failed += 1
                print(f"FAIL: {test.id()}\n{text}", flush=True)
    print(f"check: {len(tests)} tests, {failed} failed")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fgdiag", required=True)
    parser.add_argument("--emu", required=True)
    parser.add_argument("--speed", type=float, default=20)
    parser.add_argument("-j", type=int, default=6, dest="jobs")
    parser.add_argument("--failing", help="a build any one call of which may fail")
    parser.add_argument("--all", action="store_true", help="each call of it, and not some by lot")
    parser.add_argument("--seed", type=int, default=0)
    known, rest = parser.parse_known_args()
    known.fgdiag, known.emu = os.path.abspath(known.fgdiag), os.path.abspath(known.emu)
    known.failing = known.failing and os.path.abspath(known.failing)
    known.speed = int(known.speed) if known.speed == int(known.speed) else known.speed
    vars(ARGS).update(vars(known))
    if rest:
        unittest.main(argv=[sys.argv[0], *rest])
    tests = [test for test in each_test(unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))
             if type(test).__module__ == "__main__"]
    return run_side_by_side(tests, known.jobs)


if __name__ == "__main__":
    sys.exit(main())
