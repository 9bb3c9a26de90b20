// SPDX-License-Identifier: Apache-2.0
// The program of a pool's workers: takes tasks from its connection, finds their functions by name, runs them one after the
// other on its main thread, and answers. The channel of its process carries the first message and, later, which task to cancel.

import CPOSIX
import Glibc

enum PoolServer: WorkerProgram {
  static func run(_ channel: borrowing Channel) -> Int32 {
    // Sent to a whole group, by systemd for one, it asks the coordinator to wind up, who may want to let us finish. When it
    // ends instead, so do we.
    cposix_survive_termination()
    do {
      guard var hello = try channel.receive(deadline: nil), let segment = hello.takeDescriptor(),
        let socket = hello.takeDescriptor(), let board = hello.takeDescriptor()
      else { return 0 }
      let end = Connection.End(segment: OwnedDescriptor(segment), socket: OwnedDescriptor(socket))
      let session = PoolSession(
        connection: try Connection(attaching: end), board: try PoolBoard(attaching: board),
        cancellations: try PoolCancellations(duplicating: channel.descriptorNumber),
        runner: try FunctionRunner(processName: PoolSession.processName))
      return try session.run(isInitialized: hello.bytes.first == 0)
    } catch {
      // The pool has closed the connection, or is gone.
      if error.code == .disconnected { return 0 }
      StandardDescriptors.complain("A pool's worker cannot go on: \(error)")
      return WorkerExit.software
    }
  }
}

/// A second handle on the channel, over which the coordinator says which task to cancel.
final class PoolCancellations: Sendable {
  private let channel: Channel

  init(duplicating number: Int32) throws(SystemError) {
    channel = Channel(owning: try Descriptor(duplicating: number), awaitsHello: false)
  }

  var descriptorNumber: Int32 { channel.descriptorNumber }

  /// Takes what has arrived. True: `task` is among it, or the coordinator is gone.
  func includes(_ task: UInt64) -> Bool {
    var isCancelled = false
    while true {
      do throws(SystemError) {
        switch try channel.tryReceive() {
        case .message(let message):
          var named: UInt64 = 0
          for byte in message.bytes.reversed() { named = named << 8 | UInt64(byte) }
          if named == task { isCancelled = true }
        case .nothing: return isCancelled
        case .ended: return true
        }
      } catch { return true }
    }
  }
}

/// A worker's work, from its first message to the end of its connection.
final class PoolSession {
  static let processName = "pool-worker \(getpid())"

  private let connection: Connection
  private let board: PoolBoard
  private let cancellations: PoolCancellations
  private let runner: FunctionRunner
  private var functions: [Int: Swift.Result<any RemoteFunction.Type, SystemError>] = [:]

  init(connection: Connection, board: PoolBoard, cancellations: PoolCancellations, runner: FunctionRunner) {
    self.connection = connection
    self.board = board
    self.cancellations = cancellations
    self.runner = runner
  }

  /// The exit code.
  func run(isInitialized: Bool) throws(SystemError) -> Int32 {
    if isInitialized { try ready() }
    while let head = try connection.receive(deadline: nil) {
      guard let message = PoolMessage(tag: head.tag) else { throw PoolSession.confusion }
      switch message.kind {
      case .function: functions[message.function] = PoolSession.function(head)
      case .initialize: guard try initialize(message) else { return 1 }
      case .call, .chunk, .chunkOfResults: try task(message)
      default: throw PoolSession.confusion
      }
    }
    return 0
  }

  private static var confusion: SystemError {
    SystemError(code: .protocolMismatch, message: "A pool's worker received what no pool of this version sends.")
  }

  private static func function(_ head: Incoming) -> Swift.Result<any RemoteFunction.Type, SystemError> {
    do throws(SystemError) {
      return .success(try FunctionName.resolve(try head.decode(String.self)))
    } catch { return .failure(error) }
  }

  /// `error` as it goes home, with the place where it was thrown.
  private static func failure(_ error: any Error, at position: Int? = nil) -> RemoteError {
    var remote = RemoteError(error, stackTrace: StackTrace.ofThrow(of: error), processName: processName)
    remote.position = position
    return remote
  }

  private func ready() throws(SystemError) {
    FaultInjection.reach("pool.ready")
    try connection.send(tag: PoolMessage(.ready).tag, nil, deadline: nil)
  }

  // MARK: Tasks

  /// False: it failed, and the coordinator knows.
  private func initialize(_ message: PoolMessage) throws(SystemError) -> Bool {
    switch try outcome(of: message) {
    case .failure(let error):
      try connection.send(tag: PoolMessage(.startFailed).tag, try Payload(error), deadline: nil)
      return false
    case .success:
      try ready()
      return true
    }
  }

  private func task(_ message: PoolMessage) throws(SystemError) {
    guard board.start(message.task) else {
      _ = try connection.receive(deadline: nil)
      return try answer(message, .skipped, nil)
    }
    FaultInjection.reach("pool.task.begin")
    let result = try outcome(of: message)
    FaultInjection.reach("pool.task.end")
    switch result {
    case .success(let (kind, payload)): try answer(message, kind, payload)
    case .failure(let error): try answer(message, .failure, try Payload(error))
    }
  }

