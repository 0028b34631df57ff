"""OpenSSH's sshd and dropbear as processes, for test_servers.py.

They listen on loopback, with keys and configuration from a folder of the
test's own. As root they run in a mount namespace of their own, in which a
test account, its home and /run/sshd exist; the machine itself is not touched.
"""
import contextlib
import itertools
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import threading
import time

SSHD, DROPBEAR = "/usr/sbin/sshd", "/usr/sbin/dropbear"
PASSWORD = "not a secret"
# `openssl passwd -6 -salt fgdiagtest` of it
HASH = ("$6$fgdiagtest$GfQt9XNDh4Aj2Te0/dFHxdAF4k/JO8SjbM29aU876Jgkw/L0G4PfoTYQIUsUMbJZ9HkCowmbJb71G0t9iBLHn.")
ACCOUNT = "fgt-test"
NAMESPACE = """set -e
mount -t tmpfs none /run
mkdir -m 755 /run/sshd
mount --bind "$0/passwd" /etc/passwd
mount --bind "$0/shadow" /etc/shadow
exec "$@"
"""


def call(*argv, **options):
    return subprocess.run(argv, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL, timeout=30,
                          **options).stdout


def write(path, text, mode=0o600):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as out:
        out.write(text)
    os.chmod(path, mode)
    return path


def free_port(given=set(), lock=threading.Lock()):
    """A port that nobody has now, and that no other test of this run was given."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with lock:
            if port not in given:
                given.add(port)
                return port


def descendants(pid):
    """A process's children and theirs."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as stat:
            parents.setdefault(int(stat.read().rpartition(")")[2].split()[1]), []).append(int(name))
    found, todo = [], [pid]
    while todo:
        children = parents.get(todo.pop(), [])
        found += children
        todo += children
    return found


