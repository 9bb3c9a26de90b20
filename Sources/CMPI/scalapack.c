// SPDX-License-Identifier: Apache-2.0
#ifdef WEFT_MPI
#include "CScaLAPACK.h"

#include <dlfcn.h>
#include <limits.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

// BLACS and the redistribution are C. PBLAS is C that is called like Fortran, without lengths of texts; the drivers are Fortran,
// with a hidden length for each text behind all arguments.
int Csys2blacs_handle(MPI_Comm communicator);
void Cblacs_gridinit(int *context, const char *order, int rows, int columns);
void Cblacs_gridexit(int context);
void Cpdgemr2d(int m, int n, const double *a, int ia, int ja, const int *desca, double *b, int ib, int jb, const int *descb,
               int context);
void pdgemm_(const char *transa, const char *transb, const int *m, const int *n, const int *k, const double *alpha,
             const double *a, const int *ia, const int *ja, const int *desca, const double *b, const int *ib, const int *jb,
             const int *descb, const double *beta, double *c, const int *ic, const int *jc, const int *descc);
double pdlange_(const char *norm, const int *m, const int *n, const double *a, const int *ia, const int *ja, const int *desca,
                double *work, size_t);
void pdgesv_(const int *n, const int *nrhs, double *a, const int *ia, const int *ja, const int *desca, int *ipiv, double *b,
             const int *ib, const int *jb, const int *descb, int *info);
void pdgecon_(const char *norm, const int *n, const double *a, const int *ia, const int *ja, const int *desca,
              const double *anorm, double *rcond, double *work, const int *lwork, int *iwork, const int *liwork, int *info,
              size_t);
void pdposv_(const char *uplo, const int *n, const int *nrhs, double *a, const int *ia, const int *ja, const int *desca,
             double *b, const int *ib, const int *jb, const int *descb, int *info, size_t);
void pdpocon_(const char *uplo, const int *n, const double *a, const int *ia, const int *ja, const int *desca,
              const double *anorm, double *rcond, double *work, const int *lwork, int *iwork, const int *liwork, int *info,
              size_t);
void pdpotrf_(const char *uplo, const int *n, double *a, const int *ia, const int *ja, const int *desca, int *info, size_t);
void pdgeqrf_(const int *m, const int *n, double *a, const int *ia, const int *ja, const int *desca, double *tau, double *work,
              const int *lwork, int *info);
void pdorgqr_(const int *m, const int *n, const int *k, double *a, const int *ia, const int *ja, const int *desca,
              const double *tau, double *work, const int *lwork, int *info);
void pdlacpy_(const char *uplo, const int *m, const int *n, const double *a, const int *ia, const int *ja, const int *desca,
              double *b, const int *ib, const int *jb, const int *descb, size_t);
void pdgels_(const char *trans, const int *m, const int *n, const int *nrhs, double *a, const int *ia, const int *ja,
             const int *desca, double *b, const int *ib, const int *jb, const int *descb, double *work, const int *lwork,
             int *info, size_t);
void pdsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *ia, const int *ja, const int *desca,
              double *w, double *z, const int *iz, const int *jz, const int *descz, double *work, const int *lwork, int *iwork,
              const int *liwork, int *info, size_t, size_t);
void pdsyev_(const char *jobz, const char *uplo, const int *n, double *a, const int *ia, const int *ja, const int *desca,
             double *w, double *z, const int *iz, const int *jz, const int *descz, double *work, const int *lwork, int *info,
             size_t, size_t);
void pdgesvd_(const char *jobu, const char *jobvt, const int *m, const int *n, double *a, const int *ia, const int *ja,
              const int *desca, double *s, double *u, const int *iu, const int *ju, const int *descu, double *vt,
              const int *ivt, const int *jvt, const int *descvt, double *work, const int *lwork, int *info, size_t, size_t);

// Opened when it is first needed, and not linked: OpenBLAS chooses its kernels when it is loaded, and has to be told which by then
// (COpenBLAS; left to itself, 0.3.21 takes a CPU that it does not know for one of 2004, and is five times as slow). And who only
// computes formulas need not load it.
#define ROUTINES(X) \
  X(Csys2blacs_handle) X(Cblacs_gridinit) X(Cblacs_gridexit) X(Cpdgemr2d) X(pdgemm_) X(pdlange_) \
  X(pdgesv_) X(pdgecon_) X(pdposv_) X(pdpocon_) X(pdpotrf_) X(pdgeqrf_) \
  X(pdorgqr_) X(pdlacpy_) X(pdgels_) X(pdsyevd_) X(pdsyev_) X(pdgesvd_)

static struct {
#define MEMBER(name) __typeof__(&name) name;
  ROUTINES(MEMBER)
} library;

