// SPDX-License-Identifier: Apache-2.0
//
// The library Multiprocessing beside Python's module of that name, at the things both do: a pool's start, calls, queues,
// pipes, locks. The time is that of one call, round trip or operation.

import Multiprocessing
import Weft

struct Square: RemoteFunction {
  static func call(_ input: Int) -> Int { input &* input }
}

struct CountElements: RemoteFunction {
  static func call(_ input: [Double]) -> Int { input.count }
}

/// Two queues or the ends of a pipe, and a process that sends back what it gets.
struct EchoQueue: RemoteFunction {
  struct Input: Codable, Sendable {
    var source: Queue<Int>
    var target: Queue<Int>
  }
  static func call(_ input: Input) throws -> Nothing {
    while let item = try input.source.get() { try input.target.put(item) }
    return Nothing()
  }
}

struct EchoPipe: RemoteFunction {
  static func call(_ end: Pipe<Int>.End) throws -> Nothing {
    while let item = try end.receive() { try end.send(item) }
    return Nothing()
  }
}

struct ProcessContests {
  private let options: BenchmarkOptions
  private let peers: [(method: String, program: Resident)]

  init(_ options: BenchmarkOptions) {
    self.options = options
    let script = options.peers + "/processes.py"
    peers = ["fork", "spawn"].map { method in
      (
        method,
        Resident(
          "multiprocessing, Python, \(method)", options.python, [script, method],
          orElse: BenchmarkOptions.pythonAbsence)
      )
    }
  }

  var contests: [Contest] {
    get throws(BenchmarkError) {
      do { return try makeContests() } catch { throw BenchmarkError(description: "\(error)") }
    }
  }

  private func makeContests() throws -> [Contest] {
    let pool = try Pool(processes: BenchmarkOptions.residentWorkers)
    let queues = (try Queue<Int>(), try Queue<Int>())
    let echo = try ChildProcess(EchoQueue.self, EchoQueue.Input(source: queues.0, target: queues.1), isDaemon: true)
    try echo.start()
    let (end, other) = try Pipe<Int>.make()
    let echoPipe = try ChildProcess(EchoPipe.self, other, isDaemon: true)
    try echoPipe.start()
    other.close()
    let manager = try Manager()
    let dictionary = try manager.dictionary(Int.self, Int.self)
    let lock = try Lock()
    let array = [Double](repeating: 1, count: 12_500_000)

    return [
      contest("a pool of 2: start, and one call", "start", 1, target: 6e-3, takesPart: ["fork", "spawn"]) { _ in
        let pool = try Pool(processes: BenchmarkOptions.residentWorkers)
        _ = try pool.apply(Square.self, 3)
        return pool.terminate
      },
      contest("apply: one call and its result", "apply", 2000, target: 10e-6) { count in
        for _ in 0..<count { _ = try pool.apply(Square.self, 3) }
        return nil
      },
      contest("map: 10⁶ calls that do nothing much", "map", 1_000_000, target: 60e-3, isOneThing: true) { count in
        _ = try pool.map(Square.self, Array(0..<count))
        return nil
      },
      contest("queues: there and back", "queue", 5000, target: 5e-6) { count in
        for k in 0..<count {
          try queues.0.put(k)
          _ = try queues.1.get()
        }
        return nil
      },
      contest("pipe: there and back", "pipe", 5000, target: 5e-6) { count in
        for k in 0..<count {
          try end.send(k)
          _ = try end.receive()
        }
        return nil
      },
      contest("manager: a value set in its dictionary", "manager", 3000, target: 10e-6) { count in
        for k in 0..<count { try dictionary.set(k, k) }
        return nil
      },
      contest("lock: taken and given back, nobody else there", "uncontended", 100_000, target: 0.1e-6) { count in
        for _ in 0..<count { try lock.withLock {} }
        return nil
      },
      contest(
        "an array of 100 MB as argument", "array", 100_000_000, target: 50e-3, isOneThing: true
      ) { _ in
        _ = try pool.apply(CountElements.self, array)
        return nil
      },
    ]
  }

  /// - Parameters:
  ///   - size: how often a run does the thing, and what the peers are told.
  ///   - isOneThing: a run is one thing of that size; otherwise the time is divided by it.
  ///   - body: one run; what it returns is called after the clock has stopped.
  private func contest(
    _ title: String, _ name: String, _ size: Int, target: Double, isOneThing: Bool = false,
    takesPart: [String] = ["fork"],
    _ body: @escaping (Int) throws -> (() -> Void)?
  ) -> Contest {
    let ours = Contestant(name: "Multiprocessing, Swift", role: .ours, aims: [.seconds(target)]) {
      (runs) throws(BenchmarkError) in
      do {
        return try (0..<runs).map { _ in
          let start = secondsNow()
          let rest = try body(size)
          let seconds = (secondsNow() - start) / Double(isOneThing ? 1 : size)
          rest?()
          return seconds
        }
      } catch {
        throw BenchmarkError(description: "\(error)")
      }
    }
    let others = peers.filter { takesPart.contains($0.method) }.map { $0.program.contestant(name, size, .peer) }
    return Contest(title: title, rounds: options.isQuick ? 3 : 7, runsPerTurn: 3, contestants: [ours] + others)
  }
}
