#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the constants of the scaling model on this machine: what `make mpi-constants` calls.

    constants.py PROGRAM WEFT WEFT-MPI [--rounds N] [--folder FOLDER] [--quiet-for SECONDS] [--keep FILE] [--page FILE] [--scalapack PROGRAM]

PROGRAM is constants.c, built; WEFT and WEFT-MPI are the two programs. Every measurement waits for a quiet moment (at most SECONDS), and is
repeated in rounds; the table has the best of all rounds, since others on the machine make a figure worse, never better, and
the spread to the worst. The network between hosts is that of two network namespaces with a pair of virtual Ethernet devices
between them, which needs root; without it that line is skipped by name. With --keep every figure is added to FILE, and the table
is of all that are there: rounds may lie hours apart. With --page the table replaces the one in that article.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile

from machine import ENVIRONMENT, description, ranks, run, tell, wait_until_quiet

parser = argparse.ArgumentParser()
parser.add_argument("program")
parser.add_argument("weft")
parser.add_argument("weft_mpi")
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--folder", default=tempfile.gettempdir())
parser.add_argument("--quiet-for", type=float, default=60)
parser.add_argument("--keep")
parser.add_argument("--page")
parser.add_argument("--scalapack", help="scalapack.c, built")
arguments = parser.parse_args()
program = os.path.abspath(arguments.program)
weft = os.path.abspath(arguments.weft)
weft_mpi = os.path.abspath(arguments.weft_mpi)

found = {}
best_is_least = {}
busiest = 0.0


def note(name, value, least):
    found.setdefault(name, []).append(value)
    best_is_least[name] = least
    if arguments.keep:
        with open(arguments.keep, "a") as file:
            file.write(json.dumps([name, value, least]) + "\n")


def objects(text):
    return [json.loads(line) for line in (text or "").splitlines() if line.startswith("{")]


def launches():
    for count in (1, 2, 4, 8):
        text, seconds = ranks(count, [program, "none"])
        if text is not None:
            note(f"launch of {count} rank{'s' if count > 1 else ''}, s", seconds, True)


def network(place, starter):
    text, why = starter([program, "network"])
    for line in objects(text):
        note(f"latency {place}, s", line["latency"], True)
        note(f"seconds for a word {place}", line["secondsPerWord"], True)
        note(f"bytes a second {place}", line["bytesPerSecond"], False)
    if text is None:
        print(f"skipped: network {place}: {why}", file=sys.stderr)


def blas():
    # OpenBLAS's own choice for a CPU that it does not know is its slowest kernel; Weft chooses by the CPU's features.
    cpu = open("/proc/cpuinfo").read()
    kernel = "SkylakeX" if " avx512vl" in cpu else "Haswell" if " avx2" in cpu else None
    return dict(ENVIRONMENT, **({"OPENBLAS_CORETYPE": kernel} if kernel else {}))


def flops():
    text, _ = ranks(2, [program, "flops"], environment=blas())
    for line in objects(text):
        how = f"{line['ranksAtOnce']} at once" if line["ranksAtOnce"] > 1 else "alone"
        note(f"flops a second of a rank, 2000³, {how}", line["square"], False)
        note(f"flops a second of a rank, 2000×2000 by 64, {how}", line["update"], False)
        note("flops a second of a rank in a panel of 2000×64", line["panel"], False)


def factorization():
    """pdgesv by one rank, less its panels."""
    if not arguments.scalapack:
        print("skipped: pdgesv: --scalapack is not given", file=sys.stderr)
        return
    size = 2000
    text, why = ranks(1, [os.path.abspath(arguments.scalapack), "solve", str(size)], environment=blas())
    panels = max(found.get("flops a second of a rank in a panel of 2000×64", [1e10]))
    for line in objects(text):
        note("flops a second of a rank in pdgesv, 2000², less panels",
             2 / 3 * size ** 3 / (line["seconds"] - size ** 2 * 32 / panels), False)


def writes():
    for name, folder in (("disk", arguments.folder), ("memory", "/dev/shm")):
        for count in (1, 2):
            path = os.path.join(folder, f"pln-{os.getpid()}")
            text, why = ranks(count, [program, "write", path, str(512 << 20)])
            for line in objects(text):
                note(f"bytes a second written to {name} by {count}, synced", line["bytesPerSecond"], False)
                note(f"bytes a second written to {name} by {count}, not synced", line["withoutSync"], False)
            if text is None:
                print(f"skipped: writing to {folder}: {why}", file=sys.stderr)


def compute(rows, columns, *more):
    """Seconds by phase of a run into a file in memory, in chunks of 2 MiB or eight rows, by one process."""
    path = f"/dev/shm/pln-{os.getpid()}.npy"
    words = [weft, "compute", "sin(i*j)*cos(i+j)", "--rows", str(rows), "--columns", str(columns), "--in-process",
             "--memory", "256MB", "--output", path, "--force", "--json", "--progress", "never", *more]
    text, why = run(words)
    if os.path.exists(path):
        os.unlink(path)
    if text is None:
        print(f"skipped: weft compute: {why}", file=sys.stderr)
        return None
    return json.loads(text)["seconds"]


