// SPDX-License-Identifier: Apache-2.0
// The memory behind a lock, semaphore, event, condition, barrier or shared value: one small segment each, mapped once
// in every process however often it arrives there. A mutex held through one mapping and released through another would
// leave the kernel's list of held mutexes with an address that may be gone.

import Glibc
import Synchronization

/// A segment that holds one object for several processes:
///
///     0 magic and kind · 8 byte count of the content · 16 two numbers of the object · 64 mutex · 128 words of LockCore
///     · 192 place where the object's waiters sleep · 256 content
package final class SharedSegment: Sendable {
  enum Kind: UInt64 {
    case lock = 1
    case recursiveLock, semaphore, condition, event, barrier, value, array
  }

  private static let magic: UInt64 = 0x5745_4654_4f42_0100
  static let contentOffset = 256

  private struct File: Hashable {
    let device: UInt64
    let number: UInt64

    init(_ descriptor: Int32) throws(SystemError) {
      var status = stat()
      guard unsafe fstat(descriptor, &status) == 0 else {
        throw SystemError("fstat", errno: errno, "Descriptor \(descriptor) is not shared memory.")
      }
      device = UInt64(status.st_dev)
      number = UInt64(status.st_ino)
    }
  }

  private struct Mapped: Sendable { weak let segment: SharedSegment? }

  /// What is mapped in this process.
  private static let mapped = Mutex<[File: Mapped]>([:])

  private let memory: SharedMemory
  private let file: File

  private init(_ memory: consuming SharedMemory) throws(SystemError) {
    file = try File(memory.descriptorNumber)
    self.memory = memory
  }

  deinit {
    let successor = SharedSegment.mapped.withLock { mapped -> SharedSegment? in
      // Another one may have been mapped since the last reference to this one went.
      let present = mapped[file]?.segment
      if present == nil { mapped[file] = nil }
      return present
    }
    // If ours is its last reference by now, its deinit takes the lock again: not inside.
    withExtendedLifetime(successor) {}
  }

  /// A new one. `prepare` writes what is not zero.
  static func create(
    _ kind: Kind, contentByteCount: Int, numbers: (Int, Int) = (0, 0)
  ) throws(SystemError) -> SharedSegment {
    let segment = try SharedSegment(SharedMemory(byteCount: contentOffset + contentByteCount))
    _ = unsafe try RobustMutex(
      creatingAt: segment.address(LockCore.mutexOffset), isRecursive: kind == .recursiveLock)
    segment.word(8).store(UInt64(contentByteCount))
    segment.word(16).store(UInt64(bitPattern: Int64(numbers.0)))
    segment.word(24).store(UInt64(bitPattern: Int64(numbers.1)))
    segment.word(0).store(magic | kind.rawValue)
    mapped.withLock { $0[segment.file] = Mapped(segment: segment) }
    return segment
  }

  /// The one that arrived as `descriptor`; if it is mapped here already, that mapping.
  static func attach(
    _ kind: Kind, _ descriptor: OwnedDescriptor, byteCount: Int
  ) throws(SystemError) -> SharedSegment {
    let file = try File(descriptor.number)
    if let present = mapped.withLock({ $0[file]?.segment }) { return try present.checked(kind, byteCount) }
    guard byteCount >= contentOffset else { throw foreign(kind) }
    let arrived = try SharedSegment(
      SharedMemory(attaching: Descriptor(duplicating: descriptor.number), byteCount: byteCount, writable: true))
    _ = try arrived.checked(kind, byteCount)
    return mapped.withLock { mapped in
      if let present = mapped[file]?.segment { return present }
      mapped[file] = Mapped(segment: arrived)
      return arrived
    }
  }

  private func checked(_ kind: Kind, _ byteCount: Int) throws(SystemError) -> SharedSegment {
    guard word(0).load() == SharedSegment.magic | kind.rawValue, byteCount == memory.byteCount,
      word(8).load() == UInt64(byteCount - SharedSegment.contentOffset)
    else { throw SharedSegment.foreign(kind) }
    return self
  }

  private static func foreign(_ kind: Kind) -> SystemError {
    SystemError(
      code: .protocolMismatch, message: "The shared memory that arrived holds no \(kind) of this version.")
  }

  @unsafe func address(_ offset: Int) -> UnsafeMutableRawPointer { unsafe memory.baseAddress + offset }
  func word(_ offset: Int) -> SharedWord { unsafe SharedWord(memory.baseAddress + offset) }
  func futexWord(_ offset: Int) -> FutexWord { unsafe FutexWord(memory.baseAddress + offset) }

  /// What `create` was given; the same in every process.
  var numbers: (Int, Int) {
    (Int(Int64(bitPattern: word(16).load())), Int(Int64(bitPattern: word(24).load())))
  }
  var contentByteCount: Int { memory.byteCount - SharedSegment.contentOffset }
  var mutex: RobustMutex { unsafe RobustMutex(attachingAt: memory.baseAddress + LockCore.mutexOffset) }
  var place: WaitPlace { WaitPlace(segment: self, offset: 192) }
}

extension SharedSegment {
  func encode(to encoder: any Encoder) throws {
    try Travel.encode(memory.descriptorNumber, owner: self, numbers: [memory.byteCount], to: encoder)
  }

  /// For an object of two segments.
  static func encode(_ segments: [SharedSegment], to encoder: any Encoder) throws {
    try Travel.encode(
      segments.map { $0.memory.descriptorNumber }, owner: SharedSegments(segments),
      numbers: segments.map { $0.memory.byteCount }, to: encoder)
  }

  private final class SharedSegments: Sendable {
    let segments: [SharedSegment]
    init(_ segments: [SharedSegment]) { self.segments = segments }
  }

  static func decode(_ kind: Kind, from decoder: any Decoder) throws -> SharedSegment {
    let (descriptor, numbers) = try Travel.decode(from: decoder)
    return try attach(kind, descriptor, byteCount: numbers.first ?? 0)
  }
}
