// SPDX-License-Identifier: Apache-2.0
//
// A sender and a receiver with a pipe between them: whole values, both ways, and an end of file when the other side
// goes.

import Multiprocessing

/// What is said through the pipe.
struct Letter: Codable, Sendable {
  var number: Int
  var text: String
}

struct Sender: RemoteFunction {
  static func call(_ end: Pipe<Letter>.End) async throws -> Nothing {
    for (index, text) in ["warp", "weft", "cloth"].enumerated() {
      try await end.send(Letter(number: index + 1, text: text))
      if let answer = try await end.receive(timeout: .seconds(30)) { print("answer \(answer.number): \(answer.text)") }
    }
    end.close()
    return Nothing()
  }
}

enum PipeExample: Example {
  static let name = "pipe"
  static let summary = "a sender and a receiver talk through a pipe until one hangs up"

  static func run() async throws {
    let (mine, theirs) = try Pipe<Letter>.make()
    let sender = try ChildProcess(Sender.self, theirs, name: "sender")
    try sender.start()
    // The child has its own now; as long as this one is open, the end of the conversation would not be heard.
    theirs.close()
    while let letter = try await mine.receive(timeout: .seconds(30)) {
      print("letter \(letter.number): \(letter.text)")
      try await mine.send(Letter(number: letter.number, text: String(letter.text.reversed())))
    }
    print("end of file")
    let status = try await sender.join()
    print("\(sender.name) ended with \(status ?? .unknown)")
  }
}
