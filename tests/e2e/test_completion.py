#!/usr/bin/env python3
"""The completion scripts in the shells themselves: what bash and zsh put into a
line at a terminal, and what fish says it would offer.

test_completion.py --fgdiag PATH [unittest arguments]
"""
import argparse
import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ARGS = argparse.Namespace(fgdiag=None)

# A key inserts all that could stand there, another one prints the line.
BASH = r"""
PS1=; bind 'set enable-bracketed-paste off'; bind '"\C-xa": insert-completions'
bind -x '"\C-xd": printf "<<%s>>\n" "$READLINE_LINE"'
source "$SCRIPT"
echo ready; stty -echo
"""
ZSH = r"""
unsetopt prompt_cr prompt_sp zle_bracketed_paste; PS1=; zmodload zsh/zle
fpath=("$FOLDER" $fpath); autoload -U compinit; compinit -u -D
zstyle ':completion:all-matches:*' completer _all_matches _complete
zstyle ':completion:all-matches:*' insert true
zstyle ':completion:all-matches:*:hosts' hosts here there
zle -C all-matches complete-word _generic; bindkey '^Xa' all-matches
dump-line() { print -r -- "<<$BUFFER>>" }; zle -N dump-line; bindkey '^Xd' dump-line
echo ready
"""


def script_of(shell):
    return subprocess.run([ARGS.fgdiag, "completion", shell], check=True, capture_output=True, timeout=20).stdout


class Terminal:
    """An interactive shell at a terminal of its own."""

    def __init__(self, argv, env, folder, set_up):
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(argv[0], argv, env)
        self.seen = b""
        self.type(set_up.strip().replace("\n", "; ") + "\n")
        self.until(rb"\nready\r?\n")

    def type(self, text):
        os.write(self.master, text.encode())

    def until(self, pattern, seconds=20):
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.seen, re.S)):
            if time.monotonic() > end or not select.select([self.master], [], [], 5)[0]:
                raise AssertionError(f"{pattern!r} did not come: {self.seen[-400:]!r}")
            self.seen += os.read(self.master, 4096)
        self.seen = self.seen[found.end():]
        return found

    def offered(self, line):
        """The words that the shell puts in the place of the last one."""
        self.type(line + "\x18a\x18d")
        got = self.until(rb"<<(.*?)>>").group(1).decode()
        self.type("\x15")
        start = line[:len(line) - len(re.split(r"[ =]", line)[-1])]
        return shlex.split(got[len(start):]) if got.startswith(start) else [f"not {start}: {got}"]

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.master)


