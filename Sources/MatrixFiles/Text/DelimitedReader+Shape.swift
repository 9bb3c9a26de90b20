// SPDX-License-Identifier: Apache-2.0
// The shape of a text file: lines, counted by all CPUs, and the fields of the first. Where it cannot be right, the line that
// shows it.

import Glibc
import MatrixCore

extension DelimitedReader {
  /// What can be known before the numbers are read: columns of the first line, and lines.
  static func inspect(
    _ file: borrowing InputFile, format: MatrixFormat, delimiter own: UInt8, options: ReadOptions
  ) throws(FileError) -> MatrixFileInfo {
    let path = file.path
    let (delimiter, hasHeader) = (options.delimiter ?? own, options.hasHeader)
    if let problem = TextOptions.problem(ofDelimiter: delimiter) { throw FileError(.unsupported, path, problem) }
    let head = try file.head(3)
    if head.starts(with: [0xff, 0xfe]) || head.starts(with: [0xfe, 0xff]) {
      throw FileError(.malformed, path, "it is UTF-16 text; save it as UTF-8")
    }
    let textOffset = head == [0xef, 0xbb, 0xbf] ? 3 : 0
    let lines = try lineCount(file, from: textOffset, options.threads)
    let rows = lines - (hasHeader ? 1 : 0)
    guard rows > 0 else { throw FileError(.malformed, path, "it has no numbers; an empty matrix needs .npy or .raw") }

    var scanner = DelimitedScanner(delimiter: delimiter, offset: textOffset, kernels: options.textKernels)
    if hasHeader { try scanner.skipLine(of: file) }
    let columns = try columnCount(&scanner, file, mayBeHeader: !hasHeader)
    // A number and what ends it are two bytes, so a matrix of this shape cannot be in a shorter file: somewhere a line
    // is shorter than the first or has empty fields. To look for the place takes no memory; the matrix would.
    let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
    if overflow || count > (file.byteCount + 1) / 2 {
      scanner = DelimitedScanner(delimiter: delimiter, offset: textOffset, kernels: options.textKernels)
      if hasHeader { try scanner.skipLine(of: file) }
      throw try misfit(&scanner, file, columns: columns)
    }
    let shape: Shape
    do { shape = try Shape(rows: rows, columns: columns) } catch { throw FileError(.malformed, path, error.message) }
    return MatrixFileInfo(
      path: path, format: format, formatVersion: nil, shape: shape, elementType: .float64, byteOrder: nil,
      elementOrder: .rows, dataOffset: textOffset, byteCount: file.byteCount)
  }

  private static func lineCount(
    _ file: borrowing InputFile, from offset: Int, _ threads: Int?
  ) throws(FileError) -> Int {
    let pieceByteCount = DelimitedScanner.pieceByteCount
    let pieces = (file.byteCount - offset) / pieceByteCount + 1
    let threads = pieces < 8 ? 1 : threads ?? Threads.available
    let turns = Turns()
    var (lines, last, end, failure) = (0, UInt8(ascii: "\n"), offset, nil as FileError?)
    var next = offset
    Threads.forEach(threads, threads: threads) { _ in
      var piece = [UInt8](repeating: 0, count: pieceByteCount)
      while true {
        var (position, read, error) = (0, 0, nil as FileError?)
        func fill() {
          do throws(FileError) { read = try file.readUpTo(&piece, 0..<piece.count, at: position) } catch let failed {
            error = failed
          }
        }
        turns.exclusively {
          position = next
          next += pieceByteCount
          if !file.isReadAnywhere { fill() }
        }
        if file.isReadAnywhere { fill() }
        let count = lineFeeds(piece.span.extracting(first: read))
        turns.exclusively {
          lines += count
          if let error { failure = error }
          if read > 0, position + read > end { (end, last) = (position + read, piece[read - 1]) }
        }
        guard read == pieceByteCount else { return }  // the end of the file
      }
    }
    if let failure { throw failure }
    return last == UInt8(ascii: "\n") ? lines : lines + 1
  }

  private static func lineFeeds(_ bytes: Span<UInt8>) -> Int {
    unsafe bytes.withUnsafeBufferPointer { bytes in
      var (count, place) = (0, bytes.baseAddress!)
      let end = unsafe place + bytes.count
      while let next = unsafe memchr(place, Int32(UInt8(ascii: "\n")), end - place) {
        count += 1
        unsafe place = UnsafePointer(next.assumingMemoryBound(to: UInt8.self)) + 1
      }
      return count
    }
  }

  /// Fields of the next line. Where none of them is a number, the line is taken for a header and refused as such.
  private static func columnCount(
    _ scanner: inout DelimitedScanner, _ file: borrowing InputFile, mayBeHeader: Bool
  ) throws(FileError) -> Int {
    var count = 0
    var words = 0
    var first = ""
    var place = ElementPlace(column: 0, columns: Int.max)
    var numbers = [Double](repeating: 0, count: 1024)
    while true {
      // Plain numbers that do not end the line, as long as there are any; then one field of whatever kind.
      var plain = numbers.count
      while plain == numbers.count {
        plain = unsafe numbers.withUnsafeMutableBufferPointer { numbers in
          unsafe scanner.readPlain(numbers.count, to: numbers.baseAddress!, &place)
        }
        count += plain
      }
      let (number, end) = try scanner.nextField(of: file) { DecimalNumber<Double>($0) }
      count += 1
      if case .notANumber(let text) = number, !text.isEmpty {
        words += 1
        if words == 1 { first = text }
      }
      if end != .delimiter { break }
    }
    if mayBeHeader, words == count {
      let what = "it looks like a header (\(excerpt(first.utf8))); delete it, or read the file with hasHeader"
      throw FileError(.malformed, file.path, "line 1 has no number in it: \(what)")
    }
    return count
  }

  /// Where the first line stands that has not `columns` fields, or an empty one.
  private static func misfit(
    _ scanner: inout DelimitedScanner, _ file: borrowing InputFile, columns: Int
  ) throws(FileError) -> FileError {
    var fields = 0
    while true {
      if fields == 0, try scanner.isAtEnd(of: file) { break }
      let (number, end) = try scanner.nextField(of: file) { DecimalNumber<Double>($0) }
      fields += 1
      if case .notANumber = number {
        return scanner.refusal(of: number, isWholeLine: fields == 1 && end != .delimiter, file)
      }
      if (end == .delimiter) != (fields < columns) {
        return scanner.ragged(fields: fields, end, columns: columns, file)
      }
      if fields == columns { fields = 0 }
    }
    return FileError(.malformed, file.path, "its first line has an empty field; write nan for a missing number")
  }
}
