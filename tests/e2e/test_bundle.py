#!/usr/bin/env python3
"""--bundle: what is in the file, that the same run gives the same bytes, that
another machine judges it alike, and that hostile archives are refused.

test_bundle.py --fgdiag PATH --emu PATH [--speed N] [unittest arguments]
"""
import argparse
import glob
import hashlib
import io
import json
import os
import re
import resource
import shutil
import stat
import subprocess
import sys
import unittest
import zipfile

import emulator as emu
import test_cli

ARGS = test_cli.ARGS
GOLDEN = os.path.join(emu.ROOT, "tests", "golden")
BYTES = os.path.join(GOLDEN, "data-lost-inside.cast")
MEMBERS = {"report.txt", "report.md", "report.json", "transcript.cast", "capture.pcapng", "entry.log", "playbook.yaml",
           "versions.txt", "MANIFEST.sha256"}
FORMS = {"text": "report.txt", "json": "report.json", "markdown": "report.md", "html": "report.html"}
ROW = re.compile(r"0x([0-9a-f]{4})\s+((?:[0-9a-f]{2,4} ?)+)")


def header_end(frame):
    """Where the headers end, written apart from the program's decoder; IP over Ethernet only."""
    at = 14
    kind = frame[12:14]
    if kind == b"\x08\0":
        protocol, at = frame[at + 9], at + 4 * (frame[at] & 15)
    elif kind == b"\x86\xdd":
        protocol, at = frame[at + 6], at + 40
    else:
        return 42 if kind == b"\x08\x06" else 14
    if protocol == 6:
        return at + 4 * (frame[at + 12] >> 4)
    if protocol == 17:
        return at + 8
    if protocol == 1 and frame[at] in (3, 4, 5, 11, 12):
        return at + 8 + 4 * (frame[at + 8] & 15) + 8
    if protocol == 58 and frame[at] in (1, 2, 3, 4):
        return at + 8 + 40 + 8
    return at + 8


def output_of(cast):
    """All that the device sent, lane by lane."""
    lanes, lane = {}, "main"
    for line in cast.splitlines()[1:]:
        _, code, data = json.loads(line)
        if code == "m":
            lane = json.loads(data).get("lane", lane)
        elif code == "o":
            lanes[lane] = lanes.get(lane, "") + data
    return "\n".join(lanes.values())


def frames_of(text):
    """The bytes of each packet whose rows the text has."""
    frames = []
    for line in text.split("\n"):
        match = ROW.match(line)
        if not match:
            continue
        if match[1] == "0000":
            frames.append(b"")
        frames[-1] += bytes.fromhex(match[2].replace(" ", ""))
    return frames


def packed(members, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **options) as file:
        for name, data in members:
            file.writestr(name, data)
    return out.getvalue()


def with_sums(members):
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name.split('/')[-1]}\n" for name, data in members)
    return [*members, ("MANIFEST.sha256", sums.encode())]


