// SPDX-License-Identifier: Apache-2.0
//
// The vector kernels of Evaluation, the only module that imports this one. One body (`body.inc`) is compiled once per
// instruction set; each gives one table of functions; the caller chooses a table once and never asks again.
//
// Promises of every entry, in every table:
// - Any `count`, 0 included. Exactly `count` elements are read from a streamed operand and written to `out`;
//   a broadcast operand (stride 0) is one element. Pointers need the alignment of their element only.
// - `out` may be the base of a streamed operand (same address), and must not overlap an operand otherwise.
// - The same bits from every table, whatever the neighbouring lanes hold; any NaN equals any NaN. Contraction is off,
//   `fma` is fused only where written, no reassociation.
// - No allocation, no errno, no I/O, no global state.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// One input of a kernel: `stride` 1 streams `base[0..<count]`, `stride` 0 broadcasts `base[0]`. As the start of a chain
/// also `CK_RAMP`: element k is `base[0] + k`, counted in registers (exact while the sums stay below 2^53).
enum { CK_RAMP = 2 };
typedef struct {
  const double *base;
  int64_t stride;
} ck_operand;

/// What a step computes: `x` is the accumulator, `y` and `z` are operands.
typedef enum {
  // Plain arithmetic: one IEEE 754 operation each.
  CK_ADD, CK_SUBTRACT, CK_SUBTRACT_REVERSED, CK_MULTIPLY, CK_DIVIDE, CK_DIVIDE_REVERSED, // reversed: y - x, y / x
  CK_SQUARE,                                                                             // x * x
  CK_NEGATE, CK_SQRT, CK_ABS,
  // Two steps of arithmetic as one: the first with y, the second with z, each rounded.
  CK_ADD_THEN_ADD, CK_ADD_THEN_SUBTRACT, CK_ADD_THEN_SUBTRACT_REVERSED, CK_ADD_THEN_MULTIPLY,
  CK_SUBTRACT_THEN_ADD, CK_SUBTRACT_THEN_SUBTRACT, CK_SUBTRACT_THEN_SUBTRACT_REVERSED, CK_SUBTRACT_THEN_MULTIPLY,
  CK_SUBTRACT_REVERSED_THEN_ADD, CK_SUBTRACT_REVERSED_THEN_SUBTRACT, CK_SUBTRACT_REVERSED_THEN_SUBTRACT_REVERSED, CK_SUBTRACT_REVERSED_THEN_MULTIPLY,
  CK_MULTIPLY_THEN_ADD, CK_MULTIPLY_THEN_SUBTRACT, CK_MULTIPLY_THEN_SUBTRACT_REVERSED, CK_MULTIPLY_THEN_MULTIPLY,
  // A sum's next term, made and added in one step, each operation rounded: x + y·z, x + (y - z)², x + |y - z|.
  CK_ADD_PRODUCT, CK_ADD_SQUARED_DIFFERENCE, CK_ADD_ABSOLUTE_DIFFERENCE,
  // The rest of what is exact, or rounded once.
  CK_MINIMUM, CK_MAXIMUM, CK_SIGN, CK_FLOOR, CK_CEIL, CK_ROUND, CK_TRUNC,
  CK_LESS, CK_LESS_EQUAL, CK_GREATER, CK_GREATER_EQUAL, CK_EQUAL, CK_NOT_EQUAL, CK_AND, CK_OR, CK_NOT,
  CK_FMA,         // x * y + z, rounded once; accumulator x
  CK_FMA_ADDEND,  // y * z + x, rounded once; accumulator x
  CK_SELECT,      // x != 0 ? y : z
  CK_SELECT_THEN, // y != 0 ? x : z
  CK_SELECT_ELSE, // y != 0 ? z : x
  // Functions of x, or of x and y.
  CK_MODULO,
  CK_SIN, CK_COS, CK_TAN, CK_ASIN, CK_ACOS, CK_ATAN, CK_ATAN2, CK_SINH, CK_COSH, CK_TANH, CK_ASINH, CK_ACOSH,
  CK_ATANH, CK_SINPI, CK_COSPI, CK_EXP, CK_EXP2, CK_EXP10, CK_EXPM1, CK_LOG, CK_LOG2, CK_LOG10, CK_LOG1P, CK_POW,
  CK_CBRT, CK_HYPOT, CK_GAMMA, CK_LGAMMA, CK_ERF, CK_ERFC,
  // The same within 4 ulp, quicker.
  CK_FAST_SIN, CK_FAST_COS, CK_FAST_TAN, CK_FAST_ASIN, CK_FAST_ACOS, CK_FAST_ATAN, CK_FAST_ATAN2, CK_FAST_SINH,
  CK_FAST_COSH, CK_FAST_LOG, CK_FAST_LOG2, CK_FAST_CBRT, CK_FAST_HYPOT,
} ck_operation;

