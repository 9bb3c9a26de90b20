// SPDX-License-Identifier: Apache-2.0
// What is written, compressed on its way: pieces of any size in, pieces of one size out. Used by OutputFile for whole
// files, and for the members of an archive.

/// A class, since its owner hands it a closure that writes to the owner.
final class Encoder {
  private let codec: Codec
  private var output = [UInt8](repeating: 0, count: 1 << 18)
  private var count = 0

  convenience init(_ compression: Compression, for path: String) throws(FileError) {
    try self.init(compression == .gzip ? Codec.Kind.gzip : Codec.Kind.zstd, for: path)
  }

  init(_ kind: Codec.Kind, for path: String) throws(FileError) { codec = try Codec(kind, for: path) }

  func encode(_ bytes: RawSpan, _ write: (RawSpan) throws(FileError) -> Void) throws(FileError) {
    var done = 0
    while done < bytes.byteCount {
      // An encoder counts in 32 bits; a piece of this size is far below.
      let piece = bytes.extracting(done..<min(bytes.byteCount, done + 1 << 20))
      done += try run(piece, finish: false, write).consumed
    }
  }

  /// Writes what is still held, and the end of the format.
  func finish(_ write: (RawSpan) throws(FileError) -> Void) throws(FileError) {
    let nothing: [UInt8] = []
    while try !run(unsafe nothing.span.bytes, finish: true, write).isEnd {}
    try flush(write)
  }

  private func run(
    _ bytes: RawSpan, finish: Bool, _ write: (RawSpan) throws(FileError) -> Void
  ) throws(FileError) -> Codec.Step {
    let step = try codec.run(bytes, &output, count..<output.count, finish: finish)
    count += step.produced
    if count == output.count { try flush(write) }
    return step
  }

  private func flush(_ write: (RawSpan) throws(FileError) -> Void) throws(FileError) {
    let output = output
    try write(unsafe output.span.extracting(first: count).bytes)  // a byte has no padding
    count = 0
  }
}
