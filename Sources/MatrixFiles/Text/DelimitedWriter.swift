// SPDX-License-Identifier: Apache-2.0
// Rows to CSV and TSV: one delimiter, LF at the end of each line. Used by MatrixWriter.
//
// Many elements are written by several threads: each formats parts of them in memory of its own and then, part after
// part in their order, hands its bytes to the file, while the others format. Nothing is held but a part for each
// thread.

import MatrixCore

struct DelimitedWriter {
  private let delimiter: UInt8
  private let columns: Int
  private let digits: Int?
  private let threads: Int?
  private var column = 0
  private var buffer = TextBuffer()

  /// Elements of a part: some 160 KB of text, which stay in the second-level cache until the system has copied them.
  private static let partCount = 8192
  /// Fewer elements than this take one thread less time than it takes to start others.
  package static let parallelCount = 1 << 15

  /// - Parameter threads: nil: the CPUs of this process.
  init(delimiter: UInt8, columns: Int, digits: Int?, threads: Int?) {
    self.delimiter = delimiter
    self.columns = columns
    self.digits = digits
    self.threads = threads
  }

  /// Appends elements in row order; a row may be cut anywhere between two calls.
  @specialized(where Element == Double)
  @specialized(where Element == Float)
  mutating func append<Element: MatrixElement>(
    _ elements: Span<Element>, to file: inout OutputFile
  ) throws(FileError) {
    let parts = (elements.count + Self.partCount - 1) / Self.partCount
    let threads = elements.count < Self.parallelCount ? 1 : min(parts, threads ?? Threads.available)
    guard threads > 1 else {
      var done = 0
      while done < elements.count {
        let part = elements.extracting(done..<min(done + Self.partCount, elements.count))
        format(part, from: (column + done) % columns, into: &buffer)
        done += part.count
        if buffer.count >= Self.partCount * 16 { try flush(to: &file) }
      }
      column = (column + done) % columns
      return
    }
    try flush(to: &file)
    let turns = Turns()
    var (next, failure) = (0, nil as FileError?)
    let (writer, count, partCount) = (self, elements.count, Self.partCount)
    unsafe elements.withUnsafeBufferPointer { numbers in
      Threads.forEach(threads, threads: threads) { _ in
        var buffer = TextBuffer()
        while true {
          let index = turns.exclusively { () -> Int in
            defer { next += 1 }
            return failure == nil ? next : parts
          }
          guard index < parts else { return }
          let first = index * partCount
          let range = first..<min(first + partCount, count)
          let part = unsafe Span(_unsafeElements: UnsafeBufferPointer(rebasing: numbers[range]))
          writer.format(part, from: (writer.column + first) % writer.columns, into: &buffer)
          turns.inTurn(index) {
            guard failure == nil else { return }
            do throws(FileError) { try buffer.flush(to: &file) } catch {
              turns.exclusively { failure = error }
            }
          }
        }
      }
    }
    if let failure { throw failure }
    column = (column + count) % columns
  }

  /// Appends numbers, the first of which stands in column `first`, to `buffer`.
  private func format<Element: MatrixElement>(
    _ elements: Span<Element>, from first: Int, into buffer: inout TextBuffer
  ) {
    PowersOfTen.shared.withTable { powers in
      let text = NumberText(digits: digits, powers: powers)
      unsafe buffer.append(upTo: (elements.count + 1) * NumberText.capacity) { start in
        unsafe elements.withUnsafeBufferPointer { numbers in
          unsafe text.write(numbers, column: first, columns: columns, delimiter: delimiter, to: start)
        }
      }
    }
  }

  mutating func flush(to file: inout OutputFile) throws(FileError) {
    try buffer.flush(to: &file)
  }
}

/// Text on its way to a file: memory that is used again.
private struct TextBuffer {
  private var bytes: [UInt8] = []
  private(set) var count = 0

  /// - Parameter body: writes at most so many bytes and says how many are text.
  @unsafe mutating func append(upTo limit: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Int) {
    if bytes.count < count + limit { bytes += repeatElement(0, count: count + limit - bytes.count) }
    unsafe bytes.withUnsafeMutableBufferPointer { all in
      let free = unsafe all.baseAddress! + count
      unsafe count += body(free)
    }
  }

  mutating func flush(to file: inout OutputFile) throws(FileError) {
    try file.write(unsafe bytes.span.bytes.extracting(first: count))  // a byte has no padding
    count = 0
  }
}
