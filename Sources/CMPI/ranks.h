// SPDX-License-Identifier: Apache-2.0
#ifdef WEFT_MPI
#include <mpi.h>

/// All ranks, in a communicator of our own: what a program that uses Weft sends besides cannot be taken for ours.
extern MPI_Comm cmpi_ranks;
#endif
