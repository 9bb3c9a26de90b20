// SPDX-License-Identifier: Apache-2.0
// Random matrices: the published sequences, fixed numbers for a seed, and distributions by their moments and cells.

import Glibc
import Testing

@testable import MatrixCore

@Suite(.timeLimit(.minutes(20)))
struct RandomTests {
  @Test func publishedSequences() {
    // Of the authors' xoshiro256starstar.c, from the state 1, 2, 3, 4.
    var generator = Xoshiro256(state: (1, 2, 3, 4))
    let numbers = (0..<6).map { _ in generator.next() }
    #expect(
      numbers == [
        11520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360, 607_988_272_756_665_600,
      ])
    // Of their splitmix64.c, from the seed 1234567.
    let seeded = Xoshiro256(seed: 1_234_567)
    let state: (UInt64, UInt64, UInt64, UInt64) = (
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431
    )
    #expect(seeded == Xoshiro256(state: state))
  }

  /// Computed by another program, in Python.
  @Test func fixedNumbers() {
    let uniform = Matrix<Double>.uniform(rows: 2, columns: 2, in: -1..<1, seed: 42)
    let normal = Matrix<Double>.normal(rows: 2, columns: 3, seed: 42)
    #expect(
      uniform == Matrix([[-0.8322740578802357, -0.2420394986746628], [0.36008682205627873, 0.8493858906507752]]))
    #expect(
      normal
        == Matrix([
          [-0.7262191382447857, -0.21119691823195985, 0.2216227015035933],
          [0.5227716877560146, 0.46417731016247366, 0.7409788916865562],
        ]))
    #expect(Matrix<Float>.uniform(rows: 2, columns: 2, in: -1..<1, seed: 42) == uniform.map { Float($0) })
    #expect(Matrix<Float>.normal(rows: 2, columns: 3, seed: 42) == normal.map { Float($0) })
    let moved = Matrix<Double>.normal(rows: 2, columns: 3, mean: 5, standardDeviation: 0.5, seed: 42)
    #expect(moved == normal.map { 5 + 0.5 * $0 })
  }

  @Test func aGeneratorGoesOn() {
    var generator = Xoshiro256(seed: 42)
    let first = Matrix<Double>.uniform(rows: 10, columns: 7, using: &generator)
    let second = Matrix<Double>.uniform(rows: 3, columns: 7, using: &generator)
    let both = Matrix<Double>.uniform(rows: 13, columns: 7, seed: 42)
    #expect(Matrix(rowsOf: [first, second]) == both)
    #expect(both != Matrix<Double>.uniform(rows: 13, columns: 7, seed: 43))
    var system = SystemRandomNumberGenerator()
    #expect(Matrix<Double>.normal(rows: 3, columns: 3, using: &system).sum().isFinite)
    #expect(Matrix<Double>.normal(rows: 0, columns: 3, seed: 1).isEmpty)
  }

  /// The extremes of a generator: 0 is the lower end, and the upper end is not reached, in float32 either.
  @Test func ends() {
    struct Constant: RandomNumberGenerator {
      let value: UInt64
      func next() -> UInt64 { value }
    }
    func ends<Element: MatrixElement>(_: Element.Type) {
      for range in [0..<1, -1..<1, 1..<1.25] as [Range<Element>] {
        var least = Constant(value: 0)
        var greatest = Constant(value: .max)
        #expect(Matrix.uniform(rows: 1, columns: 1, in: range, using: &least)[0, 0] == range.lowerBound)
        let last = Matrix.uniform(rows: 1, columns: 1, in: range, using: &greatest)[0, 0]
        #expect(last < range.upperBound && last >= range.upperBound.nextDown.nextDown)
      }
    }
    ends(Double.self)
    ends(Float.self)
  }

  @Test func momentsAndCellsOfTheUniform() {
    let count = 100_000
    let m = Matrix<Double>.uniform(rows: 100, columns: count / 100, seed: 7)
    #expect((m.mean() - 0.5).magnitude < 5 * (1.0 / 12 / Double(count)).squareRoot())
    #expect((m.variance() - 1.0 / 12).magnitude < 5 * (1.0 / 180 / Double(count)).squareRoot())
    var cells = [Int](repeating: 0, count: 100)
    for k in m.elements.indices { cells[Int(m.elements[k] * 100)] += 1 }
    // χ² with 99 degrees of freedom: above 160 once in 10⁴ seeds.
    #expect(cells.reduce(0.0) { $0 + pow(Double($1) - 1000, 2) / 1000 } < 160)
  }

  @Test func momentsAndCellsOfTheNormal() {
    let count = 100_000
    let m = Matrix<Double>.normal(rows: 100, columns: count / 100, seed: 7)
    let root = Double(count).squareRoot()
    // Standard errors of the moments of a normal sample: 1, √2, √15 and √96 over the root of the number.
    #expect(m.mean().magnitude < 5 / root)
    #expect((m.variance() - 1).magnitude < 5 * 1.4142 / root)
    #expect((m.map { $0 * $0 * $0 }.mean()).magnitude < 5 * 3.873 / root)
    #expect((m.map { $0 * $0 * $0 * $0 }.mean() - 3).magnitude < 5 * 9.798 / root)
    // Neighbours, which come from one pair, are independent.
    #expect((m[columns: ..<999].dot(m[columns: 1...]) / Double(count)).magnitude < 5 / root)
    var cells = [Int](repeating: 0, count: 100)
    for k in m.elements.indices { cells[min(99, Int(50 * erfc(-m.elements[k] / 2.0.squareRoot())))] += 1 }
    #expect(cells.reduce(0.0) { $0 + pow(Double($1) - 1000, 2) / 1000 } < 160)
    #expect((m.maximum()?.value ?? 0) > 3.7 && (m.minimum()?.value ?? 0) < -3.7)
  }

  @Test func theLogarithmIsWithinOneUnit() {
    let arguments = Matrix<Double>.uniform(rows: 200, columns: 100, seed: 11)
    for k in arguments.elements.indices {
      let x = arguments.elements[k]
      for y in [x, 1 - x / 1000, scalbn(x, Int32(k % 100) - 100), 0x1p-104] where y > 0 {
        #expect(naturalLogarithm(y).ulpDistance(to: log(y)) <= 1, "\(y)")
      }
    }
  }

  @Test func impossibleRangesEndTheProgram() async {
    await #expect(processExitsWith: .failure) { _ = Matrix<Double>.uniform(rows: 1, columns: 1, in: 1..<1, seed: 1) }
    await #expect(processExitsWith: .failure) {
      _ = Matrix<Double>.uniform(rows: 1, columns: 1, in: -1.7e308..<1.7e308, seed: 1)
    }
  }
}
