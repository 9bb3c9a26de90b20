# SPDX-License-Identifier: Apache-2.0
# Makes the files of this folder. See ORIGIN.md. Run here: python3 make.py
import numpy as np
from numpy.lib import format as npy


def counted(rows, columns):
    """Element (i, j) is (1000 i + j) / 8 - 1: exact in float32 and float64 alike."""
    i, j = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    return (1000 * i + j) / 8 - 1


def save(name, array, version=None):
    with open(name + ".npy", "wb") as file:
        npy.write_array(file, array, version=version)


a = counted(5, 3)
for kind in ("<f8", ">f8", "<f4", ">f4"):
    word = {"<": "little", ">": "big"}[kind[0]] + ("64" if kind[2] == "8" else "32")
    save(word + "_c", np.ascontiguousarray(a.astype(kind)))
    save(word + "_f", np.asfortranarray(a.astype(kind)))
save("version2", a, (2, 0))
save("version3", a, (3, 0))
save("vector", counted(7, 1)[:, 0])
save("empty_0x5", np.zeros((0, 5)))
save("empty_5x0", np.zeros((5, 0)))
save("special", np.array([[0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308]]))
# Refused by name:
save("refused_scalar", np.float64(3.5))
save("refused_cube", np.zeros((2, 2, 2)))
save("refused_int64", np.arange(6).reshape(2, 3))
save("refused_uint8", np.zeros((2, 3), "u1"))
save("refused_bool", np.zeros((2, 3), "?"))
save("refused_half", np.zeros((2, 3), "f2"))
save("refused_longdouble", np.zeros((2, 3), "f16"))
save("refused_complex", np.zeros((2, 3), "c16"))
save("refused_text", np.array([["a", "bc"]]))
save("refused_bytes", np.array([[b"a", b"bc"]]))
save("refused_date", np.zeros((1, 2), "M8[s]"))
save("refused_structured", np.zeros((2, 3), [("x", "<f8"), ("y", "<f4")]))
save("refused_object", np.array([[None, "x"]], dtype=object))
