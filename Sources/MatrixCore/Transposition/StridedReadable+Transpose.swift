// SPDX-License-Identifier: Apache-2.0
//
// The transpose as a matrix of its own, in place for square ones, and symmetry. Products and solutions of linear systems
// need none of them: LinearAlgebra takes a transposed operand as a flag there.

extension StridedReadable {
  /// The matrix whose rows are the columns of this one.
  public func transposed() -> Matrix<Element> {
    var result = Matrix<Element>(trusting: columns, rows)
    var elements = result.mutableElements
    copyTransposed(strided, rowStride: rowStride, rows: rows, columns: columns, into: &elements, rowStride: rows)
    return result
  }

  /// Whether the matrix is square and |aᵢⱼ - aⱼᵢ| is at most `tolerance` everywhere; with 0, whether each pair is equal.
  /// False where a NaN stands, on the diagonal too.
  public func isSymmetric(within tolerance: Element = 0) -> Bool {
    rows == columns && agreesWithTranspose(strided, rowStride: rowStride, order: rows, within: tolerance)
  }
}

extension MatrixWritable {
  /// Turns rows into columns, in place. A matrix that is not square is a programming error: use ``transposed()``.
  public mutating func transpose() {
    let order = rows
    precondition(order == columns, "a matrix of \(shape) cannot be transposed in place: it is not square")
    withMutableElements { transposeInPlace(&$0, order: order) }
  }

  /// Replaces the matrix A by (A + Aᵀ)/2, which is symmetric to the last bit. A matrix that is not square is a programming
  /// error. Halves are added, so that nothing overflows.
  public mutating func symmetrize() {
    let order = rows
    precondition(order == columns, "a matrix of \(shape) cannot be made symmetric: it is not square")
    withMutableElements { symmetrizeInPlace(&$0, order: order) }
  }
}
