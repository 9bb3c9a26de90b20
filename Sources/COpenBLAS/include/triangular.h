// SPDX-License-Identifier: Apache-2.0
//
// LAPACK's triangular routines of one element type. Included by COpenBLAS.h, which says how arguments are passed.
//
//   trtri  T⁻¹ in place, one triangle only. info > 0: that diagonal element, counted from 1, is exactly zero
//   trcon  An estimate of 1 / (‖T‖·‖T⁻¹‖)
#define WEFT_OPENBLAS_TRIANGULAR(name, real)                                                                           \
  struct WEFT_SENDABLE name {                                                                                          \
    void (*WEFT_SENDABLE trtri)(                                                                                       \
        const char *triangle, const char *diagonal, const weft_blas_int *n, real *a, const weft_blas_int *lda,         \
        weft_blas_int *info, size_t triangle_length, size_t diagonal_length);                                          \
    void (*WEFT_SENDABLE trcon)(                                                                                       \
        const char *norm, const char *triangle, const char *diagonal, const weft_blas_int *n, const real *a,           \
        const weft_blas_int *lda, real *rcond, real *work, weft_blas_int *iwork, weft_blas_int *info,                  \
        size_t norm_length, size_t triangle_length, size_t diagonal_length);                                           \
  }
