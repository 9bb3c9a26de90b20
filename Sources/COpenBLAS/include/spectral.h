// SPDX-License-Identifier: Apache-2.0
//
// LAPACK's singular values and eigenvalues. Part of COpenBLAS.h, which includes it inside its own declarations.
//
//   gesdd  A = U·Σ·Vᵀ by divide and conquer. info > 0: it did not converge
//   gesvd  The same by QR iteration: slower, and it converges where gesdd does not
//   syevd  A = V·Λ·Vᵀ for a symmetric A, of which one triangle is read. info > 0: it did not converge
//   geev   Eigenvalues and, in vl, the left eigenvectors of A. info > 0: the first info of them did not converge
//   gees   A = Z·T·Zᵀ with T upper quasi-triangular. `select` and `bwork` are not used without sorting
//   trsyl  X with op(A)·X + sign·X·op(B) = scale·C, A and B as gees leaves T. info = 1: sums of eigenvalues vanish nearly

#ifndef WEFT_COPENBLAS_SPECTRAL_H
#define WEFT_COPENBLAS_SPECTRAL_H

#define WEFT_OPENBLAS_SPECTRAL(name, real)                                                                             \
  struct WEFT_SENDABLE name {                                                                                          \
    void (*WEFT_SENDABLE gesdd)(                                                                                       \
        const char *job, const weft_blas_int *m, const weft_blas_int *n, real *a, const weft_blas_int *lda, real *s,   \
        real *u, const weft_blas_int *ldu, real *vt, const weft_blas_int *ldvt, real *work,                            \
        const weft_blas_int *lwork, weft_blas_int *iwork, weft_blas_int *info, size_t job_length);                     \
    void (*WEFT_SENDABLE gesvd)(                                                                                       \
        const char *job_u, const char *job_vt, const weft_blas_int *m, const weft_blas_int *n, real *a,                \
        const weft_blas_int *lda, real *s, real *u, const weft_blas_int *ldu, real *vt, const weft_blas_int *ldvt,     \
        real *work, const weft_blas_int *lwork, weft_blas_int *info, size_t job_u_length, size_t job_vt_length);       \
    void (*WEFT_SENDABLE syevd)(                                                                                       \
        const char *job, const char *triangle, const weft_blas_int *n, real *a, const weft_blas_int *lda, real *w,     \
        real *work, const weft_blas_int *lwork, weft_blas_int *iwork, const weft_blas_int *liwork,                     \
        weft_blas_int *info, size_t job_length, size_t triangle_length);                                               \
    void (*WEFT_SENDABLE geev)(                                                                                        \
        const char *job_vl, const char *job_vr, const weft_blas_int *n, real *a, const weft_blas_int *lda, real *wr,   \
        real *wi, real *vl, const weft_blas_int *ldvl, real *vr, const weft_blas_int *ldvr, real *work,                \
        const weft_blas_int *lwork, weft_blas_int *info, size_t job_vl_length, size_t job_vr_length);                  \
    void (*WEFT_SENDABLE gees)(                                                                                        \
        const char *job_vs, const char *sort, const void *_Nullable select, const weft_blas_int *n, real *a,           \
        const weft_blas_int *lda, weft_blas_int *sdim, real *wr, real *wi, real *vs, const weft_blas_int *ldvs,        \
        real *work, const weft_blas_int *lwork, weft_blas_int *_Nullable bwork, weft_blas_int *info,                   \
        size_t job_vs_length, size_t sort_length);                                                                     \
    void (*WEFT_SENDABLE trsyl)(                                                                                       \
        const char *transpose_a, const char *transpose_b, const weft_blas_int *sign, const weft_blas_int *m,           \
        const weft_blas_int *n, const real *a, const weft_blas_int *lda, const real *b, const weft_blas_int *ldb,      \
        real *c, const weft_blas_int *ldc, real *scale, weft_blas_int *info, size_t transpose_a_length,                \
        size_t transpose_b_length);                                                                                    \
  }

#pragma clang assume_nonnull begin

WEFT_OPENBLAS_SPECTRAL(weft_openblas_float64_spectral, double);
WEFT_OPENBLAS_SPECTRAL(weft_openblas_float32_spectral, float);
#undef WEFT_OPENBLAS_SPECTRAL

#pragma clang assume_nonnull end

#endif
