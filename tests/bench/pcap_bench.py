#!/usr/bin/env python3
"""How fast fgdiag pcap turns hex dumps into a capture: text of 16 and 64 MiB,
to show that the time grows with the text and not faster. The output goes to
/dev/null and, for the disk's part, to a file."""
import argparse
import os
import random
import statistics
import subprocess
import tempfile
import time

LINK_AND_ADDRESSES = "0200000000010200000000020800" "4500%04x000140004006" "0000c000020ac6336435"
TCP = "c00001bb00000001000000025018ffff00000000"


def packet(dice):
    payload = dice.choice([0, 40, 120, 576, 1400, 1460])
    data = bytes.fromhex(LINK_AND_ADDRESSES % (40 + payload) + TCP) + dice.randbytes(payload)
    text = " wan1 in 192.0.2.10.49152 -> 198.51.100.53.443: psh 1 ack 2 \n"
    for at in range(0, len(data), 16):
        part = data[at:at + 16]
        groups = " ".join(part.hex()[i:i + 4] for i in range(0, len(part.hex()), 4))
        letters = "".join(chr(c) if 33 <= c < 127 else "." for c in part)
        text += f"0x{at:04x}\t {groups:39}\t{letters}\n"
    return text + "\n"


def generate(path, size):
    dice = random.Random(1)
    packets = [packet(dice) for _ in range(60)]
    with open(path, "w", encoding="ascii") as out:
        out.write("FGT # diagnose sniffer packet any '' 6 0 a\ninterfaces=[any]\nfilters=[]\n")
        us = 0
        while out.tell() < size:
            for _ in range(100):
                us += 137
                s = us // 1000000
                stamp = f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}.{us % 1000000:06}"
                out.write(f"2026-11-23 {stamp}{dice.choice(packets)}")


def seconds(fgdiag, text, out):
    def once():
        start = time.monotonic()
        subprocess.run([fgdiag, "pcap", "--payload", text, "-o", out], check=True, stderr=subprocess.DEVNULL)
        return time.monotonic() - start
    return statistics.median(once() for _ in range(7))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fgdiag", required=True)
    fgdiag = parser.parse_args().fgdiag
    print("hex dumps to pcapng (medians of 7 runs of the whole program):")
    with tempfile.TemporaryDirectory() as folder:
        for mib in (16, 64):
            text = os.path.join(folder, "text")
            generate(text, mib << 20)
            size = os.path.getsize(text) / 1e6
            for name, out in (("/dev/null", "/dev/null"), ("a file", os.path.join(folder, "out"))):
                took = seconds(fgdiag, text, out)
                print(f"  {mib:3} MiB to {name:10} {took * 1000:7.1f} ms  {size / took:6.0f} MB/s")


if __name__ == "__main__":
    main()
