// SPDX-License-Identifier: Apache-2.0
// A process's way to one manager's server: a few connections, shared by all handles of the process. A call takes one
// for itself, so that threads call side by side; a call that is given up throws its connection away, because the
// answer would be taken for the next call's.

import Glibc
import Synchronization

/// What handles call through. One for each manager in a process.
final class ManagerClient: Sendable {
  /// To wait for the handshake, when the call itself has no timeout.
  private static let connectSeconds = 10.0
  /// Connections kept for later calls.
  private static let idleLimit = 16
  /// Requests up to here are sent without ever waiting: the ring is empty between two calls.
  private static let smallByteCount = ManagerHandshake.ringCapacity / 2

  let place: ManagerPlace
  let key: ManagerKey
  /// In the process that started it: the server lives as long as somebody here may call it.
  let server: ManagerProcess?
  private let idle = Mutex<[ManagerLine]>([])
  /// As the server has told at the first handshake.
  private let messageByteLimit = Atomic<Int>(.max)

  init(_ place: ManagerPlace, _ key: ManagerKey, server: ManagerProcess? = nil) {
    self.place = place
    self.key = key
    self.server = server
  }

  // MARK: Calls

  /// Performs `operation`; the output, nil when there is none. Waits for at most `timeout`.
  func call<Output: Decodable>(
    _ operation: ManagerOperation, _ object: UInt64, _ arguments: [Payload], timeout: Duration?, _ type: Output.Type
  ) throws -> Output? {
    let deadline = Deadline(after: timeout)
    let line = try takeLine(deadline)
    try send(operation, object, arguments, line, deadline)
    let answer = try receive(line, deadline)
    return try conclude(answer, line, type)
  }

  /// The same for a task: the thread is not held for longer than a short spin.
  func call<Output: Decodable>(
    _ operation: ManagerOperation, _ object: UInt64, _ arguments: [Payload], timeout: Duration?, _ type: Output.Type
  ) async throws -> Output? {
    try Task.checkCancellation()
    let deadline = Deadline(after: timeout)
    var started: ManagerLine?
    if arguments.reduce(0, { $0 + $1.byteCount }) <= ManagerClient.smallByteCount, let line = takeIdle() {
      try send(operation, object, arguments, line, deadline)
      if let answer = try line.receiveSoon() { return try conclude(answer, line, type) }
      started = line
    }
    let cut = ManagerCut()
    do {
      let (line, answer) = try await withTaskCancellationHandler {
        try await Offload.run { [started] _ in
          defer { cut.release() }
          let line = try started ?? self.takeLine(deadline, cut)
          cut.hold(line)
          if started == nil { try self.send(operation, object, arguments, line, deadline) }
          let answer = try self.receive(line, deadline)
          guard cut.release() else { throw CancellationError() }
          return (line, answer)
        }
      } onCancel: {
        cut.cut()
      }
      return try conclude(answer, line, type)
    } catch let error as SystemError where error.code == .disconnected && Task.isCancelled {
      throw CancellationError()
    }
  }

  private func send(
    _ operation: ManagerOperation, _ object: UInt64, _ arguments: [Payload], _ line: ManagerLine, _ deadline: Deadline?
  ) throws(SystemError) {
    let tag = ManagerRequest(operation, argumentCount: arguments.count, object: object).tag
    do throws(SystemError) {
      let limit = messageByteLimit.load(ordering: .relaxed)
      for payload in arguments where payload.byteCount > limit {
        giveBack(line)
        throw SystemError(
          code: .messageTooLarge,
          message: "\(payload.byteCount) bytes are above the manager's limit of \(limit); start it with a higher "
            + "messageByteLimit, or keep bulk data in SharedMemory and the SharedMemory in the manager.")
      }
      if arguments.isEmpty { try line.send(tag: tag, nil, deadline: deadline) }
      for payload in arguments { try line.send(tag: tag, payload, deadline: deadline) }
    } catch { throw explained(error) }
  }

