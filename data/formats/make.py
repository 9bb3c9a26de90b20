# SPDX-License-Identifier: Apache-2.0
# Makes the files beside this one: python3 make.py. See ORIGIN.md.

import os

import h5py
import numpy as np
import scipy.io
import scipy.sparse

folder = os.path.dirname(os.path.abspath(__file__))
os.chdir(folder)
i, j = np.meshgrid(np.arange(5), np.arange(3), indexing="ij")
m = (1000.0 * i + j) / 8 - 1

np.savez("savez.npz", m=m, n=m.T)
np.savez_compressed("savez_compressed.npz", m)
scipy.io.mmwrite("array.mtx", m, comment="dense")
scipy.io.mmwrite("coordinate.mtx", scipy.sparse.coo_matrix(m))
scipy.io.mmwrite("symmetric.mtx", m.T @ m)
for version in ["earliest", "latest"]:
    with h5py.File(version + ".h5", "w", libver=version) as f:
        f.create_dataset("group/packed", data=m, chunks=(2, 2), compression="gzip", shuffle=True)
        f["name"] = "not a matrix"
