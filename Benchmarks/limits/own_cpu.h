// SPDX-License-Identifier: Apache-2.0
//
// A CPU for each of a few processes that wait for each other by spinning. The kernel likes to wake a process where its waker runs;
// two that spin on one CPU take turns of some milliseconds, a thousand times the time of filling a small matrix.
#ifndef OWN_CPU_H
#define OWN_CPU_H

#include <sched.h>

/// CPUs that the program may use, by number; found before anybody is bound.
static int cpus[CPU_SETSIZE], cpu_count;

static inline void find_cpus(void) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed)) return;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) cpus[cpu_count++] = cpu;
  }
}

/// Binds the calling process, number `index` of `count`; where there are fewer CPUs than processes it does nothing.
static inline void take_own_cpu(long index, long count) {
  if (count > cpu_count) return;
  cpu_set_t own;
  CPU_ZERO(&own);
  CPU_SET(cpus[index], &own);
  sched_setaffinity(0, sizeof own, &own);
}

#endif
