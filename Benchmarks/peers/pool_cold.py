# SPDX-License-Identifier: Apache-2.0
"""The textbook program: rows dealt to a process pool, a scalar double loop in each worker, OUT.npy written, not synced.

    pool_cold.py SIZE WORKERS OUT.npy
"""
import multiprocessing
import sys

import numpy


def rows_of(job):
    first, last, size = job
    part = numpy.zeros((last - first, size))
    for i in range(first, last):
        for j in range(size):
            part[i - first, j] = numpy.sin(i * j) * numpy.cos(i + j)
    return first, part


def matrix(size, workers):
    step = size // workers
    jobs = [(w * step, size if w == workers - 1 else (w + 1) * step, size) for w in range(workers)]
    whole = numpy.zeros((size, size))
    with multiprocessing.Pool(workers) as pool:
        for first, part in pool.map(rows_of, jobs):
            whole[first:first + len(part)] = part
    return whole


if __name__ == "__main__":
    numpy.save(sys.argv[3], matrix(int(sys.argv[1]), int(sys.argv[2])))
