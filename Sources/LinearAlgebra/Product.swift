// SPDX-License-Identifier: Apache-2.0
//
// The matrix product, through OpenBLAS's gemm, and gemv where the answer is one row or one column. Row-major operands
// go in as they lie, a part of a larger matrix too; a transposed operand is a flag, never a copy.

import MatrixCore

/// alpha·op(A)·op(B) + beta·C, where op(A) is m×k, op(B) is k×n and C is m×n. Any side may be 0.
///
/// The answer differs from the exact one by at most about k·ε·(|A|·|B|) per element (Higham, Accuracy and Stability of
/// Numerical Algorithms, 2nd ed., §3.5), and its last bits depend on the core type and on the number of threads.
/// NaN and infinities are allowed and spread as IEEE arithmetic has it, except that alpha = 0 may skip them.
public enum Product {
  /// alpha·op(A)·op(B) as a new matrix.
  ///
  ///     let c = try Product.of(a, b)                          // A·B
  ///     let g = try Product.of(x, x, left: .transposed)       // Xᵀ·X
  ///
  /// - Throws: `shapeMismatch` where op(A) has not as many columns as op(B) has rows; `tooLarge`, `outOfMemory`,
  ///   `libraryUnavailable`.
  public static func of<Element>(
    _ a: some StridedReadable<Element>, _ b: some StridedReadable<Element>, left opA: Transpose = .asStored,
    right opB: Transpose = .asStored, alpha: Element = 1
  ) throws(LinearAlgebraError) -> Matrix<Element> {
    let (rows, columns) = (opA.sides(of: a.shape).rows, opB.sides(of: b.shape).columns)
    _ = try ProductSides(a, opA, b, opB, into: (rows, columns))
    var c = try Matrix<Element>(forAnswer: Shape(ofAnswer: rows, columns))
    try add(a, b, left: opA, right: opB, alpha: alpha, to: &c, beta: 0)
    return c
  }

  /// C ← alpha·op(A)·op(B) + beta·C. With `beta` 0 what C holds is not read, so that it may be NaN.
  ///
  /// A and B may be the same matrix as C: a matrix is a value, and C then takes memory of its own.
  ///
  /// - Throws: `shapeMismatch` where the three do not fit; `tooLarge`, `libraryUnavailable`. C is then as it was.
  public static func add<Element>(
    _ a: some StridedReadable<Element>, _ b: some StridedReadable<Element>, left opA: Transpose = .asStored,
    right opB: Transpose = .asStored, alpha: Element = 1, to c: inout some MatrixWritable<Element>, beta: Element = 1
  ) throws(LinearAlgebraError) {
    let sides = try ProductSides(a, opA, b, opB, into: (c.rows, c.columns))
    let library = try BLASLibrary.open()
    c.withMutableElements { c in
      library.call(for: Element.self) { routines in
        routines.multiply(sides, alpha: alpha, a.strided, opA, b.strided, opB, beta: beta, into: &c)
      }
    }
  }
}

extension ProductSides {
  /// The sides of op(A)·op(B), known to fit each other, the answer and OpenBLAS's integers: asked for before anything is
  /// read, copied or allocated.
  ///
  /// - Throws: `shapeMismatch`, `tooLarge`.
  init(
    _ a: some StridedReadable, _ opA: Transpose, _ b: some StridedReadable, _ opB: Transpose,
    into c: (rows: Int, columns: Int)
  ) throws(LinearAlgebraError) {
    let (m, k) = opA.sides(of: a.shape)
    let (innerRows, n) = opB.sides(of: b.shape)
    guard k == innerRows, c.rows == m, c.columns == n else {
      throw LinearAlgebraError(
        .shapeMismatch,
        "a product of \(m)×\(k) and \(innerRows)×\(n) into \(c.rows)×\(c.columns) is not possible: "
          + "it needs m×k times k×n into m×n")
    }
    self.m = try Int32(blas: m, "the number of rows of the product")
    self.n = try Int32(blas: n, "the number of columns of the product")
    self.k = try Int32(blas: k, "the inner side of the product")
    strideA = try Int32(blas: a.rowStride, "the row stride of the left operand")
    strideB = try Int32(blas: b.rowStride, "the row stride of the right operand")
  }
}
