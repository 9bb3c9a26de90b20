// SPDX-License-Identifier: Apache-2.0
// Spawning, watching and reaping processes. Called by Multiprocessing/Process.
#define _GNU_SOURCE
#include "CPOSIX.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

char **cposix_environment(void) { return environ; }

// The numbers are the same on every architecture; older headers lack them.
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
enum { wait_by_pidfd = 3 };  // P_PIDFD, absent from older headers

static int add_files(posix_spawn_file_actions_t *files, int channel, int output) {
  // The channel goes first: it may itself have a number below 3 when the caller's own 0..2 were closed.
  int error = posix_spawn_file_actions_adddup2(files, channel, 3);
  if (!error) error = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);
  if (!error && fcntl(2, F_GETFD) < 0) error = posix_spawn_file_actions_addopen(files, 2, "/dev/null", O_WRONLY, 0);
  // 1 onto itself clears its close-on-exec flag, should it have one.
  if (!error) error = posix_spawn_file_actions_adddup2(files, output, 1);
  if (!error) error = posix_spawn_file_actions_addclosefrom_np(files, 4);
  return error;
}

static int add_signals(posix_spawnattr_t *attributes) {
  sigset_t all, blocked;
  sigfillset(&all);
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGINT);
  sigaddset(&blocked, SIGHUP);
  int error = posix_spawnattr_setsigdefault(attributes, &all);
  if (!error) error = posix_spawnattr_setsigmask(attributes, &blocked);
  if (!error) error = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  return error;
}

int cposix_spawn_worker(
    const char *path, char *const *argv, char *const *envp, int channel, int output, pid_t *pid) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  int error = posix_spawn_file_actions_init(&files);
  if (error) return -error;
  error = posix_spawnattr_init(&attributes);
  if (!error) {
    error = add_files(&files, channel, output);
    if (!error) error = add_signals(&attributes);
    if (!error) error = posix_spawn(pid, path, &files, &attributes, argv, envp);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&files);
  return -error;
}

int cposix_pidfd_open(pid_t pid) {
  int descriptor = (int)syscall(SYS_pidfd_open, pid, 0);
  return descriptor < 0 ? -errno : descriptor;
}

void cposix_abandon_child(pid_t pid) {
  kill(pid, SIGKILL);
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
  }
}

int cposix_pidfd_send_signal(int pidfd, int signal) {
  return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) ? -errno : 0;
}

int cposix_pidfd_reap(int pidfd, int *kind, int *value) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  int result;
  do result = waitid((idtype_t)wait_by_pidfd, (id_t)pidfd, &info, WEXITED | WNOHANG);
  while (result && errno == EINTR);
  if (result) return -errno;
  if (!info.si_pid) return 0;
  *kind = info.si_code == CLD_EXITED ? cposix_exited : info.si_code == CLD_DUMPED ? cposix_dumped : cposix_signaled;
  *value = info.si_status;
  return 1;
}

static struct {
  int parent, channel, grace_milliseconds;
} watched;

static void *watch(void *unused) {
  (void)unused;
  struct pollfd waits[2] = {
      {.fd = watched.parent, .events = POLLIN},
      {.fd = watched.channel, .events = POLLRDHUP},
  };
  for (;;) {
    int ready = poll(waits, 2, -1);
    if (ready < 0 && errno != EINTR && errno != EAGAIN) _exit(128 + SIGHUP);
    if (ready <= 0) continue;
    if (waits[0].revents) _exit(128 + SIGHUP);
    // The coordinator lives and has closed the channel: the program sees the end of its messages and may return by
    // itself, with its own exit code; one that computes on is ended.
    poll(waits, 1, watched.grace_milliseconds);
    _exit(128 + SIGHUP);
  }
}

int cposix_watch_parent(int parent, int channel, int graceMilliseconds) {
  watched.parent = parent;
  watched.channel = channel;
  watched.grace_milliseconds = graceMilliseconds;
  sigset_t all, before;
  sigfillset(&all);
  pthread_attr_t attributes;
  pthread_t thread;
  int error = pthread_attr_init(&attributes);
  if (error) return -error;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  // A small stack keeps the address space for the work; where thread-local storage does not fit in it, the default.
  pthread_attr_setstacksize(&attributes, 128 * 1024);
  error = pthread_create(&thread, &attributes, watch, NULL);
  if (error == EINVAL) error = pthread_create(&thread, NULL, watch, NULL);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return -error;
}

void cposix_prepare_worker(const char *name) {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  prctl(PR_SET_NAME, name);
}
