#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the scaling model's predictions against runs on this machine: what `make mpi-check` calls.

    check.py PROGRAM [--planner PROGRAM] [--scalapack PROGRAM] [--folder FOLDER] [--sizes N,…] [--ranks N,…] [--rounds N]
             [--page FILE]

PROGRAM is weft-mpi with MPI in it. The matrix goes to FOLDER, synced, as is the default. Each run waits for a quiet moment and
is repeated; the shortest counts. A command that the program does not have is skipped by name; in its place scalapack.c, built,
calls the routine alone. The last column is (predicted − measured)/measured. More ranks than cores are predicted as no faster.
With --page the table replaces the one in that article.
"""

import argparse
import json
import os
import sys
import tempfile

from machine import ENVIRONMENT, description, ranks, run, tell, wait_until_quiet

parser = argparse.ArgumentParser()
parser.add_argument("program")
parser.add_argument("--planner")
parser.add_argument("--scalapack")
parser.add_argument("--folder", default=tempfile.gettempdir())
parser.add_argument("--sizes", default="1000,2000,5000,10000,20000")
parser.add_argument("--square-sizes", default="1000,2000,4000", help="of products and solutions")
parser.add_argument("--ranks", default="1,2,4")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--page")
parser.add_argument("--quiet-for", type=float, default=20)
arguments = parser.parse_args()
program = os.path.abspath(arguments.program)
planner = os.path.abspath(arguments.planner or program)
formula = "sin(i*j)*cos(i+j)"

cpu = open("/proc/cpuinfo").read()
kernel = "SkylakeX" if " avx512vl" in cpu else "Haswell" if " avx2" in cpu else None
environment = dict(ENVIRONMENT, **({"OPENBLAS_CORETYPE": kernel} if kernel else {}))


def predicted(task, size, count):
    text, why = run([planner, "plan", "--task", task, "--size", str(size), "--ranks", str(count), "--json"])
    if text is None:
        raise SystemExit(f"{planner} plan: {why}")
    return json.loads(text)["tasks"][0]


def measured(words, count):
    """The shortest of all rounds, and what the run said about itself then; None where it failed."""
    best = None
    for _ in range(arguments.rounds):
        wait_until_quiet(arguments.quiet_for)
        text, seconds = ranks(count, words, environment=environment)
        if text is None:
            print(f"failed: {' '.join(words[1:])} on {count} ranks: {seconds}", file=sys.stderr)
            return None
        if best is None or seconds < best[0]:
            best = (seconds, text)
    return best


def line(task, what, size, count, expected, found):
    lines.append(f"| {task} | {size} | {count} | {what} | {expected:.3g} | {found:.3g} | {(expected - found) / found:+.0%} |")
    print(lines[-1], file=sys.stderr)


def has(command):
    text, _ = run([program, command, "--help"])
    return text is not None and f" {command} " in text


def numbers(text):
    return [int(word) for word in text.split(",") if word]


def check_compute(path):
    for size in numbers(arguments.sizes):
        for count in numbers(arguments.ranks):
            found = measured([program, "compute", formula, "--size", str(size), "--output", path, "--force", "--json",
                              "--progress", "never"], count)
            if not found:
                continue
            plan = predicted("compute", size, count)
            line("compute", "whole", size, count, plan["total"], found[0])
            told = json.loads(found[1])["seconds"]
            seconds = plan["seconds"]
            within = sum(seconds.get(name, 0) for name in ("generation", "memory", "tables", "output"))
            line("compute", "generation and output", size, count, within, told["compute"] + told["write"])
            line("compute", "check", size, count, seconds["check"], told["validate"])


def second(task, size):
    """The other operand."""
    return ["--formula-b", formula, "--columns-b", str(size)] if task == "multiply" else ["--formula-b", "sin(i)"]


def check_algebra(task):
    is_there = has(task)
    if not is_there:
        print(f"skipped: weft-mpi {task}: the program has no such command" + (
            "; ScaLAPACK alone instead" if arguments.scalapack else ""), file=sys.stderr)
    for size in numbers(arguments.square_sizes):
        for count in numbers(arguments.ranks):
            plan = predicted(task, size, count)
            routine = sum(plan["seconds"].get(name, 0) for name in ("arithmetic", "panel", "transfer", "latency"))
            if is_there:
                # From 1: with a row of zeros the matrix would be singular.
                words = [program, task, "--formula", formula, "--origin", "1", "--size", str(size), *second(task, size), "--json"]
                found = measured(words, count)
                if found:
                    told = json.loads(found[1])["seconds"]
                    line(task, "whole", size, count, plan["total"], found[0])
                    line(task, "operands", size, count, plan["seconds"]["generation"], told["operands"])
                    line(task, "routine", size, count, routine, told["compute"])
            elif arguments.scalapack:
                found = measured([os.path.abspath(arguments.scalapack), task, str(size)], count)
                if found:
                    line(task, "routine", size, count, routine, json.loads(found[1])["seconds"])


before = description()
lines = ["| task | n | ranks | what | predicted, s | measured, s | error |", "|---|---|---|---|---|---|---|"]
with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
    check_compute(os.path.join(folder, "m.npy"))
    for task in ("multiply", "solve"):
        check_algebra(task)
text = f"Machine: {before}; the shortest of {arguments.rounds} runs each.\n\n" + "\n".join(lines)
tell("check", text, arguments.page)
print(description(), file=sys.stderr)
