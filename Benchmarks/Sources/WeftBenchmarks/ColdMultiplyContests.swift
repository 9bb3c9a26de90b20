// SPDX-License-Identifier: Apache-2.0
//
// A product as a whole program, from start to exit: two files are read, one is written. Beside it the same in C, and in NumPy.

import Weft

struct ColdMultiplyContests {
  private static let size = 1000
  private static let command = "multiply"
  private let options: BenchmarkOptions
  private let blas: BenchmarkBLAS

  init(_ options: BenchmarkOptions, _ blas: BenchmarkBLAS) {
    self.options = options
    self.blas = blas
  }

  /// The operands are written here, not synced: in the page cache before anybody reads them.
  var all: [Contest] {
    get throws(BenchmarkError) {
      try benchmarkErrors {
        for (place, path) in operands.enumerated() {
          try Matrix.ofNumbers(Self.size, place: place).write(
            to: path, options: WriteOptions(overwrite: true, sync: false))
        }
      }
      return [contest(sync: true), contest(sync: false)]
    }
  }

  private var operands: [String] { ["a.npy", "b.npy"].map { options.work + "/" + $0 } }

  private func contest(sync: Bool) -> Contest {
    let agreement = Agreement()
    var contestants = [limit(sync: sync, agreement), ours(sync: sync, agreement)]
    if !sync { contestants.append(peer(agreement)) }
    return Contest(
      title: "A.npy·B.npy to .npy, \(Self.size)²: whole program, \(sync ? "synced" : "not synced")" + blas.suffix,
      rounds: options.isQuick ? 3 : 25, runsPerTurn: 1, contestants: contestants)
  }

  private func limit(sync: Bool, _ agreement: Agreement) -> Contestant {
    let name = "limit: C, map, dgemm, write\(sync ? ", fsync" : ""), rename"
    guard let program = options.limit("cold_multiply") else {
      return .absent(name, .limit, because: "cold_multiply was not built")
    }
    return timed(
      name, .limit, [program, "\(Self.size)"] + operands, "limit.npy", agreement, sync ? [] : ["nosync"],
      environment: blas.environment)
  }

  private func ours(sync: Bool, _ agreement: Agreement) -> Contestant {
    let name = "weft \(Self.command)"
    if let absence = blas.absence { return .absent(name, .ours, because: absence) }
    guard Self.program(options.weft, knows: Self.command) else {
      return .absent(name, .ours, because: "this weft has no command \(Self.command)")
    }
    var contestant = timed(
      name, .ours, [options.weft, Self.command] + operands + ["--force", "--output"], "weft.npy", agreement,
      sync ? [] : ["--no-sync"])
    contestant.aims = [.timesLimit(1.3)]
    return contestant
  }

  private func peer(_ agreement: Agreement) -> Contestant {
    let name = "NumPy, whole program"
    guard let python = options.python else { return .absent(name, .peer, because: BenchmarkOptions.pythonAbsence) }
    var contestant = timed(
      name, .peer, [python, options.peers + "/multiply_cold.py"] + operands, "peer.npy", agreement,
      environment: blas.threadEnvironment)
    contestant.roundLimit = 9
    return contestant
  }

  private func timed(
    _ name: String, _ role: Role, _ command: [String], _ output: String, _ agreement: Agreement, _ rest: [String] = [],
    environment: [String: String] = [:]
  ) -> Contestant {
    let output = options.work + "/" + output
    let arguments = command + [output] + rest
    let run = { () throws(BenchmarkError) in
      let start = secondsNow()
      try Child(arguments, environment: environment).wait()
      return secondsNow() - start
    }
    return Contestant(name: name, role: role) { (runs) throws(BenchmarkError) in
      var seconds: [Double] = []
      for _ in 0..<runs { seconds.append(try run()) }
      return seconds
    }.showing(agreement) { () throws(BenchmarkError) in
      _ = try run()
      return try benchmarkErrors { magnitudes(try Matrix<Double>(contentsOf: output)) }
    }
  }

  /// Whether the help lists the command. A program that answers without being asked answers when it is asked, too.
  private static func program(_ path: String, knows command: String) -> Bool {
    guard let help = try? Child([path, "--help"], isAsked: true) else { return false }
    while let line = try? help.ask("") {
      if line.drop(while: \.isWhitespace).hasPrefix(command + " ") { return true }
    }
    return false
  }
}