def tables():
    """A row of more than 65536 columns has its tables made anew for each chunk, of eight rows then; of fewer once."""
    narrow, wide = compute(1024, 65536, "--verify", "none"), compute(64, 524288, "--verify", "none")
    if narrow and wide:
        seconds = wide["compute"] - narrow["compute"] * 64 * 524288 / (1024 * 65536)
        note("seconds an entry of a table, headline formula", seconds / (64 / 8 * (524288 + 8 * 64)), True)
    checked = compute(16384, 8192)
    if checked:
        note("bytes a second read again and checked by the root", 64 * 32 * 8192 * 8 / checked["validate"], False)


def blocks():
    """An operand of linear algebra is made in blocks of 64 columns, and turned; for a solution twice."""
    words = [weft_mpi, "solve", "--formula", "sin(i*j)*cos(i+j)", "--origin", "1", "--size", "2048", "--formula-b", "i", "--json"]
    text, why = ranks(1, words)
    if text is None:
        print(f"skipped: {' '.join(words[1:])}: {why}", file=sys.stderr)
    for line in objects(text):
        note("seconds an element in blocks, headline formula", line["seconds"]["operands"] / (2 * 2048 ** 2), True)


def elements():
    for count in (1, 2):
        text, _ = run([weft, "explain", "sin(i*j)*cos(i+j)", "--size", "20000", "--workers", str(count), "--json"])
        for line in objects(text):
            note("seconds an element, headline formula", line["measured"]["nanosecondsPerElement"] * 1e-9, True)
            note(f"bytes a second into memory by {count}", line["measured"]["bytesPerSecond"], False)


AGENT = """#!/bin/sh
host=$1; shift
case $host in 10.79.0.11) n=pln1;; 10.79.0.12) n=pln2;; esac
exec ip netns exec $n unshare --uts --ipc --mount --pid --fork --mount-proc sh -c "hostname $n
mount -t tmpfs -o size=256m tmpfs /dev/shm; mkdir -p /run/plntmp; mount -t tmpfs tmpfs /run/plntmp; export TMPDIR=/run/plntmp; $*"
"""


def shell(line):
    return subprocess.run(["sh", "-c", line], capture_output=True, text=True)


def make_hosts():
    made = shell("""set -e
ip link add plnbr type bridge; ip addr add 10.79.0.1/24 dev plnbr; ip link set plnbr up
for i in 1 2; do
  ip netns add pln$i; ip link add plnv$i type veth peer name eth0 netns pln$i; ip link set plnv$i master plnbr up
  ip -n pln$i addr add 10.79.0.1$i/24 dev eth0; ip -n pln$i link set eth0 up; ip -n pln$i link set lo up
done""")
    return made.returncode == 0, made.stderr.strip()


def unmake_hosts():
    shell("ip netns del pln1; ip netns del pln2; ip link del plnv1; ip link del plnv2; ip link del plnbr")


def between_hosts(folder):
    agent = os.path.join(folder, "agent.sh")
    with open(agent, "w") as file:
        file.write(AGENT)
    os.chmod(agent, 0o755)
    options = ["mpirun", "--timeout", "80", "--mca", "plm_rsh_agent", agent, "--mca", "btl_tcp_if_include", "10.79.0.0/24",
               "--mca", "oob_tcp_if_include", "10.79.0.0/24", "--mca", "btl_vader_single_copy_mechanism", "none",
               "--host", "10.79.0.11:1,10.79.0.12:1", "-np", "2"]
    return lambda words: run(options + words, limit=100)


def launch_on_two(starter):
    text, seconds = starter([program, "none"])
    if text is not None:
        note("launch of 2 ranks on two hosts, s", seconds, True)


def stop(*_):
    """Whoever stops this leaves no hosts behind, and gets what was measured until then; also who does so twice."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(143)


def main():
    global busiest
    signal.signal(signal.SIGTERM, stop)
    if arguments.keep and os.path.exists(arguments.keep):
        with open(arguments.keep) as file:
            for name, value, least in map(json.loads, file):
                found.setdefault(name, []).append(value)
                best_is_least[name] = least
    print(description(), file=sys.stderr)
    hosts, why = make_hosts()
    if not hosts:
        print(f"skipped: network between two hosts: {why}", file=sys.stderr)
    try:
        with tempfile.TemporaryDirectory() as folder:
            measurements = [launches, lambda: network("within a node", lambda words: ranks(2, words)), flops, factorization, writes, elements, blocks, tables]
            if hosts:
                both = between_hosts(folder)
                measurements += [lambda: network("between two hosts", both), lambda: launch_on_two(both)]
            for turn in range(arguments.rounds):
                for measure in measurements:
                    busiest = max(busiest, wait_until_quiet(arguments.quiet_for))
                    measure()
                print(f"round {turn + 1} of {arguments.rounds}; {description()}", file=sys.stderr)
    finally:
        unmake_hosts()
        table()


def table():
    lines = [f"Machine: {description()}; just before a measurement others used up to {busiest:.0%} of the CPUs.", "",
             "| what | best | median | worst | times |", "|---|---|---|---|---|"]
    for name, values in found.items():
        ordered = sorted(values, reverse=not best_is_least[name])
        lines.append(f"| {name} | {ordered[0]:.3g} | {ordered[len(ordered) // 2]:.3g} | {ordered[-1]:.3g} | {len(ordered)} |")
    tell("constants", "\n".join(lines), arguments.page)


if __name__ == "__main__":
    main()
