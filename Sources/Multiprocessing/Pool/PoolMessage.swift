// SPDX-License-Identifier: Apache-2.0
// The words between a pool and its workers, as they stand in a message's tag. A task is two messages with the same tag: one
// without payload, from which the worker learns the type of what follows, and its input.

/// A message's tag: kind in 4 bits, timed in 1, function in 16, task in 43.
struct PoolMessage: Equatable {
  enum Kind: UInt64 {
    // To a worker.
    /// Function number `function` has the name that is the payload.
    case function = 1
    /// Its input follows; comes first if at all.
    case initialize
    /// One input follows, as Input.
    case call
    /// Several follow, as [Input]; the first error ends the task.
    case chunk
    /// The same, but each input has a result of its own.
    case chunkOfResults

    // From a worker.
    case ready
    /// The initializer threw the RemoteError in the payload.
    case startFailed
    /// An Output, [Output], [PoolItem<Output>], or the RemoteError that ended the task.
    case value
    case values
    case items
    case failure
    /// The task had been taken back.
    case skipped
  }

  static let functionLimit = 1 << 16
  private static let taskMask: UInt64 = 1 << 43 - 1

  var kind: Kind
  var function = 0
  var task: UInt64 = 0
  /// The worker notes when it begins each input.
  var isTimed = false

  init(_ kind: Kind, function: Int = 0, task: UInt64 = 0, isTimed: Bool = false) {
    self.kind = kind
    self.function = function
    self.task = task
    self.isTimed = isTimed
  }

  /// nil: no message of this version.
  init?(tag: UInt64) {
    guard let kind = Kind(rawValue: tag >> 60) else { return nil }
    self.init(
      kind, function: Int(tag >> 43 & 0xFFFF), task: tag & PoolMessage.taskMask, isTimed: tag >> 59 & 1 == 1)
  }

  var tag: UInt64 {
    kind.rawValue << 60 | (isTimed ? 1 << 59 : 0) | UInt64(function) << 43 | task & PoolMessage.taskMask
  }
}

/// The result of one input among several.
enum PoolItem<Output: Codable & Sendable>: Codable, Sendable {
  case value(Output)
  case failure(RemoteError)
}
