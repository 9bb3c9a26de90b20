// SPDX-License-Identifier: Apache-2.0
// Waiting and locking in memory that several processes share. Called by Multiprocessing/Ring and Synchronization.
#define _GNU_SOURCE
#include "CPOSIX.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(pthread_mutex_t) <= cposix_mutex_byte_count, "a mutex fits its place");

int cposix_futex_wait(const uint32_t *word, uint32_t expected, int64_t nanoseconds) {
  struct timespec limit = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
  // Not FUTEX_PRIVATE: the waker is another process.
  long result = syscall(SYS_futex, word, FUTEX_WAIT, expected, nanoseconds < 0 ? NULL : &limit, NULL, 0);
  return result == 0 || errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

int cposix_futex_wake(const uint32_t *word, int count) {
  long result = syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
  return result < 0 ? -errno : (int)result;
}

int cposix_mutex_create(void *memory, bool isRecursive) {
  pthread_mutexattr_t attributes;
  int error = pthread_mutexattr_init(&attributes);
  if (error) return -error;
  error = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  if (!error) error = pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  if (!error)
    error = pthread_mutexattr_settype(&attributes, isRecursive ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_ERRORCHECK);
  if (!error) error = pthread_mutex_init(memory, &attributes);
  pthread_mutexattr_destroy(&attributes);
  return -error;
}

int cposix_mutex_lock(void *mutex, int64_t deadline) {
  if (deadline < 0) return -pthread_mutex_lock(mutex);
  struct timespec limit = {.tv_sec = deadline / 1000000000, .tv_nsec = deadline % 1000000000};
  return -pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &limit);
}

int cposix_mutex_try_lock(void *mutex) {
  int error = pthread_mutex_trylock(mutex);
  if (error == ENOTRECOVERABLE) {
    // glibc (2.36) answers this and leaves the mutex taken by us: the next one would wait for ever. It is on no list.
    int *word = &((pthread_mutex_t *)mutex)->__data.__lock;
    if ((__atomic_load_n(word, __ATOMIC_ACQUIRE) & FUTEX_TID_MASK) == gettid()) {
      __atomic_store_n(word, 0, __ATOMIC_RELEASE);
      cposix_futex_wake((const uint32_t *)word, INT_MAX);
    }
  }
  return -error;
}

int cposix_mutex_unlock(void *mutex) { return -pthread_mutex_unlock(mutex); }

int cposix_mutex_make_consistent(void *mutex) { return -pthread_mutex_consistent(mutex); }
