#!/usr/bin/env python3
"""Second opinions: fgdiag against OpenSSH's sshd and against dropbear, whose
login program is the emulator's command line, and through jump hosts.

test_servers.py --fgdiag PATH --emu PATH [--speed N] [-j N] [unittest arguments]
"""
import argparse
import concurrent.futures
import contextlib
import json
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import unittest

import emulator as emu
import host_tools
import run_worlds
import servers
import test_secrets

ARGS = argparse.Namespace(fgdiag=None, emu=None, speed=5)
LAB = None
STATUS = """playbook: status
summary: who is it?
needs: nothing
limits: { time: 60s }
steps:
  - id: status
    on: gate
    send: get system status
    read: status
"""


def propose(listener, wait_s):
    """A server's banner and key exchange proposal (RFC 4253, 7.1) of what nobody here knows."""
    names = [b"sntrup761x25519-sha512@openssh.com", b"ssh-ed25519", *[b"aes256-ctr"] * 2, *[b"hmac-sha2-256"] * 2,
             *[b"none"] * 2, b"", b""]
    payload = b"\x14" + bytes(16) + b"".join(struct.pack(">I", len(name)) + name for name in names) + bytes(5)
    padding = 16 - (len(payload) + 5) % 8
    packet = struct.pack(">IB", len(payload) + padding + 1, padding) + payload + bytes(padding)
    peer, _ = listener.accept()
    with peer:
        time.sleep(wait_s)
        peer.sendall(b"SSH-2.0-Peer_1\r\n" + packet)
        while peer.recv(4096):
            pass


class Case(unittest.TestCase):
    world = "healthy"
    program = servers.SSHD
    password = False

    def setUp(self):
        why = LAB.missing(self.program, self.password)
        if why:
            self.skipTest(why)
        scratch = emu.scratch()
        self.folder = scratch.__enter__()
        self.addCleanup(scratch.__exit__, None, None, None)
        self.env = emu.environment(ARGS.speed)
        self.env["XDG_RUNTIME_DIR"] = self.folder  # two tests may have a device of one name
        self.known = self.path("known_hosts")
        servers.write(self.known, "")

    def path(self, name):
        return os.path.join(self.folder, name)

    def start_device(self, world=None):
        device = emu.Emulator(ARGS.emu, world or self.world, ARGS.speed, self.folder)
        self.addCleanup(device.stop)
        return device

    def start(self, kind, *arguments, **settings):
        server = servers.start(kind, LAB, *arguments, **settings)
        self.addCleanup(server.stop)
        return server

    def bridged(self, kind=servers.Sshd, world=None, *arguments, **settings):
        """A server whose login program is a device of this world."""
        device = self.start_device(world)
        login = LAB.bridge(device, "bridge-" + os.path.basename(self.folder))
        return device, self.start(kind, login, *arguments, **settings)

    def trust(self, server, key="ed25519"):
        servers.write(self.known, f"[127.0.0.1]:{server.port} {LAB.public('host_' + key)}\n")

    def login(self, server, *more, key="ed25519"):
        return ["-F", "none", "-d", f"{LAB.user}@127.0.0.1:{server.port}", "--known-hosts", self.known,
                *(["-i", LAB.path("user_" + key)] if key else []), *more]

    def run_fgdiag(self, *arguments, **options):
        options = {"stdin": subprocess.DEVNULL, "env": self.env, "timeout": 120, "capture_output": True,
                   "start_new_session": True, **options}
        return subprocess.run([ARGS.fgdiag, "diagnose", "-q", "-f", "json", *arguments], **options)

    def status(self, *arguments, **options):
        """The shortest of runs: one command."""
        playbook = servers.write(self.path("status.yaml"), STATUS)
        return self.run_fgdiag("--playbook", playbook, *arguments, **options)

    def report(self, done):
        try:
            return json.loads(done.stdout)
        except ValueError:
            self.fail(f"no JSON: {done.stdout[:300]!r} {done.stderr[:600]!r}")

    def assert_reached(self, done):
        report = self.report(done)
        self.assertIsNone(report["error"], report["error"])
        self.assertEqual([step["state"] for step in report["steps"]], ["done"])
        self.assertEqual(report["device"]["hostname"], "FGT-LAB")
        return report

    def assert_error(self, done, kind, *words):
        self.assertEqual(done.returncode, 3)
        error = self.report(done)["error"]
        self.assertIsNotNone(error)
        self.assertEqual(error["kind"], kind, error)
        self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr)
        for word in words:
            self.assertIn(word, error["message"])
        return error["message"]

    def whole_run(self, device, world, arguments):
        """A run of the playbook whose verdict must be the world's."""
        case = emu.world_case(ARGS.emu, world)
        transcript = self.path("cast")
        entry = emu.fill_entry(case["entry"].strip(), int(case["expect"].get("age", 60)))
        done = self.run_fgdiag(*arguments, "--record", transcript, *(case["arguments"] or []), entry)
        report = self.report(done)
        troubles = list(run_worlds.verdict_troubles(case["expect"], done.returncode, report))
        if troubles:
            troubles += run_worlds.explain(report)
        device.wait_closed()
        troubles += emu.log_troubles(device.log(), case["expect"].get("left") == "yes")
        self.assertEqual(troubles, [], "\n".join(troubles))
        judged = subprocess.run([ARGS.fgdiag, "judge", "-f", "json", transcript], capture_output=True, env=self.env)
        self.assertEqual(judged.stdout, done.stdout)
        return report


