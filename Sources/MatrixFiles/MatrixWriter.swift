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
  private var text: DelimitedWriter?
  private var appendedCount = 0

  /// - Parameter format: nil takes the one that the path's extension names; a pipe, device or `-` without any gets .npy.
  /// - Throws: `.unknownFormat`; `.cannotCreate` where the format cannot hold the shape; what `OutputFile` throws.
  public init(
    to path: String, shape: Shape, format: MatrixFormat? = nil, options: WriteOptions = WriteOptions()
  ) throws(FileError) {
    let format = try MatrixFile.check(path, shape: shape, format: format, overwrite: options.overwrite)
    let byteCount = shape.byteCount(of: Element.elementType)
    let header = format == .npy ? NPYHeader(shape: shape, elementType: Element.elementType).encoded() : []
    let (total, overflow) = header.count.addingReportingOverflow(byteCount)
    let text = try format.delimiter.map { delimiter throws(FileError) in
      try options.text.writer(path, shape, delimiter: delimiter)
    }
    var file = try OutputFile(
      path, options: options, expectedByteCount: format.isText || overflow ? nil : total,
      compression: Compression.split(path).compression)
    if let line = text?.header, !line.isEmpty { try file.write(line) }
    if !header.isEmpty { try file.write(header) }
    self.file = file
    self.format = format
    self.shape = shape
    self.options = options
    self.text = text?.0
  }

  /// Appends elements in row order. More than the shape holds is a programming error.
  ///
  /// Binary formats are written from where the elements are, in one call to the system where it takes that many.
  public mutating func append(_ elements: Span<Element>) throws(FileError) {
    appendedCount += elements.count
    precondition(appendedCount <= shape.count, "more elements than the shape holds")
    if text != nil {
      try text?.append(elements, to: &file)
    } else {
      try file.write(unsafe elements.bytes)  // an element has no padding
    }
  }

  /// Puts the file in place. Fewer elements than the shape holds are a programming error.
  public consuming func finish() throws(FileError) -> WriteReport {
    precondition(appendedCount == shape.count, "fewer elements than the shape holds")
    try text?.flush(to: &file)
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
}

enum MonotonicClock {
  static var seconds: Double {
    var now = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
  }
}
