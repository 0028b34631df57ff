#!/usr/bin/env python3
"""The command line's promises against a live emulator: logins, interruptions,
broken outputs, refused input.

test_cli.py --fgdiag PATH --emu PATH [--speed N] [unittest arguments]
"""
import argparse
import json
import os
import pty
import re
import select
import signal
import socket
import stat
import subprocess
import sys
import time
import unittest

import emulator as emu

ARGS = argparse.Namespace(fgdiag=None, emu=None, speed=20)

GOOD = ('date=2026-11-23 time=07:00:00 logid="0000000011" type="traffic" subtype="forward" vd="root" '
        'srcip=192.0.2.10 srcport=40001 srcintf="internal" dstip=198.51.100.53 dstport=53 dstintf="wan1" '
        'proto=17 action="ip-conn" policyid=20')


def at_terminal(argv, env, answers, seconds=120):
    """Runs a program at a terminal of its own and types each answer, once, when
    its question is there; its exit status and all that it showed."""
    pid, master = pty.fork()
    if pid == 0:
        os.execve(argv[0], argv, env)
    seen, waiting, until = b"", dict(answers), time.monotonic() + seconds
    while time.monotonic() < until:
        if not select.select([master], [], [], 0.1)[0]:
            continue
        try:
            more = os.read(master, 4096)
        except OSError:
            break
        if not more:
            break
        seen += more
        for question in [question for question in waiting if question in seen]:
            os.write(master, waiting.pop(question) + b"\n")
    else:
        os.kill(pid, signal.SIGKILL)
    os.close(master)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen


class Case(unittest.TestCase):
    world = "no-diagnose"

    def setUp(self):
        scratch = emu.scratch()
        self.folder = scratch.__enter__()
        self.addCleanup(scratch.__exit__, None, None, None)
        self.env = emu.environment(ARGS.speed)

    def start(self, world=None):
        device = emu.Emulator(ARGS.emu, world or self.world, ARGS.speed, self.folder)
        self.addCleanup(device.stop)
        return device

    def entry(self, world=None):
        case = emu.world_case(ARGS.emu, world or self.world)
        return emu.fill_entry(case["entry"].strip())

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_fgdiag(self, *arguments, **options):
        options = {"stdin": subprocess.DEVNULL, "env": self.env, "timeout": 120, "capture_output": True, **options}
        return subprocess.run([ARGS.fgdiag, *arguments], **options)

    def diagnose(self, device, *arguments, **options):
        return self.run_fgdiag("diagnose", "-q", *device.login(), *arguments, self.entry(), **options)

    def one_line(self, text):
        self.assertRegex(text.decode(), r"\A[^\n]+\n\Z")

    def assert_clean(self, device):
        device.wait_closed()
        self.assertEqual(list(emu.log_troubles(device.log())), [])
        self.assertEqual(len(device.words("OPEN")), len(device.words("CLOSE")))

    def report(self, done):
        try:
            return json.loads(done.stdout)
        except ValueError:
            self.fail(f"no JSON: {done.stdout[:300]!r} {done.stderr[:300]!r}")


