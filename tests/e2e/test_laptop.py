#!/usr/bin/env python3
"""What a person at a terminal meets: no argument, help, --explain, colours,
narrow windows, progress and -v.

test_laptop.py --fgdiag PATH --emu PATH [--speed N] [unittest arguments]
"""
import argparse
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
import unittest

import emulator as emu

ARGS = argparse.Namespace(fgdiag=None, emu=None, speed=20)
GOLDEN = os.path.join(emu.ROOT, "tests", "golden", "late-dns.cast")
ENTRY = "type=traffic action=ip-conn proto=17 srcip=192.0.2.10 dstip=198.51.100.53"


class Case(unittest.TestCase):
    def setUp(self):
        scratch = emu.scratch()
        self.folder = scratch.__enter__()
        self.addCleanup(scratch.__exit__, None, None, None)
        self.env = emu.environment(ARGS.speed)

    def run_fgdiag(self, *arguments, **env):
        return subprocess.run([ARGS.fgdiag, *arguments], stdin=subprocess.DEVNULL, env={**self.env, **env},
                              timeout=120, capture_output=True, text=True)

    def at_terminal(self, *arguments, columns=80, shell=None, **env):
        """Exit status and all that a terminal of that width shows."""
        pid, master = pty.fork()
        argv = ["/bin/sh", "-c", shell, ARGS.fgdiag, *arguments] if shell else [ARGS.fgdiag, *arguments]
        if pid == 0:
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            os.execve(argv[0], argv, {**self.env, "TERM": "xterm", **env})
        seen, until = b"", time.monotonic() + 120
        while time.monotonic() < until:
            if not select.select([master], [], [], 1)[0]:
                continue
            try:
                more = os.read(master, 65536)
            except OSError:
                break
            if not more:
                break
            seen += more
        os.close(master)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen.decode().replace("\r\n", "\n")


class Welcome(Case):
    def test_no_argument_explains_in_ten_lines_with_an_example_that_works(self):
        status, seen = self.at_terminal()
        self.assertEqual(status, 3)
        self.assertLessEqual(len([line for line in seen.splitlines() if line]), 10)
        self.assertLessEqual(max(map(len, seen.splitlines())), 80)
        example = re.search(r"^  (fgdiag .*?)\n\n", seen, re.M | re.S).group(1)
        path = f"{os.path.dirname(ARGS.fgdiag)}:{self.env['PATH']}"
        command = example.replace("fgdiag", f'"{ARGS.fgdiag}"', 1)
        done = subprocess.run(["/bin/sh", "-c", command], env={**self.env, "PATH": path}, capture_output=True,
                              text=True, timeout=20)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("What action=ip-conn says", done.stdout)

    def test_a_script_without_arguments_gets_an_error(self):
        done = self.run_fgdiag()
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.assertRegex(done.stderr, r"\Afgdiag: usage: which command\?[^\n]+\n\Z")


class Help(Case):
    def test_no_line_is_wider_than_the_terminal(self):
        for command in ([], ["diagnose"], ["judge"], ["pcap"], ["batch"], ["scan"], ["inventory"]):
            for columns in (40, 64, 80, 120):
                status, seen = self.at_terminal(*command, "--help", columns=columns)
                self.assertEqual(status, 0)
                names = [line for line in seen.splitlines() if len(line) > columns]
                self.assertEqual([line for line in names if not re.match(r" +(-., )?--\S+ \S+$", line)], [], columns)

    def test_versions_of_all_libraries(self):
        needed = subprocess.run(["readelf", "-d", ARGS.fgdiag], capture_output=True, text=True, check=True).stdout
        names = set(re.findall(r"\[lib([a-z]+)[^\]]*\]", needed)) - {"asan", "ubsan", "gcc_s", "m"}
        self.assertIn("ssh", names)
        said = self.run_fgdiag("--version").stdout.lower()
        for name in names:
            word = {"c": "gnu libc", "ssh": "libssh", "yaml": "libyaml", "pcre": "pcre2", "zip": "libzip", "crypt": "libxcrypt",
                    "crypto": "openssl", "z": "zlib"}.get(name, name)
            self.assertRegex(said, rf"\b{word} [0-9]+\.[0-9]+")
        self.assertRegex(said, r"libssh [0-9.]+ with openssl [0-9.]+")


