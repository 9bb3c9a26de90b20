// SPDX-License-Identifier: Apache-2.0
//
// A matrix that is spread over ranks into one .npy file: bands of it go to whole rows on every rank, which writes them where they
// belong. The file is in row order, as every other that Weft writes. (Rejected: columns, and fortran_order, which would spare
// turning them: one layout more for everybody who reads.)

import Glibc
import MatrixCore
import MatrixFiles
import Multiprocessing

extension BlockCyclicAlgebra {
  /// Refuses what ranks cannot write to.
  ///
  /// - Throws: on all ranks; `FileError`, `invalidJob`.
  package func check(_ path: String, _ options: WriteOptions) throws {
    try ranks.agree(rootOnly: true) {
      _ = try MatrixFile.checkForRanks(path, shape: Shape(rows: 1, columns: 1), overwrite: options.overwrite)
    }
  }

  /// Writes the matrix. Complete under its name, or not at all: the root reserves the space, each rank writes and syncs its own
  /// rows, and only when all have succeeded, the file gets its name.
  ///
  /// - Returns: on the root what was written; nil on the others.
  /// - Throws: on all ranks, what fails on one.
  package func write(
    _ matrix: BlockCyclicMatrix, to path: String, _ options: WriteOptions
  ) throws -> WriteReport? {
    let start = Double(Deadline.now.nanoseconds) / 1e9
    let header = MatrixFile.npyHeader(matrix.shape, .float64)
    let byteCount = header.count + matrix.shape.byteCount(of: .float64)
    let root = RootFile()
    do {
      try ranks.agree(rootOnly: true) { try root.open(path, options, header, byteCount) }
      var file: UnfinishedFile.Joined?
      try ranks.agree { file = try UnfinishedFile.Joined.open(path) }
      try forEachBand(of: matrix.shape) { rows, whole, own in
        routines.copyRows(rows, of: matrix, into: whole)
        try ranks.agree {
          guard !own.isEmpty, let data = file?.place.data else { return }
          try write(whole, to: data, at: header.count + own.lowerBound * matrix.shape.columns * 8, path)
        }
      }
      if options.sync { try ranks.agree { try file?.confirm() } }
      var report: WriteReport?
      try ranks.agree(rootOnly: true) { report = try root.commit(byteCount, since: start) }
      return report
    } catch {
      root.discard()
      throw error
    }
  }

  /// A rank's rows, turned and written; their bytes stand together in the file.
  private func write(
    _ whole: BlockCyclicMatrix, to data: Int32, at offset: Int, _ path: String
  ) throws(FileError) {
    let (rows, columns) = (whole.localRows, whole.localColumns)
    var elements = [Double](repeating: 0, count: rows * columns)
    var span = elements.mutableSpan
    let turned = unsafe Span(_unsafeElements: UnsafeBufferPointer(whole.elements))
    copyTransposed(turned, rowStride: rows, rows: columns, columns: rows, into: &span, rowStride: columns)
    do {
      try unsafe elements.span.bytes.withUnsafeBytes { (bytes) throws(Errno) in
        try unsafe writeAll(bytes, to: data, at: offset)
      }
    } catch {
      throw FileError(.writeFailed, path, "writing this rank's rows failed and the target is unchanged: \(error)")
    }
  }
}

/// The root's own part of an output; empty on the others.
private final class RootFile {
  private var file: UnfinishedFile?

  func open(_ path: String, _ options: WriteOptions, _ header: [UInt8], _ byteCount: Int) throws {
    let file = try UnfinishedFile.open(path, resumes: false, options: options)
    do {
      try file.reserve(byteCount)
      try writeAll(header, to: file.place.data, at: 0)
    } catch {
      file.discard()
      throw error
    }
    self.file = consume file
  }

  func commit(_ byteCount: Int, since start: Double) throws -> WriteReport? {
    guard let file = file.take() else { return nil }
    return try file.commit(.npy, byteCount: byteCount, since: start)
  }

  func discard() { file.take()?.discard() }
}
