// SPDX-License-Identifier: Apache-2.0
//
// What Weft calls of MPI, as functions of bytes: MPI's handles are macros that Swift cannot see, and differ from one MPI to the
// next. Built with -DWEFT_MPI only (trait `MPI`, `make mpi`); without it this is a header without a library.
//
// One thread of a process at a time calls these. Each returns 0, or an MPI error code for `cmpi_error_text`; errors do not end the job.
#ifndef CMPI_H
#define CMPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CScaLAPACK.h"

/// Joins the job. Where nothing else is said, idle ranks give their CPU away (Open MPI burns it: more ranks than CPUs would hardly
/// move).
int cmpi_initialize(void);
int cmpi_rank(int *rank, int *count);
/// `count` bytes from the root to all; any count.
int cmpi_broadcast(void *bytes, size_t count);
/// `counts[r]` bytes of each rank to the root, one after the other; the other ranks' `all` and `counts` are not looked at.
int cmpi_gather(const void *bytes, size_t count, void *all, const size_t *counts);
/// Tells all others of a failure, without waiting for them.
int cmpi_tell(void);
/// Whether another has told.
int cmpi_hear(bool *has_heard);
/// Leaves the job, with all others.
int cmpi_finalize(void);
/// At most `count` bytes of what an error means, with a NUL.
void cmpi_error_text(int error, char *text, size_t count);

// nodes.c

/// Whether the thread that calls may be another than before, one at a time (MPI_THREAD_SERIALIZED).
int cmpi_may_change_threads(bool *may);
/// Collective, once: those who say so are the leaders, numbered in the order of their ranks.
int cmpi_form_leaders(bool is_leader);
/// Collective among leaders: `count` bytes from one of them to all; any count.
int cmpi_broadcast_among_leaders(void *bytes, size_t count, int from);
/// Collective, and called until all are there: this rank has come; whether all have. Does not wait.
int cmpi_meet(bool *all_there);
/// Takes `count` of what others have told (`cmpi_tell`), and waits for it.
int cmpi_forget(int count);
/// Whether this process has left the job.
int cmpi_is_over(bool *is_over);

#endif
