// SPDX-License-Identifier: Apache-2.0
//
// The floor of a cold run: what any program must at least do that starts P processes, has them fill fresh shared memory, and puts
// the content into a file: fork, memset, write, fsync, rename. Nothing is computed and nothing is checked.
//
//     cold_limit SIZE PROCESSES OUT            SIZE×SIZE doubles
//     cold_limit SIZE PROCESSES OUT nosync     the same without fsync
//
// The harness takes its time from start to exit, beside `weft compute … --output OUT`.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/// Shared memory without a name, every page reserved: as Weft has it.
static char *fresh_memory(size_t byte_count) {
  char name[64];
  snprintf(name, sizeof name, "/weft-cold-limit-%d", getpid());
  int memory = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
  if (memory < 0 || shm_unlink(name) || posix_fallocate(memory, 0, byte_count)) return NULL;
  char *start = mmap(NULL, byte_count, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  return start == MAP_FAILED ? NULL : start;
}

static int write_file(const char *path, const char *bytes, size_t byte_count, int wants_sync) {
  char temporary[4096];
  snprintf(temporary, sizeof temporary, "%s.tmp", path);
  int file = open(temporary, O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (file < 0) return -1;
  while (byte_count > 0) {
    ssize_t written = write(file, bytes, byte_count);
    if (written < 0) return -1;
    bytes += written;
    byte_count -= written;
  }
  if (wants_sync && fsync(file)) return -1;
  if (close(file)) return -1;
  return rename(temporary, path);
}

int main(int argument_count, char **arguments) {
  if (argument_count < 4) return 64;
  size_t size = strtoul(arguments[1], NULL, 10), byte_count = size * size * sizeof(double);
  size_t processes = strtoul(arguments[2], NULL, 10);
  if (byte_count == 0 || processes == 0) return 64;

  char *matrix = fresh_memory(byte_count);
  if (!matrix) return 69;
  for (size_t k = 0; k < processes; ++k) {
    if (fork() == 0) {
      size_t first = byte_count * k / processes, end = byte_count * (k + 1) / processes;
      memset(matrix + first, 7, end - first);
      _exit(0);
    }
  }
  for (size_t k = 0; k < processes; ++k) wait(NULL);
  int wants_sync = argument_count < 5 || strcmp(arguments[4], "nosync") != 0;
  return write_file(arguments[3], matrix, byte_count, wants_sync) ? 74 : 0;
}
