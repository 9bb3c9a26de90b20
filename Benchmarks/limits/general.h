// SPDX-License-Identifier: Apache-2.0
//
// Between general_sleef.c, which times, and general_lanes.c, which is compiled once per instruction set.
#ifndef GENERAL_H
#define GENERAL_H

/// One formula: fills an n×n matrix, n a multiple of 8.
struct general_case {
  const char *name;
  void (*fill)(double *matrix, long n);
};

/// The same cases for each instruction set; the last entry has no name.
extern const struct general_case general_avx2[], general_avx512[];

#endif
