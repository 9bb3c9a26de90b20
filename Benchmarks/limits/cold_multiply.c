// SPDX-License-Identifier: Apache-2.0
//
// The floor of `weft multiply A.npy B.npy -o OUT`, cold: what any program must at least do that links OpenBLAS, reads two matrices,
// multiplies them and writes the answer: map, map, dgemm, write, fsync, rename. Nothing is checked: the files are square, of
// float64, little-endian, in C order, of version 1, as the harness has written them.
//
//     cold_multiply SIZE A B OUT               SIZE×SIZE doubles
//     cold_multiply SIZE A B OUT nosync        the same without fsync
//
// The harness takes its time from start to exit, with OPENBLAS_CORETYPE and OPENBLAS_NUM_THREADS in the environment. Reading is
// mapping: for files in the page cache nothing is quicker.
#define _GNU_SOURCE
#include "matrix.h"

#include <cblas.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC_LENGTH 10 // and the length of the header's text, in two bytes

/// The whole file, mapped; NULL where it is not there, or shorter than its matrix. `*start`: where the elements begin.
static const char *map_file(const char *path, size_t byte_count, size_t *start) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (file < 0 || fstat(file, &status) || status.st_size < MAGIC_LENGTH) return NULL;
  unsigned char *bytes = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  close(file);
  if (bytes == MAP_FAILED) return NULL;
  *start = MAGIC_LENGTH + bytes[8] + 256 * bytes[9];
  return (size_t)status.st_size < *start + byte_count ? NULL : (const char *)bytes;
}

static int write_all(int file, const void *from, size_t byte_count) {
  const char *bytes = from;
  while (byte_count > 0) {
    ssize_t written = write(file, bytes, byte_count);
    if (written < 0) return -1;
    bytes += written;
    byte_count -= written;
  }
  return 0;
}

int main(int argument_count, char **arguments) {
  if (argument_count < 5) return 64;
  size_t size = strtoul(arguments[1], NULL, 10), byte_count = size * size * sizeof(double), start_a, start_b;
  if (byte_count == 0) return 64;
  const char *a = map_file(arguments[2], byte_count, &start_a), *b = map_file(arguments[3], byte_count, &start_b);
  if (!a || !b) return 65;
  double *c = new_numbers(size * size);
  if (!c) return 69;
  cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, size, size, size, 1, (const double *)(a + start_a), size,
      (const double *)(b + start_b), size, 0, c, size);

  char temporary[4096];
  snprintf(temporary, sizeof temporary, "%s.tmp", arguments[4]);
  int file = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  // The answer has the sides and the type of A, and so its header.
  if (file < 0 || write_all(file, a, start_a) || write_all(file, c, byte_count)) return 74;
  int wants_sync = argument_count < 6 || strcmp(arguments[5], "nosync") != 0;
  if ((wants_sync && fsync(file)) || close(file)) return 74;
  return rename(temporary, arguments[4]) ? 74 : 0;
}
