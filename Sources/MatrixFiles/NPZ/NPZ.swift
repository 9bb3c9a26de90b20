// SPDX-License-Identifier: Apache-2.0
// NumPy's archive: a ZIP archive whose members are .npy files. Reading, a member becomes bytes like those of a file of
// its own; writing, each matrix is a member, stored as `np.savez` does it or deflated as `np.savez_compressed`.

import MatrixCore

enum NPZ {
  /// What NumPy calls an array that was given no name.
  static let defaultName = "arr_0"

  /// One array: its bytes and its name.
  struct Array: ~Copyable {
    let content: InputFile
    let name: String
  }

  /// The names of the arrays: those of the members that end in `.npy`, without it.
  static func names(of archive: ZIPArchive) -> [(name: String, member: ZIPArchive.Member)] {
    archive.members.filter { $0.name.count > 4 && $0.name.suffix(4).elementsEqual(".npy".utf8) }.map {
      (String(decoding: $0.name.dropLast(4), as: UTF8.self), $0)
    }
  }

  /// The array of this name, or the only one.
  static func open(
    _ file: OpenFile, member: String?, isVerified: Bool
  ) throws(FileError) -> Array {
    let archive = try ZIPArchive(file)
    let arrays = names(of: archive)
    var wanted = member
    if let member, member.hasSuffix(".npy"), !arrays.contains(where: { $0.name == member }) {
      wanted = String(member.dropLast(4))
    }
    let index = try MemberPath.choose(wanted, of: arrays.map(\.name), in: file.path, what: "arrays")
    let (name, found) = arrays[index]
    guard arrays.count(where: { $0.name == name }) == 1 else {
      throw FileError(.malformed, file.path, "it holds two arrays of the name \(excerpt(name.utf8)); save them apart")
    }
    return Array(content: try archive.content(of: found, isVerified: isVerified), name: name)
  }
}

/// One matrix as the only member of an archive, in row order as it comes.
final class NPZSink<Element: MatrixElement>: RowSink {
  private var zip: ZIPWriter

  init(
    _ shape: Shape, name: String?, options: WriteOptions, to file: inout OutputFile
  ) throws(FileError) {
    zip = ZIPWriter(for: file.path, isCompressed: options.isCompressed)
    try zip.beginArray(name ?? NPZ.defaultName, shape, Element.elementType, in: &file)
  }

  func append(_ elements: Span<Element>, to file: inout OutputFile) throws(FileError) {
    try zip.append(unsafe elements.bytes, to: &file)  // an element has no padding
  }

  func finish(to file: inout OutputFile) throws(FileError) {
    try zip.end(in: &file)
    try zip.finish(in: &file)
  }
}

extension ZIPWriter {
  /// Begins a member with an array's header.
  mutating func beginArray(
    _ name: String, _ shape: Shape, _ elementType: ElementType, in file: inout OutputFile
  ) throws(FileError) {
    let header = NPYHeader(shape: shape, elementType: elementType).encoded()
    let (byteCount, overflow) = header.count.addingReportingOverflow(shape.byteCount(of: elementType))
    guard !overflow else { throw FileError(.cannotCreate, file.path, "\(shape) elements are past any archive") }
    try begin(name + ".npy", byteCount: byteCount, in: &file)
    try append(unsafe header.span.bytes, to: &file)  // a byte has no padding
  }
}
