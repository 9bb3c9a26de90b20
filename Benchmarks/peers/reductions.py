# SPDX-License-Identifier: Apache-2.0
"""Passes over a matrix as a NumPy user writes them, on matrices that are there.

    reductions.py     then requests: inputs.serve

`update` and `flip` change the matrix that their next run finds: their results are asked for before all other runs.
"""
import numpy

from inputs import magnitudes, matrix, serve


def in_place(a):
    """NumPy has no transposition in place: it sees that both sides are one matrix, and makes a copy in between."""
    a[:] = a.T
    return a


def of_rows(a):
    """Two rows: transposed, two columns of what was given."""
    return magnitudes(a[1]) + 2 * magnitudes(a[len(a) // 2])


def make(size):
    a, b = matrix(size, 0), matrix(size, 1)
    changed, flipped = a.copy(), a.copy()

    def nothing():
        return None

    def update(_):
        return numpy.add(changed, b, out=changed)

    return {
        "sum": (nothing, lambda _: a.sum(), abs),
        "rows": (nothing, lambda _: a.sum(axis=1), magnitudes),
        "columns": (nothing, lambda _: a.sum(axis=0), magnitudes),
        "norm": (nothing, lambda _: numpy.linalg.norm(a), abs),
        "update": (nothing, update, of_rows),
        "add": (nothing, lambda _: a + b, of_rows),
        "transposed": (nothing, lambda _: numpy.ascontiguousarray(a.T), of_rows),
        "flip": (nothing, lambda _: in_place(flipped), of_rows),
    }


if __name__ == "__main__":
    serve(make)
