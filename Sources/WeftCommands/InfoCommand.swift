// SPDX-License-Identifier: Apache-2.0
//
// `weft info`: what a matrix file says about itself, and what its elements are.

import ArgumentParser
import Multiprocessing
import Weft

struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Show what a matrix file holds: shape, type, extremes, checksum, and its corner.",
    discussion: """
      With --blas, the library of linear algebra instead: version, kernels, threads.

      Reads npy, raw (with its JSON file beside), csv and tsv files once, in pieces; a file may be larger than memory. Smallest, \
      largest and mean are those of the finite elements; places count from 0. The checksum is the one that 'weft compute' reports.

      Example:
        weft info m.npy
        weft info --blas
      """)

  static var _errorPrefix: String { WeftCommand._errorPrefix }

  @Argument(help: "The matrix file.", completion: .file(extensions: ["npy", "raw", "csv", "tsv"]))
  var path: String?

  @Flag(help: "Show OpenBLAS: its version, the kernels it chose for this CPU, its threads.")
  var blas = false

  @Flag(help: "Print one JSON object, without the corner.")
  var json = false

  func validate() throws {
    guard blas || path != nil else { throw ValidationError("Which file? Name one, or take --blas.") }
    guard !blas || path == nil else { throw ValidationError("--blas is about no file; leave the file out.") }
  }

  func run() throws {
    guard let path else { return try tellLibrary() }
    let file = try MatrixFileSummary(contentsOf: path, cornerSide: Corner.side + 1)
    guard !json else { return try StandardOutput.write(file.json.rendered + "\n") }
    let corner = Corner.text(of: file.corner, width: Terminal.width(1))
    try StandardOutput.write(file.text + "\n" + (corner.isEmpty ? "" : "\n\(corner)\n"))
  }

  private func tellLibrary() throws {
    let library = try BLASLibrary.open()
    library.setThreads(Machine.cpuCount().count)
    try StandardOutput.write((json ? library.json.rendered : library.text) + "\n")
  }
}

extension MatrixFileSummary {
  private var byteOrder: String? {
    switch info.byteOrder {
    case .little: "little-endian"
    case .big: "big-endian"
    case nil: nil
    }
  }

  /// Aligned lines, without a newline at the end.
  var text: String {
    let version = info.formatVersion.map { " \($0)" } ?? ""
    let order = info.elementOrder == .rows ? "rows one after the other (C)" : "columns one after the other (Fortran)"
    return Summary.aligned([
      ("file", "\(TerminalText.printable(info.path)), \(info.format)\(version), \(ByteCount(info.byteCount))"),
      ("matrix", "\(info.shape) \(info.elementType)"),
      ("order", ([order] + [byteOrder].compactMap(\.self)).joined(separator: ", ")),
      ("min", text(of: elements.minimum)),
      ("max", text(of: elements.maximum)),
      ("mean", elements.mean.map { "\($0)" } ?? "none"),
      ("finite", finite),
      ("checksum", "\(elements.checksum)"),
    ])
  }

  private var finite: String {
    guard let first = elements.firstNonfinite else { return "all" }
    return "all but \(elements.nonfiniteCount), the first of them in row \(first.row), column \(first.column)"
  }

  private func text(of extreme: MatrixSummary.Extreme?) -> String {
    guard let extreme else { return "none" }
    // With the digits of its type, as in the corner.
    let value = elements.elementType == .float32 ? "\(Float(extreme.value))" : "\(extreme.value)"
    return "\(value) in row \(extreme.row), column \(extreme.column)"
  }

  var json: JSON {
    .object([
      ("path", .text(info.path)), ("format", .text(info.format.rawValue)), ("version", .optional(info.formatVersion)),
      ("bytes", .integer(info.byteCount)), ("rows", .integer(info.shape.rows)),
      ("columns", .integer(info.shape.columns)),
      ("dtype", .text(info.elementType.rawValue)), ("order", .text(info.elementOrder.rawValue)),
      ("byteOrder", .optional(info.byteOrder?.rawValue)), ("dataOffset", .integer(info.dataOffset)),
      ("min", MatrixFileSummary.json(of: elements.minimum)), ("max", MatrixFileSummary.json(of: elements.maximum)),
      ("mean", .optional(elements.mean)), ("finite", .bool(elements.nonfiniteCount == 0)),
      ("nonfinite", .integer(elements.nonfiniteCount)), ("checksum", .text("\(elements.checksum)")),
    ])
  }

  private static func json(of extreme: MatrixSummary.Extreme?) -> JSON {
    guard let extreme else { return .null }
    return .object([
      ("value", .number(extreme.value)), ("row", .integer(extreme.row)), ("column", .integer(extreme.column)),
    ])
  }
}
