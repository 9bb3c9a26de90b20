// SPDX-License-Identifier: Apache-2.0
// A segment of memory that several processes see. MatrixCore builds SharedMatrix on it, the engine its ledger.
// It has no name from its first instant: whoever is killed, nothing is left in /dev/shm; other processes get the
// descriptor. Every page is reserved at creation, so that a full /dev/shm is an error here and never a SIGBUS later.
// Pages are not touched here: each is zeroed by the process that first writes it, all of them at once.

import CPOSIX
import Glibc

/// Zero-filled memory that other processes can map too; unmapped and closed in `deinit`.
@safe public struct SharedMemory: ~Copyable, Sendable {
  /// Bytes asked for. The mapping is rounded up to whole pages, and is one page for 0 bytes.
  public let byteCount: Int
  public let isWritable: Bool
  private let descriptor: Descriptor
  // The mapping has this value as its only owner in this process; who reads and writes what is agreed between the
  // processes that share it, and no type of ours could check that.
  private nonisolated(unsafe) let address: UnsafeMutableRawPointer

  /// Creates a segment: unnamed in /dev/shm, or a sealed `memfd` where /dev/shm is missing or too small.
  ///
  /// More than `Machine.memoryRoom()` is refused before a page is reserved (from 16 MiB on), because the kernel would not
  /// refuse but kill (faults.md F22). A job of several segments compares their sum first. Throws `insufficientMemory`
  /// with need and room.
  public init(byteCount: Int) throws(SystemError) {
    precondition(byteCount >= 0, "a byte count is never negative")
    let descriptor = try SegmentFile.create(byteCount: byteCount)
    try self.init(descriptor, byteCount: byteCount, writable: true)
  }

  /// Maps a segment that another process created. Refused when it holds fewer than `byteCount` bytes.
  public init(attaching descriptor: consuming Descriptor, byteCount: Int, writable: Bool) throws(SystemError) {
    precondition(byteCount >= 0, "a byte count is never negative")
    let present = try SegmentFile.byteCount(of: descriptor.number)
    guard present >= max(byteCount, 1) else {
      throw SystemError(
        code: .protocolMismatch,
        message: "The shared memory that arrived holds \(present) bytes, \(byteCount) were announced.")
    }
    try self.init(descriptor, byteCount: byteCount, writable: writable)
  }

  private init(_ descriptor: consuming Descriptor, byteCount: Int, writable: Bool) throws(SystemError) {
    let protection = writable ? PROT_READ | PROT_WRITE : PROT_READ
    let mapped = unsafe mmap(nil, SegmentFile.wholePages(byteCount), protection, MAP_SHARED, descriptor.number, 0)
    guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else {
      throw SystemError(
        "mmap", errno: errno,
        "Cannot map \(byteCount) bytes of shared memory; ask for less or raise the address-space limit (ulimit -v).")
    }
    self.byteCount = byteCount
    self.isWritable = writable
    unsafe self.address = mapped
    self.descriptor = descriptor
  }

  /// To pass to another process; stays owned by the segment.
  public var descriptorNumber: Int32 { descriptor.number }

  /// Start of the mapping, page-aligned; valid while this value lives. Writing through it when `isWritable` is false
  /// ends the process.
  @unsafe public var baseAddress: UnsafeMutableRawPointer { unsafe address }

  /// Makes the pages of bytes `byteOffset..<byteOffset + byteCount` present, in one call instead of one fault for each.
  ///
  /// For the process that is about to write all of them: 8 MB took 1.8 ms so, 3.6 ms by faults (2-core VM, Linux 6.18,
  /// CPU time, 2026-11). Where the kernel is older than 5.14 nothing happens, and the faults come as usual.
  public func populate(byteOffset: Int, byteCount: Int) {
    precondition(
      byteOffset >= 0 && byteCount >= 0 && byteCount <= self.byteCount - byteOffset && isWritable,
      "populate inside a writable segment")
    let start = byteOffset / SegmentFile.pageByteCount * SegmentFile.pageByteCount
    guard byteCount > 0 else { return }
    unsafe cposix_populate(address + start, byteOffset - start + byteCount)
  }

  deinit { unsafe munmap(address, SegmentFile.wholePages(byteCount)) }
}
