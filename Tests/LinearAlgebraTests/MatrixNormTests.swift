// SPDX-License-Identifier: Apache-2.0
//
// Norms by their definitions, at the ends of the range too, and by what relates them to each other.

import Glibc
import MatrixCore
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)))
struct MatrixNormTests {
  @Test func known() throws {
    let a = Matrix<Double>([[1, -7, 2], [-3, 0, 4]])
    #expect(try a.norm(.one) == 7)
    #expect(try a.norm(.infinity) == 10)
    #expect(try a.norm(.max) == 7)
    #expect((try a.norm(.frobenius) - 79.0.squareRoot()).magnitude < 1e-14)
    let b = diagonal([3.0, -4])
    #expect((try b.norm(.two) - 4).magnitude < 1e-15)
    #expect((try b.norm(.nuclear) - 7).magnitude < 1e-14)
  }

  func check<Element: MatrixElement>(_ kind: TestMatrix, _ rows: Int, _ columns: Int, as _: Element.Type) throws {
    let a = kind.matrix(rows, columns, as: Element.self)
    let padded = PaddedMatrix(a)
    var rowSums = [Double](repeating: 0, count: rows)
    var columnSums = [Double](repeating: 0, count: columns)
    var (squares, largest) = (0.0, 0.0)
    for i in 0..<rows {
      for j in 0..<columns {
        let value = Double(a[i, j].magnitude)
        rowSums[i] += value
        columnSums[j] += value
        squares += value * value
        largest = max(largest, value)
      }
    }
    func isClose(_ norm: Element, _ expected: Double) -> Bool {
      (Double(norm) - expected).magnitude <= 2 * Double(rows + columns) * Double(Element.ulpOfOne) * expected
    }
    let name: Comment = "\(kind) \(rows)×\(columns)"
    #expect(isClose(try padded.norm(.one), columnSums.max() ?? 0), name)
    #expect(isClose(try padded.norm(.infinity), rowSums.max() ?? 0), name)
    #expect(isClose(try padded.norm(.frobenius), squares.squareRoot()), name)
    #expect(isClose(try padded.norm(.max), largest), name)
    // ‖A‖_max ≤ ‖A‖₂ ≤ ‖A‖_F ≤ ‖A‖₊, but for rounding.
    let chain = try [MatrixNorm.max, .two, .frobenius, .nuclear].map { Double(try padded.norm($0)) }
    let slack = 1 + 30 * Double(rows + columns) * Double(Element.ulpOfOne)
    #expect(zip(chain, chain.dropFirst()).allSatisfy { $0 <= $1 * slack }, name)
  }

  @Test(
    arguments: TestMatrix.allCases,
    [(0, 0), (0, 5), (1, 1), (2, 2), (17, 17), (64, 64), (5, 31), (31, 5), (1, 9), (9, 1), (3, 5), (7, 2)])
  func everyKind(kind: TestMatrix, sides: (Int, Int)) throws {
    try check(kind, sides.0, sides.1, as: Double.self)
    try check(kind, sides.0, sides.1, as: Float.self)
  }

