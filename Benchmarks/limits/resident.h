// SPDX-License-Identifier: Apache-2.0
//
// What the resident programs have in common: they stay, and answer requests of the harness, so that it can let several of them
// take turns. A request is a line `CASE SIZE RUNS`; the answer is a line with the seconds of each of RUNS runs, made one after the
// other. By hand: `echo memset 1000 5 | memset_limit 2`.
#ifndef RESIDENT_H
#define RESIDENT_H

#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

/// Prepares memory for a SIZE×SIZE matrix, every page of it touched, in place of the one before. 0: done.
int prepare(long size);
/// Fills the matrix for `name` once and returns the seconds it took; negative where there is no such case, or no memory for it.
double run_once(const char *name, long size);

static inline int serve(void) {
  char name[32];
  long size, runs, prepared = -1;
  while (scanf("%31s %ld %ld", name, &size, &runs) == 3) {
    if (size != prepared && (size < 1 || prepare(size))) {
      fprintf(stderr, "no memory for %ld×%ld\n", size, size);
      return 69;
    }
    prepared = size;
    for (long k = 0; k < runs; ++k) {
      double seconds = run_once(name, size);
      if (seconds < 0) {
        fprintf(stderr, "%s cannot be run, %ld×%ld\n", name, size, size);
        return 64;
      }
      printf(k ? " %.9f" : "%.9f", seconds);
    }
    printf("\n");
    fflush(stdout);
  }
  return 0;
}

#endif
