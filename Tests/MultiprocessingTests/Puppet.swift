// SPDX-License-Identifier: Apache-2.0
// The worker program of these tests: does what each message says, and answers with one message.
// Tests start it through `puppet(…)` and talk to it through `ask`.

import Glibc
import Multiprocessing

/// A worker that obeys commands: a word, a space, an argument.
enum Puppet: WorkerProgram {
  static func run(_ channel: borrowing Channel) -> Int32 {
    var children: [WorkerProcess] = []
    do {
      while var message = try channel.receive(deadline: nil) {
        let command = String(decoding: message.bytes, as: UTF8.self).split(separator: " ", maxSplits: 1).map(
          String.init)
        let argument = command.count > 1 ? command[1] : ""
        var answer = ""
        switch command.first ?? "" {
        case "echo": answer = argument
        case "exit": return Int32(argument) ?? 0
        case "quit": _exit(Int32(argument) ?? 0)
        case "raise": raise(Int32(argument) ?? 0)
        case "spin": while true { answer += "" }
        case "check": answer = try QuietCheck.run(argument)
        case "getenv": answer = environment(argument) ?? "(unset)"
        case "depart":
          // Answers, and ends with this message's successors unread.
          try channel.send(Array("farewell".utf8), deadline: nil)
          _ = try waitForAny(descriptors: [], deadline: .in(seconds: 0.2))
          _exit(0)
        case "attach":
          // Adds one to each byte of the segment that came with the message.
          guard let descriptor = message.takeDescriptor() else { return 3 }
          let byteCount = Int(argument) ?? 0
          let memory = try SharedMemory(attaching: descriptor, byteCount: byteCount, writable: true)
          for k in 0..<byteCount {
            unsafe (memory.baseAddress + k).assumingMemoryBound(to: UInt8.self).pointee += 1
          }
          answer = "attached \(memory.byteCount)"
        case "shrink":
          guard let descriptor = message.takeDescriptor() else { return 3 }
          answer = ftruncate(descriptor.number, 0) == 0 ? "shrunk" : "errno \(errno)"
        case "return":  // The descriptor that came, with its own number.
          guard let descriptor = message.takeDescriptor() else { return 3 }
          try channel.send(Array("back".utf8), descriptors: [descriptor.number], deadline: nil)
          continue
        case "nest":
          let child = try puppet("grandchild")
          try child.waitUntilReady(deadline: .in(seconds: 10))
          if argument == "spin" { try child.channel.send(Array("spin".utf8), deadline: nil) }
          answer = "\(child.pid)"
          children.append(child)
        case "nest-chain":
          // One level deeper with each worker, until it is refused; answers the depth reached.
          do {
            let child = try puppet("deeper")
            answer = String((Int(try ask(child, "nest-chain")) ?? -100) + 1)
          } catch { answer = error.code == .workerNotStarted ? "0" : "\(error)" }
        default: return 3
        }
        try channel.send(Array(answer.utf8), deadline: nil)
      }
      return Int32(children.count)
    } catch {
      print("puppet: \(error)")
      return 4
    }
  }
}

/// A running puppet.
func puppet(
  _ name: String = "test-puppet", environment: [String: String] = [:], replacement: Bool = false
) throws(SystemError) -> WorkerProcess {
  try WorkerProcess(program: Puppet.self, name: name, environment: environment, replacement: replacement)
}

func tell(_ worker: WorkerProcess, _ command: String, descriptors: [Int32] = []) throws(SystemError) {
  try worker.channel.send(Array(command.utf8), descriptors: descriptors, deadline: .in(seconds: 10))
}

/// The puppet's answer; "(gone)" when it ended instead.
func ask(_ worker: WorkerProcess, _ command: String, descriptors: [Int32] = []) throws(SystemError) -> String {
  try tell(worker, command, descriptors: descriptors)
  guard let message = try worker.channel.receive(deadline: .in(seconds: 10)) else { return "(gone)" }
  return String(decoding: message.bytes, as: UTF8.self)
}

func environment(_ name: String) -> String? {
  guard let value = unsafe getenv(name) else { return nil }
  return unsafe String(cString: value)
}
