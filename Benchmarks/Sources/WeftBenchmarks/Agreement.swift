// SPDX-License-Identifier: Apache-2.0
//
// That contestants of one task have computed the same: a time for something else is no time. Each gives a number that stands for
// its result, such as the sum of the magnitudes of all elements, before its first run. Rejected: comparing results whole, which
// would have to travel from process to process.

/// What all contestants of a task have to have computed.
final class Agreement {
  private var first: (name: String, result: Double)?
  /// Relative. Far above what different kernels and numbers of threads change, and far below what a wrong operand does.
  private static let tolerance = 1e-7

  /// - Throws: when the result is not that of the first contestant that had one.
  func check(_ result: Double, of name: String) throws(BenchmarkError) {
    guard let first else { return self.first = (name, result) }
    guard (result - first.result).magnitude <= Agreement.tolerance * first.result.magnitude else {
      throw BenchmarkError(description: "its result is \(result), that of \(first.name) is \(first.result)")
    }
  }
}

extension Contestant {
  /// The same contestant, which shows its result before its first run.
  func showing(
    _ agreement: Agreement, _ result: @escaping () throws(BenchmarkError) -> Double
  ) -> Contestant {
    var checked = self
    var hasShown = false
    let (name, run) = (name, run)
    checked.run = { (runs) throws(BenchmarkError) in
      if !hasShown { try agreement.check(result(), of: name) }
      hasShown = true
      return try run(runs)
    }
    return checked
  }
}

extension Resident {
  /// As ``contestant(_:_:_:)``, with a result: for programs that answer `=TASK SIZE 1` with a number.
  func contestant(_ one: String, _ size: Int, _ role: Role, _ agreement: Agreement) -> Contestant {
    contestant(one, size, role).showing(agreement) { () throws(BenchmarkError) in
      try self.numbers("=\(one)", size, runs: 1)[0]
    }
  }
}
