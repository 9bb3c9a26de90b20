// SPDX-License-Identifier: Apache-2.0
//
// LAPACK's Cholesky routines of one element type. Included by COpenBLAS.h, which says how arguments are passed.
//
//   potrf  A = Uᵀ·U or L·Lᵀ in place, one triangle only. info = k > 0: the leading minor of order k is not positive
//   potrs  X with A·X = B, in place of B, from the factor
//   potri  One triangle of A⁻¹ in place of the factor
//   pocon  An estimate of 1 / (‖A‖₁·‖A⁻¹‖₁) from the factor and anorm = ‖A‖₁
#define WEFT_OPENBLAS_CHOLESKY(name, real)                                                                             \
  struct WEFT_SENDABLE name {                                                                                          \
    void (*WEFT_SENDABLE potrf)(                                                                                       \
        const char *triangle, const weft_blas_int *n, real *a, const weft_blas_int *lda, weft_blas_int *info,          \
        size_t triangle_length);                                                                                       \
    void (*WEFT_SENDABLE potrs)(                                                                                       \
        const char *triangle, const weft_blas_int *n, const weft_blas_int *nrhs, const real *a,                        \
        const weft_blas_int *lda, real *b, const weft_blas_int *ldb, weft_blas_int *info, size_t triangle_length);     \
    void (*WEFT_SENDABLE potri)(                                                                                       \
        const char *triangle, const weft_blas_int *n, real *a, const weft_blas_int *lda, weft_blas_int *info,          \
        size_t triangle_length);                                                                                       \
    void (*WEFT_SENDABLE pocon)(                                                                                       \
        const char *triangle, const weft_blas_int *n, const real *a, const weft_blas_int *lda, const real *anorm,      \
        real *rcond, real *work, weft_blas_int *iwork, weft_blas_int *info, size_t triangle_length);                   \
  }
