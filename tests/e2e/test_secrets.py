#!/usr/bin/env python3
"""A canary for a password: wherever it may be looked for, it is not there.

Each way in which fgdiag takes a password meets each way in which a login or a
run can end. The canary, plain and encoded, is searched in all that was printed
and written, in the device's log, in /proc/PID and in the memory of the running
process. There one page may hold it: that of src/link/secret.c, which is left
out of core dumps and wiped at the end.

test_secrets.py --fgdiag PATH --emu PATH [--speed N] [unittest arguments]
"""
import argparse
import base64
import binascii
import glob
import json
import os
import pty
import re
import secrets
import select
import shutil
import signal
import subprocess
import sys
import time
import unittest
import zipfile

import emulator as emu
import test_cli
import test_faults

ARGS = test_cli.ARGS
SANITIZED = False  # by main()
SOURCES = ("fd", "file", "environment", "terminal", "enter")
FROM_ENVIRONMENT = ("environment", "enter")


def needles(canary):
    raw = canary.encode()
    # Within a longer text base64 of it depends on where it begins.
    coded = [base64.b64encode(b"-" * shift + raw)[4 if shift else 0:-4] for shift in range(3)]
    return [raw, raw[::-1], binascii.hexlify(raw), binascii.hexlify(raw).upper(), raw.decode().encode("utf-16-le"),
            raw.swapcase(), *coded]


def found_in(data, canary):
    return [needle for needle in needles(canary) if needle in data]


