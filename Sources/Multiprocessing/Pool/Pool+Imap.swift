// SPDX-License-Identifier: Apache-2.0
// imap and imapUnordered: outputs one by one, over any sequence of inputs, however long.

extension Pool {
  /// Runs `function` with every one of `inputs`; the outputs come one by one, in the order of the inputs.
  ///
  /// - Parameters:
  ///   - inputs: asked for the next element only when one may be sent ahead; may be endless.
  ///   - chunkSize: how many inputs go to a worker at once. A worker's death or a timeout costs the whole chunk.
  ///   - lookAhead: how many chunks may be sent ahead of the element that was asked for; nil: four for each worker.
  ///   - timeout: how long one input may take.
  ///   - retries: how many more times a chunk is run when the worker that runs it dies.
  public func imap<Function: RemoteFunction, Inputs: Sequence & Sendable>(
    _ function: Function.Type, _ inputs: Inputs, chunkSize: Int = 1, lookAhead: Int? = nil, timeout: Duration? = nil,
    retries: Int = 0
  ) -> ResultSequence<Function.Output> where Inputs.Element == Function.Input {
    results(true, function, inputs, chunkSize, lookAhead, timeout, retries)
  }

  /// The same; the outputs come as they are finished.
  public func imapUnordered<Function: RemoteFunction, Inputs: Sequence & Sendable>(
    _ function: Function.Type, _ inputs: Inputs, chunkSize: Int = 1, lookAhead: Int? = nil, timeout: Duration? = nil,
    retries: Int = 0
  ) -> ResultSequence<Function.Output> where Inputs.Element == Function.Input {
    results(false, function, inputs, chunkSize, lookAhead, timeout, retries)
  }

  private func results<Function: RemoteFunction, Inputs: Sequence & Sendable>(
    _ inOrder: Bool, _ function: Function.Type, _ inputs: Inputs, _ chunkSize: Int, _ lookAhead: Int?,
    _ timeout: Duration?, _ retries: Int
  ) -> ResultSequence<Function.Output> where Inputs.Element == Function.Input {
    precondition(chunkSize >= 1 && lookAhead ?? 1 >= 1, "a chunk has at least one input, and one is ahead")
    return ResultSequence { [self] in
      var iterator = inputs.makeIterator()
      let feed = Result { () throws -> PoolFeed<Function> in
        try PoolFeed(
          core, kind: .chunkOfResults, chunkSize: chunkSize, lookAhead: lookAhead ?? 4 * processCount, timeout: timeout,
          retries: retries
        ) { count in
          var next: [Function.Input] = []
          while next.count < count, let input = iterator.next() { next.append(input) }
          return next
        }
      }
      return PoolFeedStream(self, inOrder: inOrder, feed)
    }
  }
}
