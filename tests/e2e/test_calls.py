#!/usr/bin/env python3
"""One call of the C library fails: each allocation of the program's own code,
and each of its system calls with each error that it may give.

The commands that need no device meet every (call, error, place); a diagnosis
against the emulator meets a sample of them.

test_calls.py --fgdiag PATH --emu PATH [--speed N] [-j N] [--all] [--runs N] [--seed N] [--one FAULT] [COMMAND...]
"""
import argparse
import collections
import concurrent.futures
import errno
import json
import os
import random
import struct
import subprocess
import sys
import threading
import time

import emulator as emu
import test_faults
import test_pcap
from relay import Fault

GOLDEN = os.path.join(emu.ROOT, "tests", "golden")
OUT_OF_MEMORY = b"fgdiag: internal: out of memory\n"
OLD = b"what was there before\n"
HANG_S = 60

ANY = ("EINTR", "EAGAIN", "EIO", "ENOMEM")
NO_FILES = ("EMFILE", "ENFILE", "ENOMEM")
ERRORS = {
    "open": (*NO_FILES, "EINTR", "EIO", "EACCES", "ENOSPC"), "read": ("EINTR", "EAGAIN", "EIO"),
    "write": ("EINTR", "EAGAIN", "EIO", "ENOSPC", "EPIPE", "EDQUOT"), "close": ("EINTR", "EIO", "ENOSPC"),
    "fsync": ("EINTR", "EIO", "ENOSPC"), "rename": ("EIO", "ENOSPC", "EROFS", "ENOMEM"), "poll": ("EINTR", "ENOMEM"),
    "socket": NO_FILES, "socketpair": NO_FILES, "connect": ("EINTR", "ENETUNREACH", "EAGAIN", "ENOMEM"),
    "send": ANY, "recv": ANY, "fcntl": ("EINTR", "EMFILE", "ENOMEM"), "fork": ("EAGAIN", "ENOMEM"),
    "execve": ("EACCES", "ENOMEM", "EIO"), "waitpid": ("EINTR", "ECHILD"), "pipe2": NO_FILES,
    "dup2": ("EINTR", "EMFILE"), "eventfd": NO_FILES, "stat": ("EIO", "ENOMEM"), "fstat": ("EIO", "ENOMEM"),
    "access": ("EIO", "ENOMEM"), "mmap": ("ENOMEM",), "sigaction": ("EINVAL",), "pthread_create": ("EAGAIN",),
    "openat": (*NO_FILES, "EIO", "EACCES", "ENOSPC"), "flock": ("EINTR", "ENOLCK"), "ftruncate": ("EIO", "ENOSPC"),
    "mkdir": ("EACCES", "ENOSPC"),
}


def faults_of(counts, sticky=True):
    """Every (call, error, place) of a run that made so many calls."""
    for name, count in counts.items():
        for k in range(1, count + 1):
            for error in ERRORS.get(name, ("ENOMEM",)):
                yield f"{name}:{error}:{k}"
            if name == "allocate" and sticky:
                yield f"{name}:ENOMEM:{k}+"


def numbered(fault):
    name, error, k = fault.split(":")
    return f"{name}:{getattr(errno, error)}:{k}"


def read_counts(path):
    """How often each call was made, and how often one failed."""
    with open(path, "rb") as file:
        rows = list(struct.iter_unpack("24sII", file.read()))
    named = [(name.rstrip(b"\0").decode(), count, failed) for name, count, failed in rows]
    return {name: count for name, count, _ in named}, sum(failed for _, _, failed in named)


# ---- commands without a device ----

