// SPDX-License-Identifier: Apache-2.0
//
// The machine's limit for filling a matrix: P processes, this one included, memset disjoint parts of one shared segment whose
// pages are all there. The segment lies in /dev/shm like Weft's own, so that both have the same kind of pages.
//
//     memset_limit PROCESSES        then requests on standard input: resident.h
//
// A run is timed from the moment when all processes are awake to the moment when the last one is done; waking them is not part
// of it, and between requests they sleep.
#include "resident.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESS_LIMIT 256

/// Shared with the helpers. Each counter has a cache line of its own.
struct control {
  _Alignas(64) atomic_long awake;
  _Alignas(64) atomic_long go;
  _Alignas(64) atomic_long done;
};

static long process_count, run_number;
static struct control *control;
static char *matrix;
static size_t byte_count;
static int wake_up[PROCESS_LIMIT]; // write ends of the helpers' pipes
static pid_t helpers[PROCESS_LIMIT];

static void wait_for(atomic_long *counter, long value) {
  while (atomic_load(counter) < value) __builtin_ia32_pause();
}

static void fill_part(long part, int byte) {
  size_t first = byte_count * part / process_count, end = byte_count * (part + 1) / process_count;
  memset(matrix + first, byte, end - first);
}

/// A helper's life: until its pipe is closed, one run a byte.
static void help(long part, int requests) {
  char byte;
  for (long run = 1; read(requests, &byte, 1) == 1; ++run) {
    atomic_fetch_add(&control->awake, 1);
    wait_for(&control->go, run);
    fill_part(part, (int)run);
    atomic_fetch_add(&control->done, 1);
  }
  _exit(0);
}

static void end_helpers(void) {
  for (long part = 1; part < process_count; ++part) {
    if (!helpers[part]) continue;
    close(wake_up[part]);
    waitpid(helpers[part], NULL, 0);
    helpers[part] = 0;
  }
}

int prepare(long size) {
  end_helpers();
  if (matrix) munmap(matrix, byte_count);
  byte_count = (size_t)size * size * sizeof(double);
  char name[64];
  snprintf(name, sizeof name, "/weft-memset-limit-%d", getpid());
  int memory = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
  if (memory < 0 || shm_unlink(name) || posix_fallocate(memory, 0, byte_count)) return -1;
  matrix = mmap(NULL, byte_count, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  close(memory);
  if (matrix == MAP_FAILED) return -1;
  memset(matrix, 1, byte_count);
  memset(control, 0, sizeof *control);
  run_number = 0;
  for (long part = 1; part < process_count; ++part) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC)) return -1;
    helpers[part] = fork();
    if (helpers[part] < 0) return -1;
    if (helpers[part] == 0) {
      // A pipe ends when its last writer is gone: the helpers forked before must not hold each other's.
      for (long other = 1; other < part; ++other) close(wake_up[other]);
      close(ends[1]);
      help(part, ends[0]);
    }
    close(ends[0]);
    wake_up[part] = ends[1];
  }
  run_once("memset", size); // every process has the pages in its page table now
  return 0;
}

double run_once(const char *name, long size) {
  (void)size;
  if (strcmp(name, "memset") != 0) return -1;
  long run = ++run_number;
  for (long part = 1; part < process_count; ++part) {
    if (write(wake_up[part], "", 1) != 1) return -1;
  }
  wait_for(&control->awake, (process_count - 1) * run);
  double start = now();
  atomic_store(&control->go, run);
  fill_part(0, (int)run);
  wait_for(&control->done, (process_count - 1) * run);
  return now() - start;
}

int main(int argument_count, char **arguments) {
  process_count = argument_count > 1 ? strtol(arguments[1], NULL, 10) : 2;
  if (process_count < 1 || process_count > PROCESS_LIMIT) return 64;
  control = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (control == MAP_FAILED) return 69;
  int result = serve();
  end_helpers();
  return result;
}
