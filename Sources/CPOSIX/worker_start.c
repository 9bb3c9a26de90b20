// SPDX-License-Identifier: Apache-2.0
// A spawned copy of this program becomes a worker here, before `main`: its author need not write a line for it.
// The entry stands in .init_array, so the C runtime calls it at start; without the marker it returns at once.
// Other initialisers may come later in link order (libdispatch's among them when Swift is linked statically: Swift
// tasks hang without it), hence the worker first runs the rest of the array, as the C runtime would have done.
#define _GNU_SOURCE
#include "CPOSIX.h"

#include <stdlib.h>

typedef void (*initializer)(int, char **, char **);

// Hidden and weak: a shared library has no such symbols of its own, and then nothing is left to run.
extern initializer __init_array_start[] __attribute__((weak, visibility("hidden")));
extern initializer __init_array_end[] __attribute__((weak, visibility("hidden")));

// Swift, Multiprocessing/Process/WorkerEntry.swift.
extern void multiprocessing_worker_main(const char *marker);

static void start(int argc, char **argv, char **envp);
__attribute__((section(".init_array"), used)) static initializer entry = start;

static void start(int argc, char **argv, char **envp) {
  // secure_getenv: in a set-user-id program the caller's environment must not choose what runs.
  const char *marker = secure_getenv("WEFT_WORKER");
  if (!marker) return;
  initializer *next = __init_array_start;
  while (next < __init_array_end && *next != start) ++next;
  for (++next; next < __init_array_end; ++next) (*next)(argc, argv, envp);
  multiprocessing_worker_main(marker);
}
