# SPDX-License-Identifier: Apache-2.0
"""numexpr as a whole program: SIZE x SIZE of sin(i*j)*cos(i+j) into OUT.npy, not synced.

    numexpr_cold.py SIZE OUT.npy
"""
import sys

import numexpr
import numpy

size, path = int(sys.argv[1]), sys.argv[2]
i = numpy.arange(size, dtype=numpy.float64)[:, None]
j = numpy.arange(size, dtype=numpy.float64)[None, :]
numpy.save(path, numexpr.evaluate("sin(i*j)*cos(i+j)"))