class Completion:
    """What each shell must offer. The line stands at its end."""
    first_words_more = set()

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="fgdiag-completion-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.files = os.path.join(self.folder, "files")
        os.mkdir(self.files)
        for name in ("ticket one's.cast", "tcp.log"):
            with open(os.path.join(self.files, name), "w", encoding="utf-8"):
                pass
        self.env = {"PATH": os.environ["PATH"], "HOME": self.folder, "TERM": "dumb", "LANG": "C.UTF-8",
                    "FOLDER": self.folder, "INPUTRC": "/dev/null", "XDG_CONFIG_HOME": self.folder}
        self.start(script_of(self.shell))

    def expect(self, line, *words):
        self.assertEqual(sorted(self.offered(line)), sorted(words), line)

    def help_of(self, *command):
        done = subprocess.run([ARGS.fgdiag, *command, "--help"], capture_output=True, text=True, timeout=20)
        self.assertEqual((done.returncode, done.stderr), (3 if command == ("check",) else 0, ""))
        return done.stdout

    def test_commands_and_all_their_options(self):
        commands = re.findall(r"^  ([a-z]+) ", self.help_of(), re.M)
        self.assertIn("diagnose", commands)
        self.assertEqual(set(self.offered("fgdiag ")), set(commands) | self.first_words_more)
        for command in commands:
            names = re.findall(r"^  (?:-., |    )(--[a-z-]+)", self.help_of(command), re.M)
            offered = set(self.offered(f"fgdiag {command} --"))
            self.assertEqual({word.rstrip("=") for word in offered}, set(names), command)

    def test_the_word_that_is_begun(self):
        self.expect("fgdiag di", "diagnose")
        self.expect("fgdiag read pi", "ping")
        self.expect("fgdiag playbook sh", "show")
        self.expect("fgdiag playbook show ip", "ip-conn")
        self.expect("fgdiag completion ", "bash", "fish", "zsh")
        self.expect("fgdiag judge --reco")

    def test_values_of_options(self):
        formats = re.search(r"--format (\S+)", self.help_of("judge")).group(1).split("|")
        self.assertLessEqual(set(formats), set(self.offered("fgdiag judge -f ")))
        self.expect("fgdiag diagnose --proto ", "tcp", "udp", "icmp")
        self.expect("fgdiag diagnose -n --color a", "always", "auto")
        self.expect("fgdiag judge --format=js", "json")
        self.expect("fgdiag judge --playbook ip", "ip-conn")
        self.expect("fgdiag diagnose -F no", "none")
        self.expect("fgdiag diagnose --password-fd t")
        self.expect("fgdiag check --unreachable-state c", "critical")
        self.expect("fgdiag check t")

    def test_files_with_names_that_need_quotes(self):
        for line in ("fgdiag judge ", "fgdiag diagnose -q ", "fgdiag read ping ", "fgdiag diagnose --record "):
            self.expect(line + "ti", "ticket one's.cast")
        self.expect("fgdiag judge -f json t", "tcp.log", "ticket one's.cast")
        self.expect("fgdiag judge tcp.log ti", "ticket one's.cast")
        self.expect("fgdiag judge --bundle ti", "ticket one's.cast")
        self.expect("fgdiag judge --bundle zi")
        self.expect("fgdiag read tc")
        self.expect("fgdiag completion t")

    def test_options_after_a_value_are_of_the_command(self):
        self.expect("fgdiag diagnose -d admin@192.0.2.1:22 --dry", "--dry-run")
        self.expect("fgdiag diagnose --set ping.count=5 --dry", "--dry-run")

    def test_the_shell_finds_no_fault(self):
        done = subprocess.run([self.shell, "-n", self.path], capture_output=True, timeout=20)
        self.assertEqual((done.returncode, done.stderr), (0, b""))

    def save(self, name, script):
        self.path = os.path.join(self.folder, name)
        with open(self.path, "wb") as file:
            file.write(script)


class Bash(Completion, unittest.TestCase):
    shell = "bash"

    def start(self, script):
        self.save("fgdiag", script)
        env = {**self.env, "SCRIPT": self.path}
        self.terminal = Terminal(["bash", "--norc", "--noprofile", "-i"], env, self.files, BASH)
        self.addCleanup(self.terminal.close)

    def offered(self, line):
        return [word for word in self.terminal.offered(line) if line.split()[-1] != word or line.endswith(" ")]


class Zsh(Completion, unittest.TestCase):
    shell = "zsh"
    first_words_more = {"--help", "--version"}

    def start(self, script):
        self.save("_fgdiag", script)
        self.terminal = Terminal(["zsh", "-f", "-i"], self.env, self.files, ZSH)
        self.addCleanup(self.terminal.close)

    def offered(self, line):
        return [word for word in self.terminal.offered(line) if line.split()[-1] != word or line.endswith(" ")]

    def test_read_by_source(self):
        done = subprocess.run(["zsh", "-f", "-c", 'autoload -U compinit; compinit -u -D; source "$0"; '
                               "print $_comps[fgdiag]", self.path], capture_output=True, text=True, env=self.env,
                              timeout=20)
        self.assertEqual((done.stdout, done.stderr), ("_fgdiag\n", ""))


class Fish(Completion, unittest.TestCase):
    shell = "fish"

    def start(self, script):
        self.save("fgdiag.fish", script)

    def offered(self, line):
        done = subprocess.run(["fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", self.path, line],
                              cwd=self.files, env=self.env, capture_output=True, text=True, timeout=20)
        self.assertEqual(done.stderr, "")
        words = [row.split("\t")[0].removeprefix("--format=") for row in done.stdout.splitlines()]
        last = line.split(" ")[-1]
        return [word for word in words if not (last == "--" and not word.startswith("--"))]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--fgdiag", required=True, type=os.path.abspath)
    parsed, rest = parser.parse_known_args()
    ARGS.fgdiag = parsed.fgdiag
    unittest.main(argv=[sys.argv[0], *rest])
