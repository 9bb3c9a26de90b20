// SPDX-License-Identifier: Apache-2.0
// From a path to what the file says about itself and the bytes that its reader reads: which format it is, and which of
// several matrices is meant. MatrixReader and `MatrixFile.inspect` begin here.

import MatrixCore

/// A matrix file that was looked at, but for its elements.
struct OpenedMatrix: ~Copyable {
  let info: MatrixFileInfo
  /// The file, or the member of an archive.
  let content: InputFile
  /// Of an HDF5 file, which its library reads.
  let dataset: HDF5Dataset?

  init(info: MatrixFileInfo, _ content: consuming InputFile, dataset: HDF5Dataset? = nil) {
    self.info = info
    self.content = content
    self.dataset = dataset
  }
}

extension MatrixFile {
  /// - Parameter isVerified: whether members of an archive are compared with their checksums although they are not
  ///   compressed, which reads them once more. Not needed where only the header is asked for.
  static func open(_ path: String, options: ReadOptions, isVerified: Bool) throws(FileError) -> OpenedMatrix {
    let place = MemberPath(path, member: options.member)
    let file = try OpenFile(path, name: place.file)
    let content = try InputFile(file)
    let format = try format(of: content, name: place.file, wanted: options.format)
    if place.member != nil, !format.isArchive {
      throw FileError(.unsupported, path, "\(format) files hold one matrix without a name; leave the name out")
    }
    if format == .npz {
      try refuseCompressed(content, "a ZIP archive")
      let array = try NPZ.open(file, member: place.member, isVerified: isVerified)
      var info = try info(of: array.content, format: .npy, options: options)
      (info.format, info.member, info.byteCount) = (.npz, array.name, file.byteCount)
      return OpenedMatrix(info: info, array.content)
    }
    if format == .h5 {
      try refuseCompressed(content, "an HDF5 file")
      let dataset = try HDF5Dataset(path, name: place.file, member: place.member, byteCount: file.byteCount)
      return OpenedMatrix(info: dataset.info, content, dataset: dataset)
    }
    var info = try info(of: content, format: format, member: place.member, options: options)
    info.compression = content.compression
    return OpenedMatrix(info: info, content)
  }

  /// An archive is read from several places, its end first, which a compressed stream does not give.
  private static func refuseCompressed(_ file: borrowing InputFile, _ what: String) throws(FileError) {
    guard let compression = file.compression else { return }
    throw FileError(.unsupported, file.path, "it is \(what) compressed by \(compression); unpack it first")
  }

  private static func info(
    of file: borrowing InputFile, format: MatrixFormat, member: String? = nil, options: ReadOptions
  ) throws(FileError) -> MatrixFileInfo {
    switch format {
    case .npy, .npz, .h5:
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
    case .safetensors: return try SafetensorsHeader(of: file).info(of: member, in: file)
    case .mtx:
      var scanner = MatrixMarketScanner()
      let header = try MatrixMarketHeader(&scanner, of: file)
      return MatrixFileInfo(
        path: file.path, format: .mtx, formatVersion: nil, shape: header.shape, elementType: .float64, byteOrder: nil,
        elementOrder: .columns, dataOffset: 0, byteCount: file.byteCount)
    case .csv:
      return try DelimitedReader.inspect(file, format: .csv, delimiter: UInt8(ascii: ","), options: options)
    case .tsv:
      return try DelimitedReader.inspect(file, format: .tsv, delimiter: UInt8(ascii: "\t"), options: options)
    }
  }

  /// What was asked for; else what the content begins with; else what the extension says.
  private static func format(
    of file: borrowing InputFile, name: String, wanted: MatrixFormat?
  ) throws(FileError) -> MatrixFormat {
    if let wanted { return wanted }
    let head = try file.head(16)
    for (mark, format) in marks where head.starts(with: mark) { return format }
    if SafetensorsHeader.isMark(head) { return .safetensors }
    let path = file.path
    for (mark, name, remedy) in foreign where head.starts(with: mark) {
      throw FileError(.unsupported, path, "it is \(name), which is not read; \(remedy)")
    }
    guard let format = MatrixFormat(path: name) else {
      throw FileError(
        .unknownFormat, path,
        "neither content nor name tell a format; it should end in \(MatrixFormat.knownExtensions), or name one")
    }
    return format
  }

  private static let marks: [(mark: [UInt8], format: MatrixFormat)] = [
    (NPYHeader.magic, .npy), (ZIPArchive.mark, .npz), (ZIPArchive.emptyMark, .npz),
    (MatrixMarketHeader.mark, .mtx), (HDF5Dataset.mark, .h5),
  ]

  /// Files that are given to us by mistake, by how they begin.
  private static let foreign: [(mark: [UInt8], name: String, remedy: String)] = [
    (Array("MATLAB 5.0".utf8), "a MATLAB file", "save one matrix of it with np.save"),
    ([0x80, 0x02], "a Python pickle", "it could run code; save the array with np.save"),
    ([0x80, 0x03], "a Python pickle", "it could run code; save the array with np.save"),
    ([0x80, 0x04], "a Python pickle", "it could run code; save the array with np.save"),
    ([0x80, 0x05], "a Python pickle", "it could run code; save the array with np.save"),
  ]
}
