// SPDX-License-Identifier: Apache-2.0
//
// What every operation checks before OpenBLAS sees anything, and how LAPACK's `info` is read afterwards.

import MatrixCore

extension Int32 {
  /// A side, a row stride or a workspace as OpenBLAS takes it.
  ///
  /// - Throws: `tooLarge`, naming `what`: past 2³¹ − 1 the number would arrive there as another one.
  init(blas number: Int, _ what: @autoclosure () -> String) throws(LinearAlgebraError) {
    guard let narrow = Int32(exactly: number) else {
      throw LinearAlgebraError(
        .tooLarge,
        "\(what()) is \(number), and this OpenBLAS counts up to \(Int32.max): use a smaller matrix")
    }
    self = narrow
  }
}

extension StridedReadable {
  /// LAPACK may never return from an infinity and answers NaN with garbage and success (faults.md, F60).
  ///
  /// - Throws: `notFinite` with the first such element, row by row.
  func requireFinite(_ name: String) throws(LinearAlgebraError) {
    guard let (row, column) = placeOfFirstNonFinite(self) else { return }
    throw notFinite(name, row, column)
  }

  /// The same for a matrix of which only the lower triangle is looked at.
  private func requireFiniteLowerTriangle() throws(LinearAlgebraError) {
    for i in 0..<rows {
      if let j = indexOfFirstNonFinite(row(i).extracting(0..<i + 1)) { throw notFinite("the matrix", i, j) }
    }
  }

  /// The copy that an operation works in, known to be finite: LAPACK overwrites what it factors, so the elements move once
  /// in any case.
  ///
  /// - Throws: `notFinite` with the first NaN or infinity; `outOfMemory`.
  func finiteCopy(_ name: String = "the matrix") throws(LinearAlgebraError) -> Matrix<Element> {
    let copy = try Matrix(workingCopyOf: self)
    try copy.requireFinite(name)
    return copy
  }

  func notFinite(_ name: String, _ row: Int, _ column: Int) -> LinearAlgebraError {
    LinearAlgebraError(
      .notFinite,
      "\(name) has the element \(self[row, column]) in row \(row), column \(column) (counted from 0): "
        + "linear algebra needs finite numbers",
      element: LinearAlgebraError.Element(row: row, column: column))
  }

  /// The largest sum of magnitudes in a column: ‖A‖₁. The sums do double duty: they are finite only if every element is.
  ///
  /// - Throws: `notFinite`, or `overflow` where only a sum is not finite.
  func finiteNorm(of columnSums: [Element], isLowerTriangle: Bool = false) throws(LinearAlgebraError) -> Element {
    var norm: Element = 0
    var isFinite = true
    for sum in columnSums {
      norm = max(norm, sum)
      isFinite = isFinite && sum.isFinite
    }
    guard isFinite else {
      if isLowerTriangle { try requireFiniteLowerTriangle() } else { try requireFinite("the matrix") }
      throw LinearAlgebraError(
        .overflow,
        "the sums of the columns pass the range of \(Element.elementType): divide the matrix by a power of two")
    }
    return norm
  }

  func requireSquare(for operation: String) throws(LinearAlgebraError) {
    guard rows == columns else {
      throw LinearAlgebraError(.shapeMismatch, "\(operation) needs a square matrix, not \(shape)")
    }
  }
}

extension StridedReadable {
  /// The number of right-hand sides of a system of `order` equations. Asked for before anything is copied.
  ///
  /// - Throws: `shapeMismatch` where these are none, `tooLarge`.
  func rightHandSides(of order: Int) throws(LinearAlgebraError) -> Int32 {
    guard rows == order else {
      throw LinearAlgebraError(
        .shapeMismatch,
        "right-hand sides of \(shape) do not fit a matrix of \(order) rows: they need \(order) rows too")
    }
    return try Int32(blas: columns, "the number of right-hand sides")
  }
}

/// Finite data in, no zero pivot, and yet an infinity or NaN: the pivots or the answer left the range.
func requireInRange<Element>(_ answer: some StridedReadable<Element>, _ name: String) throws(LinearAlgebraError) {
  guard placeOfFirstNonFinite(answer) == nil else { throw outOfRange(name, Element.elementType) }
}

func outOfRange(_ name: String, _ type: ElementType) -> LinearAlgebraError {
  LinearAlgebraError(
    .overflow, "\(name) passes the range of \(type): the matrix is nearly singular or badly scaled")
}

/// A negative `info` is LAPACK's refusal of argument `-info`. All of them were checked, so this is never the user's data.
func requireAccepted(_ info: Int32, by routine: String) throws(LinearAlgebraError) {
  guard info < 0 else { return }
  throw LinearAlgebraError(
    .internalCheckFailed, "LAPACK's \(routine) refused its argument \(-Int(info)): please report this with the command")
}

extension Matrix {
  /// A matrix that the operation is about to fill.
  init(forAnswer shape: Shape) throws(LinearAlgebraError) {
    do { try self.init(uninitialized: shape) } catch { throw LinearAlgebraError(.outOfMemory, error.message) }
  }

  /// A matrix of zeros.
  init(zeros shape: Shape) throws(LinearAlgebraError) {
    do { try self.init(shape: shape) } catch { throw LinearAlgebraError(.outOfMemory, error.message) }
  }

  /// A copy that the operation is about to work in, without the room between the rows.
  init(workingCopyOf other: some StridedReadable<Element>) throws(LinearAlgebraError) {
    do { try self.init(other) } catch { throw LinearAlgebraError(.outOfMemory, error.message) }
  }
}

extension Shape {
  /// The shape of an answer whose sides come from two operands: their product may be larger than any memory.
  init(ofAnswer rows: Int, _ columns: Int) throws(LinearAlgebraError) {
    do { try self.init(rows: rows, columns: columns) } catch { throw LinearAlgebraError(.tooLarge, error.message) }
  }
}
