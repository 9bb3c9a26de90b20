// SPDX-License-Identifier: Apache-2.0
//
// The machine's limit for filling a matrix: P processes, this one included, memset disjoint parts of one shared segment. It lies
// where Weft's own lie, in /dev/shm, or in a memfd where that is too small, so that both have the same kind of pages.
//
//     memset_limit PROCESSES                   into pages that are all there
//     memset_limit PROCESSES fresh [huge]      each run into a new segment without a page, given back after it; `huge`: in a memfd,
//                                              with huge pages where the kernel gives them
//
// Then requests on standard input: resident.h. Each process has a CPU of its own (own_cpu.h). A run is timed from the moment when
// all processes are awake to the moment when the last one is done; making the segment, waking the processes and giving the memory
// back is not part of it.
#include "resident.h"
#include "own_cpu.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
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
static int is_fresh, wants_huge_pages;
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
  take_own_cpu(part, process_count);
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

/// A file of that size in shared memory, without a name and without pages.
static int new_segment(void) {
  struct statvfs room;
  int has_room = statvfs("/dev/shm", &room) == 0 && (size_t)room.f_bavail * room.f_bsize >= byte_count;
  int memory = -1;
  if (has_room && !wants_huge_pages) {
    char name[64];
    snprintf(name, sizeof name, "/weft-memset-limit-%d", getpid());
    memory = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (memory < 0 || shm_unlink(name)) return -1;
  } else {
    memory = memfd_create("weft-memset-limit", MFD_CLOEXEC);
  }
  return memory < 0 || ftruncate(memory, byte_count) ? -1 : memory;
}

static int map_segment(void) {
  int memory = new_segment();
  if (memory < 0) return -1;
  int is_reserved = is_fresh || posix_fallocate(memory, 0, byte_count) == 0;
  matrix = mmap(NULL, byte_count, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  close(memory);
  if (matrix == MAP_FAILED) matrix = NULL;
  if (matrix && wants_huge_pages) madvise(matrix, byte_count, MADV_HUGEPAGE);
  return matrix && is_reserved ? 0 : -1;
}

static int start_helpers(void) {
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
  return 0;
}

static void give_back(void) {
  end_helpers();
  if (matrix) munmap(matrix, byte_count);
  matrix = NULL;
}

/// One run, timed; negative: a helper is gone.
static double fill_together(void) {
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

int prepare(long size) {
  give_back();
  byte_count = (size_t)size * size * sizeof(double);
  if (is_fresh) return 0;
  if (map_segment()) return -1;
  memset(matrix, 1, byte_count);
  if (start_helpers()) return -1;
  return fill_together() < 0 ? -1 : 0; // every process has its pages in its page table now
}

double run_once(const char *name, long size) {
  (void)size;
  if (strcmp(name, "memset") != 0) return -1;
  if (!is_fresh) return fill_together();
  double seconds = map_segment() || start_helpers() ? -1 : fill_together();
  give_back();
  return seconds;
}

int main(int argument_count, char **arguments) {
  process_count = argument_count > 1 ? strtol(arguments[1], NULL, 10) : 2;
  if (process_count < 1 || process_count > PROCESS_LIMIT) return 64;
  is_fresh = argument_count > 2 && strcmp(arguments[2], "fresh") == 0;
  wants_huge_pages = argument_count > 3 && strcmp(arguments[3], "huge") == 0;
  find_cpus();
  take_own_cpu(0, process_count);
  control = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (control == MAP_FAILED) return 69;
  int result = serve();
  end_helpers();
  return result;
}
