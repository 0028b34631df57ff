#!/usr/bin/env python3
"""scan over logs as they lie on a disk.

test_scan.py --fgdiag PATH --emu PATH [unittest arguments]
"""
import csv
import gzip
import io
import json
import os
import subprocess
import time

import jsonschema

import emulator as emu
import test_cli

SCHEMA = os.path.join(emu.ROOT, "doc", "scan.schema.json")


def line(device="FGT-A", server="192.0.2.53", port=53, client="10.0.0.1", at="2026-01-02 10:00:00", **more):
    date, clock = at.split(" ")
    values = {"devname": device, "devid": "FGT60FTK00000001", "logid": "0000000011", "type": "traffic",
              "subtype": "forward", "level": "warning", "vd": "root", "action": "ip-conn", "service": "DNS", **more}
    words = " ".join(f'{name}="{value}"' for name, value in values.items())
    return (f'date={date} time={clock} {words} srcip={client} srcport=40001 dstip={server} dstport={port} proto=17 '
            'policyid=20 sessionid=1 tz="+0000"\n').encode()


OTHER = line(action="accept")


class Scan(test_cli.Case):
    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def scan(self, *arguments, **options):
        return self.run_fgdiag("scan", *arguments, **options)

    def found(self, *arguments, status=0, **options):
        done = self.scan("-f", "json", *arguments, **options)
        self.assertEqual(done.returncode, status, done.stderr)
        found = json.loads(done.stdout)
        with open(SCHEMA, encoding="utf-8") as file:
            jsonschema.validate(found, json.load(file))
        return found

    def test_every_form_of_a_log_gives_the_same(self):
        text = (OTHER * 50 + line() + OTHER * 20 + line(client="10.0.0.2")) * 300 + line(port=54)[:-1]
        plain = self.write("plain", text)
        half = len(text) // 2
        packed = self.write("packed.gz", gzip.compress(text[:half]) + gzip.compress(text[half:]))
        both = b"".join(subprocess.run(["zstd", "-q", "-c"], input=part, capture_output=True, check=True).stdout
                        for part in (text[:half], text[half:]))
        zstd = self.write("packed.zst", both)
        expected = self.found(plain)
        self.assertEqual((expected["entries"], expected["group_count"], expected["bytes"]), (601, 2, len(text)))
        offset = expected["groups"][0]["places"][1]["offset"]
        self.assertEqual(text[offset:offset + 100], line(client="10.0.0.2")[:100])
        for path in (packed, zstd):
            found = self.found(path)
            for group in found["groups"]:
                for place in group["places"]:
                    place["file"] = plain
            self.assertEqual(found, expected)
        for data in (text, gzip.compress(text), both):
            done = subprocess.run([test_cli.ARGS.fgdiag, "scan", "-f", "json", "-"], input=data, capture_output=True,
                                  env=self.env, check=True)
            self.assertEqual(json.loads(done.stdout)["entries"], 601)

    def test_bytes_that_come_one_by_one(self):
        process = subprocess.Popen([test_cli.ARGS.fgdiag, "scan", "-f", "json", "-"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, env=self.env)
        for byte in gzip.compress(OTHER + line()):
            process.stdin.write(bytes([byte]))
            process.stdin.flush()
        out, _ = process.communicate()
        self.assertEqual(json.loads(out)["entries"], 1)

    def test_damaged_and_cut_logs_are_told_and_the_others_read(self):
        text = (OTHER * 50 + line()) * 2000
        good = self.write("good", line(port=99))
        packed = gzip.compress(text)
        zstd = subprocess.run(["zstd", "-q", "-c"], input=text, capture_output=True, check=True).stdout
        broken = packed[:3000] + b"\xff\x00\xff\x00" + packed[3004:]
        for name, data, words in (("cut.gz", packed[:len(packed) // 2], "ends in the middle"),
                                  ("cut.zst", zstd[:len(zstd) // 2], "ends in the middle"),
                                  ("broken.gz", broken, "gzip data are damaged"),
                                  ("broken.zst", zstd[:9] + b"\xff" * 40 + zstd[49:], "zstd data are damaged")):
            path = self.write(name, data)
            done = self.scan("-f", "json", path, good)
            self.assertEqual(done.returncode, 3)
            self.assertIn(words, done.stderr.decode())
            self.assertIn(path, done.stderr.decode())
            self.assertIn(99, [group["port"] for group in json.loads(done.stdout)["groups"]])
        done = self.scan(self.path("none"), self.folder, good)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"No such file", done.stderr)
        self.assertIn(b"a folder", done.stderr)

    def test_a_log_that_becomes_shorter_is_told_of(self):
        path = self.path("shrinks")
        with open(path, "wb") as file:
            for _ in range(400):
                file.write((OTHER * 4000 + line())[:1 << 20] + b"\n")
        for _ in range(20):
            os.truncate(path, 400 << 20)
            process = subprocess.Popen([test_cli.ARGS.fgdiag, "scan", "-f", "json", path], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, env=self.env)
            time.sleep(0.005)
            os.truncate(path, 4096)
            out, err = process.communicate()
            self.assertIn(process.returncode, (0, 3))
            json.loads(out)
            if process.returncode == 3:
                self.assertIn(b"became shorter while it was read", err)

    def test_what_is_hostile_stays_text(self):
        evil = "\x1b[31m\u202ered=cmd|' /C calc'!A0"
        log = self.write("log", line(device="=1+1", service=evil) + line(vd="\u009b2J", port=54)
                         + b'date=x action="ip-conn" type="traffic" srcip=\x1b[2J\n')
        done = self.scan("--malformed", log)
        self.assertNotRegex(done.stdout + done.stderr, rb"[\x00-\x08\x0b-\x1f\x7f]")
        self.assertNotIn("\u009b", done.stdout.decode())
        done = self.scan("-f", "csv", log)
        rows = list(csv.DictReader(io.StringIO(done.stdout.decode(), newline="")))
        self.assertEqual(len(rows), 2)
        self.assertIn("'=1+1", [row["devname"] for row in rows])
        self.assertNotRegex(done.stdout, rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
        self.assertEqual(self.found("--malformed", log)["malformed"], 1)

    def test_a_narrow_terminal(self):
        log = self.write("log", b"".join(line(client=f"10.0.0.{i + 1}", at=f"2026-01-02 1{i // 6}:{i % 6}0:00")
                                         for i in range(30)))
        for columns in (40, 100):
            done = self.scan(log, env={**self.env, "COLUMNS": str(columns)})
            self.assertLessEqual(max(map(len, done.stdout.decode().splitlines())), columns)
            self.assertIn(b"worth a diagnosis", done.stdout)

    def test_times(self):
        log = self.write("log", line(at="2026-01-02 09:59:59") + line(at="2026-01-02 10:00:00")
                         + line(at=time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() - 60))))
        for arguments, entries in ((("--since", "2026-01-02T10:00:00Z"), 2), (("--since", "2026-01-03"), 1),
                                   (("--until", "2026-01-02 09:59:59"), 1), (("--since", "1h"), 1),
                                   (("--until", "1h"), 2), (("--since", "30s"), 0), ((), 3)):
            self.assertEqual(self.found(*arguments, log)["entries"], entries, arguments)

    def test_a_time_without_a_zone_is_not_called_utc(self):
        local = line().replace(b' tz="+0000"', b"")
        found = self.found(self.write("log", local))
        self.assertEqual(found["groups"][0]["first"], "2026-01-02T10:00:00.000")
        self.assertEqual(found["histogram"]["bars"][0]["from"][-1], "0")
        self.assertIn(b"the entries tell no zone", self.scan(self.path("log")).stdout)
        found = self.found(self.write("log", line()))
        self.assertEqual(found["groups"][0]["first"], "2026-01-02T10:00:00.000Z")
        self.assertIn(b"Times are UTC.\n", self.scan(self.path("log")).stdout)

    def test_wrong_use(self):
        log = self.write("log", line())
        for arguments, words in (([], "which logs?"), (["-f", "html", log], "text, json or csv"),
                                 (["--since", "tomorrow", log], "'tomorrow' is neither"),
                                 (["--top", "-1", log], "--top"), (["-o", "/none/x", log], "/none/x")):
            done = self.scan(*arguments)
            self.assertEqual((done.returncode, done.stdout), (3, b""))
            self.assertIn(words, done.stderr.decode())

    def test_nothing_found_is_said(self):
        done = self.scan(self.write("log", OTHER))
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"0 ip-conn entries", done.stdout)
        self.assertEqual(self.found(self.write("empty", b""))["bytes"], 0)

    def test_top_and_output(self):
        log = self.write("log", b"".join(line(port=port) for port in range(1, 30)))
        self.assertEqual(len(self.found(log)["groups"]), 10)
        self.assertEqual(len(self.found("--top", "0", log)["groups"]), 29)
        self.assertIn(b"19 more groups", self.scan(log).stdout)
        self.assertEqual(self.scan("-o", self.path("out"), log).stdout, b"")
        self.assertGreater(os.stat(self.path("out")).st_size, 100)


if __name__ == "__main__":
    test_cli.main()
