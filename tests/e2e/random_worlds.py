#!/usr/bin/env python3
"""Draws worlds by lot and looks for verdicts that are sure and wrong.

A drawn world has one trouble, or none, under any translation, told by the entry
or not, with or without pings and other clients. A verdict may fall short of the
truth (unknown, or a warning that proves nothing); it may not contradict it.

random_worlds.py --fgdiag PATH --emu PATH [--speed N] [-j N] [--seed N] [--count N] [--keep DIR] [--record DIR]

The same seed draws the same worlds. Not part of `make check`: it takes minutes.
"""
import argparse
import concurrent.futures
import json
import os
import random
import subprocess
import sys

import emulator as emu

BEYOND = {"server", "beyond-gate"}
# What the verdict may be, by trouble: status, cause, places.
RIGHT = {
    "none": [("ok", "none", {"none"})],
    "slow": [("ok", "none", {"none"})],
    "silent": [("critical", "missing-replies", BEYOND)],
    "stuck": [("critical", "missing-replies", {"gate"})],
    "not-passed": [("critical", "missing-replies", {"gate"})],
    "refused": [("warning", "refused", {"server"})],
    "port-unreachable": [("critical", "icmp-error", {"server"})],
    "host-unreachable": [("critical", "icmp-error", {"beyond-gate"})],
    "lossy": [("critical", "missing-replies", BEYOND), ("warning", "missing-replies", BEYOND)],
    "data-lost": [("warning", "missing-replies", BEYOND)],
    "answer-lost": [("warning", "missing-replies", {"client-side"})],
    "data-stuck": [("warning", "missing-replies", {"gate"})],
    "data-silent": [("critical", "missing-replies", BEYOND)],
    "gate-resets": [("warning", "refused", {"gate"})],
}
# What becomes of a TCP connection's data.
DATA = {
    "data-lost": {"lost": {"of": "client", "again": [0.3]}},
    "answer-lost": {"lost": {"of": "server", "again": [0.3]}},
    "data-stuck": {"lost": {"of": "client", "legs_seen": 1, "again": [0.3]}},
    "data-silent": {"lost": {"of": "client", "again": [0.3, 0.9, 2.1], "forever": True}},
    "gate-resets": {"gate_resets": "data"},
}
ONLY = {"refused": "tcp", "port-unreachable": "udp"} | dict.fromkeys(DATA, "tcp")
NAT = ("none", "none", "snat", "snat-port", "dnat", "dnat-port", "both")
CLIENT, OTHER, SERVER, REAL, GATE, ROUTER = (
    "192.0.2.10", "192.0.2.77", "198.51.100.53", "10.7.0.80", "203.0.113.2", "203.0.113.1")
V6 = {CLIENT: "2001:db8:a::10", OTHER: "2001:db8:a::77", SERVER: "2001:db8:b::53", REAL: "2001:db8:c::80",
      GATE: "2001:db8:f::2", ROUTER: "2001:db8:f::1"}


def draw_truth(draw):
    trouble = draw.choice(list(RIGHT))
    proto = ONLY.get(trouble) or draw.choice(("udp", "udp", "tcp", "tcp", "icmp"))
    v6 = draw.random() < 0.2
    nat = "none" if v6 else draw.choice(NAT[:3] if proto == "icmp" else NAT)
    return {"trouble": trouble, "proto": proto, "v6": v6, "nat": nat, "told": draw.random() < 0.5,
            "ping": draw.random() < 0.7, "others": draw.random() < 0.4,
            # Only of these protocols each datagram has a reply of its own to miss.
            "port": {"icmp": 0, "udp": draw.choice((53, 123))}.get(proto) or draw.choice((443, 5000)),
            "period": draw.choice((0.7, 2, 5)), "rtt": draw.choice((0.4, 5, 30, 200)), "step": draw.choice((0, 1))}


def flow_of(truth, draw):
    flow = {"client": CLIENT, "server": SERVER, "proto": truth["proto"], "inside": "internal", "outside": "wan1",
            "period": truth["period"], "rtt_ms": truth["rtt"]}
    if truth["port"]:
        # A device gives a port behind a translation to one session at a time.
        flow |= {"sport": 40001, "port": truth["port"],
                 "sport_step": truth["step"] if truth["nat"] in ("none", "dnat") and truth["trouble"] not in DATA else 1}
    if truth["nat"] in ("snat", "snat-port", "both"):
        flow["snat"] = {"address": GATE} | ({} if truth["nat"] == "snat" else {"port": 61000})
    if truth["nat"] in ("dnat", "dnat-port", "both"):
        flow["dnat"] = {"address": REAL} | ({"port": truth["port"] + 1} if truth["nat"] == "dnat-port" else {})
    trouble = truth["trouble"]
    if trouble in ("silent", "stuck", "port-unreachable", "host-unreachable"):
        flow["answer"] = "none"
    if trouble in ("silent", "not-passed") and truth["period"] >= 5:
        flow["retries"] = [1, 3]
    real = REAL if "dnat" in flow else SERVER
    return flow | DATA.get(trouble, {}) | {
        "stuck": {"legs": "A"}, "not-passed": {"legs": "ABC"}, "refused": {"answer": "rst"},
        "slow": {"rtt_ms": draw.choice((3500, 6000))}, "lossy": {"drop_every": draw.choice((2, 3))},
        "port-unreachable": {"icmp_error": {"kind": trouble, "from": real, "after_ms": 5}},
        "host-unreachable": {"icmp_error": {"kind": trouble, "from": ROUTER, "after_ms": 9}},
    }.get(trouble, {})


