// SPDX-License-Identifier: Apache-2.0
//
// What engines do: the conformance suite (Tests/EngineConformance) in this process, in worker processes and among ranks, and what
// worker processes alone can do wrong.

import EngineConformance
import Glibc
import Multiprocessing
import Testing
import Weft

/// Internal, at file scope: workers find it by name.
struct TrapAtRow17: RowKernel {
  static func fill(row i: Int, into values: inout MutableSpan<Double>) {
    precondition(i != 17, "row 17 is a bad row")
    for j in values.indices { values[j] = 1 }
  }
}

@Suite(.timeLimit(.minutes(20)), .serialized)
struct EngineTests {
  @Test(arguments: [.inProcess, .workers(2), .workers(3)] as [EngineMode], EngineCheck.all)
  func conforms(mode: EngineMode, check: EngineCheck) async {
    for violation in await check.violations(mode) { Issue.record("\(check), \(mode): \(violation)") }
  }

  @Test(arguments: [1, 4, 7, 64])
  func workersGiveTheBitsOfTheProcess(workers: Int) async {
    for violation in await EngineCheck.sameBits.violations(.workers(workers)) {
      Issue.record("\(workers): \(violation)")
    }
  }

  // MARK: Refusals

  @Test func aPlanIsKeptForTheSameJobOnly() throws {
    let engine = try BlockingEngine(.inProcess)
    var job = Job(.formula(try Formula("a*i + j")), rows: 3, columns: 2)
    job.parameters = ["a": 2]
    var another = job
    #expect(try engine.plan(job, elementType: .float32).elementType == .float32)
    another = job
    another.verification = .none
    #expect(try engine.plan(another).verification == .none)
    another = job
    another.accuracy = .best
    #expect(try engine.plan(another).accuracy == .best)
    another = job
    another.chunkRows = 0
    #expect(throws: EngineError.self) { try engine.plan(another) }
    #expect(try engine.plan(job).partition == RowPartition(shape: Shape(rows: 3, columns: 2)))
  }

  private func code(_ body: () async throws -> Void) async -> EngineError? {
    do {
      try await body()
      return nil
    } catch { return error as? EngineError }
  }

  @Test func impossibleNumbersOfWorkersAreRefused() {
    #expect(throws: EngineError.self) { _ = try Engine(workers: 0) }
    #expect(throws: EngineError.self) { _ = try Engine(workers: 100_000) }
  }

  // MARK: Faults

  /// A kernel that ends every worker that touches row 17: an error that names the rows, soon, and an engine that goes
  /// on.
  @Test func aPoisonedRowEndsInAnErrorThatNamesIt() async throws {
    let engine = try Engine(workers: 2)
    var job = Job(.kernel(TrapAtRow17.self), rows: 64, columns: 8)
    job.chunkRows = 2
    let error = await code { _ = try await engine.run(job, as: Double.self) }
    #expect(error?.code == .workersLost)
    #expect(error?.rows == 16..<18)
    #expect(try await engine.compute("i", rows: 50, columns: 50)[49, 0] == 49)
  }

  /// The processes that are this process's children and workers.
  private func workerPIDs() -> [pid_t] {
    var pids: [pid_t] = []
    guard let directory = unsafe opendir("/proc") else { return [] }
    defer { unsafe closedir(directory) }
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) {
        unsafe String(cString: $0.baseAddress!.assumingMemoryBound(to: CChar.self))
      }
      guard let pid = pid_t(name), let file = unsafe fopen("/proc/\(pid)/stat", "r") else { continue }
      defer { unsafe fclose(file) }
      var line = [CChar](repeating: 0, count: 512)
      guard unsafe fgets(&line, 512, file) != nil else { continue }
      let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      guard let end = text.lastIndex(of: ")") else { continue }
      let fields = text[text.index(after: end)...].split(separator: " ")
      if fields.count > 1, fields[0] != "Z", pid_t(fields[1]) == getpid(), text.contains("weft-worker") {
        pids.append(pid)
      }
    }
    return pids
  }

  /// The blocking engine calls back ten times a second while its workers work: each time one of them is killed.
  @Test func killedWorkersCostTheirChunksOnly() throws {
    let engine = try BlockingEngine(.workers(3))
    var job = Job(.kernel(SlowRows.self), rows: 300, columns: 8)
    job.chunkRows = 5
    var killed = 0
    let (matrix, report) = try engine.compute(job) { _ in
      guard killed < 6, let victim = workerPIDs().randomElement() else { return }
      kill(victim, killed % 2 == 0 ? SIGKILL : SIGSEGV)
      killed += 1
    }
    #expect(killed == 6)
    #expect(report.retries > 0)
    for i in 0..<300 { #expect(matrix[i, 7] == Double(i)) }
    engine.shutDown()
    #expect(workerPIDs().isEmpty)
  }

  @Test func aStoppedWorkerIsReplacedAfterItsTimeout() async throws {
    let engine = try Engine(workers: 2)
    _ = try await engine.compute("i", rows: 100, columns: 1000)
    let victim = try #require(workerPIDs().first)
    kill(victim, SIGSTOP)
    var job = Job(.formula(try Formula("sin(i*j)")), rows: 500, columns: 500)
    job.chunkTimeout = .seconds(0.5)
    let found = try await engine.run(job, as: Double.self)
    #expect(found.matrix.identical(to: try await Engine(.inProcess).compute("sin(i*j)", rows: 500, columns: 500)))
    await engine.shutdown()
  }
}