class Login(Case):
    def error_of(self, done, kind):
        report = self.report(done)
        self.assertEqual(done.returncode, 3)
        self.assertEqual(report["error"]["kind"], kind, report["error"])
        return report["error"]

    def test_wrong_password_is_sent_once(self):
        device = self.start()
        emu.write_secret(device.secret, "not-the-password")
        self.error_of(self.diagnose(device, "-f", "json"), "auth")
        device.wait_closed()
        self.assertEqual(device.words("AUTH"), ["password denied"])
        self.assertEqual(device.words("COMMAND"), [])

    def test_a_one_time_code_is_typed_once_and_one_session_does(self):
        device = self.start("two-factor")
        report = self.path("report.json")
        login = ["-d", device.device(), "-F", "none", "--host-key", device.ready["fingerprint"]]
        argv = [ARGS.fgdiag, "diagnose", "-q", "-f", "json", "-o", report, *login, self.entry("two-factor")]
        answers = {b"password for": b"let-me-look", b"FortiToken Code": b"246810"}
        status, seen = at_terminal(argv, {**self.env, "SSH_AUTH_SOCK": ""}, answers)
        self.assert_clean(device)
        self.assertEqual(status, 0, seen)
        self.assertNotIn(b"let-me-look", seen)
        self.assertEqual([word for word in device.words("AUTH") if word.endswith(" ok")], ["code ok"])
        with open(report, encoding="utf-8") as file:
            self.assertEqual(json.load(file)["verdict"]["status"], "ok")

    def test_an_entry_in_pretty_json_is_judged_the_same_again(self):
        device = self.start("healthy")
        entry = self.entry("healthy")
        with open(self.path("log.json"), "w", encoding="utf-8") as file:
            json.dump({"rows": [{"message": entry.replace("ip-conn", "accept")}, {"n": 1, "message": entry}]}, file,
                      indent=2)
        done = self.run_fgdiag("diagnose", "-q", *device.login(), "-f", "json", "--record", self.path("t.cast"),
                               self.path("log.json"))
        self.assert_clean(device)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.run_fgdiag("judge", "-f", "json", self.path("t.cast")).stdout, done.stdout)
        with open(self.path("t.cast"), encoding="utf-8") as file:
            self.assertNotIn("accept", file.readline())

    def test_unknown_host_key_gets_no_credentials(self):
        device = self.start()
        known = self.path("known_hosts")
        open(known, "w", encoding="utf-8").close()
        done = self.run_fgdiag("diagnose", "-q", *device.login(host_key=False), "--known-hosts", known, "-f", "json",
                               self.entry())
        self.error_of(done, "host-key")
        device.wait_closed()
        self.assertEqual(device.words("AUTH"), [])

    def test_another_host_key_gets_no_credentials(self):
        device = self.start()
        done = self.run_fgdiag("diagnose", "-q", *device.login(host_key=False), "--host-key", "SHA256:" + "A" * 43,
                               "-f", "json", self.entry())
        self.error_of(done, "host-key")
        device.wait_closed()
        self.assertEqual(device.words("AUTH"), [])

    def test_accept_new_remembers_and_a_changed_key_is_refused(self):
        known = self.path("known_hosts")
        first = self.start("no-diagnose")
        common = ["--known-hosts", known, "--accept-new", "-f", "json", "--time", "20"]
        done = self.run_fgdiag("diagnose", "-q", *first.login(host_key=False), *common, self.entry())
        self.assertNotIn((self.report(done)["error"] or {}).get("kind"), ("host-key", "auth", "connect"))
        with open(known, encoding="utf-8") as lines:
            self.assertIn(f":{first.ready['port']}", lines.read())
        first.stop()
        argv = [ARGS.emu, "--world", emu.world_path("no-diagnose"), "--port", first.ready["port"]]
        second = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        self.addCleanup(second.stdout.close)
        self.addCleanup(second.wait)
        self.addCleanup(second.terminate)
        self.assertTrue(second.stdout.readline().startswith("ready "))
        done = self.run_fgdiag("diagnose", "-q", *first.login(host_key=False), *common, self.entry())
        self.error_of(done, "host-key")

    def test_connection_refused(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
        secret = self.path("password")
        emu.write_secret(secret, "any")
        done = self.run_fgdiag("diagnose", "-q", "-d", f"admin@127.0.0.1:{port}", "--password-file", secret,
                               "--host-key", "SHA256:" + "A" * 43, "-f", "json", self.entry())
        self.error_of(done, "connect")

    def test_a_password_file_that_others_may_read_is_refused(self):
        device = self.start()
        os.chmod(device.secret, 0o644)
        done = self.diagnose(device)
        self.assertEqual(done.returncode, 3)
        self.assertEqual(device.words("AUTH"), [])

    def test_the_password_shows_nowhere(self):
        device = self.start("no-diagnose")
        done = self.diagnose(device, "--record", self.path("cast"), "-v")
        with open(self.path("cast"), "rb") as cast:
            everything = cast.read() + done.stdout + done.stderr
        self.assertNotIn(device.ready["password"].encode(), everything)
        self.assertEqual(stat.S_IMODE(os.stat(self.path("cast")).st_mode), 0o600)


class OwnRows(Case):
    """A playbook of the user's: a pattern gives a fact, and a check compares it."""
    world = "healthy"
    text = """playbook: sessions
summary: are there too many sessions?
needs: nothing
limits: { time: 30s }
steps:
  - id: load
    scope: global
    send: get system performance status
    read: pattern
    pattern: 'Average sessions: (?<count>\\d+) sessions'
    facts: { count: load.sessions sessions }
checks:
  - id: many-sessions
    when: load.sessions %s
    state: warning
    say: 'the device has {load.sessions}'
"""

    def check_of(self, when, text=text):
        path = self.path("own.yaml")
        with open(path, "w", encoding="ascii") as out:
            out.write(text % when)
        os.chmod(path, 0o600)
        device = self.start()
        done = self.run_fgdiag("diagnose", "-q", *device.login(), "-f", "json", "--playbook", path)
        report = self.report(done)
        self.assert_clean(device)
        return report["checks"][-1], report, done

    def test_it_holds(self):
        check, report, done = self.check_of(">= 0")
        self.assertEqual((check["id"], check["state"], done.returncode), ("many-sessions", "warning", 1))
        self.assertIn("Average sessions", check["evidence"][0]["text"])
        self.assertEqual(report["facts"]["load.sessions"]["unit"], "sessions")
        self.assertEqual(check["summary"], f"the device has {report['facts']['load.sessions']['value']} sessions")

    def test_it_does_not_hold(self):
        check, _, done = self.check_of("> 99999999")
        self.assertEqual((check["state"], done.returncode), ("ok", 0))

    def test_a_pattern_that_fits_nothing_makes_it_unknown(self):
        check, report, done = self.check_of("> 5", self.text.replace("Average sessions", "Average giraffes"))
        self.assertEqual((check["state"], done.returncode), ("unknown", 3))
        self.assertIn("absent", report["facts"]["load.sessions"])

    def test_a_file_that_others_may_write_is_refused(self):
        path = self.path("own.yaml")
        with open(path, "w", encoding="ascii") as out:
            out.write(self.text % "> 5")
        os.chmod(path, 0o666)
        done = self.run_fgdiag("playbook", "lint", path)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"others may write it", done.stderr)


