#!/usr/bin/env python3
"""What asking many devices at once costs, beside a bare libssh client that
types the same commands: wall, CPU and memory per device, from 10 to 1000.

fleet_bench.py --fgdiag PATH --emu PATH --floor PATH [--plot FILE.svg] [--devices N,N,...] [--runs N]

The device answers at once (a playbook without pauses), so what is measured is
the client's own work, and the emulator's on the same machine.
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))
import emulator as emu  # noqa: E402

PLAYBOOK = """playbook: bench
summary: nine answers that need no time
needs: nothing
limits: { time: 120s }
steps:
""" + "".join(f"""  - id: {name}
    scope: global
    send: {command}
    read: {reader}
    bounds: {{ bytes: 262144, lines: 2000 }}
""" for name, command, reader in (
    ("status", "get system status", "status"), ("performance", "get system performance status", "performance"),
    ("memory", "diagnose hardware sysinfo memory", "memory"),
    ("conserve", "diagnose hardware sysinfo conserve", "conserve"), ("ha", "get system ha status", "ha"),
    ("performance2", "get system performance status", "performance"),
    ("memory2", "diagnose hardware sysinfo memory", "memory"),
    ("conserve2", "diagnose hardware sysinfo conserve", "conserve")))


def address(number):
    value = number + 1
    return f"127.{value >> 16}.{value >> 8 & 255}.{value & 255}"


def peak_kib(pid):
    """Largest resident size so far. What wait4() tells counts this program's own
    before the other one was begun."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return 0


def measure(argv, env):
    """(wall seconds, CPU seconds, largest resident KiB)"""
    began, peak, pid = time.monotonic(), 0, 0
    process = subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL)
    while pid == 0:
        peak = max(peak, peak_kib(process.pid))
        time.sleep(0.005)
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{argv[0]} ended with {process.returncode}")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime, peak


class Bench:
    def __init__(self, args, folder, devices):
        self.args, self.folder, self.devices = args, folder, devices
        self.device = emu.Emulator(args.emu, "health-quiet", 1000, folder, "--devices", str(devices))
        self.env = {**emu.environment(1), "XDG_STATE_HOME": folder, "XDG_RUNTIME_DIR": folder, "SSH_AUTH_SOCK": ""}
        self.playbook = self.write("bench.yaml", PLAYBOOK)
        ready = self.device.ready
        rows = [f"  - {{name: fgt{i}, address: '{address(i)}:{ready['port']}', host-key: '{ready['fingerprint']}'}}\n"
                for i in range(devices)]
        self.inventory = self.write("inventory.yaml", f"defaults: {{user: {ready['user']}, "
                                                      f"password-file: {self.device.secret}}}\ndevices:\n" + "".join(rows))

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        emu.write_secret(path, text)
        return path

    def fgdiag(self, devices):
        inventory = self.inventory
        if devices != self.devices:
            with open(self.inventory, encoding="utf-8") as file:
                inventory = self.write("part.yaml", "".join(file.readlines()[:2 + devices]))
        return measure([self.args.fgdiag, "check", "-F", "none", "--playbook", self.playbook, "--inventory", inventory,
                        "--parallel", str(devices), "-t", "120"], self.env)

    def floor(self, devices, session):
        ready = self.device.ready
        return measure([self.args.floor, ready["port"], ready["user"], ready["password"], str(devices), session], self.env)

    def session(self):
        """The commands of one run, as the device saw them."""
        before = len(self.device.words("COMMAND"))
        self.fgdiag(1)
        self.device.wait_closed()
        return self.write("session", "\n".join(self.device.words("COMMAND")[before:]))


def plot(rows, path):
    """CPU and memory per device over how many there are, two lines each."""
    panels = (("CPU per device, ms", "cpu"), ("memory per device, KiB", "rss"))
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 260" font-family="sans-serif" font-size="12">',
             '<rect width="640" height="260" fill="#fff"/>']
    for panel, (title, key) in enumerate(panels):
        left, most = 50 + panel * 320, max(max(row[name][key] for name in ("fgdiag", "floor")) for row in rows) * 1.2
        parts.append(f'<text x="{left}" y="20">{title}</text>'
                     f'<path d="M{left} 40V210H{left + 240}" fill="none" stroke="#555"/>'
                     f'<text x="{left - 6}" y="50" text-anchor="end">{most:.3g}</text>'
                     f'<text x="{left - 6}" y="214" text-anchor="end">0</text>')
        for name, colour in (("fgdiag", "#0b6"), ("floor", "#777")):
            points = []
            for i, row in enumerate(rows):
                x, y = left + 20 + i * 200 / max(len(rows) - 1, 1), 210 - 170 * row[name][key] / most
                points.append(f"{x:.1f},{y:.1f}")
                parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>')
                if name == "fgdiag":
                    parts.append(f'<text x="{x:.1f}" y="228" text-anchor="middle">{row["devices"]}</text>')
            parts.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}"/>')
    parts.append('<text x="50" y="250" fill="#0b6">fgdiag check</text><text x="150" y="250" fill="#777">'
                 'bare libssh client, same commands</text><text x="400" y="250">devices at once</text></svg>\n')
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(parts))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--fgdiag", "--emu", "--floor"):
        parser.add_argument(name, required=True, type=os.path.abspath)
    parser.add_argument("--plot")
    parser.add_argument("--devices", default="1,10,30,100,300,1000")
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    counts = [int(word) for word in args.devices.split(",")]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(args, folder, max(counts))
        session = bench.session()
        base = {"fgdiag": bench.fgdiag(1)[2], "floor": bench.floor(1, session)[2]}
        print("devices  wall s  floor  ratio  CPU ms/device  floor  ratio  KiB/device  floor")
        for count in counts:
            runs = {"fgdiag": [], "floor": []}
            for _ in range(args.runs):
                runs["fgdiag"].append(bench.fgdiag(count))
                runs["floor"].append(bench.floor(count, session))
            row = {"devices": count}
            for name, taken in runs.items():
                row[name] = {"wall": statistics.median(run[0] for run in taken),
                             "cpu": statistics.median(run[1] for run in taken) * 1000 / count,
                             "rss": max(0, statistics.median(run[2] for run in taken) - base[name]) / count}
            ratio = {key: statistics.median(a[i] / b[i] for a, b in zip(runs["fgdiag"], runs["floor"]))
                     for i, key in enumerate(("wall", "cpu"))}
            rows.append(row)
            a, b = row["fgdiag"], row["floor"]
            print(f"{count:7} {a['wall']:7.2f} {b['wall']:6.2f} {ratio['wall']:6.2f} {a['cpu']:14.2f} {b['cpu']:6.2f} "
                  f"{ratio['cpu']:6.2f} {a['rss']:11.1f} {b['rss']:6.1f}", flush=True)
        bench.device.stop()
    if args.plot:
        plot(rows, args.plot)


if __name__ == "__main__":
    main()
