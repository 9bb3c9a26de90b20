// SPDX-License-Identifier: Apache-2.0
// Sums and their relatives against a reference that errs 2⁵⁰ times less, over every length of block, group and panel;
// least and greatest elements against a plain search, with NaN and equals.

import Glibc
import MatrixCore
import Testing

/// A sum with the rounding errors of its additions and products carried along (Neumaier 1974).
struct ReferenceSum {
  private var sum = 0.0
  private var rest = 0.0
  private(set) var magnitudes = 0.0
  var value: Double { sum + rest }

  mutating func add(_ x: Double, times y: Double = 1) {
    let product = x * y
    rest += fma(x, y, -product)
    let next = sum + product
    rest += sum.magnitude >= product.magnitude ? (sum - next) + product : (product - next) + sum
    sum = next
    magnitudes += product.magnitude
  }
}

/// Numbers over -1..<1, multiples of 2⁻²⁰, so that products of two are exact in double.
func numbers<Element: MatrixElement>(_ rows: Int, _ columns: Int, seed: Int = 1, as _: Element.Type) -> Matrix<Element>
{
  var state = UInt64(truncatingIfNeeded: seed) &* 0x9e37_79b9_7f4a_7c15 | 1
  return Matrix(rows: rows, columns: columns) { _, _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Element(Int(state >> 43)) / 0x1p20 - 1
  }
}

@Suite(.timeLimit(.minutes(20)))
struct ReductionTests {
  static let shapes = [
    (1, 1), (1, 15), (1, 16), (1, 17), (1, 255), (1, 256), (1, 257), (1, 513), (1, 3000), (2, 7), (7, 33), (8, 8),
    (9, 5), (16, 31), (63, 40), (64, 1), (65, 2), (100, 3), (3, 600), (17, 1030), (129, 90),
    (1, 2047), (1, 2048), (1, 2049), (2, 2303), (1, 2304), (1, 9001),
  ]

  func check<Element: MatrixElement>(_ a: some StridedReadable<Element>, _ b: some StridedReadable<Element>) {
    let u = Double(Element.ulpOfOne) / 2
    func near(_ x: Element, _ reference: ReferenceSum, count: Int, sourceLocation: SourceLocation = #_sourceLocation) {
      let bound = (34 + log2(Double(max(count, 1)))) * u * reference.magnitudes
      #expect((Double(x) - reference.value).magnitude <= bound, "\(a.shape)", sourceLocation: sourceLocation)
    }
    var all = (sum: ReferenceSum(), squares: ReferenceSum(), dot: ReferenceSum())
    for i in 0..<a.rows {
      for j in 0..<a.columns {
        let x = Double(a[i, j])
        all.sum.add(x)
        all.squares.add(x, times: x)
        all.dot.add(x, times: Double(b[i, j]))
      }
    }
    near(a.sum(), all.sum, count: a.count)
    near(a.sumOfSquares(), all.squares, count: a.count)
    near(a.dot(b), all.dot, count: a.count)
    #expect(a.mean() == a.sum() / Element(a.count))
    var deviations = ReferenceSum()
    for i in 0..<a.rows {
      for j in 0..<a.columns {
        let deviation = Double(a[i, j]) - all.sum.value / Double(a.count)
        deviations.add(deviation, times: deviation)
      }
    }
    near(a.variance() * Element(a.count), deviations, count: 16 * a.count)

    for axis in Axis.allCases {
      let lines = axis == .row ? a.rows : a.columns
      let length = axis == .row ? a.columns : a.rows
      let sums = a.sum(ofEach: axis)
      let squares = a.sumOfSquares(ofEach: axis)
      let means = a.mean(ofEach: axis)
      let variances = a.variance(ofEach: axis)
      #expect(sums.count == lines && squares.count == lines && means.count == lines && variances.count == lines)
      for line in 0..<lines {
        var (sum, square, deviations) = (ReferenceSum(), ReferenceSum(), ReferenceSum())
        func element(_ k: Int) -> Double { Double(axis == .row ? a[line, k] : a[k, line]) }
        for k in 0..<length {
          sum.add(element(k))
          square.add(element(k), times: element(k))
        }
        for k in 0..<length {
          let deviation = element(k) - sum.value / Double(length)
          deviations.add(deviation, times: deviation)
        }
        near(sums[line], sum, count: length)
        near(squares[line], square, count: length)
        #expect(means[line] == sums[line] / Element(length))
        near(variances[line] * Element(length), deviations, count: 16 * length)
      }
    }
  }

