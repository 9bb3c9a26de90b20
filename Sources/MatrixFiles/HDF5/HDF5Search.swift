// SPDX-License-Identifier: Apache-2.0
// What a dataset is, and which datasets a file has that a matrix can be read from.

internal import CFileLibraries
import MatrixCore

/// Shape and element type of a dataset, or why it is no matrix.
struct HDF5Shape {
  let shape: Shape
  let elementType: ElementType
  let byteOrder: MatrixFileInfo.ByteOrder
  let hasWideIntegers: Bool

  init(_ hdf5: weft_hdf5, _ dataset: weft_hid, path: String, name: String) throws(FileError) {
    func unsupported(_ sentence: String) -> FileError {
      FileError(.unsupported, path, "\(excerpt(name.utf8)) \(sentence)")
    }
    let properties = hdf5.dataset_properties(dataset)
    defer { _ = hdf5.close_properties(properties) }
    guard hdf5.external_count(properties) == 0, hdf5.layout(properties) != Int32(weft_hdf5_layout_virtual) else {
      throw unsupported("keeps its elements in other files, which are not followed; copy it into one file (h5repack)")
    }
    let type = hdf5.dataset_type(dataset)
    defer { _ = hdf5.close_type(type) }
    let size = hdf5.type_size(type)
    switch hdf5.type_class(type) {
    case Int32(weft_hdf5_class_float) where size <= 8:
      elementType = size <= 4 ? .float32 : .float64
      hasWideIntegers = false
    case Int32(weft_hdf5_class_integer) where size <= 8:
      elementType = size <= 2 ? .float32 : .float64
      hasWideIntegers = size == 8
    case let other: throw unsupported("holds \(Self.name(other)), no numbers of a matrix; save it as float64")
    }
    byteOrder = hdf5.type_order(type) == Int32(weft_hdf5_order_big) ? .big : .little

    let space = hdf5.dataset_space(dataset)
    defer { _ = hdf5.close_space(space) }
    let rank = Int(hdf5.rank(space))
    guard hdf5.space_class(space) == Int32(weft_hdf5_space_simple), (1...2).contains(rank) else {
      throw unsupported(
        rank > 2 ? "has \(rank) dimensions; save one matrix of it" : "holds one number or none; save it with a shape")
    }
    var sides: [UInt64] = [0, 1]
    guard unsafe hdf5.sides(space, &sides, nil) == Int32(rank), let rows = Int(exactly: sides[0]),
      let columns = rank == 2 ? Int(exactly: sides[1]) : 1
    else { throw FileError(.malformed, path, "\(excerpt(name.utf8)) has no shape that can be read") }
    do { shape = try Shape(rows: rows, columns: columns) } catch { throw FileError(.malformed, path, error.message) }
  }

  private static func name(_ typeClass: Int32) -> String {
    switch typeClass {
    case 0: "integers of more than 64 bits"
    case 1: "numbers of more than 64 bits"
    case 2: "dates"
    case 3: "text"
    case 4: "bit fields"
    case 5: "raw bytes"
    case 6: "structures (complex numbers are such)"
    case 7: "references"
    case 8: "enumerations (booleans are such)"
    case 9, 10: "arrays as elements"
    default: "elements of an unknown type"
    }
  }
}

/// Walks through the groups of a file. Links may go in circles and fan out without end: depth and number are limited.
struct HDF5Search {
  private let hdf5: weft_hdf5
  private let path: String

  private static let depthLimit = 8
  private static let objectLimit = 10_000

  init(_ hdf5: weft_hdf5, _ path: String) { (self.hdf5, self.path) = (hdf5, path) }

  /// Paths of the datasets of a file that are matrices.
  static func names(in path: String) throws(FileError) -> [String] {
    try HDF5Library.call(for: path) { hdf5 throws(FileError) in
      let file = unsafe hdf5.open_file(path, 0, hdf5.file_access)
      guard file >= 0 else { throw FileError(.malformed, path, HDF5Dataset.cannotOpen) }
      defer { _ = hdf5.close_file(file) }
      return try HDF5Search(hdf5, path).datasets(in: file)
    }
  }

  /// The only dataset that is a matrix.
  func only(in file: weft_hid) throws(FileError) -> String {
    let names = try datasets(in: file)
    return names[try MemberPath.choose(nil, of: names, in: path, what: "datasets")]
  }

  /// Paths of the datasets that are matrices.
  func datasets(in file: weft_hid) throws(FileError) -> [String] {
    var names: [String] = []
    var seen = 0
    try visit("/", in: file, depth: 0, &seen, &names)
    return names
  }

  private func visit(
    _ group: String, in file: weft_hid, depth: Int, _ seen: inout Int, _ names: inout [String]
  ) throws(FileError) {
    let opened = unsafe hdf5.open_object(file, group, hdf5.link_properties)
    guard opened >= 0 else { return }  // a link that leads nowhere, or out of this file
    defer { _ = hdf5.close_object(opened) }
    if hdf5.object_type(opened) == Int32(weft_hdf5_object_dataset) {
      if (try? HDF5Shape(hdf5, opened, path: path, name: group)) != nil { names.append(group) }
      return
    }
    guard hdf5.object_type(opened) == Int32(weft_hdf5_object_group), depth < Self.depthLimit else { return }
    var table = hdf5
    let count = unsafe weft_hdf5_link_count(&table, opened)
    guard count > 0 else { return }
    for k in 0..<UInt64(count) {
      seen += 1
      guard seen <= Self.objectLimit else {
        throw FileError(
          .unsupported, path, "it has more than \(Self.objectLimit) objects; name the dataset behind a colon")
      }
      guard let name = linkName(opened, k) else { continue }
      try visit(group == "/" ? "/" + name : "\(group)/\(name)", in: file, depth: depth + 1, &seen, &names)
    }
  }

  private func linkName(_ group: weft_hid, _ index: UInt64) -> String? {
    var name = [CChar](repeating: 0, count: 1024)
    // By name, growing.
    let count = unsafe hdf5.link_name(group, ".", 0, 0, index, &name, name.count, 0)
    guard count > 0, count < name.count else { return nil }
    return String(validating: name[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
