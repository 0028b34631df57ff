#!/usr/bin/env python3
"""fgdiag pcap against capinfos and tshark: what it writes is what they read.

test_pcap.py --fgdiag PATH [unittest arguments]
"""
import argparse
import glob
import ipaddress
import json
import os
import pty
import random
import re
import stat
import struct
import subprocess
import sys
import tempfile
import unittest

ARGS = argparse.Namespace(fgdiag=None)
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.path.join(ROOT, "../shared/corpus/outputs/diagnose-sniffer-packet")
FIELDS = ["frame.time_epoch", "frame.interface_name", "frame.packet_flags_direction", "frame.len", "frame.cap_len",
          "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "udp.dstport", "tcp.dstport", "dns.qry.name"]
# Published captures that are not whole: packets left out, or why there is none.
DAMAGED = {"10-level6-wan1-ssh-psh-1403.txt": 1, "15-level6-damaged-lines.txt": 3,
           "34-level6-ppp0-async-debug-interleaved.txt": 1}
NO_PACKETS = {"12-level6-wan1-zero-packets.txt": "no packet found",
              "16-fortimail-level6-port1-not-fortigate.txt": "no packet with bytes",
              "18-level6-any-icmp-readme.txt": "no whole packet found"}
DIRECTIONS = {"in": "0x00000001", "out": "0x00000002", "--": "0x00000000"}


def frame(number, v6=False, tcp=False):
    name = b"\x07example\x03com\0"
    dns = struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + name + b"\0\1\0\1"
    if tcp:
        body = struct.pack(">HHIIBBHHH", 40000, 443, number, 0, 0x50, 2, 65535, 0, 0) + b"secret"
    else:
        body = struct.pack(">HHHH", 40000, 53, 8 + len(dns), 0) + dns
    protocol = 6 if tcp else 17
    if v6:
        addresses = b"".join(ipaddress.ip_address(a).packed for a in ("2001:db8::1", "2001:db8::2"))
        return b"\x86\xdd", struct.pack(">IHBB", 6 << 28, len(body), protocol, 64) + addresses + body
    addresses = b"".join(ipaddress.ip_address(a).packed for a in ("192.0.2.10", "198.51.100.53"))
    return b"\x08\0", struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), number, 0, 64, protocol, 0) + addresses + body


def rows(data, tab=True):
    out = ""
    for at in range(0, len(data), 16):
        part = data[at:at + 16]
        groups = " ".join(part.hex()[i:i + 4] for i in range(0, len(part.hex()), 4))
        text = "".join(chr(c) if 33 <= c < 127 else "." for c in part)
        out += f"0x{at:04x}\t {groups:39}\t{text}\n" if tab else f"0x{at:04x}   {groups:39}        {text}\n"
    return out + "\n"


def capture(level=6, clock=" a", count=12, tab=True):
    """Text of a capture and what tshark must see of it."""
    dice = random.Random(level * 100 + count)
    text = f"FGT # diagnose sniffer packet any '' {level} 0{clock}\ninterfaces=[any]\nfilters=[]\n"
    packets = []
    for number in range(count):
        v6, tcp = number % 3 == 2, number % 4 == 3
        kind, data = frame(number, v6, tcp)
        place, way = dice.choice(["port1", "npu0_vlink1", "VPN-to-A.1"]), dice.choice(["in", "out", "--"])
        us = dice.randrange(1000000)
        ends = ("2001:db8::1", "2001:db8::2") if v6 else ("192.0.2.10", "198.51.100.53")
        port = 443 if tcp else 53
        what = "syn 1" if tcp else "udp 29"
        text += f"2026-11-23 08:00:{number % 60:02}.{us:06} {place} {way} {ends[0]}.40000 -> {ends[1]}.{port}: {what}\n"
        link = b"\x02\0\0\0\0\1\x02\0\0\0\0\2" + kind if level == 6 else b""
        text += rows(link + data, tab)
        packets.append({"time": f"{1795420800 + number % 60}.{us:06}000", "interface": place,
                        "direction": DIRECTIONS[way], "length": len(link + data), "ends": ends, "port": str(port)})
    return text, packets


