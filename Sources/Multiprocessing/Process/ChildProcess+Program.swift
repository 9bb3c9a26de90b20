// SPDX-License-Identifier: Apache-2.0
// What a ChildProcess sends to its process, and what that runs.

import Glibc

/// The first message to a child; the next ones bring the input and its descriptors, at most sixteen of them each.
struct ChildStart: Codable, Sendable {
  var function: String
  var inputByteCount: Int
  /// The input lies in a segment, whose descriptor is the first one; otherwise in the second message.
  var isSegment: Bool
  /// With the segment's.
  var descriptorCount: Int

  private static let patience = 60.0

  static func send(_ input: Payload, function: String, to worker: WorkerProcess) throws(SystemError) {
    let byteCount = input.byteCount
    let isSegment = byteCount > Channel.messageByteLimit
    let start = ChildStart(
      function: function, inputByteCount: byteCount, isSegment: isSegment,
      descriptorCount: input.descriptors.count + (isSegment ? 1 : 0))
    try worker.channel.send(Payload(start).bytes, deadline: .in(seconds: patience))
    if isSegment {
      let segment = try SharedMemory(byteCount: byteCount)
      var position = unsafe segment.baseAddress
      unsafe input.forEachPart { part in
        guard let source = part.baseAddress else { return }
        unsafe position.copyMemory(from: source, byteCount: part.count)
        unsafe position += part.count
      }
      try send([], [segment.descriptorNumber] + input.descriptors, to: worker)
    } else {
      try send(input.bytes, input.descriptors, to: worker)
    }
    // The messages hold copies of the descriptors; until here the payload has kept them open.
    withExtendedLifetime(input) {}
  }

  private static func send(
    _ bytes: [UInt8], _ descriptors: [Int32], to worker: WorkerProcess
  ) throws(SystemError) {
    var bytes = bytes
    var rest = descriptors[...]
    repeat {
      let some = rest.prefix(Channel.descriptorLimit)
      try worker.channel.send(bytes, descriptors: Array(some), deadline: .in(seconds: patience))
      bytes = []
      rest = rest.dropFirst(some.count)
    } while !rest.isEmpty
  }

  /// The input, in the child.
  func receive<Input: Decodable>(_ type: Input.Type, from channel: borrowing Channel) throws(SystemError) -> Input {
    var bytes: [UInt8] = []
    var descriptors: [OwnedDescriptor] = []
    repeat {
      var message = try ChildStart.message(from: channel)
      bytes += message.bytes
      while let descriptor = message.takeDescriptor() { descriptors.append(OwnedDescriptor(descriptor)) }
    } while descriptors.count < descriptorCount
    guard isSegment else { return try PayloadDecoding.decode(type, bytes: bytes, descriptors: descriptors) }
    let owned = descriptors.removeFirst()
    let segment = try SharedMemory(
      attaching: Descriptor(duplicating: owned.number), byteCount: inputByteCount, writable: false)
    var position = 0
    return unsafe try PayloadDecoding.decode(type, byteCount: inputByteCount, descriptors: descriptors) {
      buffer throws(SystemError) in
      let part = unsafe UnsafeRawBufferPointer(start: segment.baseAddress + position, count: buffer.count)
      unsafe buffer.copyMemory(from: part)
      position += buffer.count
    }
  }

  static func message(from channel: borrowing Channel) throws(SystemError) -> Message {
    guard let message = try channel.receive(deadline: nil) else {
      throw SystemError(code: .disconnected, message: "The program that started this process is gone.")
    }
    return message
  }
}

/// Runs one function.
enum ChildProgram: WorkerProgram {
  static func run(_ channel: borrowing Channel) -> Int32 {
    do throws(SystemError) {
      let start = try PayloadDecoding.decode(ChildStart.self, bytes: ChildStart.message(from: channel).bytes)
      return try run(FunctionName.resolve(start.function), start, channel)
    } catch {
      StandardDescriptors.complain("\(CurrentProcess.name) could not begin: \(error)")
      return WorkerExit.software
    }
  }

  private static func run<Function: RemoteFunction>(
    _ function: Function.Type, _ start: ChildStart, _ channel: borrowing Channel
  ) throws(SystemError) -> Int32 {
    let input = try start.receive(Function.Input.self, from: channel)
    switch try FunctionRunner(processName: CurrentProcess.name).run(function, input) {
    case .success: return 0
    case .failure(let error):
      StandardDescriptors.complain(error.description)
      return 1
    }
  }
}
