// SPDX-License-Identifier: Apache-2.0
// CSV and TSV as rows of numbers: the shape first (one pass that counts lines), then row after row. Both passes read
// the file in order, each byte once, and share what they find among the CPUs of this process: the system copies one
// piece while others are counted or turned into numbers.

import MatrixCore

struct DelimitedReader: ~Copyable {
  private let file: InputFile
  private var scanner: DelimitedScanner
  private let columns: Int
  private var headerIsAhead: Bool
  private let threads: Int?

  /// - Parameter own: the format's delimiter.
  init(
    _ file: consuming InputFile, info: MatrixFileInfo, delimiter own: UInt8, options: ReadOptions
  ) {
    self.file = file
    scanner = DelimitedScanner(
      delimiter: options.delimiter ?? own, offset: info.dataOffset, kernels: options.textKernels)
    columns = info.shape.columns
    headerIsAhead = options.hasHeader
    threads = options.threads
  }

  /// Reads the next `rows` rows into the first of `elements`.
  mutating func read<Element: MatrixElement>(
    rows: Int, into elements: inout MutableSpan<Element>
  ) throws(FileError) {
    if headerIsAhead { try scanner.skipLine(of: file) }
    headerIsAhead = false
    let count = rows * columns
    precondition(count <= elements.count, "rows are read into memory that holds them")
    guard count > 0 else { return }
    try unsafe elements.withUnsafeMutableBufferPointer { elements throws(FileError) in
      guard let base = elements.baseAddress else { return }
      var place = ElementPlace(column: 0, columns: columns)
      let threads = count < Self.parallelCount ? 1 : threads ?? Threads.available
      let done = threads > 1 ? try unsafe readParts(count, to: base, threads) : 0
      place.column = done % columns
      // All of it, or what the parts have left: a field that does not end in a piece, or is missing.
      try unsafe scanner.read(count - done, to: base + done, &place, of: file)
    }
  }

  /// Fewer elements than this take one thread less time than it takes to start others.
  package static let parallelCount = 1 << 15

  /// Reads fields by several threads, in parts, until there are `count` or no more. Returns how many.
  ///
  /// - Throws: what is wrong with the first wrong field of the file. A thread that finds a fault ends the cutting of further
  ///   parts, and all before it have been cut: whoever has them reads them to their end.
  @unsafe private mutating func readParts<Element: MatrixElement>(
    _ count: Int, to elements: UnsafeMutablePointer<Element>, _ threads: Int
  ) throws(FileError) -> Int {
    let turns = Turns()
    var done = 0
    var failure: (first: Int, error: FileError)?
    func fail(_ first: Int, _ error: FileError) {
      if failure == nil || first < failure!.first { failure = (first, error) }
    }
    let columns = columns
    Threads.forEach(threads, threads: threads) { _ in
      var part = DelimitedScanner(delimiter: scanner.delimiter, offset: 0, kernels: scanner.kernels)
      while true {
        let (first, fields) = turns.exclusively { () -> (Int, Int) in
          guard failure == nil, done < count else { return (done, 0) }
          do throws(FileError) {
            let fields = try scanner.cut(count - done, into: &part, from: file)
            done += fields
            return (done - fields, fields)
          } catch {
            fail(done, error)
            return (done, 0)
          }
        }
        guard fields > 0 else { return }
        var place = ElementPlace(column: first % columns, columns: columns)
        do throws(FileError) {
          try unsafe part.read(fields, to: elements + first, &place, of: file)
        } catch {
          turns.exclusively { fail(first, error) }
        }
      }
    }
    if let failure { throw failure.error }
    return done
  }

  /// After the last row: nothing may follow.
  mutating func finish() throws(FileError) {
    guard try scanner.isAtEnd(of: file) else {
      throw FileError(.unreadable, file.path, "the file became longer while it was read; read it when it is complete")
    }
  }
}
