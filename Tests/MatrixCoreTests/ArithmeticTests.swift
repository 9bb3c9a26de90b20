// SPDX-License-Identifier: Apache-2.0
// Elementwise arithmetic against its definition, bit by bit: every operation, both types, matrices and slices of them.

import MatrixCore
import Testing

@Suite(.timeLimit(.minutes(20)))
struct ArithmeticTests {
  static let shapes = [(0, 0), (0, 3), (3, 0), (1, 1), (1, 7), (7, 1), (3, 5), (16, 16), (33, 70)]

  /// Numbers of every kind, special ones among them, in the middle of a larger matrix that has NaN around it.
  func numbers<Element: MatrixElement>(
    _ rows: Int, _ columns: Int, seed: Int, as _: Element.Type
  ) -> MatrixSlice<Matrix<Element>> {
    let special: [Element] = [0, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, .greatestFiniteMagnitude]
    let around = Matrix<Element>(rows: rows + 2, columns: columns + 3) { i, j in
      guard (1...max(rows, 1)).contains(i), (1...max(columns, 1)).contains(j) else { return .nan }
      let k = (i * 31 + j * 17 + seed) % 101
      return k < special.count ? special[k] : Element(k - 50) / 7
    }
    return around[rows: 1..<1 + rows, columns: 1..<1 + columns]
  }

  func expect<Element>(
    _ result: some StridedReadable<Element>, _ a: some StridedReadable<Element>, _ element: (Int, Int) -> Element,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let expected = Matrix(rows: a.rows, columns: a.columns, element)
    #expect(result.identical(to: expected), "\(a.shape)", sourceLocation: sourceLocation)
  }

  func check<Element, Writable: MatrixWritable<Element>>(
    _ a: some StridedReadable<Element>, _ b: some StridedReadable<Element>, _ original: Writable
  ) {
    let s: Element = -1.75
    expect(a + b, a) { a[$0, $1] + b[$0, $1] }
    expect(a - b, a) { a[$0, $1] - b[$0, $1] }
    expect(a.multipliedElementwise(by: b), a) { a[$0, $1] * b[$0, $1] }
    expect(a.dividedElementwise(by: b), a) { a[$0, $1] / b[$0, $1] }
    expect(-a, a) { -a[$0, $1] }
    expect(a + s, a) { a[$0, $1] + s }
    expect(s + a, a) { a[$0, $1] + s }
    expect(a - s, a) { a[$0, $1] - s }
    expect(s - a, a) { s - a[$0, $1] }
    expect(a * s, a) { a[$0, $1] * s }
    expect(s * a, a) { a[$0, $1] * s }
    expect(a / s, a) { a[$0, $1] / s }
    expect(a.map { $0 * $0 }, a) { a[$0, $1] * a[$0, $1] }
    expect(a.map(with: b) { $0 * 2 - $1 }, a) { a[$0, $1] * 2 - b[$0, $1] }

    func expectChanged(
      _ element: (Element, Element) -> Element, _ change: (inout Writable) -> Void,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      var m = original
      change(&m)
      expect(m, a, { element(a[$0, $1], b[$0, $1]) }, sourceLocation: sourceLocation)
    }
    expectChanged({ $0 + $1 }, { $0 += b })
    expectChanged({ $0 - $1 }, { $0 -= b })
    expectChanged({ $0 * $1 }, { $0.multiplyElementwise(by: b) })
    expectChanged({ $0 / $1 }, { $0.divideElementwise(by: b) })
    expectChanged({ $0 + s * $1 }, { $0.add(b, scaledBy: s) })
    expectChanged({ x, _ in x + s }, { $0 += s })
    expectChanged({ x, _ in x - s }, { $0 -= s })
    expectChanged({ x, _ in x * s }, { $0 *= s })
    expectChanged({ x, _ in x / s }, { $0 /= s })
    expectChanged({ x, _ in x * x - s }, { $0.mapInPlace { $0 * $0 - s } })
  }

  @Test(arguments: shapes) func everyOperation(rows: Int, columns: Int) throws {
    func both<Element: MatrixElement>(_: Element.Type) throws {
      let a = numbers(rows, columns, seed: 1, as: Element.self)
      let b = numbers(rows, columns, seed: 40, as: Element.self)
      try check(a, b, Matrix(a))
      try check(Matrix(a), Matrix(b), Matrix(a))
      try check(SharedMatrix(a), b, SharedMatrix(a))
    }
    try both(Double.self)
    try both(Float.self)
  }

  @Test func aCopyStaysAsItWas() throws {
    let original = Matrix<Double>([[1, 2], [3, 4]])
    var m = original
    m += m
    m *= 3
    #expect(m == Matrix([[6, 12], [18, 24]]) && original == Matrix([[1, 2], [3, 4]]))
    var shared = try SharedMatrix(original)
    let kept = shared
    shared.add(original, scaledBy: -1)
    shared -= 1
    #expect(shared.equal(to: Matrix([[-1, -1], [-1, -1]])) && kept.equal(to: original))
  }

  @Test func expressions() {
    let m = Matrix<Double>([[1, 2], [3, 4]])
    #expect(1 - m * 2 + m[columns: ..<1].tiled(down: 1, across: 2) / 2 == Matrix([[-0.5, -2.5], [-3.5, -5.5]]))
  }

  @Test func otherElements() {
    let halves = Matrix<Double>([[0.1, 2]]).map { Float($0) }
    #expect(halves == Matrix<Float>([[0.1, 2]]))
    let mixed = halves.map(with: Matrix<Double>([[1, 2]])) { Double($0) * $1 }
    #expect(mixed == Matrix<Double>([[Double(Float(0.1)), 4]]))
  }

  @Test func errorsOfTheClosureComeThrough() {
    struct Stop: Error {}
    var m = Matrix<Double>([[1, 2], [3, 4]])
    func upToTwo(_ x: Double) throws(Stop) -> Double {
      guard x < 3 else { throw Stop() }
      return -x
    }
    #expect(throws: Stop.self) { try m.map(upToTwo) }
    #expect(throws: Stop.self) { try m.mapInPlace(upToTwo) }
    #expect(m == Matrix([[-1, -2], [3, 4]]))
  }

  @Test func otherShapesEndTheProgram() async {
    await #expect(processExitsWith: .failure) { _ = Matrix<Double>([[1, 2]]) + Matrix<Double>([[1], [2]]) }
    await #expect(processExitsWith: .failure) {
      var m = Matrix<Double>([[1, 2]])
      m += Matrix<Double>([[1, 2, 3]])[columns: 0...0]
    }
    await #expect(processExitsWith: .failure) {
      _ = Matrix<Double>([[1, 2]]).map(with: Matrix<Double>([[1]])) { $0 + $1 }
    }
  }
}