class Explain(Case):
    def test_it_sends_nothing_and_needs_no_device(self):
        done = self.run_fgdiag("diagnose", "--explain", ENTRY)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for part in ("What the entry says", "What will be asked", "What changes by it", "What this cannot decide"):
            self.assertIn(part, done.stdout)

    def test_with_a_dry_run_both_are_shown(self):
        both = self.run_fgdiag("diagnose", "--explain", "-n", ENTRY).stdout
        self.assertEqual(both, self.run_fgdiag("diagnose", "--explain", ENTRY).stdout + "\n" +
                         self.run_fgdiag("diagnose", "-n", ENTRY).stdout)

    def test_narrow_terminals(self):
        for columns in (20, 40):
            seen = self.at_terminal("diagnose", "--explain", ENTRY, columns=columns)[1]
            self.assertEqual([line for line in seen.splitlines() if len(line) > columns], [])


class Colours(Case):
    def is_coloured(self, *arguments, terminal=True, **env):
        if terminal:
            return "\x1b[" in self.at_terminal("judge", *arguments, GOLDEN, **env)[1]
        return "\x1b[" in self.run_fgdiag("judge", *arguments, GOLDEN, **env).stdout

    def test_when(self):
        self.assertTrue(self.is_coloured())
        self.assertFalse(self.is_coloured(TERM="dumb"))
        self.assertFalse(self.is_coloured(NO_COLOR="1"))
        self.assertTrue(self.is_coloured(NO_COLOR=""))
        self.assertFalse(self.is_coloured(NO_COLOR="1", FORCE_COLOR="1"))
        self.assertTrue(self.is_coloured("--color", "always", NO_COLOR="1"))
        self.assertFalse(self.is_coloured("--color=never", FORCE_COLOR="1"))
        self.assertFalse(self.is_coloured(terminal=False))
        self.assertTrue(self.is_coloured(terminal=False, FORCE_COLOR="1"))
        self.assertFalse(self.is_coloured("-o", "/dev/stdout", terminal=False, FORCE_COLOR="1"))

    def test_a_report_fits_a_narrow_terminal(self):
        seen = self.at_terminal("judge", GOLDEN, columns=40, NO_COLOR="1")[1]
        with open(GOLDEN.replace(".cast", ".40.text"), encoding="utf-8") as file:
            self.assertEqual(seen, file.read())

    def test_a_pipe_gets_the_same_as_a_file(self):
        path = os.path.join(self.folder, "report")
        self.run_fgdiag("judge", "-o", path, GOLDEN)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), self.run_fgdiag("judge", GOLDEN).stdout)


class Progress(Case):
    def setUp(self):
        super().setUp()
        self.device = emu.Emulator(ARGS.emu, "no-diagnose", ARGS.speed, self.folder)
        self.addCleanup(self.device.stop)
        entry = emu.fill_entry(emu.world_case(ARGS.emu, "no-diagnose")["entry"].strip())
        self.arguments = ["diagnose", *self.device.login(), "-o", os.path.join(self.folder, "report"), entry]

    def test_quiet_goes_before_verbose(self):
        self.assertEqual(self.run_fgdiag(*self.arguments, "-q", "-vv").stderr, "")

    def test_quiet_into_a_pipe(self):
        done = self.run_fgdiag(*self.arguments)
        self.assertEqual((done.stdout, done.stderr), ("", ""))

    def test_verbose_says_what_the_device_saw(self):
        done = self.run_fgdiag(*self.arguments, "-v")
        self.device.wait_closed()
        sent = [re.sub(r"^sudo \S+ ", "", line) for line in self.device.words("COMMAND")]
        said = re.findall(r"^ *\d+ s  \S+: (\S.*)$", done.stderr, re.M)
        commands = [line for line in sent if not re.match(r"execute ping6?-options|exit|diagnose sys session", line)]
        self.assertTrue(commands)
        for command in commands:
            self.assertTrue(any(command in line for line in said), command)

    def test_the_live_line_stays_within_the_terminal_and_goes(self):
        status, seen = self.at_terminal(*self.arguments, columns=40)
        self.assertIn(status, (0, 1, 2, 3))
        lines = seen.split("\r\x1b[K")
        self.assertGreater(len(lines), 3)
        self.assertEqual([line for line in lines if len(line) > 39], [])
        self.assertEqual(lines[-1], "")

    def test_a_dumb_terminal_gets_no_live_line(self):
        self.assertEqual(self.at_terminal(*self.arguments, TERM="dumb")[1], "")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--fgdiag", required=True, type=os.path.abspath)
    parser.add_argument("--emu", required=True, type=os.path.abspath)
    parser.add_argument("--speed", type=int, default=20)
    parsed, rest = parser.parse_known_args()
    vars(ARGS).update(vars(parsed))
    unittest.main(argv=[sys.argv[0], *rest])