  @Test(arguments: shapes) func sums(rows: Int, columns: Int) throws {
    func both<Element: MatrixElement>(_: Element.Type) throws {
      let a = numbers(rows, columns, as: Element.self)
      let b = numbers(rows, columns, seed: 2, as: Element.self)
      check(a, b)
      let around = Matrix(rows: rows + 1, columns: columns + 2) { i, j in i < rows && j < columns ? a[i, j] : .nan }
      check(around[rows: ..<rows, columns: ..<columns], b)
    }
    try both(Double.self)
    try both(Float.self)
  }

  @Test func integersAreExact() {
    let m = Matrix<Float>(rows: 300, columns: 70) { i, j in Float((i + j) % 5 - 2) }
    let expected = (0..<300).reduce(0) { sum, i in (0..<70).reduce(sum) { $0 + ($1 + i) % 5 - 2 } }
    #expect(m.sum() == Float(expected))
    #expect(m.sum(ofEach: .column)[3] == Float((0..<300).reduce(0) { $0 + ($1 + 3) % 5 - 2 }))
  }

  /// 0.1 added up a million times in float32 is 100958 one after the other.
  @Test func errorsDoNotGrowWithTheNumber() {
    let tenths = Matrix<Float>(rows: 1000, columns: 1000) { _, _ in 0.1 }
    for sum in [tenths.sum(), tenths[columns: ..<999].sum() + tenths.column(999).sum()] {
      #expect((sum / 100_000 - 1).magnitude < 4e-7)
    }
    let tall = Matrix<Float>(rows: 1_000_000, columns: 1) { _, _ in 0.1 }
    #expect((tall.sum(ofEach: .column)[0] / 100_000 - 1).magnitude < 4e-7)
  }

  @Test func varianceFarFromZero() {
    // 10⁶ + 0, 1, 2, …, 9 in float32: Σx² - n·mean² would be 0 or nonsense; the variance is 8.25.
    let m = Matrix<Float>(rows: 100, columns: 10) { _, j in 1_000_000 + Float(j) }
    // A mean that is off by one ulp, 2⁻⁴, adds 2⁻⁸; the bound of `variance` allows far more.
    #expect((m.variance() - 8.25).magnitude < 0x1p-8 + 1e-3)
    #expect(m.variance(ofEach: .column).allSatisfy { $0 < 1e-2 })
    #expect(m.variance(ofEach: .row).allSatisfy { ($0 - 8.25).magnitude < 1e-2 })
    let small = Matrix<Double>([[1, 2], [3, 4]])
    #expect(small.variance() == 1.25 && small.variance(correction: 1) == 5.0 / 3)
    #expect(small.standardDeviation(ofEach: .row) == [0.5, 0.5])
    #expect(
      small.standardDeviation(ofEach: .column, correction: 1) == [Double(2).squareRoot(), Double(2).squareRoot()])
    #expect(small[rows: 0..<1, columns: 0..<1].variance(correction: 1).isNaN)
  }

  @Test func products() {
    #expect(Matrix<Double>([[1, 2], [3, 4], [5, 6]]).product() == 720)
    #expect(Matrix<Double>([[1, 2], [3, 4], [5, 6]]).product(ofEach: .row) == [2, 12, 30])
    #expect(Matrix<Double>([[1, 2], [3, 4], [5, 6]]).product(ofEach: .column) == [15, 48])
    let powers = Matrix<Double>(rows: 40, columns: 50) { i, j in (i * 50 + j) % 2 == 0 ? 2 : 0.5 }
    #expect(powers.product() == 1 && powers[columns: ..<49].product() == 1_099_511_627_776)
    #expect(
      powers.product(ofEach: .column) == (0..<50).map { $0 % 2 == 0 ? 1_099_511_627_776.0 : 1 / 1_099_511_627_776.0 })
  }

  @Test func nothingAndNotANumber() throws {
    for shape in [(0, 0), (0, 3), (3, 0)] {
      let m = Matrix<Double>(rows: shape.0, columns: shape.1) { _, _ in 1 }
      #expect(m.sum() == 0 && m.product() == 1 && m.dot(m) == 0 && m.mean().isNaN && m.variance().isNaN)
      #expect(m.minimum() == nil && m.maximum() == nil && m.trace() == 0)
      #expect(m.sum(ofEach: .row) == [Double](repeating: 0, count: shape.0))
      #expect(m.product(ofEach: .column) == [Double](repeating: 1, count: shape.1))
    }
    var m = numbers(20, 30, as: Double.self)
    m[13, 7] = .nan
    #expect(m.sum().isNaN && m.product().isNaN && m.variance().isNaN && m.dot(m).isNaN)
    #expect(m.sum(ofEach: .row).indices.filter { m.sum(ofEach: .row)[$0].isNaN } == [13])
    #expect(m.sum(ofEach: .column).indices.filter { m.sum(ofEach: .column)[$0].isNaN } == [7])
    m[13, 7] = .infinity
    #expect(m.sum() == .infinity && m.mean() == .infinity)
  }

  @Test func traces() {
    let m = Matrix<Double>(rows: 3, columns: 4) { i, j in Double(10 * i + j) }
    #expect(m.trace() == 33 && m[columns: 1...].trace() == 36)
    #expect(m.diagonal() == [0, 11, 22] && m.diagonal(offset: 1) == [1, 12, 23] && m.diagonal(offset: -2) == [20])
    #expect(m.diagonal(offset: 3) == [3] && m.diagonal(offset: 4) == [] && m.diagonal(offset: -3) == [])
  }
}