class Offline:
    """A folder with inputs, and the commands that read them."""

    def __init__(self, fgdiag, folder):
        self.fgdiag, self.folder = fgdiag, folder
        cast, paste = os.path.join(GOLDEN, "late-dns.cast"), os.path.join(GOLDEN, "paste-late-dns.paste")
        refused = os.path.join(GOLDEN, "data-lost-inside.cast")
        dump = self.keep("dump", test_pcap.capture(count=40)[0])
        long_dump = self.keep("long", test_pcap.capture(count=4000)[0])
        packed = os.path.join(folder, "packed.zip")
        subprocess.run([fgdiag, "judge", "-f", "check", "--bundle", packed, refused], env=emu.environment(1),
                       stdout=subprocess.DEVNULL, check=False)
        entry = self.keep("entry", emu.fill_entry(ENTRY) + "\n")
        self.commands = {
            "judge": ["judge", cast], "judge-json": ["judge", "-f", "json", "-o", "OUT", cast],
            "judge-pcap": ["judge", "-f", "check", "--pcap", "OUT", refused],
            "judge-bundle": ["judge", "-f", "check", "--bundle", "OUT", refused], "judge-zip": ["judge", packed],
            "judge-two": ["judge", cast, paste], "judge-paste": ["judge", "-f", "json", "-o", "OUT", paste],
            "read": ["read", "sniffer", "-o", "OUT", dump], "pcap": ["pcap", "-o", "OUT", dump],
            "pcap-long": ["pcap", "-o", "OUT", long_dump], "pcap-cast": ["pcap", "-o", "OUT", refused],
            "pcap-stdout": ["pcap", dump], "playbook-list": ["playbook", "list"],
            "playbook-show": ["playbook", "show", "ip-conn"],
            "playbook-lint": ["playbook", "lint", os.path.join(emu.ROOT, "playbooks", "ip-conn.yaml")],
            "dry-run": ["diagnose", "-n", entry], "dry-run-file": ["diagnose", "-n", "-o", "OUT", entry],
            "explain": ["diagnose", "--explain", entry], "completion": ["completion", "zsh"],
            "help": ["diagnose", "--help"], "version": ["--version"],
        }

    def keep(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def run(self, command, fault=None):
        """Exit status, stdout, stderr, the output file, what else is left, the calls made."""
        with emu.scratch() as place:
            out, counts = os.path.join(place, "out"), os.path.join(place, "counts")
            with open(out, "wb") as file:
                file.write(OLD)
            argv = [self.fgdiag, *(out if word == "OUT" else word for word in self.commands[command])]
            env = {**emu.environment(1), "FGDIAG_FAULT_COUNTS": counts}
            if fault:
                env["FGDIAG_FAULT"] = numbered(fault)
            try:
                done = subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=HANG_S)
            except subprocess.TimeoutExpired:
                return None
            with open(out, "rb") as file:
                written = file.read()
            left = set(os.listdir(place)) - {"out", "counts"}
            return done.returncode, done.stdout, done.stderr, written, left, read_counts(counts)


def tells_the_error(written):
    """A whole JSON report, which says that there was an error and gives no verdict."""
    try:
        report = json.loads(written)
    except ValueError:
        return False
    return bool(report["error"]) and not report["verdict"]


def offline_troubles(name, fault, run, base):
    """As if nothing had failed, or status 3, a word on stderr and the old file."""
    if run is None:
        return ["hang"]
    status, out, err, written, left, (_, failed) = run
    troubles = []
    if left:
        troubles.append(f"left behind: {left}")
    if not failed:
        return ["the call was not made"]
    if (status, out, written) == (base[0], base[1], base[3]):
        if fault.startswith("allocate") and err != OUT_OF_MEMORY:
            troubles.append("an allocation failed and nothing was said")
        return troubles
    # Of several files the worst verdict counts, and unknown is not the worst.
    if status != 3 and not (name == "judge-two" and status in (1, 2)):
        troubles.append(f"exit status {status}, not {base[0]} with the same output: {err[-300:]!r}")
    if not any(line.startswith(b"fgdiag: ") for line in err.splitlines()) and not fault.startswith("write:"):
        troubles.append(f"no word on stderr: {err!r}")
    if fault.startswith("allocate") and not err.endswith(OUT_OF_MEMORY):
        troubles.append(f"not out of memory: {err!r}")
    if written not in (OLD, base[3]) and not tells_the_error(written):
        troubles.append("the file is neither the old one nor the whole new one")
    if b"Sanitizer" in err or b"runtime error" in err:
        troubles.append(f"sanitizer: {err[-2000:].decode(errors='replace')}")
    return troubles


