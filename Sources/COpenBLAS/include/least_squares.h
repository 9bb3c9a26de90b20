// SPDX-License-Identifier: Apache-2.0
//
// LAPACK's least squares by singular values. Included by COpenBLAS.h, which says how arguments are passed.
//
//   gelsd  The X of smallest ‖X‖ among those with the smallest ‖A·X - B‖, in place of B of max(m, n)×nrhs; s the singular
//          values; those up to rcond·s₁ count as zero. info > 0: so many of them did not converge
#define WEFT_OPENBLAS_LEAST_SQUARES(name, real)                                                                        \
  struct WEFT_SENDABLE name {                                                                                          \
    void (*WEFT_SENDABLE gelsd)(                                                                                       \
        const weft_blas_int *m, const weft_blas_int *n, const weft_blas_int *nrhs, real *a, const weft_blas_int *lda,  \
        real *b, const weft_blas_int *ldb, real *s, const real *rcond, weft_blas_int *rank, real *work,                \
        const weft_blas_int *lwork, weft_blas_int *iwork, weft_blas_int *info);                                        \
  }
