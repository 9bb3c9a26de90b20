// SPDX-License-Identifier: Apache-2.0
// The one door to durable output: every file Weft leaves behind is written through here (MatrixWriter; later reports,
// pictures and ledgers). It promises: the complete new file, or the old one, whatever fails and whoever is killed.

import Glibc

/// A file being written, which appears under its name complete or not at all.
///
///     var file = try OutputFile("m.npy", options: WriteOptions(overwrite: true))
///     try file.write(bytes)                  // as often as needed
///     try file.commit()                      // without it, nothing has happened
///
/// A new file gets the mode of the umask, a replaced one hands on its mode (and owner, where we may). A symbolic link
/// stays, the file it leads to is replaced; other hard links to that file keep the old content. Pipes, character
/// devices and descriptors (`-` is standard output) are written as it comes: there is nothing whole to put in place.
/// Opening a named pipe waits for its reader.
public struct OutputFile: ~Copyable {
  public let path: String
  /// Bytes written so far, as they are in the file: what is compressed counts when it leaves the encoder.
  public private(set) var byteCount = 0
  /// False for a pipe, a device or a descriptor, where `commit` and giving up change nothing.
  public let isAtomic: Bool
  /// Where the bytes go: `file`'s descriptor, `stream`, or one that was open before us.
  private let descriptor: Int32
  private var file: TemporaryFile?
  private let stream: OwnedDescriptor?
  private let options: WriteOptions
  private let reservedByteCount: Int?
  private var isConfirmed = false
  private var encoder: Encoder?

  /// - Parameters:
  ///   - expectedByteCount: the final size, if known: reserved at once, so that a full disk fails here.
  ///   - compression: of everything that is written; the final size is then not known.
  /// - Throws: `.exists`, `.cannotCreate`, or `.writeFailed` when the disk is full.
  public init(
    _ path: String, options: WriteOptions = WriteOptions(), expectedByteCount: Int? = nil,
    compression: Compression? = nil
  ) throws(FileError) {
    let encoder = try compression.map { compression throws(FileError) in try Encoder(compression, for: path) }
    let expected = encoder == nil ? expectedByteCount : nil
    try self.init(path, options: options, expectedByteCount: expected, nameless: true)
    self.encoder = encoder
  }

  /// - Parameter nameless: false keeps O_TMPFILE out, so that tests reach the other way on any file system.
  package init(_ path: String, options: WriteOptions, expectedByteCount: Int?, nameless: Bool) throws(FileError) {
    self.path = path
    self.options = options
    switch try OutputTarget(resolving: path) {
    case .descriptor(let number):
      descriptor = number
      file = nil
      stream = nil
    case .stream(let kind):
      let opened = try Self.openStream(path, kind, options)
      descriptor = opened.number
      file = nil
      stream = consume opened
    case .file(let directory, let name, let existing):
      if existing != nil, !options.overwrite { throw Self.exists(path) }
      let temporary = try TemporaryFile.create(
        path: path, directory: directory, name: name, existing: existing, expectedByteCount: expectedByteCount,
        nameless: nameless)
      descriptor = temporary.descriptor.number
      file = consume temporary
      stream = nil
    }
    isAtomic = file != nil
    reservedByteCount = isAtomic ? expectedByteCount : nil
  }

  /// Writes all bytes, directly from where they are.
  ///
  /// - Throws: `.writeFailed`, `.brokenPipe` or `.cancelled`; nothing of this file will then be seen, unless it is a
  ///   stream.
  public mutating func write(_ bytes: RawSpan) throws(FileError) {
    try throwIfCancelled()
    guard let encoder else { return try writeOut(bytes) }
    try encoder.encode(bytes) { (piece) throws(FileError) in try writeOut(piece) }
  }

  private mutating func writeOut(_ bytes: RawSpan) throws(FileError) {
    do {
      try writeAll(bytes, to: descriptor, isCancelled: options.isCancelled)
      byteCount += bytes.byteCount
    } catch {
      switch error.number {
      case EPIPE: throw FileError(.brokenPipe, path, "the reader of this output has gone")
      case ECANCELED: throw FileError(.cancelled, path, "writing was cancelled")
      case let number where isAtomic:
        throw FileError(.writeFailed, path, "writing failed and the target is unchanged: \(meaning(of: number))")
      case let number: throw FileError(.writeFailed, path, "writing failed: \(meaning(of: number))")
      }
    }
  }

  /// Writes all bytes of a small array.
  public mutating func write(_ bytes: [UInt8]) throws(FileError) {
    try write(unsafe bytes.span.bytes)  // a byte has no padding
  }

  /// Everything of `commit` but the name: afterwards little can still fail. `commit` does it where it was not done.
  public mutating func confirm() throws(FileError) {
    guard !isConfirmed else { return }
    try throwIfCancelled()
    if let encoder {
      try encoder.finish { (piece) throws(FileError) in try writeOut(piece) }
      self.encoder = nil
    }
    if let reservedByteCount, reservedByteCount != byteCount { try file?.trim(to: byteCount) }
    try file?.confirm(sync: options.sync)
    isConfirmed = true
  }

  /// Puts the file in place.
  ///
  /// - Throws: `.exists` when another file has appeared under the name; `.writeFailed` for what the disk reports.
  public consuming func commit() throws(FileError) {
    try confirm()
    try file?.publish(overwrite: options.overwrite)
    if options.sync { try file?.confirmName() }
  }

  private func throwIfCancelled() throws(FileError) {
    guard let isCancelled = options.isCancelled, isCancelled() else { return }
    throw FileError(.cancelled, path, "writing was cancelled")
  }

  private static func openStream(
    _ path: String, _ kind: FileStatus.Kind, _ options: WriteOptions
  ) throws(FileError) -> OwnedDescriptor {
    while true {
      do {
        return try OwnedDescriptor(opening: path, flags: O_WRONLY | O_NOCTTY | O_NONBLOCK)
      } catch  where error.number == ENXIO && kind == .pipe {  // no reader yet
        if let isCancelled = options.isCancelled, isCancelled() {
          throw FileError(.cancelled, path, "cancelled while waiting for a reader of this pipe")
        }
        usleep(10_000)
      } catch {
        throw FileError(.cannotCreate, path, meaning(of: error.number))
      }
    }
  }
}