def offline(args, chance):
    with emu.scratch() as folder:
        bench = Offline(args.fgdiag, folder)
        chosen = [name for name in bench.commands if not args.commands or name in args.commands]
        bases = {name: bench.run(name) for name in chosen}
        cases = [(name, fault) for name in chosen for fault in faults_of(bases[name][5][0])]
        whole = len(cases)
        if not args.all and not args.one:
            cases = chance.sample(cases, min(args.offline_runs, whole))
        if args.one:
            cases = [(name, args.one) for name in chosen]

        def one(case):
            name, fault = case
            return case, offline_troubles(name, fault, bench.run(name, fault), bases[name])

        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            results = list(pool.map(one, cases))
    kinds = collections.Counter("allocations" if case[1].startswith("allocate") else "system calls" for case in cases)
    failed = [(case, troubles) for case, troubles in results if troubles]
    for (name, fault), troubles in failed:
        print(f"FAIL  {name} {fault}", *(f"      {trouble}" for trouble in troubles), sep="\n", flush=True)
    print(f"calls: {len(chosen)} commands without a device: {kinds['allocations']} allocations and "
          f"{kinds['system calls']} system calls failed of {whole} that may; {len(failed)} troubles")
    return len(failed)


# ---- a diagnosis ----

ENTRY = ('date={date} time={time} devname="FGT-LAB" devid="FGT60FTK00000001" eventtime={eventtime} tz="{tz}" '
         'logid="0000000011" type="traffic" subtype="forward" level="warning" vd="root" srcip=192.0.2.10 '
         'srcport=40001 srcintf="internal" srcintfrole="lan" dstip=198.51.100.53 dstport=53 dstintf="wan1" '
         'dstintfrole="wan" sessionid=6250861 proto=17 action="ip-conn" policyid=20 service="DNS" duration=180')


class Run(test_faults.Run):
    """A diagnosis in which one call fails."""

    def __init__(self, worker, fault):
        counts = os.path.join(worker.folder, "counts")
        worker.env = {**emu.environment(worker.args.speed), "FGDIAG_FAULT_COUNTS": counts}
        if fault:
            worker.env["FGDIAG_FAULT"] = numbered(fault)
        super().__init__(worker, None)
        self.counts, self.failed = read_counts(counts)
        self.hit = bool(self.failed)
        worker.env = emu.environment(worker.args.speed)


class Worker(test_faults.Worker):
    def run(self, fault):
        if not self.device or self.runs >= test_faults.FRESH_RUNS:
            if self.device:
                self.device.stop()
            self.start()
        self.runs += 1
        return Run(self, fault)


