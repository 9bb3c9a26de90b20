// SPDX-License-Identifier: Apache-2.0
// A matrix to a file, row after row: the one writer, whatever the format. `MatrixFile.write` hands it a whole matrix;
// a run whose matrix never exists as a whole (issue 6) hands it the rows as they come.

import Glibc
import MatrixCore

/// Writes a matrix of a known shape, given in row order in as many pieces as one likes.
///
///     var writer = try MatrixWriter<Double>(to: "m.npy", shape: shape)
///     try writer.append(m.elements)
///     let report = try writer.finish()      // without it, nothing has happened
public struct MatrixWriter<Element: MatrixElement>: ~Copyable {
  public let format: MatrixFormat
  public let shape: Shape
  private let start = MonotonicClock.seconds
  private let options: WriteOptions
  private var file: OutputFile
  private let sink: any RowSink<Element>
  private var appendedCount = 0

  /// - Parameter format: nil takes the one that the path's extension names; a pipe, a device or `-` gets .npy without.
  /// - Throws: `.unknownFormat`; `.cannotCreate` where the format cannot hold the shape; what `OutputFile` throws.
  public init(
    to path: String, shape: Shape, format: MatrixFormat? = nil, options: WriteOptions = WriteOptions()
  ) throws(FileError) {
    let format = try MatrixFile.check(path, shape: shape, format: format, overwrite: options.overwrite)
    if let name = options.member {
      guard format.isArchive, MatrixFile.isName(name) else {
        throw FileError(
          .cannotCreate, path, "\(excerpt(name.utf8)) cannot be a matrix's name in \(format); leave it out")
      }
    }
    let header = Self.header(of: format, shape, name: options.member)
    let (total, overflow) = header.count.addingReportingOverflow(shape.byteCount(of: Element.elementType))
    var file = try OutputFile(
      path, options: options, expectedByteCount: format.isSizeKnown && !overflow ? total : nil,
      compression: Compression.split(path).compression)
    if !header.isEmpty { try file.write(header) }
    let sink = try Self.sink(of: format, shape, options, &file)
    self.sink = sink
    self.file = file
    self.format = format
    self.shape = shape
    self.options = options
  }

  /// What stands before the elements, in formats that have nothing else.
  private static func header(of format: MatrixFormat, _ shape: Shape, name: String?) -> [UInt8] {
    switch format {
    case .npy: NPYHeader(shape: shape, elementType: Element.elementType).encoded()
    case .safetensors:
      SafetensorsHeader.encoded([(name ?? SafetensorsHeader.defaultName, shape)], Element.elementType)
    case .h5: HDF5Header([(name ?? HDF5Header.defaultName, shape)], Element.elementType).bytes
    case .mtx: MatrixMarketHeader.encoded(shape)
    case .raw, .npz, .csv, .tsv: []
    }
  }

  private static func sink(
    of format: MatrixFormat, _ shape: Shape, _ options: WriteOptions, _ file: inout OutputFile
  ) throws(FileError) -> any RowSink<Element> {
    switch format {
    case .npy, .safetensors, .h5, .raw: return BinarySink()
    case .mtx: return try MatrixMarketSink(shape, digits: options.text.digits, path: file.path)
    case .npz: return try NPZSink(shape, name: options.member, options: options, to: &file)
    case .csv, .tsv:
      let text = try options.text.writer(file.path, shape, delimiter: format.delimiter ?? UInt8(ascii: ","))
      if !text.header.isEmpty { try file.write(text.header) }
      return DelimitedSink(text.0)
    }
  }

  /// Appends elements in row order. More than the shape holds is a programming error.
  ///
  /// Binary formats are written from where the elements are, in one call to the system where it takes that many.
  public mutating func append(_ elements: Span<Element>) throws(FileError) {
    appendedCount += elements.count
    precondition(appendedCount <= shape.count, "more elements than the shape holds")
    try sink.append(elements, to: &file)
  }

  /// Puts the file in place. Fewer elements than the shape holds are a programming error.
  public consuming func finish() throws(FileError) -> WriteReport {
    precondition(appendedCount == shape.count, "fewer elements than the shape holds")
    try sink.finish(to: &file)
    let written = MonotonicClock.seconds
    try file.confirm()
    let (path, byteCount, isAtomic) = (file.path, file.byteCount, file.isAtomic)
    if format == .raw, isAtomic {
      let sidecar = RawSidecar(shape: shape, elementType: Element.elementType)
      try sidecar.write(besides: path, committing: file, options: options)
    } else {
      try file.commit()
    }
    return WriteReport(
      path: path, format: format, byteCount: byteCount, writeSeconds: written - start,
      commitSeconds: MonotonicClock.seconds - written)
  }
}

/// What writing a matrix took.
public struct WriteReport: Hashable, Sendable {
  public let path: String
  public let format: MatrixFormat
  /// Of the file itself, without a sidecar.
  public let byteCount: Int
  /// Opening and writing.
  public let writeSeconds: Double
  /// Syncing and renaming.
  public let commitSeconds: Double

  package init(path: String, format: MatrixFormat, byteCount: Int, writeSeconds: Double, commitSeconds: Double) {
    (self.path, self.format, self.byteCount) = (path, format, byteCount)
    (self.writeSeconds, self.commitSeconds) = (writeSeconds, commitSeconds)
  }
}

enum MonotonicClock {
  static var seconds: Double {
    var now = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
  }
}
