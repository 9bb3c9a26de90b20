// SPDX-License-Identifier: Apache-2.0
// The wait under every wait of the module, and the pipe that a signal handler wakes it by. Called by System and Signals.
#define _GNU_SOURCE
#include "CPOSIX.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

int cposix_poll(struct pollfd *waits, size_t count, int64_t nanoseconds) {
  struct timespec limit = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
  int ready = ppoll(waits, count, nanoseconds < 0 ? NULL : &limit, NULL);
  return ready < 0 ? -errno : ready;
}

int cposix_wake_up_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC | O_NONBLOCK) ? -errno : 0; }
