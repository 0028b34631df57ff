#!/usr/bin/env python3
"""The machine around the program: outputs that are full, closed or broken,
limits, odd environments, a wall clock that jumps, a terminal.

test_surroundings.py --fgdiag PATH --emu PATH [--speed N] [unittest arguments]
"""
import argparse
import fcntl
import json
import os
import pty
import resource
import select
import shutil
import signal
import stat
import subprocess
import sys
import termios
import time
import unittest

import emulator as emu
import test_cli
import test_faults
import test_pcap

ARGS = test_cli.ARGS
GOLDEN = os.path.join(emu.ROOT, "tests", "golden")
CAST = os.path.join(GOLDEN, "late-dns.cast")
OLD = b"what was there before\n"


class Place(test_cli.Case):
    def setUp(self):
        super().setUp()
        self.dump = self.keep("dump", test_pcap.capture(count=40)[0])
        self.long_dump = self.keep("long", test_pcap.capture(count=4000)[0])
        self.writers = {
            "judge": ["judge", "-f", "json", "-o", "OUT", CAST],
            "judge-pcap": ["judge", "--pcap", "OUT", os.path.join(GOLDEN, "data-lost-inside.cast")],
            "read": ["read", "sniffer", "-o", "OUT", self.dump],
            "pcap": ["pcap", "-o", "OUT", self.dump], "dry-run": ["diagnose", "-n", "-o", "OUT", test_cli.GOOD],
        }

    def keep(self, name, data):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(data)
        return self.path(name)

    def read(self, path):
        with open(path, "rb") as file:
            return file.read()

    def write(self, name, path, **options):
        return self.run_fgdiag(*(path if word == "OUT" else word for word in self.writers[name]), **options)

    def assert_failed(self, done, name):
        self.assertEqual(done.returncode, 3, (name, done.stderr))
        self.assertRegex(done.stderr, rb"(?m)^fgdiag: output: [^\n]+\n\Z", name)

    def world_file(self):
        return self.keep("world.yaml", test_faults.WORLD)

    def short(self, *arguments, env=None, **options):
        """A diagnosis of a healthy world, in a second or so; and its device."""
        device = self.start(self.world_file())
        argv = ["diagnose", "-q", "-f", "json", *device.login(), "--time", "60", *test_faults.SHORT, *arguments,
                self.entry(self.path("world.yaml"))]
        done = self.run_fgdiag(*argv, env=self.env if env is None else env, **options)
        self.addCleanup(device.stop)
        return done, device


