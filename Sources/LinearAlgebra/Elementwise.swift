// SPDX-License-Identifier: Apache-2.0
//
// What is one pass over the elements and not worth a call into OpenBLAS: products with diagonal matrices, sums, multiples
// and the identity. Used by what multiplies factors together (Σ·Vᵀ, Λ·Vᵀ) and by matrix functions.

import MatrixCore

/// Row `i` of a matrix times `factors[i]`.
func multiplyRows<Element: MatrixElement>(_ a: inout Matrix<Element>, by factors: [Element]) {
  precondition(a.rows == factors.count)
  let columns = a.columns
  a.withMutableElements { multiplyRows(&$0, columns: columns, by: factors) }
}

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

/// A ← factor·A
func scale<Element: MatrixElement>(_ a: inout Matrix<Element>, by factor: Element) {
  a.withMutableElements { scale(&$0, by: factor) }
}

/// Y ← Y + factor·X
func add<Element: MatrixElement>(_ x: Matrix<Element>, times factor: Element, to y: inout Matrix<Element>) {
  y.withMutableElements { add(x.elements, times: factor, to: &$0) }
}

/// A ← A + value·I
func addToDiagonal<Element: MatrixElement>(_ value: Element, of a: inout Matrix<Element>) {
  for i in 0..<a.rows { a[i, i] += value }
}

@specialized(where Value == Double)
@specialized(where Value == Float)
private func multiplyRows<Value: MatrixElement>(
  _ elements: inout MutableSpan<Value>, columns: Int, by factors: [Value]
) {
  unsafe elements.withUnsafeMutableBufferPointer { elements in
    for (row, factor) in factors.enumerated() {
      for k in row * columns..<(row + 1) * columns { unsafe elements[k] *= factor }
    }
  }
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

@specialized(where Value == Double)
@specialized(where Value == Float)
private func scale<Value: MatrixElement>(_ elements: inout MutableSpan<Value>, by factor: Value) {
  unsafe elements.withUnsafeMutableBufferPointer { elements in
    for k in elements.indices { unsafe elements[k] *= factor }
  }
}

@specialized(where Value == Double)
@specialized(where Value == Float)
private func add<Value: MatrixElement>(_ x: Span<Value>, times factor: Value, to y: inout MutableSpan<Value>) {
  precondition(x.count == y.count)
  unsafe x.withUnsafeBufferPointer { x in
    unsafe y.withUnsafeMutableBufferPointer { y in
      for k in 0..<x.count { unsafe y[k] += factor * x[k] }
    }
  }
}
