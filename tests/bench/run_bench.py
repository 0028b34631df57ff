#!/usr/bin/env python3
"""What a run costs, beside OpenSSH's client doing the same dialogue.

1. CPU and wall time of a whole run without delays (the worlds' clock runs 500
   times as fast), and of `ssh` typing the same commands at the same emulator,
   in turns. Ratios are pair by pair.
2. With real delays: the time a run takes over its longest lane.
"""
import argparse
import json
import os
import pty
import re
import select
import statistics
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORLD = os.path.join(ROOT, "tests/emu/worlds/healthy.yaml")


class Emulator:
    def __init__(self, path, speed, folder):
        self.log = os.path.join(folder, "log")
        self.process = subprocess.Popen(
            [path, "--world", WORLD, "--speed", str(speed), "--log", self.log], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.ready = dict(re.findall(r"(\w+)=(\S+)", line))

    def commands(self):
        with open(self.log, encoding="utf-8") as log:
            return [line.split(" COMMAND ", 1)[1].strip() for line in log if " COMMAND " in line]

    def stop(self):
        self.process.terminate()
        self.process.wait()


def timed(argv, env, pump=None):
    start = time.monotonic()
    if pump:
        status, usage = pump(argv, env)
    else:
        process = subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        pump_output[0] = output
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, status


pump_output = [b""]


def entry_of(emulator_path):
    answer = subprocess.run([emulator_path, "--world", WORLD, "--expect"], capture_output=True, text=True, check=True)
    now = time.time() - 60
    stamp = time.gmtime(now)
    text = json.loads(answer.stdout)["entry"]
    fills = {"{date}": time.strftime("%Y-%m-%d", stamp), "{time}": time.strftime("%H:%M:%S", stamp),
             "{eventtime}": str(int(now * 1e9)), "{tz}": "+0000"}
    for name, value in fills.items():
        text = text.replace(name, value)
    return text


def fgdiag_argv(args, emulator, folder, entry):
    ready = emulator.ready
    secret = os.path.join(folder, "password")
    with open(os.open(secret, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as out:
        out.write(ready["password"] + "\n")
    return [args.fgdiag, "diagnose", "-q", "-f", "json", "-d", f"{ready['user']}@127.0.0.1:{ready['port']}",
            "--host-key", ready["fingerprint"], "--password-file", secret, entry]


def ssh_pump(commands, prompt):
    def run(argv, env):
        pid, fd = pty.fork()
        if pid == 0:
            os.execvpe(argv[0], argv, env)
        seen = b""
        queue = list(commands)
        while True:
            ready, _, _ = select.select([fd], [], [], 30)
            try:
                data = os.read(fd, 65536) if ready else b""
            except OSError:
                data = b""
            if not data:
                break
            seen += data
            if b"--More-- " in seen[-12:]:
                os.write(fd, b" ")
                seen = b""
            elif re.search(prompt, seen[-80:]):
                seen = b""
                os.write(fd, (queue.pop(0) if queue else "exit").encode() + b"\n")
        _, status, usage = os.wait4(pid, 0)
        os.close(fd)
        return status, usage
    return run


def ssh_argv(emulator, folder):
    ask = os.path.join(folder, "ask")
    with open(ask, "w", encoding="utf-8") as out:
        out.write(f"#!/bin/sh\necho '{emulator.ready['password']}'\n")
    os.chmod(ask, 0o700)
    env = dict(os.environ, SSH_ASKPASS=ask, SSH_ASKPASS_REQUIRE="force", DISPLAY=":0")
    return ["ssh", "-F", "none", "-tt", "-p", emulator.ready["port"], "-o", "StrictHostKeyChecking=no",
            "-o", "UserKnownHostsFile=/dev/null", "-o", "PreferredAuthentications=password", "-o", "LogLevel=ERROR",
            f"{emulator.ready['user']}@127.0.0.1"], env


def without_delays(args):
    speed = 500
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        emulator = Emulator(args.emu, speed, folder)
        env = dict(os.environ, FGDIAG_CLOCK_SPEED=str(speed))
        argv = fgdiag_argv(args, emulator, folder, entry_of(args.emu))
        timed(argv, env)
        # The peer cannot stop a sniffer or top by itself: those end by their counts here.
        commands = [c for c in emulator.commands() if c != "exit" and "performance top" not in c and "sniffer" not in c]
        peer_argv, peer_env = ssh_argv(emulator, folder)
        pump = ssh_pump(commands, rb"[\w.~-]+ [#$] $")
        for _ in range(args.runs):
            rows.append((timed(argv, env), timed(peer_argv, peer_env, pump)))
        emulator.stop()
    for name, index in (("fgdiag", 0), ("ssh under a script, without sniffer and top", 1)):
        wall = statistics.median(row[index][0] for row in rows)
        cpu = statistics.median(row[index][1] for row in rows)
        print(f"  {name:46} wall {wall * 1000:7.1f} ms   CPU {cpu * 1000:6.1f} ms")
    ratio = statistics.median(row[0][1] / row[1][1] for row in rows)
    print(f"  CPU of fgdiag over CPU of ssh, pair by pair: {ratio:.2f}   ({args.runs} runs each)")


def with_delays(args):
    with tempfile.TemporaryDirectory() as folder:
        emulator = Emulator(args.emu, 1, folder)
        argv = fgdiag_argv(args, emulator, folder, entry_of(args.emu))
        wall, cpu, _ = timed(argv, dict(os.environ, FGDIAG_CLOCK_SPEED="1"))
        report = json.loads(pump_output[0])
        emulator.stop()
    steps = {step["id"]: step["duration_ms"] for step in report["steps"]}
    ping = sum(ms for name, ms in steps.items() if name.split("/")[0].startswith("ping"))
    sniffer = sum(ms for name, ms in steps.items() if name.split("/")[0] == "sniffer")
    rest = sum(ms for name, ms in steps.items() if name.split("/")[0] not in ("sniffer",) and not name.startswith("ping"))
    print(f"  run {wall:.2f} s, CPU {cpu * 1000:.0f} ms; the device's own time: resource steps {rest / 1000:.2f} s, "
          f"ping lane {ping / 1000:.2f} s, sniffer lane {sniffer / 1000:.2f} s")
    print(f"  over the longest lane: {wall - (rest + max(ping, sniffer)) / 1000:+.2f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fgdiag", required=True)
    parser.add_argument("--emu", required=True)
    parser.add_argument("--runs", type=int, default=7)
    args = parser.parse_args()
    print("without delays (healthy world):")
    without_delays(args)
    print("with real delays (healthy world):")
    with_delays(args)


if __name__ == "__main__":
    main()
