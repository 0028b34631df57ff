#!/usr/bin/env python3
"""scan beside ripgrep and grep that only count the lines with the literal, on a
log in the page cache: 0.5 % of its lines are ip-conn entries.

scan_bench.py --fgdiag PATH [--mib N] [--runs N]
"""
import argparse
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time

ACCEPT = ('date=2026-11-24 time=10:{minute:02}:{second:02} devname="FGT-LAB" devid="FGT60FTK00000001" '
          'eventtime=1763978400000000000 tz="+0000" logid="0000000013" type="traffic" subtype="forward" level="notice" '
          'vd="root" srcip=10.0.{a}.{b} srcport={port} srcintf="port1" dstip=198.51.100.{b} dstport=443 dstintf="wan1" '
          'sessionid={n} proto=6 action="accept" policyid=20 service="HTTPS" trandisp="snat" duration=180 sentbyte=6100 '
          'rcvdbyte=9999 sentpkt=10 rcvdpkt=12 appcat="unscanned" dstcountry="Reserved" srccountry="Reserved" '
          'utmaction="allow" countapp=1 mastersrcmac="00:00:00:00:00:00" srcserver=0 crscore=0 craction={m}\n')
IP_CONN = ('date=2026-11-24 time=10:{minute:02}:{second:02} devname="FGT-LAB{d}" devid="FGT60FTK0000000{d}" '
           'logid="0000000011" type="traffic" subtype="forward" level="warning" vd="root" srcip=10.0.{a}.{b} '
           'srcport={port} srcintf="internal" dstip=198.51.100.{s} dstport=53 dstintf="wan1" sessionid={n} proto=17 '
           'action="ip-conn" policyid=20 service="DNS" trandisp="noop" duration=180 sentbyte=61 rcvdbyte=0 sentpkt=1 '
           'rcvdpkt=0 tz="+0000"\n')
LINES = 100_000  # then the same again


def write_log(path, size):
    rng = random.Random(1)
    block = bytearray()
    for n in range(LINES):
        words = {"minute": rng.randrange(60), "second": rng.randrange(60), "a": rng.randrange(4), "b": rng.randrange(250),
                 "port": rng.randrange(1024, 65000), "n": n, "m": rng.randrange(10 ** 9), "d": rng.randrange(5),
                 "s": rng.randrange(6)}
        block += (IP_CONN if n % 200 == 7 else ACCEPT).format(**words).encode()
    with open(path, "wb") as file:
        while file.tell() < size:
            file.write(block)


def timed(argv):
    began = time.perf_counter()
    subprocess.run(argv, stdout=subprocess.PIPE, check=True)  # grep stops early where nobody reads
    return time.perf_counter() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fgdiag", required=True)
    parser.add_argument("--mib", type=int, default=int(os.environ.get("FGDIAG_BENCH_MIB", "1024")))
    parser.add_argument("--runs", type=int, default=9)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log")
        write_log(log, args.mib << 20)
        size = os.path.getsize(log)
        rivals = {"fgdiag scan -f json": [args.fgdiag, "scan", "-f", "json", log]}
        for name, argv in (("ripgrep -c -F", ["rg", "-c", "-F", "ip-conn", log]),
                           ("grep -c -F", ["grep", "-c", "-F", "ip-conn", log])):
            if shutil.which(argv[0]):
                rivals[name] = argv
            else:
                print(f"{argv[0]}: not installed")
        times = {name: [] for name in rivals}
        for argv in rivals.values():
            timed(argv)
        for _ in range(args.runs):
            for name, argv in rivals.items():
                times[name].append(timed(argv))
        own = times["fgdiag scan -f json"]
        for name, taken in times.items():
            ratio = statistics.median(a / b for a, b in zip(own, taken))
            print(f"scan: {name:20} {size / statistics.median(taken) / 1e9:6.1f} GB/s, fgdiag takes {ratio:.2f} of its time")


if __name__ == "__main__":
    main()