  @Test(arguments: [0x1p-1063, 1e-300, 1e-160, 1e-150, 1, 1e150, 1e160, 1e300])
  func frobeniusAtTheEndsOfTheRange(scale: Double) throws {
    let a = Matrix<Double>(rows: 20, columns: 20) { _, _ in scale }
    // Four hundred equal elements: twenty times one of them. Subnormal numbers have fewer digits.
    let expected = 20 * scale
    #expect((try a.norm(.frobenius) - expected).magnitude <= 8 * expected.ulp)
    // A few large ones among many that vanish when they are squared.
    var mixed = a
    mixed[3, 4] = max(scale * 1e6, scale)
    if mixed[3, 4].isFinite { #expect(try mixed.norm(.frobenius) >= mixed[3, 4]) }
    let floats = Matrix<Float>(rows: 10, columns: 10) { _, _ in Float.greatestFiniteMagnitude / 16 }
    #expect((try floats.norm(.frobenius) / (10 * (Float.greatestFiniteMagnitude / 16)) - 1).magnitude < 1e-6)
  }

  /// At every place of a row that is read in four streams, in one, and singly, without gaps and with them.
  @Test(arguments: [1, 7, 8, 9, 255, 256, 300, 2048, 2600])
  func namesWhatIsNotFinite(columns: Int) throws {
    func check<Element: MatrixElement>(_: Element.Type) throws {
      let whole = Matrix<Element>(rows: 3, columns: columns) { i, j in Element((i + j) % 7) - 3 }
      for kind in [MatrixNorm.one, .infinity, .frobenius, .max] {
        for j in Set(stride(from: 0, to: columns, by: 37)).union([columns / 2, columns - 1]) {
          for value in [Element.nan, .infinity, -.infinity] {
            var a = whole
            a[1, j] = value
            let place = LinearAlgebraError.Element(row: 1, column: j)
            let error = #expect(throws: LinearAlgebraError.self) { try a.norm(kind) }
            #expect(error?.code == .notFinite && error?.element == place, "\(kind) \(value) \(j)")
            let padded = #expect(throws: LinearAlgebraError.self) { try PaddedMatrix(a).norm(kind) }
            #expect(padded?.element == place, "\(kind) \(value) \(j)")
            a[1, j] = .greatestFiniteMagnitude
            a[2, j] = .greatestFiniteMagnitude
            a[1, 0] = .greatestFiniteMagnitude
            a[1, columns - 1] = .greatestFiniteMagnitude
            if kind == .max { #expect(try a.norm(.max) == .greatestFiniteMagnitude) }
            if kind == .one {
              #expect(#expect(throws: LinearAlgebraError.self) { try a.norm(.one) }?.code == .overflow)
            }
          }
        }
      }
    }
    try check(Double.self)
    try check(Float.self)
  }

  @Test func theEmptyOneIsZero() throws {
    for (rows, columns) in [(0, 0), (0, 4), (4, 0)] {
      let a = Matrix<Double>(rows: rows, columns: columns) { _, _ in 1 }
      for kind in MatrixNorm.allCases { #expect(try a.norm(kind) == 0) }
    }
  }

  @Test(arguments: MatrixNorm.allCases) func refusals(kind: MatrixNorm) throws {
    #expect(refusesNonFinite { _ = try PaddedMatrix($0).norm(kind) })
    guard kind != .max else { return }
    let huge = Matrix<Double>(rows: 4, columns: 4) { _, _ in .greatestFiniteMagnitude }
    #expect(failure { _ = try huge.norm(kind) }?.code == .overflow)
  }

  @Test func conditionNumbers() throws {
    // Hilbert's matrix of order 5: κ₁ = κ_∞ = 943,656 (Gregory and Karney 1969, example 3.8).
    let hilbert = TestMatrix.hilbert.square(5, as: Double.self)
    for (kind, expected) in [(MatrixNorm.one, 943_656), (.infinity, 943_656), (.two, 476_607.250242)] {
      #expect((try hilbert.conditionNumber(kind) / expected - 1).magnitude < 1e-9, "\(kind)")
    }
    let shear = Matrix<Double>([[1, 100], [0, 1]])  // its inverse has the same magnitudes
    #expect(try shear.conditionNumber(.one) == 101 * 101 && shear.conditionNumber(.max) == 100 * 100)
    #expect((try shear.conditionNumber(.frobenius) - 10_002).magnitude < 1e-8)
    #expect((try diagonal([1.0, 2, 4]).conditionNumber(.nuclear) - 7 * 1.75).magnitude < 1e-13)
    for kind in MatrixNorm.allCases {
      #expect(try Matrix<Float>(rows: 0, columns: 0) { _, _ in 0 }.conditionNumber(kind) == 1)
      #expect(try diagonal([1.0, 0]).conditionNumber(kind) == .infinity)
      #expect(refusesNonFinite { _ = try $0.conditionNumber(kind) })
    }
    #expect(failure { _ = try random(2, 3, seed: 5, as: Double.self).conditionNumber(.one) }?.code == .shapeMismatch)
    #expect(failure { _ = try diagonal([1e-200, 1e200]).conditionNumber(.one) }?.code == .overflow)
  }
}
