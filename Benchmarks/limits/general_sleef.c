// SPDX-License-Identifier: Apache-2.0
//
// The hand-written rival on the headline formula and on the six general ones: C, OpenMP, SLEEF, with AVX-512 where the CPU has it
// and AVX2 elsewhere. Private memory, all of it touched before. What it writes is not checked.
//
//     OMP_NUM_THREADS=2 general_sleef            then requests on standard input: resident.h
//     general_sleef --kernels                    prints which instruction set it takes
#include "general.h"
#include "resident.h"

static const struct general_case *cases;
static double *matrix;

int prepare(long size) {
  if (size % 8) return -1;
  free(matrix);
  matrix = aligned_alloc(64, (size_t)size * size * sizeof(double));
  if (!matrix) return -1;
  for (long k = 0; k < size * size; ++k) matrix[k] = 1;
  return 0;
}

double run_once(const char *name, long size) {
  for (const struct general_case *it = cases; it->name; ++it) {
    if (strcmp(it->name, name) != 0) continue;
    double start = now();
    it->fill(matrix, size);
    return now() - start;
  }
  return -1;
}

int main(int argument_count, char **arguments) {
  __builtin_cpu_init();
  int has_avx512 = __builtin_cpu_supports("avx512f");
  if (!has_avx512 && !(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))) {
    fprintf(stderr, "this CPU has neither AVX-512 nor AVX2\n");
    return 69;
  }
  cases = has_avx512 ? general_avx512 : general_avx2;
  if (argument_count > 1 && strcmp(arguments[1], "--kernels") == 0) {
    printf("%s\n", has_avx512 ? "avx512" : "avx2");
    return 0;
  }
  return serve();
}
