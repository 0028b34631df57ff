#!/usr/bin/env python3
"""Runs fgdiag against every world and compares its verdict with the right one.

For each world: the emulator is started, the world's entry is diagnosed, exit
status and verdict are compared; the saved transcript is judged twice in each
format and must give the same bytes; the JSON is validated; the emulator's log
must show read-only commands alone, and nothing left behind.

run_worlds.py --fgdiag PATH --emu PATH [--speed N] [-j N] [--keep DIR] [WORLD...]

--fgdiag is a build whose clock runs FGDIAG_CLOCK_SPEED times as fast as the
wall clock; that variable is set to --speed.
"""
import argparse
import concurrent.futures
import difflib
import json
import os
import shutil
import subprocess
import sys
import time

import emulator as emu
import host_tools

EXIT = {"ok": 0, "warning": 1, "critical": 2, "unknown": 3}
VALIDATE = os.path.join(emu.ROOT, "tests", "golden", "validate.py")


def run(argv, env, timeout=180):
    return subprocess.run(argv, env=env, capture_output=True, timeout=timeout, stdin=subprocess.DEVNULL)


def diff(name, one, other):
    """The first lines in which two outputs differ."""
    lines = difflib.unified_diff(one.decode(errors="replace").splitlines(), other.decode(errors="replace").splitlines(),
                                 "first", "second", lineterm="", n=0)
    return [f"{name} differs:"] + [f"    {line[:200]}" for _, line in zip(range(12), lines)]


def verdict_troubles(expect, status, report):
    got = report.get("verdict") or {}
    for key in ("status", "cause", "where"):
        if got.get(key) != expect[key]:
            yield f"{key} is {got.get(key)}, should be {expect[key]}"
    if status != EXIT[expect["status"]]:
        yield f"exit status is {status}, should be {EXIT[expect['status']]}"
    error = report.get("error")
    kind = error.get("kind") if error else None
    if kind != expect.get("error"):
        yield f"error is {error}, should be {expect.get('error')}"


def texts_of(expect, key):
    value = expect.get(key) or []
    return value if isinstance(value, list) else [value]


def word_troubles(expect, report):
    """What the verdict has to say in so many words."""
    verdict = report.get("verdict") or {}
    checks = [check["summary"] for check in report.get("checks") or []]
    said = "\n".join([verdict.get("summary") or "", *(verdict.get("notes") or []), *checks])
    for text in texts_of(expect, "says"):
        if text not in said:
            yield f"the verdict does not say {text!r}: {said}"


def fate_troubles(expect, report):
    """What has to have become of conversations of the client."""
    states = {one["state"] for one in report.get("conversations") or []}
    for fate in texts_of(expect, "fates"):
        if fate not in states:
            yield f"no conversation is {fate!r}: {sorted(states)}"


def sent_troubles(expect, sent):
    """What has to be sent to the device, and what never may."""
    for text in texts_of(expect, "sent"):
        if not any(text in command for command in sent):
            yield f"never sent: {text}"
    for text in texts_of(expect, "never_sent"):
        yield from (f"sent, though it never may: {command}" for command in sent if text in command)


def explain(report):
    """The checks of a report whose verdict is wrong."""
    yield f"summary: {(report.get('verdict') or {}).get('summary')}"
    for check in report.get("checks") or []:
        yield f"  {check['id']}: {check['state']} {check['certainty']} {check['rule']}: {check['summary']}"
    for step in report.get("steps") or []:
        if step["state"] != "done":
            yield f"  step {step['id']}: {step['state']}: {step.get('reason')}"


def judge_troubles(args, env, transcript, report, status):
    """judge gives the same bytes as diagnose, and the same again."""
    again = run([args.fgdiag, "judge", transcript, "-f", "json"], env)
    if again.stdout != report:
        yield from diff("judge -f json", report, again.stdout)
    for form in ("json", "text", "check", "html", "markdown"):
        first, second = (run([args.fgdiag, "judge", transcript, "-f", form], env) for _ in range(2))
        if first.returncode != status:
            yield f"judge -f {form} exits with {first.returncode}, diagnose with {status}"
        if not first.stdout:
            yield f"judge -f {form} prints nothing"
        if b"\x1b" in first.stdout:
            yield f"judge -f {form} prints escape sequences into a pipe"
        if first.stdout != second.stdout:
            yield from diff(f"judge -f {form} twice", first.stdout, second.stdout)


