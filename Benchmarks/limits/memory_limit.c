// SPDX-License-Identifier: Apache-2.0
//
// The memory's limit for passes over matrices that one process has to itself: nothing is computed that could take longer than the
// bytes need.
//
//     memory_limit THREADS                     requests `CASE SIZE RUNS` on standard input: resident.h
//
//     read     all of a
//     update   a ← a + b: two matrices read, one written
//     copy     memcpy from a to c
//     fresh    memcpy from a into new memory, in huge pages where the kernel gives them; making it is in the time, since the kernel
//              makes its pages when they are written first
//     add      as `fresh`, a + b
#include "resident.h"
#include "matrix.h"

#include <omp.h>

/// The widest registers that the CPU has, chosen when the program is loaded; without them, loops would wait for arithmetic and not
/// for memory.
#define EACH_CPU __attribute__((target_clones("avx512f", "avx2", "default")))

typedef double wide __attribute__((vector_size(64)));
#define LANES (sizeof(wide) / sizeof(double))

static int thread_count;
static size_t count; // elements of a matrix
static double *a, *b, *c;
static volatile double sink;

/// Eight sums, so that none waits for the one before it.
EACH_CPU static double read_part(const double *from, size_t count) {
  wide sums[8] = {{0}};
  const wide *v = (const wide *)from;
  for (size_t k = 0; k + 8 <= count / LANES; k += 8) {
    for (int s = 0; s < 8; ++s) sums[s] += v[k + s];
  }
  double sum = 0;
  for (int s = 0; s < 8; ++s) {
    for (size_t lane = 0; lane < LANES; ++lane) sum += sums[s][lane];
  }
  return sum;
}

EACH_CPU static void add_part(double *to, const double *left, const double *right, size_t count) {
  for (size_t k = 0; k < count / LANES; ++k) ((wide *)to)[k] = ((const wide *)left)[k] + ((const wide *)right)[k];
}

/// Whole registers for each thread; sizes of the harness are multiples of eight of them.
static void pass(const char *name, double *target) {
  double sum = 0;
#pragma omp parallel num_threads(thread_count) reduction(+ : sum)
  {
    size_t unit = 8 * LANES, units = count / unit, part = omp_get_thread_num();
    size_t first = units * part / thread_count * unit, length = units * (part + 1) / thread_count * unit - first;
    if (strcmp(name, "read") == 0) {
      sum += read_part(a + first, length);
    } else if (strcmp(name, "update") == 0) {
      add_part(a + first, a + first, b + first, length);
    } else if (strcmp(name, "add") == 0) {
      add_part(target + first, a + first, b + first, length);
    } else {
      memcpy(target + first, a + first, length * sizeof(double));
    }
  }
  sink = sum;
}

int prepare(long size) {
  double **all[] = {&a, &b, &c};
  count = (size_t)size * size;
  for (size_t k = 0; k < sizeof all / sizeof *all; ++k) {
    free(*all[k]);
    if (!(*all[k] = new_numbers(count))) return -1;
    fill_numbers(*all[k], count, k * count);
  }
  return 0;
}

static int is_known(const char *name) {
  static const char *names[] = {"read", "update", "copy", "fresh", "add"};
  for (size_t k = 0; k < sizeof names / sizeof *names; ++k) {
    if (strcmp(name, names[k]) == 0) return 1;
  }
  return 0;
}

double run_once(const char *name, long size) {
  (void)size;
  if (!is_known(name)) return -1;
  int is_fresh = strcmp(name, "fresh") == 0 || strcmp(name, "add") == 0;
  double start = now();
  double *target = is_fresh ? new_numbers(count) : c;
  if (!target) return -1;
  pass(name, target);
  double seconds = now() - start;
  if (is_fresh) free(target);
  return seconds;
}

int main(int argument_count, char **arguments) {
  thread_count = argument_count > 1 ? (int)strtol(arguments[1], NULL, 10) : 1;
  return thread_count < 1 ? 64 : serve();
}
