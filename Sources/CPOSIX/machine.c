// SPDX-License-Identifier: Apache-2.0
// What the machine allows, and the names of its numbers. Called by Multiprocessing/Machine and by its errors.
#define _GNU_SOURCE
#include "CPOSIX.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

int cposix_affinity_count(void) {
  // The kernel answers EINVAL while the set is smaller than its own; 1 << 18 is far above any kernel's limit.
  for (int cpus = 1024; cpus <= 1 << 18; cpus *= 4) {
    cpu_set_t *set = CPU_ALLOC(cpus);
    if (!set) return -ENOMEM;
    size_t byte_count = CPU_ALLOC_SIZE(cpus);
    int error = sched_getaffinity(0, byte_count, set) ? errno : 0;
    int count = error ? 0 : CPU_COUNT_S(byte_count, set);
    CPU_FREE(set);
    if (!error) return count;
    if (error != EINVAL) return -error;
  }
  return -EINVAL;
}

const char *cposix_errno_name(int number) { return strerrorname_np(number); }

const char *cposix_errno_text(int number) { return strerrordesc_np(number); }

// glibc's sigabbrev_np knows the same names without "SIG"; whole literals need no buffer here.
const char *cposix_signal_name(int number) {
#define NAME(signal) case signal: return #signal;
  switch (number) {
    NAME(SIGHUP) NAME(SIGINT) NAME(SIGQUIT) NAME(SIGILL) NAME(SIGTRAP) NAME(SIGABRT) NAME(SIGBUS) NAME(SIGFPE)
    NAME(SIGKILL) NAME(SIGUSR1) NAME(SIGSEGV) NAME(SIGUSR2) NAME(SIGPIPE) NAME(SIGALRM) NAME(SIGTERM) NAME(SIGCHLD)
    NAME(SIGCONT) NAME(SIGSTOP) NAME(SIGTSTP) NAME(SIGTTIN) NAME(SIGTTOU) NAME(SIGURG) NAME(SIGXCPU) NAME(SIGXFSZ)
    NAME(SIGVTALRM) NAME(SIGPROF) NAME(SIGWINCH) NAME(SIGIO) NAME(SIGPWR) NAME(SIGSYS)
    default: return NULL;
  }
#undef NAME
}
