// SPDX-License-Identifier: Apache-2.0
// A flag that processes wait for. One atomic word: whoever dies, there is nothing to repair.

/// A flag that processes raise, lower and wait for. A handle: copies are the same event.
public struct Event: Codable, Sendable {
  private let segment: SharedSegment
  /// How often it was set, times two; plus one while it is set.
  private var state: SharedWord { segment.word(SharedSegment.contentOffset) }

  /// An event that is not set. Throws `insufficientMemory` or `resourceLimit` when there is no room for another
  /// segment.
  public init() throws(SystemError) { segment = try SharedSegment.create(.event, contentByteCount: 8) }

  public var isSet: Bool { state.load() & 1 != 0 }

  /// Sets the event and wakes everyone who waits.
  public func set() {
    while true {
      let before = state.load()
      if before & 1 != 0 { return }
      if state.exchange(before, for: before &+ 3) { break }
    }
    segment.place.announce()
  }

  /// From now on, `wait` waits again.
  public func clear() {
    while true {
      let before = state.load()
      if before & 1 == 0 || state.exchange(before, for: before & ~1) { return }
    }
  }

  /// Waits until the event is set; it need not be set any more on return. False: `timeout` (nil: none) passed first.
  @discardableResult
  public func wait(timeout: Duration? = nil) throws(SystemError) -> Bool {
    let before = state.load()
    return try segment.place.wait(until: Deadline(after: timeout)) { () throws(SystemError) -> Bool? in
      wasSet(since: before)
    } ?? false
  }

  /// The same in a task. Throws `CancellationError` when the task is cancelled.
  @discardableResult
  public nonisolated(nonsending) func wait(timeout: Duration? = nil) async throws -> Bool {
    let before = state.load()
    return try await segment.place.wait(until: Deadline(after: timeout)) { () throws(SystemError) -> Bool? in
      wasSet(since: before)
    } ?? false
  }

  private func wasSet(since before: UInt64) -> Bool? {
    let now = state.load()
    return now & 1 != 0 || now >> 1 != before >> 1 ? true : nil
  }

  public init(from decoder: any Decoder) throws { segment = try SharedSegment.decode(.event, from: decoder) }
  public func encode(to encoder: any Encoder) throws { try segment.encode(to: encoder) }
}