@Suite(.timeLimit(.minutes(20)))
struct ExtremumTests {
  func plain<Element>(_ a: some StridedReadable<Element>, _ rows: Range<Int>, _ columns: Range<Int>, greatest: Bool)
    -> Extremum<Element>?
  {
    var best: Extremum<Element>?
    for i in rows {
      for j in columns {
        let x = a[i, j]
        if let best, best.value.isNaN || !(x.isNaN || (greatest ? x > best.value : x < best.value)) { continue }
        best = Extremum(value: x, row: i, column: j)
      }
    }
    return best
  }

  func same<Element>(_ a: Extremum<Element>?, _ b: Extremum<Element>?) -> Bool {
    a?.row == b?.row && a?.column == b?.column && (a?.value == b?.value || (a?.value.isNaN == b?.value.isNaN))
  }

  func check<Element>(_ a: some StridedReadable<Element>) {
    #expect(same(a.minimum(), plain(a, 0..<a.rows, 0..<a.columns, greatest: false)), "\(a.shape)")
    #expect(same(a.maximum(), plain(a, 0..<a.rows, 0..<a.columns, greatest: true)), "\(a.shape)")
    for (found, greatest) in [(a.minimum(ofEach: .row), false), (a.maximum(ofEach: .row), true)] {
      #expect(found.count == a.rows)
      for i in found.indices {
        #expect(same(found[i], plain(a, i..<i + 1, 0..<a.columns, greatest: greatest)), "\(a.shape) row \(i)")
      }
    }
    for (found, greatest) in [(a.minimum(ofEach: .column), false), (a.maximum(ofEach: .column), true)] {
      #expect(found.count == a.columns)
      for j in found.indices {
        #expect(same(found[j], plain(a, 0..<a.rows, j..<j + 1, greatest: greatest)), "\(a.shape) column \(j)")
      }
    }
  }

  @Test(arguments: [
    (1, 1), (1, 31), (1, 32), (1, 33), (1, 1024), (1, 1025), (1, 2100), (63, 3), (64, 3), (65, 2), (140, 5), (9, 530),
  ]) func everyPlace(rows: Int, columns: Int) {
    var wide = numbers(rows + 1, columns + 3, seed: rows, as: Double.self)
    var narrow = numbers(rows, columns, seed: columns, as: Float.self)
    let count = rows * columns
    for place in Set([0, count / 3, count / 2, count - 2, count - 1].filter { $0 >= 0 }) {
      let (i, j) = (place / columns, place % columns)
      for value in [-5.0, 5, .infinity, -.infinity, .nan] {
        let kept = (wide[i, j], narrow[i, j])
        wide[i, j] = value
        narrow[i, j] = Float(value)
        check(wide[rows: ..<rows, columns: ..<columns])
        check(narrow)
        (wide[i, j], narrow[i, j]) = kept
      }
      wide[i, j] = .nan  // and so on: more than one of them
    }
  }

  @Test func theFirstOfEquals() {
    let m = Matrix<Double>(rows: 70, columns: 40) { i, j in Double((i + j) % 3) }
    check(m)
    check(m[rows: 1..., columns: 1...])
    let zeros = Matrix<Double>([[0, -0.0], [-0.0, 0]])
    #expect(zeros.minimum() == Extremum(value: 0, row: 0, column: 0))
    #expect(zeros.maximum(ofEach: .column).map(\.row) == [0, 0])
  }

  @Test func nothing() async {
    #expect(Matrix<Double>(rows: 0, columns: 3) { _, _ in 0 }.minimum(ofEach: .row).isEmpty)
    await #expect(processExitsWith: .failure) {
      _ = Matrix<Double>(rows: 0, columns: 3) { _, _ in 0 }.minimum(ofEach: .column)
    }
  }
}
