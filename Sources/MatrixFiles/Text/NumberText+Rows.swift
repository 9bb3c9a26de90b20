// SPDX-License-Identifier: Apache-2.0
// Many numbers as text, in stages. Used by DelimitedWriter.
//
// From a number's bits to its last character most instructions wait for the ones before them. With all digits of a block
// known before the first becomes a character, each stage is short enough for several numbers to be in it at once. A CPU that
// has them takes vector kernels (8.7 ns a number with AVX-512, 13 with AVX2); others go number by number (20 ns; in one stage
// 25), as everybody does where an exponent is written, or no digits.
// Rejected: blocks of 16 or 256 numbers (the same time).

import CTextKernels
import MatrixCore

extension NumberText {
  /// Writes numbers, each with a byte behind it: a line feed where it is the last of `columns`, else `delimiter`.
  ///
  /// - Parameters:
  ///   - column: of the first.
  ///   - start: has room for `capacity` bytes a number, and for one number more.
  /// - Returns: the bytes written.
  @inline(__always) @unsafe
  func write<Element: MatrixElement>(
    _ numbers: UnsafeBufferPointer<Element>, column: Int, columns: Int, delimiter: UInt8,
    to start: UnsafeMutablePointer<UInt8>
  ) -> Int {
    DigitBlock.withNew { digits in
      var line = ct_line(delimiter: delimiter, column: column, columns: columns)
      var first = 0
      var place: UnsafeMutablePointer<UInt8>? = unsafe start
      while first < numbers.count {
        let count = min(DigitBlock.capacity, numbers.count &- first)
        let block = unsafe UnsafeBufferPointer(start: numbers.baseAddress! + first, count: count)
        unsafe fill(digits, with: block)
        var k = 0
        while true {
          if let kernels { unsafe k &+= kernels.write(block, from: k, digits, &line, to: &place) }
          guard k < count else { break }
          unsafe place = write(digits[k], of: block[k], &line, to: place!)
          k &+= 1
        }
        first &+= count
      }
      return unsafe place! - start
    }
  }

  /// Writes a number and what stands behind it; returns where the next goes.
  @inline(__always) @unsafe
  private func write<Element: MatrixElement>(
    _ digits: DigitBytes, of number: Element, _ line: inout ct_line, to start: UnsafeMutablePointer<UInt8>
  ) -> UnsafeMutablePointer<UInt8> {
    let end = unsafe start + write(digits, of: number, to: start)
    line.column &+= 1
    let isLast = line.column == line.columns
    if isLast { line.column = 0 }
    unsafe end[0] = isLast ? UInt8(ascii: "\n") : line.delimiter
    return unsafe end + 1
  }

  /// The digits that `numbers`, one block, are written with.
  @inline(__always) @unsafe
  private func fill<Element: MatrixElement>(_ digits: DigitBlock, with numbers: UnsafeBufferPointer<Element>) {
    guard self.digits == nil, let kernels else {
      return unsafe withUnsafeTemporaryAllocation(of: SeventeenDigits.self, capacity: numbers.count) { decimals in
        // The memory is trivial: assigned, never initialized.
        for k in 0..<numbers.count { unsafe decimals[k] = decimal(numbers[k]) }
        for k in 0..<numbers.count { unsafe digits[k] = DigitBytes(decimals[k]) }
      }
    }
    var others = unsafe kernels.fill(digits, with: numbers, powers)
    while others != 0 {
      let k = others.trailingZeroBitCount
      unsafe digits[k] = DigitBytes(decimal(numbers[k]))
      others &= others &- 1
    }
  }
}

/// Numbers as lines of text, with the shortest digits: by `kernels`, or one by one. What a file of one column would hold.
package func numberLines<Element: MatrixElement>(_ numbers: [Element], kernels: TextKernels?) -> String {
  PowersOfTen.shared.withTable { powers in
    let text = NumberText(digits: nil, powers: powers, kernels: kernels)
    return unsafe String(unsafeUninitializedCapacity: (numbers.count + 1) * NumberText.capacity) { bytes in
      unsafe numbers.withUnsafeBufferPointer { numbers in
        unsafe text.write(numbers, column: 0, columns: 1, delimiter: UInt8(ascii: ","), to: bytes.baseAddress!)
      }
    }
  }
}
