#!/usr/bin/env python3
"""fgdiag through a connection that fails at any byte.

A relay stands between fgdiag and the emulator. At one byte of one stream it
closes, resets, half-closes, stalls, drips, loses, flips or adds something. The
world is a healthy one, so whatever happens the run must end by itself, in time,
and with `unknown` where it did not see everything: `ok` needs the whole
checklist, and a warning would be about nothing.

test_faults.py --fgdiag PATH --emu PATH [--speed N] [-j N] [--all | --runs N] [--seed N] [KIND...]
"""
import argparse
import collections
import contextlib
import json
import os
import random
import re
import subprocess
import sys
import threading
import time

import emulator as emu
import relay
from relay import Fault, Relay
from run_worlds import EXIT

WORLD = """about: Nothing is wrong, and nothing takes long.
device: {hostname: FGT-LAB}
network:
  wan: wan1
  address: 203.0.113.2
  flows:
    - {client: 192.0.2.10, sport: 40001, server: 198.51.100.53, port: 53, inside: internal, outside: wan1,
       period: 1, rtt_ms: 12}
ping: {rtt_ms: 12}
entry: >-
  date={date} time={time} devname="FGT-LAB" devid="FGT60FTK00000001" eventtime={eventtime} tz="{tz}"
  logid="0000000011" type="traffic" subtype="forward" level="warning" vd="root" srcip=192.0.2.10 srcport=40001
  srcintf="internal" srcintfrole="lan" dstip=198.51.100.53 dstport=53 dstintf="wan1" dstintfrole="wan"
  sessionid=6250861 proto=17 action="ip-conn" policyid=20 policytype="policy" service="DNS" trandisp="noop"
  duration=180 sentbyte=61 rcvdbyte=0 sentpkt=1 rcvdpkt=0
expect: {status: ok, cause: none, where: none}
"""
SHORT = [word for pair in ("pause=1s", "top.time=1s", "ping.count=100", "ping.time=10s", "ping.silence=5s",
                           "sniffer.time=5s") for word in ("--set", pair)]
LIMIT_S = 60  # of a run, in its own seconds
HARMLESS = ("drip",)
SETUP_BYTES = 3200  # of either stream: greeting to shell
FRESH_RUNS = 150  # then the device is started anew: its world ages

# Seconds after which a run is taken to hang.
HANG_S = 60


class Run:
    """One run of fgdiag through one fault, and all that can be seen of it."""

    def __init__(self, worker, fault):
        device, folder = worker.device, worker.folder
        paths = [os.path.join(folder, name) for name in ("report", "stderr", "transcript")]
        self.transcript = paths[2]
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.transcript)
        before = len(device.log())
        entry = emu.fill_entry(worker.entry)
        with Relay(int(device.ready["port"]), fault) as way:
            argv = [worker.args.fgdiag, "diagnose", "-q", "-f", "json", "-F", "none", "-d",
                    f"{device.ready['user']}@127.0.0.1:{way.port}", "--password-file", device.secret, "--host-key",
                    device.ready["fingerprint"], "--time", str(LIMIT_S), *SHORT, "--record", self.transcript, entry]
            self.measure(argv, worker.env, paths)
        self.port, self.hit, self.lengths = way.port, way.hit, way.lengths()
        device.wait_closed()
        self.log = device.log()[before:]
        self.first_session = len({line.split(" ")[0] for line in device.log()[:before]})
        self.out, self.err = (open_bytes(path) for path in paths[:2])
        try:
            self.report = json.loads(self.out)
        except ValueError:
            self.report = None

    def measure(self, argv, env, paths):
        began = time.monotonic()
        with open(paths[0], "wb") as out, open(paths[1], "wb") as err:
            process = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
            watch = threading.Timer(HANG_S, process.kill)
            watch.start()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.hung = not watch.is_alive()
            watch.cancel()
        self.status, self.seconds = process.returncode, time.monotonic() - began
        self.cpu = usage.ru_utime + usage.ru_stime

    def sessions(self):
        """The device's log by connection."""
        found = collections.defaultdict(list)
        for line in self.log:
            number, _, rest = line.partition(" ")
            found[int(number) - self.first_session - 1].append(rest)
        return found

    def verdict(self):
        return (self.report.get("verdict") or {}).get("status")

    def steps(self):
        return self.report.get("steps") or []


