#!/usr/bin/env python3
"""Seeds for the targets that want a form of their own, made from the recorded
runs of tests/golden: the answers of a whole run, and one output per reader.

usage: seeds.py   (writes into tests/fuzz/corpus)"""

import glob
import hashlib
import io
import json
import os
import subprocess
import zipfile

CORPUS = os.path.join(os.path.dirname(__file__), "corpus")
READERS = ["status", "performance", "top", "memory", "conserve", "ping", "sniffer", "ha", "arp", "routes", "sessions",
           "nic", "sdwan", "host", "pattern"]
KEEP = ["get system status", "get system performance status", "get system performance top", "execute ping ",
        "diagnose sniffer", "session list"]


def save(target, name, data):
    folder = os.path.join(CORPUS, target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as out:
        out.write(data)


def steps_of(path):
    """(command, raw output) of each step of a recorded run, and the readers of the planned ones."""
    lane, running, done = "main", {}, []
    with open(path, encoding="utf-8") as cast:
        header = json.loads(cast.readline())["fgdiag"]
        for line in cast:
            try:
                _, code, data = json.loads(line)
            except ValueError:
                break
            if code == "m":
                marker = json.loads(data)
                lane = marker.get("lane", lane) if isinstance(marker.get("lane", lane), str) else lane
                if "begin" in marker:
                    running[lane] = (marker["begin"], marker["command"], [])
                elif "end" in marker and lane in running:
                    done.append(running.pop(lane))
            elif code == "o" and lane in running:
                running[lane][2].append(data)
    readers = {step["id"]: step["read"] for step in header["planned"]}
    return [(name, command, "".join(data).encode()) for name, command, data in done], readers


def bundles():
    """For fuzz_bundle: archives, rows of a sniffer, a manifest beside a transcript."""
    text = b"hello\n"
    for name, sums in (("right", hashlib.sha256(text).hexdigest()), ("wrong", "0" * 64)):
        manifest = f"{sums}  transcript.cast\n".encode()
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
            for member, data in (("transcript.cast", text), ("MANIFEST.sha256", manifest)):
                file.writestr(zipfile.ZipInfo(member), data)
        save("bundle", f"zip-{name}", b"\x00" + out.getvalue())
        save("bundle", f"manifest-{name}", b"\x02" + manifest + b"\f" + text)
    steps, _ = steps_of("tests/golden/data-lost-inside.cast")
    rows = next(raw for step, _, raw in steps if step == "sniffer")
    save("bundle", "rows", b"\x01" + rows[:3000])


def body(raw):
    """Without the echo before it and the prompt behind it, at most 3 KB."""
    lines = raw.split(b"\n")[1:-1]
    return b"\n".join(lines)[:3000]


def main():
    bundles()
    for path in sorted(glob.glob("tests/golden/*.cast")):
        name = os.path.basename(path)[:-5]
        steps, readers = steps_of(path)
        if name in ("healthy", "late-dns", "black-hole", "loss-20", "table-agrees", "refused"):
            answers = [b"\x00login\n"]
            for _, command, raw in steps:
                key = next((k for k in KEEP if k in command), None)
                if key:
                    flags = b"\x10" if "sniffer" in key or "top" in key else b"\x00"
                    answers.append(flags + key.encode() + b"\n" + body(raw))
            save("run", name, bytes([hashlib.sha256(name.encode()).digest()[0] & 3]) + b"\xff".join(answers))
        for step, _, raw in steps:
            reader = readers.get(step)
            if reader in READERS and name in ("healthy", "host-loses", "table-agrees", "data-lost-inside"):
                save("readers", f"{reader}-{name}", bytes([READERS.index(reader)]) + body(raw).replace(b"\r", b"")
                     + b"\n")


if __name__ == "__main__":
    main()
