// SPDX-License-Identifier: Apache-2.0
// CSV and TSV as fields and line ends, with the place of each: the grammar, without numbers. DelimitedScanner+Numbers
// puts the numbers in, DelimitedScanner+Parts cuts the file for several threads. Memory is one piece of the file,
// whatever the length of its lines.

/// Walks through the fields of a text file.
///
///     file   = [BOM] line (newline line)* [newline]            newline = LF | CR LF
///     line   = field (delimiter field)*
///     field  = spaces (bare | '"' bare '"') spaces             bare: no delimiter, quote, CR, LF, NUL
struct DelimitedScanner {
  enum End { case delimiter, line, file }

  let delimiter: UInt8
  var buffer: [UInt8]
  /// The part of `buffer` that holds bytes of the file not yet consumed, and where it ends in the file. Zeros follow
  /// it.
  var start = 0
  var end = 0
  var fileOffset: Int
  /// What is in `buffer` is all there is: a part of the file that another scanner has cut off.
  var isPart = false

  /// Line of the field read last, and the byte in its line where it begins; both counted from 1.
  private(set) var line = 1
  private(set) var column = 0
  var nextLine = 1
  var nextColumn = 1

  /// A field longer than this is no number: the exact digits of the smallest float64 are 1,077 characters. It is the
  /// field that is limited, not the line: a row may have a million numbers, and no line is ever held as a whole.
  static let fieldLimit = 4096
  static let pieceByteCount = 1 << 18
  /// Zeros behind the text, for readers of many bytes at a time: no digits, no delimiter.
  static let paddingCount = 64

  /// For many fields at once; nil: one by one.
  let kernels: TextKernels?
  /// Fields that they are asked for at once: few, where many are not for them.
  var blockLimit = fieldsOfBlock

  /// - Parameter offset: bytes before the text, its byte order mark.
  init(delimiter: UInt8, offset: Int, kernels: TextKernels?) {
    self.delimiter = delimiter
    self.kernels = kernels
    buffer = [UInt8](repeating: 0, count: Self.pieceByteCount + Self.paddingCount)
    fileOffset = offset
  }

  /// True at the very end: nothing follows, not even an empty line.
  mutating func isAtEnd(of file: borrowing InputFile) throws(FileError) -> Bool {
    if start < end { return false }
    return try !refill(from: file)
  }

  /// The next field, without spaces and quotes around it, and what ended it. `body` sees its bytes; they are gone
  /// after.
  mutating func nextField<R>(
    of file: borrowing InputFile, _ body: (Span<UInt8>) -> R
  ) throws(FileError) -> (R, End) {
    line = nextLine
    column = nextColumn
    var count = 0
    while true {
      if start + count == end, try !refill(from: file) { return (try finish(count, 0, .file, file, body), .file) }
      let byte = buffer[start + count]
      if byte == delimiter { return (try finish(count, 1, .delimiter, file, body), .delimiter) }
      switch byte {
      case UInt8(ascii: "\n"): return (try finish(count, 1, .line, file, body), .line)
      case UInt8(ascii: "\r"):
        if start + count + 1 == end { _ = try refill(from: file) }
        guard start + count + 1 < end, buffer[start + count + 1] == UInt8(ascii: "\n") else {
          throw problem(in: file, at: count, "a carriage return stands alone; end lines with LF or CR LF")
        }
        return (try finish(count, 2, .line, file, body), .line)
      case 0: throw problem(in: file, at: count, "a NUL byte; the file is no text, or UTF-16: save it as UTF-8")
      default: count += 1
      }
      if count > Self.fieldLimit { throw problem(in: file, "a field has more than \(Self.fieldLimit) bytes") }
    }
  }

  /// Steps over the rest of the line, whatever it holds: a header's names may be quoted, with delimiters in them.
  mutating func skipLine(of file: borrowing InputFile) throws(FileError) {
    repeat {
      let newline = buffer[start..<end].firstIndex(of: UInt8(ascii: "\n"))
      start = newline.map { $0 + 1 } ?? end
      if newline != nil { break }
    } while try refill(from: file)
    nextLine += 1
    nextColumn = 1
  }

  /// Hands the field of `count` bytes to `body` and steps over it and the `endCount` bytes that end it.
  private mutating func finish<R>(
    _ count: Int, _ endCount: Int, _ end: End, _ file: borrowing InputFile, _ body: (Span<UInt8>) -> R
  ) throws(FileError) -> R {
    let range = try content(count, file)
    let result = body(buffer.span.extracting(range))
    start += count + endCount
    if end == .line {
      nextLine += 1
      nextColumn = 1
    } else {
      nextColumn += count + endCount
    }
    return result
  }

  private func content(_ count: Int, _ file: borrowing InputFile) throws(FileError) -> Range<Int> {
    var low = start
    var high = start + count
    while low < high, buffer[low] == UInt8(ascii: " ") { low += 1 }
    while low < high, buffer[high - 1] == UInt8(ascii: " ") { high -= 1 }
    if low < high, buffer[low] == UInt8(ascii: "\"") {
      guard high - low >= 2, buffer[high - 1] == UInt8(ascii: "\"") else {
        throw problem(in: file, at: low - start, "a quoted field does not end on its line and at its delimiter")
      }
      low += 1
      high -= 1
    }
    if let quote = buffer[low..<high].firstIndex(of: UInt8(ascii: "\"")) {
      throw problem(in: file, at: quote - start, "a quote stands inside a field")
    }
    return low..<high
  }

  /// Moves what is left to the front and reads on. False at the end of the file.
  mutating func refill(from file: borrowing InputFile) throws(FileError) -> Bool {
    guard !isPart else { return false }
    moveToFront()
    return try read(from: file) > 0
  }

  private mutating func moveToFront() {
    let rest = start..<end
    if start > 0 {
      unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[rest]))
      }
    }
    start = 0
    end = rest.count
  }

  /// Fills the buffer behind `end`.
  mutating func read(from file: borrowing InputFile) throws(FileError) -> Int {
    let read = try file.readUpTo(&buffer, end..<Self.pieceByteCount, at: fileOffset)
    fileOffset += read
    end += read
    pad()
    return read
  }

  /// Puts the zeros behind the text.
  mutating func pad() {
    for k in end..<end + Self.paddingCount { buffer[k] = 0 }
  }

  /// An error at a byte of the field read last: "line 3, column 17: …".
  func problem(in file: borrowing InputFile, at offset: Int = 0, _ what: String) -> FileError {
    FileError(.malformed, file.path, "line \(line), column \(column + offset): \(what)")
  }
}
