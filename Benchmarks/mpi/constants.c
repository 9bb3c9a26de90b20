// SPDX-License-Identifier: Apache-2.0
//
// The constants of the scaling model (Sources/Weft/Distributed/ScalingConstants.swift), measured: what run.sh builds and starts
// under mpirun. Every figure is the best of several: whatever else runs on the machine makes a figure worse, never better.
//
//     constants none                     joins the job and leaves it: what a launch takes
//     constants network                  two ranks: seconds of a message of 8 bytes, seconds for a word of a long message
//     constants flops                    dgemm by the first rank alone, then by all at once: a square product, and what ScaLAPACK
//                                        calls for most of its flops, an update of a large block by NB columns and rows
//     constants write FILE BYTES         every rank writes BYTES of one file, 2 MiB at a time, and waits for the disk
//
// Output: a JSON object a line, by rank 0.
#include <cblas.h>
#include <fcntl.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int rank, count;

static double largest(double own) {
  double all;
  MPI_Allreduce(&own, &all, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
  return all;
}

/// Seconds of one way of a message there and back.
static double ping_pong(char *bytes, int length, int times) {
  MPI_Barrier(MPI_COMM_WORLD);
  const double start = MPI_Wtime();
  for (int i = 0; i < times; i++) {
    if (rank == 0) {
      MPI_Send(bytes, length, MPI_BYTE, 1, 0, MPI_COMM_WORLD);
      MPI_Recv(bytes, length, MPI_BYTE, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else if (rank == 1) {
      MPI_Recv(bytes, length, MPI_BYTE, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      MPI_Send(bytes, length, MPI_BYTE, 0, 0, MPI_COMM_WORLD);
    }
  }
  return (MPI_Wtime() - start) / times / 2;
}

/// The least of `times` measurements, fewer where they take more than 5 seconds: a busy machine makes each message wait for a CPU.
static double best_ping_pong(char *bytes, int length, int messages, int times) {
  const double start = MPI_Wtime();
  double best = 1;
  for (int i = 0, goes_on = 1; i < times && goes_on; i++) {
    const double seconds = ping_pong(bytes, length, messages);
    if (seconds < best) best = seconds;
    goes_on = MPI_Wtime() - start < 5;
    MPI_Bcast(&goes_on, 1, MPI_INT, 0, MPI_COMM_WORLD);
  }
  return best;
}

static void network(void) {
  enum { length = 16 << 20 };
  char *bytes = calloc(length, 1);
  const double latency = best_ping_pong(bytes, 8, 500, 40), whole = best_ping_pong(bytes, length, 4, 10);
  if (!rank)
    printf("{\"what\": \"network\", \"latency\": %.3g, \"secondsPerWord\": %.3g, \"bytesPerSecond\": %.4g}\n", latency,
           8 * whole / length, length / whole);
}

/// Flops a second of C += A·B, m×n by k terms.
static double product(int m, int n, int k, double *a, double *b, double *c) {
  const double start = MPI_Wtime();
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, a, m, b, k, 1, c, m);
  return 2.0 * m * n * k / (MPI_Wtime() - start);
}

/// Flops a second of a factorization's panel, column by column: what one column of ranks does while the others wait. m·NB² of
/// them, in operations on vectors.
static double panel(int m, int columns, double *a, double *b) {
  memcpy(a, b, sizeof(double) * m * columns);
  const double start = MPI_Wtime();
  for (int j = 0; j < columns; j++) {
    double *column = a + (long)j * m;
    const int pivot = j + (int)cblas_idamax(m - j, column + j, 1);
    if (pivot != j) cblas_dswap(columns, a + j, m, a + pivot, m);
    cblas_dscal(m - j - 1, 1 / column[j], column + j + 1, 1);
    cblas_dger(CblasColMajor, m - j - 1, columns - j - 1, -1, column + j + 1, 1, column + m + j, m, column + m + j + 1, m);
  }
  return (double)m * columns * columns / (MPI_Wtime() - start);
}

static void flops(void) {
  enum { size = 2000, block = 64 };
  double *a = malloc(8 * size * size), *b = malloc(8 * size * size), *c = malloc(8 * size * size);
  for (int i = 0; i < size * size; i++) a[i] = b[i] = c[i] = 1.0 / (i + 1);
  for (int all = 0; all < (count > 1 ? 2 : 1); all++) {
    double square = 0, update = 0, steps = 0;
    for (int i = 0; i < 12; i++) {
      double rate = all || !rank ? product(size, size, size, a, b, c) : 1e30;
      rate = -largest(-rate);  // the slowest of those that compute
      if (rate > square) square = rate;
      MPI_Barrier(MPI_COMM_WORLD);
      rate = 0;
      for (int j = 0; j < 10 && (all || !rank); j++) rate += product(size, size, block, a, b, c) / 10;
      if (!all && rank) rate = 1e30;
      rate = -largest(-rate);
      if (rate > update) update = rate;
      MPI_Barrier(MPI_COMM_WORLD);
      for (int j = 0; j < 10 && !rank; j++) {
        for (int k = 0; k < size * block; k++) b[k] = drand48() - 0.5;
        rate = panel(size, block, a, b);
        if (rate > steps) steps = rate;
      }
      MPI_Barrier(MPI_COMM_WORLD);
    }
    if (!rank)
      printf("{\"what\": \"flops\", \"ranksAtOnce\": %d, \"square\": %.4g, \"update\": %.4g, \"panel\": %.4g}\n", all ? count : 1, square,
             update, steps);
  }
}

static void write_file(const char *path, long bytes) {
  enum { piece = 2 << 20 };
  char *data = malloc(piece);
  memset(data, 7, piece);
  double best = 1e30, copy = 1e30;
  for (int i = 0; i < 5; i++) {
    if (!rank) {
      unlink(path);
      const int made = open(path, O_CREAT | O_WRONLY, 0600);
      if (made < 0 || posix_fallocate(made, 0, bytes * count)) MPI_Abort(MPI_COMM_WORLD, 74);
      close(made);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    const int file = open(path, O_WRONLY);
    const double start = MPI_Wtime();
    // As ranks do: every count-th piece.
    for (long at = 0; at < bytes; at += piece)
      if (pwrite(file, data, piece, (at / piece * count + rank) * piece) != piece) MPI_Abort(MPI_COMM_WORLD, 74);
    const double copied = largest(MPI_Wtime() - start);
    if (fsync(file)) MPI_Abort(MPI_COMM_WORLD, 74);
    const double seconds = largest(MPI_Wtime() - start);
    if (seconds < best) best = seconds;
    if (copied < copy) copy = copied;
    close(file);
    MPI_Barrier(MPI_COMM_WORLD);
  }
  if (!rank) {
    unlink(path);
    printf("{\"what\": \"write\", \"ranks\": %d, \"bytesPerSecond\": %.4g, \"withoutSync\": %.4g}\n", count,
           (double)bytes * count / best, (double)bytes * count / copy);
  }
}

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &count);
  const char *what = argc > 1 ? argv[1] : "none";
  if (!strcmp(what, "network") && count == 2) network();
  if (!strcmp(what, "flops")) flops();
  if (!strcmp(what, "write") && argc == 4) write_file(argv[2], atol(argv[3]));
  MPI_Finalize();
  return 0;
}
