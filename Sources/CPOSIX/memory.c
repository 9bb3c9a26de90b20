// SPDX-License-Identifier: Apache-2.0
// Files without names that hold shared memory. Called by Multiprocessing/SharedMemory.
#define _GNU_SOURCE
#include "CPOSIX.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>

int cposix_unnamed_shared_memory(const char *directory) {
  // O_EXCL with O_TMPFILE: it can never be linked into the directory later either.
  int descriptor = open(directory, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
  return descriptor < 0 ? -errno : descriptor;
}

int cposix_memfd(const char *name) {
  int descriptor = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  return descriptor < 0 ? -errno : descriptor;
}

int cposix_reserve(int descriptor, int64_t offset, int64_t byteCount, bool keepsSize) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int result, error;
  do {
    result = fallocate(descriptor, keepsSize ? FALLOC_FL_KEEP_SIZE : 0, offset, byteCount);
    error = result ? errno : 0;
  } while (error == EINTR);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return -error;
}

void cposix_populate(void *start, size_t byteCount) {
  enum { populate_write = 23 };  // MADV_POPULATE_WRITE
  madvise(start, byteCount, populate_write);
}

int cposix_seal_size(int descriptor) {
  return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) ? -errno : 0;
}
