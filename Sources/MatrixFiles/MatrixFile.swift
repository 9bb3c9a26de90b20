// SPDX-License-Identifier: Apache-2.0
// Matrix files as a whole: look, check, write; and `Matrix(contentsOf:)`, `m.write(to:)`. What a user of Weft calls.

import MatrixCore

/// Operations on matrix files.
public enum MatrixFile {
  /// What the file says about itself: format, shape, type, order. Reads the header only; of text, every line once.
  public static func inspect(
    _ path: String, options: ReadOptions = ReadOptions()
  ) throws(FileError) -> MatrixFileInfo {
    try open(path, options: options, isVerified: false).info
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
    if compression != nil, format == .raw || format == .npz {
      throw FileError(.cannotCreate, path, "\(format) files are not compressed as a whole; write it as .npy, or plain")
    }
    if compression == .zstd { try FileLibrary.zstd.open(for: path) }
    if compression == .gzip || format == .npz { try FileLibrary.zlib.open(for: path) }
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
}

extension Matrix {
  /// Reads a matrix file of any `MatrixFormat`, compressed or not; `path:name` is one of several matrices in a file.
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
