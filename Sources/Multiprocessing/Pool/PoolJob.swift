// SPDX-License-Identifier: Apache-2.0
// What a pool hands to a worker at once: one call, or a chunk of a map. It is queued, sent, started, finished; a worker's
// death sends it back to the queue or finishes it. Where it is at the moment is known to PoolState and PoolWorker alone.

import Synchronization

/// A function as it is named to workers; the name is made once for each function of the program.
struct PoolFunction: Sendable {
  let key: ObjectIdentifier
  let name: Payload

  private static let known = Mutex<[ObjectIdentifier: PoolFunction]>([:])

  /// Throws `programNotFound` for a type that another process cannot find.
  static func of(_ function: any RemoteFunction.Type) throws(SystemError) -> PoolFunction {
    let key = ObjectIdentifier(function)
    if let found = known.withLock({ $0[key] }) { return found }
    let made = PoolFunction(key: key, name: try Payload(try FunctionName.of(function)))
    known.withLock { $0[key] = made }
    return made
  }
}

final class PoolJob: Sendable {
  /// How it ended.
  enum Outcome: Sendable {
    /// A message of kind value, values, items or failure.
    case answered(PoolMessage.Kind, Incoming)
    case failed(any Error)
  }

  private struct Ending {
    var input: Payload?
    var outcome: Outcome?
    var callback: Callback?
  }

  let function: PoolFunction
  let kind: PoolMessage.Kind
  /// Of its first input in a map; nil: a single call.
  let position: Int?
  let inputCount: Int
  /// For each input, in nanoseconds.
  let timeout: UInt64?
  let retries: Int
  /// Posted when this job, or another that shares it, is finished.
  let notice: Notice
  /// How many workers have died with it.
  let deaths = Atomic<Int>(0)
  private let done = Atomic<Bool>(false)
  private let ending: Mutex<Ending>

  init(
    _ function: PoolFunction, _ kind: PoolMessage.Kind, input: Payload, position: Int? = nil, inputCount: Int = 1,
    timeout: Duration?, retries: Int, notice: Notice = Notice()
  ) {
    precondition(retries >= 0, "retries are counted from 0")
    self.function = function
    self.kind = kind
    ending = Mutex(Ending(input: input))
    self.position = position
    self.inputCount = inputCount
    self.timeout = timeout?.clampedNanoseconds
    self.retries = retries
    self.notice = notice
  }

  var isDone: Bool { done.load(ordering: .acquiring) }

  /// nil once done: a result that is kept does not keep its input.
  var input: Payload? { ending.withLock { $0.input } }

  /// nil until done.
  var outcome: Outcome? { ending.withLock { $0.outcome } }

  /// To be run when done. Before the job is submitted.
  func onFinish(_ callback: @escaping @Sendable () -> Void) {
    ending.withLock { $0.callback = Callback(callback) }
  }

  /// The first call counts. Returns the callback that is due.
  func finish(_ outcome: Outcome) -> Callback? {
    let (isFirst, callback) = ending.withLock { ending in
      guard ending.outcome == nil else { return (false, nil as Callback?) }
      ending.outcome = outcome
      ending.input = nil
      defer { ending.callback = nil }
      return (true, ending.callback)
    }
    guard isFirst else { return nil }
    done.store(true, ordering: .releasing)
    notice.post()
    return callback
  }
}

extension Deadline {
  func advanced(by nanoseconds: UInt64) -> Deadline {
    let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
    return Deadline(nanoseconds: overflow ? .max : sum)
  }
}
