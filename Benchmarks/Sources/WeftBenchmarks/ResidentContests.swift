// SPDX-License-Identifier: Apache-2.0
//
// Computing into memory that is there already, by processes that are there already: the engine's second job and all later ones.
// Ours runs in the harness itself (with its workers); the others are programs that stay and are asked (limits/resident.h).

import Weft

/// The cases by the names that limits/ and peers/ know.
private enum Case: String, CaseIterable {
  case headline, exp, gauss, hilbert, poly, wave, atan2

  /// In our language.
  var formula: String {
    switch self {
    case .headline: ColdContests.headline
    case .exp: "exp(-sqrt(i*j+1)/50)*tanh(i*0.01-j*0.02)"
    case .gauss: "exp(-((i-500)^2+(j-300)^2)/20000)"
    case .hilbert: "1/(i+j+1)"
    case .poly: "i*i*0.5+3*i*j-j*j*j*0.001+7"
    case .wave: "sin(sqrt(i*i+j*j)*0.1)/(1+0.01*sqrt(i*i+j*j))"
    case .atan2: "atan2(i-0.5,j+0.25)*log(1+i*j)"
    }
  }
}

struct ResidentContests {
  private let options: BenchmarkOptions
  private let ours: OwnEngine
  private let memset: Resident
  private let rival: Resident
  private let peers: [Resident]

  init(_ options: BenchmarkOptions) throws(BenchmarkError) {
    self.options = options
    let count = "\(BenchmarkOptions.residentWorkers)"
    ours = try OwnEngine(workers: BenchmarkOptions.residentWorkers)
    memset = Resident("memset, \(count) processes", options.limit("memset_limit"), [count], orElse: "it was not built")
    rival = Resident(
      "C, OpenMP, SLEEF, \(count) threads", options.limit("general_sleef"), [], ["OMP_NUM_THREADS": count],
      orElse: "it was not built (a C compiler with OpenMP, and SLEEF's header)")
    let threads = ["NUMEXPR_NUM_THREADS": count, "NUMEXPR_MAX_THREADS": count, "NUMBA_NUM_THREADS": count]
    let script = options.peers + "/resident.py"
    peers = [
      Resident(
        "numexpr, \(count) threads", options.python, [script, "numexpr"], threads,
        orElse: BenchmarkOptions.pythonAbsence),
      Resident(
        "Numba, fastmath, \(count) threads", options.isQuick ? nil : options.python, [script, "numba"], threads,
        orElse: options.isQuick ? "left out by --quick" : BenchmarkOptions.pythonAbsence),
    ]
  }

  /// The formula whose structure the engine may use, beside the memory's own speed.
  var headline: [Contest] {
    [1000, 4000].map { size in
      var contestants = [memset.contestant("memset", size, .limit)]
      contestants += Job.Verification.resident.map { ours.contestant(.headline, size, $0, target: nil) }
      contestants.append(rival.contestant(Case.headline.rawValue, size, .peer))
      contestants += peers.map { $0.contestant(Case.headline.rawValue, size, .peer) }
      return contest("\(Case.headline.formula), \(size)², into the same memory again", contestants)
    }
  }

  /// Formulas without such structure, beside the best that a person writes by hand.
  var general: [Contest] {
    let size = 2000
    return Case.allCases.filter { $0 != .headline }.map { one in
      var contestants = [rival.contestant(one.rawValue, size, .limit)]
      contestants += Job.Verification.resident.map { ours.contestant(one, size, $0, target: $0 == .none ? 1.2 : nil) }
      contestants += peers.map { $0.contestant(one.rawValue, size, .peer) }
      return contest("\(one.formula), \(size)², into the same memory again", contestants)
    }
  }

  private func contest(_ title: String, _ contestants: [Contestant]) -> Contest {
    Contest(
      title: title, rounds: options.isQuick ? 3 : 11, runsPerTurn: options.isQuick ? 3 : 5, contestants: contestants)
  }
}

extension Job.Verification {
  /// Every element again (`full`) is a different kind of work.
  fileprivate static let resident: [Job.Verification] = [.none, .sample]
}

/// Ours: an engine that keeps its workers, and one matrix that is computed into again and again.
private final class OwnEngine {
  private let engine: BlockingEngine
  private let workers: Int
  private var matrix: SharedMatrix<Double>

  init(workers: Int) throws(BenchmarkError) {
    do {
      engine = try BlockingEngine(.workers(workers))
      matrix = try SharedMatrix(shape: Shape(rows: 1, columns: 1))
      self.workers = workers
    } catch {
      throw BenchmarkError(description: "\(error)")
    }
  }

  func contestant(_ one: Case, _ size: Int, _ verification: Job.Verification, target: Double?) -> Contestant {
    let name = "compute(into:), \(workers) workers, verification \(verification.rawValue)"
    return Contestant(name: name, role: .ours, target: target) { (runs) throws(BenchmarkError) in
      do {
        var job = Job(.formula(try Formula(one.formula)), rows: size, columns: size)
        job.verification = verification
        return try (0..<runs).map { _ in
          let start = secondsNow()
          _ = try self.engine.compute(job, into: &self.matrix)
          return secondsNow() - start
        }
      } catch {
        throw BenchmarkError(description: "\(error)")
      }
    }
  }
}

/// A program that stays: started when it is first asked, ended with the last contest that knows it.
private final class Resident {
  private let name: String
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
    guard let program else { return .absent(title, role, because: absence) }
    return Contestant(name: title, role: role) { (runs) throws(BenchmarkError) in
      let answer = try self.start(program).ask("\(one) \(size) \(runs)")
      let seconds = answer.split(separator: " ").compactMap { Double($0) }
      guard seconds.count == runs else { throw BenchmarkError(description: "it answered \(answer)") }
      return seconds
    }
  }
  private func start(_ program: String) throws(BenchmarkError) -> Child {
    if let child { return child }
    let started = try Child([program] + arguments, environment: environment, isAsked: true)
    child = started
    return started
  }
}