  private func answer(_ message: PoolMessage, _ kind: PoolMessage.Kind, _ payload: Payload?) throws(SystemError) {
    try connection.send(tag: PoolMessage(kind, task: message.task).tag, payload, deadline: nil)
  }

  private typealias Outcome = Swift.Result<(PoolMessage.Kind, Payload), RemoteError>

  /// Takes the input, runs the function. Throws only what ends the worker.
  private func outcome(of message: PoolMessage) throws(SystemError) -> Outcome {
    switch functions[message.function] {
    case .success(let function)?: return try open(function, message)
    case .failure(let error)?:
      _ = try connection.receive(deadline: nil)
      return .failure(PoolSession.failure(error))
    case nil: throw PoolSession.confusion
    }
  }

  private func open<Function: RemoteFunction>(
    _ function: Function.Type, _ message: PoolMessage
  ) throws(SystemError) -> Outcome {
    message.kind == .chunk || message.kind == .chunkOfResults
      ? try runChunk(function, message) : try runOne(function, message)
  }

  private func runOne<Function: RemoteFunction>(
    _ function: Function.Type, _ message: PoolMessage
  ) throws(SystemError) -> Outcome {
    let input: Function.Input
    switch try receive(Function.Input.self) {
    case .success(let received): input = received
    case .failure(let error): return .failure(error)
    }
    return encoded(.value, perform(message) { try await Function.call(input) })
  }

  private func runChunk<Function: RemoteFunction>(
    _ function: Function.Type, _ message: PoolMessage
  ) throws(SystemError) -> Outcome {
    let inputs: [Function.Input]
    switch try receive([Function.Input].self) {
    case .success(let received): inputs = received
    case .failure(let error): return .failure(error)
    }
    let board = board
    let first = perform(message) { () async throws -> Chunk<Function.Output> in
      // Not arrays: outside of the program's own code a generic one costs 100 ns for each element.
      let source = PoolShelf(inputs)
      let target = PoolShelf<Function.Output>(capacity: inputs.count)
      for index in 0..<inputs.count {
        board.reach(index, of: message.task, isTimed: message.isTimed)
        do {
          unsafe target.append(try await Function.call(source[index]))
        } catch {
          let failure = PoolSession.failure(error, at: index)
          if message.kind == .chunk { return Chunk(outputs: [], failure: failure) }
          return try await PoolSession.goOn(function, inputs, target.takeAll(), failure, message, board)
        }
      }
      return Chunk(outputs: target.takeAll())
    }
    switch first {
    case .failure(let error): return .failure(error)
    case .success(let chunk):
      if let failure = chunk.failure { return .failure(failure) }
      if let items = chunk.items { return encoded(.items, .success(items)) }
      return encoded(.values, .success(chunk.outputs))
    }
  }

  /// The results of a chunk: outputs only, items once one of them failed, or the failure that ended it.
  private struct Chunk<Output: Codable & Sendable>: Sendable {
    var outputs: [Output]
    var items: [PoolItem<Output>]?
    var failure: RemoteError?
  }

  /// The rest of a chunk after its first failure.
  private static func goOn<Function: RemoteFunction>(
    _ function: Function.Type, _ inputs: [Function.Input], _ outputs: [Function.Output], _ failure: RemoteError,
    _ message: PoolMessage, _ board: PoolBoard
  ) async throws -> Chunk<Function.Output> {
    var items = outputs.map(PoolItem.value)
    items.append(.failure(failure))
    for index in items.count..<inputs.count {
      board.reach(index, of: message.task, isTimed: message.isTimed)
      do {
        items.append(.value(try await Function.call(inputs[index])))
      } catch {
        items.append(.failure(PoolSession.failure(error, at: index)))
      }
    }
    return Chunk(outputs: [], items: items)
  }

  private func receive<Value: Decodable>(
    _ type: Value.Type
  ) throws(SystemError) -> Swift.Result<Value, RemoteError> {
    do throws(SystemError) {
      guard let (_, value) = try connection.receive(type, deadline: nil) else {
        throw SystemError(code: .disconnected, message: "The pool is gone.")
      }
      return .success(value)
    } catch {
      guard error.code == .payload else { throw error }
      return .failure(PoolSession.failure(error))
    }
  }

  /// Runs `body` on this thread; a cancellation is seen while it is suspended.
  private func perform<Value: Sendable>(
    _ message: PoolMessage, _ body: @escaping @Sendable () async throws -> Value
  ) -> Swift.Result<Value, RemoteError> {
    let cancellations = cancellations
    let loop = runner.loop
    cposix_begin_throws()
    defer { cposix_end_throws() }
    let result = loop.run(
      alsoWaitingFor: cancellations.descriptorNumber,
      onReadable: { if cancellations.includes(message.task) { loop.cancel() } }, body)
    return result.mapError { PoolSession.failure($0) }
  }

  private func encoded<Value: Encodable & Sendable>(
    _ kind: PoolMessage.Kind, _ result: Swift.Result<Value, RemoteError>
  ) -> Outcome {
    switch result {
    case .failure(let error): return .failure(error)
    case .success(let value):
      do throws(SystemError) {
        return .success((kind, try Payload(value)))
      } catch { return .failure(PoolSession.failure(error)) }
    }
  }
}
