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
    usage: "weft info [<path>] [--histogram] [--bins <n>] [--blas] [options]",
    discussion: """
      With --blas, the library of linear algebra instead: version, kernels, threads.

      Reads npy, npz, safetensors, HDF5 (h5), MatrixMarket (mtx), raw (with its JSON file beside), csv and tsv files, also through \
      gzip and zstd, in pieces; a file may be larger than memory. One of several matrices in a file is FILE:NAME. Smallest, \
      largest, mean, deviation and norm are those of the finite elements; places count from 0. The checksum is the one that 'weft compute' reports.

      Example:
        weft info m.npy
        weft info archive.npz:b
        weft info m.npy --histogram --bins 10
        weft info --blas
      """)

  static var _errorPrefix: String { WeftCommand._errorPrefix }

  @Argument(
    help: "The matrix file.",
    completion: .file(
      extensions: ["npy", "npz", "safetensors", "h5", "hdf5", "mtx", "raw", "csv", "tsv", "gz", "zst"]))
  var path: String?

  @Flag(help: "Show OpenBLAS: its version, the kernels it chose for this CPU, its threads.")
  var blas = false

  @Flag(help: "Count the elements by value, in a second pass.")
  var histogram = false

  @Option(help: ArgumentHelp("How many bins the histogram has.", valueName: "n"))
  var bins = 20

  @OptionGroup var reading: ReadingOptions

  @Flag(help: "Print one JSON object, without the corner.")
  var json = false

  func validate() throws {
    guard blas || path != nil else { throw ValidationError("Which file? Name one, or take --blas.") }
    guard !blas || path == nil else { throw ValidationError("--blas is about no file; leave the file out.") }
    guard (1...10_000).contains(bins) else { throw ValidationError("--bins is a number from 1 to 10000, not \(bins).") }
  }

  func run() throws {
    guard let path else { return try tellLibrary() }
    let options = try reading.options()
    if let names = try? MatrixFile.names(in: path), names.count > 1 { return try tellMembers(names, of: path) }
    let file = try MatrixFileSummary(contentsOf: path, cornerSide: Corner.side + 1, options: options)
    var counts: MatrixHistogram?
    if histogram, let low = file.elements.minimum?.value, let high = file.elements.maximum?.value {
      counts = try MatrixHistogram(contentsOf: path, range: low...high, bins: bins, options: options)
    }
    if json {
      let members = file.members + (histogram ? [("histogram", counts?.json ?? .null)] : [])
      return try StandardOutput.write(JSON.object(members).rendered + "\n")
    }
    let corner = Corner.text(of: file.corner, width: Terminal.width(1))
    let parts = [file.text, counts?.text(width: Terminal.width(1)), corner].compactMap(\.self).filter { !$0.isEmpty }
    try StandardOutput.write(parts.joined(separator: "\n\n") + "\n")
  }

  /// A file of several matrices, none of which was asked for.
  private func tellMembers(_ names: [String], of path: String) throws {
    let members = try names.map { (name: $0, info: try MatrixFile.inspect("\(path):\($0)")) }
    if json {
      let list = members.map { member in
        JSON.object([
          ("name", .text(member.name)), ("rows", .integer(member.info.shape.rows)),
          ("columns", .integer(member.info.shape.columns)), ("dtype", .text(member.info.elementType.rawValue)),
        ])
      }
      let file: [(String, JSON)] = [("path", .text(path)), ("matrices", .array(list))]
      return try StandardOutput.write(JSON.object(file).rendered + "\n")
    }
    let lines = members.map { (TerminalText.printable($0.name), "\($0.info.shape) \($0.info.elementType)") }
    try StandardOutput.write(
      Summary.aligned(lines) + "\n\none of them: weft info \(TerminalText.printable(path)):\(lines[0].0)\n")
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
    return Summary.aligned(
      [
        ("file", "\(TerminalText.printable(info.path)), \(info.format)\(version), \(ByteCount(info.byteCount))"),
        ("matrix", (info.member.map { "\(TerminalText.printable($0)), " } ?? "") + "\(info.shape) \(info.elementType)"),
        ("order", ([order] + [byteOrder].compactMap(\.self)).joined(separator: ", ")),
      ] + elements.lines)
  }

  /// For a JSON object.
  var members: [(String, JSON)] {
    [
      ("path", .text(info.path)), ("format", .text(info.format.rawValue)),
      ("member", .optional(info.member)), ("compression", .optional(info.compression?.rawValue)),
      ("version", .optional(info.formatVersion)),
      ("bytes", .integer(info.byteCount)), ("rows", .integer(info.shape.rows)),
      ("columns", .integer(info.shape.columns)),
      ("dtype", .text(info.elementType.rawValue)), ("order", .text(info.elementOrder.rawValue)),
      ("byteOrder", .optional(info.byteOrder?.rawValue)), ("dataOffset", .integer(info.dataOffset)),
    ] + elements.members
  }
}
