#!/usr/bin/env python3
"""What is shipped beside the program, each checked by the program that reads it:
systemd, Icinga 2, Prometheus, rsyslog. Network programs listen on loopback.

test_shipped.py --fgdiag PATH --fast PATH --emu PATH [--speed N] [unittest arguments]
"""
import argparse
import glob
import json
import os
import pwd
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import emulator as emu  # noqa: E402

ARGS = argparse.Namespace(fgdiag=None, fast=None, emu=None, speed=20)
DIST = os.path.join(emu.ROOT, "dist")
ENTRY = ('date=2026-11-24 time=08:00:00 type="traffic" action="ip-conn" srcip=192.0.2.{n} srcport=40001 '
         'dstip=198.51.100.53 dstport=53 proto=17 policyid=20')


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def has_check():
    done = subprocess.run([ARGS.fgdiag, "check", "--help"], capture_output=True, text=True, timeout=20)
    return "unknown command" not in done.stderr


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="fgdiag-shipped-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def good(self, argv, **options):
        done = subprocess.run(argv, capture_output=True, text=True, timeout=120, **options)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout + done.stderr


class Systemd(Case):
    """systemd-analyze reads units from files, so no systemd has to run."""

    def setUp(self):
        super().setUp()
        for path in glob.glob(os.path.join(DIST, "systemd", "*")):
            text = read(path).replace("/usr/bin/fgdiag", ARGS.fgdiag)
            self.write(os.path.basename(path), text)
            self.write(os.path.basename(path).replace("@.", "@fw1."), text)

    def test_verify(self):
        units = sorted(glob.glob(self.path("*@fw1.*")))
        self.assertEqual(len(units), 2)
        self.assertEqual(self.good(["systemd-analyze", "verify", "--man=no", *units]), "")

    def test_security(self):
        said = self.good(["systemd-analyze", "security", "--offline=true", "--threshold=15", self.path(
            "fgdiag-check@fw1.service")])
        self.assertRegex(said, r"Overall exposure level for fgdiag-check@fw1\.service: 1\.[0-4] OK")

    def test_the_command_of_the_service(self):
        """As systemd would fill it in, with folders of the test."""
        if not has_check():
            self.skipTest("this fgdiag has no check command")
        device = emu.Emulator(ARGS.emu, "healthy", ARGS.speed, self.folder)
        self.addCleanup(device.stop)
        unit = read(os.path.join(DIST, "systemd", "fgdiag-check@.service")).replace("\\\n", " ")
        command = re.search(r"(?m)^ExecStart=(.*)$", unit).group(1).replace("/usr/bin/fgdiag", ARGS.fast)
        places = {"%d": "credentials", "%S": "state", "%t": "run", "/etc/fgdiag": "etc"}
        for name in ("credentials", "state/fgdiag/fw1", "run/fgdiag/fw1", "etc"):
            os.makedirs(self.path(name))
        for word, name in places.items():
            command = command.replace(word, self.path(name))
        emu.write_secret(self.path("credentials", "password"), device.ready["password"])
        self.write("etc/known_hosts", "")
        options = f"--host-key {device.ready['fingerprint']} -w cpu=80"
        argv = command.replace("%i", "fw1").replace("${FGDIAG_DEVICE}", device.device()) \
            .replace("$FGDIAG_OPTIONS", options).split()
        env = emu.environment(ARGS.speed, RUNTIME_DIRECTORY=self.path("run", "fgdiag", "fw1"))
        done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=120)
        allowed = {0} | set(map(int, re.search(r"(?m)^SuccessExitStatus=(.*)$", unit).group(1).split()))
        self.assertIn(done.returncode, allowed, done.stdout + done.stderr)
        metrics = self.path("run", "fgdiag", "fw1", "fgdiag.prom")
        self.assertEqual(stat.S_IMODE(os.stat(metrics).st_mode), 0o644)
        with open(metrics, encoding="utf-8") as file:
            self.good(["promtool", "check", "metrics"], stdin=file)
        self.assertTrue(os.path.exists(self.path("state", "fgdiag", "fw1", "state")))
        device.wait_closed()
        self.assertEqual(list(emu.log_troubles(device.log())), [])

    def test_the_calendar(self):
        when = re.search(r"OnCalendar=(.*)", read(self.path("fgdiag-check@.timer"))).group(1)
        self.assertIn("Normalized form: *-*-* *:00/5:00", self.good(["systemd-analyze", "calendar", when]))

    def test_the_filter_lets_every_call_of_a_run_pass(self):
        allowed = self.filter_of("@system-service") - self.filter_of("@privileged")
        device = emu.Emulator(ARGS.emu, "no-diagnose", ARGS.speed, self.folder)
        self.addCleanup(device.stop)
        entry = emu.fill_entry(emu.world_case(ARGS.emu, "no-diagnose")["entry"].strip())
        env = emu.environment(ARGS.speed, XDG_RUNTIME_DIR=self.folder, XDG_STATE_HOME=self.folder)
        runs = [["diagnose", "-q", "--record", self.path("cast"), entry]]
        if has_check():
            runs.append(["check", "--state", self.path("state"), "-f", "openmetrics"])
        made = set()
        for command, *more in runs:
            trace, report = self.path(command + ".trace"), self.path(command + ".report")
            subprocess.run(["strace", "-f", "-qq", "-e", "signal=none", "-o", trace, ARGS.fast, command, *device.login(),
                            "-o", report, *more], timeout=120, check=False, env=env, stdout=subprocess.DEVNULL)
            self.assertTrue(os.path.getsize(report))
            made |= set(re.findall(r"^\d+ +([a-z0-9_]+)\(", read(trace), re.M)) - {"exit_group", "execve"}
        self.assertIn("connect", made)
        self.assertEqual(made - allowed, set())

    def filter_of(self, name):
        """The calls of a set, those of the sets in it too."""
        found = set()
        for word in self.good(["systemd-analyze", "syscall-filter", name]).split("\n")[1:]:
            word = word.strip()
            if word.startswith("@"):
                found |= self.filter_of(word)
            elif re.match(r"[a-z0-9_]+$", word):
                found.add(word)
        return found


