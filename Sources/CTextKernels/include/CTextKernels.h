// SPDX-License-Identifier: Apache-2.0
//
// Vector kernels for numbers as text: the shortest digits of a block of numbers, and the numbers that a block of fields holds.
// One body is compiled once per instruction set; each gives one table of functions. Without one of them MatrixFiles does the
// same number by number, in Swift (Text/ShortestDigits.swift, Text/PlainNumber.swift), which is what the tests hold these to,
// bit for bit.
//
// Promises: no allocation, no global state; what is read and written is said at each.
#ifndef CTEXTKERNELS_H
#define CTEXTKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Numbers that one call takes at most.
enum { CT_BLOCK = 64 };

/// The digits of a block of numbers: 17 each, of which those at the end may be zeros.
typedef struct {
  /// Twice eight digits as bytes, the first in the lowest.
  uint64_t sixteen[CT_BLOCK][2];
  /// The seventeenth, as a number.
  uint64_t last[CT_BLOCK];
  /// Digits before the point.
  int64_t point[CT_BLOCK];
} ct_digits;

/// Where on its line a number stands.
typedef struct {
  uint8_t delimiter;
  /// From 0.
  size_t column;
  size_t columns;
} ct_line;

/// Where fields are expected to end.
typedef struct {
  /// Of the first field.
  ct_line line;
  /// Fields to be read at most, 1 or more.
  size_t limit;
} ct_layout;

/// The fields of a block.
typedef struct {
  /// Where each begins, and behind `count` of them where the next would; the rest is scratch.
  uint32_t starts[2 * CT_BLOCK + 8];
  /// Fields that end with the right byte: a line feed in the last column, the delimiter elsewhere.
  size_t count;
  /// A bit for each field that ends a line.
  uint64_t newlines;
  /// A bit for each field that was not read.
  uint64_t careful;
} ct_fields;

typedef struct {
  const char *name;

  /// The shortest digits of `count` numbers, `CT_BLOCK` at most, signs aside: float64, or float32 where `is_float32`.
  ///
  /// `powers` is the pair of words, high and low, for 10^0; those of 10^k lie 2k words from it (PowersOfTen.swift).
  ///
  /// Returns a bit for each number whose digits are not known yet, and for which `digits` holds anything: zeros, subnormals,
  /// powers of two, infinities, NaNs, and what 128 bits of a power do not decide.
  uint64_t (*digits)(const void *numbers, bool is_float32, size_t count, const uint64_t *powers, ct_digits *digits);

  /// Numbers `first` to `count` of a block as text, from their digits, each with a byte behind it: a line feed where it is the
  /// last of a line. `out` gets 33 bytes a number at most, of which those behind the text are anything.
  ///
  /// Returns how many are written: it stops before a number whose text has an exponent or no digits.
  size_t (*text)(const void *numbers, bool is_float32, size_t first, size_t count, const ct_digits *digits, ct_line *line,
                 uint8_t **out);

  /// The numbers in the next fields between `start` and `end`: `numbers` gets `fields->count` of them, of which those that
  /// `fields->careful` marks are anything: what is not [spaces][-]digits[.digits][e[+-]digits], or has too many digits, or is
  /// one in 300 that 64 bits of a power do not decide. None of them: no field ends where it should.
  ///
  /// 64 bytes behind `end` may be read.
  void (*numbers)(const uint8_t *bytes, size_t start, size_t end, ct_layout layout, bool is_float32, const uint64_t *powers,
                  void *numbers, ct_fields *fields);
} ct_table;

/// The table for an instruction set, NULL where this CPU has it not.
const ct_table *ct_avx2_table(void);
const ct_table *ct_avx512_table(void);

#endif
