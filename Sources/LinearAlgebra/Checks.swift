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
    guard let (row, column) = firstNonFinite() else { return }
    throw LinearAlgebraError(
      .notFinite,
      "\(name) has the element \(self[row, column]) in row \(row), column \(column) (counted from 0): "
        + "linear algebra needs finite numbers",
      element: LinearAlgebraError.Element(row: row, column: column))
  }

  /// What lies between the rows is not looked at.
  private func firstNonFinite() -> (row: Int, column: Int)? {
    guard rowStride != columns else {
      return indexOfFirstNonFinite(strided).map { ($0 / columns, $0 % columns) }
    }
    for i in 0..<rows {
      if let j = indexOfFirstNonFinite(row(i)) { return (i, j) }
    }
    return nil
  }

  func requireSquare(for operation: String) throws(LinearAlgebraError) {
    guard rows == columns else {
      throw LinearAlgebraError(.shapeMismatch, "\(operation) needs a square matrix, not \(shape)")
    }
  }
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

  /// A copy that the operation is about to work in.
  init(workingCopyOf other: some MatrixReadable<Element>) throws(LinearAlgebraError) {
    do { try self.init(other) } catch { throw LinearAlgebraError(.outOfMemory, error.message) }
  }
}

extension Shape {
  /// The shape of an answer whose sides come from two operands: their product may be larger than any memory.
  init(ofAnswer rows: Int, _ columns: Int) throws(LinearAlgebraError) {
    do { try self.init(rows: rows, columns: columns) } catch { throw LinearAlgebraError(.tooLarge, error.message) }
  }
}
