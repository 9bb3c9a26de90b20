// SPDX-License-Identifier: Apache-2.0
//
// LAPACK's orthogonal factorizations of one element type. Included by COpenBLAS.h, which says how arguments are passed.
//
//   geqrf  A = Q·R in place, A of m×n: R on and above the diagonal, the reflectors whose product Q is, below it
//   geqp3  A·P = Q·R, likewise. jpvt all 0: column i of A·P is jpvt[i]
//   orgqr  The first n columns of Q, which has m rows, in place of k reflectors
//   ormqr  C ← op(Q)·C or C·op(Q), C of m×n, from k reflectors, which are written to and restored
#define WEFT_OPENBLAS_QR(name, real)                                                                                   \
  struct WEFT_SENDABLE name {                                                                                          \
    void (*WEFT_SENDABLE geqrf)(                                                                                       \
        const weft_blas_int *m, const weft_blas_int *n, real *a, const weft_blas_int *lda, real *tau, real *work,      \
        const weft_blas_int *lwork, weft_blas_int *info);                                                              \
    void (*WEFT_SENDABLE geqp3)(                                                                                       \
        const weft_blas_int *m, const weft_blas_int *n, real *a, const weft_blas_int *lda, weft_blas_int *jpvt,        \
        real *tau, real *work, const weft_blas_int *lwork, weft_blas_int *info);                                       \
    void (*WEFT_SENDABLE orgqr)(                                                                                       \
        const weft_blas_int *m, const weft_blas_int *n, const weft_blas_int *k, real *a, const weft_blas_int *lda,     \
        const real *tau, real *work, const weft_blas_int *lwork, weft_blas_int *info);                                 \
    void (*WEFT_SENDABLE ormqr)(                                                                                       \
        const char *side, const char *transpose, const weft_blas_int *m, const weft_blas_int *n,                       \
        const weft_blas_int *k, real *a, const weft_blas_int *lda, const real *tau, real *c, const weft_blas_int *ldc, \
        real *work, const weft_blas_int *lwork, weft_blas_int *info, size_t side_length, size_t transpose_length);     \
  }