class Icinga(Case):
    """Icinga 2 validates as its own user, so what it writes needs a folder of that."""
    hosts = """
object Host "fw1" {
  check_command = "fgdiag"
  address = "192.0.2.1"
  vars.fgdiag_target = "198.51.100.53"
}
apply Service "fgdiag" {
  check_command = "fgdiag"
  check_interval = 5m
  vars.fgdiag_warning = [ "loss=10", "cpu=80" ]
  assign where host.vars.fgdiag_target
}
"""

    def command_line(self, config, *options):
        names = ("DataDir", "LogDir", "CacheDir", "InitRunDir", "SpoolDir")
        for name in names:
            os.makedirs(self.path(name), exist_ok=True)
        os.chmod(self.folder, 0o755)
        self.hand_over(self.folder, *map(self.path, names))
        return ["icinga2", "daemon", *options, "-c", config] + \
            [word for name in names for word in ("--define", f"{name}={self.path(name)}")]

    def hand_over(self, *paths):
        """To Icinga's user, which it becomes where root starts it."""
        if os.geteuid() == 0:
            user = pwd.getpwnam("nagios")
            for path in paths:
                os.chown(path, user.pw_uid, user.pw_gid)

    def validate(self, config):
        return subprocess.run(self.command_line(config, "-C"), capture_output=True, text=True, timeout=60)

    def test_a_check_runs_and_its_figures_arrive(self):
        if not has_check():
            self.skipTest("this fgdiag has no check command")
        device = emu.Emulator(ARGS.emu, "healthy", ARGS.speed, self.folder)
        self.addCleanup(device.stop)
        shutil.copy(ARGS.fast, self.path("fgdiag"))
        text = read(os.path.join(DIST, "icinga2", "fgdiag.conf")).replace("/usr/bin/fgdiag", self.path("fgdiag"))
        text = text.replace("timeout = 3m", f'timeout = 3m\n\tenv = {{ FGDIAG_CLOCK_SPEED = "{ARGS.speed}", '
                            f'XDG_RUNTIME_DIR = "{self.path("InitRunDir")}", XDG_STATE_HOME = "{self.path("DataDir")}" }}')
        hosts = re.sub(r'vars.fgdiag_target = .*', f"""address = "127.0.0.1"
  check_interval = 5s
  vars.fgdiag_port = {device.ready['port']}
  vars.fgdiag_user = "{device.ready['user']}"
  vars.fgdiag_password_file = "{device.secret}"
  vars.fgdiag_known_hosts = null
  vars.fgdiag_host_key = "{device.ready['fingerprint']}"
  vars.fgdiag_warning = [ "loss=10", "cpu=80" ]""", self.hosts.split("apply")[0])
        files = "".join(f'  {name} = "{self.path(name)}"\n' for name in ("host_perfdata_path", "service_perfdata_path",
                                                                      "host_temp_path", "service_temp_path"))
        config = self.write("test.conf", text + hosts + "object CheckerComponent \"checker\" {}\n"
                            f"object PerfdataWriter \"figures\" {{\n  rotation_interval = 1s\n{files}}}\n")
        command = self.command_line(config)
        self.hand_over(device.secret, self.path("fgdiag"))
        with open(self.path("log"), "wb") as log:
            daemon = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            found = []
            end = time.monotonic() + 60
            while not found and time.monotonic() < end:
                found = [text for text in map(read, glob.glob(self.path("host_perfdata_path*"))) if text]
                time.sleep(0.2)
        finally:
            daemon.terminate()
            daemon.wait(30)
        self.assertTrue(found, read(self.path("log")))
        self.assertRegex("".join(found), r"HOSTPERFDATA::.*\bcpu=[0-9.]+%;80;.*\bmem=[0-9.]+%")
        device.wait_closed()
        self.assertEqual(list(emu.log_troubles(device.log())), [])

    def test_the_configuration_is_valid(self):
        config = self.write("test.conf", read(os.path.join(DIST, "icinga2", "fgdiag.conf")) + self.hosts)
        done = self.validate(config)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for part in ("1 CheckCommand", "1 Service", "Finished validating"):
            self.assertIn(part, done.stdout + done.stderr)
        self.assertNotIn("warning", done.stdout + done.stderr)

    def test_a_mistake_would_be_seen(self):
        config = self.write("test.conf", read(os.path.join(DIST, "icinga2", "fgdiag.conf")).replace("timeout", "timeut") +
                            self.hosts)
        self.assertNotEqual(self.validate(config).returncode, 0)

    def test_every_argument_is_an_option(self):
        names = re.findall(r'^\t\t"--([a-z-]+)" =', read(os.path.join(DIST, "icinga2", "fgdiag.conf")), re.M)
        self.assertGreater(len(names), 10)
        if not has_check():
            self.skipTest("this fgdiag has no check command")
        done = subprocess.run([ARGS.fgdiag, "check", "--help"], capture_output=True, text=True, timeout=20)
        for name in names:
            self.assertRegex(done.stdout, rf"--{name}\b")


