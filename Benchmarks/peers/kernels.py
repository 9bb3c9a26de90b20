# SPDX-License-Identifier: Apache-2.0
"""The kernel matrix exp(-|x - y|²/2) of POINTS points with itself as a NumPy user writes it, into memory that is there.

    kernels.py        then requests `DIMENSIONS POINTS RUNS` on standard input, one a line; the answer is a line with the seconds of
                      each run (as ../limits/resident.h has it)

One thread: neither cdist nor exp has more.
"""
import sys
import time

import numpy
from scipy.spatial.distance import cdist


def points_of(dimensions, count):
    """Spread evenly over the unit cube; KernelContests.swift has the same."""
    i = numpy.arange(count, dtype=numpy.float64)[:, None]
    j = numpy.arange(dimensions, dtype=numpy.float64)[None, :]
    return (i * 0.6180339887498949 + j * 0.7548776662466927 * (i + 1)) % 1


def kernel(points, out):
    cdist(points, points, "sqeuclidean", out=out)
    numpy.multiply(out, -0.5, out=out)
    numpy.exp(out, out=out)


def main():
    prepared, points, out = None, None, None
    for line in sys.stdin:
        dimensions, count, runs = (int(word) for word in line.split())
        if (dimensions, count) != prepared:
            points, out = points_of(dimensions, count), numpy.zeros((count, count))
            prepared = dimensions, count
        seconds = []
        for _ in range(runs):
            start = time.perf_counter()
            kernel(points, out)
            seconds.append(time.perf_counter() - start)
        print(" ".join(f"{one:.9f}" for one in seconds), flush=True)


if __name__ == "__main__":
    main()
