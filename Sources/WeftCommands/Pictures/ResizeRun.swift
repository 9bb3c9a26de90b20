// SPDX-License-Identifier: Apache-2.0
//
// The pictures of `weft resize` on their way: who works on them, what is told of each, and how it all ends.

import Multiprocessing
import Weft

struct ResizeRun {
  private let tasks: [ResizeTask.Input]
  private let isQuiet: Bool
  private let bar: ProgressBar
  private let start = Deadline.now
  private var doneCount = 0
  private var exitCodes: [Int32] = []

  init(_ tasks: [ResizeTask.Input], _ policy: ProgressPolicy, isQuiet: Bool) {
    self.tasks = tasks
    self.isQuiet = isQuiet
    bar = ProgressBar(policy, byteCount: nil)
  }

  /// Pictures come back in the order of the command line. A worker that dies of one is an error of that picture only.
  mutating func onPool(of count: Int, _ signals: TerminationSignals) throws {
    let pool = try Pool(processes: count)
    // Whatever ends this: no worker goes on with a picture that nobody waits for.
    defer { pool.terminate() }
    var results = pool.imap(ResizeTask.self, tasks).results.makeIterator()
    for task in tasks {
      guard let result = results.next(), signals.received == nil else { break }
      try tell(task, result)
    }
  }

  mutating func tell(_ task: ResizeTask.Input, _ result: Result<ResizeTask.Output, any Error>) throws {
    doneCount += 1
    bar.clear()
    switch result {
    case .success(let output) where output.numbers.count == 5:
      let n = output.numbers
      if !isQuiet {
        try StandardOutput.write(
          "\(TerminalText.printable(task.target))   \(n[0])×\(n[1]) to \(n[2])×\(n[3]), \(ByteCount(n[4]))\n")
      }
    case .success(let output): complain(output.failure, output.exitCode)
    case .failure(let error): complain("\(task.source): \(error)", Failure.exitCode(of: error))
    }
    bar.show(
      fraction: Double(doneCount) / Double(tasks.count),
      seconds: Double(Deadline.now.nanoseconds - start.nanoseconds) / 1e9)
  }

  private mutating func complain(_ text: String, _ code: Int32) {
    exitCodes.append(code)
    StandardDescriptors.complain(TerminalText.printable("weft: " + text))
  }

  /// - Throws: `PicturesFailed` where there was one that could not be resized: 65 where the data of any is wrong.
  func finish() throws {
    bar.clear()
    guard let first = exitCodes.first else { return }
    if tasks.count > 1, !isQuiet {
      StandardDescriptors.complain("weft: \(exitCodes.count) of \(tasks.count) pictures could not be resized")
    }
    throw PicturesFailed(exitCode: exitCodes.contains(65) ? 65 : first)
  }
}
