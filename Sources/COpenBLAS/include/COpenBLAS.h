// SPDX-License-Identifier: Apache-2.0
//
// OpenBLAS as a table of function pointers. The library is never linked: its constructor starts threads, which would
// cost every start of the program 1.7 ms and which a run that only computes never needs. `LinearAlgebra` opens it on
// first use and is the only caller. LAPACK is inside OpenBLAS under its Fortran names; LAPACKE is not.

#ifndef WEFT_COPENBLAS_H
#define WEFT_COPENBLAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// CBLAS's and LAPACK's integers: 32 bits wide in Debian's library. A build with 64-bit integers (`USE64BITINT`) exports
// the same names, would read every argument wrongly, and is therefore refused when it is opened.
typedef int32_t weft_blas_int;

// CBLAS takes its enumerations as C ints; these are the values of its standard header.
enum { weft_cblas_row_major = 101 };
enum { weft_cblas_no_transpose = 111, weft_cblas_transpose = 112 };
enum { weft_cblas_upper = 121, weft_cblas_lower = 122 };
enum { weft_cblas_non_unit = 131, weft_cblas_unit = 132 };
enum { weft_cblas_left = 141, weft_cblas_right = 142 };

// For Swift: nothing here changes after it was filled, and a routine may be called from any thread.
#define WEFT_SENDABLE __attribute__((swift_attr("@Sendable")))

// The families of LAPACK routines, one macro for a struct of function pointers each.
#include "cholesky.h"
#include "least_squares.h"
#include "qr.h"
#include "triangular.h"
#include "spectral.h"

// The routines of one element type. The LAPACK routines follow gfortran's convention: every argument by address, and
// the length of each character argument by value, as a `size_t`, after all the others.
//
//   gemm   C ← alpha·op(A)·op(B) + beta·C
//   gemv   y ← alpha·op(A)·x + beta·y, A of m×n
//   trsm   B ← alpha·op(A)⁻¹·B or alpha·B·op(A)⁻¹, A triangular, B of m×n
//   trmm   B ← alpha·op(A)·B or alpha·B·op(A), A triangular, B of m×n
//   syrk   C ← alpha·op(A)·op(A)ᵀ + beta·C, one triangle of C of n×n only
//   swap   x ↔ y
//   getrf  A = P·L·U in place. info > 0: that pivot, counted from 1, is the first that is exactly zero
//   getrs  X with op(A)·X = B, in place of B, from the factors
//   getri  A⁻¹ in place of the factors
//   gecon  An estimate of 1 / (‖A‖·‖A⁻¹‖) from the factors and anorm = ‖A‖
#define WEFT_OPENBLAS_ROUTINES(name, real)                                                                             \
  struct WEFT_SENDABLE name {                                                                                          \
    void (*WEFT_SENDABLE gemm)(                                                                                        \
        int order, int transpose_a, int transpose_b, weft_blas_int m, weft_blas_int n, weft_blas_int k, real alpha,    \
        const real *a, weft_blas_int lda, const real *b, weft_blas_int ldb, real beta, real *c, weft_blas_int ldc);    \
    void (*WEFT_SENDABLE gemv)(                                                                                        \
        int order, int transpose, weft_blas_int m, weft_blas_int n, real alpha, const real *a, weft_blas_int lda,      \
        const real *x, weft_blas_int incx, real beta, real *y, weft_blas_int incy);                                    \
    void (*WEFT_SENDABLE trsm)(                                                                                        \
        int order, int side, int triangle, int transpose, int diagonal, weft_blas_int m, weft_blas_int n,              \
        real alpha, const real *a, weft_blas_int lda, real *b, weft_blas_int ldb);                                     \
    void (*WEFT_SENDABLE trmm)(                                                                                        \
        int order, int side, int triangle, int transpose, int diagonal, weft_blas_int m, weft_blas_int n,              \
        real alpha, const real *a, weft_blas_int lda, real *b, weft_blas_int ldb);                                     \
    void (*WEFT_SENDABLE syrk)(                                                                                        \
        int order, int triangle, int transpose, weft_blas_int n, weft_blas_int k, real alpha, const real *a,           \
        weft_blas_int lda, real beta, real *c, weft_blas_int ldc);                                                     \
    void (*WEFT_SENDABLE swap)(                                                                                        \
        weft_blas_int n, real *x, weft_blas_int incx, real *y, weft_blas_int incy);                                    \
    void (*WEFT_SENDABLE getrf)(                                                                                       \
        const weft_blas_int *m, const weft_blas_int *n, real *a, const weft_blas_int *lda, weft_blas_int *pivots,      \
        weft_blas_int *info);                                                                                          \
    void (*WEFT_SENDABLE getrs)(                                                                                       \
        const char *transpose, const weft_blas_int *n, const weft_blas_int *nrhs, const real *a,                       \
        const weft_blas_int *lda, const weft_blas_int *pivots, real *b, const weft_blas_int *ldb,                      \
        weft_blas_int *info, size_t transpose_length);                                                                 \
    void (*WEFT_SENDABLE getri)(                                                                                       \
        const weft_blas_int *n, real *a, const weft_blas_int *lda, const weft_blas_int *pivots, real *work,            \
        const weft_blas_int *lwork, weft_blas_int *info);                                                              \
    void (*WEFT_SENDABLE gecon)(                                                                                       \
        const char *norm, const weft_blas_int *n, const real *a, const weft_blas_int *lda, const real *anorm,          \
        real *rcond, real *work, weft_blas_int *iwork, weft_blas_int *info, size_t norm_length);                       \
    struct name##_cholesky cholesky;                                                                                   \
    struct name##_qr qr;                                                                                               \
    struct name##_least_squares least_squares;                                                                         \
    struct name##_triangular triangular;                                                                               \
    struct name##_spectral spectral;                                                                                   \
  }