class Interrupt(Case):
    world = "healthy"

    def running(self, device, *arguments):
        argv = [ARGS.fgdiag, "diagnose", "-q", *device.login(), "-f", "json", "--record", self.path("cast"), *arguments,
                self.entry()]
        process = subprocess.Popen(argv, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   stdin=subprocess.DEVNULL)
        self.addCleanup(process.kill)
        return process

    def end(self, process):
        out, errors = process.communicate(timeout=60)
        return subprocess.CompletedProcess([], process.returncode, out, errors)

    def check_partial(self, device, done):
        report = self.report(done)
        statuses = {"ok": 0, "warning": 1, "critical": 2, "unknown": 3}
        self.assertEqual(done.returncode, statuses[report["verdict"]["status"]])
        self.assertEqual(report["error"]["kind"], "interrupted")
        self.assertTrue(report["checks"])
        self.assert_clean(device)
        judged = self.run_fgdiag("judge", "-f", "json", self.path("cast"))
        self.assertEqual(judged.stdout, done.stdout)

    def test_sigint_stops_ping_and_sniffer_and_resets_the_options(self):
        device = self.start()
        process = self.running(device)
        self.assertTrue(device.wait_for("COMMAND", "diagnose sniffer"))
        self.assertTrue(device.wait_for("COMMAND", "repeat-count 5"))
        self.assertTrue(device.wait_for("COMMAND", "execute ping 198"))
        process.send_signal(signal.SIGINT)
        done = self.end(process)
        self.check_partial(device, done)
        self.assertEqual(device.words("COMMAND")[-3:].count("exit"), 2)
        self.assertIn("execute ping-options reset", device.words("COMMAND")[-3:])

    def test_sigterm_in_the_long_ping(self):
        device = self.start()
        process = self.running(device)
        pings = lambda: [c for c in device.words("COMMAND") if c.startswith("execute ping 198")]
        self.assertTrue(device.wait_for("COMMAND", "execute ping 198"))
        for _ in range(400):
            if len(pings()) > 1:
                break
            signal.sigtimedwait([], 0.02)
        self.assertEqual(len(pings()), 2)
        process.send_signal(signal.SIGTERM)
        self.check_partial(device, self.end(process))

    def test_sigint_in_the_first_step(self):
        device = self.start()
        process = self.running(device)
        self.assertTrue(device.wait_for("COMMAND", "performance top"))
        process.send_signal(signal.SIGINT)
        self.check_partial(device, self.end(process))

    def test_a_second_sigint_ends_at_once(self):
        device = self.start()
        process = self.running(device)
        self.assertTrue(device.wait_for("COMMAND", "performance top"))
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        done = self.end(process)
        self.assertIn(done.returncode, (0, 1, 2, 3))
        self.assertTrue(done.stdout)


