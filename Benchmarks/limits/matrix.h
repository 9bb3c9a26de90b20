// SPDX-License-Identifier: Apache-2.0
//
// Matrices of the limits of linear algebra: their memory, and their elements, which the harness (Numbers.swift) and
// peers/inputs.py make in the same way, so that all contestants are given the same numbers.
#ifndef MATRIX_H
#define MATRIX_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

/// Memory for `count` doubles, nothing of it touched, in huge pages where it is large: as Weft's `Matrix` has it, and NumPy.
static inline double *new_numbers(size_t count) {
  const size_t huge_page = 2 << 20, byte_count = count * sizeof(double);
  int is_large = byte_count >= 2 * huge_page;
  void *memory;
  if (posix_memalign(&memory, is_large ? huge_page : 64, byte_count)) return NULL;
  if (is_large) madvise(memory, byte_count / huge_page * huge_page, MADV_HUGEPAGE);
  return memory;
}

/// Number `k` of a sequence in -1/2 ..< 1/2 without pattern: SplitMix64 (Steele, Lea and Flood 2014), as a function of the index.
static inline double number(uint64_t k) {
  uint64_t z = (k + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53 - 0.5;
}

/// `count` numbers, those from `first` on.
static inline void fill_numbers(double *to, size_t count, uint64_t first) {
  for (size_t k = 0; k < count; ++k) to[k] = number(first + k);
}

#endif