class Prometheus(Case):
    folder_of_rules = os.path.join(DIST, "prometheus")

    def test_check_rules(self):
        said = self.good(["promtool", "check", "rules", os.path.join(self.folder_of_rules, "fgdiag.rules.yml")])
        self.assertIn("SUCCESS", said)

    def test_the_rules_alert_when_they_should(self):
        said = self.good(["promtool", "test", "rules", os.path.join(self.folder_of_rules, "fgdiag.test.yml")])
        self.assertIn("SUCCESS", said)

    def test_every_metric_is_one_that_fgdiag_writes(self):
        names = set(re.findall(r"\bfgdiag_[a-z_]+", read(os.path.join(self.folder_of_rules, "fgdiag.rules.yml"))))
        self.assertTrue(names)
        done = subprocess.run([ARGS.fgdiag, "judge", "-f", "openmetrics",
                               os.path.join(emu.ROOT, "tests", "golden", "loss-20.cast")], capture_output=True,
                              text=True, timeout=20)
        if "--format" in done.stderr:
            self.skipTest("this fgdiag has no format openmetrics")
        for name in names:
            self.assertRegex(done.stdout, rf"(?m)^{name}\b")


class Rsyslog(Case):
    config = os.path.join(DIST, "rsyslog", "fgdiag.conf")
    script = os.path.join(DIST, "rsyslog", "fgdiag-ipconn")

    def test_the_configuration_is_valid(self):
        said = self.good(["rsyslogd", "-N1", "-f", self.config])
        self.assertNotRegex(said, "error|warning")

    def test_the_script_has_no_finding(self):
        self.good(["shellcheck", "-s", "sh", self.script])

    def test_a_log_line_becomes_a_report(self):
        """The shipped file with addresses and names changed, as a user would."""
        device = emu.Emulator(ARGS.emu, "no-diagnose", ARGS.speed, self.folder)
        self.addCleanup(device.stop)
        entry = emu.fill_entry(emu.world_case(ARGS.emu, "no-diagnose")["entry"].strip())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        env = " ".join(f"{name}={value}" for name, value in {**emu.environment(ARGS.speed), "FGDIAG": ARGS.fast}.items())
        login = " ".join(device.login())
        text = re.sub(r'binary="[^"]*"', f'binary="/usr/bin/env {env} {self.script} {self.path("spool")} {login}"',
                      read(self.config))
        text = text.replace("192.0.2.1'", "127.0.0.1'").replace("/var/log/fgdiag-ipconn.log", self.path("output"))
        config = self.write("rsyslog.conf", f'global(workDirectory="{self.folder}")\nmodule(load="imudp")\n'
                            f'input(type="imudp" address="127.0.0.1" port="{port}")\n' + text)
        daemon = subprocess.Popen(["rsyslogd", "-n", "-i", self.path("pid"), "-f", config], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE)
        try:
            self.until(lambda: self.bound(port))
            hostile = entry + ' url="$(touch pwned)`touch pwned` %n%s ; touch pwned \\" \\\\"'
            other = hostile.replace(re.search(r" srcip=(\S+)", entry).group(1), "192.0.2.99")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                for line in (entry.replace("ip-conn", "accept"), entry, entry, other):
                    sender.sendto(b"<188>" + line.encode(), ("127.0.0.1", port))
            self.until(lambda: len(glob.glob(self.path("spool", "runs", "*.json"))) == 2, 60)
            self.until(lambda: other in read(self.path("spool", "entry")))
        finally:
            daemon.terminate()
            daemon.wait(20)
            said = daemon.stderr.read()
            daemon.stderr.close()
        # rsyslog tells when it ends while the program has not said OK yet, as it may here.
        self.assertEqual(re.sub(rb"rsyslog internal message \([46],-(2041|3000)\).*\n", b"", said), b"")
        self.assertEqual(read(self.path("spool", "entry")), other + "\n")
        self.assertEqual(len(re.findall("again: ", read(self.path("spool", "left-out")))), 1)
        for name in glob.glob(self.path("spool", "runs", "*.json")):
            self.assertIn("verdict", json.loads(read(name)))
            header = read(name.replace(".json", ".cast")).splitlines()[0]
            self.assertIn(device.device(), header)
            self.assertEqual(stat.S_IMODE(os.stat(name).st_mode), 0o600)
        device.wait_closed()
        self.assertEqual(list(emu.log_troubles(device.log())), [])
        self.assertEqual(glob.glob(self.path("**", "pwned"), recursive=True), [])

    def bound(self, port):
        with open("/proc/net/udp", encoding="ascii") as file:
            return f":{port:04X} " in file.read()

    def until(self, condition, seconds=20):
        end = time.monotonic() + seconds
        while True:
            try:
                if condition():
                    return
            except OSError:
                pass
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def run_script(self, lines, answer, **env):
        """With a stand-in for fgdiag that writes `answer` and its arguments."""
        stand_in = self.write("fgdiag", '#!/bin/sh\nprintf "%s\\n" "$*" >> "$0.calls"\nwhile [ "$1" != -o ]; do shift; done\n'
                              f"cat > \"$2\" <<'END'\n{answer}\nEND\n")
        os.chmod(stand_in, 0o755)
        done = subprocess.run([self.script, self.path("spool"), "-d", "fgdiag@192.0.2.1"], text=True, timeout=60,
                              input="".join(line + "\n" for line in lines), capture_output=True,
                              env={"PATH": os.environ["PATH"], "FGDIAG": stand_in, **env})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, "OK\n" * (len(lines) + 1))
        calls = read(stand_in + ".calls").splitlines() if os.path.exists(stand_in + ".calls") else []
        for call in calls:
            self.assertRegex(call, r"^diagnose -q -f json -o \S+\.json --record \S+\.cast -d fgdiag@192\.0\.2\.1 \S+/entry$")
        return calls

    def test_no_more_runs_in_an_hour_than_allowed(self):
        lines = [ENTRY.format(n=n) for n in range(1, 20)]
        self.assertEqual(len(self.run_script(lines, "{}", FGDIAG_HOURLY="3")), 3)
        self.assertEqual(read(self.path("spool", "left-out")).count("too many"), 16)

    def test_a_refused_login_is_not_tried_again(self):
        lines = [ENTRY.format(n=n) for n in range(1, 5)]
        self.assertEqual(len(self.run_script(lines, '{"error": {"kind": "auth", "text": "refused"}}')), 1)
        self.assertTrue(os.path.exists(self.path("spool", "stopped")))

    def test_text_of_a_device_does_not_stop_it(self):
        lines = [ENTRY.format(n=n) for n in range(1, 4)]
        self.assertEqual(len(self.run_script(lines, json.dumps({"name": '"kind": "auth"'}))), 3)

    def test_a_storm_does_not_fill_the_disk(self):
        self.run_script([ENTRY.format(n=1)] * 1500, "{}")
        for name in ("left-out", "left-out.1"):
            self.assertIn(len(read(self.path("spool", name)).splitlines()), (499, 1000))

    def test_old_reports_go(self):
        os.makedirs(self.path("spool", "runs"))
        for name, days in (("old.json", 40), ("new.json", 20)):
            when = time.time() - days * 86400
            with open(self.path("spool", "runs", name), "w", encoding="utf-8"):
                pass
            os.utime(self.path("spool", "runs", name), (when, when))
        self.run_script([ENTRY.format(n=1)], "{}")
        self.assertFalse(os.path.exists(self.path("spool", "runs", "old.json")))
        self.assertTrue(os.path.exists(self.path("spool", "runs", "new.json")))

    def test_a_hostile_line_names_no_file(self):
        self.run_script([ENTRY.format(n=1).replace("198.51.100.53", "../../../x"), "srcip=/etc/passwd ip-conn", ""], "{}")
        names = [os.path.relpath(path, self.folder) for path in glob.glob(self.path("**"), recursive=True)]
        for name in names:
            self.assertRegex(name, r"\A(\.|fgdiag(\.calls)?|spool(/(entry|left-out|(seen|runs)(/[0-9A-Za-z._:-]+)?))?)\Z")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--fgdiag", required=True, type=os.path.abspath)
    parser.add_argument("--fast", required=True, type=os.path.abspath)
    parser.add_argument("--emu", required=True, type=os.path.abspath)
    parser.add_argument("--speed", type=int, default=20)
    parsed, rest = parser.parse_known_args()
    vars(ARGS).update(vars(parsed))
    unittest.main(argv=[sys.argv[0], *rest])