class Output(Case):
    world = "no-diagnose"

    def test_dry_run_sends_nothing(self):
        device = self.start()
        done = self.diagnose(device, "--dry-run")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(device.words("OPEN"), [])
        for command in (b"get system status", b"execute ping 198.51.100.53", b"diagnose sniffer packet any"):
            self.assertIn(command, done.stdout)
        self.assertNotIn(b"\x1b", done.stdout)

    def test_stdout_on_a_full_device(self):
        device = self.start()
        with open("/dev/full", "wb") as full:
            done = self.diagnose(device, stdout=full, stderr=subprocess.PIPE, capture_output=False)
        self.assertEqual(done.returncode, 3)
        self.one_line(done.stderr)
        self.assert_clean(device)

    def test_stdout_closed(self):
        device = self.start()
        done = self.diagnose(device, stdout=None, stderr=subprocess.PIPE, capture_output=False,
                             preexec_fn=lambda: os.close(1))
        self.assertEqual(done.returncode, 3)
        self.one_line(done.stderr)
        self.assert_clean(device)

    def test_all_standard_descriptors_closed(self):
        device = self.start()
        done = self.diagnose(device, stdin=None, stdout=None, stderr=None, capture_output=False,
                             preexec_fn=lambda: os.closerange(0, 3))
        self.assertEqual(done.returncode, 3)
        device.wait_closed()
        self.assertEqual(list(emu.log_troubles(device.log())), [])

    def test_a_reader_that_has_gone(self):
        device = self.start()
        reader, writer = os.pipe()
        os.close(reader)
        try:
            done = self.diagnose(device, stdout=writer, stderr=subprocess.PIPE, capture_output=False)
        finally:
            os.close(writer)
        self.assertEqual(done.returncode, 3)
        self.assert_clean(device)

    def test_a_pipe_gets_no_colours(self):
        device = self.start()
        self.env["TERM"] = "xterm-256color"
        done = self.diagnose(device)
        self.assertNotIn(b"\x1b", done.stdout)
        self.assertTrue(done.stdout)

    def test_report_into_a_file(self):
        device = self.start()
        done = self.diagnose(device, "-f", "json", "-o", self.path("report"))
        self.assertEqual(done.stdout, b"")
        with open(self.path("report"), encoding="utf-8") as report:
            self.assertEqual(json.load(report)["verdict"]["status"], "unknown")
        self.assertEqual([name for name in os.listdir(self.folder) if ".part" in name], [])

    def test_report_into_a_folder_that_is_not_there(self):
        device = self.start()
        done = self.diagnose(device, "-o", self.path("no/report"))
        self.assertEqual(done.returncode, 3)
        self.one_line(done.stderr)
        self.assertEqual(device.words("OPEN"), [], "the device was asked for a result that has no place")

    def test_a_record_that_cannot_be_written(self):
        device = self.start()
        for place in (self.path("no/cast"), self.folder, "-"):
            done = self.diagnose(device, "--record", place)
            self.assertEqual(done.returncode, 3)
            self.one_line(done.stderr)
        self.assertEqual(device.words("OPEN"), [])