def other_of(flow, draw):
    """Another client, whose trouble is its own."""
    kept = {key: flow[key] for key in flow if key not in
            ("icmp_error", "legs", "drop_every", "retries", "lost", "gate_resets")}
    other = kept | {"client": OTHER, "start": round(draw.uniform(0.3, 2), 2), "answer": draw.choice(("none", "reply"))}
    if "sport" in other:
        other["sport"] = 52000
    if "port" in other.get("snat", {}):
        other["snat"] = {"address": GATE, "port": 44000}
    return other


def entry_of(truth, flow):
    inward = "dnat" in flow
    words = ["date={date} time={time} devid=\"FGT60FTK00000001\" eventtime={eventtime} tz=\"{tz}\" type=\"traffic\"",
             f"subtype=\"forward\" action=\"ip-conn\" vd=\"root\" srcip={CLIENT} dstip={SERVER}",
             "srcintf=\"internal\" dstintf=\"wan1\"", f"dstintfrole=\"{'dmz' if inward else 'wan'}\"",
             f"proto={ {'udp': 17, 'tcp': 6, 'icmp': 58 if truth['v6'] else 1}[truth['proto']]}"]
    if truth["port"]:
        words.append(f"srcport=40001 dstport={truth['port']}")
    if truth["told"]:
        kinds = [kind for kind in ("snat", "dnat") if kind in flow]
        words.append(f"trandisp=\"{'+'.join(kinds) or 'noop'}\"")
        if "snat" in flow:
            words.append(f"transip={GATE} transport={flow['snat'].get('port', 40001)}")
        if "dnat" in flow:
            words.append(f"tranip={REAL} tranport={flow['dnat'].get('port', truth['port'])}")
    return " ".join(words)


def world_of(seed):
    draw = random.Random(seed)
    truth = draw_truth(draw)
    flow = flow_of(truth, draw)
    flows = [flow] + ([other_of(flow, draw)] if truth["others"] else [])
    # The FortiGate itself answers for a virtual address that it is not told to see through.
    own = "dnat" in flow and not truth["told"]
    ping = {"rtt_ms": 0.2 if own else min(truth["rtt"], 100), "jitter_ms": 0.1} if truth["ping"] else {"filtered": True}
    world = {"network": {"wan": "wan1", "address6" if truth["v6"] else "address": GATE, "flows": flows}, "ping": ping,
             "entry": entry_of(truth, flow), "expect": {}}
    text = json.dumps(world)
    for v4, v6 in V6.items() if truth["v6"] else ():
        text = text.replace(v4 + '"', v6 + '"').replace(v4 + " ", v6 + " ")
    return truth, text


def judged(truth, verdict):
    got = (verdict["status"], verdict["cause"])
    if any(got == (status, cause) and verdict["where"] in places for status, cause, places in RIGHT[truth["trouble"]]):
        return "right"
    same = any(got == (status, cause) for status, cause, _ in RIGHT[truth["trouble"]])
    if verdict["status"] == "unknown" or verdict["certainty"] == "none" or (same and verdict["where"] == "unknown"):
        return "short"
    return "WRONG"


def run(args, seed):
    truth, text = world_of(seed)
    with emu.scratch() as folder:
        path = os.path.join(args.keep or folder, f"drawn-{seed}.yaml")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        entry = emu.fill_entry(emu.world_case(args.emu, path)["entry"])
        with emu.Emulator(args.emu, path, args.speed, folder) as device:
            record = ["--record", os.path.join(args.record, f"drawn-{seed}.cast")] if args.record else []
            done = subprocess.run([args.fgdiag, "diagnose", *device.login(), "-q", "-f", "json", *record, entry],
                                  env=emu.environment(args.speed), capture_output=True, timeout=180,
                                  stdin=subprocess.DEVNULL)
            device.wait_closed()
            troubles = list(emu.log_troubles(device.log()))
    try:
        verdict = json.loads(done.stdout)["verdict"]
    except (ValueError, KeyError):
        return seed, truth, "WRONG", f"no verdict: {done.stderr[-300:]!r}"
    said = " ".join(verdict[key] for key in ("status", "cause", "where", "certainty", "summary"))
    return seed, truth, "WRONG" if troubles else judged(truth, verdict), " ".join([said, *troubles])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fgdiag", required=True)
    parser.add_argument("--emu", required=True)
    parser.add_argument("--speed", type=int, default=25)
    parser.add_argument("-j", type=int, default=4, dest="jobs")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--keep", help="leave the drawn worlds there")
    parser.add_argument("--record", help="leave the runs' transcripts there")
    args = parser.parse_args()
    counts = {"right": 0, "short": 0, "WRONG": 0}
    seeds = range(args.seed, args.seed + args.count)
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for seed, truth, result, said in pool.map(lambda seed: run(args, seed), seeds):
            counts[result] += 1
            if result == "WRONG":
                print(f"WRONG {seed} {truth}\n      {said}", flush=True)
    print(", ".join(f"{count} {word}" for word, count in counts.items()))
    return 1 if counts["WRONG"] else 0


if __name__ == "__main__":
    sys.exit(main())