class WholeRuns(Case):
    """The right verdict through servers that share no code with us."""

    def through_sshd(self, world, **settings):
        device, server = self.bridged(servers.Sshd, world, **settings)
        self.trust(server)
        self.whole_run(device, world, self.login(server))
        return device, server

    def test_sshd_healthy(self):
        self.through_sshd("healthy")

    def test_sshd_server_silent(self):
        self.through_sshd("server-silent")

    def test_sshd_rekeys_again_and_again(self):
        _, server = self.through_sshd("loss-20", RekeyLimit="16K")
        self.assertEqual(server.log().count("Accepted publickey"), 2)

    def test_sshd_device_takes_one_session(self):
        self.through_sshd("one-session")

    def test_sshd_pager(self):
        self.through_sshd("pager")


class WholeRunsDropbear(Case):
    program = servers.DROPBEAR

    def through_dropbear(self, world, *arguments):
        device, server = self.bridged(servers.Dropbear, world, "ecdsa", *arguments)
        servers.write(self.known, f"[127.0.0.1]:{server.port} {server.public}\n")
        self.whole_run(device, world, self.login(server))

    def test_dropbear_refused(self):
        self.through_dropbear("refused")

    def test_dropbear_small_window(self):
        self.through_dropbear("loss-3", "-W", "1000")

    def test_dropbear_large_window(self):
        self.through_dropbear("black-hole", "-W", "10000000")


class Transport(Case):
    """Each algorithm that we offer and the server has."""

    KEX = ("curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384",
           "ecdh-sha2-nistp521", "diffie-hellman-group18-sha512", "diffie-hellman-group16-sha512",
           "diffie-hellman-group-exchange-sha256", "diffie-hellman-group14-sha256")
    CIPHERS = ("chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr",
               "aes192-ctr", "aes128-ctr")
    MACS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512")
    OLD = (("KexAlgorithms", "diffie-hellman-group14-sha1"), ("KexAlgorithms", "diffie-hellman-group-exchange-sha1"),
           ("KexAlgorithms", "diffie-hellman-group1-sha1"), ("Ciphers", "aes256-cbc"), ("Ciphers", "aes128-cbc"),
           ("Ciphers", "3des-cbc"), ("HostKeyAlgorithms", "ssh-rsa"))

    def one(self, login, settings, *more, host_key="ed25519"):
        with servers.start(servers.Sshd, LAB, login, (host_key,), **settings) as server:
            servers.write(self.known, f"[127.0.0.1]:{server.port} {LAB.public('host_' + host_key)}\n")
            return self.status(*self.login(server, *more))

    def table(self, rows):
        device = self.start_device()
        login = LAB.bridge(device, "bridge-" + os.path.basename(self.folder))
        for settings in rows:
            with self.subTest(**settings):
                self.assert_reached(self.one(login, settings))

    def test_key_exchanges(self):
        self.table({"KexAlgorithms": name} for name in self.KEX)

    def test_ciphers(self):
        self.table({"Ciphers": name} for name in self.CIPHERS)

    def test_macs(self):
        self.table({"Ciphers": "aes256-ctr", "MACs": name} for name in self.MACS)

    def test_a_hardened_device(self):
        self.table([{"KexAlgorithms": "diffie-hellman-group-exchange-sha256", "Ciphers": "aes256-ctr",
                     "MACs": "hmac-sha2-256"}])

    def test_old_ones_only_when_asked_for(self):
        device = self.start_device()
        login = LAB.bridge(device, "bridge-" + os.path.basename(self.folder))
        for key, value in self.OLD:
            host_key = "rsa" if key == "HostKeyAlgorithms" else "ed25519"
            settings = {key: value, **({"MACs": "hmac-sha1"} if key == "Ciphers" else {})}
            with self.subTest(**settings):
                message = self.assert_error(self.one(login, settings, host_key=host_key), "connect")
                self.assertIn("--legacy-algorithms", message)
                self.assert_reached(self.one(login, settings, "--legacy-algorithms", host_key=host_key))

    def test_what_we_do_not_offer_is_named(self):
        self.assert_error(self.one("/bin/false", {"KexAlgorithms": "sntrup761x25519-sha512@openssh.com"}), "connect",
                          "sntrup761x25519")
        self.assert_error(self.one("/bin/false", {"Ciphers": "aes256-ctr", "MACs": "umac-64@openssh.com"}), "connect",
                          "umac-64")

    def test_what_we_do_not_offer_is_named_however_it_comes(self):
        """The proposal in one piece with the banner, at once and late."""
        for wait_s in (0, 0.5):
            with self.subTest(wait_s=wait_s), socket.create_server(("127.0.0.1", 0)) as listener:
                threading.Thread(target=propose, args=(listener, wait_s), daemon=True).start()
                done = self.status("-F", "none", "-d", f"x@127.0.0.1:{listener.getsockname()[1]}")
            self.assert_error(done, "connect", "sntrup761x25519")