class Packets(Case):
    """--pcap FILE of a diagnosis and of a judged transcript."""
    world = "refused"

    def tshark(self, path, *fields):
        argv = ["tshark", "-r", path, "-T", "fields"] + [word for field in fields for word in ("-e", field)]
        out = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
        return [line.split("\t") for line in out.splitlines()]

    def test_the_captured_packets_are_written(self):
        device = self.start()
        out, record = self.path("out.pcapng"), self.path("run.cast")
        done = self.diagnose(device, "-f", "json", "--pcap", out, "--record", record)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(os.stat(out).st_mode & 0o777, 0o600)
        packets = self.tshark(out, "frame.interface_name", "frame.packet_flags_direction", "tcp.flags", "tcp.checksum.status",
                              "frame.cap_len", "frame.len")
        count = self.report(done)["facts"]["capture.packets"]["value"]
        self.assertEqual(len(packets), count)
        self.assertEqual(len({packet[0] for packet in packets}), 2)
        self.assertIn("0x0014", {packet[2] for packet in packets})
        again = self.path("again.pcapng")
        judged = self.run_fgdiag("judge", "-q", "--pcap", again, record)
        self.assertEqual(judged.returncode, 1, judged.stderr)
        with open(out, "rb") as one, open(again, "rb") as other:
            self.assertEqual(one.read(), other.read())

    def test_frames_of_the_emulator_are_sound(self):
        """Checksums and lengths as tshark reads them, payload and all."""
        for world, arguments in (("data-unanswered", []), ("late-dns-bytes", ["--set", "sniffer.level=6"]),
                                 ("server-silent-v6", ["--set", "sniffer.level=6"]),
                                 ("host-unreachable", ["--set", "sniffer.level=6"])):
            device = self.start(world)
            out = self.path(world + ".pcapng")
            self.run_fgdiag("diagnose", "-q", *device.login(), "--payload", "--pcap", out, *arguments,
                            self.entry(world))
            argv = ["tshark", "-r", out, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o",
                    "udp.check_checksum:TRUE", "-Y", "_ws.malformed || ip.checksum.status == 0 || "
                    "tcp.checksum.status == 0 || udp.checksum.status == 0 || icmp.checksum.status == 0"]
            bad = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
            self.assertEqual(bad, "", world)
            self.assertTrue(self.tshark(out, "frame.number"))

    def test_a_capture_without_bytes_spoils_no_verdict(self):
        device = self.start("server-silent")
        out = self.path("out.pcapng")
        done = self.run_fgdiag("diagnose", "-q", *device.login(), "-f", "json", "--pcap", out,
                               self.entry("server-silent"))
        self.assertEqual(done.returncode, 3)
        self.assertEqual(self.report(done)["verdict"]["status"], "critical")
        self.assertIn(b"no packet with bytes", done.stderr)
        self.assertFalse(os.path.exists(out))

    def test_the_file_is_checked_before_the_run(self):
        device = self.start()
        for path in ("-", self.path("no/such/folder")):
            done = self.diagnose(device, "--pcap", path)
            self.assertEqual(done.returncode, 3)
        same = self.path("same")
        self.assertIn(b"same file", self.diagnose(device, "--pcap", same, "--record", same).stderr)
        self.assertEqual(device.words("OPEN"), [])


