// SPDX-License-Identifier: Apache-2.0
//
// A program that stays and is asked (limits/resident.h): what it costs to start it is not measured.

/// Started when it is first asked, ended with the last contest that knows it.
final class Resident {
  let name: String
  private let program: String?
  private let arguments: [String]
  private let environment: [String: String]
  private let absence: String
  private var child: Child?

  /// - Parameter absence: why it is not there, where `program` is nil.
  init(
    _ name: String, _ program: String?, _ arguments: [String], _ environment: [String: String] = [:],
    orElse absence: String
  ) {
    self.name = name
    self.program = program
    self.arguments = arguments
    self.environment = environment
    self.absence = absence
  }

  func contestant(_ one: String, _ size: Int, _ role: Role) -> Contestant {
    let title = (role == .limit ? "limit: " : "") + name
    guard program != nil else { return .absent(title, role, because: absence) }
    return Contestant(name: title, role: role) { (runs) throws(BenchmarkError) in
      try self.numbers(one, size, runs: runs)
    }
  }

  /// What it answers: a number for each run.
  func numbers(_ one: String, _ size: Int, runs: Int) throws(BenchmarkError) -> [Double] {
    guard let program else { throw BenchmarkError(description: absence) }
    let answer = try start(program).ask("\(one) \(size) \(runs)")
    let numbers = answer.split(separator: " ").compactMap { Double($0) }
    guard numbers.count == runs else { throw BenchmarkError(description: "it answered \(answer)") }
    return numbers
  }

  private func start(_ program: String) throws(BenchmarkError) -> Child {
    if let child { return child }
    let started = try Child([program] + arguments, environment: environment, isAsked: true)
    child = started
    return started
  }
}

extension Resident {
  /// The machine's limit, over memory that is there; with `fresh`, over new memory each time (limits/memset_limit.c).
  static func memset(_ options: BenchmarkOptions, _ words: String...) -> Resident {
    let count = "\(BenchmarkOptions.residentWorkers)"
    return Resident(
      "memset, \(count) processes" + (words.contains("huge") ? ", huge pages" : ""), options.limit("memset_limit"),
      [count] + words, orElse: "it was not built")
  }

  /// A peer that needs SciPy.
  static func scipy(
    _ name: String, _ options: BenchmarkOptions, _ script: String, _ environment: [String: String] = [:]
  ) -> Resident {
    Resident(
      name, options.python(with: "scipy"), [options.peers + "/" + script], environment,
      orElse: options.python == nil
        ? BenchmarkOptions.pythonAbsence : "no SciPy (Benchmarks/peers/setup.sh installs it)")
  }
}