def open_bytes(path):
    with open(path, "rb") as file:
        return file.read()


# ---- what must hold ----

def ended(run, _fault, _worker):
    """It ends by itself, with a status of the table and a report that agrees."""
    if run.hung:
        yield "hang", f"killed after {run.seconds:.0f} s"
    elif run.status not in range(4):
        yield "crash", f"exit status {run.status}: {run.err[-300:]!r}"
    elif not run.report:
        yield "report", f"no report: {run.out[:100]!r} {run.err[-300:]!r}"
    elif run.status != EXIT.get(run.verdict(), 3):
        yield "status", f"exit status {run.status} for {run.verdict()}"


def in_time(run, fault, worker):
    late = run.report["duration_ms"] / 1000 - LIMIT_S
    if late > 1:
        yield "late", f"{late:.1f} s beyond the limit of {LIMIT_S} s"
    connected = any(rest.startswith("AUTH") for lines in run.sessions().values() for rest in lines)
    if not connected and run.report["duration_ms"] > 27000:
        yield "late", f"{run.report['duration_ms'] / 1000:.1f} s for a login that never was"
    if run.seconds > LIMIT_S / worker.args.speed + 1:
        yield "late", f"{run.seconds:.1f} s on the wall clock"


def seen(step):
    """Was it measured, or left out with nothing to measure?"""
    natural = step["state"] == "stopped" and step["id"] in ("sniffer", "ping", "top", "performance-top")
    return step["state"] == "done" or natural or "no fast ping" in (step["reason"] or "")


def not_wrong(run, fault, _worker):
    """A healthy device is ok where all was seen, else unknown."""
    unseen = [f"{step['id']}: {step['reason']}" for step in run.steps() if "/" not in step["id"] and not seen(step)]
    if run.verdict() == "ok" and unseen:
        yield "wrong ok", f"ok, but {unseen}"
    elif run.verdict() not in (None, "ok", "unknown"):
        yield "wrong", f"{run.verdict()}: {run.report['verdict']['summary']}"
    if (fault.kind in HARMLESS or not run.hit) and run.verdict() != "ok":
        yield "doubt", f"{run.verdict()} although nothing was taken away: {run.report['error']}"


