// SPDX-License-Identifier: Apache-2.0
// map: all inputs, all outputs, in order.

extension Pool {
  /// Runs `function` with every one of `inputs` and waits for all outputs, which come in the order of the inputs.
  ///
  /// - Parameters:
  ///   - chunkSize: how many inputs go to a worker at once; nil: a quarter of each worker's share. Larger ones cost less,
  ///     smaller ones divide uneven work better.
  ///   - timeout: how long one input may take.
  ///   - retries: how many more times a chunk is run when the worker that runs it dies.
  ///   - progress: called by this thread whenever a chunk is finished, with the number of finished inputs and of all.
  /// - Throws: the first error that arrives, with its input's position; what was not started then is not run any more.
  ///   `RemoteError`, which the function threw; `SystemError`: `timedOut`, `workerLost`, `closed`, `payload`,
  ///   `programNotFound`.
  public func map<Function: RemoteFunction>(
    _ function: Function.Type, _ inputs: [Function.Input], chunkSize: Int? = nil, timeout: Duration? = nil,
    retries: Int = 0, progress: (@Sendable (_ done: Int, _ of: Int) -> Void)? = nil
  ) throws -> [Function.Output] {
    var map = try PoolMap<Function>(core, processCount, inputs, chunkSize, timeout, retries, progress)
    map.feed.wait { map.advance() }
    return try map.result.get()
  }

  /// The same for a Swift task. When that is cancelled, so is the work, as for `apply`. `progress` is called by the task.
  public func map<Function: RemoteFunction>(
    _ function: Function.Type, _ inputs: [Function.Input], chunkSize: Int? = nil, timeout: Duration? = nil,
    retries: Int = 0, progress: (@Sendable (_ done: Int, _ of: Int) -> Void)? = nil
  ) async throws -> [Function.Output] {
    var map = try PoolMap<Function>(core, processCount, inputs, chunkSize, timeout, retries, progress)
    do {
      try await map.feed.wait { map.advance() }
    } catch {
      map.feed.abandon(stopsRunning: true)
      throw error
    }
    return try map.result.get()
  }
}

/// A map under way.
private struct PoolMap<Function: RemoteFunction> {
  let feed: PoolFeed<Function>
  private let core: PoolCore
  private let inputCount: Int
  private let progress: (@Sendable (Int, Int) -> Void)?
  private var outputs: [Function.Output] = []
  private var failure: (any Error)?
  /// Chunks that came before their turn.
  private var early: [Int: [Function.Output]] = [:]
  private var nextIndex = 0
  private var doneCount = 0

  init(
    _ core: PoolCore, _ processCount: Int, _ inputs: [Function.Input], _ chunkSize: Int?, _ timeout: Duration?,
    _ retries: Int, _ progress: (@Sendable (Int, Int) -> Void)?
  ) throws(SystemError) {
    let share = (inputs.count + 4 * processCount - 1) / (4 * processCount)
    var rest = inputs[...]
    feed = try PoolFeed(
      core, kind: .chunk, chunkSize: chunkSize ?? max(1, share), lookAhead: 3 * processCount, timeout: timeout,
      retries: retries
    ) { count in
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
    self.core = core
    inputCount = inputs.count
    self.progress = progress
    outputs.reserveCapacity(inputs.count)
  }

  var result: Result<[Function.Output], any Error> {
    failure.map { .failure($0) } ?? .success(outputs)
  }

  /// Submits what may be ahead, takes what is finished. True: that was all. The first error ends the map.
  mutating func advance() -> Bool {
    do {
      repeat { guard try feed.refill() else { return true } } while try collect()
      return false
    } catch {
      failure = error
      return true
    }
  }

  /// Whether something was finished.
  private mutating func collect() throws -> Bool {
    guard let chunk = feed.takeFinished(inOrder: false) else { return false }
    let values = try chunk.job.values(of: Function.Output.self)
    early[chunk.index] = values
    while let next = early.removeValue(forKey: nextIndex) {
      outputs += next
      nextIndex += 1
    }
    doneCount += values.count
    if let progress { core.report { progress(doneCount, inputCount) } }
    return true
  }
}