class HostKeys(Case):
    def pinned(self, name):
        return servers.call("ssh-keygen", "-l", "-f", LAB.path(f"host_{name}.pub")).split()[1]

    def assert_no_credentials(self, server):
        self.assertNotIn("Accepted", server.log())
        self.assertNotIn("Failed", server.log())

    def test_each_type_known_pinned_hashed_and_new(self):
        device = self.start_device()
        login = LAB.bridge(device, "bridge-" + os.path.basename(self.folder))
        for name in LAB.KEYS:
            with self.subTest(key=name), servers.start(servers.Sshd, LAB, login, (name,)) as server:
                self.trust(server, name)
                self.assert_reached(self.status(*self.login(server)))
                servers.call("ssh-keygen", "-H", "-f", self.known)
                with open(self.known, encoding="utf-8") as lines:
                    self.assertTrue(lines.read().startswith("|1|"))
                self.assert_reached(self.status(*self.login(server)))
                servers.write(self.known, "")
                self.assert_reached(self.status(*self.login(server, "--host-key", self.pinned(name))))
                self.assert_reached(self.status(*self.login(server, "--accept-new")))
                found = servers.call("ssh-keygen", "-F", f"[127.0.0.1]:{server.port}", "-f", self.known)
                self.assertIn(LAB.public("host_" + name), found)

    def test_unknown_changed_revoked_and_another_pin(self):
        server = self.start(servers.Sshd, "/bin/false", ("ed25519", "rsa", "ecdsa"))
        where = f"[127.0.0.1]:{server.port}"
        self.assert_error(self.status(*self.login(server)), "host-key", "is not known")
        servers.write(self.known, f"{where} {LAB.public('user_ed25519')}\n")
        self.assert_error(self.status(*self.login(server, "--accept-new")), "host-key", "HAS CHANGED")
        servers.write(self.known, f"@revoked {where} {LAB.public('host_ed25519')}\n")
        self.assert_error(self.status(*self.login(server, "--accept-new")), "host-key", "revoked")
        self.trust(server)
        self.assert_error(self.status(*self.login(server, "--host-key", self.pinned("rsa"))), "host-key")
        self.assert_no_credentials(server)

    def test_the_type_that_is_known_is_asked_for(self):
        device, server = self.bridged(servers.Sshd, None, ("ed25519", "rsa", "ecdsa"))
        for name in ("rsa", "ecdsa", "ed25519"):
            self.trust(server, name)
            self.assert_reached(self.status(*self.login(server)))

    def test_dropbear_keys(self):
        why = LAB.missing(servers.DROPBEAR)
        if why:
            self.skipTest(why)
        device = self.start_device()
        login = LAB.bridge(device, "bridge-" + os.path.basename(self.folder))
        for name in ("ed25519", "rsa", "ecdsa"):
            with self.subTest(key=name), servers.start(servers.Dropbear, LAB, login, name) as server:
                servers.write(self.known, f"[127.0.0.1]:{server.port} {server.public}\n")
                self.assert_reached(self.status(*self.login(server)))
                servers.write(self.known, f"[127.0.0.1]:{server.port} {LAB.public('host_' + name)}\n")
                self.assert_error(self.status(*self.login(server)), "host-key", "HAS CHANGED")


