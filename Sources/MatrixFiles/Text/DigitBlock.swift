// SPDX-License-Identifier: Apache-2.0
// The digits of a block of numbers, in columns, as the vector kernels leave them.

import CTextKernels
import MatrixCore

/// Lent memory for the digits of some numbers, to be assigned before they are read.
@safe struct DigitBlock {
  @unsafe let memory: UnsafeMutablePointer<ct_digits>
  private let words: UnsafeMutablePointer<UInt64>

  static let capacity = Int(CT_BLOCK)

  @inline(__always) static func withNew<R>(_ body: (DigitBlock) -> R) -> R {
    unsafe withUnsafeTemporaryAllocation(of: ct_digits.self, capacity: 1) { unsafe body(DigitBlock($0.baseAddress!)) }
  }

  private init(_ memory: UnsafeMutablePointer<ct_digits>) {
    unsafe self.memory = memory
    unsafe words = UnsafeMutableRawPointer(memory).assumingMemoryBound(to: UInt64.self)
  }

  @inline(__always) subscript(k: Int) -> DigitBytes {
    get {
      let sixteen = unsafe UnsafeRawPointer(memory).loadUnaligned(fromByteOffset: 16 &* k, as: SIMD2<UInt64>.self)
      return DigitBytes(sixteen: sixteen, last: self[2, k], point: Int(truncatingIfNeeded: self[3, k]))
    }
    nonmutating set {
      unsafe UnsafeMutableRawPointer(memory).storeBytes(
        of: newValue.sixteen, toByteOffset: 16 &* k, as: SIMD2<UInt64>.self)
      self[2, k] = newValue.last
      self[3, k] = UInt64(truncatingIfNeeded: newValue.point)
    }
  }

  /// A column of `ct_digits`, behind the sixteen digits of all numbers, which are two.
  @inline(__always) private subscript(column: Int, k: Int) -> UInt64 {
    get {
      assert(0..<Self.capacity ~= k)
      let place = column &* Self.capacity &+ k
      return unsafe words[place]
    }
    nonmutating set {
      assert(0..<Self.capacity ~= k)
      let place = column &* Self.capacity &+ k
      unsafe words[place] = newValue
    }
  }
}
