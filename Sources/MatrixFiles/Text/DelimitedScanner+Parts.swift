// SPDX-License-Identifier: Apache-2.0
// A file in parts that several threads read at once. A part may end behind any field, not only at the end of a line:
// of a row with a million numbers no thread has to wait for another. Which element a part begins with is known from
// the delimiters and line ends before it, since neither can stand within a field.

import MatrixCore

extension DelimitedScanner {
  /// Fields, and what of them ends a line.
  struct FieldCount: Equatable {
    var fields = 0
    var lines = 0
  }

  /// Reads on in the file and hands what it finds to `part`, up to the end of its last whole field, `limit` fields at
  /// most; goes on behind them. Bytes of the file are read once, in order.
  ///
  /// - Returns: the fields; 0 at the end of the file, and where a field does not end within a piece.
  mutating func cut(
    _ limit: Int, into part: inout DelimitedScanner, from file: borrowing InputFile
  ) throws(FileError) -> Int {
    part.take(start..<end, of: self)
    part.fileOffset = fileOffset
    (part.nextLine, part.nextColumn) = (nextLine, nextColumn)
    (start, end) = (0, 0)
    let wanted = Self.pieceByteCount - part.end
    let read = wanted > 0 ? try part.read(from: file) : 0
    fileOffset = part.fileOffset
    let isAtEnd = read < wanted

    var (count, place) = part.count(limit)
    if count.fields < limit {
      // All that is there was counted; what is behind the last field's end is a field only at the end of the file.
      if isAtEnd, place < part.end {
        place = part.end
        count.fields += 1
      }
    }
    take(place..<part.end, of: part)
    part.end = place
    part.pad()
    nextLine += count.lines
    nextColumn = count.lines == 0 ? nextColumn + place : place - part.lastLineEnd
    part.isPart = true
    return count.fields
  }

  /// Copies bytes from another scanner to the start of this one.
  private mutating func take(_ range: Range<Int>, of other: DelimitedScanner) {
    unsafe buffer.withUnsafeMutableBytes { to in
      unsafe other.buffer.withUnsafeBytes { unsafe to.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
    (start, end) = (0, range.count)
    pad()
  }

  /// The last line feed in the buffer, which is there: what a column is counted from.
  private var lastLineEnd: Int {
    unsafe buffer.span.extracting(0..<end).withUnsafeBufferPointer { bytes in
      var place = bytes.count
      let newlines = SIMD16(repeating: UInt8(ascii: "\n"))
      while place >= 16,
        unsafe !any(
          UnsafeRawPointer(bytes.baseAddress! + (place - 16)).loadUnaligned(as: SIMD16<UInt8>.self) .== newlines)
      {
        place &-= 16
      }
      repeat { place &-= 1 } while unsafe place > 0 && bytes[place] != UInt8(ascii: "\n")
      return place
    }
  }

  /// Fields and lines in the buffer, `limit` fields at most, and where the last of them ends.
  private func count(_ limit: Int) -> (FieldCount, end: Int) {
    let (delimiter, end) = (delimiter, end)
    return unsafe buffer.withUnsafeBufferPointer { buffer in
      let bytes = buffer.baseAddress!
      var count = FieldCount()
      var place = 0
      while place < end {
        let block = unsafe Self.count(bytes + place, min(Self.blockByteCount, end - place), delimiter)
        guard count.fields + block.fields <= limit else { break }
        count.fields += block.fields
        count.lines += block.lines
        place += min(Self.blockByteCount, end - place)
      }
      if place == end || count.fields == limit {
        // Back to the end of the last field.
        while place > 0, unsafe bytes[place - 1] != delimiter && bytes[place - 1] != UInt8(ascii: "\n") { place -= 1 }
        return (count, place)
      }
      while count.fields < limit {
        let byte = unsafe bytes[place]
        if byte == delimiter || byte == UInt8(ascii: "\n") { count.fields += 1 }
        if byte == UInt8(ascii: "\n") { count.lines += 1 }
        place += 1
      }
      return (count, place)
    }
  }

  /// Counted at a time, before a look at the limit.
  private static let blockByteCount = 16 * 255

  /// Delimiters and line ends among `byteCount` bytes, `blockByteCount` at most: one vector after the other, with a
  /// count in each of its 16 bytes.
  @unsafe private static func count(
    _ bytes: UnsafePointer<UInt8>, _ byteCount: Int, _ delimiter: UInt8
  ) -> FieldCount {
    let (delimiters, newlines) = (SIMD16(repeating: delimiter), SIMD16(repeating: UInt8(ascii: "\n")))
    var (few, fewLines) = (SIMD16<UInt8>.zero, SIMD16<UInt8>.zero)
    var place = 0
    while place &+ 16 <= byteCount {
      let vector = unsafe UnsafeRawPointer(bytes + place).loadUnaligned(as: SIMD16<UInt8>.self)
      few.replace(with: few &+ 1, where: vector .== delimiters)
      fewLines.replace(with: fewLines &+ 1, where: vector .== newlines)
      place &+= 16
    }
    var count = FieldCount()
    count.fields = Int(SIMD16<UInt16>(truncatingIfNeeded: few).wrappedSum())
    count.lines = Int(SIMD16<UInt16>(truncatingIfNeeded: fewLines).wrappedSum())
    while place < byteCount {
      count.fields += unsafe bytes[place] == delimiter ? 1 : 0
      count.lines += unsafe bytes[place] == UInt8(ascii: "\n") ? 1 : 0
      place &+= 1
    }
    count.fields += count.lines
    return count
  }
}