class Authentication(Case):
    def test_keys_of_each_type(self):
        device, server = self.bridged()
        self.trust(server)
        for name in LAB.KEYS:
            with self.subTest(key=name):
                self.assert_reached(self.status(*self.login(server, key=name)))
        self.assertEqual(server.log().count("Accepted publickey"), len(LAB.KEYS))
        self.assertNotIn("Failed", server.log())

    def test_a_key_that_is_not_known(self):
        server = self.start(servers.Sshd, "/bin/false")
        self.trust(server)
        self.assert_error(self.status(*self.login(server, key="stranger")), "auth", "publickey")
        self.assertLessEqual(server.log().count("Failed publickey"), 1)

    def test_a_locked_key_without_a_terminal(self):
        server = self.start(servers.Sshd, "/bin/false")
        self.trust(server)
        self.assert_error(self.status(*self.login(server, key="locked")), "auth", "user_locked")
        self.assertNotIn("Accepted", server.log())

    def test_a_locked_key_at_a_terminal(self):
        """Its passphrase is asked for, and is nowhere afterwards."""
        device, server = self.bridged()
        self.trust(server)
        argv = [ARGS.fgdiag, "diagnose", "-v", "-f", "json", "--record", self.path("cast"), "-o", self.path("report"),
                *self.login(server, key="locked"),
                emu.fill_entry(emu.world_case(ARGS.emu, self.world)["entry"].strip())]
        pid, master = pty.fork()
        if pid == 0:
            os.execve(argv[0], argv, {**self.env, "SSH_AUTH_SOCK": ""})
        shown, until = b"", time.monotonic() + 20
        while b"passphrase for key" not in shown and time.monotonic() < until:
            if select.select([master], [], [], 0.1)[0]:
                shown += os.read(master, 4096)
        os.write(master, LAB.passphrase.encode() + b"\n")
        self.assertTrue(device.wait_for("COMMAND", "performance"), shown)
        held = [place[1] for place in test_secrets.memory(pid) if LAB.passphrase.encode() in place[2]] \
            if os.getuid() == 0 else []
        os.kill(pid, signal.SIGINT)
        with contextlib.suppress(OSError):
            while more := os.read(master, 4096):
                shown += more
        os.close(master)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 3)
        self.assertEqual(held, [])
        for name in ("cast", "report", "emulator.log"):
            with open(self.path(name), "rb") as file:
                self.assertNotIn(LAB.passphrase.encode(), file.read(), name)
        self.assertNotIn(LAB.passphrase.encode(), shown)

    def test_no_way_to_log_in(self):
        server = self.start(servers.Sshd, "/bin/false", AuthenticationMethods="hostbased", HostbasedAuthentication="yes")
        self.trust(server)
        self.assert_error(self.status(*self.login(server)), "auth", "hostbased")


class Passwords(Case):
    password = True

    def secret(self, text):
        return ["--password-file", servers.write(self.path("secret"), text + "\n")]

    def test_sshd(self):
        device, server = self.bridged(PasswordAuthentication="yes", PubkeyAuthentication="no")
        self.trust(server)
        self.assert_reached(self.status(*self.login(server, *self.secret(servers.PASSWORD), key=None)))
        self.assert_error(self.status(*self.login(server, *self.secret("wrong"), key=None)), "auth", "password: refused")
        self.assertEqual(server.log().count("Failed password"), 1)

    def test_sshd_wants_key_and_password(self):
        device, server = self.bridged(PasswordAuthentication="yes", AuthenticationMethods="publickey,password")
        self.trust(server)
        self.assert_reached(self.status(*self.login(server, *self.secret(servers.PASSWORD))))

    def test_dropbear(self):
        if not os.access(servers.DROPBEAR, os.X_OK):
            self.skipTest("dropbear is not installed")
        device, server = self.bridged(servers.Dropbear)
        servers.write(self.known, f"[127.0.0.1]:{server.port} {server.public}\n")
        self.assert_reached(self.status(*self.login(server, *self.secret(servers.PASSWORD), key=None)))
        self.assert_error(self.status(*self.login(server, *self.secret("wrong"), key=None)), "auth", "password: refused")


class InMidRun(Case):
    def running(self, arguments):
        entry = emu.fill_entry(emu.world_case(ARGS.emu, self.world)["entry"].strip())
        argv = [ARGS.fgdiag, "diagnose", "-q", "-f", "json", "--record", self.path("cast"), *arguments, entry]
        process = subprocess.Popen(argv, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, start_new_session=True)
        self.addCleanup(process.kill)
        return process

    def end(self, process):
        out, errors = process.communicate(timeout=60)
        return subprocess.CompletedProcess([], process.returncode, out, errors)


