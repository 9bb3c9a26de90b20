// SPDX-License-Identifier: Apache-2.0
//
// What matrix functions and factors need of single elements, and MatrixCore's arithmetic does not have in this form.

import MatrixCore

/// Row `i` of a matrix divided by `divisors[i]`, which may be an infinity: that row is then zero.
func divideRows<Element: MatrixElement>(_ a: inout Matrix<Element>, by divisors: [Element]) {
  precondition(a.rows == divisors.count)
  let columns = a.columns
  a.withMutableElements { divideRows(&$0, columns: columns, by: divisors) }
}

/// Ones on the diagonal, zeros elsewhere.
func setIdentity<Element: MatrixElement>(_ a: inout Matrix<Element>) {
  precondition(a.rows == a.columns || a.isEmpty)
  let columns = a.columns
  a.withMutableElements { setIdentity(&$0, columns: columns) }
}

/// A ← A + value·I
func addToDiagonal<Element: MatrixElement>(_ value: Element, of a: inout Matrix<Element>) {
  for i in 0..<a.rows { a[i, i] += value }
}

@specialized(where Value == Double)
@specialized(where Value == Float)
private func divideRows<Value: MatrixElement>(
  _ elements: inout MutableSpan<Value>, columns: Int, by divisors: [Value]
) {
  unsafe elements.withUnsafeMutableBufferPointer { elements in
    for (row, divisor) in divisors.enumerated() {
      for k in row * columns..<(row + 1) * columns { unsafe elements[k] /= divisor }
    }
  }
}

@specialized(where Value == Double)
@specialized(where Value == Float)
private func setIdentity<Value: MatrixElement>(_ elements: inout MutableSpan<Value>, columns: Int) {
  for k in elements.indices { elements[k] = 0 }
  for k in stride(from: 0, to: elements.count, by: columns + 1) { elements[k] = 1 }
}