#pragma clang assume_nonnull begin

WEFT_OPENBLAS_CHOLESKY(weft_openblas_float64_cholesky, double);
WEFT_OPENBLAS_CHOLESKY(weft_openblas_float32_cholesky, float);
#undef WEFT_OPENBLAS_CHOLESKY

WEFT_OPENBLAS_QR(weft_openblas_float64_qr, double);
WEFT_OPENBLAS_QR(weft_openblas_float32_qr, float);
#undef WEFT_OPENBLAS_QR

WEFT_OPENBLAS_LEAST_SQUARES(weft_openblas_float64_least_squares, double);
WEFT_OPENBLAS_LEAST_SQUARES(weft_openblas_float32_least_squares, float);
#undef WEFT_OPENBLAS_LEAST_SQUARES

WEFT_OPENBLAS_TRIANGULAR(weft_openblas_float64_triangular, double);
WEFT_OPENBLAS_TRIANGULAR(weft_openblas_float32_triangular, float);
#undef WEFT_OPENBLAS_TRIANGULAR

WEFT_OPENBLAS_ROUTINES(weft_openblas_float64, double);
WEFT_OPENBLAS_ROUTINES(weft_openblas_float32, float);
#undef WEFT_OPENBLAS_ROUTINES

struct WEFT_SENDABLE weft_openblas {
  const char *_Nonnull (*_Nonnull get_config)(void);    // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH … MAX_THREADS=64"
  const char *_Nonnull (*_Nonnull get_corename)(void);  // the kernels in use: "Haswell", "SkylakeX", "Prescott", …
  int (*get_parallel)(void);                            // 0 serial, 1 threads of its own, 2 OpenMP
  int (*get_num_threads)(void);
  void (*set_num_threads)(int threads);
  struct weft_openblas_float64 float64;
  struct weft_openblas_float32 float32;
};

enum weft_openblas_status {
  weft_openblas_opened,
  weft_openblas_not_opened,      // detail: the loader's own words
  weft_openblas_not_openblas,    // detail: the first name that the library does not have
  weft_openblas_wide_integers,   // detail: the library's configuration
  weft_openblas_out_of_memory,
};

enum weft_core_type_source { weft_core_type_by_openblas, weft_core_type_by_user, weft_core_type_by_weft };

struct weft_openblas_opening {
  enum weft_openblas_status status;
  enum weft_core_type_source core_type_source;
  const struct weft_openblas *_Nullable table;  // where `status` is opened; lives as long as the process
  char detail[256];                             // where it is not; always terminated
};

// Opens `library` (a name for the loader's search, or a path with a slash in it). Calls from several threads wait for
// each other. Never closes what it opened.
//
// `core_type` forces OpenBLAS's kernels, unless it is NULL or the user has set `OPENBLAS_CORETYPE`. It stands in the
// environment for the time of the call only, so that no child inherits it; `getenv` on another thread during that time
// is a race that POSIX leaves to the program, and that a CPU which OpenBLAS knows never meets. It has no effect where
// the library is in the process already.
void weft_openblas_open(const char *library, const char *_Nullable core_type, struct weft_openblas_opening *opening);

// What the choice of the core type looks at, as `cpuid` gives it; all zero where the CPU is not an x86-64.
struct weft_openblas_cpu {
  bool is_intel;
  int family;          // base family, without the extended one
  int extended_model;  // the upper four bits of the model
  bool has_avx2_fma;   // and the system saves the 256-bit registers
  bool has_avx512;     // F, CD, BW, DQ and VL, and the system saves the 512-bit registers
};

struct weft_openblas_cpu weft_openblas_this_cpu(void);

// The core type to force on `cpu`, or NULL where OpenBLAS's own choice is to stand.
const char *_Nullable weft_openblas_core_type(struct weft_openblas_cpu cpu);

#pragma clang assume_nonnull end

#endif
