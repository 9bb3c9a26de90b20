// SPDX-License-Identifier: Apache-2.0
// The lines of a MatrixMarket file as fields between spaces, with the number of each line. Memory is one piece of the
// file: no line may be longer than the format's own limit allows.

import MatrixCore

struct MatrixMarketScanner {
  private var buffer = [UInt8](repeating: 0, count: 1 << 18)
  /// The part of `buffer` that holds bytes of the file not yet consumed, and where it ends in the file.
  private var start = 0
  private var end = 0
  private var fileOffset = 0
  private var fields: [Range<Int>] = []
  /// Of the fields, from 1.
  private(set) var line = 0
  private(set) var isComment = false

  /// The format says 1,024.
  static let lineLimit = 4096

  var fieldCount: Int { fields.count }

  /// Goes to the next line; false at the end of the file.
  mutating func nextLine(of file: borrowing InputFile) throws(FileError) -> Bool {
    fields.removeAll(keepingCapacity: true)
    if end - start <= Self.lineLimit { try refill(from: file) }
    guard start < end else { return false }
    line += 1
    isComment = buffer[start] == UInt8(ascii: "%")
    var position = start
    var fieldStart = -1
    while position < end, buffer[position] != UInt8(ascii: "\n") {
      let byte = buffer[position]
      if byte == 0 { throw problem(in: file, "a NUL byte; the file is no text") }
      let isSpace = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
      if isSpace, fieldStart >= 0 {
        fields.append(fieldStart..<position)
        fieldStart = -1
      } else if !isSpace, fieldStart < 0 {
        fieldStart = position
      }
      position += 1
      if position - start > Self.lineLimit {
        throw problem(in: file, "the line has more than \(Self.lineLimit) bytes")
      }
    }
    if fieldStart >= 0 { fields.append(fieldStart..<position) }
    start = min(position + 1, end)
    return true
  }

  /// The next line with numbers in it; false at the end of the file.
  mutating func nextEntry(of file: borrowing InputFile) throws(FileError) -> Bool {
    repeat {
      guard try nextLine(of: file) else { return false }
    } while isComment || fields.isEmpty
    return true
  }

  /// Field `k` in small letters.
  func text(_ k: Int) -> String { String(decoding: buffer[fields[k]], as: UTF8.self).lowercased() }

  func wholeNumber(_ k: Int, in file: borrowing InputFile) throws(FileError) -> Int {
    var value = 0
    for place in fields[k] {
      let digit = buffer[place] &- UInt8(ascii: "0")
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(Int(digit))
      guard digit < 10, !overflow, !carry else {
        throw problem(in: file, "\(excerpt(buffer[fields[k]])) is no whole number below 2^63")
      }
      value = sum
    }
    return value
  }

  @specialized(where Element == Double)
  @specialized(where Element == Float)
  func number<Element: MatrixElement>(_ k: Int, in file: borrowing InputFile) throws(FileError) -> Element {
    switch DecimalNumber<Element>(buffer.span.extracting(fields[k])) {
    case .value(let value): return value
    case .notANumber: throw problem(in: file, "\(excerpt(buffer[fields[k]])) is not a number")
    case .tooLarge: throw problem(in: file, "the number is past the largest \(Element.elementType)")
    }
  }

  /// An integer that the element type has, exactly: rounding it would make another of it.
  func integer<Element: MatrixElement>(_ k: Int, in file: borrowing InputFile) throws(FileError) -> Element {
    let text = String(decoding: buffer[fields[k]], as: UTF8.self)
    guard let value = Int(text) else { throw problem(in: file, "\(excerpt(text.utf8)) is no whole number below 2^63") }
    guard let element = Element(exactly: value) else {
      throw problem(in: file, "the integer \(value) is no \(Element.elementType), which would round it", .unsupported)
    }
    return element
  }

  /// Moves what is left to the front and reads on.
  private mutating func refill(from file: borrowing InputFile) throws(FileError) {
    if start > 0 {
      for k in start..<end { buffer[k - start] = buffer[k] }
    }
    end -= start
    start = 0
    let read = try file.readUpTo(&buffer, end..<buffer.count, at: fileOffset)
    fileOffset += read
    end += read
  }

  func problem(
    in file: borrowing InputFile, _ sentence: String, _ code: FileError.Code = .malformed
  ) -> FileError {
    FileError(code, file.path, "line \(line): \(sentence)")
  }
}
