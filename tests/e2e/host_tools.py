"""The client's machine of a world: `ping` and `grep` that print what a Linux client would.

install(folder, host, speed) puts both into a folder for PATH; `host` is the world's map of that name:
lose_every N, rtt_ms (4), silent (no), unreachable (no), busy (12), iowait (1), memory_used (40), errors (0, between
two looks), no_pressure (no), hang (no: ping never ends).
"""
import json
import os
import signal
import stat
import sys
import time

HERE = os.path.abspath(__file__)
TICKS = 100


def install(folder, host, speed):
    os.makedirs(folder, exist_ok=True)
    host = {key: value in ("yes", "true") if value in ("yes", "no", "true", "false") else float(value)
            for key, value in host.items()}
    with open(os.path.join(folder, "host.json"), "w", encoding="utf-8") as out:
        json.dump({**host, "speed": speed, "began": time.time()}, out)
    for name in ("ping", "grep"):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(f"#!/bin/sh\nexec {sys.executable} -SEB {HERE} {folder} {name} \"$@\"\n")
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)


class Ping:
    def __init__(self, host, argv):
        self.host, self.count, self.target = host, int(argv[1]), argv[2]
        self.sent = self.received = 0

    def statistics(self):
        loss = 100 * (self.sent - self.received) // max(self.sent, 1)
        print(f"\n--- {self.target} ping statistics ---\n{self.sent} packets transmitted, {self.received} received, "
              f"{loss}% packet loss, time {self.sent * 1000}ms", flush=True)
        if self.received:
            print("rtt min/avg/max/mdev = 4.000/4.000/4.000/0.000 ms", flush=True)

    def answered(self, seq):
        every = self.host.get("lose_every")
        return not (self.host.get("silent") or every and seq % every == every - 1)

    def run(self):
        signal.signal(signal.SIGINT, lambda *_: (self.statistics(), os._exit(1)))
        if self.host.get("unreachable"):
            print("ping: connect: Network is unreachable", flush=True)
            return 2
        print(f"PING {self.target} ({self.target}) 56(84) bytes of data.", flush=True)
        while self.sent < self.count or self.host.get("hang"):
            self.sent += 1
            if self.answered(self.sent):
                self.received += 1
                print(f"64 bytes from {self.target}: icmp_seq={self.sent} ttl=63 time={self.host.get('rtt_ms', 4)} ms",
                      flush=True)
            time.sleep(1 / self.host["speed"])
        self.statistics()
        return 0 if self.received else 1


def proc(host):
    """Ticks since the machine came up, an hour before the world began."""
    passed = (time.time() - host["began"]) * host["speed"] + 3600
    total = int(passed * TICKS)
    busy, iowait = int(total * host.get("busy", 12) / 100), int(total * host.get("iowait", 1) / 100)
    memory = 8000000
    available = int(memory * (100 - host.get("memory_used", 40)) / 100)
    errors = int(host.get("errors", 0) * (passed - 3600))
    yield "/proc/stat", f"cpu  {busy} 0 0 {total - busy - iowait} {iowait} 0 0 0 0 0"
    for cpu in range(2):
        yield "/proc/stat", f"cpu{cpu} {busy // 2} 0 0 {(total - busy - iowait) // 2} {iowait // 2} 0 0 0 0 0"
    yield "/proc/stat", "intr 12345 0 0"
    yield "/proc/meminfo", f"MemTotal:        {memory} kB"
    yield "/proc/meminfo", f"MemFree:         {available // 2} kB"
    yield "/proc/meminfo", f"MemAvailable:    {available} kB"
    yield "/proc/loadavg", "0.42 0.30 0.20 1/345 6789"
    yield "/proc/net/dev", "Inter-|   Receive                                                |  Transmit"
    yield "/proc/net/dev", " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop"
    yield "/proc/net/dev", "    lo: 1000 10 5 5 0 0 0 0 1000 10 0 0 0 0 0 0"
    yield "/proc/net/dev", f"  eth0: 100000 1000 {errors} 3 0 0 0 0 200000 2000 0 0 0 0 0 0"
    for what in () if host.get("no_pressure") else ("cpu", "memory", "io"):
        yield f"/proc/pressure/{what}", "some avg10=0.00 avg60=0.00 avg300=0.00 total=12345"


def main():
    folder, name, *argv = sys.argv[1:]
    with open(os.path.join(folder, "host.json"), encoding="utf-8") as file:
        host = json.load(file)
    if name == "ping":
        sys.exit(Ping(host, argv).run())
    for path, line in proc(host):
        print(f"{path}:{line}")
    if host.get("no_pressure"):
        for what in ("cpu", "memory", "io"):
            print(f"grep: /proc/pressure/{what}: No such file or directory", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
