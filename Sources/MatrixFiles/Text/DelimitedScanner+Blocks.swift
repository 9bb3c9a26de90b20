// SPDX-License-Identifier: Apache-2.0
// Fields as numbers, a block of them at a time, by the kernels for this CPU. Used by DelimitedScanner.readPlain.

import CTextKernels
import MatrixCore

extension DelimitedScanner {
  static let fieldsOfBlock = Int(CT_BLOCK)

  /// Reads fields as long as they are numbers, stand where they should, and end within the buffer. Returns how many.
  @inline(__always) @unsafe
  mutating func readBlocks<Element: MatrixElement>(
    _ kernels: TextKernels, _ count: Int, to elements: UnsafeMutablePointer<Element>, _ place: inout ElementPlace
  ) -> Int {
    let (delimiter, columns, first, end) = (delimiter, place.columns, start, end)
    var (column, done, lines, position, lineStart, limit) = (place.column, 0, 0, start, start, blockLimit)
    PowersOfTen.shared.withTable { powers in
      unsafe buffer.withUnsafeBufferPointer { buffer in
        unsafe withUnsafeTemporaryAllocation(of: ct_fields.self, capacity: 1) { memory in
          let (bytes, fields) = (buffer.baseAddress!, memory.baseAddress!)
          let starts = unsafe UnsafeRawPointer(fields).assumingMemoryBound(to: UInt32.self)
          while done < count {
            let layout = ct_layout(
              line: ct_line(delimiter: delimiter, column: column, columns: columns), limit: min(count &- done, limit))
            unsafe kernels.read(bytes, position..<end, layout, powers, to: elements + done, fields)
            var accepted = unsafe fields.pointee.count
            var others = unsafe fields.pointee.careful
            while others != 0 {
              let k = others.trailingZeroBitCount
              others &= others &- 1
              let range = unsafe Int(starts[k])..<Int(starts[k + 1]) &- 1
              guard let value: Element = unsafe number(bytes, range) else {
                accepted = k
                break
              }
              unsafe elements[done &+ k] = value
            }
            let newlines = unsafe fields.pointee.newlines & (accepted < 64 ? 1 &<< UInt64(accepted) &- 1 : ~0)
            if newlines != 0 {
              lines &+= newlines.nonzeroBitCount
              lineStart = unsafe Int(starts[64 &- newlines.leadingZeroBitCount])
            }
            unsafe position = Int(starts[accepted])
            done &+= accepted
            column = (column &+ accepted) % columns
            guard unsafe accepted == fields.pointee.count, accepted > 0 else {
              limit = Self.leastLimit
              break
            }
            limit = min(2 &* limit, Self.fieldsOfBlock)
          }
        }
      }
    }
    blockLimit = limit
    place.column = column
    nextColumn = lines == 0 ? nextColumn + position - first : position - lineStart + 1
    nextLine += lines
    start = position
    return done
  }

  private static let leastLimit = 8

  /// A number that the kernels leave to the whole grammar, with spaces around it or a carriage return behind.
  @inline(never) @unsafe
  private func number<Element: MatrixElement>(_ bytes: UnsafePointer<UInt8>, _ range: Range<Int>) -> Element? {
    guard range.count <= Self.fieldLimit else { return nil }
    var (low, high) = (range.lowerBound, range.upperBound)
    if unsafe low < high && bytes[high] == UInt8(ascii: "\n") && bytes[high - 1] == UInt8(ascii: "\r") { high -= 1 }
    while unsafe low < high && bytes[low] == UInt8(ascii: " ") { low += 1 }
    while unsafe low < high && bytes[high - 1] == UInt8(ascii: " ") { high -= 1 }
    let field = unsafe Span(_unsafeElements: UnsafeBufferPointer(start: bytes + low, count: high - low))
    guard case .value(let value) = DecimalNumber<Element>(field) else { return nil }
    return value
  }
}
