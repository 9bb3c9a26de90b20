// SPDX-License-Identifier: Apache-2.0
// One value in shared memory, with its lock. Two copies and a word that says which one counts: a process killed while
// it changes the value leaves the old one whole.

import Glibc

/// A value that processes share. A handle: copies are the same value.
///
/// Every change is all or nothing, also when the process that makes it is killed: then the value stays as it was, and
/// the lock is free for the next.
public struct SharedValue<Value: RawPayload>: Codable, Sendable {
  private let segment: SharedSegment
  private var core: LockCore { LockCore(segment: segment) }

  /// Throws `insufficientMemory` or `resourceLimit` when there is no room for another small segment.
  public init(_ value: Value) throws(SystemError) {
    segment = try SharedSegment.create(
      .value, contentByteCount: 64 + 2 * SharedValue.copyByteCount, numbers: (MemoryLayout<Value>.size, 0))
    stored = value
  }

  /// The value, read and written under the lock. To change it depending on what it is, use `withLock`: another process
  /// may come between a read and a write.
  ///
  /// Blocks while somebody holds the lock; inside `withLock` of the same value it is a bug, which ends the program.
  public var value: Value {
    get {
      takeLock()
      defer { core.give() }
      return stored
    }
    nonmutating set {
      takeLock()
      defer { core.give() }
      stored = newValue
    }
  }

  private func takeLock() {
    do throws(SystemError) { try core.takeQuietly() } catch {
      preconditionFailure("a shared value is not used inside its own withLock: \(error)")
    }
  }

  /// Runs `body` with the lock held; what it makes of its argument is the new value. When `body` throws, the value
  /// stays as it was.
  ///
  /// - Throws: `SystemError` with code `timedOut` after `timeout` (nil: none), `deadlock` inside itself; what `body`
  ///   throws.
  public func withLock<Result>(timeout: Duration? = nil, _ body: (inout Value) throws -> Result) throws -> Result {
    try core.withLock(until: Deadline(after: timeout), repair: {}) { try change(body) }
  }

  /// The same in a task; `body` cannot suspend. Throws `CancellationError` when the task is cancelled while it waits.
  public nonisolated(nonsending) func withLock<Result>(
    timeout: Duration? = nil, _ body: (inout Value) throws -> Result
  ) async throws -> Result {
    try await core.withLock(until: Deadline(after: timeout), repair: {}) { try change(body) }
  }

  private func change<Result>(_ body: (inout Value) throws -> Result) throws -> Result {
    var value = stored
    let result = try body(&value)
    stored = value
    return result
  }

  // MARK: Memory

  private static var copyByteCount: Int { (MemoryLayout<Value>.stride + 63) / 64 * 64 }

  /// 0 or 1: which copy counts.
  private var current: SharedWord { segment.word(SharedSegment.contentOffset) }

  private func copyOffset(_ index: UInt64) -> Int {
    SharedSegment.contentOffset + 64 + Int(index & 1) * SharedValue.copyByteCount
  }

  /// With the lock held, or before anyone else has the value.
  private var stored: Value {
    get { unsafe segment.address(copyOffset(current.load())).load(as: Value.self) }
    nonmutating set {
      let next = current.load() & 1 ^ 1
      unsafe segment.address(copyOffset(next)).storeBytes(of: newValue, as: Value.self)
      current.store(next)
    }
  }

  public init(from decoder: any Decoder) throws {
    segment = try SharedSegment.decode(.value, from: decoder)
    guard segment.numbers.0 == MemoryLayout<Value>.size,
      segment.contentByteCount == 64 + 2 * SharedValue.copyByteCount
    else {
      throw SystemError(
        code: .protocolMismatch, message: "The shared value that arrived is of another type than \(Value.self).")
    }
  }
  public func encode(to encoder: any Encoder) throws { try segment.encode(to: encoder) }
}
