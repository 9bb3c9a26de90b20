// SPDX-License-Identifier: Apache-2.0
// A list of numbers with every row or column: what NumPy does by broadcasting, said in words. Centring is
// `m.add(m.mean(ofEach: .column), toEach: .row, scaledBy: -1)`.

extension MatrixWritable {
  /// Adds `factor` times these numbers to each row, for which there is one number a column, or to each column, for which
  /// there is one a row. Another number of them is a programming error.
  public mutating func add(_ numbers: [Element], toEach axis: Axis, scaledBy factor: Element = 1) {
    requireNumbers(numbers, of: axis == .row ? columns : rows)
    let columns = columns
    withMutableElements { addToLines(&$0, columns: columns, numbers.span, axis, factor) }
  }

  /// Multiplies each row by its own number, or each column: by a diagonal matrix from the left, or from the right.
  /// Another number of them than of rows or columns is a programming error.
  public mutating func multiply(each axis: Axis, by numbers: [Element]) {
    requireNumbers(numbers, of: axis == .row ? rows : columns)
    let columns = columns
    withMutableElements { multiplyLines(&$0, columns: columns, numbers.span, axis) }
  }

  private func requireNumbers(_ numbers: [Element], of count: Int) {
    precondition(numbers.count == count, "\(numbers.count) numbers for \(count) places of a matrix of \(shape)")
  }
}

@specialized(where Value == Double)
@specialized(where Value == Float)
private func addToLines<Value: MatrixElement>(
  _ a: inout MutableSpan<Value>, columns: Int, _ numbers: Span<Value>, _ axis: Axis, _ factor: Value
) {
  guard columns > 0 else { return }
  unsafe a.withUnsafeMutableBufferPointer { a in
    unsafe numbers.withUnsafeBufferPointer { numbers in
      for i in 0..<a.count / columns {
        let row = i &* columns
        switch axis {
        case .row:
          for j in 0..<columns { unsafe a[row &+ j] += factor * numbers[j] }
        case .column:
          let number = unsafe factor * numbers[i]
          for j in 0..<columns { unsafe a[row &+ j] += number }
        }
      }
    }
  }
}

@specialized(where Value == Double)
@specialized(where Value == Float)
private func multiplyLines<Value: MatrixElement>(
  _ a: inout MutableSpan<Value>, columns: Int, _ numbers: Span<Value>, _ axis: Axis
) {
  guard columns > 0 else { return }
  unsafe a.withUnsafeMutableBufferPointer { a in
    unsafe numbers.withUnsafeBufferPointer { numbers in
      for i in 0..<a.count / columns {
        let row = i &* columns
        switch axis {
        case .row:
          let number = unsafe numbers[i]
          for j in 0..<columns { unsafe a[row &+ j] *= number }
        case .column:
          for j in 0..<columns { unsafe a[row &+ j] *= numbers[j] }
        }
      }
    }
  }
}