/// One step of a chain: `accumulator = operation(accumulator, y, z)`; operations without a `y` or `z` ignore it.
typedef struct {
  ck_operation operation;
  ck_operand y, z;
} ck_step;

/// Where the elements of a result go, and what is learnt of them on the way, while they are still in registers.
typedef struct {
  void *destination;        ///< `count` elements: double, or float where `is_float32`; advanced by the caller.
  uint64_t index;           ///< Linear index (row · columns + column) of the first element; part of the checksum.
  bool is_float32;          ///< Round each element once to float.
  bool wants_checksum;
  bool bypasses_cache;      ///< Store past the caches (whole float64 tiles); `drain` before anyone else reads.
  bool is_finite;           ///< Every element is known to be finite: nobody looks.
  bool keeps_nan;           ///< Leave NaN payloads as they are; otherwise every NaN becomes the quiet NaN 0x7ff8….
  uint64_t checksum;        ///< Accumulated: add up over any cut of the matrix, in any order.
  uint64_t nonfinite_count; ///< Accumulated.
  uint64_t first_nonfinite; ///< Smallest linear index of a non-finite element seen; start with UINT64_MAX.
} ck_sink;

/// An input matrix: contiguous, row-major.
typedef struct {
  const void *elements;
  int64_t rows, columns;
  bool is_float32;
  double origin; ///< Subtracted from row and column index before use.
} ck_matrix;

// MARK: Pairs

/// Numbers as high + low, each off by at most `error`. Arrays are whole blocks of CK_PAIR_BLOCK elements, read and
/// written whole.
typedef struct {
  double *high, *low, *error;
} ck_pair_array;
enum { CK_PAIR_BLOCK = 64 };

/// Relative error that a table's pairs are promised to keep: 2^-90.
#define CK_TABLE_ERROR 0x1p-90
/// Absolute error of a rotation: derived in rotation.inc.
#define CK_ROTATION_ERROR 0x1.2p-75

/// Where rotation tables go, for as many rows as the table has lanes (see rotation.inc).
typedef struct {
  bool is_cosine;
  size_t width;        ///< Columns a block: 32 or 64.
  size_t block_count;  ///< Blocks in a row, a multiple of 8.
  size_t start_stride; ///< Doubles from one part of the starts to the next: `block_count` at least.
  size_t row_stride;   ///< Doubles from one row's tables to the next: 6·width + 4·start_stride at least.
  double *tables;
} ck_rotation;

typedef enum {
  CK_PAIR_TABLE,    // high and low, off by CK_TABLE_ERROR·|high| at most; low is NaN where high is 0
  CK_PAIR_VALUE,    // high, low and error, as a pass leaves them
  CK_PAIR_ROTATION, // table and starts, as rotation_rows leaves them
} ck_pair_kind;

typedef enum { CK_PAIR_NONE, CK_PAIR_MULTIPLY, CK_PAIR_ADD } ck_pair_operation;

typedef struct {
  ck_pair_kind kind;
  /// Of a rotation: whether the angle 0 stands for +0 in the formula.
  bool has_plain_zeros;
  const double *high, *low, *error;
  size_t step; ///< Elements from one block to the next: the width, or 0 where one block serves for all.
  const double *table, *starts;
  size_t width, start_stride;
} ck_pair_operand;

