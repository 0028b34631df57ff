#!/usr/bin/env python3
"""How fast the text of a capture without bytes (verbosity 4) is read, and that
the time grows with the text and not faster.

read_bench.py --fgdiag PATH [--runs N]
"""
import argparse
import os
import resource
import statistics
import subprocess
import tempfile
import time

import instructions

LINES = (100_000, 400_000)


def timed(argv):
    began = time.perf_counter()
    subprocess.run(argv, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fgdiag", required=True)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    speeds = []
    with tempfile.TemporaryDirectory() as folder:
        for count in LINES:
            path = os.path.join(folder, "text")
            with open(path, "w", encoding="ascii") as file:
                file.write(instructions.lines(count))
            size = os.path.getsize(path)
            taken = statistics.median(timed([args.fgdiag, "read", "sniffer", path]) for _ in range(args.runs))
            speeds.append(size / taken / 1e6)
            print(f"read: verbosity 4, {size / 1e6:5.1f} MB   {speeds[-1]:6.1f} MB/s")
    print(f"read: four times the text takes {speeds[0] / speeds[1] * 4:.2f} times as long; at most "
          f"{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MiB resident")


if __name__ == "__main__":
    main()
