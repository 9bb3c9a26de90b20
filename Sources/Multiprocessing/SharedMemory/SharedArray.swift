// SPDX-License-Identifier: Apache-2.0
// A fixed number of elements in shared memory, with a lock: for counters and tables that several workers change. A
// large array that each worker writes a part of needs no lock: see SharedMemory.

import Glibc

/// An array of fixed length that processes share. A handle: copies are the same array.
///
/// A process killed while it changes elements may leave them half changed: the next `withLock` throws `SystemError`
/// code `ownerDied`, once. Single elements can be read and written meanwhile.
public struct SharedArray<Element: RawPayload>: Codable, Sendable {
  private let segment: SharedSegment
  private var core: LockCore { LockCore(segment: segment) }

  /// Throws `insufficientMemory` with need and room when there is no room for the elements.
  public init(_ elements: [Element]) throws(SystemError) {
    try self.init(count: elements.count)
    _ = unsafe storage.update(fromContentsOf: elements)
  }

  /// `count` times `element`; throws like `init(_:)`.
  public init(repeating element: Element, count: Int) throws(SystemError) {
    try self.init(count: count)
    unsafe storage.update(repeating: element)
  }

  private init(count: Int) throws(SystemError) {
    precondition(count >= 0, "a count is never negative")
    let (byteCount, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard !overflow && byteCount < Int.max / 2 else {
      throw SystemError(
        code: .insufficientMemory, message: "No machine has the memory for \(grouped(count)) elements of this type.")
    }
    segment = try SharedSegment.create(
      .array, contentByteCount: byteCount, numbers: (count, MemoryLayout<Element>.stride))
  }

  /// The same in every process, for ever.
  public var count: Int { segment.numbers.0 }
  public var indices: Range<Int> { 0..<count }

  /// One element, read or written under the lock. `array[k] += 1` is a read and a write, between which another process
  /// may come: use `withLock` for that. Inside it, this subscript is a bug, which ends the program.
  public subscript(index: Int) -> Element {
    get {
      check(index)
      takeLock()
      defer { core.give() }
      return unsafe storage[index]
    }
    nonmutating set {
      check(index)
      takeLock()
      defer { core.give() }
      unsafe storage[index] = newValue
    }
  }

  /// A copy of all elements, made under the lock.
  public var elements: [Element] {
    takeLock()
    defer { core.give() }
    return unsafe Array(storage)
  }

  private func check(_ index: Int) { precondition(indices.contains(index), "index \(index) is not in 0..<\(count)") }

  private func takeLock() {
    do throws(SystemError) { try core.takeQuietly() } catch {
      preconditionFailure("a shared array is not used inside its own withLock: \(error)")
    }
  }

  /// Runs `body` on the elements with the lock held.
  ///
  /// - Throws: `SystemError` with code `timedOut` after `timeout` (nil: none), `ownerDied` (see `SharedArray`),
  ///   `deadlock` inside itself; what `body` throws.
  public func withLock<Result>(
    timeout: Duration? = nil, _ body: (inout MutableSpan<Element>) throws -> Result
  ) throws -> Result {
    try core.withLock(until: Deadline(after: timeout), repair: { try core.report(unless: false) }) {
      try change(body)
    }
  }

  /// The same in a task; `body` cannot suspend. Throws `CancellationError` when the task is cancelled while it waits.
  public nonisolated(nonsending) func withLock<Result>(
    timeout: Duration? = nil, _ body: (inout MutableSpan<Element>) throws -> Result
  ) async throws -> Result {
    try await core.withLock(until: Deadline(after: timeout), repair: { try core.report(unless: false) }) {
      try change(body)
    }
  }

  private func change<Result>(_ body: (inout MutableSpan<Element>) throws -> Result) throws -> Result {
    let storage = unsafe storage
    var span = unsafe storage.mutableSpan
    return try body(&span)
  }

  @unsafe private var storage: UnsafeMutableBufferPointer<Element> {
    unsafe UnsafeMutableBufferPointer(
      start: segment.address(SharedSegment.contentOffset).assumingMemoryBound(to: Element.self), count: count)
  }

  public init(from decoder: any Decoder) throws {
    segment = try SharedSegment.decode(.array, from: decoder)
    let (count, stride) = segment.numbers
    let (byteCount, overflow) = count.multipliedReportingOverflow(by: stride)
    guard stride == MemoryLayout<Element>.stride, count >= 0, !overflow, byteCount == segment.contentByteCount else {
      throw SystemError(
        code: .protocolMismatch, message: "The shared array that arrived has other elements than \(Element.self).")
    }
  }
  public func encode(to encoder: any Encoder) throws { try segment.encode(to: encoder) }
}