class Pcap(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.out = os.path.join(scratch.name, "out.pcapng")

    def run_pcap(self, text, *arguments):
        return subprocess.run([ARGS.fgdiag, "pcap", "-o", self.out, *arguments], capture_output=True, timeout=60,
                              input=text.encode() if isinstance(text, str) else text, check=False)

    def packets(self):
        argv = ["tshark", "-r", self.out, "-T", "fields", "-E", "occurrence=f"]
        lines = subprocess.run(argv + [a for f in FIELDS for a in ("-e", f)], capture_output=True, text=True,
                               check=True).stdout.split("\n")
        return [dict(zip(FIELDS, line.split("\t"))) for line in lines if line]

    def assert_packets(self, wanted, payload=True):
        got = self.packets()
        self.assertEqual(len(got), len(wanted))
        for packet, want in zip(got, wanted):
            self.assertEqual(packet["frame.time_epoch"], want["time"])
            self.assertEqual(packet["frame.interface_name"], want["interface"])
            self.assertEqual(packet["frame.packet_flags_direction"] or "0x00000000", want["direction"])
            self.assertEqual(packet["frame.len"], str(want["length"]))
            ends = packet["ip.src"] + packet["ipv6.src"], packet["ip.dst"] + packet["ipv6.dst"]
            self.assertEqual(ends, want["ends"])
            self.assertEqual(packet["udp.dstport"] + packet["tcp.dstport"], want["port"])
            self.assertEqual(packet["frame.cap_len"] == packet["frame.len"], payload)
            self.assertEqual(bool(packet["dns.qry.name"]), payload and want["port"] == "53")

    def test_whole_frames(self):
        for level, tab in ((6, True), (6, False), (5, True)):
            text, wanted = capture(level, tab=tab)
            done = self.run_pcap(text, "--payload")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(b"12 packets on 3 interfaces, 0 damaged", done.stderr)
            self.assert_packets(wanted)
            info = subprocess.run(["capinfos", "-T", "-r", "-c", "-E", self.out], capture_output=True, text=True,
                                  check=True)
            self.assertIn("\t12", info.stdout)
            self.assertNotIn("error", info.stderr.lower())

    def test_no_payload_unless_asked_for(self):
        text, wanted = capture()
        self.assertEqual(self.run_pcap(text).returncode, 0)
        self.assert_packets(wanted, payload=False)
        with open(self.out, "rb") as file:
            written = file.read()
        self.assertNotIn(b"secret", written)
        self.assertNotIn(b"example", written)

    def test_zone_and_start(self):
        text, wanted = capture(clock=" l", count=1)
        self.assertEqual(self.run_pcap(text, "--payload", "--zone", "+0200").returncode, 0)
        self.assertEqual(float(self.packets()[0]["frame.time_epoch"]), float(wanted[0]["time"]) - 7200)
        done = self.run_pcap(text)
        self.assertIn(b"--zone", done.stderr)
        text = re.sub(r"2026\S+ \S+", "1.500000", text).replace(" l\n", "\n")
        self.assertEqual(self.run_pcap(text, "--start", "2026-11-23T08:00:00Z").returncode, 0)
        self.assertEqual(self.packets()[0]["frame.time_epoch"], "1795420801.500000000")
        done = self.run_pcap(text)
        self.assertIn(b"--start", done.stderr)
        self.assertEqual(self.packets()[0]["frame.time_epoch"], "1.500000000")

    def test_damage_costs_one_packet(self):
        text, wanted = capture()
        lines = text.split("\n")
        at = next(i for i, line in enumerate(lines) if line.startswith("0x0010"))
        del lines[at]
        done = self.run_pcap("\r\n".join(lines), "--payload")
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"11 packets on 3 interfaces, 1 damaged", done.stderr)
        self.assertIn(f"line {at + 1}".encode(), done.stderr)
        self.assert_packets(wanted[1:])

    def test_pager_and_blocks(self):
        """A text of several blocks, with traces of the pager."""
        text, wanted = capture(count=30000)
        lines = text.split("\n")
        lines[40] = "--More-- \r         \r" + lines[40]
        self.assertGreater(len(text), 4 << 20)
        self.assertEqual(self.run_pcap("\n".join(lines), "--payload").returncode, 0)
        self.assert_packets(wanted)

    def test_transcript(self):
        text, wanted = capture(count=5)
        command = "diagnose sniffer packet any '' 6 0 a"
        golden = os.path.join(ROOT, "tests/golden/healthy.cast")
        with open(golden, encoding="utf-8") as file:
            header = file.readline().strip()
        body = text.split("\n", 1)[1].replace("\n", "\r\n")
        events = [[0.0, "m", json.dumps({"lane": "sniffer"})],
                  [0.1, "m", json.dumps({"begin": "sniffer", "command": command, "scope": ""})],
                  [0.2, "o", command + "\r\n" + body + "FGT # "],
                  [0.3, "m", json.dumps({"end": "sniffer", "state": "done", "reason": None, "prompt": "FGT # ",
                                         "interrupted": False})]]
        cast = "\n".join([header] + [json.dumps(event) for event in events]) + "\n"
        done = self.run_pcap(cast, "--payload")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_packets(wanted)

    def test_nothing_found(self):
        for text in ("", "hello\n", "1.000000 port1 in 192.0.2.1.1 -> 192.0.2.2.2: udp 1\n"):
            done = self.run_pcap(text)
            self.assertEqual(done.returncode, 3)
            self.assertRegex(done.stderr.decode(), r"\Afgdiag: usage: no packet[^\n]+\n\Z")
            self.assertFalse(os.listdir(os.path.dirname(self.out)))

    def test_wrong_options(self):
        for option in (["--zone", "CET"], ["--start", "yesterday"], ["a", "b"]):
            done = self.run_pcap("", *option)
            self.assertEqual(done.returncode, 3)
            self.assertEqual(done.stderr.count(b"\n"), 1)

    def test_file_mode_and_terminal(self):
        text, _ = capture(count=1)
        self.assertEqual(self.run_pcap(text).returncode, 0)
        self.assertEqual(stat.S_IMODE(os.stat(self.out).st_mode), 0o600)
        master, slave = pty.openpty()
        done = subprocess.run([ARGS.fgdiag, "pcap"], input=text.encode(), stdout=slave, stderr=subprocess.PIPE,
                              check=False)
        os.close(slave)
        os.close(master)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"terminal", done.stderr)
        with open("/dev/full", "wb") as full:
            done = subprocess.run([ARGS.fgdiag, "pcap"], input=text.encode(), stdout=full, stderr=subprocess.PIPE,
                                  check=False)
        self.assertEqual(done.returncode, 3)
        done = self.run_pcap(text, "-o", "/nonexistent/out")
        self.assertEqual(done.returncode, 3)

    def test_real_captures(self):
        files = sorted(glob.glob(os.path.join(CORPUS, "*-level[2356]-*.txt")))
        if not files:
            print("skip: no captures of real devices at", CORPUS)
        for path in files:
            name = os.path.basename(path)
            with open(path, "rb") as file:
                done = self.run_pcap(file.read(), "--payload")
            if name in NO_PACKETS:
                self.assertEqual(done.returncode, 3, name)
                self.assertIn(NO_PACKETS[name], done.stderr.decode())
                continue
            self.assertEqual(done.returncode, 0, done.stderr)
            told = re.match(r"(\d+) packets? on \d+ interfaces?, (\d+) damaged", done.stderr.decode())
            info = subprocess.run(["capinfos", "-T", "-r", "-M", "-c", self.out], capture_output=True, text=True,
                                  check=True)
            self.assertEqual(info.stdout.strip().split("\t")[1], told.group(1), name)
            self.assertEqual(len(self.packets()), int(told.group(1)), name)
            self.assertEqual(int(told.group(2)), DAMAGED.get(name, 0), name)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fgdiag", required=True)
    _, rest = parser.parse_known_args(namespace=ARGS)
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