class Lab:
    """Keys, an account and what the accounts of all servers share."""

    KEYS = {"ed25519": ("ed25519", None), "rsa": ("rsa", "2048"), "ecdsa": ("ecdsa", "256"),
            "ecdsa384": ("ecdsa", "384"), "ecdsa521": ("ecdsa", "521")}

    def __init__(self, folder):
        self.folder = folder
        self.passphrase = "Pp" + secrets.token_hex(12)
        self.home = os.path.join(folder, "home")
        os.makedirs(os.path.join(self.home, ".ssh"), 0o700)
        os.chmod(folder, 0o700)
        for role in ("host", "user"):
            for name, (kind, bits) in self.KEYS.items():
                call("ssh-keygen", "-q", "-t", kind, *(["-b", bits] if bits else []), "-N", "", "-C", name, "-f",
                     self.path(f"{role}_{name}"))
        call("ssh-keygen", "-q", "-t", "ed25519", "-N", self.passphrase, "-f", self.path("user_locked"))
        call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.path("user_stranger"))
        lines = [self.public(f"user_{name}") for name in [*self.KEYS, "locked"]]
        self.authorized = write(os.path.join(self.home, ".ssh", "authorized_keys"), "\n".join(lines) + "\n")
        self.namespace = os.geteuid() == 0 and self.make_namespace()
        self.user = ACCOUNT if self.namespace else pwd.getpwuid(os.geteuid()).pw_name

        self.problem = None
        if not self.namespace and self.missing() is None:
            self.problem = self.try_login()

    def try_login(self):
        """What keeps an account's own sshd from giving it a terminal, or None."""
        with Sshd(self, "/bin/true") as server:
            done = subprocess.run(["ssh", "-F", "none", "-tt", "-oBatchMode=yes", "-oStrictHostKeyChecking=no",
                                   "-oUserKnownHostsFile=/dev/null", "-oIdentityAgent=none", "-i",
                                   self.path("user_ed25519"), "-p", str(server.port), "127.0.0.1"],
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
        return f"sshd gives this account ({self.user}) no session" if done.returncode else None

    def path(self, name):
        return os.path.join(self.folder, name)

    def public(self, name):
        with open(self.path(name + ".pub"), encoding="utf-8") as key:
            return " ".join(key.read().split()[:2])

    def make_namespace(self):
        with open("/etc/passwd", encoding="utf-8") as accounts:
            write(self.path("passwd"), accounts.read() + f"{ACCOUNT}:x:0:0::{self.home}:/bin/sh\n", 0o644)
        write(self.path("shadow"), f"root:*:19000:0:99999:7:::\nsshd:!:19000::::::\n{ACCOUNT}:{HASH}:19000:0:99999:7:::\n")
        return subprocess.run(self.inside("true"), capture_output=True).returncode == 0

    def inside(self, *argv):
        return ["unshare", "--mount", "--propagation", "private", "--", "sh", "-c", NAMESPACE, self.folder, *argv]

    def missing(self, program=SSHD, password=False):
        """Why a test cannot run here, or None."""
        if not os.access(program, os.X_OK):
            return f"{program} is not installed"
        if self.namespace or self.problem:
            return self.problem
        if os.geteuid() == 0 and (program == DROPBEAR or password or not os.path.isdir("/run/sshd")):
            return "no mount namespace of our own can be had here"
        if program == DROPBEAR or password:
            return "this account cannot give a test account a password or keys; root can"
        return None

    def bridge(self, device, name="bridge"):
        """A login program that is the emulator's command line."""
        ask = write(self.path(name + ".ask"), f"#!/bin/sh\ncat '{device.secret}'\n", 0o700)
        return write(self.path(name), f"""#!/bin/sh
export SSH_ASKPASS='{ask}' SSH_ASKPASS_REQUIRE=force
exec ssh -F none -tt -e none -o LogLevel=ERROR -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \\
	-o PubkeyAuthentication=no -p {device.ready['port']} {device.ready['user']}@127.0.0.1
""", 0o700)


class NotStarted(RuntimeError):
    pass


def start(kind, *arguments, **settings):
    """A server; with another port where somebody was faster than we."""
    for last in (False, False, True):
        try:
            return kind(*arguments, **settings)
        except NotStarted as error:
            if last or "in use" not in str(error):
                raise


class Server:
    """A running server; use it with `with`."""

    def __init__(self, lab, argv, name):
        self.log_path = lab.path(name + ".log")
        argv = lab.inside(*argv) if lab.namespace else argv
        environment = {key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR") if key in os.environ}
        with open(self.log_path, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def wait_ready(self):
        until = time.monotonic() + 20
        while time.monotonic() < until and self.process.poll() is None:
            if self.is_ready():
                return
            time.sleep(0.02)
        self.stop()
        raise NotStarted(f"a server did not start: {self.log()[-500:]}")

    def is_ready(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def wait_log(self, text, seconds=10):
        until = time.monotonic() + seconds
        while text not in self.log() and time.monotonic() < until:
            time.sleep(0.02)
        return text in self.log()

    def stop(self, number=signal.SIGTERM):
        """Ends the server and the sessions it serves."""
        for pid in [self.process.pid, *descendants(self.process.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Sshd(Server):
    numbers = itertools.count(1)

    def __init__(self, lab, login=None, host_keys=("ed25519",), **settings):
        self.port, self.name = free_port(), f"sshd{next(self.numbers)}"
        values = {"ListenAddress": f"127.0.0.1:{self.port}", "PidFile": "none", "UsePAM": "no", "StrictModes": "no",
                  "LogLevel": "VERBOSE", "AuthorizedKeysFile": lab.authorized, "PermitRootLogin": "yes",
                  "PasswordAuthentication": "no", "KbdInteractiveAuthentication": "no", "PrintMotd": "no",
                  "PrintLastLog": "no", **({"ForceCommand": login} if login else {}), **settings}
        lines = [f"{key} {value}" for key, value in values.items()]
        lines += [f"HostKey {lab.path('host_' + key)}" for key in host_keys]
        config = write(lab.path(self.name + ".conf"), "\n".join(lines) + "\n")
        super().__init__(lab, [SSHD, "-D", "-e", "-f", config], self.name)
        self.wait_ready()

    def is_ready(self):
        return "Server listening on" in self.log()


class Dropbear(Server):
    numbers = itertools.count(1)

    def __init__(self, lab, login, host_key="ecdsa", *arguments):
        self.port, self.name = free_port(), f"dropbear{next(self.numbers)}"
        key = lab.path(self.name + ".key")
        call("dropbearkey", "-t", host_key, "-f", key)
        for line in call("dropbearkey", "-y", "-f", key).splitlines():
            if line.startswith(("ssh-", "ecdsa-")):
                self.public = " ".join(line.split()[:2])
        super().__init__(lab, [DROPBEAR, "-F", "-E", "-m", "-p", f"127.0.0.1:{self.port}", "-r", key, "-P",
                               lab.path(self.name + ".pid"), "-c", login, *arguments], self.name)
        self.wait_ready()


def installed(*names):
    return all(shutil.which(name, path="/usr/bin:/bin:/usr/sbin:/sbin") for name in names)
