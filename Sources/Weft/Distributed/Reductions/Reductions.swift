// SPDX-License-Identifier: Apache-2.0
//
// What can be learnt of a matrix that is never stored: its summary, its norms, and what it does to vectors.

import Evaluation
import MatrixCore
import Multiprocessing

extension RowPieces {
  /// Extremes, mean, norm, symmetry, checksum. Collective.
  ///
  /// - Returns: on the root the summary and the sum of the finite elements, of the same bits for any number of ranks; nil on the
  ///   others.
  /// - Throws: on all ranks, what fails on one.
  package func summary() throws -> (summary: MatrixSummary, sum: Double)? {
    let table = try Plan.chooseKernels()
    let keys = shape.rows == shape.columns ? SymmetryKeys(order: shape.rows) : nil
    var own: [(piece: Int, scan: PartialScan)] = []
    try unsafe forEachOwn { piece, rows, elements in
      if own.last?.piece != piece { own.append((piece, PartialScan())) }
      guard let base = elements.baseAddress else { return }
      unsafe own[own.count - 1].scan.look(
        at: base, count: elements.count, index: rows.lowerBound * shape.columns, columns: shape.columns, table: table,
        keys: keys)
    }
    var writer = WireWriter()
    writer.write(own) { (writer: inout WireWriter, part) in
      writer.write(part.piece)
      part.scan.write(to: &writer)
    }
    let all = try ranks.gather(writer.bytes)
    guard ranks.isRoot else { return nil }
    var scans = [PartialScan](repeating: PartialScan(), count: count)
    for bytes in all {
      var reader = WireReader(bytes)
      let parts = try reader.read { (reader: inout WireReader) throws(SystemError) -> (piece: Int, scan: PartialScan) in
        (try reader.read(), try PartialScan(from: &reader))
      }
      for (piece, scan) in parts where scans.indices.contains(piece) { scans[piece] = scan }
    }
    var seen = PartialScan()
    for scan in scans { seen.merge(scan) }
    let isSymmetric = keys == nil || seen.nonfiniteCount > 0 ? nil : seen.rowKeyed == seen.columnKeyed
    return (MatrixSummary(seen, isSymmetric: isSymmetric, shape: shape, elementType: .float64), seen.sum)
  }

  /// A·X for an X that every rank has whole; each element is a dot product as if in twice the precision, rounded once (Ogita, Rump
  /// and Oishi 2005, Accurate sum and dot product). Collective.
  ///
  /// - Parameter x: as many rows as this matrix has columns.
  /// - Returns: on the root; nil on the others. The same bits for any number of ranks.
  /// - Throws: on all ranks, what fails on one.
  package func apply(to x: Matrix<Double>) throws -> Matrix<Double>? {
    precondition(x.rows == shape.columns)
    // Columns that stand together.
    let columns = x.transposed()
    var own = WireWriter()
    try unsafe forEachOwn { _, rows, elements in
      for row in rows {
        own.write(row)
        let values = elements.extracting(
          (row - rows.lowerBound) * shape.columns..<(row - rows.lowerBound + 1) * shape.columns)
        for k in 0..<x.columns {
          own.write(unsafe columns.row(k).withUnsafeBufferPointer { unsafe compensatedDot(values, $0) })
        }
      }
    }
    return try gatherRows(own.bytes, columns: x.columns)
  }

  /// What each rank has written of rows: the number, and the elements.
  private func gatherRows(_ own: [UInt8], columns: Int) throws -> Matrix<Double>? {
    let all = try ranks.gather(own)
    guard ranks.isRoot else { return nil }
    var result = try Matrix<Double>(shape: try Shape(rows: shape.rows, columns: columns))
    for bytes in all {
      var reader = WireReader(bytes)
      for _ in 0..<bytes.count / (8 * (columns + 1)) {
        let row: Int = try reader.read()
        for k in 0..<columns { result[row, k] = try reader.read() }
      }
    }
    return result
  }

  /// The largest sum of magnitudes of a column, or of a row; each sum as if in twice the precision. Collective.
  ///
  /// - Returns: on the root; nil on the others.
  package func largestSum(ofColumns: Bool) throws -> Double? {
    let n = shape.columns
    var sums = [CompensatedSum](repeating: CompensatedSum(), count: ofColumns ? n : 0)
    var largest = 0.0
    try unsafe forEachOwn { _, rows, elements in
      for row in 0..<rows.count {
        if ofColumns {
          for j in 0..<n { sums[j].add(unsafe elements[row &* n &+ j].magnitude) }
        } else {
          var sum = CompensatedSum()
          for j in 0..<n { sum.add(unsafe elements[row &* n &+ j].magnitude) }
          // A NaN is a NaN's norm.
          largest = sum.value.isNaN || largest.isNaN ? .nan : max(largest, sum.value)
        }
      }
    }
    var writer = WireWriter()
    for sum in sums {
      writer.write(sum.plain)
      writer.write(sum.lost)
    }
    writer.write(largest)
    var total = [CompensatedSum](repeating: CompensatedSum(), count: sums.count)
    var all: [Double] = []
    for bytes in try ranks.gather(writer.bytes) {
      var reader = WireReader(bytes)
      for j in total.indices {
        total[j].add(try reader.read())
        total[j].add(try reader.read())
      }
      all.append(try reader.read())
    }
    guard ranks.isRoot else { return nil }
    all += total.map(\.value)
    return all.contains { $0.isNaN } ? .nan : all.max() ?? 0
  }
}

/// Σ xᵢyᵢ with the errors of products and sums carried along, eight lanes beside each other.
func compensatedDot(_ x: UnsafeBufferPointer<Double>, _ y: UnsafeBufferPointer<Double>) -> Double {
  let whole = x.count & ~7
  var (sums, lost) = (SIMD8<Double>(repeating: 0), SIMD8<Double>(repeating: 0))
  guard let a = x.baseAddress, let b = y.baseAddress else { return 0 }
  for k in stride(from: 0, to: whole, by: 8) {
    let left = unsafe UnsafeRawPointer(a + k).loadUnaligned(as: SIMD8<Double>.self)
    let right = unsafe UnsafeRawPointer(b + k).loadUnaligned(as: SIMD8<Double>.self)
    let product = left * right
    let sum = sums + product
    let part = sum - sums
    // What the product has lost is exact by a fused multiply-add.
    lost += (-product).addingProduct(left, right) + ((sums - (sum - part)) + (product - part))
    sums = sum
  }
  var total = CompensatedSum()
  for lane in 0..<8 {
    total.add(sums[lane])
    total.add(lost[lane])
  }
  for k in whole..<x.count {
    let product = unsafe a[k] * b[k]
    total.add(product)
    total.add(unsafe (-product).addingProduct(a[k], b[k]))
  }
  return total.value
}
