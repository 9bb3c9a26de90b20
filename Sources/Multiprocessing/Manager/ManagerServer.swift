// SPDX-License-Identifier: Apache-2.0
// The program of a manager's server process: it lets clients in and answers each on a thread of its own, so that a
// client that stops, dies or sends nonsense is alone with it.

import CPOSIX
import Glibc
import Synchronization

/// Runs until the program that started it ends or closes the channel.
enum ManagerServer: WorkerProgram {
  static func run(_ channel: borrowing Channel) -> Int32 {
    do {
      guard var message = try channel.receive(deadline: .in(seconds: 30)), let listener = message.takeDescriptor(),
        let setup = ManagerSetup(bytes: message.bytes)
      else { return WorkerExit.usage }
      cposix_record_throws()
      let house = ManagerHouse(setup)
      while true {
        let ready = try waitForAny(descriptors: [listener.number, channel.descriptorNumber], deadline: nil)
        if ready.contains(1) { return 0 }
        house.admit(listener.number)
      }
    } catch {
      StandardDescriptors.complain("The manager's server ends: \(error)")
      return WorkerExit.unavailable
    }
  }
}

/// The objects, and who is in.
private final class ManagerHouse: Sendable {
  let setup: ManagerSetup
  let objects = ManagedObjects()
  private let connections = Atomic<Int>(0)
  private let strangers = Atomic<Int>(0)

  init(_ setup: ManagerSetup) { self.setup = setup }

  /// Takes the next connection, checks whose it is, and gives it a thread.
  func admit(_ listener: Int32) {
    let number = cposix_accept(listener, setup.isTCP)
    guard number >= 0 else {
      // The connection stays in the backlog: wait for a descriptor to come free instead of spinning.
      if number != -EAGAIN { _ = try? waitForAny(descriptors: [], deadline: .in(seconds: 0.05)) }
      return
    }
    var user: uid_t = 0
    if !setup.isTCP {
      guard unsafe cposix_peer_user(number, &user) == 0, user == geteuid() else { return turnAway(number, .otherUser) }
    }
    // Only this thread adds.
    guard connections.load(ordering: .relaxed) < setup.limits.connections,
      strangers.load(ordering: .relaxed) < setup.limits.strangers
    else { return turnAway(number, .busy) }
    connections.add(1, ordering: .relaxed)
    strangers.add(1, ordering: .relaxed)
    // The number, not a reference: a local socket is closed as soon as the handshake is done.
    let run: @Sendable () -> Void = { [self] in
      let line = try? ManagerHandshake.welcome(ManagerSocket(Descriptor(owning: number)), setup)
      strangers.subtract(1, ordering: .relaxed)
      // What a client does wrong ends its connection, which is all it can be told.
      if let line { try? serve(line) }
      connections.subtract(1, ordering: .relaxed)
    }
    do throws(SystemError) { try Offload.startThread(run) } catch {
      connections.subtract(1, ordering: .relaxed)
      strangers.subtract(1, ordering: .relaxed)
      return turnAway(number, .busy)
    }
  }

  private func turnAway(_ number: Int32, _ status: ManagerHandshake.Status) {
    let nothing = [UInt8](repeating: 0, count: 32)
    try? ManagerSocket(Descriptor(owning: number)).write(
      ManagerHandshake.greeting(status, nonce: nothing), deadline: .now)
  }

  /// Answers until the client is gone.
  private func serve(_ line: ManagerLine) throws {
    var updates: [String: any RemoteUpdate.Type] = [:]
    while let first = try line.receive(deadline: nil) {
      guard let request = ManagerRequest(tag: first.tag) else { return }
      var messages = request.argumentCount == 0 ? [] : [first]
      while messages.count < request.argumentCount {
        guard let next = try line.receiveRest(), next.tag == first.tag else { return }
        messages.append(next)
      }
      let (answer, payload) = answer(request, messages, &updates)
      try line.answer(tag: answer.rawValue, payload)
    }
  }

  private func answer(
    _ request: ManagerRequest, _ messages: [Incoming], _ updates: inout [String: any RemoteUpdate.Type]
  ) -> (ManagerAnswer, Payload?) {
    cposix_begin_throws()
    defer { cposix_end_throws() }
    do {
      var arguments = ManagerArguments(messages: messages)
      if request.operation == .update { arguments.update = try update(arguments.value(1), &updates) }
      guard let payload = try perform(request, arguments) else { return (.nothing, nil) }
      try check(payload)
      return (.value, payload)
    } catch let error as SystemError {
      return (.refused, try? Payload(ManagerFailure(error)))
    } catch {
      return (
        .thrown,
        try? Payload(RemoteError(error, stackTrace: StackTrace.ofThrow(of: error), processName: ManagerProcess.name))
      )
    }
  }

  private func perform(_ request: ManagerRequest, _ arguments: ManagerArguments) throws -> Payload? {
    switch request.operation {
    case .open: return try Payload(objects.open(type: arguments.value(0), name: arguments.value(1)))
    case .discard:
      objects.discard(request.object)
      return nil
    default: return try objects.find(request.object).perform(request.operation, arguments)
    }
  }

  private func check(_ payload: Payload) throws(SystemError) {
    guard payload.byteCount <= setup.limits.messageByteCount else {
      throw SystemError(
        code: .messageTooLarge,
        message: "The answer has \(payload.byteCount) bytes, above the manager's limit of "
          + "\(setup.limits.messageByteCount); ask for less at once, or start it with a higher messageByteLimit.")
    }
    guard !setup.isTCP || payload.descriptors.isEmpty else { throw ManagerStream.noDescriptors }
  }

  /// Looking a name up costs microseconds: each client's thread remembers those it has seen.
  private func update(
    _ name: String, _ known: inout [String: any RemoteUpdate.Type]
  ) throws(SystemError) -> any RemoteUpdate.Type {
    if let type = known[name] { return type }
    guard let type = ManagerTypeName.find(name) as? any RemoteUpdate.Type else {
      throw SystemError(
        code: .notFound,
        message: "The manager knows no RemoteUpdate \(name.prefix(200)); its server must run the same program.")
    }
    known[name] = type
    return type
  }
}