const char *csl_open(const char *name) {
  void *handle = dlopen(name, RTLD_NOW);
  if (!handle) return dlerror();
#define FIND(name) \
  if (!(library.name = (__typeof__(&name))dlsym(handle, #name))) return dlerror();
  ROUTINES(FIND)
  return NULL;
}

static const int one = 1, query = -1;

typedef struct { int words[9]; } descriptor;

static descriptor describe(const csl_blocks *a) {
  const int least = a->local_rows > 1 ? a->local_rows : 1;
  return (descriptor){{1, a->context, a->rows, a->columns, a->row_block, a->column_block, 0, 0, least}};
}

static int smaller(int a, int b) { return a < b ? a : b; }

/// Ends the job: the other ranks are on their way into a routine, and would wait there for this one.
_Noreturn static void give_up(const char *sentence) {
  fprintf(stderr, "weft-mpi: %s: use more ranks\n", sentence);
  MPI_Abort(MPI_COMM_WORLD, 69);
  _Exit(69);
}

static void *allocate(int count, size_t size) {
  void *memory = malloc((size_t)(count < 1 ? 1 : count) * size);
  if (!memory) give_up("there is no memory for ScaLAPACK's workspace");
  return memory;
}

/// How many numbers a routine has said it needs, as a double, which holds those too that an int does not.
static int counted(double wanted) {
  if (!(wanted >= 0 && wanted < INT_MAX)) give_up("ScaLAPACK's workspace has more numbers than it can count, 2147483647");
  return wanted < 1 ? 1 : (int)wanted;
}

int csl_make_grid(int rows, int columns, int *context) {
  // A communicator of its own, where errors end the job: BLACS looks at no error, and would go on with what has not arrived.
  MPI_Comm own;
  int error = MPI_Comm_dup(MPI_COMM_WORLD, &own);
  if (!error) error = MPI_Comm_set_errhandler(own, MPI_ERRORS_ARE_FATAL);
  if (error) return error;
  *context = library.Csys2blacs_handle(own);
  library.Cblacs_gridinit(context, "Row", rows, columns);
  return 0;
}

void csl_free_grid(int context) { library.Cblacs_gridexit(context); }

void csl_copy(int rows, int columns, const csl_blocks *from, int from_row, int from_column, const csl_blocks *to, int to_row,
              int to_column, int all) {
  const descriptor a = describe(from), b = describe(to);
  library.Cpdgemr2d(rows, columns, from->elements, from_row + 1, from_column + 1, a.words, to->elements, to_row + 1, to_column + 1,
            b.words, all);
}

void csl_gemm(bool transposes_a, bool transposes_b, double alpha, const csl_blocks *a, const csl_blocks *b, double beta,
              const csl_blocks *c) {
  const descriptor da = describe(a), db = describe(b), dc = describe(c);
  const int inner = transposes_a ? a->rows : a->columns;
  library.pdgemm_(transposes_a ? "T" : "N", transposes_b ? "T" : "N", &c->rows, &c->columns, &inner, &alpha, a->elements, &one, &one,
          da.words, b->elements, &one, &one, db.words, &beta, c->elements, &one, &one, dc.words);
}

double csl_norm(char kind, const csl_blocks *a) {
  const descriptor d = describe(a);
  // A number for each row or column of this rank, and for a block more.
  double *work = allocate(counted((double)a->local_rows + a->columns + a->row_block), sizeof(double));
  const double norm = library.pdlange_(&kind, &a->rows, &a->columns, a->elements, &one, &one, d.words, work, 1);
  free(work);
  return norm;
}

/// 1/(|A| |A⁻¹|), of factors: `word` is the norm, or the triangle that they stand in.
static int condition(__typeof__(&pdgecon_) routine, const char *word, const csl_blocks *a, double norm, double *reciprocal) {
  const descriptor d = describe(a);
  int icount = 0, info;
  double wanted = 0;
  routine(word, &a->rows, a->elements, &one, &one, d.words, &norm, reciprocal, &wanted, &query, &icount, &query, &info, 1);
  const int count = counted(wanted);
  icount = counted(icount);
  double *work = allocate(count, sizeof(double));
  int *iwork = allocate(icount, sizeof(int));
  routine(word, &a->rows, a->elements, &one, &one, d.words, &norm, reciprocal, work, &count, iwork, &icount, &info, 1);
  free(work);
  free(iwork);
  return info;
}

int csl_gesv(const csl_blocks *a, const csl_blocks *b, double norm, double *reciprocal_condition) {
  const descriptor da = describe(a), db = describe(b);
  int info, *pivots = allocate(counted((double)a->local_rows + a->row_block), sizeof(int));
  library.pdgesv_(&a->rows, &b->columns, a->elements, &one, &one, da.words, pivots, b->elements, &one, &one, db.words, &info);
  free(pivots);
  return info ? info : condition(library.pdgecon_, "1", a, norm, reciprocal_condition);
}

int csl_posv(const csl_blocks *a, const csl_blocks *b, double norm, double *reciprocal_condition) {
  const descriptor da = describe(a), db = describe(b);
  int info;
  library.pdposv_("L", &a->rows, &b->columns, a->elements, &one, &one, da.words, b->elements, &one, &one, db.words, &info, 1);
  return info ? info : condition(library.pdpocon_, "L", a, norm, reciprocal_condition);
}

int csl_potrf(const csl_blocks *a) {
  const descriptor d = describe(a);
  int info;
  library.pdpotrf_("L", &a->rows, a->elements, &one, &one, d.words, &info, 1);
  return info;
}

int csl_qr(const csl_blocks *a, const csl_blocks *r) {
  const descriptor da = describe(a), dr = describe(r);
  const int rank = smaller(a->rows, a->columns);
  int info;
  double wanted = 0, *tau = allocate(counted((double)a->columns + a->column_block), sizeof(double));
  library.pdgeqrf_(&a->rows, &a->columns, a->elements, &one, &one, da.words, tau, &wanted, &query, &info);
  int count = counted(wanted);
  double *work = allocate(count, sizeof(double));
  library.pdgeqrf_(&a->rows, &a->columns, a->elements, &one, &one, da.words, tau, work, &count, &info);
  free(work);
  library.pdlacpy_("U", &rank, &a->columns, a->elements, &one, &one, da.words, r->elements, &one, &one, dr.words, 1);
  library.pdorgqr_(&a->rows, &rank, &rank, a->elements, &one, &one, da.words, tau, &wanted, &query, &info);
  count = counted(wanted);
  work = allocate(count, sizeof(double));
  library.pdorgqr_(&a->rows, &rank, &rank, a->elements, &one, &one, da.words, tau, work, &count, &info);
  free(work);
  free(tau);
  return info;
}

int csl_gels(const csl_blocks *a, const csl_blocks *b) {
  const descriptor da = describe(a), db = describe(b);
  int info;
  double wanted = 0;
  library.pdgels_("N", &a->rows, &a->columns, &b->columns, a->elements, &one, &one, da.words, b->elements, &one, &one, db.words,
          &wanted, &query, &info, 1);
  const int count = counted(wanted);
  double *work = allocate(count, sizeof(double));
  library.pdgels_("N", &a->rows, &a->columns, &b->columns, a->elements, &one, &one, da.words, b->elements, &one, &one, db.words, work,
          &count, &info, 1);
  free(work);
  return info;
}

/// Without vectors: the other routine has no such job.
static int eigenvalues(const csl_blocks *a, double *values) {
  const descriptor d = describe(a);
  int info;
  double wanted = 0;
  library.pdsyev_("N", "L", &a->rows, a->elements, &one, &one, d.words, values, NULL, &one, &one, d.words, &wanted, &query, &info, 1, 1);
  const int count = counted(wanted);
  double *work = allocate(count, sizeof(double));
  library.pdsyev_("N", "L", &a->rows, a->elements, &one, &one, d.words, values, NULL, &one, &one, d.words, work, &count, &info, 1, 1);
  free(work);
  return info;
}

int csl_syev(const csl_blocks *a, double *values, const csl_blocks *z) {
  if (!z) return eigenvalues(a, values);
  const descriptor da = describe(a), dz = describe(z);
  int info, icount = 0;
  double wanted = 0;
  library.pdsyevd_("V", "L", &a->rows, a->elements, &one, &one, da.words, values, z->elements, &one, &one, dz.words, &wanted, &query,
           &icount, &query, &info, 1, 1);
  // What it says is too little for PDORMTR inside of it (2.2.1: of 1 row, or of 200 on 2x2; it then fails, and nobody hears of
  // it), whose need is added.
  const double block = a->row_block;
  wanted += (a->local_rows + z->local_columns + 3 * block) * block + 3.0 * a->rows;
  const int count = counted(wanted);
  icount = counted(icount);
  double *work = allocate(count, sizeof(double));
  int *iwork = allocate(icount, sizeof(int));
  library.pdsyevd_("V", "L", &a->rows, a->elements, &one, &one, da.words, values, z->elements, &one, &one, dz.words, work, &count, iwork,
           &icount, &info, 1, 1);
  free(work);
  free(iwork);
  return info;
}

int csl_gesvd(const csl_blocks *a, double *values, const csl_blocks *u, const csl_blocks *vt) {
  const descriptor da = describe(a), du = describe(u ? u : a), dvt = describe(vt ? vt : a);
  const char *job = u ? "V" : "N";
  double wanted = 0, *left = u ? u->elements : NULL, *right = vt ? vt->elements : NULL;
  int info;
  library.pdgesvd_(job, job, &a->rows, &a->columns, a->elements, &one, &one, da.words, values, left, &one, &one, du.words, right, &one,
           &one, dvt.words, &wanted, &query, &info, 1, 1);
  const int count = counted(wanted);
  double *work = allocate(count, sizeof(double));
  library.pdgesvd_(job, job, &a->rows, &a->columns, a->elements, &one, &one, da.words, values, left, &one, &one, du.words, right, &one,
           &one, dvt.words, work, &count, &info, 1, 1);
  free(work);
  return info;
}
#endif