/// Where a pass goes: to `values`, rounded and certified, or, where that is NULL, to the three arrays.
typedef struct {
  size_t width; ///< Elements a block: 32 or 64, the same as a rotation's.
  double *high, *low, *error;
  double *values; ///< Exactly `count` a row are written.
  size_t row_stride; ///< Elements from one row of `values` to the next.
  bool bypasses_cache; ///< Store past the caches where rows are aligned to a vector; `drain` before anyone else reads.
  /// The element `index` of a row of this pass, where the certificate failed.
  double (*resolve)(void *context, size_t row, size_t index);
  void *context;
} ck_pair_result;

/// A number in IEEE quadruple precision (binary128: 113 bits).
typedef struct {
  uint64_t low, high;
} ck_quad;

ck_quad ck_quad_from_double(double x);
/// Rounded to nearest, ties to even.
double ck_quad_to_double(ck_quad x);
/// `operation` of x, y and z in quadruple precision: one rounding for arithmetic, a few units in the last of 113 bits for
/// functions. The operations of `Function`; those that only a chain has are no arguments.
ck_quad ck_quad_apply(ck_operation operation, ck_quad x, ck_quad y, ck_quad z);

/// The kernels of one instruction set.
typedef struct __attribute__((swift_attr("@Sendable"))) {
  const char *name;
  /// Elements per vector register.
  int64_t lanes;
  /// out[k] = operation(x[k], y[k], z[k]).
  void (*apply)(ck_operation operation, ck_operand x, ck_operand y, ck_operand z, double *out, size_t count);
  /// Runs `steps` over `start` with the accumulator in registers and stores it once: memory is touched for operands
  /// only.
  void (*chain)(ck_operand start, const ck_step *steps, size_t step_count, double *out, size_t count);
  /// The same, with the result handed to `sink` (which is updated, destination and index aside).
  void (*chain_into)(ck_operand start, const ck_step *steps, size_t step_count, ck_sink *sink, size_t count);
  /// Makes stores that bypassed the caches visible before any later store.
  void (*drain)(void);
  /// out[k] = matrix[row[k] - origin, column[k] - origin] where guard[k] != 0, else 0. Returns the first k whose
  /// index is not an integer or not inside the matrix, or -1.
  int64_t (*gather)(const ck_matrix *matrix, ck_operand row, ck_operand column, ck_operand guard, double *out,
                    size_t count);
  /// out[k] = first + k (exact while the sums stay below 2^53).
  void (*ramp)(double first, double *out, size_t count);
  /// The checksum of elements already stored, with the linear index of the first: what `chain_into` accumulated for
  /// them.
  uint64_t (*checksum)(const void *elements, bool is_float32, uint64_t index, size_t count);
  /// out[c · stride + r] = source[r · stride + c] for r < rows, c < columns; no overlap. `bypasses_cache`: past the caches
  /// where whole aligned lines of doubles are written; then `drain`.
  void (*transpose)(const void *source, void *out, size_t stride, size_t rows, size_t columns, bool is_float32,
                    bool bypasses_cache);
  /// Tables of the rotation sin or cos of slopes[r]·j + intercepts[r], for `lanes` rows r; exact doubles, and
  /// |slope|·columns + |intercept| below 2^52.
  void (*rotation_rows)(const double *slopes, const double *intercepts, const ck_rotation *rotation);
  /// One operand, or two combined, over `count` elements of each of `rows` rows: x and y have an operand a row, all of one
  /// kind. y is no rotation. Without `values`, one row.
  void (*pair_pass)(const ck_pair_operand *x, ck_pair_operation operation, const ck_pair_operand *y,
                    const ck_pair_result *result, size_t count, size_t rows);
  /// Over arrays of pairs; an error is infinite where there is no bound.
  void (*pair_sin_cos)(bool is_cosine, const ck_pair_array *x, const ck_pair_array *out, size_t count);
  void (*pair_exp)(const ck_pair_array *x, const ck_pair_array *out, size_t count);
  void (*pair_divide)(const ck_pair_array *x, const ck_pair_array *y, const ck_pair_array *out, size_t count);
} ck_table;

/// The tables, fastest first; a table that this CPU cannot run is NULL. The portable one is what the others are tested
/// against; it needs scalar FMA (every x86-64 CPU since 2013), and is NULL without.
const ck_table *ck_avx512_table(void);
const ck_table *ck_avx2_table(void);
const ck_table *ck_portable_table(void);

#endif
