// SPDX-License-Identifier: Apache-2.0
//
// convert, slice, head: a matrix file, or a part of it, elsewhere or on the screen. In pieces, whatever its size.

import ArgumentParser
import Weft

/// Where a copy goes.
struct CopyOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Format of the copy. (default: by the path's extension; npy for -)",
      valueName: "npy|npz|safetensors|h5|mtx|raw|csv|tsv"),
    completion: .list(MatrixFormat.allCases.map(\.rawValue)))
  var format: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Type of the copy; float32 rounds each float64 once. (default: as it is)", valueName: "float64|float32"),
    completion: .list(ElementType.allCases.map(\.rawValue)))
  var dtype: String?

  @OptionGroup var reading: ReadingOptions
  @OptionGroup var writing: WritingOptions

  @Flag(help: "Replace an existing file.")
  var force = false

  @Flag(help: "Do not wait until the disk has confirmed the file: faster, but a power cut may lose it.")
  var noSync = false

  @Flag(help: "Do not say what was written.")
  var quiet = false

  /// - Throws: `FileError`, `UsageError`; `Interrupted` after a termination signal, the target as it was.
  func copy(_ source: String, rows: Range<Int>? = nil, columns: Range<Int>? = nil, to target: String) throws {
    let elementType: ElementType? = try choice("dtype", dtype)
    let readOptions = try reading.options()
    var output = MatrixOutput(path: target, format: try choice("format", format), overwrite: force, sync: !noSync)
    try writing.apply(to: &output)
    try output.check()
    let report = try output.writing { options in
      try MatrixFile.copy(
        source, rows: rows, columns: columns, to: target, as: elementType, format: output.format,
        readOptions: readOptions, options: options)
    }
    guard !quiet, !output.isStandardOutput else { return }
    try StandardOutput.write(
      "output   \(TerminalText.printable(report.path)), \(report.format), \(ByteCount(report.byteCount))\n")
  }
}

struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Write a matrix file in another format or type.",
    usage: "weft convert <in> <out> [options]",
    discussion: """
      The numbers are the same bits, unless --dtype float32 rounds them. Text has the shortest digits that read back to the same number.

      Examples:
        weft convert m.csv m.npy
        weft convert m.npy m32.npy --dtype float32
        weft convert m.npy - --format csv
      """)

  static var _errorPrefix: String { WeftCommand._errorPrefix }

  @Argument(help: "The matrix file.", completion: .file())
  var source: String
  @Argument(help: "The file to write, or - for standard output.", completion: .file())
  var target: String
  @OptionGroup var options: CopyOptions

  func run() throws { try options.copy(source, to: target) }
}

struct SliceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "slice", abstract: "Write rows and columns of a matrix file to another file.",
    usage: "weft slice <file> <rows> <columns> [-o <path>] [options]",
    discussion: """
      Rows and columns as in Python: a:b from a to before b, counted from 0, either left out for the end; a single number for one; \
      negative numbers count from the end (after --, since they look like options). Without -o the part is shown as csv.

      Examples:
        weft slice m.npy 0:100 : -o top.npy
        weft slice m.npy 3 0:5
        weft slice -o corner.csv m.npy -- -10: -10:
      """)

  static var _errorPrefix: String { WeftCommand._errorPrefix }

  @Argument(help: "The matrix file.", completion: .file())
  var file: String
  @Argument(help: "Rows, as 0:100 or 7.")
  var rows: String
  @Argument(help: "Columns, as : or -1.")
  var columns: String
  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp(
      "File to write, or - for standard output. (default: csv on standard output)", valueName: "path|-"),
    completion: .file())
  var output: String?
  @OptionGroup var options: CopyOptions

  func run() throws {
    let shape = try MatrixFile.inspect(file, options: options.reading.options()).shape
    let part = try (
      IndexRange(rows, "rows").resolved(shape.rows), IndexRange(columns, "columns").resolved(shape.columns)
    )
    var options = options
    if output == nil, options.format == nil { options.format = MatrixFormat.csv.rawValue }
    try options.copy(file, rows: part.0, columns: part.1, to: output ?? "-")
  }
}

struct HeadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "head", abstract: "Show the first rows of a matrix file.",
    usage: "weft head <file> [--rows <n>] [--columns <n>]",
    discussion: """
      As many columns as the terminal takes; 'weft slice' writes all of them.

      Example:
        weft head m.npy --rows 20
      """)

  static var _errorPrefix: String { WeftCommand._errorPrefix }

  @Argument(help: "The matrix file.", completion: .file())
  var file: String
  @Option(help: ArgumentHelp("How many rows.", valueName: "n"))
  var rows = 10
  @Option(help: ArgumentHelp("How many columns at most.", valueName: "n"))
  var columns = 20
  @OptionGroup var reading: ReadingOptions

  func validate() throws {
    guard rows > 0, columns > 0 else { throw ValidationError("--rows and --columns are whole numbers above 0.") }
  }

  func run() throws {
    let options = try reading.options()
    switch try MatrixFile.inspect(file, options: options).elementType {
    case .float64: try show(Double.self, options)
    case .float32: try show(Float.self, options)
    }
  }

  private func show<Element: MatrixElement>(_ type: Element.Type, _ options: ReadOptions) throws {
    var reader = try MatrixReader<Element>(contentsOf: file, options: options)
    let shape = reader.shape
    // One row more than is shown, so that it is seen that there are more.
    var matrix = try Matrix<Element>(
      shape: Shape(rows: min(shape.rows, rows == .max ? rows : rows + 1), columns: shape.columns))
    if !matrix.isEmpty {
      var elements = matrix.mutableElements
      _ = try reader.readRows(into: &elements)
    }
    let text = Corner.text(of: matrix, width: Terminal.width(1), rows: rows, columns: columns)
    try StandardOutput.write((text.isEmpty ? "empty, \(shape)" : text) + "\n")
  }
}

/// A range of rows or columns as it is typed.
struct IndexRange: Equatable {
  private let text: String
  private let name: String
  private let first: Int?
  private let end: Int?
  private let isSingle: Bool

  init(_ text: String, _ name: String) throws(UsageError) {
    (self.text, self.name) = (text, name)
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let numbers = parts.map { $0.isEmpty ? nil : Int($0) }
    let isSound = zip(parts, numbers).allSatisfy { $0.0.isEmpty || $0.1 != nil }
    guard isSound, parts.count == 2 || parts.count == 1 && numbers[0] != nil else {
      throw UsageError(
        "'\(text)' are no \(name): write 0:100, 5:, :, or a single number; negative ones count from the end.")
    }
    isSingle = parts.count == 1
    (first, end) = (numbers[0], isSingle ? nil : numbers[1])
  }

  /// - Throws: `UsageError` where it is not within `count`.
  func resolved(_ count: Int) throws(UsageError) -> Range<Int> {
    func place(_ index: Int) -> Int { index < 0 ? index.addingReportingOverflow(count).partialValue : index }
    let start = place(first ?? 0)
    let stop = isSingle ? start.addingReportingOverflow(1).partialValue : end.map(place) ?? count
    guard start >= 0, stop <= count, start <= stop else {
      throw UsageError("There are \(count) \(name), counted from 0; '\(text)' are not among them.")
    }
    return start..<stop
  }
}
