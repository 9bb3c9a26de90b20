// SPDX-License-Identifier: Apache-2.0
//
// The limit of linear algebra: the routines of OpenBLAS that Weft calls, called from C. Arguments, flags and workspaces are Weft's
// own (Sources/LinearAlgebra/Routines*.swift); memory and workspaces are there already, nothing is checked.
//
//     raw_openblas CONFIGURATION THREADS       what OpenBLAS has to say of itself, and its threads: those of the harness
//
// The harness puts OPENBLAS_CORETYPE and OPENBLAS_NUM_THREADS into the environment, and the arguments show that they were obeyed:
// with other kernels the comparison would mean nothing. Requests `TASK SIZE RUNS` on standard input: resident.h; `=TASK SIZE 1`
// answers with a number that stands for the result (Agreement.swift), so that the harness can compare what was computed.
//
// In place: what the routine overwrites is restored before the clock starts. Copying: the copy is in the time.
#include "resident.h"
#include "matrix.h"

#include <cblas.h>
#include <math.h>

// LAPACK in gfortran's convention, which no header of Debian's OpenBLAS declares: lengths of characters at the end.
extern void dgetrf_(int *m, int *n, double *a, int *lda, int *pivots, int *info);
extern void dgetrs_(char *op, int *n, int *nrhs, double *a, int *lda, int *pivots, double *b, int *ldb, int *info, size_t);
extern void dpotrf_(char *triangle, int *n, double *a, int *lda, int *info, size_t);
extern void dpotrs_(char *triangle, int *n, int *nrhs, double *a, int *lda, double *b, int *ldb, int *info, size_t);
extern void dgeqrf_(int *m, int *n, double *a, int *lda, double *tau, double *work, int *lwork, int *info);
extern void dsyevd_(
    char *job, char *triangle, int *n, double *a, int *lda, double *w, double *work, int *lwork, int *iwork, int *liwork, int *info,
    size_t, size_t);
extern void dgesdd_(
    char *job, int *m, int *n, double *a, int *lda, double *s, double *u, int *ldu, double *vt, int *ldvt, double *work, int *lwork,
    int *iwork, int *info, size_t);

static int n;
static size_t n2;
static double *a, *b, *symmetric;              // inputs; row 0 of b is also the right-hand side
static double *c, *u, *vt, *x, *values, *work; // results; c is also the copy that is overwritten
static int *integers;

static void copy_general(void) {
  memcpy(c, a, n2 * sizeof(double));
  memcpy(x, b, n * sizeof(double));
}

/// Positive definite by a dominant diagonal.
static void copy_positive(void) {
  memcpy(c, symmetric, n2 * sizeof(double));
  memcpy(x, b, n * sizeof(double));
  for (int i = 0; i < n; ++i) c[i * (n + 1L)] += n;
}

/// In LAPACK's order, in which Weft puts its copy within the time.
static void copy_transposed(void) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) c[j * (size_t)n + i] = a[i * (size_t)n + j];
}

static int multiply(void) {
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, c, n);
  return 0;
}

// LAPACK sees the transpose of a row-major matrix: hence the letters.
static int solve(void) {
  int one = 1, info;
  dgetrf_(&n, &n, c, &n, integers, &info);
  if (info == 0) dgetrs_("T", &n, &one, c, &n, integers, x, &n, &info, 1);
  return info;
}

static int cholesky(void) {
  int one = 1, info;
  dpotrf_("U", &n, c, &n, &info, 1);
  if (info == 0) dpotrs_("U", &n, &one, c, &n, x, &n, &info, 1);
  return info;
}

static int qr(void) {
  int work_count = 32 * n, info;
  dgeqrf_(&n, &n, c, &n, values, work, &work_count, &info);
  return info;
}

static int eigh(void) {
  int work_count = 1 + 70 * n + 2 * n * n, integer_count = 3 + 5 * n, info;
  memcpy(c, symmetric, n2 * sizeof(double));
  dsyevd_("V", "L", &n, c, &n, values, work, &work_count, integers, &integer_count, &info, 1, 1);
  return info;
}

static int svd(void) {
  int work_count = 4 * n * n + 10 * n + 64 * 2 * n, info;
  memcpy(c, a, n2 * sizeof(double));
  dgesdd_("S", &n, &n, c, &n, values, vt, &n, u, &n, work, &work_count, integers, &info, 1);
  return info;
}

static double magnitudes(const double *v, size_t count, size_t step) {
  double sum = 0;
  for (size_t k = 0; k < count; ++k) sum += fabs(v[k * step]);
  return sum;
}

static double of_product(void) { return magnitudes(c, n2, 1); }
static double of_solution(void) { return magnitudes(x, n, 1); }
static double of_diagonal(void) { return magnitudes(c, n, n + 1); }
static double of_values(void) { return magnitudes(values, n, 1); }

static const struct task {
  const char *name;
  void (*restore)(void);
  int (*run)(void);
  double (*result)(void);
} tasks[] = {
    {"multiply", NULL, multiply, of_product},
    {"solve", copy_general, solve, of_solution},
    {"cholesky", copy_positive, cholesky, of_solution},
    {"qr", copy_transposed, qr, of_diagonal},
    {"eigh", NULL, eigh, of_values},
    {"svd", NULL, svd, of_values},
};

double run_once(const char *name, long size) {
  (void)size;
  int wants_result = name[0] == '=';
  for (const struct task *task = tasks; task < tasks + sizeof tasks / sizeof *tasks; ++task) {
    if (strcmp(task->name, name + wants_result) != 0) continue;
    if (task->restore) task->restore();
    double start = now();
    int info = task->run();
    double seconds = now() - start;
    return info ? -1 : wants_result ? task->result() : seconds;
  }
  return -1;
}

int prepare(long size) {
  double **all[] = {&a, &b, &symmetric, &c, &u, &vt, &x, &values, &work};
  const size_t count = sizeof all / sizeof *all;
  n = (int)size;
  n2 = (size_t)size * size;
  for (size_t k = 0; k < count; ++k) {
    size_t room = all[k] == &work ? 4 * n2 + 256 * n : all[k] == &x || all[k] == &values ? (size_t)n : n2;
    free(*all[k]);
    if (!(*all[k] = new_numbers(room))) return -1;
    memset(*all[k], 0, room * sizeof(double));
  }
  free(integers);
  if (!(integers = calloc(8 * size + 3, sizeof(int)))) return -1;
  fill_numbers(a, n2, 0);
  fill_numbers(b, n2, n2);
  for (long i = 0; i < size; ++i) {
    for (long j = 0; j < size; ++j) symmetric[i * size + j] = (a[i * size + j] + a[j * size + i]) / 2;
  }
  return 0;
}

int main(int argument_count, char **arguments) {
  if (argument_count < 3) return 64;
  if (strcmp(openblas_get_config(), arguments[1]) != 0 || openblas_get_num_threads() != strtol(arguments[2], NULL, 10)) {
    fprintf(stderr, "raw_openblas: this is %s, %d threads\n", openblas_get_config(), openblas_get_num_threads());
    return 69;
  }
  return serve();
}
