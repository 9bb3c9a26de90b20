// SPDX-License-Identifier: Apache-2.0
//
// From the command line to an example. A new example is a type in a file of its own, and one line in `all`.

import Glibc
import Multiprocessing

/// A program in small. What it prints is the same in every run, but for process numbers and times.
protocol Example: SendableMetatype {
  /// As typed after `examples`.
  static var name: String { get }
  /// What `examples list` says of it.
  static var summary: String { get }
  static func run() async throws
}

enum ExampleCommand {
  static let all: [any Example.Type] = [
    TwoProcessesExample.self, CountingProcessExample.self, PoolMapExample.self, ApplyAsyncExample.self,
    QueueExample.self, PipeExample.self, LockExample.self, ManagerExample.self, MatrixExample.self,
    ErrorCallbackExample.self, SpeedUpExample.self, WorkerReportExample.self, ProcessManagerExample.self,
    RowKernelExample.self, KernelMatrixExample.self, WorkerDeathExample.self, ImagesExample.self,
  ]

  /// Runs the example named by the only argument, and ends the process: 0, 1 when the example failed, 64 when there is
  /// no such example.
  static func run(_ arguments: [String]) async -> Never {
    guard arguments.count == 1, let name = arguments.first else {
      complain("Usage: examples NAME, or examples list")
      exit(64)
    }
    if name == "list" {
      print(list)
      exit(0)
    }
    guard let example = all.first(where: { $0.name == name }) else {
      complain("There is no example \"\(name)\". These there are:\n\(list)")
      exit(64)
    }
    do { try await example.run() } catch {
      complain("\(name): \(error)")
      exit(1)
    }
    exit(0)
  }

  static var list: String {
    let width = all.map { $0.name.utf8.count }.max() ?? 0
    return all.map { example in
      "  " + example.name + String(repeating: " ", count: width - example.name.utf8.count) + "  " + example.summary
    }.joined(separator: "\n")
  }

  private static func complain(_ text: String) {
    // What the example has printed comes first, also where both go to one pipe.
    fflush(nil)
    StandardDescriptors.complain(text)
  }
}

extension Duration {
  /// "12.3 ms".
  var milliseconds: String {
    let tenths = (self / .milliseconds(0.1)).rounded()
    return "\(tenths / 10) ms"
  }
}
