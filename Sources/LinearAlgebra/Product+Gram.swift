// SPDX-License-Identifier: Apache-2.0
//
// A matrix times its own transpose, through OpenBLAS's syrk: half the work of a product, and exactly symmetric.

import MatrixCore

extension Product {
  /// alpha·op(A)·op(A)ᵀ, symmetric to the bit, both triangles filled. By default AᵀA: the scalar products of A's columns
  /// with each other; with `asStored` AAᵀ, those of its rows.
  ///
  ///     let g = try Product.gram(x)                  // Xᵀ·X
  ///     let k = try Product.gram(x, .asStored)       // X·Xᵀ
  ///
  /// - Throws: `tooLarge`, `outOfMemory`, `libraryUnavailable`.
  public static func gram<Element>(
    _ a: some StridedReadable<Element>, _ op: Transpose = .transposed, alpha: Element = 1
  ) throws(LinearAlgebraError) -> Matrix<Element> {
    let order = op.sides(of: a.shape).rows
    var c = try Matrix<Element>(forAnswer: Shape(ofAnswer: order, order))
    try addGram(a, op, alpha: alpha, to: &c, beta: 0)
    return c
  }

  /// C ← alpha·op(A)·op(A)ᵀ + beta·C. Of C, the lower triangle is read, and with `beta` 0 nothing, so that it may be NaN;
  /// both triangles are written.
  ///
  /// - Throws: `shapeMismatch` where C is not square with as many rows as op(A); `tooLarge`, `libraryUnavailable`. C is
  ///   then as it was.
  public static func addGram<Element>(
    _ a: some StridedReadable<Element>, _ op: Transpose = .transposed, alpha: Element = 1,
    to c: inout some MatrixWritable<Element>, beta: Element = 1
  ) throws(LinearAlgebraError) {
    let (order, inner) = op.sides(of: a.shape)
    guard c.rows == order, c.columns == order else {
      throw LinearAlgebraError(
        .shapeMismatch, "a Gram matrix of \(order)×\(order) into \(c.shape) is not possible: the shapes must agree")
    }
    let n = try Int32(blas: order, "the order of the Gram matrix")
    let k = try Int32(blas: inner, "the inner side of the product")
    let stride = try Int32(blas: a.rowStride, "the row stride of the operand")
    let library = try BLASLibrary.open()
    c.withMutableElements { c in
      library.call(for: Element.self) { routines in
        routines.multiplyByOwnTranspose(
          a.strided, op, n: n, k: k, stride: stride, alpha: alpha, beta: beta, into: &c)
      }
      mirrorLowerTriangle(&c, order: order)
    }
  }
}
