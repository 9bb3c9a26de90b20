# SPDX-License-Identifier: Apache-2.0
"""A matrix into a file and back, as users of these libraries write it.

    text.py polars|pyarrow|pandas|numpy FOLDER     then requests: inputs.serve

`write` and `read` are CSV without a header, numpy's are .npy. What is read is FOLDER/matrix.csv or matrix.npy, which the harness
has written; what is written goes beside it.
"""
import sys

import numpy

from inputs import magnitudes, serve

library, folder = sys.argv[1:]
given, made = f"{folder}/matrix.csv", f"{folder}/{library}.csv"


def nothing():
    return None


def polars(a):
    import polars

    frame = polars.DataFrame(a)

    def read(path):
        return polars.read_csv(path, has_header=False, infer_schema_length=1)

    return lambda: frame.write_csv(made, include_header=False), read, lambda read: read.to_numpy()


def pyarrow(a):
    import pyarrow
    from pyarrow import csv

    table = pyarrow.table({str(k): a[:, k] for k in range(a.shape[1])})

    def read(path):
        return csv.read_csv(path, csv.ReadOptions(autogenerate_column_names=True))

    def numbers(read):
        return numpy.stack([column.to_numpy() for column in read.columns])

    return lambda: csv.write_csv(table, made, csv.WriteOptions(include_header=False)), read, numbers


def pandas(a):
    import pandas

    frame = pandas.DataFrame(a)

    def read(path):
        return pandas.read_csv(path, header=None)

    return lambda: frame.to_csv(made, header=False, index=False), read, lambda read: read.to_numpy()


def by_numpy(a):
    return lambda: numpy.save(made, a), numpy.load, lambda read: read


def make(size):
    global given, made
    i = numpy.arange(size, dtype=numpy.float64)
    a = numpy.sin(numpy.outer(i, i)) * numpy.cos(numpy.add.outer(i, i))
    if library == "numpy":
        given, made = f"{folder}/matrix.npy", f"{folder}/numpy.npy"
    write, read, numbers = {"polars": polars, "pyarrow": pyarrow, "pandas": pandas, "numpy": by_numpy}[library](a)
    return {
        "write": (nothing, lambda _: write(), lambda _: magnitudes(numbers(read(made)))),
        "read": (nothing, lambda _: read(given), lambda result: magnitudes(numbers(result))),
    }


if __name__ == "__main__":
    serve(make)
