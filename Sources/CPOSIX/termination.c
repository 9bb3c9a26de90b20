// SPDX-License-Identifier: Apache-2.0
// The handler of SIGINT, SIGTERM and SIGHUP. Called by Multiprocessing/Signals.
// Everything the handler touches is a lock-free atomic; everything it calls is on POSIX's async-signal-safe list.
#define _GNU_SOURCE
#include "CPOSIX.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
enum { caught_count = sizeof caught / sizeof *caught };

static struct sigaction before[caught_count];
static bool replaced[caught_count];
static atomic_int first_signal;
static atomic_int wake_up = -1;
static atomic_bool installed;

void cposix_die_by_signal(int signal) {
  struct sigaction action = {.sa_handler = SIG_DFL};
  sigaction(signal, &action, NULL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  pthread_sigmask(SIG_UNBLOCK, &only, NULL);
  raise(signal);
  _exit(128 + signal);
}

static void handle(int signal) {
  int none = 0;
  if (!atomic_compare_exchange_strong(&first_signal, &none, signal)) cposix_die_by_signal(signal);
  int saved = errno;
  char byte = (char)signal;
  // Failure is a full pipe (it is non-blocking), which wakes the reader just as well.
  ssize_t written = write(atomic_load(&wake_up), &byte, 1);
  (void)written;
  errno = saved;
}

int cposix_termination_install(int writeEnd) {
  if (atomic_exchange(&installed, true)) return -EBUSY;
  atomic_store(&first_signal, 0);
  atomic_store(&wake_up, writeEnd);
  // SA_RESTART: calls elsewhere in the program that never expected EINTR do not see it.
  struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART | SA_ONSTACK};
  sigfillset(&action.sa_mask);
  for (int i = 0; i < caught_count; ++i) {
    sigaction(caught[i], NULL, &before[i]);
    // nohup ignores SIGHUP, a background job of a plain shell SIGINT: they asked to outlive it.
    replaced[i] = before[i].sa_handler != SIG_IGN;
    if (replaced[i]) sigaction(caught[i], &action, NULL);
  }
  return 0;
}

void cposix_termination_uninstall(int writeEnd) {
  if (!atomic_load(&installed) || atomic_load(&wake_up) != writeEnd) return;
  for (int i = 0; i < caught_count; ++i) {
    if (replaced[i]) sigaction(caught[i], &before[i], NULL);
  }
  atomic_store(&wake_up, -1);
  atomic_store(&installed, false);
}

static void survive(int signal) { (void)signal; }

void cposix_survive_termination(void) {
  struct sigaction action = {.sa_handler = survive, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(SIGTERM, &action, NULL);
}

int cposix_termination_received(void) { return atomic_load(&first_signal); }
