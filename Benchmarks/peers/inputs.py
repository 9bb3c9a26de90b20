# SPDX-License-Identifier: Apache-2.0
"""What the peers of linear algebra have in common: the numbers that all contestants are given, and the answering of requests."""
import sys
import time

import numpy


def numbers(count, first):
    """Those of ../limits/matrix.h: SplitMix64 as a function of the index, in -1/2 ..< 1/2."""
    z = numpy.arange(first + 1, first + count + 1, dtype=numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> numpy.uint64(31))) >> numpy.uint64(11)).astype(numpy.float64) * 2.0**-53 - 0.5


def matrix(size, place):
    """The matrix at that place of the sequence, from 0 on."""
    return numbers(size * size, place * size * size).reshape(size, size)


def magnitudes(values):
    return float(numpy.abs(values).sum())


def serve(make):
    """Requests `TASK SIZE RUNS` on standard input, one a line; the answer is a line with the seconds of each run (as
    ../limits/resident.h has it). `=TASK SIZE 1` is answered with a number that stands for the result.

    make(size) gives a dictionary of tasks: what to do before the clock starts (its value is handed on), the run itself, and
    the number from what the run gave. What it gave is let go of when the clock has stopped.
    """
    size, tasks = None, None
    for line in sys.stdin:
        name, asked, runs = line.split()
        if asked != size:
            size, tasks = asked, None
            tasks = make(int(size))
        before, run, result_of = tasks[name.lstrip("=")]
        answers = []
        for _ in range(int(runs)):
            prepared = before()
            start = time.perf_counter()
            result = run(prepared)
            seconds = time.perf_counter() - start
            answers.append(result_of(result) if name.startswith("=") else seconds)
            del prepared, result
        print(" ".join(f"{one:.9f}" for one in answers), flush=True)
