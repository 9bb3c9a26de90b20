// SPDX-License-Identifier: Apache-2.0
// Compressed bytes, read as if they were not: what InputFile reads from where a file, or a member of an archive, is
// compressed. Readers ask for growing offsets; one that lies behind begins again from the start.
//
// On opening, everything is decompressed once: then the size is known and every checksum is verified before the first
// number is handed out, and no size that a header claims has to be believed (F52). What fits `keptLimit` is kept; what
// is larger is decompressed again while it is read. Rejected: believing the header's size, as of .npy, and comparing at
// the end: memory would be taken for it first. Memory is one piece and what is kept, whatever the content; a bomb costs
// the time of its content, and an interrupt ends it.

import Glibc
import Synchronization

final class DecompressedBytes: Sendable {
  /// Of the content.
  let byteCount: Int
  private let state: Mutex<State>

  static let keptLimit = 16 << 20
  private static let pieceByteCount = 1 << 18

  /// - Parameters:
  ///   - range: of the compressed bytes in the file.
  ///   - kind: of the decoder.
  ///   - declared: what the archive says about the content, to be compared.
  init(
    _ file: OpenFile, _ range: Range<Int>, kind: Codec.Kind, declared: (byteCount: Int, crc: UInt32)? = nil
  ) throws(FileError) {
    var state = try State(file, range, kind)
    var scratch = [UInt8](repeating: 0, count: Self.pieceByteCount)
    var kept: [UInt8]? = []
    var crc = declared == nil ? nil : try CRC32(for: file.path)
    while true {
      let count = try state.pull(&scratch, scratch.count)
      if count == 0 { break }
      crc?.append(scratch, count)
      if let declared, state.position > declared.byteCount {
        throw FileError(
          .malformed, file.path, "it holds more than \(declared.byteCount) bytes, which its archive declares")
      }
      if let held = kept?.count, held + count <= Self.keptLimit {
        kept?.append(contentsOf: scratch[..<count])
      } else {
        kept = nil
      }
    }
    byteCount = state.position
    if let declared {
      guard byteCount == declared.byteCount else {
        throw FileError(
          .malformed, file.path, "it holds \(byteCount) bytes, and its archive declares \(declared.byteCount)")
      }
      guard crc?.value == declared.crc else { throw Self.wrongChecksum(file.path) }
    }
    state.kept = kept
    self.state = Mutex(state)
  }

  static func wrongChecksum(_ path: String) -> FileError {
    FileError(.malformed, path, "its checksum (CRC-32) is not the one that its archive holds; it is damaged")
  }

  /// Fills `range` of `bytes` from `offset` on, or as much of it as there is.
  func read(into bytes: inout MutableRawSpan, _ range: Range<Int>, at offset: Int) throws(FileError) -> Int {
    let count = max(0, min(range.count, byteCount - offset))
    guard count > 0 else { return 0 }
    let target = range.lowerBound..<range.lowerBound + count
    return try state.withLock { state throws(FileError) in try state.read(into: &bytes, target, at: offset) }
  }
}

/// A decoder and where it is in both of its streams.
private struct State: ~Copyable {
  private let file: OpenFile
  private let range: Range<Int>
  private let kind: Codec.Kind
  private let codec: Codec
  private var input: [UInt8]
  /// The part of `input` not yet consumed, and where it ends in the file.
  private var start = 0
  private var end = 0
  private var fileOffset: Int
  /// At the end of a member or frame: nothing need follow.
  private var isBetween = false
  /// Bytes of content that came out so far.
  private(set) var position = 0
  /// All of the content, where it is small enough.
  var kept: [UInt8]?

  init(_ file: OpenFile, _ range: Range<Int>, _ kind: Codec.Kind) throws(FileError) {
    self.file = file
    self.range = range
    self.kind = kind
    codec = try Codec(kind, for: file.path)
    input = [UInt8](repeating: 0, count: max(1, min(1 << 16, range.count)))
    fileOffset = range.lowerBound
  }

  private mutating func restart() {
    codec.restart()
    (start, end, fileOffset, isBetween, position) = (0, 0, range.lowerBound, false, 0)
  }

  mutating func read(
    into bytes: inout MutableRawSpan, _ target: Range<Int>, at offset: Int
  ) throws(FileError) -> Int {
    if let kept {
      unsafe bytes.withUnsafeMutableBytes { buffer in
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[target])
        unsafe part.copyBytes(from: kept[offset..<offset + target.count])
      }
      return target.count
    }
    if offset < position { restart() }
    if offset > position {
      var scratch = [UInt8](repeating: 0, count: min(1 << 18, offset - position))
      while position < offset {
        if try pull(&scratch, min(scratch.count, offset - position)) == 0 { return 0 }
      }
    }
    return try pull(into: &bytes, target)
  }

  mutating func pull(_ scratch: inout [UInt8], _ count: Int) throws(FileError) -> Int {
    var span = scratch.mutableSpan
    var bytes = unsafe span.mutableBytes  // any byte is a UInt8
    return try pull(into: &bytes, 0..<count)
  }

  /// Fills `target`, or as much of it as is left.
  private mutating func pull(into bytes: inout MutableRawSpan, _ target: Range<Int>) throws(FileError) -> Int {
    var done = target.lowerBound
    while done < target.upperBound {
      if start == end { try refill() }
      let isLast = start == end  // nothing more to come: the decoder may still hold bytes back
      let place = fileOffset - (end - start)
      if isBetween {
        if isLast { break }
        guard kind != .inflate else {
          throw FileError(.malformed, file.path, "something follows its \(kind.title) data at byte \(place)")
        }
        codec.restart()
        isBetween = false
      }
      let step = try codec.run(input, start..<end, &bytes, done..<target.upperBound, place: place)
      start += step.consumed
      done += step.produced
      isBetween = step.isEnd
      if isLast, step.produced == 0, !step.isEnd {
        throw FileError(.malformed, file.path, "its \(kind.title) data are cut short at byte \(fileOffset)")
      }
    }
    position += done - target.lowerBound
    return done - target.lowerBound
  }

  private mutating func refill() throws(FileError) {
    let wanted = min(input.count, range.upperBound - fileOffset)
    (start, end) = (0, 0)
    guard wanted > 0 else { return }
    end = try file.read(into: &input, 0..<wanted, at: fileOffset)
    fileOffset += end
  }
}
