#!/usr/bin/env python3
"""Bad entries, options, playbooks, files, transcripts and pastes: each ends at
once with status 3 and one clean line, and nothing is sent anywhere.

test_bad_input.py --fgdiag PATH [unittest arguments]
"""
import argparse
import os
import re
import socket
import subprocess
import sys
import tempfile
import unittest

ARGS = argparse.Namespace(fgdiag=None)
GOOD = ('date=2024-06-26 time=16:18:28 tz="+0100" type="traffic" subtype="forward" vd="PROD" srcip=192.0.2.4 '
        'srcport=12345 srcintf="internal" dstip=198.51.100.4 dstport=53 dstintf="wan1" proto=17 action="ip-conn"')
PLAYBOOK = "playbook: x\nsummary: x\nneeds: entry\nlimits: { time: 60s }\nsteps:\n"
STEP = "  - { id: a, scope: login, send: get system status, read: status }\n"
MOST_SECONDS = 10
HOSTILE = "\x1b[31m\u202ex\u2066\x9b1m"


def swap(name, value):
    return re.sub(name + r'=("[^"]*"|\S+)', lambda _: f"{name}={value}", GOOD, count=1)


ADDRESSES = ["999.1.1.1", "0.0.0.0", "010.1.1.1", "1.2.3", "1.2.3.4.5", "0x7f.1", "fe80::1%eth0", "2001:db8:::1", "",
             "1.2.3.4;reboot", "4294967296"]
NUMBERS = ["-1", "65536", "1e3", "0x35", "53;reboot", "2147483648", "4294967296", "9223372036854775808",
           "18446744073709551616", "+5"]
ENTRIES = {
    "empty": b"", "one byte": b"x", "blank": b" \r\n\t\n", "64 KiB": b"x" * 65536, "1 MiB": b"x" * (1 << 20),
    "newlines": b"\n" * (1 << 20), "NUL": GOOD.replace("PROD", "PR\0D").encode(), "UTF-16": GOOD.encode("utf-16"),
    "unbalanced quote": GOOD[:-1].encode(), "no action": GOOD.replace('action="ip-conn"', "").encode(),
    "other action": GOOD.replace("ip-conn", "accept").encode(),
    "gzip": b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + bytes(range(256)), "JSON array": b"[" * 100000, "JSON": b'{"a":' * 50000,
    "no server": GOOD.replace("dstip=198.51.100.4 ", "").encode(), "line end in a value": swap(
        "dstport", "53\nexecute factoryreset").encode(), "escapes": (HOSTILE + " action=ip-conn").encode(),
}
ENTRIES.update({f"dstip {a!r}": swap("dstip", a).encode() for a in ADDRESSES})
ENTRIES.update({f"dstport {n!r}": swap("dstport", n).encode() for n in NUMBERS})
ENTRIES.update({f"proto {n!r}": swap("proto", n).encode() for n in ["-1", "256", "1e1", "0x11", "17;reboot"]})
OPTIONS = [["--nothing"], ["--dev"], ["-z"], ["--target"], ["--target", ""], ["--target", "192.0.2.1:0"],
           ["--target", "192.0.2.1:65536"], ["--target", "192.0.2.1;reboot"], ["--target", "192.0.2.1\nreboot"],
           ["--proto", "17x"], ["--proto", "256"], ["--vdom", "root;reboot"], ["--vdom", "a b"], ["--vdom", "config"],
           ["--vdom", "x" * 40], ["--entry", "0"], ["--entry", "-1"], ["--entry", "99999999999999999999"],
           ["--wait", "-1"], ["--wait", "3601"], ["--wait", "nan"], ["--time", "0"], ["--time", "1e9"],
           ["--ping-count", "0"], ["--ping-count", "10001"], ["--ping-count", "18446744073709551616"],
           ["--packets", "0"], ["--packets", "x"], ["--df-size", "-1"], ["--set", ""], ["--set", "x"],
           ["--set", "nothing=1"], ["--set", "ping.count=1;reboot"], ["--format", "xml"], ["--color", "blue"],
           ["--password-fd", "-1"], ["--playbook", "nothing"], ["--playbook", "/"], ["--playbook", "/dev/zero"],
           ["--playbook", b"\xff\xfe"], ["--vdom", b"\xff\xfe"], ["--target", HOSTILE], ["extra"] * 3]