class Entry(Case):
    def refused(self, entry):
        device = self.start()
        done = self.run_fgdiag("diagnose", "-q", *device.login(), entry)
        self.assertEqual(done.returncode, 3)
        self.assertEqual(done.stdout, b"")
        self.one_line(done.stderr)
        self.assertEqual(device.words("OPEN"), [])

    def test_another_action(self):
        self.refused(GOOD.replace('action="ip-conn"', 'action="deny"'))

    def test_no_address(self):
        self.refused(GOOD.replace("198.51.100.53", "999.1.1.1"))

    def test_a_command_in_the_port(self):
        self.refused(GOOD.replace("dstport=53", "dstport=53;reboot"))

    def test_no_server(self):
        self.refused(GOOD.replace("dstip=198.51.100.53 ", ""))

    def test_an_empty_line(self):
        self.refused("")

    def test_a_word(self):
        self.refused("hello")

    def test_control_bytes_are_not_repeated(self):
        done = self.run_fgdiag("diagnose", "-n", GOOD.replace("198.51.100.53", "\x1b]0;owned\x07"))
        self.assertEqual(done.returncode, 3)
        self.assertNotRegex(done.stderr, rb"[\x00-\x09\x0b-\x1f\x7f]")

    def test_a_vdom_that_is_no_name(self):
        done = self.run_fgdiag("diagnose", "-n", GOOD.replace('vd="root"', 'vd="root reboot"'))
        self.assertNotIn(b"sudo root reboot", done.stdout)

    def test_a_file_with_many_lines(self):
        with open(self.path("log"), "w", encoding="utf-8") as log:
            log.write(GOOD.replace('action="ip-conn"', 'action="accept"') + "\n" + GOOD + "\n")
        done = self.run_fgdiag("diagnose", "-n", self.path("log"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"execute ping 198.51.100.53", done.stdout)

    def test_two_entries_ask_for_a_choice(self):
        other = GOOD.replace("198.51.100.53", "198.51.100.54").replace("srcport=40001", "srcport=40777")
        both = GOOD + "\n" + other + "\n"
        done = self.run_fgdiag("diagnose", "-n", "-", stdin=None, input=both.encode())
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"--entry", done.stderr)
        done = self.run_fgdiag("diagnose", "-n", "--entry", "2", "-", stdin=None, input=both.encode())
        self.assertIn(b"execute ping 198.51.100.54", done.stdout)


class Usage(Case):
    def test_help_and_version(self):
        for argument in ("--help", "--version"):
            done = self.run_fgdiag(argument)
            self.assertEqual(done.returncode, 0)
            self.assertTrue(done.stdout)
            self.assertEqual(done.stderr, b"")

    def test_an_unknown_option(self):
        done = self.run_fgdiag("diagnose", "--no-such-option")
        self.assertEqual(done.returncode, 3)
        self.assertEqual(done.stdout, b"")
        self.assertRegex(done.stderr, re.compile(rb"no-such-option"))

    def test_there_is_no_password_argument(self):
        done = self.run_fgdiag("diagnose", "--password", "secret", GOOD)
        self.assertEqual(done.returncode, 3)


