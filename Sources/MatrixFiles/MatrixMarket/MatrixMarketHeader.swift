// SPDX-License-Identifier: Apache-2.0
// The first lines of a MatrixMarket file: its banner, its comments, and its sizes.
// https://math.nist.gov/MatrixMarket/formats.html
//
//     %%MatrixMarket matrix coordinate real symmetric
//     % any comment
//     3 3 4                                             rows, columns and (of coordinates) entries

import MatrixCore

struct MatrixMarketHeader {
  enum Layout { case array, coordinate }
  enum Field { case real, integer, pattern }
  enum Symmetry { case general, symmetric, skewSymmetric }

  let layout: Layout
  let field: Field
  let symmetry: Symmetry
  let shape: Shape
  /// Lines with numbers that follow.
  let entryCount: Int

  static let mark = Array("%%MatrixMarket".utf8)
  /// Elements that a matrix may have whatever its file's size, and for each byte of its file: a file of coordinates
  /// says nothing about what is zero, and thirty bytes of it must not take all memory.
  private static let (elementFloor, elementsPerByte) = (1 << 24, 10_000)

  init(_ scanner: inout MatrixMarketScanner, of file: borrowing InputFile) throws(FileError) {
    guard try scanner.nextLine(of: file) else {
      throw FileError(.malformed, file.path, "it is empty; a MatrixMarket file begins with %%MatrixMarket")
    }
    let words = (0..<scanner.fieldCount).map { scanner.text($0) }
    guard words.count == 5, words[0] == "%%matrixmarket" else {
      throw scanner.problem(in: file, "the banner '%%MatrixMarket matrix LAYOUT FIELD SYMMETRY' is missing")
    }
    func unsupported(_ word: String, _ sentence: String) -> FileError {
      scanner.problem(in: file, "\(excerpt(word.utf8)) \(sentence)", .unsupported)
    }
    guard words[1] == "matrix" else { throw unsupported(words[1], "is no matrix") }
    switch words[2] {
    case "array": layout = .array
    case "coordinate": layout = .coordinate
    default: throw unsupported(words[2], "is no layout; array and coordinate are read")
    }
    switch words[3] {
    case "real", "double": field = .real
    case "integer", "unsigned-integer": field = .integer
    case "pattern" where layout == .coordinate: field = .pattern
    case "complex": throw unsupported(words[3], "numbers are not read; save real and imaginary part in two files")
    default:
      throw unsupported(words[3], "is no field of this layout; real, integer and (of coordinates) pattern are read")
    }
    switch words[4] {
    case "general": symmetry = .general
    case "symmetric": symmetry = .symmetric
    case "skew-symmetric" where field != .pattern: symmetry = .skewSymmetric
    default: throw unsupported(words[4], "is no symmetry; general, symmetric and skew-symmetric are read")
    }
    repeat {
      guard try scanner.nextLine(of: file) else {
        throw FileError(.malformed, file.path, "it ends before the line of its sizes")
      }
    } while scanner.isComment || scanner.fieldCount == 0

    let wanted = layout == .array ? 2 : 3
    guard scanner.fieldCount == wanted else {
      throw scanner.problem(in: file, "the sizes are \(wanted) numbers, and here are \(scanner.fieldCount)")
    }
    var sizes: [Int] = []
    for k in 0..<wanted { sizes.append(try scanner.wholeNumber(k, in: file)) }
    do { shape = try Shape(rows: sizes[0], columns: sizes[1]) } catch {
      throw scanner.problem(in: file, error.message)
    }
    guard symmetry == .general || shape.rows == shape.columns else {
      throw scanner.problem(in: file, "a \(shape) matrix cannot be \(words[4])")
    }
    let n = shape.rows
    switch (layout, symmetry) {
    case (.coordinate, _): entryCount = sizes[2]
    case (.array, .general): entryCount = shape.count
    // n² fits, being the shape's count; so these do.
    case (.array, .symmetric): entryCount = n == 0 ? 0 : n * (n - 1) / 2 + n
    case (.array, .skewSymmetric): entryCount = n == 0 ? 0 : n * (n - 1) / 2
    }
    try check(scanner, file)
  }

  /// The sizes against the length of the file, before any memory is taken for them.
  private func check(_ scanner: MatrixMarketScanner, _ file: borrowing InputFile) throws(FileError) {
    // A line has a digit and its end at least; with two indices it has four bytes.
    let perLine = layout == .array ? 2 : 4
    guard entryCount <= (file.byteCount + 1) / perLine else {
      throw scanner.problem(
        in: file, "\(entryCount) entries are claimed, and the file has only \(file.byteCount) bytes")
    }
    guard entryCount <= shape.count else {
      throw scanner.problem(
        in: file, "\(entryCount) entries are claimed, and a \(shape) matrix has \(shape.count) elements")
    }
    guard shape.count <= Self.elementFloor || shape.count / Self.elementsPerByte <= file.byteCount else {
      throw scanner.problem(
        in: file,
        "a \(shape) matrix with \(entryCount) entries would be nearly all zeros; only dense matrices are made of it",
        .unsupported)
    }
  }

  static func encoded(_ shape: Shape) -> [UInt8] {
    Array("%%MatrixMarket matrix array real general\n\(shape.rows) \(shape.columns)\n".utf8)
  }
}
