#!/usr/bin/env python3
"""Every command of README.md, run as it stands there, top to bottom: with the
emulator in the place of the FortiGate, and in a folder with the files it names.

test_readme.py --fgdiag PATH --emu PATH [--speed N] [unittest arguments]
"""
import argparse
import gzip
import os
import re
import subprocess
import sys
import unittest

import emulator as emu

ARGS = argparse.Namespace(fgdiag=None, emu=None, speed=20)
WORLD = "late-dns"

# What stands for something that is not here.
STAND_INS = (
    (r"admin@192\.0\.2\.1", "{device}"),   # the FortiGate, with what it takes to log in to it
    (r"me@client", "local"),               # the client's machine: this one
    (r"-H 192\.0\.2\.1 -l probe --password-file probe\.password", "-d {device}"),
    (r"--target 198\.51\.100\.53", "--target 8.8.4.4 --vdom PROD"),  # one of the emulated FortiGate
)
# Commands that are looked at and not run, and why.
ONLY_KNOWN = {
    "make": "each would build or install on this machine; make itself says whether it has such a target",
}


def read(*names):
    with open(os.path.join(emu.ROOT, *names), encoding="utf-8") as file:
        return file.read()


def commands():
    """(section, command) of each line in a block without a language."""
    section, fence, found = "", None, []
    for line in read("README.md").splitlines():
        if line.startswith("#") and fence is None:
            section = line.strip("# ")
        elif line.startswith("```"):
            fence = None if fence is not None else line[3:]
        elif fence == "" and re.match(r"(fgdiag|make|jq|source|for|ln|systemctl)\b", line):
            found.append((section, re.sub(r" {2,}# .*", "", line)))
    return found