class Pasted(Case):
    """`judge` of what people copy out of a terminal."""

    golden = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden")

    def judge(self, *arguments, **options):
        return self.run_fgdiag("judge", "-f", "json", *arguments, **options)

    def paste(self, name):
        with open(os.path.join(self.golden, f"paste-{name}.paste"), "rb") as file:
            return file.read()

    def keep(self, name, data):
        with open(self.path(name), "wb") as out:
            out.write(data)
        return self.path(name)

    def states(self, report):
        return {check["id"]: check["state"] for check in report["checks"]}

    def test_a_file_and_stdin_give_the_same(self):
        whole = self.paste("late-dns")
        from_file = self.report(self.judge(self.keep("log", whole)))
        from_stdin = self.report(self.judge("-", stdin=None, input=whole))
        self.assertEqual(from_file["checks"], from_stdin["checks"])
        self.assertEqual(from_file["verdict"]["cause"], "icmp-error")

    def test_evidence_quotes_lines_of_the_file(self):
        for name in ("late-dns", "loss", "no-replies", "no-prompt", "putty"):
            lines = self.paste(name).replace(b"\r", b"").decode().split("\n")
            report = self.report(self.judge(self.keep(name, self.paste(name))))
            quotes = [quote for check in report["checks"] for quote in check["evidence"] if quote["line"]]
            self.assertTrue(quotes, name)
            for quote in quotes:
                self.assertTrue(lines[quote["line"] - 1].endswith(quote["text"]), (name, quote))

    def test_several_files_are_one_case(self):
        whole = self.paste("no-replies")
        entry, rest = whole.split(b"\n", 1)
        log, line = self.keep("log", rest), self.keep("entry", entry + b"\n")
        report = self.report(self.judge(log, line))
        self.assertEqual(report["verdict"]["cause"], "missing-replies")
        self.assertEqual({quote["step"] for check in report["checks"] for quote in check["evidence"]}, {log})

    def test_target_in_place_of_an_entry(self):
        rest = self.paste("no-replies").split(b"\n", 1)[1]
        log = self.keep("log", rest)
        told = self.report(self.judge("--target", "198.51.100.53:53", "--proto", "udp", log))
        self.assertEqual(told["verdict"]["cause"], "missing-replies")
        guessed = self.report(self.judge(log))
        self.assertTrue(any("taken for the server" in note for note in guessed["verdict"]["notes"]))
        self.assertEqual(guessed["verdict"]["certainty"], "likely")
        other = self.report(self.judge("--target", "203.0.113.1", log))
        self.assertNotIn(self.states(other)["packet-loss"], ("ok", "warning", "critical"))
        self.assertNotIn(self.states(other)["missing-replies"], ("ok", "warning", "critical"))

    def test_a_transcript_takes_no_target(self):
        done = self.judge("--target", "192.0.2.1", os.path.join(self.golden, "late-dns.cast"))
        self.assertEqual(done.returncode, 3)
        self.assertEqual(self.report(done)["error"]["kind"], "usage")

    def test_what_is_no_log(self):
        folder = self.folder
        rows = [self.keep("binary", bytes(range(256)) * 64), self.keep("empty", b""), folder,
                self.keep("line", b"x" * (8 << 20)), self.keep("prompts", b"FGT # \n" * 1000),
                self.keep("nul", b"FGT # get system status\0\n\0"), self.path("absent")]
        for path in rows:
            done = self.judge(path)
            self.assertEqual(done.returncode, 3, path)
            self.assertIn(self.report(done)["verdict"] is None, (True, False))
            self.assertNotIn(b"\x1b", done.stdout)

    def test_a_huge_line_hides_nothing(self):
        whole = self.paste("late-dns")
        at = whole.index(b"FGT-A # get system status")
        report = self.report(self.judge(self.keep("log", whole[:at] + b"y" * (4 << 20) + b"\n" + whole[at:])))
        self.assertEqual(report["verdict"]["cause"], "icmp-error")

    def test_a_cut_log_is_never_better(self):
        rank = {"skipped": 0, "unknown": 1, "ok": 2}
        for name in ("putty", "no-prompt"):
            whole = self.paste(name)
            full = self.states(self.report(self.judge(self.keep("log", whole))))
            lines = whole.split(b"\n")
            for n in range(1, len(lines), 9):
                done = self.judge(self.keep("cut", b"\n".join(lines[:n])))
                cut = self.report(done)
                for check, state in (self.states(cut) if cut["verdict"] else {}).items():
                    if state == "ok":
                        self.assertEqual(full[check], "ok", (name, n, check))
                    self.assertIn(state, (*rank, full[check]), (name, n, check))

    def test_a_transcript_pasted_says_the_same(self):
        names = [name for name in sorted(os.listdir(self.golden)) if name.endswith(".cast")]
        self.assertTrue(names)
        for name in names:
            path = os.path.join(self.golden, name)
            header, text = terminal_of(path)
            if header.get("host"):  # what ran on the client's machine stands at no prompt of the FortiGate
                continue
            entry = (header["entry_text"] or "").encode() + b"\n"
            given = [f"--{key}={header[key]}" for key in ("target", "proto", "vdom") if header.get(key)]
            judged = self.report(self.judge(path))
            pasted = self.report(self.judge(*given, self.keep("log", entry + text)))
            self.assertEqual(self.states(judged), self.states(pasted), name)
            self.assertEqual(judged["verdict"]["cause"], pasted["verdict"]["cause"], name)
            self.assertEqual(judged["verdict"]["where"], pasted["verdict"]["where"], name)

    def test_read_finds_the_command_in_a_session(self):
        done = self.run_fgdiag("read", "conserve", stdin=None, input=self.paste("putty"))
        self.assertEqual(json.loads(done.stdout)["facts"]["conserve.red"]["value"], 88)

    def test_sessions_of_the_corpus(self):
        corpus = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "shared", "corpus", "outputs")
        if not os.path.isdir(corpus):
            print("skip: no ../shared/corpus: its pasted sessions were not judged")
            return
        count = 0
        for folder, _, files in os.walk(corpus):
            for name in files:
                done = self.judge(os.path.join(folder, name))
                self.assertIn(done.returncode, (0, 1, 2, 3), name)
                report = self.report(done)
                self.assertNotEqual((report["verdict"] or {}).get("status"), "ok", name)
                count += 1
        self.assertGreater(count, 0)


