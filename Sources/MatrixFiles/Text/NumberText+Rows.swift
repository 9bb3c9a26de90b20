// SPDX-License-Identifier: Apache-2.0
// Many numbers as text, in stages. Used by DelimitedWriter.
//
// From a number's bits to its last character most instructions wait for the ones before them. With all digits of a block
// computed before the first becomes a character, each stage is short enough for several numbers to be in it at once: 20 ns a
// number instead of 25.
// Rejected: two stages, digits and text (23 ns); blocks of 16 or 256 numbers (the same time).

import MatrixCore

extension NumberText {
  private static let blockCount = 64

  /// Writes numbers, each with a byte behind it: a line feed where it is the last of `columns`, else `delimiter`.
  ///
  /// - Parameters:
  ///   - column: of the first.
  ///   - start: has room for `capacity` bytes a number.
  /// - Returns: the bytes written.
  @inline(__always) @unsafe
  func write<Element: MatrixElement>(
    _ numbers: UnsafeBufferPointer<Element>, column: Int, columns: Int, delimiter: UInt8,
    to start: UnsafeMutablePointer<UInt8>
  ) -> Int {
    unsafe withUnsafeTemporaryAllocation(of: SeventeenDigits.self, capacity: Self.blockCount) { decimals in
      unsafe withUnsafeTemporaryAllocation(of: DigitBytes.self, capacity: Self.blockCount) { digits in
        // The memory of both is trivial: assigned, never initialized.
        let (decimals, digits) = (decimals.baseAddress!, digits.baseAddress!)
        var (first, place, column) = (0, 0, column)
        while first < numbers.count {
          let block = unsafe numbers.baseAddress! + first
          let count = min(Self.blockCount, numbers.count &- first)
          for k in 0..<count { unsafe decimals[k] = decimal(block[k]) }
          for k in 0..<count { unsafe digits[k] = DigitBytes(decimals[k]) }
          for k in 0..<count {
            unsafe place &+= write(digits[k], of: block[k], to: start + place)
            column &+= 1
            let isLast = column == columns
            if isLast { column = 0 }
            unsafe start[place] = isLast ? UInt8(ascii: "\n") : delimiter
            place &+= 1
          }
          first &+= count
        }
        return place
      }
    }
  }
}
