// SPDX-License-Identifier: Apache-2.0
// Several matrices in one file: their names, and all of them written at once. The factors of a factorization.

import MatrixCore

extension MatrixFile {
  /// The names of the matrices in a file that may hold several, in its order; any can be read as `path:name`. A file of
  /// another format has one matrix, without a name.
  public static func names(in path: String) throws(FileError) -> [String] {
    let file = try OpenFile(path)
    let head = try InputFile(file, 0..<file.byteCount).head(16)
    if head.starts(with: ZIPArchive.mark) || head.starts(with: ZIPArchive.emptyMark) {
      return NPZ.names(of: try ZIPArchive(file)).map(\.name)
    }
    if head.starts(with: HDF5Dataset.mark) { return try HDF5Search.names(in: path) }
    if SafetensorsHeader.isMark(head) { return try SafetensorsHeader(of: InputFile(file)).tensors.map(\.name) }
    return []
  }

  /// Writes matrices into one file under their names: all of them, or nothing.
  ///
  /// - Parameter matrices: in the order in which they are to stand; names must differ and not be empty.
  /// - Throws: `FileError`; `.cannotCreate` where the format holds one matrix only.
  @discardableResult
  public static func write<Element: MatrixElement>(
    _ matrices: [(name: String, matrix: any MatrixReadable<Element>)], to path: String, format: MatrixFormat? = nil,
    options: WriteOptions = WriteOptions()
  ) throws(FileError) -> WriteReport {
    let start = MonotonicClock.seconds
    guard let format = format ?? MatrixFormat(path: path), format.isArchive else {
      throw FileError(
        .cannotCreate, path, "several matrices go into one file as \(MatrixFormat.archiveExtensions) only; end it so")
    }
    for (k, entry) in matrices.enumerated() {
      guard isName(entry.name), !matrices[..<k].contains(where: { $0.name == entry.name }) else {
        throw FileError(
          .cannotCreate, path,
          "\(excerpt(entry.name.utf8)) cannot be a matrix's name, or stands twice; name it otherwise")
      }
      try check(path, shape: entry.matrix.shape, format: format, overwrite: options.overwrite)
    }
    var file = try OutputFile(path, options: options)
    switch format {
    case .safetensors:
      try file.write(SafetensorsHeader.encoded(matrices.map { ($0.name, $0.matrix.shape) }, Element.elementType))
      for (_, matrix) in matrices { try append(matrix, to: &file) }
    case .h5:
      try file.write(HDF5Header(matrices.map { ($0.name, $0.matrix.shape) }, Element.elementType).bytes)
      for (_, matrix) in matrices { try append(matrix, to: &file) }
    default:
      var zip = ZIPWriter(for: path, isCompressed: options.isCompressed)
      for (name, matrix) in matrices { try append(matrix, name, to: &zip, &file) }
      try zip.finish(in: &file)
    }
    try file.confirm()
    let byteCount = file.byteCount
    let written = MonotonicClock.seconds
    try file.commit()
    return WriteReport(
      path: path, format: format, byteCount: byteCount, writeSeconds: written - start,
      commitSeconds: MonotonicClock.seconds - written)
  }

  /// Not a way out of a directory it may once be unpacked into, and nothing that a terminal would obey.
  static func isName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 255 && name.utf8.allSatisfy { $0 >= 32 && $0 != 127 && $0 != 47 && $0 != 92 }
      && name != "." && name != ".."
  }

  private static func append<Element: MatrixElement>(
    _ matrix: some MatrixReadable<Element>, to file: inout OutputFile
  ) throws(FileError) {
    try file.write(unsafe matrix.elements.bytes)  // an element has no padding
  }

  private static func append<Element: MatrixElement>(
    _ matrix: some MatrixReadable<Element>, _ name: String, to zip: inout ZIPWriter, _ file: inout OutputFile
  ) throws(FileError) {
    try zip.beginArray(name, matrix.shape, Element.elementType, in: &file)
    try zip.append(unsafe matrix.elements.bytes, to: &file)  // an element has no padding
    try zip.end(in: &file)
  }
}