  private func receive(_ line: ManagerLine, _ deadline: Deadline?) throws(SystemError) -> Incoming {
    do throws(SystemError) {
      guard let answer = try line.receive(deadline: deadline) else { throw ManagerPlace.serverGone }
      return answer
    } catch { throw explained(error) }
  }

  /// The line is good for the next call, whatever the answer says.
  private func conclude<Output: Decodable>(
    _ answer: Incoming, _ line: ManagerLine, _ type: Output.Type
  ) throws -> Output? {
    giveBack(line)
    switch ManagerAnswer(rawValue: answer.tag) {
    case .value: return try answer.decode(type)
    case .nothing: return nil
    case .refused: throw try answer.decode(ManagerFailure.self).error
    case .thrown: throw try answer.decode(RemoteError.self)
    case nil:
      throw SystemError(code: .protocolMismatch, message: "The manager's answer is none of this version of the module.")
    }
  }

  private func explained(_ error: SystemError) -> SystemError {
    switch error.code {
    case .disconnected:
      // Another server may be there by now, to which none of the connections leads.
      if place.isTCP { idle.withLock { $0 = [] } }
      return ManagerPlace.serverGone
    case .timedOut: return ManagerClient.tooLate
    default: return error
    }
  }

  private static var tooLate: SystemError {
    SystemError(
      code: .timedOut, message: "The manager has not answered in time; what was asked for may still be done.")
  }

  // MARK: Connections

  private func takeIdle() -> ManagerLine? { idle.withLock { $0.popLast() } }

  private func takeLine(_ deadline: Deadline?, _ cut: ManagerCut? = nil) throws(SystemError) -> ManagerLine {
    if let line = takeIdle() { return line }
    let latest = Deadline.in(seconds: ManagerClient.connectSeconds)
    let (line, limit) = try ManagerHandshake.open(
      place, key, deadline: deadline.map { min($0, latest) } ?? latest, connected: { cut?.hold($0) })
    messageByteLimit.store(limit, ordering: .relaxed)
    return line
  }

  private func giveBack(_ line: ManagerLine) {
    idle.withLock { if $0.count < ManagerClient.idleLimit { $0.append(line) } }
  }
}

extension ManagerClient {
  private struct Identity: Hashable {
    var key: ManagerKey
    var address: ManagerAddress?
  }
  private struct Known { weak var client: ManagerClient? }
  private static let known = Mutex<[Identity: Known]>([:])

  /// The one that leads to the same server, if this process has it; else `made`. One that has just started a server
  /// is always new: whatever was known at its address has ended.
  static func shared(_ made: ManagerClient) -> ManagerClient {
    var address: ManagerAddress?
    if case .tcp(let there, _) = made.place { address = there }
    let identity = Identity(key: made.key, address: address)
    return known.withLock { known in
      if made.server == nil, let client = known[identity]?.client { return client }
      known = known.filter { $0.value.client != nil }
      known[identity] = Known(client: made)
      return made
    }
  }
}

/// Cuts the connection of a cancelled task's call: the thread that waits there sees it end at once.
private final class ManagerCut: Sendable {
  private struct State {
    var isCut = false
    var owner: (any Sendable)?
    var number: Int32 = -1
  }
  private let state = Mutex(State())

  /// `owner` keeps the descriptor open meanwhile.
  private func hold(_ owner: any Sendable, _ number: Int32) {
    state.withLock { state in
      (state.owner, state.number) = (owner, number)
      if state.isCut { shutdown(number, Int32(SHUT_RDWR)) }
    }
  }

  func hold(_ socket: ManagerSocket) { hold(socket, socket.descriptorNumber) }
  func hold(_ line: ManagerLine) { hold(line, line.descriptorNumber) }

  /// The connection is somebody else's from now on. False: it has been cut, and is no good to anybody.
  @discardableResult
  func release() -> Bool {
    state.withLock {
      $0.owner = nil
      $0.number = -1
      return !$0.isCut
    }
  }

  func cut() {
    state.withLock { state in
      state.isCut = true
      if state.number >= 0 { shutdown(state.number, Int32(SHUT_RDWR)) }
    }
  }
}
