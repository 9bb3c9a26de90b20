// SPDX-License-Identifier: Apache-2.0
//
// Arrays of pairs with error bounds: where tables are made, and the values between two passes.

import CKernels

/// `count` numbers as high + low, each off by at most its `error`; whole blocks, 64-byte aligned.
@safe final class PairArrays {
  let count: Int
  let high: UnsafeMutablePointer<Double>
  var low: UnsafeMutablePointer<Double> { unsafe high + count }
  var error: UnsafeMutablePointer<Double> { unsafe high + 2 * count }

  /// Zeros, exact; at least `count` of them.
  init(count: Int) {
    let block = Int(CK_PAIR_BLOCK)
    self.count = max(1, (count + block - 1) / block) * block
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: 3 * self.count * MemoryLayout<Double>.stride, alignment: 64)
    unsafe high = raw.bindMemory(to: Double.self, capacity: 3 * self.count)
    unsafe high.initialize(repeating: 0, count: 3 * self.count)
  }

  deinit { unsafe high.deallocate() }

  var array: ck_pair_array { unsafe ck_pair_array(high: high, low: low, error: error) }

  /// As the operand of a pass: with its error bounds, or as a table that keeps CK_TABLE_ERROR.
  func operand(_ kind: ck_pair_kind, from first: Int = 0, step: Int) -> ck_pair_operand {
    var operand = unsafe ck_pair_operand()
    unsafe operand.kind = kind
    unsafe operand.high = UnsafePointer(high + first)
    unsafe operand.low = UnsafePointer(low + first)
    unsafe operand.error = UnsafePointer(error + first)
    unsafe operand.step = step
    return unsafe operand
  }

  /// As the result of a pass.
  func result(width: Int) -> ck_pair_result {
    var result = unsafe ck_pair_result()
    unsafe result.width = width
    unsafe (result.high, result.low, result.error) = (high, low, error)
    return unsafe result
  }

  func fill(_ value: Double) {
    unsafe high.update(repeating: value, count: count)
    unsafe low.update(repeating: 0, count: 2 * count)
  }
}