class Readme(unittest.TestCase):
    def setUp(self):
        scratch = emu.scratch()
        self.folder = scratch.__enter__()
        self.addCleanup(scratch.__exit__, None, None, None)
        self.device = emu.Emulator(ARGS.emu, WORLD, ARGS.speed, self.folder)
        self.addCleanup(self.device.stop)
        self.work = os.path.join(self.folder, "work")
        os.mkdir(self.work)
        self.write("entry.log", emu.fill_entry(emu.world_case(ARGS.emu, WORLD)["entry"].strip()) + "\n")
        self.write("ping.txt", "PING 192.0.2.1 (192.0.2.1): 56 data bytes\n"
                               "64 bytes from 192.0.2.1: icmp_seq=0 ttl=64 time=0.5 ms\n\n--- 192.0.2.1 ping statistics ---\n"
                               "1 packets transmitted, 1 packets received, 0% packet loss\n"
                               "round-trip min/avg/max = 0.5/0.5/0.5 ms\n")
        golden = os.path.join(emu.ROOT, "tests", "golden")
        pastes = sorted(name for name in os.listdir(golden) if name.endswith(".paste"))
        with open(os.path.join(golden, pastes[0]), encoding="utf-8") as file:
            pasted = "".join(line for line in file if "ip-conn" not in line)  # the entry is in its own file
        self.write("putty.log", pasted.replace("198.51.100.53", "8.8.4.4").replace("192.0.2.10", "192.168.5.4"))
        self.write("sniffer.log", "2026-11-23 08:03:09.109148 internal in 192.0.2.10.40001 -> 198.51.100.53.53: udp 4\n"
                                  "0x0000\t 4500 0020 0000 0000 4011 0000 c000 020a\tE.......@.......\n"
                                  "0x0010\t c633 6435 9c41 0035 000c 0000 6162 6364\t.3d5.A.5....abcd\n")
        self.write("today.log", 'devname="FGT-LAB" ' + emu.fill_entry(emu.world_case(ARGS.emu, WORLD)["entry"].strip()).replace("\n", " ") + "\n")
        with gzip.open(os.path.join(self.work, "yesterday.log.gz"), "wt", encoding="utf-8") as file:
            file.write("nothing here\n")
        ready = self.device.ready
        self.write("inventory.yaml", "devices:\n"
                   f"  - {{name: FGT-LAB, address: '127.0.0.1:{ready['port']}', user: {ready['user']},\n"
                   f"     host-key: '{ready['fingerprint']}', password-file: {self.device.secret}, tags: edge}}\n")
        os.chmod(os.path.join(self.work, "inventory.yaml"), 0o600)
        binaries = os.path.join(self.folder, "bin")
        os.mkdir(binaries)
        os.symlink(ARGS.fgdiag, os.path.join(binaries, "fgdiag"))
        environment = emu.environment(ARGS.speed)
        self.env = {**environment, "XDG_RUNTIME_DIR": self.folder, "XDG_STATE_HOME": self.folder, "PATH": f"{binaries}:{environment['PATH']}"}

    def write(self, name, text):
        with open(os.path.join(self.work, name), "w", encoding="utf-8") as file:
            file.write(text)

    def stand_in(self, command):
        login = " ".join(self.device.login()).removeprefix("-d ")
        for pattern, replacement in STAND_INS:
            command = re.sub(pattern, replacement.format(device=login), command)
        return command

    def run_line(self, command):
        # A command line that is missing its device would else ask at the terminal.
        return subprocess.run(["/bin/bash", "-c", self.stand_in(command)], cwd=self.work, env=self.env, timeout=200,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def test_every_command(self):
        found = commands()
        self.assertGreater(len(found), 10)
        for section, command in found:
            with self.subTest(section=section, command=command):
                if command.split()[0] in ONLY_KNOWN:
                    done = subprocess.run([*command.split(), "-n"], cwd=emu.ROOT, capture_output=True, text=True, timeout=60)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    continue
                done = self.run_line(command)
                # late-dns is a warning. Pasted text shows less than a run, so its verdict may be unknown.
                verdicts = (0, 1, 2, 3) if done.stdout.startswith("UNKNOWN: ") else (0, 1, 2)
                self.assertIn(done.returncode, verdicts, done.stdout + done.stderr)
                self.assertNotRegex(done.stderr, r"fgdiag: [a-z-]+: ")
                if not re.search(r" -o |--output|source|--pcap|--record", command):
                    self.assertTrue(done.stdout, command)
        self.device.wait_closed()
        self.assertEqual(list(emu.log_troubles(self.device.log())), [])
        for name in re.findall(r"[a-z0-9]+\.(?:cast|pcapng|json|html|prom|state|zip)", "\n".join(command for _, command in found)):
            self.assertTrue(os.path.getsize(os.path.join(self.work, name)), name)

    def test_the_report_at_the_top_is_one_that_fgdiag_gives(self):
        """The lines of the shown report, those between … aside, in their order."""
        shown = re.search(r"```\n(WARNING: an ICMP.*?)```", read("README.md"), re.S).group(1)
        report = read("tests", "golden", "late-dns.text")
        at = 0
        for line in shown.splitlines():
            if line.strip() in ("", "..."):
                continue
            at = report.find(line + "\n", at)
            self.assertGreaterEqual(at, 0, line)

    def test_files_and_targets_that_are_named_exist(self):
        text = read("README.md")
        for name in re.findall(r"`((?:doc|dist|tests|src|include|playbooks)/[\w./-]*)`", text):
            self.assertTrue(os.path.exists(os.path.join(emu.ROOT, name)), name)
        for target in set(re.findall(r"`make ([a-z-]+)`", text)):
            self.assertRegex(read("Makefile"), rf"(?m)^(\.PHONY:.* )?{target}\b", target)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--fgdiag", required=True, type=os.path.abspath)
    parser.add_argument("--emu", required=True, type=os.path.abspath)
    parser.add_argument("--speed", type=int, default=20)
    parsed, rest = parser.parse_known_args()
    vars(ARGS).update(vars(parsed))
    unittest.main(argv=[sys.argv[0], *rest])