PLAYBOOKS = {
    "empty": b"", "list": b"- a\n", "NUL": b"playbook: \0\n", "not UTF-8": b"playbook: \xff\n", "deep": b"[" * 20000,
    "deep keys": b"{a: " * 20000, "aliases": b"a: &a [x,x]\n" + b"".join(
        b"%c: &%c [*%c,*%c,*%c]\n" % (98 + i, 98 + i, 97 + i, 97 + i, 97 + i) for i in range(20)),
    "tag": b"playbook: !!python/object x\n", "twice": (PLAYBOOK + STEP + STEP).encode(),
    "another command": (PLAYBOOK + STEP.replace("get system status", "execute reboot")).encode(),
    "two commands": (PLAYBOOK + STEP.replace("get system status", '"get system status\\nexecute reboot"')).encode(),
    "help": (PLAYBOOK + STEP.replace("get system status", "'get system ?'")).encode(), "1 MiB": b"#" * (1 << 20),
    "pattern": (PLAYBOOK + STEP.replace("read: status", "read: pattern, pattern: '('")).encode(),
}
TRANSCRIPTS = {"empty": b"", "one byte": b"{", "NUL": b"\0" * 1000, "deep": b"[" * 100000, "other cast":
               b'{"version":2,"width":80,"height":24}\n[0.1,"o","x"]\n', "1 MiB of blanks": b" " * (1 << 20),
               "hostile": (HOSTILE * 10).encode(), "more": b"--More-- " * 100000, "escapes": b"\x1b" * (1 << 20),
               "backspaces": b"a\b" * (1 << 19)}


class BadInput(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)

    def tearDown(self):
        with self.assertRaises(BlockingIOError, msg="something was sent"):
            self.listener.accept()
        self.listener.close()
        self.folder.cleanup()

    def path(self, name, data=None):
        path = os.path.join(self.folder.name, name)
        if data is not None:
            with open(path, "wb") as out:
                out.write(data)
            os.chmod(path, 0o600)
        return path

    def refused(self, *words, stdin=b"", status=(3,)):
        run = subprocess.run([ARGS.fgdiag, *words], input=stdin, capture_output=True, timeout=MOST_SECONDS,
                             env={"HOME": self.folder.name, "PATH": "/nonexistent", "LC_ALL": "C"})
        said = run.stderr.decode()  # always UTF-8
        self.assertIn(run.returncode, status, (words, said))
        self.assertEqual(re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", said), [], words)
        self.assertNotIn("Sanitizer", said)
        return said

    def diagnose(self, *words, stdin=b"", entry=GOOD):
        port = self.listener.getsockname()[1]
        said = self.refused("diagnose", "-F", "none", "-d", f"admin@127.0.0.1:{port}", *words, entry, stdin=stdin)
        self.assertEqual(said.count("\n"), 1, said)

    def test_entries(self):
        for name, data in ENTRIES.items():
            with self.subTest(name):
                self.diagnose(entry=self.path("entry.log", data))
                self.diagnose(entry="-", stdin=data)

    def test_many_entries(self):
        self.diagnose(entry=self.path("entry.log", "".join(
            swap("srcport", str(1 + i % 60000)) + "\n" for i in range(20000)).encode()))

    def test_options(self):
        for words in OPTIONS:
            with self.subTest(words):
                self.diagnose(*words)
        self.diagnose(*["extra"] * 10000)

    def test_playbooks(self):
        for name, data in PLAYBOOKS.items():
            with self.subTest(name):
                self.diagnose("--playbook", self.path("x.yaml", data))

    def test_transcripts_and_pastes(self):
        for name, data in TRANSCRIPTS.items():
            with self.subTest(name):
                self.refused("judge", self.path("x.cast", data))

    def test_files_that_are_none(self):
        """Password files are read after the host key was accepted: tests/unit/link/test_secret.c."""
        os.mkfifo(self.path("fifo"))
        os.mkdir(self.path("folder"))
        with open(self.path("sparse"), "wb") as out:
            out.truncate(1 << 30)
        odd = ["fifo", "folder", "sparse", "missing"]
        for name in odd:
            with self.subTest(f"playbook {name}"):
                self.diagnose("--playbook", self.path(name))
        for name in ("folder", "sparse", "missing"):
            with self.subTest(f"entry {name}"):
                self.diagnose(entry=self.path(name))
                self.refused("judge", self.path(name))
        self.diagnose(entry="/dev/zero")
        self.refused("judge", "/dev/zero")


if __name__ == "__main__":
    PARSER = argparse.ArgumentParser()
    PARSER.add_argument("--fgdiag", required=True)
    ARGS, REST = PARSER.parse_known_args()
    ARGS.fgdiag = os.path.abspath(ARGS.fgdiag)
    unittest.main(argv=[sys.argv[0], *REST])