class Trouble(InMidRun):
    def killed(self, kind):
        device, server = self.bridged(kind)
        if kind is servers.Sshd:
            self.trust(server)
        else:
            servers.write(self.known, f"[127.0.0.1]:{server.port} {server.public}\n")
        process = self.running(self.login(server))
        self.assertTrue(device.wait_for("COMMAND", "execute ping 198"))
        server.stop(signal.SIGKILL)
        began = time.monotonic()
        done = self.end(process)
        self.assertLess(time.monotonic() - began, 10)
        report = self.report(done)
        self.assertEqual(done.returncode, 3)
        self.assertEqual(report["verdict"]["status"], "unknown")
        self.assertIn(report["error"]["kind"], ("closed", "connect"))
        judged = subprocess.run([ARGS.fgdiag, "judge", "-f", "json", self.path("cast")], capture_output=True,
                                env=self.env)
        self.assertEqual(judged.stdout, done.stdout)

    def test_sshd_is_killed_in_mid_run(self):
        self.killed(servers.Sshd)

    def test_dropbear_is_killed_in_mid_run(self):
        why = LAB.missing(servers.DROPBEAR)
        if why:
            self.skipTest(why)
        self.killed(servers.Dropbear)

    def test_no_room_for_one_more_connection(self):
        server = self.start(servers.Sshd, "/bin/false", MaxStartups="1:100:1", LoginGraceTime="60")
        self.trust(server)
        with socket.create_connection(("127.0.0.1", server.port)) as other:
            self.assertTrue(other.recv(4).startswith(b"SSH-"))
            self.assert_error(self.status(*self.login(server)), "connect")

    def test_no_sessions(self):
        server = self.start(servers.Sshd, "/bin/false", MaxSessions="0")
        self.trust(server)
        self.assertEqual(self.status(*self.login(server)).returncode, 3)
        self.assertIn("Accepted publickey", server.log())

    def test_a_login_program_that_ends_at_once(self):
        server = self.start(servers.Sshd, "/bin/false")
        self.trust(server)
        self.assert_error(self.status(*self.login(server)), "closed")


