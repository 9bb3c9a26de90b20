// SPDX-License-Identifier: Apache-2.0
//
// Vector kernels for numbers as text: the shortest digits of several numbers at once.
// One body (`digits.inc`) is compiled once per instruction set; without one of them MatrixFiles does the same number by
// number, in Swift (ShortestDigits, SeventeenDigits, DigitBytes), which is what the tests hold this to, digit for digit.
//
// Promises: reads exactly `count` numbers, and of the table what belongs to exponents of numbers; no allocation, no global
// state. Signs do not matter.
#ifndef CTEXTKERNELS_H
#define CTEXTKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Numbers that one call takes at most.
enum { CT_BLOCK = 64 };

/// The digits of a block of numbers: 17 each, of which those at the end may be zeros.
typedef struct {
  /// Eight digits as bytes, the first in the lowest.
  uint64_t first[CT_BLOCK];
  /// The eight behind them.
  uint64_t second[CT_BLOCK];
  /// The seventeenth, as a number.
  uint64_t last[CT_BLOCK];
  /// Digits before the point.
  int64_t point[CT_BLOCK];
} ct_digits;

/// The digits of `count` numbers, `CT_BLOCK` at most: float64, or float32 where `is_float32`.
///
/// `powers` is the pair of words, high and low, for 10^0; those of 10^k lie 2k words from it (PowersOfTen.swift).
///
/// Returns a bit for each number whose digits are not known yet, and for which `digits` holds anything: zeros, subnormals,
/// powers of two, infinities, NaNs, and what 128 bits of a power do not decide.
typedef uint64_t ct_digits_kernel(const void *numbers, bool is_float32, size_t count, const uint64_t *powers,
                                  ct_digits *digits);

/// The kernel for an instruction set, NULL where this CPU has it not.
ct_digits_kernel *ct_avx2_digits(void);
ct_digits_kernel *ct_avx512_digits(void);

#endif
