// SPDX-License-Identifier: Apache-2.0
// Matrix files as a whole: look, check, write; and `Matrix(contentsOf:)`, `m.write(to:)`. What a user of Weft calls.

import MatrixCore

/// Operations on matrix files.
public enum MatrixFile {
  /// What the file says about itself: format, shape, type, order. Reads the header only; of text, every line once.
  public static func inspect(
    _ path: String, options: ReadOptions = ReadOptions()
  ) throws(FileError) -> MatrixFileInfo {
    try inspect(InputFile(path), options: options)
  }

  /// Finds out, without touching anything, whether a matrix could be written there: for use before long work.
  ///
  /// - Returns: the format that it would have.
  /// - Throws: `.unknownFormat`, `.exists`, or `.cannotCreate`, also where the format cannot hold the shape.
  @discardableResult
  public static func check(
    _ path: String, shape: Shape, format wanted: MatrixFormat? = nil, overwrite: Bool
  ) throws(FileError) -> MatrixFormat {
    let isFile = try OutputFile.check(path, overwrite: overwrite)
    let compression = Compression.split(path).compression
    guard let format = wanted ?? MatrixFormat(path: path) ?? (isFile ? nil : .npy) else {
      throw FileError(
        .unknownFormat, path, "its name does not tell a format; end it in \(MatrixFormat.knownExtensions), or name one")
    }
    if format.isText, shape.isEmpty {
      throw FileError(
        .cannotCreate, path, "an empty \(shape) matrix would lose its shape in \(format); write it as .npy or .raw")
    }
    if format == .raw, compression != nil {
      throw FileError(.cannotCreate, path, "a raw file and its description are not compressed; write it as .npy")
    }
    switch compression {
    case .gzip: try FileLibrary.zlib.open(for: path)
    case .zstd: try FileLibrary.zstd.open(for: path)
    case nil: break
    }
    if format == .raw, isFile { try OutputFile.check(RawSidecar.path(of: path), overwrite: overwrite) }
    return format
  }

  /// Writes a matrix: complete under its name, or not at all.
  ///
  /// - Parameter format: nil takes the one that the path's extension names.
  /// - Throws: `FileError`; the target is then as it was (a pipe or device may have part of it).
  @discardableResult
  public static func write<Element>(
    _ matrix: some MatrixReadable<Element>, to path: String, format: MatrixFormat? = nil,
    options: WriteOptions = WriteOptions()
  ) throws(FileError) -> WriteReport {
    var writer = try MatrixWriter<Element>(to: path, shape: matrix.shape, format: format, options: options)
    try writer.append(matrix.elements)
    return try writer.finish()
  }

  static func inspect(_ file: borrowing InputFile, options: ReadOptions) throws(FileError) -> MatrixFileInfo {
    var info = try description(of: file, options: options)
    info.compression = file.compression
    return info
  }

  private static func description(
    of file: borrowing InputFile, options: ReadOptions
  ) throws(FileError) -> MatrixFileInfo {
    let head = try file.head(16)
    switch try format(of: file, head: head, wanted: options.format) {
    case .npy:
      let header = try NPYHeader(of: file)
      return MatrixFileInfo(
        path: file.path, format: .npy, formatVersion: "\(header.major).\(header.minor)", shape: header.shape,
        elementType: header.elementType, byteOrder: header.byteOrder, elementOrder: header.elementOrder,
        dataOffset: header.byteCount, byteCount: file.byteCount)
    case .raw:
      let sidecar = try RawSidecar(of: file.path, byteCount: file.byteCount)
      return MatrixFileInfo(
        path: file.path, format: .raw, formatVersion: "\(RawSidecar.version)", shape: sidecar.shape,
        elementType: sidecar.elementType, byteOrder: .little, elementOrder: .rows, dataOffset: 0,
        byteCount: file.byteCount)
    case .csv:
      return try DelimitedReader.inspect(file, format: .csv, delimiter: UInt8(ascii: ","), options: options)
    case .tsv:
      return try DelimitedReader.inspect(file, format: .tsv, delimiter: UInt8(ascii: "\t"), options: options)
    }
  }

  /// What was asked for; else what the content begins with; else what the extension says.
  private static func format(
    of file: borrowing InputFile, head: [UInt8], wanted: MatrixFormat?
  ) throws(FileError) -> MatrixFormat {
    if let wanted { return wanted }
    if head.starts(with: NPYHeader.magic) { return .npy }
    let path = file.path
    for (mark, name, remedy) in foreign where head.starts(with: mark) {
      throw FileError(.unsupported, path, "it is \(name), which is not read; \(remedy)")
    }
    guard let format = MatrixFormat(path: path) else {
      throw FileError(
        .unknownFormat, path,
        "neither content nor name tell a format; it should end in \(MatrixFormat.knownExtensions), or name one")
    }
    return format
  }

  /// Files that are given to us by mistake, by how they begin.
  private static let foreign: [(mark: [UInt8], name: String, remedy: String)] = [
    ([0x50, 0x4b, 0x03, 0x04], "a ZIP archive (.npz, .xlsx)", "save one array of it with np.save"),
    ([0x89, 0x48, 0x44, 0x46], "an HDF5 file", "save one data set of it with np.save"),
    (Array("MATLAB 5.0".utf8), "a MATLAB file", "save one matrix of it with np.save"),
    ([0x80, 0x02], "a Python pickle", "it could run code; save the array with np.save"),
    ([0x80, 0x03], "a Python pickle", "it could run code; save the array with np.save"),
    ([0x80, 0x04], "a Python pickle", "it could run code; save the array with np.save"),
    ([0x80, 0x05], "a Python pickle", "it could run code; save the array with np.save"),
  ]
}

extension Matrix {
  /// Reads a matrix file: .npy, raw with its sidecar, CSV or TSV.
  ///
  /// float32 is converted to float64 where `Matrix<Double>` is asked for; the other way only as `options` allow.
  ///
  /// - Throws: `FileError`, which names the place in the file and what to do.
  public init(contentsOf path: String, options: ReadOptions = ReadOptions()) throws(FileError) {
    var reader = try MatrixReader<Element>(contentsOf: path, options: options)
    do { try self.init(uninitialized: reader.shape) } catch { throw FileError(.outOfMemory, path, error.message) }
    var elements = mutableElements
    _ = try reader.readRows(into: &elements)
  }
}

extension SharedMatrix {
  /// Reads a matrix file straight into memory that workers can map. See `Matrix(contentsOf:)`.
  public init(contentsOf path: String, options: ReadOptions = ReadOptions()) throws(FileError) {
    var reader = try MatrixReader<Element>(contentsOf: path, options: options)
    do { try self.init(uninitialized: reader.shape) } catch { throw FileError(.outOfMemory, path, "\(error)") }
    var elements = mutableElements
    _ = try reader.readRows(into: &elements)
  }
}

extension MatrixReadable {
  /// Writes the matrix: complete under its name, or not at all. See `MatrixFile.write`.
  @discardableResult
  public func write(
    to path: String, format: MatrixFormat? = nil, options: WriteOptions = WriteOptions()
  ) throws(FileError) -> WriteReport {
    try MatrixFile.write(self, to: path, format: format, options: options)
  }
}