class Bundle(test_cli.Case):
    def make(self, cast=BYTES, name="bundle.zip", *more):
        done = self.run_fgdiag("judge", "-f", "check", "--bundle", self.path(name), *more, cast)
        self.assertIn(done.returncode, (0, 1, 2, 3), done.stderr)
        self.assertEqual(done.stderr, b"")
        return self.path(name)

    def read(self, path):
        with zipfile.ZipFile(path) as file:
            self.assertIsNone(file.testzip())
            return {info.filename: file.read(info) for info in file.infolist()}

    def bytes_of(self, path):
        with open(path, "rb") as file:
            return file.read()

    def save(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def test_a_run_and_its_bundle(self):
        device = self.start("late-dns")
        zipped, cast = self.path("run.zip"), self.path("run.cast")
        done = self.run_fgdiag("diagnose", "-q", *device.login(), "--set", "sniffer.level=6", "--record", cast,
                               "--bundle", zipped, self.entry("late-dns"))
        self.assertEqual((done.returncode, done.stderr), (1, b""))
        self.assertEqual(stat.S_IMODE(os.stat(zipped).st_mode), 0o600)
        members = self.read(zipped)
        self.assertEqual(set(members) - {"report.html"}, MEMBERS)
        self.assertEqual(json.loads(members["report.json"])["verdict"]["cause"], "icmp-error")
        self.assertEqual(subprocess.run(["unzip", "-tqq", zipped], check=False).returncode, 0)
        place = self.path("unpacked")
        subprocess.run(["unzip", "-qq", zipped, "-d", place], check=True)
        subprocess.run(["sha256sum", "--quiet", "--strict", "-c", "MANIFEST.sha256"], cwd=place, check=True)
        with open(cast, encoding="utf-8") as file:
            self.assertTrue("7861 6d70 6c65" in file.read())  # of "example", which the client asked for
        # What was recorded gives the same bundle again, and so does the bundle.
        self.assertEqual(self.bytes_of(self.make(cast, "again.zip")), self.bytes_of(zipped))
        self.assertEqual(self.bytes_of(self.make(zipped, "third.zip")), self.bytes_of(zipped))
        self.assert_clean(device)

    def test_no_payload_unless_asked_for(self):
        canaries = (b"abcdefghijklmnop", b"6162 6364 6566 6768", "abcdefghijklmnop".encode("utf-16-le"))
        members = self.read(self.make())
        looked_at = [name for name, data in members.items() for canary in canaries if canary in data]
        self.assertEqual(looked_at, [])
        header = json.loads(members["transcript.cast"].split(b"\n")[0])
        self.assertIs(header["fgdiag"]["trimmed"], True)
        done = self.run_fgdiag("judge", "--payload", "--bundle", self.path("more.zip"), self.path("bundle.zip"))
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"taken out of this transcript", done.stderr)
        kept = self.read(self.make(BYTES, "payload.zip", "--payload"))
        self.assertNotIn(b"trimmed", kept["transcript.cast"])
        self.assertIn(canaries[1], kept["transcript.cast"])
        self.assertIn(canaries[0], kept["capture.pcapng"])
        frames = frames_of(output_of(members["transcript.cast"].decode()))
        whole = frames_of(output_of(kept["transcript.cast"].decode()))
        self.assertGreater(len(frames), 100)
        self.assertEqual(len(frames), len(whole))
        for cut, frame in zip(frames, whole):
            self.assertEqual(cut, frame[:header_end(frame)])

    def test_the_verdict_is_the_same(self):
        """Of every golden run; the line numbers of its evidence too."""
        for cast in sorted(glob.glob(os.path.join(GOLDEN, "*.cast"))):
            whole = self.report(self.run_fgdiag("judge", "-f", "json", "--bundle", self.path("out.zip"), cast))
            cut = self.report(self.run_fgdiag("judge", "-f", "json", self.path("out.zip")))
            for step in whole["steps"] + cut["steps"]:
                del step["bytes"]
            self.assertEqual(whole, cut, cast)

    def test_judged_on_another_machine(self):
        path = self.make()
        members = self.read(path)
        cast = self.save("unpacked.cast", members["transcript.cast"])
        other = self.path("other")
        os.mkdir(other, 0o700)
        shutil.copy(path, os.path.join(other, "x"))
        env = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "TZ": "Asia/Kolkata", "LC_ALL": "C", "COLUMNS": "80",
               **{name: value for name, value in self.env.items() if name.endswith("SAN_OPTIONS")}}
        for form, name in FORMS.items():
            if form == "html" and name not in members:
                continue  # not one of this program's forms
            here = self.run_fgdiag("judge", "-f", form, "--color", "never", path)
            there = self.run_fgdiag("judge", "-f", form, "--color", "never", "x", env=env, cwd=other)
            taken_out = self.run_fgdiag("judge", "-f", form, "--color", "never", cast)
            for one in (there, taken_out):
                self.assertEqual((one.returncode, one.stdout, one.stderr), (here.returncode, here.stdout, b""))
            self.assertEqual(here.stdout, members[name])
        done = self.run_fgdiag("judge", "-f", "check", "--bundle", "made", "x", env=env, cwd=other)
        self.assertEqual(done.stderr, b"")
        self.assertEqual(self.bytes_of(os.path.join(other, "made")), self.bytes_of(path))

    def test_without_bytes_there_is_no_capture(self):
        members = self.read(self.make(os.path.join(GOLDEN, "late-dns.cast")))
        self.assertEqual(set(members) - {"report.html"}, MEMBERS - {"capture.pcapng"})

    def test_changed_evidence_is_told(self):
        members = self.read(self.make())
        for name in sorted(set(members) - {"MANIFEST.sha256"}):
            for change in ("changed", "missing"):
                data = members[name].replace(b"a", b"b", 1)
                rest = [(key, data if key == name else value) for key, value in members.items()
                        if key != name or change == "changed"]
                done = self.run_fgdiag("judge", self.save("changed.zip", packed(rest)))
                self.assertEqual((done.returncode, done.stdout), (3, b""), (name, change))
                self.assertIn(name.encode(), done.stderr)
                self.one_line(done.stderr)

    def refused(self, name, data, words):
        path = self.save("hostile.zip", data)
        before = set(os.listdir(self.folder))
        done = self.run_fgdiag("judge", path, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (3, b""), name)
        self.one_line(done.stderr)
        self.assertIn(words, done.stderr.decode(), name)
        self.assertTrue(done.stderr.isascii() and b"\x1b" not in done.stderr, name)
        self.assertEqual(set(os.listdir(self.folder)), before)

    def test_hostile_archives(self):
        good = list(self.read(self.make()).items())
        cast = dict(good)["transcript.cast"]
        zipped = self.bytes_of(self.path("bundle.zip"))
        encrypted = bytearray(packed(with_sums([("transcript.cast", cast)])))
        for at in (6, encrypted.index(b"PK\x01\x02") + 8):
            encrypted[at] |= 1
        crc = bytearray(zipped)
        crc[200] ^= 0x55
        cases = {
            "nothing behind the mark": (b"PK\x03\x04", "no whole ZIP"),
            "noise": (b"PK\x03\x04" + bytes(range(256)) * 40, "no whole ZIP"),
            "empty": (packed([]), "no bundle of fgdiag"),
            "a flipped byte": (bytes(crc), ""),
            "encrypted": (bytes(encrypted), "encrypted"),
            "no manifest": (packed([("transcript.cast", cast)]), "MANIFEST.sha256"),
            "an empty manifest": (packed([("transcript.cast", cast), ("MANIFEST.sha256", b"")]), "does not tell"),
            "a manifest of noise": (packed([("transcript.cast", cast), ("MANIFEST.sha256", b"\xff\x1b[2J\n" * 9)]),
                                    "no sum"),
            "two transcripts": (packed(with_sums([("a/transcript.cast", cast), ("b/transcript.cast", cast)])), "twice"),
            "no transcript": (packed(with_sums([("x", b"x")])), "transcript.cast"),
            "many members": (packed([(str(n), b"") for n in range(100)]), "more than 64"),
            "a long name": (packed([("x" * 500, b"")]), "too long"),
            "a name that is no text": (packed([("\x1b[2J\u202e" + "x" * 80, b"")]), ""),
            "a bomb": (packed([("transcript.cast", bytes(80 << 20))]), "unpacked"),
            "bombs": (packed([(f"{n}.cast", bytes(60 << 20)) for n in range(6)]), "unpacked"),
            "a transcript that is none": (packed(with_sums([("transcript.cast", b"hello")])), "not a transcript"),
        }
        for name, (data, words) in cases.items():
            with self.subTest(name=name):
                self.refused(name, data, words)
        for n in range(0, len(zipped) - 1, 997):
            if n > 3:
                self.refused(f"cut at {n}", zipped[:n], "no whole ZIP")

    def test_folders_of_names_do_not_count(self):
        members = [("../../" + name if name == "transcript.cast" else "ticket/" + name, data)
                   for name, data in self.read(self.make()).items()]
        before = set(os.listdir(self.folder)) | {"packed.zip"}
        done = self.run_fgdiag("judge", "-f", "check", self.save("packed.zip", packed(members)))
        self.assertEqual(done.stderr, b"")
        self.assertEqual(done.stdout, self.run_fgdiag("judge", "-f", "check", BYTES).stdout)
        self.assertEqual(set(os.listdir(self.folder)), before)

    def test_no_room(self):
        old = self.save("old.zip", b"old")

        def little():
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        for path, options in ((old, {"preexec_fn": little}), ("/dev/full", {})):
            done = self.run_fgdiag("judge", "-f", "check", "--bundle", path, BYTES, **options)
            self.assertEqual(done.returncode, 3)
            self.one_line(done.stderr)
            self.assertIn(b"the bundle was not saved", done.stderr)
            self.assertTrue(done.stdout)
        self.assertEqual(self.bytes_of(old), b"old")
        self.assertEqual(os.listdir(self.folder), ["old.zip"])

    def test_the_file_is_checked_before_the_run(self):
        device = self.start()
        same = self.path("same")
        for more, words in ((["--bundle", "-"], b"stdout"), (["--bundle", self.path("no/folder")], b"written there"),
                            (["--bundle", same, "--record", same], b"same file"),
                            (["--bundle", same, "--pcap", same], b"same file"),
                            (["--bundle", same, "-o", same], b"same file"), (["--bundle", self.folder], b"folder")):
            for done in (self.diagnose(device, *more), self.run_fgdiag("judge", *more, BYTES)
                         if "--record" not in more else self.diagnose(device, *more)):
                self.assertEqual((done.returncode, done.stdout), (3, b""), more)
                self.assertIn(words, done.stderr)
        self.assertEqual(device.words("OPEN"), [])
        for names in ([BYTES, BYTES], [os.path.join(GOLDEN, "paste-late-dns.paste")]):
            done = self.run_fgdiag("judge", "--bundle", same, *names)
            self.assertEqual(done.returncode, 3)
            self.assertFalse(os.path.exists(same))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fgdiag", required=True)
    parser.add_argument("--emu", required=True)
    parser.add_argument("--speed", type=int, default=20)
    _, rest = parser.parse_known_args(namespace=ARGS)
    ARGS.fgdiag = os.path.abspath(ARGS.fgdiag)
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
