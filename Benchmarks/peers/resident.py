# SPDX-License-Identifier: Apache-2.0
"""NumPy's relatives on the benchmark's formulas, resident: compiled, warm, into memory that is there.

    resident.py numexpr|numba        then requests `CASE SIZE RUNS` on standard input, one a line; the answer is a line with the
                                     seconds of each run (as ../limits/resident.h has it)

Threads: NUMEXPR_NUM_THREADS, NUMBA_NUM_THREADS.
"""
import sys
import time

import numpy

FORMULAS = {
    "headline": "sin(i*j)*cos(i+j)",
    "exp": "exp(-sqrt(i*j+1)/50)*tanh(i*0.01-j*0.02)",
    "gauss": "exp(-((i-500)**2+(j-300)**2)/20000)",
    "hilbert": "1/(i+j+1)",
    "poly": "i*i*0.5+3*i*j-j*j*j*0.001+7",
    "wave": "sin(sqrt(i*i+j*j)*0.1)/(1+0.01*sqrt(i*i+j*j))",
    "atan2": "arctan2(i-0.5,j+0.25)*log(1+i*j)",
}


def by_numexpr(formula, size, out):
    import numexpr

    i = numpy.arange(size, dtype=numpy.float64)[:, None]
    j = numpy.arange(size, dtype=numpy.float64)[None, :]
    return lambda: numexpr.evaluate(formula, local_dict={"i": i, "j": j}, out=out)


LOOP = """
def fill(out):
    for row in numba.prange(out.shape[0]):
        i = float(row)
        for column in range(out.shape[1]):
            j = float(column)
            out[row, column] = {formula}
"""
compiled = {}


def by_numba(formula, size, out):
    """A parallel loop with fastmath: the fastest that Numba offers, without our promises about bits and accuracy."""
    if formula not in compiled:
        import numba

        names = {name: getattr(numpy, name) for name in ("sin", "cos", "exp", "sqrt", "tanh", "arctan2", "log")}
        names["numba"] = numba
        exec(LOOP.format(formula=formula), names)
        compiled[formula] = numba.njit(parallel=True, fastmath=True)(names["fill"])
    return lambda: compiled[formula](out)


def main():
    make = {"numexpr": by_numexpr, "numba": by_numba}[sys.argv[1]]
    prepared, run, out = None, None, None
    for line in sys.stdin:
        case, size, runs = line.split()
        if (case, size) != prepared:
            if out is None or out.shape[0] != int(size):
                out = numpy.zeros((int(size), int(size)))
            run = make(FORMULAS[case], int(size), out)
            run()
            prepared = (case, size)
        seconds = []
        for _ in range(int(runs)):
            start = time.perf_counter()
            run()
            seconds.append(time.perf_counter() - start)
        print(" ".join(f"{one:.9f}" for one in seconds), flush=True)


if __name__ == "__main__":
    main()
