# SPDX-License-Identifier: Apache-2.0
"""A product as a whole NumPy program: multiply_cold.py A B OUT. Not synced. Threads: OPENBLAS_NUM_THREADS."""
import sys

import numpy

numpy.save(sys.argv[3], numpy.load(sys.argv[1]) @ numpy.load(sys.argv[2]))
