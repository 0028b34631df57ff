#!/usr/bin/env python3
"""Signals at any moment of a diagnosis against the emulator: at each command
that the device receives, and at random moments.

test_signals.py --fgdiag PATH --emu PATH [--speed N] [-j N] [--runs N] [--seed N]
"""
import argparse
import collections
import concurrent.futures
import os
import random
import signal
import subprocess
import sys
import threading
import time

import emulator as emu
import test_faults
from relay import Fault

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Of its own clock, from the signal to the end; and what a busy machine adds on the wall's.
END_S, SLACK_S = 1.0, 0.3
STOPPED_S = 0.5


class Case:
    """A signal, its moment (a share of a whole run, or a line of the device's
    log that is waited for), and a second one soon after it."""

    def __init__(self, number, share=None, line=None, again=False):
        self.number, self.share, self.line, self.again = number, share, line, again

    def __str__(self):
        when = f"at {self.share:.4f} of the run" if self.line is None else f"at line {self.line} of the device's log"
        return f"{signal.Signals(self.number).name} {when}{', twice' if self.again else ''}"


class Run(test_faults.Run):
    def __init__(self, worker, case):
        self.case, self.worker = case, worker
        self.sent = self.late = None
        super().__init__(worker, None)
        self.hit = self.sent is not None

    def wait(self, process, began, lines):
        if self.case.line is None:
            time.sleep(max(0, began + self.case.share * self.worker.base.seconds - time.monotonic()))
            return
        while process.poll() is None and len(self.worker.device.log()) < lines + self.case.line:
            time.sleep(0.002)

    def send(self, process, began, lines):
        self.wait(process, began, lines)
        if process.poll() is not None:
            return
        self.sent = time.monotonic()
        process.send_signal(self.case.number)
        if self.case.number == signal.SIGSTOP:
            time.sleep(STOPPED_S)
            process.send_signal(signal.SIGCONT)
        if self.case.again:
            time.sleep(0.02)
            process.send_signal(self.case.number)

    def measure(self, argv, env, paths):
        if self.case is None:
            super().measure(argv, env, paths)
            return
        began, lines = time.monotonic(), len(self.worker.device.log())
        with open(paths[0], "wb") as out, open(paths[1], "wb") as err:
            process = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
            try:
                self.send(process, began, lines)
                self.status = process.wait(test_faults.HANG_S)
                self.hung = False
            except subprocess.TimeoutExpired:
                process.kill()
                self.status, self.hung = process.wait(), True
        ended = time.monotonic()
        self.seconds = ended - began
        self.late = ended - self.sent if self.sent else None


class Worker(test_faults.Worker):
    def run(self, fault):
        if not self.device or self.runs >= test_faults.FRESH_RUNS:
            if self.device:
                self.device.stop()
            self.start()
        self.runs += 1
        return Run(self, fault)


def troubles_of(run, worker):
    case = run.case
    if run.hung:
        return ["hang"]
    if case.number in ENDING and run.status == -case.number:
        # Before it asks a device, a signal ends it as it ends any program.
        return [f"killed although the device had been asked: {run.log}"] if run.log else []
    if run.status not in range(4) or not run.report:
        return [f"exit status {run.status}: {run.err[-2000:].decode(errors='replace')}"]
    # A second look at lost pings is needless where none was lost.
    run.report["steps"] = [step for step in run.steps() if step["id"] != "ping-again" or step["state"] != "skipped"]
    troubles = [f"{kind}: {what}" for kind, what in test_faults.not_wrong(run, Fault("close"), worker)]
    if run.status != test_faults.EXIT.get(run.verdict(), 3):
        troubles.append(f"exit status {run.status} for {run.verdict()}")
    if case.number in ENDING and run.sent and run.late > END_S / worker.args.speed + SLACK_S:
        troubles.append(f"{run.late * worker.args.speed:.1f} s of its own clock until it ended")
    error = (run.report["error"] or {}).get("kind")
    # Who is stopped for long finds one limit passed.
    if error not in (None, "interrupted") and (case.number, error) != (signal.SIGSTOP, "timeout"):
        troubles.append(f"not interrupted: {run.report['error']}")
    again = subprocess.run([worker.args.fgdiag, "judge", run.transcript, "-f", "json"], env=worker.env,
                           capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
    if again.stdout != run.out:
        troubles.append(f"judge says something else: {again.stdout[:200]!r} {again.stderr[-300:]!r}")
    # A command that ends by itself in that moment leaves its Ctrl-C to the prompt.
    lines = [line for line in run.log if "IDLE-CTRL-C" not in line]
    troubles += list(emu.log_troubles(lines, may_leave=case.again))
    if len(run.log) - len(lines) > 1:
        troubles.append(f"{len(run.log) - len(lines)} times Ctrl-C at a prompt")
    return troubles


def cases_of(count, lines, chance):
    """Every line of the device's log once, the rest at random moments."""
    cases = [Case(ENDING[k % 3], line=k) for k in range(1, lines + 1)]
    cases = chance.sample(cases, min(len(cases), count // 3)) if count < 3 * len(cases) else cases
    while len(cases) < count:
        dice = chance.random()
        number = ENDING[len(cases) % 3] if dice < 0.8 else signal.SIGSTOP if dice < 0.95 else signal.SIGPIPE
        cases.append(Case(number, share=chance.random(), again=number in ENDING and chance.random() < 0.2))
    return cases


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fgdiag", required=True)
    parser.add_argument("--emu", required=True)
    parser.add_argument("--speed", type=int, default=20)
    parser.add_argument("-j", type=int, default=3, dest="jobs")
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    chance, began = random.Random(args.seed), time.monotonic()
    lock, figures, late, bad = threading.Lock(), collections.Counter(), [], []
    with emu.scratch() as folder:
        world = os.path.join(folder, "world.yaml")
        with open(world, "w", encoding="utf-8") as out:
            out.write(test_faults.WORLD)
        entry = emu.world_case(args.emu, world)["entry"].strip()
        worker = Worker(args, world, entry)
        base = worker.run(None)
        worker.close()
        if base.verdict() != "ok":
            raise RuntimeError(f"without a signal: {base.status} {base.err!r} {base.out[:300]!r}")
        cases = cases_of(args.runs, len(base.log), chance)
        count = len(cases)

        def work():
            worker = Worker(args, world, entry)
            worker.base = base
            try:
                while True:
                    with lock:
                        if not cases:
                            return
                        case = cases.pop()
                    run = worker.run(case)
                    troubles = troubles_of(run, worker)
                    with lock:
                        figures[(run.verdict() if run.report else None) or "none"] += 1
                        if run.late is not None and case.number in ENDING:
                            late.append(run.late)
                        if troubles:
                            bad.append(case)
                            print(f"FAIL  {case}", *(f"      {trouble}" for trouble in troubles), sep="\n", flush=True)
            finally:
                worker.close()

        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            for done in [pool.submit(work) for _ in range(args.jobs)]:
                done.result()
    late.sort()
    print(f"signals: {count} runs; {figures['ok']} ok, {figures['unknown']} unknown, {figures['none']} ended before a "
          f"report; from the signal to the end {late[len(late) // 2] * 1000:.0f} ms (median), {late[-1] * 1000:.0f} ms "
          f"(longest) on the wall clock; {len(bad)} troubles in {time.monotonic() - began:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
