// SPDX-License-Identifier: Apache-2.0
//
// What an engine of ranks needs besides cmpi.c: the leaders of nodes among themselves, failures one after the other, and threads.
#include "CMPI.h"

#include "ranks.h"

#ifdef WEFT_MPI
#include <mpi.h>

static MPI_Comm leaders = MPI_COMM_NULL;
static MPI_Request meeting = MPI_REQUEST_NULL;

int cmpi_may_change_threads(bool *may) {
  int level;
  const int error = MPI_Query_thread(&level);
  *may = !error && level >= MPI_THREAD_SERIALIZED;
  return error;
}

int cmpi_form_leaders(bool is_leader) {
  int rank, count, error = cmpi_rank(&rank, &count);
  if (!error) error = MPI_Comm_split(cmpi_ranks, is_leader ? 0 : MPI_UNDEFINED, rank, &leaders);
  return error || leaders == MPI_COMM_NULL ? error : MPI_Comm_set_errhandler(leaders, MPI_ERRORS_RETURN);
}

int cmpi_broadcast_among_leaders(void *bytes, size_t count, int from) {
  return cmpi_broadcast_in(leaders, bytes, count, from);
}

int cmpi_meet(bool *all_there) {
  int error = meeting == MPI_REQUEST_NULL ? MPI_Ibarrier(cmpi_ranks, &meeting) : 0, flag = 0;
  if (!error) error = MPI_Test(&meeting, &flag, MPI_STATUS_IGNORE);
  *all_there = flag != 0;
  return error;
}

int cmpi_forget(int count) {
  for (int k = 0; k < count; k++) {
    const int error = MPI_Recv(NULL, 0, MPI_BYTE, MPI_ANY_SOURCE, tag_failure, cmpi_ranks, MPI_STATUS_IGNORE);
    if (error) return error;
  }
  return 0;
}

int cmpi_is_over(bool *is_over) {
  int flag = 1;
  const int error = MPI_Finalized(&flag);
  *is_over = flag != 0;
  return error;
}
#endif
