// SPDX-License-Identifier: Apache-2.0
//
// LAPACK's orthogonal factorizations of one element type. Included by COpenBLAS.h, which says how arguments are passed.
//
//   gelqf  A = L·Q in place, A of m×n: L on and below the diagonal, the reflectors whose product Q is, above it
//   geqp3  A·P = Q·R in place: R above, the reflectors below the diagonal. jpvt all 0: column i of A·P is jpvt[i]
//   orglq  The first m rows of Q, which has n columns, in place of k reflectors
//   ormlq  C ← op(Q)·C or C·op(Q), C of m×n, from k reflectors, which are written to and restored
#define WEFT_OPENBLAS_QR(name, real)                                                                                   \
  struct WEFT_SENDABLE name {                                                                                          \
    void (*WEFT_SENDABLE gelqf)(                                                                                       \
        const weft_blas_int *m, const weft_blas_int *n, real *a, const weft_blas_int *lda, real *tau, real *work,      \
        const weft_blas_int *lwork, weft_blas_int *info);                                                              \
    void (*WEFT_SENDABLE geqp3)(                                                                                       \
        const weft_blas_int *m, const weft_blas_int *n, real *a, const weft_blas_int *lda, weft_blas_int *jpvt,        \
        real *tau, real *work, const weft_blas_int *lwork, weft_blas_int *info);                                       \
    void (*WEFT_SENDABLE orglq)(                                                                                       \
        const weft_blas_int *m, const weft_blas_int *n, const weft_blas_int *k, real *a, const weft_blas_int *lda,     \
        const real *tau, real *work, const weft_blas_int *lwork, weft_blas_int *info);                                 \
    void (*WEFT_SENDABLE ormlq)(                                                                                       \
        const char *side, const char *transpose, const weft_blas_int *m, const weft_blas_int *n,                       \
        const weft_blas_int *k, real *a, const weft_blas_int *lda, const real *tau, real *c, const weft_blas_int *ldc, \
        real *work, const weft_blas_int *lwork, weft_blas_int *info, size_t side_length, size_t transpose_length);     \
  }