class JumpHost(InMidRun):
    """The device behind a jump host: `ssh -W` through sshd."""

    def setUp(self):
        super().setUp()
        self.config = self.path("config")

    def write_config(self, jump, port, more="", key="ed25519", proxy=None):
        via = proxy or f"ProxyJump {LAB.user}@127.0.0.1:{jump.port}"
        servers.write(self.path("jump_known"), f"[127.0.0.1]:{jump.port} {LAB.public('host_ed25519')}\n")
        servers.write(self.config, f"""Host fw
  HostName localhost
  Port {port}
  HostKeyAlias fw.test
  UserKnownHostsFile {self.known} /nonexistent
  GlobalKnownHostsFile none
  StrictHostKeyChecking no
  {via}
{more}
Host 127.0.0.1
  IdentityFile {LAB.path('user_' + key)}
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile {self.path('jump_known')}
  StrictHostKeyChecking yes
""")

    def behind(self, world=None, more="", key="ed25519", **settings):
        """An emulator behind an sshd, and the options that lead there."""
        device = self.start_device(world)
        jump = self.start(servers.Sshd, "/bin/false", **settings)
        self.write_config(jump, device.ready["port"], more, key)
        return device, jump, ["-F", self.config, "-d", f"{device.ready['user']}@fw", "--password-file", device.secret,
                              "--host-key", device.ready["fingerprint"]]

    def children(self):
        """Processes that were given our configuration."""
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError), open(f"/proc/{name}/cmdline", "rb") as line:
                words = line.read().split(b"\0")
                if self.config.encode() in words and b"-W" in words:
                    found.append(int(name))
        return found

    def test_whole_run_both_lanes(self):
        device, jump, arguments = self.behind()
        self.whole_run(device, "healthy", arguments)
        self.assertEqual(self.children(), [])
        self.assertEqual(jump.log().count("Accepted publickey"), 2, "each lane has a way of its own")
        sniffer = [line for line in device.words("COMMAND") if "sniffer" in line]
        self.assertTrue(sniffer and all(f"not ( tcp port {device.ready['port']} )" in line for line in sniffer), sniffer)

    def test_the_alias_is_looked_up_and_the_configuration_weakens_nothing(self):
        device, jump, arguments = self.behind()
        arguments = arguments[:-2]
        self.assert_error(self.status(*arguments), "host-key", "fw.test", "is not known")
        self.assert_reached(self.status(*arguments, "--accept-new"))
        with open(self.known, encoding="utf-8") as known:
            self.assertTrue(known.read().lstrip().startswith("fw.test ssh-ed25519 "))
        self.assert_reached(self.status(*arguments))
        servers.write(self.known, f"fw.test {LAB.public('user_ed25519')}\n")
        self.assert_error(self.status(*arguments), "host-key", "HAS CHANGED")
        self.assertEqual(device.words("AUTH").count("password ok") + device.words("AUTH").count("password granted"),
                         len(device.words("AUTH")), "no credentials before the host key")

    def test_two_hops(self):
        first = self.start(servers.Sshd, "/bin/false")
        device = self.start_device()
        last = self.start(servers.Sshd, "/bin/false")
        self.write_config(first, device.ready["port"],
                          proxy=f"ProxyJump {LAB.user}@127.0.0.1:{first.port},{LAB.user}@127.0.0.1:{last.port}")
        with open(self.path("jump_known"), "a", encoding="utf-8") as known:
            known.write(f"[127.0.0.1]:{last.port} {LAB.public('host_ed25519')}\n")
        self.assert_reached(self.status("-F", self.config, "-d", f"{device.ready['user']}@fw", "--password-file",
                                        device.secret, "--host-key", device.ready["fingerprint"]))
        self.assertIn("Accepted", first.log())
        self.assertIn("Accepted", last.log())

    def test_dropbear_behind_sshd(self):
        why = LAB.missing(servers.DROPBEAR)
        if why:
            self.skipTest(why)
        device, server = self.bridged(servers.Dropbear)
        jump = self.start(servers.Sshd, "/bin/false")
        self.write_config(jump, server.port)
        servers.write(self.known, f"fw.test {server.public}\n")
        self.assert_reached(self.status("-F", self.config, "-d", f"{LAB.user}@fw", "-i", LAB.path("user_rsa")))

    def test_a_proxy_command(self):
        device = self.start_device()
        jump = self.start(servers.Sshd, "/bin/false")
        script = servers.write(self.path("proxy"), f"""#!/bin/sh
echo "$*" > {self.path('said')}
exec ssh -F {self.config} -W localhost:$3 -p {jump.port} {LAB.user}@127.0.0.1
""", 0o700)
        self.write_config(jump, device.ready["port"], proxy=f"ProxyCommand {script} %n %h %p %r 100%%")
        self.assert_reached(self.status("-F", self.config, "-d", f"{device.ready['user']}@fw", "--password-file",
                                        device.secret, "--host-key", device.ready["fingerprint"]))
        with open(self.path("said"), encoding="utf-8") as said:
            self.assertEqual(said.read(), f"fw localhost {device.ready['port']} {device.ready['user']} 100%\n")
        self.assertEqual(self.children(), [])

    def test_nothing_behind_the_jump_host(self):
        jump = self.start(servers.Sshd, "/bin/false")
        self.write_config(jump, servers.free_port())
        self.assert_error(self.status("-F", self.config, "-d", "admin@fw"), "connect", "through the jump host 127.0.0.1",
                          "Connection refused")
        self.assertEqual(self.children(), [])

    def test_the_jump_host_refuses_to_forward(self):
        device, jump, arguments = self.behind(AllowTcpForwarding="no")
        self.assert_error(self.status(*arguments), "connect", "administratively prohibited")
        self.assertEqual(device.words("OPEN"), [])

    def test_the_jump_host_refuses_the_login(self):
        device, jump, arguments = self.behind(key="stranger")
        self.assert_error(self.status(*arguments), "connect", "Permission denied (publickey)")

    def test_the_jump_hosts_own_key_is_checked(self):
        device, jump, arguments = self.behind()
        servers.write(self.path("jump_known"), "")
        self.assert_error(self.status(*arguments), "connect", "Host key verification failed")

    def test_a_jump_host_that_is_not_there(self):
        device, jump, arguments = self.behind()
        jump.stop()
        self.assert_error(self.status(*arguments), "connect", "Connection refused")

    def test_a_jump_host_without_a_name(self):
        servers.write(self.config, "Host fw\n ProxyJump no-such-host.invalid\n")
        self.assert_error(self.status("-F", self.config, "-d", "admin@fw"), "connect", "no-such-host.invalid",
                          "Could not resolve hostname")

    def test_a_jump_host_that_says_nothing(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            servers.write(self.config, f"Host fw\n ProxyJump me@127.0.0.1:{silent.getsockname()[1]}\n")
            done = self.status("-F", self.config, "-d", "admin@fw")
        self.assert_error(done, "timeout", "through the jump host 127.0.0.1")
        self.assertEqual(self.children(), [])

    def test_the_jump_host_is_killed_in_mid_run(self):
        device, jump, arguments = self.behind()
        process = self.running(arguments)
        self.assertTrue(device.wait_for("COMMAND", "execute ping 198"))
        jump.stop(signal.SIGKILL)
        done = self.end(process)
        self.assertEqual(done.returncode, 3)
        self.assertEqual(self.report(done)["verdict"]["status"], "unknown")
        self.assertEqual(self.children(), [])

    def check_interrupted(self, device, report):
        self.assertEqual(report["error"]["kind"], "interrupted")
        device.wait_closed()
        self.assertEqual(list(emu.log_troubles(device.log())), [])
        self.assertEqual(device.words("COMMAND")[-3:].count("exit"), 2)
        self.assertEqual(self.children(), [])

    def test_an_interruption_cleans_up_through_it(self):
        device, jump, arguments = self.behind()
        process = self.running(arguments)
        self.assertTrue(device.wait_for("COMMAND", "diagnose sniffer"))
        self.assertTrue(device.wait_for("COMMAND", "execute ping 198"))
        os.killpg(process.pid, signal.SIGINT)
        self.check_interrupted(device, self.report(self.end(process)))

    def on_terminal(self, arguments):
        """Starts fgdiag with a terminal of its own; its process id and the terminal's other end."""
        pid, terminal = pty.fork()
        if pid == 0:
            try:
                os.execve(ARGS.fgdiag, [ARGS.fgdiag, "diagnose", "-q", "-f", "json", "-o", self.path("report"),
                                        *arguments], self.env)
            finally:
                os._exit(127)
        self.addCleanup(os.close, terminal)
        return pid, terminal

    def read_until(self, terminal, text, seconds=20):
        got, until = b"", time.monotonic() + seconds
        while text not in got and time.monotonic() < until:
            if select.select([terminal], [], [], 0.1)[0]:
                try:
                    got += os.read(terminal, 4096)
                except OSError:
                    break
        self.assertIn(text, got)

    def wait_end(self, pid, terminal, seconds=40):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if select.select([terminal], [], [], 0.05)[0]:
                with contextlib.suppress(OSError):
                    os.read(terminal, 4096)
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        self.fail("fgdiag does not end")

    def test_ctrl_c_on_a_terminal_cleans_up_through_it(self):
        device, jump, arguments = self.behind()
        entry = emu.fill_entry(emu.world_case(ARGS.emu, self.world)["entry"].strip())
        pid, terminal = self.on_terminal([*arguments, entry])
        self.assertTrue(device.wait_for("COMMAND", "diagnose sniffer"))
        self.assertTrue(device.wait_for("COMMAND", "execute ping 198"))
        os.write(terminal, b"\x03")
        self.wait_end(pid, terminal)
        with open(self.path("report"), encoding="utf-8") as report:
            self.check_interrupted(device, json.load(report))

    def test_a_jump_host_asks_at_the_terminal(self):
        why = LAB.missing(password=True)
        if why:
            self.skipTest(why)
        device, jump, arguments = self.behind(PasswordAuthentication="yes", PubkeyAuthentication="no")
        playbook = servers.write(self.path("status.yaml"), STATUS)
        pid, terminal = self.on_terminal([*arguments, "--playbook", playbook])
        self.read_until(terminal, b"password: ")
        os.write(terminal, servers.PASSWORD.encode() + b"\n")
        self.wait_end(pid, terminal)
        with open(self.path("report"), encoding="utf-8") as report:
            report = json.load(report)
        self.assertIsNone(report["error"])
        self.assertIn("Accepted password", jump.log())


def run_one(test):
    result = unittest.TestResult()
    began = time.monotonic()
    test.run(result)
    return test, result, time.monotonic() - began


def all_tests(names):
    for item in unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__]):
        for test in item:
            if not names or any(name in test.id() for name in names):
                yield test