class Secrets(test_cli.Case):
    def setUp(self):
        super().setUp()
        self.env["SSH_AUTH_SOCK"] = ""
        self.process = self.master = None
        self.canary = "Zx" + secrets.token_hex(12) + "Q"

    def device(self, password, interactive=False):
        login = {"password": password, "interactive": interactive}
        with open(self.path("world.yaml"), "w", encoding="utf-8") as out:
            out.write(test_faults.WORLD + "login: " + json.dumps(login) + "\n")
        return self.start(self.path("world.yaml"))

    def argv(self, device, *more):
        written = [word for kind, name in (("-o", "report"), ("--record", "cast"), ("--pcap", "packets"),
                                       ("--bundle", "bundle.zip"))
                   for word in (kind, self.path(name))]
        return [ARGS.fgdiag, "diagnose", "-v", "-v", "-f", "json", "-d", device.device(), "-F", "none", *written,
                "--host-key", device.ready["fingerprint"], "--time", "60", *test_faults.SHORT, "--set",
                "sniffer.level=6", *more,
                self.entry(self.path("world.yaml"))]

    def probe(self, device):
        return [ARGS.fgdiag, "check", "-d", device.device(), "-F", "none", "--state", self.path("state.json"),
                "--host-key", device.ready["fingerprint"], "-f", "openmetrics", "-o", self.path("report"), "-vvv"]

    def begin(self, source, argv):
        """The running program; what it shows goes to the files out and err."""
        env, options = dict(self.env), {"stdin": subprocess.DEVNULL}
        if source in FROM_ENVIRONMENT or not SANITIZED:
            env["FGDIAG_PASSWORD"] = self.canary  # wherever else it comes from
        if source == "file":
            emu.write_secret(self.path("given"), self.canary)
            argv = [*argv[:-1], "--password-file", self.path("given"), argv[-1]]
        elif source == "fd":
            reader, writer = os.pipe()
            os.write(writer, self.canary.encode() + b"\n")
            os.close(writer)
            self.addCleanup(os.close, reader)
            argv = [*argv[:-1], "--password-fd", str(reader), argv[-1]]
            options["pass_fds"] = (reader,)
        elif source in ("terminal", "enter"):
            return self.begin_at_terminal(argv, env, self.canary if source == "terminal" else "")
        with open(self.path("out"), "wb") as out, open(self.path("err"), "wb") as err:
            process = subprocess.Popen(argv, env=env, stdout=out, stderr=err, **options)
        self.process = process
        return process.pid

    def begin_at_terminal(self, argv, env, typed):
        pid, master = pty.fork()
        if pid == 0:
            os.execve(argv[0], argv, env)
        shown, until = b"", time.monotonic() + 20
        while b"password for" not in shown and time.monotonic() < until:
            if select.select([master], [], [], 0.1)[0]:
                try:
                    shown += os.read(master, 4096)
                except OSError:
                    break
        if b"password for" in shown:
            os.write(master, typed.encode() + b"\n")
        self.master, self.shown = master, shown
        return pid

    def end(self, pid):
        """The exit status, and all that a terminal showed is in the file shown."""
        while self.master is not None:
            try:
                more = os.read(self.master, 4096)
            except OSError:
                more = b""
            self.shown += more
            if not more:
                os.close(self.master)
                self.master = None
                with open(self.path("shown"), "wb") as out:
                    out.write(self.shown)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if self.process:
            self.process.returncode = status
        self.process = None
        return status

    def assert_nowhere(self, source, outcome):
        for folder, _, names in os.walk(self.folder):
            for name in set(names) - {"given", "password", "world.yaml"}:
                with open(os.path.join(folder, name), "rb") as file:
                    self.assertEqual(found_in(file.read(), self.canary), [], (source, outcome, name))
            if "bundle.zip" in names:
                with zipfile.ZipFile(os.path.join(folder, "bundle.zip")) as bundle:
                    for name in bundle.namelist():
                        self.assertEqual(found_in(bundle.read(name), self.canary), [], (source, outcome, name))

    def assert_not_in_process(self, pid, source):
        for name in ("cmdline", "environ"):
            try:
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    self.assertEqual(found_in(file.read(), self.canary), [], (source, name))
            except PermissionError:
                self.assertNotEqual(os.getuid(), 0)
        with open(f"/proc/{pid}/limits", encoding="ascii") as limits:
            self.assertRegex(limits.read(), r"Max core file size +0 +0 ")
        if os.getuid() != 0:
            # Not dumpable: nobody but root may look.
            self.assertRaises(PermissionError, open, f"/proc/{pid}/mem", "rb")
            return
        if source in FROM_ENVIRONMENT and SANITIZED:
            return  # the sanitizer's own start keeps a copy of the environment
        places = [place for place in memory(pid) if found_in(place[2], self.canary)]
        dumped = [place[1] for place in places if not place[3]]
        self.assertEqual(dumped, [], (source, "in what a core would hold"))
        self.assertLessEqual(sum(place[2].count(self.canary.encode()) for place in places), 1, (source, "copies"))

    def run_once(self, source, outcome, interactive=False, argv_of=None):
        wrong = outcome == "wrong"
        device = self.device("other" if wrong else self.canary, interactive)
        argv = (argv_of or self.argv)(device)
        if outcome == "host key":
            argv[argv.index("--host-key") + 1] = "SHA256:" + "A" * 43
        if argv_of and outcome in ("interrupted", "lost"):
            argv[2:2] = ["-t", "300", "--set", "pause=60s"]  # it is not to end before that comes
        pid = self.begin(source, argv)
        if outcome in ("right", "interrupted", "lost"):
            self.assertTrue(device.wait_for("COMMAND", "performance"), (source, outcome))
            self.assert_not_in_process(pid, source)
        if outcome == "interrupted":
            os.kill(pid, signal.SIGINT)
        elif outcome == "lost":
            device.process.kill()
        status = self.end(pid)
        if outcome == "right":
            with open(self.path("shown" if source in ("terminal", "enter") else "err"), "rb") as err:
                self.assertEqual(status, 0, (source, err.read()[-600:]))
        else:
            self.assertEqual(status, 3, (source, outcome))
        tried = [line for line in device.log() if " AUTH " in line]
        self.assertEqual(bool(tried), outcome != "host key", (source, outcome))
        if wrong:
            self.assertEqual(len(tried), 1, "one attempt for one password")
        self.assert_nowhere(source, outcome)
        device.stop()
        for name in os.listdir(self.folder):
            os.unlink(self.path(name))

    def test_nowhere(self):
        for outcome in ("right", "wrong", "host key", "interrupted", "lost"):
            for source in SOURCES:
                if (source, outcome) == ("terminal", "wrong"):
                    continue  # a person is asked again
                if source in ("terminal", "enter") and outcome == "host key":
                    continue  # nothing is asked for at all
                with self.subTest(source=source, outcome=outcome):
                    self.run_once(source, outcome)

    def test_nowhere_in_a_probe_and_what_it_remembers(self):
        self.env["XDG_RUNTIME_DIR"] = self.folder + "-lock"
        self.addCleanup(shutil.rmtree, self.folder + "-lock", True)
        for outcome in ("right", "wrong", "host key", "interrupted", "lost"):
            for source in ("fd", "file", "environment"):
                with self.subTest(source=source, outcome=outcome):
                    self.run_once(source, outcome, argv_of=self.probe)

    def test_nowhere_when_asked_by_keyboard_interactive(self):
        for source in SOURCES:
            for outcome in ("right", "interrupted"):
                with self.subTest(source=source, outcome=outcome):
                    self.run_once(source, outcome, interactive=True)

    def test_no_copy_is_left_when_the_password_was_refused(self):
        if os.getuid() != 0 or SANITIZED:
            self.skipTest("only root may read the memory of a process that is not dumpable; a sanitizer keeps copies")
        for source in ("fd", "file", "environment"):
            with self.subTest(source=source):
                device = self.device("other")
                argv = self.argv(device)
                os.mkfifo(self.path("report"))  # the report is not taken yet
                pid = self.begin(source, argv)
                self.assertTrue(device.wait_for("AUTH", ""), source)
                device.process.kill()
                self.assertTrue(waits(pid), source)
                copies = [(place[1], place[3]) for place in memory(pid) if found_in(place[2], self.canary)]
                self.assertEqual(copies, [], source)
                with open(self.path("report"), "rb") as report:
                    self.assertEqual(found_in(report.read(), self.canary), [], source)
                self.assertEqual(self.end(pid), 3, source)
                for name in os.listdir(self.folder):
                    os.unlink(self.path(name))

    def test_never_on_the_command_line(self):
        for words in (["-d", f"admin:{self.canary}@127.0.0.1"], ["-d", f"admin%3A{self.canary}@127.0.0.1"],
                      ["--password", self.canary], [f"--password={self.canary}"], ["--password-fd", self.canary]):
            done = self.run_fgdiag("diagnose", *words, test_cli.GOOD)
            self.assertEqual(done.returncode, 3, words[0])
            self.assertEqual(found_in(done.stdout + done.stderr, self.canary), [], words[0])

    def test_a_message_of_the_password_file_does_not_quote_it(self):
        for text in (self.canary + "\0", "", self.canary * 1000):
            with open(os.open(self.path("given"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
                out.write(text)
            device = self.device(self.canary)
            done = self.run_fgdiag(*self.argv(device, "--password-file", self.path("given"))[1:])
            self.assertEqual(done.returncode, 3)
            self.assertEqual(found_in(done.stdout + done.stderr, self.canary), [])
            device.stop()


class Payload(test_cli.Case):
    def test_no_report_quotes_the_bytes_of_a_packet(self):
        looked_at = 0
        for path in sorted(glob.glob(os.path.join(emu.ROOT, "tests", "golden", "*.cast"))):
            with open(path, "rb") as file:
                rows = re.findall(rb"0x[0-9a-f]{4}\\t ((?:[0-9a-f]{4} ){4,8})", file.read())
            for form in ("text", "json", "check", "html", "markdown") if rows else ():
                shown = self.run_fgdiag("judge", "-f", form, path).stdout
                self.assertFalse([row for row in rows if row.strip() in shown], (path, form))
                looked_at += len(rows)
        self.assertGreater(looked_at, 100)


def waits(pid):
    """Does the process come to wait for somebody to open its FIFO?"""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with open(f"/proc/{pid}/wchan", encoding="ascii") as wchan, \
                open(f"/proc/{pid}/syscall", encoding="ascii") as call:
            if "fifo" in wchan.read() or call.read().startswith(("257 ", "56 ")):  # openat: x86_64, aarch64
                return True
        time.sleep(0.05)
    return False


def memory(pid):
    """Address, name, bytes and 'not in a core dump' of each mapping that can be read."""
    head = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (r\S+) \S+ \S+ \S+\s*(.*)")
    with open(f"/proc/{pid}/smaps", encoding="utf-8", errors="replace") as smaps, \
            open(f"/proc/{pid}/mem", "rb", 0) as bytes_of:
        mapping = None
        for line in smaps:
            match = head.match(line)
            if match or re.match(r"[0-9a-f]+-", line):
                mapping = match
            elif mapping and line.startswith("VmFlags:"):
                start, stop = int(mapping[1], 16), int(mapping[2], 16)
                # What the sanitizers reserve for themselves is far larger than any program.
                if stop - start > 1 << 32 or mapping[4] in ("[vvar]", "[vsyscall]"):
                    continue
                try:
                    bytes_of.seek(start)
                    yield start, mapping[4] or "anonymous", bytes_of.read(stop - start), " dd" in line
                except OSError:
                    continue


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fgdiag", required=True)
    parser.add_argument("--emu", required=True)
    parser.add_argument("--speed", type=int, default=20)
    _, rest = parser.parse_known_args(namespace=ARGS)
    with open(ARGS.fgdiag, "rb") as program:
        global SANITIZED
        SANITIZED = b"__asan_init" in program.read()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
