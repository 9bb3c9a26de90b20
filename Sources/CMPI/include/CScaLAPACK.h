// SPDX-License-Identifier: Apache-2.0
//
// What Weft calls of ScaLAPACK (Blackford et al. 1997, ScaLAPACK Users' Guide), which has no header of its own. Workspaces are
// made here. Built with -DWEFT_MPI only.
//
// All ranks of a grid make every call, with the same arguments but for the elements. Where MPI fails, or memory, on one of them,
// the job ends: the others would wait for it inside of a routine. What is returned is LAPACK's `info`.
#ifndef CSCALAPACK_H
#define CSCALAPACK_H

#include <stdbool.h>
#include <stdint.h>

/// Elements that are spread over a grid in blocks of `block` by `block`, the first at grid place (0, 0), around the grid in both
/// directions.
typedef struct {
  int context;       ///< Of the grid.
  int rows, columns; ///< Of the whole.
  int row_block, column_block;
  int local_rows, local_columns; ///< Of this rank; a column begins local_rows elements after the one before.
  double *elements;
} csl_blocks;

/// Opens the library, before anything else is called. Returns NULL, or what was wrong.
const char *csl_open(const char *name);
/// Makes a grid of all ranks, which stand in it row by row. Returns an error of MPI, or 0.
int csl_make_grid(int rows, int columns, int *context);
void csl_free_grid(int context);

/// Copies `rows` by `columns` elements from one place and grid to another. `all`: a grid of all ranks.
void csl_copy(int rows, int columns, const csl_blocks *from, int from_row, int from_column, const csl_blocks *to, int to_row,
              int to_column, int all);
/// c = alpha·op(a)·op(b) + beta·c.
void csl_gemm(bool transposes_a, bool transposes_b, double alpha, const csl_blocks *a, const csl_blocks *b, double beta,
              const csl_blocks *c);
/// `kind`: 'M', '1', 'I' or 'F'.
double csl_norm(char kind, const csl_blocks *a);
/// a becomes its LU factors, b the solution; the reciprocal condition number with a's 1-norm.
int csl_gesv(const csl_blocks *a, const csl_blocks *b, double norm, double *reciprocal_condition);
/// The same by Cholesky, of a's lower triangle.
int csl_posv(const csl_blocks *a, const csl_blocks *b, double norm, double *reciprocal_condition);
/// a's lower triangle becomes L; the upper one stays.
int csl_potrf(const csl_blocks *a);
/// a becomes Q, its first min(rows, columns) columns, and r, square or wide, R; r's other triangle is not touched.
int csl_qr(const csl_blocks *a, const csl_blocks *r);
/// Least squares: b, of max(rows, columns) rows, becomes the solution. a has full rank.
int csl_gels(const csl_blocks *a, const csl_blocks *b);
/// Of a symmetric matrix' lower triangle, which is overwritten: all eigenvalues on every rank; vectors unless z is NULL.
int csl_syev(const csl_blocks *a, double *values, const csl_blocks *z);
/// All singular values on every rank, and vectors unless u and vt are NULL; a is overwritten.
int csl_gesvd(const csl_blocks *a, double *values, const csl_blocks *u, const csl_blocks *vt);

#endif
