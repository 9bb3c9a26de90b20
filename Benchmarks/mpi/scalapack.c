// SPDX-License-Identifier: Apache-2.0
//
// A product and a solution by ScaLAPACK alone, timed: what the scaling model's formulas for them are held against where the
// program has no such commands. Built and run by check.py.
//
//     scalapack multiply N | solve N          under mpirun; a JSON object by rank 0
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void Cblacs_get(int, int, int *);
void Cblacs_gridinit(int *, const char *, int, int);
void Cblacs_gridinfo(int, int *, int *, int *, int *);
void Cblacs_gridexit(int);
int numroc_(const int *, const int *, const int *, const int *, const int *);
void descinit_(int *, const int *, const int *, const int *, const int *, const int *, const int *, const int *, const int *,
               int *);
void pdgemm_(const char *, const char *, const int *, const int *, const int *, const double *, const double *, const int *,
             const int *, const int *, const double *, const int *, const int *, const int *, const double *, double *,
             const int *, const int *, const int *);
void pdgesv_(const int *, const int *, double *, const int *, const int *, const int *, int *, double *, const int *,
             const int *, const int *, int *);

enum { block = 64 };
static const int zero = 0, one = 1, nb = block;

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  int rank, ranks, context, rows = 1, columns, row, column, info;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  const int solves = argc > 1 && !strcmp(argv[1], "solve"), n = argc > 2 ? atoi(argv[2]) : 1000;
  for (int r = 1; r * r <= ranks; r++)
    if (ranks % r == 0) rows = r;
  columns = ranks / rows;
  Cblacs_get(-1, 0, &context);
  Cblacs_gridinit(&context, "R", rows, columns);
  Cblacs_gridinfo(context, &rows, &columns, &row, &column);
  const int high = numroc_(&n, &nb, &row, &zero, &rows), wide = numroc_(&n, &nb, &column, &zero, &columns);
  const int lead = high > 1 ? high : 1;
  int described[9];
  descinit_(described, &n, &n, &nb, &nb, &zero, &zero, &context, &lead, &info);
  double best = 1e30;
  for (int turn = 0; turn < 3; turn++) {
    const long count = (long)high * wide;
    double *a = malloc(8 * (count + 1)), *b = malloc(8 * (count + 1)), *c = calloc(count + 1, 8);
    for (long i = 0; i < count; i++) a[i] = drand48() - 0.5, b[i] = drand48() - 0.5;
    int *pivots = malloc(sizeof(int) * (lead + block));
    MPI_Barrier(MPI_COMM_WORLD);
    const double start = MPI_Wtime(), factor = 1, none = 0;
    if (solves)
      pdgesv_(&n, &one, a, &one, &one, described, pivots, b, &one, &one, described, &info);
    else
      pdgemm_("N", "N", &n, &n, &n, &factor, a, &one, &one, described, b, &one, &one, described, &none, c, &one, &one,
              described);
    double seconds = MPI_Wtime() - start, slowest;
    MPI_Allreduce(&seconds, &slowest, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    if (slowest < best) best = slowest;
    free(a), free(b), free(c), free(pivots);
  }
  if (!rank)
    printf("{\"task\": \"%s\", \"size\": %d, \"ranks\": %d, \"grid\": [%d, %d], \"seconds\": %.6g}\n",
           solves ? "solve" : "multiply", n, ranks, rows, columns, best);
  Cblacs_gridexit(context);
  MPI_Finalize();
  return 0;
}
