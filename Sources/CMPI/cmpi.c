// SPDX-License-Identifier: Apache-2.0
#include "CMPI.h"

#include "ranks.h"

#ifdef WEFT_MPI
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

MPI_Comm cmpi_ranks = MPI_COMM_NULL;

int cmpi_initialize(void) {
  setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
  int provided, error = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
  if (!error) error = MPI_Comm_dup(MPI_COMM_WORLD, &cmpi_ranks);
  return error ? error : MPI_Comm_set_errhandler(cmpi_ranks, MPI_ERRORS_RETURN);
}

int cmpi_rank(int *rank, int *count) {
  const int error = MPI_Comm_rank(cmpi_ranks, rank);
  return error ? error : MPI_Comm_size(cmpi_ranks, count);
}

int cmpi_broadcast_in(MPI_Comm ranks, void *bytes, size_t count, int root) {
  for (size_t at = 0; at < count; at += piece) {
    const size_t left = count - at;
    const int error = MPI_Bcast((char *)bytes + at, (int)(left < piece ? left : piece), MPI_BYTE, root, ranks);
    if (error) return error;
  }
  return 0;
}

int cmpi_broadcast(void *bytes, size_t count) { return cmpi_broadcast_in(cmpi_ranks, bytes, count, 0); }

int cmpi_gather(const void *bytes, size_t count, void *all, const size_t *counts) {
  int rank, size, error = cmpi_rank(&rank, &size);
  if (error) return error;
  if (rank) {
    for (size_t at = 0; at < count && !error; at += piece)
      error = MPI_Send((const char *)bytes + at, (int)(count - at < piece ? count - at : piece), MPI_BYTE, 0, tag_bytes,
                       cmpi_ranks);
    return error;
  }
  char *to = all;
  if (count) memcpy(to, bytes, count);
  to += count;
  for (int from = 1; from < size; from++) {
    for (size_t at = 0; at < counts[from]; at += piece) {
      const size_t left = counts[from] - at;
      error = MPI_Recv(to + at, (int)(left < piece ? left : piece), MPI_BYTE, from, tag_bytes, cmpi_ranks,
                       MPI_STATUS_IGNORE);
      if (error) return error;
    }
    to += counts[from];
  }
  return 0;
}

int cmpi_tell(void) {
  int rank, size, error = cmpi_rank(&rank, &size);
  for (int to = 0; to < size && !error; to++) {
    if (to == rank) continue;
    // Empty, so that it is sent at once; never waited for.
    MPI_Request request;
    error = MPI_Isend(NULL, 0, MPI_BYTE, to, tag_failure, cmpi_ranks, &request);
    if (!error) error = MPI_Request_free(&request);
  }
  return error;
}

int cmpi_hear(bool *has_heard) {
  int flag = 0;
  const int error = MPI_Iprobe(MPI_ANY_SOURCE, tag_failure, cmpi_ranks, &flag, MPI_STATUS_IGNORE);
  *has_heard = flag != 0;
  return error;
}

int cmpi_finalize(void) {
  // What was told and not received would be waited for.
  for (int flag = 1; flag;) {
    if (MPI_Iprobe(MPI_ANY_SOURCE, tag_failure, cmpi_ranks, &flag, MPI_STATUS_IGNORE)) break;
    if (flag && MPI_Recv(NULL, 0, MPI_BYTE, MPI_ANY_SOURCE, tag_failure, cmpi_ranks, MPI_STATUS_IGNORE)) break;
  }
  return MPI_Finalize();
}

void cmpi_error_text(int error, char *text, size_t count) {
  char full[MPI_MAX_ERROR_STRING + 1];
  int length = 0;
  if (MPI_Error_string(error, full, &length)) length = 0;
  full[length] = 0;
  snprintf(text, count, "%s", length ? full : "an unknown error of MPI");
}
#endif
