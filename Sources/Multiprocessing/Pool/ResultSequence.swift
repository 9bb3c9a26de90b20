// SPDX-License-Identifier: Apache-2.0
// What Pool.imap and imapUnordered return: outputs as they come, while only a bounded number of inputs is ahead.

/// The outputs of a pool's `imap` or `imapUnordered`.
///
/// `for try await output in sequence` ends at the first error. To go on after one, iterate over `results`, or call the
/// iterator's `next` again: an error is thrown in the place of its element only. Each iteration runs all inputs anew,
/// starts when its first element is asked for, and drops what is ahead when it is given up.
public struct ResultSequence<Output: Codable & Sendable>: AsyncSequence, Sendable {
  public typealias Element = Output
  public typealias Failure = any Error

  let start: @Sendable () -> any PoolStream<Output>

  /// The same outputs, each with its error if it has one.
  public var results: Results { Results(start: start) }

  public func makeAsyncIterator() -> Iterator { Iterator(stream: start()) }

  /// Takes outputs one by one.
  public struct Iterator: AsyncIteratorProtocol {
    let stream: any PoolStream<Output>

    /// The next output; nil: that was all.
    ///
    /// - Throws: this element's error, after which the next element can be asked for; CancellationError when the
    ///   Swift task is cancelled, which also cancels what is ahead and ends the iteration.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws -> Output? {
      try await stream.next(isolation: actor)?.get()
    }

    public mutating func next() async throws -> Output? { try await next(isolation: nil) }
  }

  /// A sequence for blocking loops (`for result in …`) and for tasks (`for await result in …`).
  public struct Results: Sequence, AsyncSequence, Sendable {
    public typealias Element = Result<Output, any Error>
    public typealias Failure = Never

    let start: @Sendable () -> any PoolStream<Output>

    public func makeIterator() -> Iterator { Iterator(stream: start()) }
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: start()) }

    /// Takes results one by one, waiting for each.
    public struct Iterator: IteratorProtocol {
      let stream: any PoolStream<Output>

      public mutating func next() -> Result<Output, any Error>? { stream.next() }
    }

    /// The same for a Swift task.
    public struct AsyncIterator: AsyncIteratorProtocol {
      let stream: any PoolStream<Output>

      /// When the Swift task is cancelled, what is ahead is cancelled too; one CancellationError comes
      /// as the last element.
      public mutating func next(isolation actor: isolated (any Actor)?) async -> Result<Output, any Error>? {
        do {
          return try await stream.next(isolation: actor)
        } catch { return .failure(error) }
      }

      public mutating func next() async -> Result<Output, any Error>? { await next(isolation: nil) }
    }
  }
}

/// An iteration under way, whatever its function. Used by one thread or task at a time.
protocol PoolStream<Output>: AnyObject {
  associatedtype Output: Codable & Sendable
  func next() -> Result<Output, any Error>?
  /// Throws CancellationError only.
  func next(isolation actor: isolated (any Actor)?) async throws -> Result<Output, any Error>?
}

/// The elements of a feed.
final class PoolFeedStream<Function: RemoteFunction>: PoolStream {
  // Not only its core: a program may mention its pool for the last time before the loop.
  private let pool: Pool
  private let feed: Result<PoolFeed<Function>, any Error>
  private let inOrder: Bool
  /// Of the chunk taken last, the next one last.
  private var pending: [Result<Function.Output, any Error>] = []
  /// An error that no input is guilty of: the pool is closed, an input cannot be encoded. It is the last element.
  private var refusal: (any Error)?
  private var hasEnded = false

  init(_ pool: Pool, inOrder: Bool, _ feed: Result<PoolFeed<Function>, any Error>) {
    self.pool = pool
    self.feed = feed
    self.inOrder = inOrder
  }

  func next() -> Result<Function.Output, any Error>? {
    if pending.isEmpty, let feed = try? feed.get() { feed.wait { advance(feed) } }
    return pop()
  }

  func next(isolation actor: isolated (any Actor)?) async throws -> Result<Function.Output, any Error>? {
    if pending.isEmpty, let feed = try? feed.get() {
      do {
        try await feed.wait { advance(feed) }
      } catch {
        hasEnded = true
        feed.abandon(stopsRunning: true)
        throw error
      }
    }
    return pop()
  }

  private func pop() -> Result<Function.Output, any Error>? {
    if case .failure(let error) = feed, !hasEnded {
      hasEnded = true
      return .failure(error)
    }
    return pending.popLast()
  }

  /// Submits what may be ahead, takes the next finished chunk. True: there is something to return, or nothing will come.
  private func advance(_ feed: PoolFeed<Function>) -> Bool {
    guard !hasEnded else { return true }
    var isUnderWay: Bool
    do {
      isUnderWay = try feed.refill()
    } catch {
      refusal = error
      // What was sent before comes before.
      isUnderWay = feed.stopRefilling()
    }
    guard isUnderWay else {
      hasEnded = true
      if let refusal { pending = [.failure(refusal)] }
      return true
    }
    guard let chunk = feed.takeFinished(inOrder: inOrder) else { return false }
    pending = chunk.job.results(of: Function.Output.self).reversed()
    return true
  }
}
