# SPDX-License-Identifier: Apache-2.0
"""Linear algebra as a NumPy and SciPy user writes it, on the tasks of ../limits/raw_openblas.c.

    linalg.py         then requests: inputs.serve

In place: SciPy's functions with `overwrite`, on matrices in the order of LAPACK, so that nothing is copied; the fresh copy is made
before the clock starts. Their check for NaN and infinities stays on, as it is by default: Weft checks too.
Threads: OPENBLAS_NUM_THREADS.
"""
import numpy
import scipy.linalg

from inputs import magnitudes, matrix, serve


def solve(prepared):
    a, b = prepared
    return scipy.linalg.lu_solve(scipy.linalg.lu_factor(a, overwrite_a=True), b, overwrite_b=True)


def cholesky(prepared):
    a, b = prepared
    return scipy.linalg.cho_solve(scipy.linalg.cho_factor(a, lower=True, overwrite_a=True), b, overwrite_b=True)


def qr(prepared):
    """Reflectors and R, as Weft's factorization has them."""
    return scipy.linalg.qr(prepared[0], overwrite_a=True, mode="raw")


def make(size):
    a, b, c = matrix(size, 0), matrix(size, 1), numpy.zeros((size, size))
    symmetric = (a + a.T) / 2
    positive = numpy.asfortranarray(symmetric + size * numpy.eye(size))
    in_order = numpy.asfortranarray(a)

    def fresh(source):
        return lambda: (source.copy(order="F"), b[0].copy())

    def nothing():
        return None

    return {
        "multiply": (nothing, lambda _: numpy.matmul(a, b, out=c), magnitudes),
        "solve": (fresh(in_order), solve, magnitudes),
        "cholesky": (fresh(positive), cholesky, magnitudes),
        "qr": (fresh(in_order), qr, lambda result: magnitudes(numpy.diagonal(result[1]))),
        "eigh": (nothing, lambda _: numpy.linalg.eigh(symmetric), lambda result: magnitudes(result[0])),
        "svd": (nothing, lambda _: numpy.linalg.svd(a, full_matrices=False), lambda result: magnitudes(result[1])),
    }


if __name__ == "__main__":
    serve(make)
