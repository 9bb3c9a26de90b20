// SPDX-License-Identifier: Apache-2.0
// The vector kernels that this CPU has for numbers as text. What they leave, and what a CPU without them does, is done one
// by one.

import CTextKernels
import MatrixCore

/// Digits of many numbers at once, and numbers of many fields, for one instruction set.
@safe package struct TextKernels: Sendable {
  /// Points at a constant of the C target, never written.
  private nonisolated(unsafe) let table: UnsafePointer<ct_table>

  /// What this CPU runs, the quickest first.
  package static let all: [TextKernels] = unsafe [ct_avx512_table(), ct_avx2_table()].compactMap {
    unsafe $0.map { unsafe TextKernels(table: $0) }
  }
  package static let best = all.first

  package var name: String { unsafe String(cString: table.pointee.name) }

  /// The shortest digits of `numbers`, `DigitBlock.capacity` at most.
  ///
  /// - Returns: a bit for each number whose digits are still to be found: what is not regular, and one in 10^16.
  @inline(__always) @unsafe
  func fill<Element: MatrixElement>(
    _ digits: DigitBlock, with numbers: UnsafeBufferPointer<Element>, _ powers: PowerTable
  ) -> UInt64 {
    assert(numbers.count <= DigitBlock.capacity)
    return unsafe table.pointee.digits(
      numbers.baseAddress, Element.isNarrow, numbers.count, powers.words, digits.memory)
  }

  /// Writes `numbers` from `first` on, whose digits are known, to `out`: no more of it than 33 bytes a number.
  ///
  /// - Returns: how many; it stops before one whose text has an exponent or no digits.
  @inline(__always) @unsafe
  func write<Element: MatrixElement>(
    _ numbers: UnsafeBufferPointer<Element>, from first: Int, _ digits: DigitBlock, _ line: inout ct_line,
    to out: inout UnsafeMutablePointer<UInt8>?
  ) -> Int {
    unsafe table.pointee.text(
      numbers.baseAddress, Element.isNarrow, first, numbers.count, digits.memory, &line, &out)
  }

  /// The numbers in the next fields of `bytes`, at `range`; `CTextKernels.h` says which are left out.
  @inline(__always) @unsafe
  func read<Element: MatrixElement>(
    _ bytes: UnsafePointer<UInt8>, _ range: Range<Int>, _ layout: ct_layout, _ powers: PowerTable,
    to numbers: UnsafeMutablePointer<Element>, _ fields: UnsafeMutablePointer<ct_fields>
  ) {
    unsafe table.pointee.numbers(
      bytes, range.lowerBound, range.upperBound, layout, Element.isNarrow, powers.words, numbers, fields)
  }
}
