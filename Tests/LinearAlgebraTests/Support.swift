// SPDX-License-Identifier: Apache-2.0
//
// What the tests of this module share: seeded random matrices, the product by its definition, norms.

import MatrixCore

@testable import LinearAlgebra

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers for the same seed, on every machine.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// Elements evenly distributed over -1..<1.
func random<Element: MatrixElement>(
  _ rows: Int, _ columns: Int, seed: UInt64, as _: Element.Type = Element.self
) -> Matrix<Element> {
  var generator = SplitMix(state: seed)
  return Matrix(rows: rows, columns: columns) { _, _ in
    Element(Double(generator.next() >> 11) * 0x1p-52 - 1)
  }
}

func identity<Element: MatrixElement>(_ n: Int, as _: Element.Type = Element.self) -> Matrix<Element> {
  Matrix(rows: n, columns: n) { i, j in i == j ? 1 : 0 }
}

/// alpha·op(A)·op(B) + beta·C by its definition, in double.
func reference<Element: MatrixElement>(
  _ a: Matrix<Element>, _ opA: Transpose, _ b: Matrix<Element>, _ opB: Transpose, alpha: Element, beta: Element,
  _ c: Matrix<Element>
) -> Matrix<Double> {
  let k = opA.sides(of: a.shape).columns
  return Matrix(rows: c.rows, columns: c.columns) { i, j in
    var sum = 0.0
    for l in 0..<k {
      let left = opA == .asStored ? a[i, l] : a[l, i]
      let right = opB == .asStored ? b[l, j] : b[j, l]
      sum += Double(left) * Double(right)
    }
    return Double(alpha) * sum + (beta == 0 ? 0 : Double(beta) * Double(c[i, j]))
  }
}

/// max |aᵢⱼ - bᵢⱼ|
func distance<Element: MatrixElement, Other: MatrixElement>(_ a: Matrix<Element>, _ b: Matrix<Other>) -> Double {
  precondition(a.shape == b.shape)
  var largest = 0.0
  for i in 0..<a.rows {
    for j in 0..<a.columns {
      let difference = (Double(a[i, j]) - Double(b[i, j])).magnitude
      if !(difference <= largest) { largest = difference }  // NaN counts as largest
    }
  }
  return largest
}

/// The largest sum of magnitudes in a row.
func rowNorm<Element: MatrixElement>(_ a: Matrix<Element>) -> Double {
  (0..<a.rows).map { i in (0..<a.columns).reduce(0) { $0 + Double(a[i, $1].magnitude) } }.max() ?? 0
}

/// The error that `body` ends with; any other kind of error, or none, is `nil`.
func failure(_ body: () throws -> Void) -> LinearAlgebraError? {
  do {
    try body()
    return nil
  } catch {
    return error as? LinearAlgebraError
  }
}

func transposed<Element: MatrixElement>(_ a: Matrix<Element>) -> Matrix<Element> {
  Matrix(rows: a.columns, columns: a.rows) { i, j in a[j, i] }
}

/// ‖Qᵀ·Q − 1‖ in the maximum norm.
func distanceFromOrthonormal<Element: MatrixElement>(_ q: Matrix<Element>) throws -> Double {
  try distance(Product.of(q, q, left: .transposed), identity(q.columns, as: Element.self))
}

/// A shape that takes no memory to test, of a matrix that is far too large for any: whatever reads an element fails.
struct Stub: StridedReadable {
  typealias Element = Float
  let shape: Shape
  let rowStride: Int
  var strided: Span<Float> {
    @_lifetime(borrow self) get { fatalError("a matrix that is too large was read") }
  }

  init(_ rows: Int, _ columns: Int, rowStride: Int? = nil) throws {
    shape = try Shape(rows: rows, columns: columns)
    self.rowStride = rowStride ?? columns
  }
}