class Outputs(Place):
    def test_stdout_full_closed_or_gone(self):
        reader, writer = os.pipe()
        os.close(reader)
        commands = {"judge": ["judge", CAST], "read": ["read", "sniffer", self.dump], "help": ["judge", "--help"],
                    "pcap": ["pcap", self.dump], "version": ["--version"], "list": ["playbook", "list"],
                    "show": ["playbook", "show", "ip-conn"], "dry-run": ["diagnose", "-n", test_cli.GOOD],
                    "explain": ["diagnose", "--explain", test_cli.GOOD], "completion": ["completion", "bash"]}
        with open("/dev/full", "wb") as full:
            for name, argv in commands.items():
                for where, options in (("full", {"stdout": full}), ("gone", {"stdout": writer}),
                                       ("closed", {"stdout": None, "preexec_fn": lambda: os.close(1)}),
                                       ("closed both", {"stdout": None, "preexec_fn": lambda: os.closerange(0, 2)})):
                    done = self.run_fgdiag(*argv, capture_output=False, stderr=subprocess.PIPE, **options)
                    self.assert_failed(done, (name, where))
        os.close(writer)

    def test_stderr_closed_goes_into_no_file(self):
        for closed in ((2,), (1, 2), (0, 1, 2)):
            out = self.path("out")
            wanted = self.write("pcap", out)
            self.assertEqual(wanted.returncode, 0)
            whole = self.read(out)
            done = self.write("pcap", out, capture_output=False, stdin=None,
                              preexec_fn=lambda: [os.close(fd) for fd in closed])
            self.assertEqual((done.returncode, self.read(out)), (0, whole), closed)

    def test_a_diagnosis_with_closed_descriptors(self):
        """What is closed is given neither to the wake pipe nor to the SSH socket."""
        for closed, status in (((0,), 0), ((2,), 0), ((0, 2), 0), ((1,), 3), ((0, 1), 3), ((0, 1, 2), 3)):
            done, device = self.short("--record", self.path("cast"), capture_output=False, stdin=None,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                      preexec_fn=lambda: [os.close(fd) for fd in closed])
            self.assertEqual(done.returncode, status, closed)
            self.assert_clean(device)
            judged = self.run_fgdiag("judge", "-f", "json", self.path("cast"))
            self.assertEqual(json.loads(judged.stdout)["verdict"]["status"], "ok", closed)
            device.stop()

    def test_a_file_that_may_not_grow(self):
        for name in self.writers:
            out = self.path("out")
            with open(out, "wb") as file:
                file.write(OLD)
            done = self.write(name, out, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))
            self.assert_failed(done, name)
            self.assertEqual(self.read(out), OLD, name)
            self.assertEqual([entry for entry in os.listdir(self.folder) if ".part" in entry], [], name)

    def test_a_diagnosis_whose_files_may_not_grow(self):
        for option in ("--record", "-o"):
            done, device = self.short(option, self.path("out"),
                                      preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))
            self.assertEqual(done.returncode, 3)
            self.assertIn(b"File too large", done.stderr)
            self.assertFalse(os.path.exists(self.path("out")))
            self.assert_clean(device)
            device.stop()

    def test_places_that_cannot_be_written(self):
        os.mkdir(self.path("folder"))
        os.symlink("circle", self.path("circle"))
        for name in self.writers:
            for place in ("/dev/full", self.path("folder"), self.path("no/such"), self.path("x" * 300),
                          "/proc/version", "/proc/nothing"):
                self.assertEqual(self.write(name, place).returncode, 3, (name, place))
        self.assertEqual(sorted(os.listdir(self.folder)), ["circle", "dump", "folder", "long"])

    @unittest.skipUnless(os.getuid() == 0, "only root can become somebody else")
    def test_a_folder_that_is_read_only(self):
        folder = self.path("folder")
        os.mkdir(folder)
        out = os.path.join(folder, "out")
        with open(out, "wb") as file:
            file.write(OLD)
        os.chmod(self.folder, 0o755)
        os.chmod(out, 0o666)
        # The project's folder need not be open to somebody else.
        program = shutil.copy(ARGS.fgdiag, self.path("fgdiag"))
        os.chmod(program, 0o755)
        for name in self.writers:
            inputs = [word for word in self.writers[name] if word.startswith(GOLDEN)]
            for path in inputs:
                shutil.copyfile(path, self.path("input"))
                os.chmod(self.path("input"), 0o644)
            self.writers[name] = [self.path("input") if word in inputs else word for word in self.writers[name]]
            done = self.write(name, out, executable=program, preexec_fn=lambda: os.setuid(65534))
            self.assert_failed(done, name)
            self.assertEqual(self.read(out), OLD)

    def test_a_link_is_replaced_and_its_target_stays(self):
        for name in self.writers:
            target, link = self.path("target"), self.path("link")
            with open(target, "wb") as file:
                file.write(OLD)
            os.symlink(target, link)
            self.write(name, link)
            self.assertEqual(self.read(target), OLD, name)
            self.assertFalse(os.path.islink(link), name)
            os.unlink(link)

    def test_a_descriptor_by_name(self):
        """/dev/stdout too, but a program that replaces it would harm this machine."""
        for place in ("/dev/fd/1", "/proc/self/fd/1"):
            for name in self.writers:
                self.write(name, self.path("wanted"))
                with open(self.path("out"), "wb") as out:
                    out.write(OLD)
                    out.flush()
                    self.write(name, place, capture_output=False, stdout=out, stderr=subprocess.DEVNULL)
                if name != "judge-pcap":  # its report goes there too
                    self.assertEqual(self.read(self.path("out")), OLD + self.read(self.path("wanted")), name)
        self.assertEqual(self.write("pcap", "/dev/fd/77").returncode, 3)

    def test_new_files_are_private(self):
        for mask in (0, 0o077, 0o777):
            for name in self.writers:
                out = self.path(f"{name}-{mask}")
                self.write(name, out, preexec_fn=lambda: os.umask(mask))
                self.assertEqual(stat.S_IMODE(os.stat(out).st_mode), 0o600 & ~mask, (name, mask))

    def test_descriptors_that_do_not_wait(self):
        whole = self.run_fgdiag("pcap", self.long_dump).stdout
        self.assertGreater(len(whole), 200000)
        for where in ("stdout", "stdin"):
            reader, writer = os.pipe()
            os.set_blocking(writer if where == "stdout" else reader, False)
            if where == "stdout":
                argv, ends = [self.long_dump], {"stdin": subprocess.DEVNULL, "stdout": writer}
            else:
                argv, ends = ["-o", self.path("out"), "-"], {"stdin": reader}
            process = subprocess.Popen([ARGS.fgdiag, "pcap", *argv], **ends, stderr=subprocess.DEVNULL, env=self.env)
            self.addCleanup(process.kill)
            time.sleep(0.3)
            os.close(writer if where == "stdout" else reader)
            if where == "stdout":
                with open(reader, "rb") as file:
                    got = file.read()
            else:
                with open(writer, "wb") as file:
                    file.write(self.read(self.long_dump))
                process.wait(60)
                got = self.read(self.path("out"))
            self.assertEqual((process.wait(60), got), (0, whole), where)

    def test_a_signal_leaves_no_part_of_a_file(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            process = subprocess.Popen([ARGS.fgdiag, "pcap", "-o", self.path("out"), "-"], stdin=subprocess.PIPE,
                                       stderr=subprocess.PIPE, env=self.env)
            until = time.monotonic() + 20
            while time.monotonic() < until and not any(".part" in name for name in os.listdir(self.folder)):
                time.sleep(0.01)
            process.send_signal(number)
            process.communicate(timeout=20)
            self.assertEqual(process.returncode, -number)
            self.assertEqual(sorted(os.listdir(self.folder)), ["dump", "long"])

    def test_a_report_that_nobody_takes_can_be_given_up(self):
        os.mkfifo(self.path("fifo"))
        device = self.start(self.world_file())
        argv = [ARGS.fgdiag, "diagnose", "-q", *device.login(), "--time", "60", *test_faults.SHORT, "-o",
                self.path("fifo"), self.entry(self.path("world.yaml"))]
        process = subprocess.Popen(argv, env=self.env, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.kill)
        self.assertTrue(device.wait_for("OPEN"))
        device.wait_closed(60)
        time.sleep(0.5)
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        self.assertIsNone(process.poll(), "the first signal still lets the report be written")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(2), -signal.SIGINT)


