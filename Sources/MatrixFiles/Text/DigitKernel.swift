// SPDX-License-Identifier: Apache-2.0
// The digits of a block of numbers, in columns as the vector kernels leave them, and which kernel this CPU has.

import CTextKernels
import MatrixCore

/// Lent memory for the digits of some numbers, to be assigned before they are read.
@safe struct DigitBlock {
  fileprivate let memory: UnsafeMutablePointer<ct_digits>
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
      let sixteen = SIMD2(self[0, k], self[1, k])
      return DigitBytes(sixteen: sixteen, last: self[2, k], point: Int(truncatingIfNeeded: self[3, k]))
    }
    nonmutating set {
      self[0, k] = newValue.sixteen[0]
      self[1, k] = newValue.sixteen[1]
      self[2, k] = newValue.last
      self[3, k] = UInt64(truncatingIfNeeded: newValue.point)
    }
  }

  /// A column of `ct_digits`.
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

/// Digits of many numbers at once, for one instruction set.
@safe package struct DigitKernel: Sendable {
  package let name: String
  private let function:
    @convention(c) (
      UnsafeRawPointer?, Bool, Int, UnsafePointer<UInt64>?, UnsafeMutablePointer<ct_digits>?
    ) -> UInt64

  /// What this CPU runs, the quickest first.
  package static let all: [DigitKernel] = [
    unsafe ct_avx512_digits().map { unsafe DigitKernel(name: "avx512", function: $0) },
    unsafe ct_avx2_digits().map { unsafe DigitKernel(name: "avx2", function: $0) },
  ].compactMap { $0 }

  static let best = all.first

  /// The shortest digits of `numbers`, `DigitBlock.capacity` at most.
  ///
  /// - Returns: a bit for each number whose digits are still to be found: what is not regular, and one in 10^16.
  @inline(__always) @unsafe
  func fill<Element: MatrixElement>(
    _ digits: DigitBlock, with numbers: UnsafeBufferPointer<Element>, _ powers: PowerTable
  ) -> UInt64 {
    assert(numbers.count <= DigitBlock.capacity)
    return unsafe function(
      numbers.baseAddress, Element.isNarrow, numbers.count, powers.words, digits.memory)
  }
}
