// SPDX-License-Identifier: Apache-2.0
// Feeds a sequence of inputs to a pool chunk by chunk, a bounded number of chunks ahead: the common part of map, imap and
// imapUnordered. Inputs are encoded only when their turn comes, so that a large map does not lie in memory twice.

/// Used by one thread or task at a time.
final class PoolFeed<Function: RemoteFunction> {
  /// Inputs on their way.
  struct Chunk {
    /// From 0, in the order of the inputs.
    let index: Int
    let job: PoolJob
  }

  private let core: PoolCore
  private let function: PoolFunction
  /// `chunk` or `chunkOfResults`.
  private let kind: PoolMessage.Kind
  private let chunkSize: Int
  private let lookAhead: Int
  private let timeout: Duration?
  private let retries: Int
  /// At most so many more inputs; empty: no more.
  private let next: (Int) -> [Function.Input]
  /// All of its inputs are there: a pool that is closed meanwhile takes the rest.
  private let isMap: Bool
  private let notice = Notice()
  private var position = 0
  private var chunkCount = 0
  private var isExhausted = false
  private var inFlight: [Chunk] = []

  init(
    _ core: PoolCore, kind: PoolMessage.Kind, chunkSize: Int, lookAhead: Int, timeout: Duration?, retries: Int,
    next: @escaping (Int) -> [Function.Input]
  ) throws(SystemError) {
    precondition(chunkSize >= 1 && lookAhead >= 1, "a chunk has at least one input, and one is ahead")
    function = try PoolFunction.of(Function.self)
    isMap = kind == .chunk
    if isMap { try core.beginMap() }
    self.core = core
    self.kind = kind
    self.chunkSize = chunkSize
    self.lookAhead = lookAhead
    self.timeout = timeout
    self.retries = retries
    self.next = next
  }

  /// Submits as much as may be ahead. False: nothing is left to wait for.
  func refill() throws(SystemError) -> Bool {
    while !isExhausted && inFlight.count < lookAhead {
      let inputs = next(chunkSize)
      guard let first = inputs.first else {
        isExhausted = true
        break
      }
      // One input travels as itself: a large array as the only input of its chunk is not coded but copied.
      let job = PoolJob(
        function, inputs.count == 1 ? .call : kind, input: inputs.count == 1 ? try Payload(first) : try Payload(inputs),
        position: position, inputCount: inputs.count, timeout: timeout, retries: retries, notice: notice)
      try core.submit(job, isOfMap: isMap)
      inFlight.append(Chunk(index: chunkCount, job: job))
      chunkCount += 1
      position += inputs.count
    }
    return !inFlight.isEmpty
  }

  /// Takes a finished chunk: the first of all in order, or any.
  func takeFinished(inOrder: Bool) -> Chunk? {
    guard let index = inFlight.firstIndex(where: \.job.isDone), index == 0 || !inOrder else { return nil }
    return inFlight.remove(at: index)
  }

  /// Until `condition` holds, which is asked whenever a chunk may have been finished.
  func wait(until condition: () -> Bool) { _ = core.wait(on: notice, deadline: nil, until: condition) }

  /// The same for a Swift task; throws CancellationError.
  func wait(isolation: isolated (any Actor)? = #isolation, until condition: () -> Bool) async throws {
    _ = try await core.wait(on: notice, deadline: nil, until: condition)
  }

  /// Submits nothing more. False: nothing is left to wait for.
  func stopRefilling() -> Bool {
    isExhausted = true
    return !inFlight.isEmpty
  }

  /// Gives up what is ahead: unstarted chunks are never run; running ones are stopped, or left to end unheard.
  func abandon(stopsRunning: Bool) {
    isExhausted = true
    core.cancel(inFlight.map(\.job), error: CancellationError(), stopsRunning: stopsRunning)
    inFlight = []
  }

  deinit {
    abandon(stopsRunning: false)
    if isMap { core.endMap() }
  }
}

extension PoolJob {
  /// The outputs of a finished chunk of a map, or the error that ended it.
  func values<Output: Decodable>(of type: Output.Type) throws -> [Output] {
    switch outcome {
    case .answered(.value, let incoming)?: return [try incoming.decode(type)]
    case .answered(.values, let incoming)?: return try checked(try incoming.decode([Output].self))
    default: throw failure
    }
  }

  /// The same with a result for each input. What ended the whole chunk is every input's error.
  func results<Output: Codable & Sendable>(of type: Output.Type) -> [Result<Output, any Error>] {
    do {
      guard case .answered(.items, let incoming)? = outcome else {
        return try values(of: type).map { .success($0) }
      }
      return try checked(try incoming.decode([PoolItem<Output>].self)).map { item in
        switch item {
        case .value(let value): .success(value)
        case .failure(let error): .failure(located(error))
        }
      }
    } catch {
      return Array(repeating: .failure(error), count: inputCount)
    }
  }

  private func checked<Element>(_ elements: [Element]) throws(SystemError) -> [Element] {
    guard elements.count == inputCount else {
      throw SystemError(
        code: .protocolMismatch, message: "A worker answered \(inputCount) inputs with \(elements.count) outputs.")
    }
    return elements
  }
}