class ClientHost(Case):
    """--host: the client's machine over OpenSSH's sshd, the FortiGate beside it."""
    world = "host-loses"

    def machine(self, host):
        tools = self.path("tools")
        host_tools.install(tools, host, ARGS.speed)
        server = self.start(servers.Sshd, SetEnv=f"PATH={tools}:/usr/bin:/bin")
        self.trust(server)
        return tools, server

    def arguments(self, device, server):
        entry = emu.fill_entry(emu.world_case(ARGS.emu, self.world)["entry"].strip())
        return [*device.login(), "--known-hosts", self.known, "-i", LAB.path("user_ed25519"), "--host",
                f"{LAB.user}@127.0.0.1:{server.port}", entry]

    def left(self, tools):
        """Programs that still run on the machine."""
        found = subprocess.run(["pgrep", "-f", tools], capture_output=True, text=True, check=False).stdout.split()
        return [pid for pid in found if int(pid) != os.getpid()]

    def assert_nothing_left(self, tools):
        until = time.monotonic() + 10
        while time.monotonic() < until and self.left(tools):
            time.sleep(0.1)
        self.assertEqual(self.left(tools), [])

    def checks(self, report):
        return {check["id"]: check for check in report["checks"]}

    def test_the_clients_side_is_measured_there(self):
        device = self.start_device()
        tools, server = self.machine({"lose_every": "5"})
        transcript = self.path("cast")
        done = self.run_fgdiag("--record", transcript, *self.arguments(device, server))
        report = self.report(done)
        self.assertEqual(report["verdict"]["cause"], "lan-segment", done.stderr)
        self.assertEqual(report["verdict"]["where"], "client-side")
        self.assertIn(f"the machine {LAB.user}@127.0.0.1", self.checks(report)["host-resources"]["summary"])
        judged = subprocess.run([ARGS.fgdiag, "judge", "-f", "json", transcript], capture_output=True, env=self.env)
        self.assertEqual(judged.stdout, done.stdout)
        self.assert_nothing_left(tools)

    def test_an_unknown_host_costs_its_own_checks_only(self):
        device = self.start_device()
        _, server = self.machine({})
        servers.write(self.known, "")
        checks = self.checks(self.report(self.run_fgdiag(*self.arguments(device, server))))
        self.assertEqual(checks["lan-segment"]["state"], "unknown")
        self.assertIn("host key", checks["lan-segment"]["summary"])
        self.assertEqual(checks["host-resources"]["state"], "unknown")
        self.assertEqual(checks["packet-loss"]["state"], "ok")

    def test_nothing_is_left_running_there_after_an_interrupt(self):
        device = self.start_device()
        tools, server = self.machine({"hang": "yes"})
        process = subprocess.Popen([ARGS.fgdiag, "diagnose", "-q", "-f", "json", *self.arguments(device, server)],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.env)
        self.addCleanup(process.kill)
        until = time.monotonic() + 30
        while time.monotonic() < until and not any("ping" in open(f"/proc/{pid}/cmdline", encoding="utf-8").read()
                                                   for pid in self.left(tools) if os.path.exists(f"/proc/{pid}")):
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
        self.assertEqual(json.loads(out)["error"]["kind"], "interrupted")
        self.assert_nothing_left(tools)
        device.wait_closed()
        self.assertEqual(list(emu.log_troubles(device.log())), [])


