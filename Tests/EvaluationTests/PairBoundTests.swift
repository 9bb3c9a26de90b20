// SPDX-License-Identifier: Apache-2.0
//
// The errors that the certificates rest on: what the tables and the rotations are off by, measured against quadruple
// precision, is within what CKernels states, and not so far within that the statement is idle.

import CKernels
import Formula
import Testing

@testable import Evaluation

/// log₂ of |x - (high + low)|, all in quadruple precision.
private func errorExponent(_ exact: Quad, _ high: Double, _ low: Double) -> Double {
  func minus(_ x: Quad, _ y: Double) -> Quad { Quad.value(of: .subtract, x, Quad(y), Quad(0)) }
  let error = minus(minus(exact, high), low).double.magnitude
  return error == 0 ? -.infinity : log2(error)
}

private func log2(_ x: Double) -> Double { Quad.value(of: .log2, Quad(x), Quad(0), Quad(0)).double }

@Suite(.timeLimit(.minutes(20)))
struct PairBoundTests {
  @Test(arguments: KernelTable.supportedOnHost)
  func sinesAndCosinesOfExactDoubles(table: KernelTable) {
    let x = PairArrays(count: 64)
    let out = PairArrays(count: 64)
    var state: UInt64 = 7
    var worst = -Double.infinity
    for block in 0..<200 {
      for k in 0..<64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        // Integers and dyadic fractions of every size below 2^53.
        let value =
          Double(Int64(bitPattern: state) >> 11) * Double(sign: .plus, exponent: -(block % 70), significand: 1)
        unsafe x.high[k] = k == 0 ? Double(block) : value
      }
      for isCosine in [false, true] {
        unsafe table.kernels.pointee.pair_sin_cos(isCosine, [x.array], [out.array], 64)
        for k in 0..<64 {
          let exact = unsafe Quad.value(of: isCosine ? .cos : .sin, Quad(x.high[k]), Quad(0), Quad(0))
          worst = unsafe max(worst, errorExponent(exact, out.high[k], out.low[k]))
          #expect(unsafe out.error[k] == 0x1p-94)
        }
      }
    }
    #expect(worst < -94.0 && worst > -102, "2^\(worst)")
  }

  @Test(arguments: KernelTable.supportedOnHost)
  func exponentials(table: KernelTable) {
    let x = PairArrays(count: 64)
    let out = PairArrays(count: 64)
    var worst = -Double.infinity
    for block in 0..<200 {
      for k in 0..<64 {
        let value = (Double(block * 64 + k) - 6400) * 0.0937 + 1 / Double(k + 1)
        unsafe x.high[k] = value
        unsafe x.low[k] = value * 0x1p-54
      }
      unsafe table.kernels.pointee.pair_exp([x.array], [out.array], 64)
      for k in 0..<64 {
        let exact = unsafe Quad.value(
          of: .exp, Quad.value(of: .add, Quad(x.high[k]), Quad(x.low[k]), Quad(0)), Quad(0), Quad(0))
        guard unsafe x.high[k].magnitude <= 600 else {
          #expect(unsafe out.error[k] == .infinity)
          continue
        }
        worst = unsafe max(worst, errorExponent(exact, out.high[k], out.low[k]) - log2(out.high[k]))
      }
    }
    #expect(worst < -95.0 && worst > -103, "2^\(worst)")
  }

  /// t + l of a rotation, over rows of every size and far along them, against CK_ROTATION_ERROR.
  @Test(arguments: KernelTable.supportedOnHost)
  func rotations(table: KernelTable) throws {
    var worst = -Double.infinity
    for (columns, width) in [(1000, 32), (4000, 64), (65_536, 64)] {
      for (firstRow, form) in [
        (0, BilinearForm(product: 1)), (990, BilinearForm(product: 1)), (99_990, BilinearForm(product: 1)),
        (3, BilinearForm(product: -2.5, row: 3, column: 0.25, constant: -7)),
        (1_000_000, BilinearForm(product: 1, row: 1, column: 1, constant: 0)),
      ] {
        for isCosine in [false, true] {
          let rows = firstRow..<firstRow + table.lanes
          let operand = unsafe RotationRows(
            PairTableMaker(kernels: table.kernels), form, isCosine: isCosine, isNegated: false, hasPlainZeros: false,
            width: width, lanes: table.lanes, origin: 0, panelColumns: columns)
          operand.prepare(rows: rows, columns: 0..<columns)
          let out = PairArrays(count: columns)
          for row in [rows.lowerBound, rows.upperBound - 1] {
            let x = unsafe operand.operand(row: row, column: 0)
            unsafe table.kernels.pointee.pair_pass([x], CK_PAIR_NONE, [x], [out.result(width: width)], columns, 1)
            for j in stride(from: 0, to: columns, by: columns / 211) {
              let (i, j) = (Double(row), Double(j))
              let angle = form.product * i * j + form.row * i + form.column * j + form.constant
              let exact = Quad.value(of: isCosine ? .cos : .sin, Quad(angle), Quad(0), Quad(0))
              worst = unsafe max(worst, errorExponent(exact, out.high[Int(j)], out.low[Int(j)]))
            }
          }
        }
      }
    }
    #expect(worst < log2(CK_ROTATION_ERROR) && worst > -80, "2^\(worst)")
  }
}