def terminal_of(path):
    """Header and terminal text of a transcript: what its lanes showed, one after the other."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    lane, last, lanes = "", None, {}
    for line in lines[1:]:
        try:
            _, kind, data = json.loads(line)
        except ValueError:
            break
        if kind == "m":
            marker = json.loads(data) if isinstance(data, str) else data
            lane = marker.get("lane", lane)
        elif kind == "o":
            lanes.setdefault(lane, []).append(data.encode())
            last = lanes[lane]
        elif kind == "x" and last is not None:
            last[-1] = bytes.fromhex(data)
        elif kind == "i":
            last = None
    return json.loads(lines[0])["fgdiag"], b"\r\n".join(b"".join(part) for part in lanes.values())


class EmulatorItself(unittest.TestCase):
    """A trap that never closes proves nothing."""

    def test_the_log_is_read(self):
        lines = ["1 COMMAND config vdom", "1 VIOLATION not on the read-only list: config vdom", "1 LEFT ping-options",
                 "1 KEY 41", "1 COMMAND get system status", "1 COMMAND exit"]
        self.assertEqual(len(list(emu.log_troubles(lines))), 4)
        self.assertEqual(len(list(emu.log_troubles(lines, may_leave=True))), 3)

    def test_every_line_of_a_list_is_matched_whole(self):
        for line in ("get system status ; reboot", "diagnose sys session clear", "execute ping 1.1.1.1 x",
                     'diagnose sniffer packet any "host 1.1.1.1 " x" 4 10 a', "execute reboot", "config vdom",
                     "sudo root config system global", "execute ping-options source 1.1.1.1"):
            self.assertTrue(list(emu.log_troubles([f"1 COMMAND {line}"])), line)

    def test_a_bad_world_is_refused(self):
        with emu.scratch() as folder:
            path = os.path.join(folder, "world.yaml")
            with open(path, "w", encoding="utf-8") as out:
                out.write("device: {hostnam: typo}\n")
            done = subprocess.run([ARGS.emu, "--world", path], capture_output=True, text=True, timeout=10)
        self.assertEqual(done.returncode, 2)
        self.assertIn(":1:", done.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fgdiag", required=True)
    parser.add_argument("--emu", required=True)
    parser.add_argument("--speed", type=int, default=20)
    args, rest = parser.parse_known_args()
    ARGS.fgdiag, ARGS.emu, ARGS.speed = os.path.abspath(args.fgdiag), os.path.abspath(args.emu), args.speed
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
