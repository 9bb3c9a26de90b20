// SPDX-License-Identifier: Apache-2.0
// Much of a file at once, read by all CPUs of this process. Where the system has the file in memory, reading is copying, and
// making the pages of fresh memory that it goes to: 72 MB take 27 ms by one thread and 13 by two.

import MatrixCore

extension InputFile {
  /// Less than this takes one thread less time than it takes to start others.
  private static let parallelByteCount = 4 << 20
  /// What a thread reads at a time: whole pages, large ones too.
  private static let partByteCount = 2 << 20

  /// Fills `range` of `bytes` from `offset` in the file on.
  func readInParts(into bytes: inout MutableRawSpan, _ range: Range<Int>, at offset: Int) throws(FileError) {
    guard isReadAnywhere, range.count >= Self.parallelByteCount else {
      return try read(into: &bytes, range, at: offset)
    }
    let parts = (range.count + Self.partByteCount - 1) / Self.partByteCount
    let turns = Turns()
    var failure: FileError?
    unsafe bytes.withUnsafeMutableBytes { bytes in
      Threads.forEach(parts, threads: Threads.available) { index in
        let first = range.lowerBound + index * Self.partByteCount
        let part = first..<min(first + Self.partByteCount, range.upperBound)
        // Parts do not overlap: nobody else writes to this one.
        var span = unsafe MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: bytes[part]))
        do throws(FileError) {
          try read(into: &span, at: offset + first - range.lowerBound)
        } catch {
          turns.exclusively { failure = failure ?? error }
        }
      }
    }
    if let failure { throw failure }
  }
}