def main():
    global LAB
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fgdiag", required=True)
    parser.add_argument("--emu", required=True)
    parser.add_argument("--speed", type=int, default=5)
    parser.add_argument("-j", type=int, default=6, dest="jobs")
    parser.add_argument("-v", action="store_true", dest="verbose")
    parser.add_argument("names", nargs="*", help="parts of the tests' names; all when none is given")
    args = parser.parse_args()
    # Two programs and two servers stand between us and the emulator: leave them time.
    ARGS.fgdiag, ARGS.emu, ARGS.speed = os.path.abspath(args.fgdiag), os.path.abspath(args.emu), min(args.speed, 6)
    if not servers.installed("ssh", "ssh-keygen"):
        print("skip  test_servers: the OpenSSH client is not installed")
        return 0
    failed = skipped = run = 0
    with emu.scratch() as folder, concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        LAB = servers.Lab(folder)
        for test, result, seconds in pool.map(run_one, all_tests(args.names)):
            name = test.id().partition(".")[2]
            run += 1
            for _, why in result.skipped:
                print(f"skip  {name}: {why}", flush=True)
                skipped += 1
            for where, why in result.failures + result.errors:
                print(f"FAIL  {where.id().partition('.')[2]}\n{why}", flush=True)
            failed += not result.wasSuccessful()
            if args.verbose:
                print(f"{'ok  ' if result.wasSuccessful() else 'FAIL'}  {name:60} {seconds:5.1f} s", flush=True)
    print(f"servers: {run} run, {skipped} skipped, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
