// SPDX-License-Identifier: Apache-2.0
//
// Every table against the portable one, bit for bit, and the portable one against Swift's own arithmetic: every
// operation, every remainder, every mix of streamed and broadcast operands.

import CKernels
import Formula
import Testing

@testable import Evaluation

/// Values that find what random ones do not.
let awkward: [Double] = [
  0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, 0.49999999999999994, 4503599627370497.5, 9007199254740994, 1e300,
  -1e300,
  0x1p-1074, -0x1p-1074, 2.2250738585072014e-308, .infinity, -.infinity, .nan, .pi, 1e-8, 100, 709.9, -745.2, 170.5,
  0.1,
]

/// `count` doubles from `awkward` and at random, the same for the same seed.
func mixture(_ count: Int, seed: UInt64) -> [Double] {
  var state = seed
  func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 11
  }
  return (0..<count).map { _ in
    next() % 4 == 0 ? awkward[Int(next() % UInt64(awkward.count))] : (Double(next()) / 9e15 - 0.5) * 40
  }
}

/// The same bits, or both NaN.
func same(_ x: Double, _ y: Double) -> Bool { x.bitPattern == y.bitPattern || x.isNaN && y.isNaN }
func same(_ x: [Double], _ y: [Double]) -> Bool { x.count == y.count && zip(x, y).allSatisfy { same($0, $1) } }

@Suite(.timeLimit(.minutes(20)))
struct KernelTableTests {
  static let portable = KernelTable.named("portable")!
  static let vectorTables = KernelTable.supportedOnHost.filter { $0.name != "portable" }

  @Test func hostRunsThePortableTable() { #expect(KernelTable.supportedOnHost.last?.name == "portable") }

  @Test(arguments: vectorTables, Function.allCases)
  func everyFunctionMatchesPortableAtEveryRemainder(table: KernelTable, function: Function) {
    for count in 0...67 {
      let (x, y, z) = (mixture(count, seed: 1), mixture(count, seed: 2), mixture(count, seed: 3))
      #expect(same(table.apply(function, x, y, z), Self.portable.apply(function, x, y, z)), "count \(count)")
      #expect(
        same(table.apply(function, x, [1.25], z), Self.portable.apply(function, x, [1.25], z)),
        "broadcast, count \(count)")
    }
  }

  /// What a lane gives must not depend on its neighbours: each value alone, then among others.
  @Test(arguments: KernelTable.supportedOnHost, Function.allCases)
  func neighboursDoNotMatter(table: KernelTable, function: Function) {
    let (x, y, z) = (mixture(256, seed: 5), mixture(256, seed: 6), mixture(256, seed: 7))
    let together = table.apply(function, x, y, z)
    for k in x.indices {
      #expect(same(table.apply(function, [x[k]], [y[k]], [z[k]])[0], together[k]), "\(x[k]), \(y[k]), \(z[k])")
    }
  }

  @Test(arguments: KernelTable.supportedOnHost)
  func arithmeticIsSwifts(table: KernelTable) {
    let (x, y, z) = (mixture(1000, seed: 11), mixture(1000, seed: 12), mixture(1000, seed: 13))
    func check(_ function: Function, _ expected: (Double, Double, Double) -> Double) {
      let found = table.apply(function, x, y, z)
      for k in x.indices {
        #expect(same(found[k], expected(x[k], y[k], z[k])), "\(function)(\(x[k]), \(y[k]), \(z[k])) = \(found[k])")
      }
    }
    check(.add) { x, y, _ in x + y }
    check(.subtract) { x, y, _ in x - y }
    check(.multiply) { x, y, _ in x * y }
    check(.divide) { x, y, _ in x / y }
    check(.negate) { x, _, _ in -x }
    check(.squareRoot) { x, _, _ in x.squareRoot() }
    check(.fusedMultiplyAdd) { x, y, z in z.addingProduct(x, y) }
    check(.abs) { x, _, _ in abs(x) }
    check(.floor) { x, _, _ in x.rounded(.down) }
    check(.ceil) { x, _, _ in x.rounded(.up) }
    check(.trunc) { x, _, _ in x.rounded(.towardZero) }
    check(.round) { x, _, _ in x.rounded(.toNearestOrAwayFromZero) }
    check(.less) { x, y, _ in x < y ? 1 : 0 }
    check(.lessOrEqual) { x, y, _ in x <= y ? 1 : 0 }
    check(.greater) { x, y, _ in x > y ? 1 : 0 }
    check(.greaterOrEqual) { x, y, _ in x >= y ? 1 : 0 }
    check(.equal) { x, y, _ in x == y ? 1 : 0 }
    check(.notEqual) { x, y, _ in x != y ? 1 : 0 }
    check(.and) { x, y, _ in x != 0 && y != 0 ? 1 : 0 }
    check(.or) { x, y, _ in x != 0 || y != 0 ? 1 : 0 }
    check(.not) { x, _, _ in x == 0 ? 1 : 0 }
    check(.select) { x, y, z in x != 0 ? y : z }
    check(.minimum) { x, y, _ in x.isNaN || y.isNaN ? .nan : x == y ? (x.sign == .minus ? x : y) : min(x, y) }
    check(.maximum) { x, y, _ in x.isNaN || y.isNaN ? .nan : x == y ? (x.sign == .plus ? x : y) : max(x, y) }
    check(.sign) { x, _, _ in x.isNaN || x == 0 ? x : x < 0 ? -1 : 1 }
    check(.modulo) { x, y, _ in
      let remainder = x.truncatingRemainder(dividingBy: y)
      if remainder.isNaN { return .nan }
      if remainder == 0 { return Double(signOf: y, magnitudeOf: 0) }
      return (remainder < 0) == (y < 0) ? remainder : remainder + y
    }
  }

  /// A chain's commuted step gives what the function gives.
  @Test(arguments: KernelTable.supportedOnHost, Function.allCases)
  func chainStepsAgreeWithFunctions(table: KernelTable, function: Function) {
    let operands = [mixture(131, seed: 21), mixture(131, seed: 22), mixture(131, seed: 23)]
    let expected = table.apply(function, operands[0], operands[1], operands[2])
    for position in 0..<function.argumentCount {
      guard let step = function.chainStep(accumulator: position) else { continue }
      var out = [Double](repeating: -7, count: 131)
      unsafe operands[position].withUnsafeBufferPointer { start in
        unsafe operands[step.y ?? 0].withUnsafeBufferPointer { y in
          unsafe operands[step.z ?? 0].withUnsafeBufferPointer { z in
            var link = unsafe ck_step(
              operation: step.operation, y: ck_operand(base: y.baseAddress, stride: 1),
              z: ck_operand(base: z.baseAddress, stride: 1))
            unsafe table.kernels.pointee.chain(ck_operand(base: start.baseAddress, stride: 1), &link, 1, &out, 131)
          }
        }
      }
      #expect(same(out, expected), "accumulator \(position)")
    }
  }
}