def bundle_troubles(args, env, transcript, report):
    """The bundle, which has no payload, gives the same states from the same lines."""
    bundle = transcript + ".zip"
    for argv in (["-f", "check", "--bundle", bundle, transcript], ["-f", "json", bundle]):
        done = run([args.fgdiag, "judge", *argv], env)
    told = [[{name: part[name] for name in ("status", "cause", "where", "certainty", "id", "state", "rule")
              if name in part} for part in (one["verdict"], *one["checks"])]
            for one in (json.loads(report), json.loads(done.stdout or b"{}")) if one.get("verdict")]
    if len(told) == 2 and told[0] != told[1]:
        yield f"judge of the bundle: {told[1]}, not {told[0]}"
    if len(told) == 1:
        yield f"judge of the bundle: {done.stderr[-300:]!r}"


def schema_troubles(path):
    valid = subprocess.run([sys.executable, VALIDATE, path], capture_output=True, text=True)
    if valid.returncode != 0:
        yield f"schema: {valid.stderr.strip()[:400]}"


def diagnose_argv(args, device, case, transcript):
    entry = emu.fill_entry(case["entry"].strip(), int(case["expect"].get("age", 60)))
    return [args.fgdiag, "diagnose", *device.login(), "-q", "-f", "json", "--record", transcript,
            *(case["arguments"] or []), entry]


def world_troubles(args, world, folder):
    case = emu.world_case(args.emu, world)
    env = emu.environment(args.speed)
    if case.get("host"):
        tools = os.path.abspath(os.path.join(folder, "host"))
        host_tools.install(tools, case["host"], args.speed)
        env["PATH"] = tools + os.pathsep + env["PATH"]
    transcript = os.path.join(folder, "transcript.cast")
    report_path = os.path.join(folder, "report.json")
    with emu.Emulator(args.emu, world, args.speed, folder) as device:
        done = run(diagnose_argv(args, device, case, transcript), env)
        device.wait_closed()
        ended = device.stop()
        log, sent = device.log(), device.words("COMMAND")
    with open(report_path, "wb") as out:
        out.write(done.stdout)
    with open(os.path.join(folder, "stderr"), "wb") as out:
        out.write(done.stderr)
    if ended != 0:
        yield f"the emulator exits with {ended}"
    try:
        report = json.loads(done.stdout)
    except ValueError:
        yield f"no JSON (exit status {done.returncode}): {done.stdout[:200]!r} {done.stderr[-400:]!r}"
        return
    wrong = [*verdict_troubles(case["expect"], done.returncode, report), *word_troubles(case["expect"], report),
             *fate_troubles(case["expect"], report)]
    yield from wrong
    if wrong:
        yield from explain(report)
    yield from schema_troubles(report_path)
    yield from judge_troubles(args, env, transcript, done.stdout, done.returncode)
    yield from bundle_troubles(args, env, transcript, done.stdout)
    yield from sent_troubles(case["expect"], sent)
    yield from emu.log_troubles(log, case["expect"].get("left") == "yes")
    logins = sum(line.endswith(" ok") and " AUTH " in line for line in log)
    if logins > int(case["expect"].get("logins", 2)):
        yield f"{logins} logins: each one is an administrator's place"


def run_world(args, world):
    began = time.monotonic()
    with emu.scratch() as folder:
        try:
            troubles = list(world_troubles(args, world, folder))
        except (subprocess.SubprocessError, OSError, RuntimeError) as error:
            troubles = [f"{type(error).__name__}: {error}"]
        if args.keep:
            shutil.copytree(folder, os.path.join(args.keep, world), dirs_exist_ok=True)
    return world, troubles, time.monotonic() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fgdiag", required=True)
    parser.add_argument("--emu", required=True)
    parser.add_argument("--speed", type=float, default=20)
    parser.add_argument("-j", type=int, default=2, dest="jobs")
    parser.add_argument("--keep", help="copy reports, transcripts and logs there")
    parser.add_argument("worlds", nargs="*")
    args = parser.parse_args()
    args.speed = int(args.speed) if args.speed == int(args.speed) else args.speed
    worlds = args.worlds or emu.world_names()
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for world, troubles, seconds in pool.map(lambda name: run_world(args, name), worlds):
            print(f"{'FAIL' if troubles else 'ok  '}  {world:18} {seconds:5.1f} s", flush=True)
            for trouble in troubles:
                print(f"      {trouble}", flush=True)
            failed += bool(troubles)
    print(f"worlds: {len(worlds)} run, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