class Limits(Place):
    def test_few_descriptors(self):
        whole = self.run_fgdiag("judge", CAST)
        for limit in (0, 3, 4, 5, 10, 64):
            done = self.run_fgdiag("judge", CAST,
                                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
            if limit < 4:  # the loader or the first file
                self.assertGreater(done.returncode, 2, limit)
            else:
                self.assertEqual((done.returncode, done.stdout), (whole.returncode, whole.stdout), limit)

    def test_a_diagnosis_with_few_descriptors(self):
        seen = set()
        for limit in (4, 6, 8, 10, 12, 64):
            done, device = self.short(  # the leak sanitizer needs a descriptor of its own
                env={**self.env, "ASAN_OPTIONS": "detect_leaks=0"},
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
            self.assertIn(done.returncode, (0, 3), (limit, done.stderr))
            report = self.report(done)
            seen.add((report["verdict"] or {}).get("status"))
            if done.returncode == 3:
                self.assertTrue(done.stderr.startswith(b"fgdiag: "), (limit, done.stderr))
            self.assert_clean(device)
            device.stop()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("ok", seen)

    def test_little_memory(self):
        if b"__asan_init" in self.read(ARGS.fgdiag):
            self.skipTest("the sanitizers need address space")
        whole = self.run_fgdiag("judge", "-f", "json", CAST)
        statuses = set()
        for megabytes in (*range(16, 40), 48, 64, 128):
            limit = megabytes << 20
            done = self.run_fgdiag("judge", "-f", "json", CAST,
                                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
            statuses.add(done.returncode)
            if done.returncode in (3, 127):  # ours, or the loader's
                self.assertTrue(done.stderr, megabytes)
            else:
                self.assertEqual((done.returncode, done.stdout), (whole.returncode, whole.stdout), megabytes)
        self.assertIn(whole.returncode, statuses)


class Environment(Place):
    odd = {"nothing": None, "C": {"LC_ALL": "C"}, "utf8": {"LC_ALL": "C.UTF-8"}, "broken": {"LC_ALL": "xx_YY.broken"},
           "empty": {"LC_ALL": ""}, "lang": {"LANG": "tr_TR.UTF-8", "LANGUAGE": "\xff"}, "tz": {"TZ": "garbage/../.."},
           "tz-file": {"TZ": ":/etc/passwd"}, "tz-far": {"TZ": "XXX-167:59"}, "home": {"HOME": ""},
           "home-relative": {"HOME": "../x"}, "home-not-there": {"HOME": "/no/such"}, "term": {"TERM": "\x1b[31m"},
           "columns": {"COLUMNS": "99999999999999999999"}, "path": {"PATH": ""}}

    def cases(self):
        for name, odd in self.odd.items():
            yield name, {} if odd is None else {**self.env, **odd}

    def test_the_report_is_the_same(self):
        for argv in (["judge", CAST], ["judge", "-f", "json", CAST], ["diagnose", "-n", test_cli.GOOD],
                     ["judge", "-f", "json", os.path.join(GOLDEN, "paste-late-dns.paste")]):
            whole = self.run_fgdiag(*argv)
            for name, env in self.cases():
                done = self.run_fgdiag(*argv, env=env)
                self.assertEqual((done.returncode, done.stdout), (whole.returncode, whole.stdout), (argv, name))

    def test_a_diagnosis_is_ok(self):
        for name, env in self.cases():
            if name in ("nothing", "broken", "tz", "home", "home-not-there", "path"):
                done, device = self.short(env={**env, "FGDIAG_CLOCK_SPEED": str(ARGS.speed)})
                self.assertEqual(done.returncode, 0, (name, done.stderr))
                self.assert_clean(device)
                device.stop()

    def test_no_terminal_to_ask_at(self):
        device = self.start(self.world_file())
        done = self.run_fgdiag("diagnose", "-q", "-d", device.device(), "-F", "none", "--host-key",
                               device.ready["fingerprint"], self.entry(self.path("world.yaml")),
                               start_new_session=True)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"no terminal to ask", done.stderr)
        self.one_line(done.stderr)


class WallClock(Place):
    """Times that matter are of the other clock."""

    def test_it_jumps(self):
        for jump in ("3600@5", "-3600@5", f"{10 - int(time.time())}@0", f"{-int(time.time())}@5",
                     f"{2 ** 31 - int(time.time()) - 5}@0", f"{2 ** 32}@5"):
            done, device = self.short("--record", self.path("cast"), env={**self.env, "FGDIAG_CLOCK_JUMP": jump})
            report = self.report(done)
            self.assertEqual((done.returncode, report["verdict"]["status"]), (0, "ok"), (jump, done.stderr))
            self.assertLess(report["duration_ms"], 60000, jump)
            self.assert_clean(device)
            judged = self.run_fgdiag("judge", "-f", "json", self.path("cast"))
            self.assertEqual(judged.stdout, done.stdout, jump)
            device.stop()


class Terminal(Place):
    def test_the_echo_comes_back(self):
        device = self.start(self.world_file())
        argv = [ARGS.fgdiag, "diagnose", "-q", "-d", device.device(), "-F", "none", "--host-key",
                device.ready["fingerprint"], self.entry(self.path("world.yaml"))]
        for how in (b"\x03", b"\x1c", signal.SIGTERM, signal.SIGHUP):
            master, slave = pty.openpty()
            process = subprocess.Popen(argv, env={**self.env, "SSH_AUTH_SOCK": ""}, stdin=slave, stdout=slave,
                                       stderr=slave, start_new_session=True,
                                       preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
            self.addCleanup(process.kill)
            seen = b""
            while b"password for" not in seen and select.select([master], [], [], 20)[0]:
                seen += os.read(master, 4096)
            self.assertFalse(termios.tcgetattr(slave)[3] & termios.ECHO)
            if isinstance(how, bytes):
                os.write(master, how)
            else:
                process.send_signal(how)
            began = time.monotonic()
            status = process.wait(20)
            self.assertLess(time.monotonic() - began, 2, how)
            self.assertTrue(termios.tcgetattr(slave)[3] & termios.ECHO, how)
            self.assertNotEqual(status, 0)
            os.close(master)
            os.close(slave)
        device.wait_closed()
        self.assertNotIn("password ok", device.words("AUTH"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fgdiag", required=True)
    parser.add_argument("--emu", required=True)
    parser.add_argument("--speed", type=int, default=50)
    args, rest = parser.parse_known_args()
    ARGS.fgdiag, ARGS.emu, ARGS.speed = os.path.abspath(args.fgdiag), os.path.abspath(args.emu), args.speed
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
