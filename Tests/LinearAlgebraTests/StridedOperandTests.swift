// SPDX-License-Identifier: Apache-2.0
//
// Operands that are parts of larger matrices, with NaN between their rows: the same bits as for copies of them. And Gram
// matrices, which take them too.

import MatrixCore
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)))
struct StridedOperandTests {
  func checkProduct<Element: MatrixElement>(_: Element.Type, m: Int, n: Int, k: Int) throws {
    for opA in Transpose.allCases {
      for opB in Transpose.allCases {
        let a: Matrix<Element> = opA == .asStored ? random(m, k, seed: 1) : random(k, m, seed: 1)
        let b: Matrix<Element> = opB == .asStored ? random(k, n, seed: 2) : random(n, k, seed: 2)
        let product = try Product.of(PaddedMatrix(a), PaddedMatrix(b, padding: 5), left: opA, right: opB)
        let tolerance = Double(Element.ulpOfOne) * Double(2 * k * k + 8)
        #expect(distance(product, reference(a, opA, b, opB, alpha: 1, beta: 0, product)) <= tolerance)
      }
    }
  }

  @Test(arguments: ProductTests.sides) func products(m: Int, n: Int, k: Int) throws {
    try checkProduct(Double.self, m: m, n: n, k: k)
    try checkProduct(Float.self, m: m, n: n, k: k)
  }

  @Test func aRowStridePastOpenBLASsIntegersIsRefused() throws {
    let wide = try Stub(2, 2, rowStride: 3_000_000_000)
    let errors = [
      failure { _ = try Product.of(wide, identity(2)) }, failure { _ = try Product.of(identity(2), wide) },
      failure { _ = try Product.gram(wide) },
    ]
    for error in errors {
      #expect(error?.code == .tooLarge)
      #expect(error?.message.contains("the row stride of the") == true)
    }
    #expect(failure { _ = try Product.gram(Stub(0, 3_000_000_000)) }?.code == .tooLarge)
    #expect(failure { _ = try LUFactorization(identity(1)).solve(Stub(1, 3_000_000_000)) }?.code == .tooLarge)
  }

  @Test func luAndBackwardErrors() throws {
    let a = random(30, 30, seed: 3, as: Double.self)
    let b = random(30, 4, seed: 4, as: Double.self)
    let lu = try LUFactorization(PaddedMatrix(a))
    let x = try lu.solve(PaddedMatrix(b))
    #expect(try x == LUFactorization(a).solve(b))
    let error = try PaddedMatrix(a).backwardError(ofSolution: PaddedMatrix(x), rightHandSide: PaddedMatrix(b))
    #expect(error < 1e-14)
    var bad = a
    bad[7, 29] = .nan
    let refused = failure { _ = try LUFactorization(PaddedMatrix(bad)) }
    #expect(refused?.element == LinearAlgebraError.Element(row: 7, column: 29))
  }

  func checkGram<Element: MatrixElement>(_: Element.Type, m: Int, n: Int) throws {
    let a: Matrix<Element> = random(m, n, seed: 5)
    for op in Transpose.allCases {
      let (order, inner) = op.sides(of: a.shape)
      let tolerance = Double(Element.ulpOfOne) * Double(4 * inner * inner + 16)
      let gram = try Product.gram(PaddedMatrix(a), op)
      let zero = Matrix<Element>(rows: order, columns: order) { _, _ in 0 }
      #expect(distance(gram, reference(a, op, a, op.flipped, alpha: 1, beta: 0, zero)) <= tolerance, "\(m)×\(n) \(op)")
      #expect(gram == transposed(gram), "\(m)×\(n) \(op)")
      var sum = Matrix<Element>(rows: order, columns: order) { i, j in i == j ? 3 : j > i ? .nan : 1 }
      let start = Matrix<Element>(rows: order, columns: order) { i, j in i == j ? 3 : 1 }
      try Product.addGram(a, op, alpha: -2, to: &sum, beta: 0.5)
      let expected = reference(a, op, a, op.flipped, alpha: -2, beta: 0.5, start)
      #expect(distance(sum, expected) <= 2 * tolerance, "\(m)×\(n) \(op)")
      var nan = Matrix<Element>(rows: order, columns: order) { _, _ in .nan }
      try Product.addGram(a, op, to: &nan, beta: 0)
      #expect(nan == gram || inner == 0 && nan == zero, "\(m)×\(n) \(op)")
    }
  }

  @Test(arguments: [(0, 0), (0, 3), (3, 0), (1, 1), (1, 5), (5, 1), (33, 17), (64, 100)])
  func gramMatrices(m: Int, n: Int) throws {
    try checkGram(Double.self, m: m, n: n)
    try checkGram(Float.self, m: m, n: n)
    var c = Matrix<Double>(rows: 2, columns: 3) { _, _ in 7 }
    #expect(failure { try Product.addGram(random(2, 2, seed: 1), to: &c) }?.code == .shapeMismatch)
  }
}
