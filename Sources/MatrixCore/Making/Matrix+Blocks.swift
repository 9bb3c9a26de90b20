// SPDX-License-Identifier: Apache-2.0
// Matrices put together from others: stacked, repeated, and Kronecker's product. Parts that do not fit each other are a
// programming error.

extension Matrix {
  /// The rows of all these, one after the other. They have the same number of columns.
  ///
  ///     Matrix(rowsOf: [a, b[rows: 1...], Matrix(row: [1, 2, 3])])
  public init(rowsOf parts: [any StridedReadable<Element>]) { self.init(blocks: parts.map { [$0] }) }

  /// The columns of all these, side by side. They have the same number of rows.
  public init(columnsOf parts: [any StridedReadable<Element>]) { self.init(blocks: [parts]) }

  /// The matrix whose blocks these are, row after row of them. Those of one row have the same number of rows, and each
  /// row of blocks has the same number of columns in all. No blocks make a 0×0 matrix.
  ///
  ///     Matrix(blocks: [[a, b], [b.transposed(), Matrix(repeating: 0, rows: 2, columns: 2)]])
  public init(blocks: [[any StridedReadable<Element>]]) {
    let columns = (blocks.first ?? []).reduce(0) { $0 + $1.columns }
    self.init(trusting: blocks.reduce(0) { $0 + ($1.first?.rows ?? 0) }, columns)
    var top = 0
    for blockRow in blocks {
      let height = blockRow.first?.rows ?? 0
      var left = 0
      for block in blockRow {
        precondition(block.rows == height, "a block of \(block.shape) does not fit beside one of \(height) rows")
        precondition(block.columns <= columns - left, "\(left + block.columns) columns of blocks below \(columns)")
        unsafe block.copyRows(to: storage.base + (top * columns + left), rowStride: columns)
        left += block.columns
      }
      precondition(left == columns, "\(left) columns of blocks below \(columns)")
      top += height
    }
  }
}

extension StridedReadable {
  /// This matrix over and over: `down` times one below the other, `across` times side by side.
  public func tiled(down: Int, across: Int) -> Matrix<Element> {
    precondition(down >= 0 && across >= 0, "a matrix is not repeated \(down)×\(across) times")
    let result = Matrix<Element>(trusting: rows * down, columns * across)
    guard !result.isEmpty else { return result }
    for i in 0..<down {
      for j in 0..<across {
        unsafe copyRows(
          to: result.storage.base + (i * rows * result.columns + j * columns), rowStride: result.columns)
      }
    }
    return result
  }

  /// Kronecker's product A⊗B: every element aᵢⱼ of this matrix replaced by the block aᵢⱼ·B. For an m×n and a p×q matrix
  /// it is mp×nq.
  public func kroneckerProduct(with b: some StridedReadable<Element>) -> Matrix<Element> {
    var result = Matrix<Element>(trusting: rows * b.rows, columns * b.columns)
    guard !result.isEmpty else { return result }
    var elements = result.mutableElements
    kronecker(strided, rowStride: rowStride, shape, b.strided, rowStride: b.rowStride, b.shape, into: &elements)
    return result
  }
}

@specialized(where Value == Double)
@specialized(where Value == Float)
private func kronecker<Value: MatrixElement>(
  _ a: Span<Value>, rowStride aStride: Int, _ aShape: Shape, _ b: Span<Value>, rowStride bStride: Int,
  _ bShape: Shape, into out: inout MutableSpan<Value>
) {
  unsafe a.withUnsafeBufferPointer { a in
    unsafe b.withUnsafeBufferPointer { b in
      unsafe out.withUnsafeMutableBufferPointer { out in
        var place = 0
        for i in 0..<aShape.rows {
          for k in 0..<bShape.rows {
            for j in 0..<aShape.columns {
              let factor = unsafe a[i &* aStride &+ j]
              for l in 0..<bShape.columns { unsafe out[place &+ l] = factor * b[k &* bStride &+ l] }
              place &+= bShape.columns
            }
          }
        }
      }
    }
  }
}
