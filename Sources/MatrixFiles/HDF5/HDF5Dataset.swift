// SPDX-License-Identifier: Apache-2.0
// A dataset of an HDF5 file: found by its path, or as the only matrix there, and read by rows; HDF5 itself unpacks
// chunks and converts numbers. Integers become the smaller of the two element types that holds all of their kind; of 64
// bits, float64, and one that it does not hold is an error.
//
// A file is refused that would send us elsewhere: external links, external storage and virtual datasets name other
// files, and filters from plugins would be code that a variable of the environment names.

internal import CFileLibraries
import MatrixCore

final class HDF5Dataset {
  let info: MatrixFileInfo
  private let table: weft_hdf5
  private let file: weft_hid
  private let dataset: weft_hid
  /// Numbers of the file may be integers that float64 does not hold.
  private let hasWideIntegers: Bool

  static let mark: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
  static let cannotOpen = "HDF5 cannot open it; it is damaged, cut short, or still open for writing"
  /// Elements that a matrix may have whatever its file's size, and for each byte of its file: chunks that were never
  /// written take no room there, and would all be memory here.
  private static let (elementFloor, elementsPerByte) = (1 << 24, 10_000)

  /// - Parameter name: of the file, where `path` has a member behind it.
  init(_ path: String, name: String, member: String?, byteCount: Int) throws(FileError) {
    (table, file, dataset, info, hasWideIntegers) = try HDF5Library.call(for: path) { hdf5 throws(FileError) in
      let file = unsafe hdf5.open_file(name, 0, hdf5.file_access)
      guard file >= 0 else {
        throw FileError(.malformed, path, Self.cannotOpen)
      }
      var opened: weft_hid = -1
      do throws(FileError) {
        // Not `member ?? …`: its closure would throw without a type.
        let found: String
        if let member { found = member } else { found = try HDF5Search(hdf5, path).only(in: file) }
        let object = found.hasPrefix("/") ? found : "/" + found
        opened = unsafe hdf5.open_object(file, object, hdf5.link_properties)
        guard opened >= 0 else {
          let names = try HDF5Search(hdf5, path).datasets(in: file)
          _ = try MemberPath.choose(object, of: names, in: path, what: "datasets")
          throw FileError(.malformed, path, "HDF5 cannot open \(excerpt(object.utf8))")
        }
        guard hdf5.object_type(opened) == Int32(weft_hdf5_object_dataset) else {
          throw FileError(.unsupported, path, "\(excerpt(object.utf8)) is no dataset; name one in it")
        }
        _ = hdf5.close_object(opened)
        opened = unsafe hdf5.open_dataset(file, object, hdf5.dataset_access)
        guard opened >= 0 else { throw FileError(.malformed, path, "HDF5 cannot open \(excerpt(object.utf8))") }
        let shape = try HDF5Shape(hdf5, opened, path: path, name: object)
        guard shape.shape.count <= Self.elementFloor || shape.shape.count / Self.elementsPerByte <= byteCount else {
          throw FileError(
            .unsupported, path, "\(excerpt(object.utf8)) is \(shape.shape), nearly all of it never written")
        }
        var info = MatrixFileInfo(
          path: path, format: .h5, formatVersion: nil, shape: shape.shape, elementType: shape.elementType,
          byteOrder: shape.byteOrder, elementOrder: .rows, dataOffset: 0, byteCount: byteCount)
        info.member = object
        return (hdf5, file, opened, info, shape.hasWideIntegers)
      } catch {
        if opened >= 0 { _ = hdf5.close_object(opened) }
        _ = hdf5.close_file(file)
        throw error
      }
    }
  }

  deinit {
    let (table, file, dataset) = (table, file, dataset)
    try? HDF5Library.call(for: "") { _ in
      _ = table.close_object(dataset)
      _ = table.close_file(file)
    }
  }

  /// Fills the first of `elements` with these rows, converted to the element type.
  func read<Element: MatrixElement>(_ rows: Range<Int>, into elements: inout MutableSpan<Element>) throws(FileError) {
    let count = rows.count * info.shape.columns
    precondition(count <= elements.count, "rows are read into memory that holds them")
    let read = try HDF5Library.call(for: info.path) { hdf5 throws(FileError) in
      let space = hdf5.dataset_space(dataset)
      defer { _ = hdf5.close_space(space) }
      let rank = Int(hdf5.rank(space))
      let start: [UInt64] = [UInt64(rows.lowerBound), 0]
      let sides: [UInt64] = [UInt64(rows.count), UInt64(info.shape.columns)]
      guard space >= 0, (1...2).contains(rank), unsafe hdf5.select(space, 0, start, nil, sides, nil) >= 0 else {
        return false
      }
      let memory = unsafe hdf5.create_space(Int32(rank), sides, nil)
      defer { _ = hdf5.close_space(memory) }
      let type = Element.elementType == .float64 ? hdf5.float64 : hdf5.float32
      return unsafe elements.withUnsafeMutableBytes { bytes in
        unsafe hdf5.read(dataset, type, memory, space, 0, bytes.baseAddress) >= 0
      }
    }
    guard read else {
      throw FileError(
        .malformed, info.path,
        "HDF5 cannot read rows \(rows.lowerBound) to \(rows.upperBound - 1) of \(excerpt((info.member ?? "").utf8)); "
          + "they are damaged, or packed by a filter that is not built in")
    }
    guard hasWideIntegers else { return }
    for k in 0..<count where elements[k].magnitude >= Element(1 << 53) {
      throw FileError(
        .unsupported, info.path,
        "row \(rows.lowerBound + k / info.shape.columns), column \(k % info.shape.columns) has an integer of 2^53 "
          + "or more, which \(Element.elementType) would round; save it as float64")
    }
  }
}

/// Rows of a dataset as MatrixReader asks for them.
final class HDF5Rows<Element: MatrixElement>: RowSource {
  private let dataset: HDF5Dataset
  private let narrowing: ReadOptions.Narrowing

  init(_ dataset: HDF5Dataset, narrowing: ReadOptions.Narrowing) {
    self.dataset = dataset
    self.narrowing = narrowing
  }

  func read(_ rows: Range<Int>, into elements: inout MutableSpan<Element>) throws(FileError) {
    guard dataset.info.elementType == .float64, Element.elementType == .float32 else {
      return try dataset.read(rows, into: &elements)
    }
    // Narrowed here: what HDF5 makes of numbers that do not fit is not what a reader of files may do.
    let columns = dataset.info.shape.columns
    let height = max(1, min(rows.count, 131_072 / columns))
    var piece = [Double](repeating: 0, count: height * columns)
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: height) {
      let part = first..<min(first + height, rows.upperBound)
      var span = piece.mutableSpan
      try dataset.read(part, into: &span)
      let base = (first - rows.lowerBound) * columns
      for k in 0..<part.count * columns {
        let stored = span[k]
        let element = Element(stored)
        if narrowing == .exact, !stored.isNaN, Double(element) != stored {
          throw FileError(
            .unsupported, dataset.info.path,
            "the value \(stored) is no float32; read the file as float64, or allow rounding")
        }
        elements[base + k] = element
      }
    }
  }
}
