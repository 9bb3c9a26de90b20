// SPDX-License-Identifier: Apache-2.0
//
// The product against its definition: every pair of transposes, odd shapes, rows and columns alone, sides of zero,
// alpha and beta, both element types, both kinds of matrix.

import MatrixCore
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)))
struct ProductTests {
  static let sides: [(m: Int, n: Int, k: Int)] = [
    (1, 1, 1), (2, 3, 4), (1, 7, 5), (7, 1, 5), (1, 1, 9), (5, 6, 1), (17, 17, 17), (31, 2, 64), (3, 65, 33),
    (64, 64, 64), (65, 63, 67), (0, 3, 4), (3, 0, 4), (3, 4, 0), (1, 4, 0), (4, 1, 0), (0, 0, 0), (0, 1, 0),
  ]

  func check<Element: MatrixElement>(_: Element.Type, m: Int, n: Int, k: Int) throws {
    for opA in Transpose.allCases {
      for opB in Transpose.allCases {
        let seed = UInt64(m * 10_000 + n * 100 + k)
        let a: Matrix<Element> = opA == .asStored ? random(m, k, seed: seed) : random(k, m, seed: seed)
        let b: Matrix<Element> = opB == .asStored ? random(k, n, seed: seed + 1) : random(n, k, seed: seed + 1)
        let start: Matrix<Element> = random(m, n, seed: seed + 2)
        // |fl(A·B) - A·B| ≤ γₖ·|A|·|B| ≤ about 2·k·ε here, where |A|·|B| ≤ k; and a few ε for alpha, beta and the sum.
        let tolerance = Double(Element.ulpOfOne) * Double(2 * k * k + 8)

        let product = try Product.of(a, b, left: opA, right: opB)
        #expect(distance(product, reference(a, opA, b, opB, alpha: 1, beta: 0, start)) <= tolerance)
        for (alpha, beta) in [(1, 1), (-2, 0), (0.5, -1), (0, 3), (1, 0)] as [(Element, Element)] {
          var c = start
          try Product.add(a, b, left: opA, right: opB, alpha: alpha, to: &c, beta: beta)
          let expected = reference(a, opA, b, opB, alpha: alpha, beta: beta, start)
          #expect(distance(c, expected) <= 2 * tolerance, "m \(m) n \(n) k \(k) \(opA) \(opB) \(alpha) \(beta)")
        }
      }
    }
  }

  @Test(arguments: sides) func doubles(m: Int, n: Int, k: Int) throws { try check(Double.self, m: m, n: n, k: k) }
  @Test(arguments: sides) func floats(m: Int, n: Int, k: Int) throws { try check(Float.self, m: m, n: n, k: k) }

  @Test(arguments: [(4, 5, 3), (1, 5, 3), (5, 1, 3), (4, 5, 0)])
  func withBetaZeroNothingIsRead(m: Int, n: Int, k: Int) throws {
    let a = random(m, k, seed: 1, as: Double.self)
    let b = random(k, n, seed: 2, as: Double.self)
    var c = Matrix<Double>(rows: m, columns: n) { _, _ in .nan }
    try Product.add(a, b, to: &c, beta: 0)
    #expect(distance(c, reference(a, .asStored, b, .asStored, alpha: 1, beta: 0, c)) < 1e-14)
  }

  @Test func anOperandMayBeTheResult() throws {
    let start = random(20, 20, seed: 3, as: Double.self)
    var c = start
    try Product.add(c, c, left: .transposed, to: &c)
    #expect(distance(c, reference(start, .transposed, start, .asStored, alpha: 1, beta: 1, start)) < 1e-13)
  }

  @Test func sharedMemoryIsWrittenInPlace() throws {
    let a = try SharedMatrix(random(9, 5, seed: 4, as: Double.self))
    let b = random(5, 7, seed: 5, as: Double.self)
    var c = try SharedMatrix(Matrix<Double>(rows: 9, columns: 7) { _, _ in 1 })
    try Product.add(a, b, to: &c, beta: 2)
    let expected = try reference(
      Matrix(a), .asStored, b, .asStored, alpha: 1, beta: 2, Matrix(rows: 9, columns: 7) { _, _ in 1 })
    #expect(try distance(Matrix(c), expected) < 1e-14)
  }

  @Test func shapesThatDoNotFitAreRefused() throws {
    let a = random(3, 4, seed: 6, as: Double.self)
    let b = random(3, 4, seed: 7, as: Double.self)
    let error = failure { _ = try Product.of(a, b) }
    #expect(error?.code == .shapeMismatch)
    #expect(error?.message.contains("3×4 and 3×4") == true)
    #expect(error?.exitCode == 65)
    var c = Matrix<Double>(rows: 4, columns: 3) { _, _ in 7 }
    #expect(failure { try Product.add(a, b, left: .transposed, to: &c) }?.code == .shapeMismatch)
    #expect(c == Matrix(rows: 4, columns: 3) { _, _ in 7 })
    #expect(try Product.of(a, b, left: .transposed).shape == Shape(rows: 4, columns: 4))
  }

  @Test func sidesPastOpenBLASsIntegersAreRefused() throws {
    let error = failure { _ = try Int32(blas: 3_000_000_000, "the inner side") }
    #expect(error?.code == .tooLarge)
    #expect(error?.message.contains("the inner side is 3000000000") == true)
    #expect(try Int32(blas: 2_147_483_647, "a side") == Int32.max)
    // Empty matrices take no memory, so their sides can be as long as they like; and the product of two would be huge.
    let tall = try Matrix<Double>(shape: Shape(rows: 3_000_000_000, columns: 0))
    #expect(failure { _ = try Product.of(tall, tall, left: .transposed) }?.code == .tooLarge)
    #expect(failure { _ = try Product.of(tall, tall, right: .transposed) }?.code == .tooLarge)
  }

  /// F64: OpenBLAS ends the process where too many threads call it at once; here they take turns.
  @Test func manyTasksAtOnce() async throws {
    let a = random(40, 40, seed: 8, as: Double.self)
    let expected = try Product.of(a, a)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<64 {
        group.addTask {
          for _ in 0..<20 {
            guard let c = try? Product.of(a, a), distance(c, expected) < 1e-13 else { return false }
          }
          return true
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }
}
