// SPDX-License-Identifier: Apache-2.0
// Fields as numbers in their rows: plain ones in a loop of their own, one after the other where something is special,
// and the error that names the first that is wrong. Used by DelimitedReader, on the file and on parts of it.

import MatrixCore

/// Where the next number goes.
struct ElementPlace {
  /// From 0.
  var column: Int
  let columns: Int
}

extension DelimitedScanner {
  /// Reads the next `count` fields as elements.
  @specialized(where Element == Double)
  @specialized(where Element == Float)
  @unsafe mutating func read<Element: MatrixElement>(
    _ count: Int, to elements: UnsafeMutablePointer<Element>, _ place: inout ElementPlace, of file: borrowing InputFile
  ) throws(FileError) {
    var done = unsafe readPlain(count, to: elements, &place)
    while done < count {
      // A field that is not plain, or that goes on in the next piece of the file.
      unsafe elements[done] = try nextNumber(of: file, &place)
      done += 1
      unsafe done += readPlain(count - done, to: elements + done, &place)
    }
  }

  /// Reads numbers as long as they are plain, stand where they should, and end within the buffer: spaces, PlainNumber,
  /// spaces, what ends the field. Returns how many.
  @inline(__always)
  @unsafe mutating func readPlain<Element: MatrixElement>(
    _ count: Int, to elements: UnsafeMutablePointer<Element>, _ place: inout ElementPlace
  ) -> Int {
    guard count > 0, start < end else { return 0 }
    if let kernels { return unsafe readBlocks(kernels, count, to: elements, &place) }
    let (delimiter, columns, first) = (delimiter, place.columns, start)
    var (column, done, lines, position, lineStart) = (place.column, 0, 0, start, start)
    PowersOfTen.shared.withTable { powers in
      unsafe buffer.withUnsafeBufferPointer { buffer in
        let bytes = buffer.baseAddress!
        while done < count {
          var field = unsafe bytes + position
          while unsafe field[0] == UInt8(ascii: " ") { unsafe field += 1 }
          guard let number = unsafe PlainNumber(Element.self, at: field, powers) else { break }
          var behind = unsafe number.end
          while unsafe behind[0] == UInt8(ascii: " ") { unsafe behind += 1 }
          guard unsafe behind - bytes - position <= Self.fieldLimit else { break }
          let mark = unsafe behind[0]
          let isLast = column == columns &- 1
          if mark == delimiter, !isLast {
            column &+= 1
            unsafe position = behind + 1 - bytes
          } else if mark == UInt8(ascii: "\n"), isLast {
            column = 0
            lines &+= 1
            unsafe position = behind + 1 - bytes
            lineStart = position
          } else if mark == UInt8(ascii: "\r"), isLast, unsafe behind[1] == UInt8(ascii: "\n") {
            column = 0
            lines &+= 1
            unsafe position = behind + 2 - bytes
            lineStart = position
          } else {
            break
          }
          unsafe elements[done] = Element(bitPattern: Element.BitPattern(truncatingIfNeeded: number.bits))
          done &+= 1
        }
      }
    }
    place.column = column
    nextColumn = lines == 0 ? nextColumn + position - first : position - lineStart + 1
    nextLine += lines
    start = position
    return done
  }

  /// The next field, whatever it is.
  private mutating func nextNumber<Element: MatrixElement>(
    of file: borrowing InputFile, _ place: inout ElementPlace
  ) throws(FileError) -> Element {
    let (number, end) = try nextField(of: file) { DecimalNumber<Element>($0) }
    guard case .value(let value) = number else {
      throw refusal(of: number, isWholeLine: place.column == 0 && end != .delimiter, file)
    }
    if (end == .delimiter) != (place.column + 1 < place.columns) {
      throw ragged(fields: place.column + 1, end, columns: place.columns, file)
    }
    place.column = end == .delimiter ? place.column + 1 : 0
    return value
  }

  func refusal<Element>(
    of number: DecimalNumber<Element>, isWholeLine: Bool, _ file: borrowing InputFile
  ) -> FileError {
    guard case .notANumber(let text) = number else {
      return problem(in: file, "the number is past the largest \(Element.elementType); write inf if it is meant")
    }
    if !text.isEmpty { return problem(in: file, "\(excerpt(text.utf8)) is not a number") }
    return problem(in: file, isWholeLine ? "the line is empty" : "the field is empty; write nan for a missing number")
  }

  func ragged(fields: Int, _ end: End, columns: Int, _ file: borrowing InputFile) -> FileError {
    let has = end == .delimiter ? "more than \(columns) fields" : "only \(fields) of \(columns) fields"
    return problem(in: file, "the line has \(has); every line must have as many as the first")
  }
}