def evidence_kept(run, _fault, worker):
    """What was read to its end is kept, and the transcript says the same again."""
    answered = collections.Counter(step["command"] for step in run.steps() if step["state"] in ("done", "stopped"))
    sent = collections.Counter()
    for lines in run.sessions().values():
        sent.update([rest[8:] for rest in lines if rest.startswith("COMMAND ")][:-1])
    for command, times in sent.items():
        if answered[command] < times:
            yield "evidence", f"{times} times answered, {answered[command]} times in the report: {command}"
    error = run.report["error"] or {}
    hit = [step for step in run.steps() if error.get("step") and step["id"].startswith(error["step"])]
    if hit and all(step["state"] == "done" for step in hit):
        yield "evidence", f"done, although it had trouble: {error}"
    again = subprocess.run([worker.args.fgdiag, "judge", run.transcript, "-f", "json"], env=worker.env,
                           capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
    if again.stdout != run.out:
        yield "evidence", f"judge says something else: {again.stdout[:200]!r} {again.stderr[-300:]!r}"


# What a person can do next, in the words of the messages.
NEXT = re.compile(r"check |try again|run again|may need|look with|too busy")


def one_line(run, _fault, _worker):
    """One line on stderr, which names device, phase, cause and what to do next."""
    lines = run.err.decode().splitlines()
    error = run.report["error"]
    if len(lines) != (1 if error else 0):
        yield "words", f"{len(lines)} lines on stderr: {lines}"
    if not error or not lines:
        return
    step = f"step {error['step']}: " if error["step"] else ""
    if lines[0] != f"fgdiag: {error['kind']}: {step}{error['message']}":
        yield "words", f"stderr and report differ: {lines[0]} / {error}"
    if f"127.0.0.1 port {run.port}" not in lines[0] and f"127.0.0.1:{run.port}" not in lines[0]:
        yield "words", f"which device? {lines[0]}"
    if not NEXT.search(error["message"]):
        yield "words", f"and what now? {lines[0]}"


def device_left_alone(run, fault, _worker):
    """Nothing is left behind where the link lived; where it died the report
    says what may go on."""
    harmed = fault.connection if run.hit and fault.kind not in HARMLESS else None
    for number, lines in run.sessions().items():
        # A prompt that got lost on the way is not there for whoever sends Ctrl-C.
        lines = [f"0 {rest}" for rest in lines if rest != "IDLE-CTRL-C" or number != harmed]
        yield from (("device", f"connection {number}, {trouble}") for trouble in emu.log_troubles(lines, True))
    said = any("may still run" in (step["reason"] or "") for step in run.steps())
    for number, lines in run.sessions().items():
        for rest in lines:
            if rest.startswith("LEFT") and number != harmed:
                yield "device", f"connection {number} lived: {rest}"
            elif rest.startswith("LEFT running") and not said:
                yield "device", f"the report does not say so: {rest}"
    tries = [rest for lines in run.sessions().values() for rest in lines if rest.startswith("AUTH ")]
    if sum(rest.endswith("denied") for rest in tries) > 1 or len(tries) > 3:
        yield "device", f"{len(tries)} logins: {tries}"


def no_waste(run, fault, worker):
    base = worker.base
    cpu = 1.5 * base.cpu + 0.3 * run.seconds + (10 * base.cpu if fault.kind == "drip" else 0)
    if run.cpu > cpu:
        yield "spin", f"{run.cpu:.3f} s of CPU in {run.seconds:.3f} s"


def no_secret(run, _fault, worker):
    secret = worker.device.ready["password"].encode()
    for name, text in (("stdout", run.out), ("stderr", run.err), ("transcript", open_bytes(run.transcript))):
        if secret in text:
            yield "secret", f"the password is in {name}"


CHECKS = (in_time, not_wrong, evidence_kept, one_line, device_left_alone, no_waste, no_secret)
# What a busy machine may bring about: looked at once more, alone.
BY_TIME = ("late", "doubt", "spin")


def troubles_of(run, fault, worker):
    found = list(ended(run, fault, worker))
    if not found:
        for check in CHECKS:
            found += check(run, fault, worker)
    return found


# ---- runs ----

class Worker:
    """A device and a place for the files of one thread's runs."""

    def __init__(self, args, world, entry):
        self.args, self.world, self.entry = args, world, entry
        self.env = emu.environment(args.speed)
        self.scratch = emu.scratch()
        self.folder = self.scratch.__enter__()
        self.device = None
        self.base = None
        self.runs = 0

    def start(self):
        self.device = emu.Emulator(self.args.emu, self.world, self.args.speed, self.folder)
        self.runs = 0

    def close(self):
        if self.device:
            self.device.stop()
        self.scratch.__exit__(None, None, None)

    def run(self, fault):
        if not self.device or self.runs >= FRESH_RUNS or self.device.process.poll() is not None:
            if self.device:
                self.device.stop()
            self.start()
        self.runs += 1
        return Run(self, fault)


class Series:
    """Cases given out to threads, and what came of them."""

    def __init__(self, args, world, entry):
        self.args, self.world, self.entry = args, world, entry
        self.lock = threading.Lock()
        self.figures = collections.Counter()
        self.words = collections.Counter()
        self.failed = []
        self.again = []
        self.base = self.measure_base()

    def measure_base(self):
        worker = Worker(self.args, self.world, self.entry)
        try:
            runs = [worker.run(None) for _ in range(3)]
        finally:
            worker.close()
        for run in runs:
            if not run.report or run.verdict() != "ok":
                raise RuntimeError(f"without a fault: exit status {run.status}, {run.out[:300]!r} {run.err!r}")
            if run.cpu > 0.6 * run.seconds:
                raise RuntimeError(f"without a fault: {run.cpu:.3f} s of CPU in {run.seconds:.3f} s")
        return max(runs, key=lambda run: run.cpu)

    def note(self, fault, run, found, alone):
        with self.lock:
            self.figures["hit"] += run.hit
            self.figures[run.verdict() if run.report and run.report.get("verdict") else "none"] += 1
            if run.report and run.report.get("error"):
                self.words[re.sub(r"\d+", "N", run.report["error"]["message"])] += 1
            if found and not alone and all(kind in BY_TIME for kind, _ in found):
                self.again.append(fault)
                return
            self.figures.update({kind for kind, _ in found})
            if found:
                self.failed.append(fault)
                print(f"FAIL  {fault}", *(f"      {kind}: {what}" for kind, what in found), sep="\n", flush=True)

    def work(self, cases, alone=False):
        worker = Worker(self.args, self.world, self.entry)
        worker.base = self.base
        try:
            for fault in iter(lambda: self.next(cases), None):
                run = worker.run(fault)
                self.note(fault, run, troubles_of(run, fault, worker), alone)
        finally:
            worker.close()

    def next(self, cases):
        with self.lock:
            return cases.pop() if cases else None

    def run(self, cases):
        errors = []

        def guarded():
            try:
                self.work(cases)
            except Exception as error:
                errors.append(error)
                cases.clear()

        threads = [threading.Thread(target=guarded) for _ in range(self.args.jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]
        self.work(list(self.again), alone=True)


# ---- which faults ----

# Bytes from one offset to the next, while the session is set up and later.
STEPS = {"close": (1, 5), "reset": (1, 5), "half": (3, 17), "stall": (7, 61), "mute": (11, 113), "drip": (101, 997),
         "slow": (97, 997), "flip": (3, 17), "lose": (5, 31), "inject": (5, 31), "junk": (29, 211)}


def all_faults(kinds, lengths):
    for (connection, direction), length in lengths.items():
        early = min(SETUP_BYTES, length)
        for kind in kinds:
            near, far = STEPS[kind]
            for offset in (*range(0, early, near), *range(early, length, far)):
                yield Fault(kind, direction, offset, connection)


def sample(faults, count, seed):
    """As many of each kind, stream and part of it as there is room for."""
    chance = random.Random(seed)
    groups = collections.defaultdict(list)
    for fault in faults:
        groups[fault.kind, fault.direction, fault.connection, fault.offset < SETUP_BYTES].append(fault)
    for group in groups.values():
        chance.shuffle(group)
    chosen = []
    while len(chosen) < count and any(groups.values()):
        chosen += [group.pop() for group in groups.values() if group]
    return chosen[:count]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fgdiag", required=True)
    parser.add_argument("--emu", required=True)
    parser.add_argument("--speed", type=int, default=100)
    parser.add_argument("-j", type=int, default=3, dest="jobs")
    parser.add_argument("--all", action="store_true", help="every offset of the plan")
    parser.add_argument("--runs", type=int, default=600, help="a sample of so many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--words", action="store_true", help="list the error messages")
    parser.add_argument("--one", nargs=4, metavar=("KIND", "DIRECTION", "CONNECTION", "OFFSET"))
    parser.add_argument("kinds", nargs="*", default=relay.KINDS)
    args = parser.parse_args()
    began = time.monotonic()
    with emu.scratch() as folder:
        world = os.path.join(folder, "world.yaml")
        with open(world, "w", encoding="utf-8") as out:
            out.write(WORLD)
        series = Series(args, world, emu.world_case(args.emu, world)["entry"].strip())
        faults = list(all_faults(args.kinds or relay.KINDS, series.base.lengths))
        if args.one:
            faults = [Fault(args.one[0], args.one[1], int(args.one[3]), int(args.one[2]))]
        elif not args.all:
            faults = sample(faults, args.runs, args.seed)
        count = len(faults)
        series.run(faults)
    if args.words:
        print(*(f"{n:6}  {text}" for text, n in series.words.most_common()), sep="\n")
    figures = series.figures
    print(f"faults: {count} runs, {figures['hit']} met their fault; {figures['ok']} ok, {figures['unknown']} unknown, "
          f"{figures['none']} without verdict")
    print("faults: " + ", ".join(f"{figures[name]} {name}" for name in
                                 ("hang", "crash", "wrong ok", "wrong", "late", "spin", "device", "secret",
                                  "report", "status", "evidence", "words", "doubt"))
          + f"; {len(series.again)} looked at twice; {len(series.failed)} failed in {time.monotonic() - began:.0f} s")
    return 1 if series.failed else 0


if __name__ == "__main__":
    sys.exit(main())
