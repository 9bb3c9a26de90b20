// SPDX-License-Identifier: Apache-2.0
//
// What the sources here have in common.
#ifdef WEFT_MPI
#include <mpi.h>
#include <stddef.h>

// Counts are ints: more goes in pieces (F84). A test makes them small.
#ifndef CMPI_PIECE
#define CMPI_PIECE (1 << 30)
#endif

enum { tag_failure = 1, tag_bytes = 2, piece = CMPI_PIECE };

/// All ranks, in a communicator of our own: what a program that uses Weft sends besides cannot be taken for ours.
extern MPI_Comm cmpi_ranks;

/// Collective in `ranks`: `count` bytes of `root` to all; any count.
int cmpi_broadcast_in(MPI_Comm ranks, void *bytes, size_t count, int root);
#endif
