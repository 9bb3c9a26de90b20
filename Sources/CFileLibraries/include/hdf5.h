// SPDX-License-Identifier: Apache-2.0
// HDF5's functions that reading a dataset needs, as the headers of 1.10 and later declare them (`hid_t` of 64 bits).

#ifndef WEFT_HDF5_H
#define WEFT_HDF5_H
#endif
