#!/usr/bin/env python3
"""How many instructions fixed work takes (callgrind), beside what it took when
tests/bench/baseline/instructions.json was written: more than a tenth more fails.

instructions.py --fgdiag PATH [--write]

Counts are compared where compiler, C library and vector instructions are those
of the baseline; elsewhere they say nothing, and that is said.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

import scan_bench

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BASELINE = os.path.join(HERE, "baseline", "instructions.json")
MARGIN = 0.10


def first_line(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()[0]


def surroundings():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        flags = re.search(r"(?m)^flags\s*:(.*)$", file.read())
    return {"compiler": first_line("gcc", "--version"), "libc": first_line("ldd", "--version"),
            "machine": os.uname().machine, "avx2": bool(flags and " avx2 " in flags.group(1) + " ")}


def packets(count):
    """Level 6 text of a sniffer."""
    lines = []
    for n in range(count):
        lines.append(f"2026-11-23 08:{n // 60000 % 60:02}:{n // 1000 % 60:02}.{n % 1000:03}148 internal in "
                     f"192.0.2.10.40001 -> 198.51.100.53.53: udp 4\n"
                     "0x0000\t 4500 0020 0000 0000 4011 0000 c000 020a\tE.......@.......\n"
                     "0x0010\t c633 6435 9c41 0035 000c 0000 6162 6364\t.3d5.A.5....abcd\n\n")
    return "".join(lines)


def lines(count):
    """Level 4 text of a sniffer."""
    return "interfaces=[any]\nfilters=[none]\n" + "".join(
        f"2026-11-23 08:{n // 6000 % 60:02}:{n // 100 % 60:02}.{n % 100:02}9148 internal in 192.0.2.10.{40000 + n % 9000} -> "
        "198.51.100.53.53: udp 33\n" for n in range(count))


def pings(count):
    return "PING 192.0.2.1 (192.0.2.1): 56 data bytes\n" + "".join(
        f"64 bytes from 192.0.2.1: icmp_seq={n} ttl=64 time=0.{n % 9 + 1} ms\n" for n in range(count))


def inventory(count):
    return "devices:\n" + "".join(f"  - {{name: fgt{n}, serial: FGT60FTK{n:08}, address: '192.0.2.1:{n % 60000 + 1}', "
                                  "tags: [edge, lab]}\n" for n in range(count))


def workloads(folder):
    """name → arguments of fgdiag"""
    def write(name, text):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o600)
        return path

    log, golden = os.path.join(folder, "log"), os.path.join(ROOT, "tests", "golden")
    scan_bench.write_log(log, 1)
    entries = "".join(scan_bench.IP_CONN.format(minute=n // 60 % 60, second=n % 60, a=n % 4, b=n % 250, port=1024 + n, n=n,
                                                d=n % 5, s=n % 6) for n in range(2000))
    return {"scan": ["scan", "-f", "json", log],
            "entries": ["scan", "-f", "json", write("entries", entries)],
            "judge": ["judge", "-f", "json", os.path.join(golden, "late-dns.cast")],
            "html": ["judge", "-f", "html", os.path.join(golden, "late-dns.cast")],
            "pcap": ["pcap", "-o", os.path.join(folder, "out.pcapng"), write("packets", packets(2000))],
            "sniffer": ["read", "sniffer", write("lines", lines(5000))],
            "ping": ["read", "ping", write("pings", pings(1000))],
            "inventory": ["inventory", "lint", write("inventory.yaml", inventory(300))]}


def count(fgdiag, arguments, folder):
    argv = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/callgrind", fgdiag, *arguments]
    done = subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=folder, check=False)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode > 2 or not found:
        raise SystemExit(f"instructions: {arguments[0]} ended with {done.returncode}: {done.stderr[-400:]}")
    return int(found.group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fgdiag", required=True, type=os.path.abspath)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    here, before = surroundings(), None
    if not args.write:
        with open(BASELINE, encoding="utf-8") as file:
            before = json.load(file)
        if before["of"] != here:
            print(f"skip  instructions: the baseline is of {before['of']}, this is {here}")
            return 0
    with tempfile.TemporaryDirectory() as folder:
        counts = {name: count(args.fgdiag, arguments, folder) for name, arguments in workloads(folder).items()}
    if args.write:
        os.makedirs(os.path.dirname(BASELINE), exist_ok=True)
        with open(BASELINE, "w", encoding="utf-8") as file:
            json.dump({"of": here, "counts": counts}, file, indent=2)
            file.write("\n")
        return 0
    status = 0
    for name, now in counts.items():
        ratio = now / before["counts"][name]
        words = "" if ratio <= 1 + MARGIN else ": more than a tenth more"
        if ratio < 1 - MARGIN:
            words = ": a tenth less; make bench-baseline keeps it"
        status = 1 if ratio > 1 + MARGIN else status
        print(f"instructions: {name:10} {now / 1e6:9.1f} million, {ratio:.3f} of the baseline{words}")
    return status


if __name__ == "__main__":
    sys.exit(main())
