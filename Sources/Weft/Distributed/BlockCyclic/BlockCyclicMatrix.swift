// SPDX-License-Identifier: Apache-2.0
//
// A rank's own part of a matrix that is spread over ranks.

import Glibc
import MatrixCore

/// The elements of a float64 matrix that one rank owns, column by column, as ScaLAPACK has them.
///
/// Not for other threads while a routine runs. Made of zeros.
@safe package final class BlockCyclicMatrix {
  package let layout: BlockCyclicLayout
  /// `layout.rows.localLength` elements a column.
  @safe package let elements: UnsafeMutableBufferPointer<Double>

  /// - Throws: `resources` where there is no memory for it.
  package init(_ layout: BlockCyclicLayout) throws(EngineError) {
    let (bytes, overflow) = max(1, layout.localCount).multipliedReportingOverflow(by: 8)
    // Fresh memory of the system is zero, and costs nothing before it is used.
    guard !overflow, let memory = unsafe calloc(bytes / 8, 8) else {
      throw EngineError(
        .resources,
        "There is no memory for \(ByteCount(bytes)), this rank's part of a \(layout.shape) matrix: use more ranks.")
    }
    self.layout = layout
    unsafe elements = UnsafeMutableBufferPointer(
      start: memory.bindMemory(to: Double.self, capacity: layout.localCount), count: layout.localCount)
  }

  deinit { unsafe free(elements.baseAddress) }

  package var shape: Shape { layout.shape }
  package var localRows: Int { layout.rows.localLength }
  package var localColumns: Int { layout.columns.localLength }

  /// Gives every element of this rank's a new value, which depends on its place in the whole.
  package func update(_ body: (_ value: Double, _ row: Int, _ column: Int) -> Double) {
    let rows = (0..<localRows).map(layout.rows.global)
    for column in 0..<localColumns {
      let global = layout.columns.global(column)
      for row in 0..<rows.count {
        let place = column * rows.count + row
        elements[place] = body(elements[place], rows[row], global)
      }
    }
  }

  /// Element by element; of the same layout.
  func subtract(_ other: BlockCyclicMatrix) {
    precondition(layout == other.layout)
    for place in elements.indices { elements[place] -= other.elements[place] }
  }

  /// Takes the elements in the first rows and columns, as far as both have them, from a matrix in blocks of the same size. The same
  /// ranks have them in both, in the same order: who owns an element does not depend on where the matrix ends.
  package func copyCorner(of other: BlockCyclicMatrix) {
    precondition(layout.grid == other.layout.grid && layout.rows.block == other.layout.rows.block)
    let rows = min(localRows, other.localRows)
    for column in 0..<min(localColumns, other.localColumns) {
      let from = other.elements.extracting(column * other.localRows..<column * other.localRows + rows)
      _ = unsafe elements.extracting((column * localRows)...).update(fromContentsOf: from)
    }
  }
}