def diagnose_troubles(fault, run, worker):
    """It ends with a documented status; ok only where all was seen; what was
    read is kept; the device is left alone unless the memory ran out."""
    if run.hung:
        return [f"killed after {run.seconds:.0f} s"]
    if b"Sanitizer" in run.err or b"runtime error" in run.err or run.status not in range(4):
        return [f"exit status {run.status}: {run.err[-2000:].decode(errors='replace')}"]
    troubles = []
    if run.seconds > test_faults.LIMIT_S / worker.args.speed + 3:
        troubles.append(f"{run.seconds:.1f} s")
    if not run.failed:
        return troubles
    if fault.startswith("allocate"):
        if run.status != 3 or not run.err.endswith(OUT_OF_MEMORY) or run.out:
            troubles.append(f"exit status {run.status}, {run.err!r}, {run.out[:80]!r}")
        return troubles
    if not run.report:
        if run.status != 3 or not run.err:
            troubles.append(f"exit status {run.status} without a report: {run.err!r}")
        return troubles
    troubles += [f"{kind}: {what}" for kind, what in test_faults.not_wrong(run, Fault("close"), worker)]
    verdict = run.verdict()
    if run.status not in (3, test_faults.EXIT.get(verdict, 3)):
        troubles.append(f"exit status {run.status} for {verdict}")
    if run.status == 3 and verdict == "ok" and not run.err:
        troubles.append("status 3 without a word")
    if not all(line.startswith(b"fgdiag: ") for line in run.err.splitlines()):
        troubles.append(f"strange words: {run.err!r}")
    if verdict and os.path.exists(run.transcript):
        again = subprocess.run([worker.args.fgdiag, "judge", run.transcript, "-f", "json"], env=worker.env,
                               capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
        if again.stdout != run.out:
            troubles.append(f"judge says something else: {again.stdout[:200]!r} {again.stderr[-300:]!r}")
    if os.path.exists(run.transcript):
        troubles += [f"{kind}: {what}" for kind, what in test_faults.no_secret(run, None, worker)]
    for number, lines in run.sessions().items():
        troubles += [f"connection {number}, {trouble}"
                     for trouble in emu.log_troubles([f"0 {line}" for line in lines if line != "IDLE-CTRL-C"], True)]
    return troubles


def diagnose(args, chance):
    with emu.scratch() as folder:
        world = os.path.join(folder, "world.yaml")
        with open(world, "w", encoding="utf-8") as out:
            out.write(test_faults.WORLD)
        entry = emu.world_case(args.emu, world)["entry"].strip()
        lock, figures, bad = threading.Lock(), collections.Counter(), []

        def work(cases):
            worker = Worker(args, world, entry)
            try:
                while True:
                    with lock:
                        if not cases:
                            return
                        fault = cases.pop()
                    run = worker.run(fault)
                    troubles = diagnose_troubles(fault, run, worker)
                    with lock:
                        figures[(run.verdict() if run.report else None) or "none"] += 1
                        figures["hit"] += bool(run.failed)
                        if troubles:
                            bad.append(fault)
                            print(f"FAIL  diagnose {fault}", *(f"      {trouble}" for trouble in troubles), sep="\n",
                                  flush=True)
            finally:
                worker.close()

        worker = Worker(args, world, entry)
        try:
            base = worker.run(None)
        finally:
            worker.close()
        if base.verdict() != "ok":
            raise RuntimeError(f"without a fault: {base.status} {base.err!r} {base.out[:300]!r}")
        cases = sample(list(faults_of(base.counts)), args.runs or (None if args.all else 100), chance)
        if args.one:
            cases = [args.one]
        count = len(cases)
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            for done in [pool.submit(work, cases) for _ in range(args.jobs)]:
                done.result()
    print(f"calls: diagnose: {count} runs, {figures['hit']} met their failed call; {figures['ok']} ok, "
          f"{figures['unknown']} unknown, {figures['none']} without verdict; {len(bad)} troubles")
    return len(bad)


def sample(faults, count, chance):
    """Of each (call, error) as many as there is room for."""
    groups = collections.defaultdict(list)
    for fault in faults:
        groups[tuple(fault.split(":")[:2])].append(fault)
    for group in groups.values():
        chance.shuffle(group)
    chosen = []
    while any(groups.values()) and (count is None or len(chosen) < count):
        chosen += [group.pop() for group in groups.values() if group]
    return chosen[:count]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fgdiag", required=True)
    parser.add_argument("--emu", required=True)
    parser.add_argument("--speed", type=int, default=100)
    parser.add_argument("-j", type=int, default=3, dest="jobs")
    parser.add_argument("--all", action="store_true", help="every failure of the commands without a device, and with one too unless --runs says how many")
    parser.add_argument("--offline-runs", type=int, default=600)
    parser.add_argument("--runs", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--one", metavar="NAME:ERROR:K")
    parser.add_argument("commands", nargs="*", help="diagnose, or one of the commands without a device")
    args = parser.parse_args()
    chance, began, bad = random.Random(args.seed), time.monotonic(), 0
    args.fgdiag, args.emu = os.path.abspath(args.fgdiag), os.path.abspath(args.emu)
    if args.commands != ["diagnose"]:
        bad += offline(args, chance)
    if not args.commands or "diagnose" in args.commands:
        bad += diagnose(args, chance)
    print(f"calls: {time.monotonic() - began:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
