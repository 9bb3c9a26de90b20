// SPDX-License-Identifier: Apache-2.0
//
// Requests carried out in this process: the order of refusals, and files that hold what was asked for. What needs the real binary
// (streams, signals, workers) is in EndToEndTests.

import Glibc
import Multiprocessing
import Testing

@testable import Weft
@testable import WeftCommands

/// A directory of its own, removed with its content.
private final class Scratch {
  let path: String

  init() {
    var template = Array("/tmp/weft-commands-XXXXXX\0".utf8CString)
    path = unsafe String(cString: mkdtemp(&template))
  }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  func exists(_ name: String) -> Bool { unsafe access(self(name), F_OK) == 0 }

  deinit {
    for name in ["a.npy", "b.npy", "a.csv", "a.raw", "a.raw.json", "x.npy", "a.tsv"] { unsafe unlink(self(name)) }
    unsafe rmdir(path)
  }
}

// One at a time: a process catches termination signals once.
@Suite("Running requests", .serialized)
struct ComputeRunTests {
  private let scratch = Scratch()

  private func run(_ arguments: String..., arguments more: [String] = []) throws {
    let options = try #require(ComputeOptions(plain: arguments + more + ["--in-process", "--quiet", "--no-sync"]))
    try ComputeRequest(options).run(since: .now)
  }

  private func failure(_ arguments: [String]) throws -> Int32 {
    let options = try #require(ComputeOptions(plain: arguments + ["--in-process", "--quiet"]))
    do { try ComputeRequest(options).run(since: .now) } catch { return Failure.exitCode(of: error) }
    return 0
  }

  @Test("A file with the values, in every format", arguments: ["a.npy", "a.csv", "a.tsv", "a.raw"])
  func file(name: String) throws {
    try run("i*10 + j/4", "--rows", "5", "--columns", "3", "--output", scratch(name))
    let matrix = try Matrix<Double>(contentsOf: scratch(name))
    #expect(matrix.shape == (try Shape(rows: 5, columns: 3)))
    for i in 0..<5 { for j in 0..<3 { #expect(matrix[i, j] == Double(i) * 10 + Double(j) / 4) } }
    let summary = try MatrixFileSummary(contentsOf: scratch(name), cornerSide: 2)
    #expect(summary.elements.checksum == (try MatrixSummary(of: matrix)).checksum)
    #expect(summary.corner.shape == (try Shape(rows: 2, columns: 2)))
  }

  @Test("Parameters, inputs, origin, float32")
  func options() throws {
    try run(
      "i + j", "--rows", "4", "--columns", "2", "--output", scratch("x.npy"), "--dtype", "float32", "--origin", "1")
    let input = try Matrix<Float>(contentsOf: scratch("x.npy"))
    #expect(input[0, 0] == 2)
    #expect(input[3, 1] == 6)
    try run(
      "a*X[i, 1]", "--rows", "4", "--columns", "1", "--let", "a=-2", "--input", "X=\(scratch("x.npy"))", "--output",
      scratch("a.npy"))
    let matrix = try Matrix<Double>(contentsOf: scratch("a.npy"))
    #expect((0..<4).map { matrix[$0, 0] } == [-6, -8, -10, -12])
  }

  @Test("Accuracy reaches the elements and the plan")
  func accuracy() throws {
    func elements(_ arguments: String...) throws -> Matrix<Double> {
      try run(
        "tan(i*j)/3", "--size", "40", "--output", scratch("a.npy"), "--force", "--verify", "full",
        arguments: arguments)
      return try Matrix<Double>(contentsOf: scratch("a.npy"))
    }
    let (strict, best) = try (elements(), elements("--accuracy", "best"))
    #expect(try elements("--accuracy", "strict").identical(to: strict))
    // Rounded three times, or once: some elements differ, by an ulp or two.
    #expect(!best.identical(to: strict))
    for i in 0..<40 { for j in 0..<40 { #expect(abs(best[i, j] - strict[i, j]) <= 2 * best[i, j].ulp) } }
  }

  @Test(
    "The plan says what accuracy there is",
    arguments: [
      ("sin(i*j)", Accuracy.strict, "0.5000 ulp"), ("tan(i*j)", .strict, "1 ulp"), ("tan(i*j)", .best, "0.5000 ulp"),
    ])
  func plannedAccuracy(formula: String, accuracy: Accuracy, bound: String) throws {
    var job = Job(.formula(try Formula(formula)), rows: 10, columns: 10)
    job.accuracy = accuracy
    let plan = try BlockingEngine(.inProcess).plan(job)
    #expect(plan.json.rendered.contains("\"accuracy\": \"\(accuracy.rawValue)\", \"bound\": \"\(plan.bound ?? "")\""))
    #expect(plan.description.contains("\naccuracy   \(accuracy), \(plan.bound ?? "")"))
    #expect(plan.bound?.contains(bound) == true)
    let single = try BlockingEngine(.inProcess).plan(job, elementType: .float32)
    #expect(single.bound == (plan.bound ?? "") + "; then once to float32")
  }

  @Test("Refusals have their codes and leave no file")
  func refusals() throws {
    let path = scratch("b.npy")
    for (arguments, code) in [
      (["sin(", "--size", "3", "--output", path], 64), (["q", "--size", "3", "--output", path], 64),
      (["i", "--size", "-3", "--output", path], 64), (["i", "--size", "4000000000", "--output", path], 64),
      (["i", "--size", "3", "--output", scratch("b")], 64),
      (["i", "--size", "3", "--let", "a=1", "--output", path], 64),
      (["X[i,j]", "--size", "3", "--input", "X=/nonexistent.npy", "--output", path], 65),
      (["1/(i-j)", "--size", "3", "--output", path], 65),
      (["i", "--size", "1000000", "--output", scratch("b.csv")], 69),
      (["i", "--size", "3", "--output", "/nonexistent/b.npy"], 73),
      (["i", "--size", "3", "--output", scratch.path], 73),
      (["i", "--size", "0", "--output", scratch("a.csv")], 73),
    ] as [([String], Int32)] {
      #expect(try failure(arguments) == code, "\(arguments)")
      #expect(!scratch.exists("b.npy"))
    }
  }

  @Test("An existing file is refused before anything is computed, and replaced only with --force")
  func existing() throws {
    try run("1", "--size", "2", "--output", scratch("a.npy"))
    #expect(try failure(["sum(k, 0, 1e9, i)", "--size", "3000", "--output", scratch("a.npy")]) == 73)
    #expect(try Matrix<Double>(contentsOf: scratch("a.npy"))[1, 1] == 1)
    try run("2", "--size", "2", "--output", scratch("a.npy"), "--force")
    #expect(try Matrix<Double>(contentsOf: scratch("a.npy"))[1, 1] == 2)
  }

  @Test("A misspelt name is found before its input is read")
  func misspelt() throws {
    try run("1", "--size", "2", "--output", scratch("x.npy"))
    #expect(try failure(["X[i,j] + Y[i,j]", "--size", "2", "--input", "X=\(scratch("x.npy"))"]) == 64)
    #expect(try failure(["i", "--size", "2", "--input", "X=\(scratch("x.npy"))"]) == 64)
  }
}
