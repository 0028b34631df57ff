"""The emulator and fgdiag as processes, for the tests beside this file."""
import contextlib
import json
import os
import re
import signal
import subprocess
import tempfile
import time

# Who starts the tests under nohup or in the background has signals ignored, and
# so would every program that they start.
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
WORLDS = os.path.join(ROOT, "tests", "emu", "worlds")

# Every line that may reach a device, written apart from the program's table
# and from the emulator's.
SUDO = r"(?:sudo (?:global|[0-9A-Za-z_-]{1,31}) )?"
ADDRESS4 = r"\d{1,3}(?:\.\d{1,3}){3}"
ADDRESS6 = r"[0-9a-f:.]*:[0-9a-f:.]*"
FILTER = (r"(?:\(|\)|and|or|not|host (?:[0-9.]+|[0-9a-f:.]+)|(?:tcp |udp )?port \d{1,5}|tcp|udp|icmp6?"
          r"|icmp\[0\] = \d{1,3}|ip6\[40\] < \d{1,3})")
ALLOWED = [re.compile(SUDO + pattern + r"\Z", re.ASCII) for pattern in (
    r"get system status",
    r"get system performance (?:status|top)",
    r"get system (?:ha status|arp)",
    rf"get router info routing-table details {ADDRESS4}",
    rf"diagnose sys session (?:list|filter(?: (?:src|dst) {ADDRESS4}| (?:proto|dport) \d{{1,5}})?)",
    rf"diagnose sys session6 (?:list|filter(?: (?:src|dst) {ADDRESS6}| (?:proto|dport) \d{{1,5}})?)",
    r"diagnose sys top \d{1,2} \d{1,3} \d{1,2}",
    r"diagnose hardware sysinfo (?:memory|conserve)",
    rf"execute ping {ADDRESS4}",
    rf"execute ping6 {ADDRESS6}",
    r"execute ping6?-options (?:reset|view-settings)",
    r"execute ping6?-options (?:repeat-count|interval|timeout) \d{1,5}",
    r"execute ping-options data-size \d{1,5}",
    r"execute ping-options df-bit (?:yes|no)",
    r"execute ping6?-options adaptive-ping (?:enable|disable)",
    rf'diagnose sniffer packet any "{FILTER}(?: {FILTER})*" [46] \d{{1,6}} a',
    r"exit",
)]
# Space, newline (to clear a q at a prompt), a, q, Ctrl-C.
ALLOWED_KEYS = {"20", "0a", "61", "71", "03"}


def world_path(name):
    return name if os.path.sep in name else os.path.join(WORLDS, name + ".yaml")


def world_names():
    return sorted(name[:-5] for name in os.listdir(WORLDS) if name.endswith(".yaml"))


def world_case(emu, world):
    """entry, expect and arguments of a world file."""
    answer = subprocess.run([emu, "--world", world_path(world), "--expect"], capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)


def fill_entry(text, age=60):
    """The entry as it would have been logged `age` seconds ago."""
    when = time.time() - age
    stamp = time.gmtime(when)
    values = {"date": time.strftime("%Y-%m-%d", stamp), "time": time.strftime("%H:%M:%S", stamp),
              "eventtime": str(int(when * 1e9)), "tz": "+0000", "syslog": time.strftime("%b %e %H:%M:%S", stamp)}
    return re.sub(r"\{(\w+)\}", lambda match: values[match.group(1)], text)


class Emulator:
    """A running emulator; use it with `with`."""

    def __init__(self, path, world, speed, folder, *more):
        self.log_path = os.path.join(folder, "emulator.log")
        self.process = subprocess.Popen(
            [path, "--world", world_path(world), "--speed", str(speed), "--log", self.log_path, *more],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("ready "):
            raise RuntimeError(f"{world}: the emulator did not start")
        self.ready = dict(re.findall(r"(\w+)=(\S+)", line))
        self.secret = os.path.join(folder, "password")
        write_secret(self.secret, self.ready["password"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends it and returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.process.stdout.close()
        return status

    def device(self):
        return f"{self.ready['user']}@127.0.0.1:{self.ready['port']}"

    def login(self, host_key=True):
        arguments = ["-d", self.device(), "-F", "none", "--password-file", self.secret]
        return arguments + (["--host-key", self.ready["fingerprint"]] if host_key else [])

    def log(self):
        with open(self.log_path, encoding="utf-8") as log:
            return log.read().splitlines()

    def words(self, word):
        """What follows `word` in the log's lines."""
        found = (re.match(rf"\d+ {word}(?: (.*))?\Z", line) for line in self.log())
        return [match.group(1) or "" for match in found if match]

    def wait_for(self, word, text="", seconds=20):
        """Waits until the log has such a line."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(FileNotFoundError):
                if any(text in line for line in self.words(word)):
                    return True
            time.sleep(0.02)
        return False

    def wait_closed(self, seconds=10):
        """Waits until every opened session has closed."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and len(self.words("OPEN")) != len(self.words("CLOSE")):
            time.sleep(0.02)


def write_secret(path, text):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(text + "\n")


def log_troubles(lines, may_leave=False):
    """What the log says against a client that promises to change nothing."""
    for line in lines:
        _, word, *rest = line.split(" ", 2)
        text = rest[0] if rest else ""
        if word in ("VIOLATION", "IDLE-CTRL-C") or (word == "LEFT" and not may_leave):
            yield f"emulator: {line}"
        elif word == "COMMAND" and not any(pattern.match(text) for pattern in ALLOWED):
            yield f"not an allowed command: {text}"
        elif word == "KEY" and text not in ALLOWED_KEYS:
            yield f"not an allowed key: {text}"


RUNTIME = tempfile.TemporaryDirectory(prefix="fgdiag-e2e-")  # for the locks of devices that live for seconds


def environment(speed, **more):
    """The environment for a fgdiag whose clock runs as fast as the world's."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TMPDIR")
            if name in os.environ}
    return {**kept, "FGDIAG_CLOCK_SPEED": str(speed), "TERM": "dumb", "XDG_RUNTIME_DIR": RUNTIME.name, **more}


@contextlib.contextmanager
def scratch():
    with tempfile.TemporaryDirectory(prefix="fgdiag-e2e-") as folder:
        yield folder
