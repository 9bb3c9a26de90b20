// SPDX-License-Identifier: Apache-2.0
//
// The conformance suite of engines: the same jobs in this process and in worker processes, the same bits.

import Glibc
import Multiprocessing
import Testing
import Weft

/// A user's own code. Internal, at file scope: workers find it by name.
struct Checker: RowKernel {
  static func fill(row i: Int, into values: inout MutableSpan<Double>) {
    for j in values.indices { values[j] = Double((i + j) % 2) + Double(i) / 7 }
  }
}

struct TrapAtRow17: RowKernel {
  static func fill(row i: Int, into values: inout MutableSpan<Double>) {
    precondition(i != 17, "row 17 is a bad row")
    for j in values.indices { values[j] = 1 }
  }
}

struct SlowRows: RowKernel {
  static func fill(row i: Int, into values: inout MutableSpan<Double>) {
    usleep(20_000)
    for j in values.indices { values[j] = Double(i) }
  }
}

private struct Unreachable: RowKernel {
  static func fill(row i: Int, into values: inout MutableSpan<Double>) {}
}

@Suite(.timeLimit(.minutes(20)), .serialized)
struct EngineTests {
  static let formulas = [
    "sin(i*j)*cos(i+j)", "1/(i+j+1)", "i > j ? exp(-i/50) : atan2(i, j+1)", "sum(k, 0, 9, (i-k)*(j+k))",
  ]

  @Test(arguments: [1, 2, 3, 4, 7, 64])
  func workersGiveTheBitsOfTheProcess(workers: Int) async throws {
    let (here, there) = (try Engine(.inProcess), try Engine(workers: workers))
    for formula in Self.formulas {
      for (rows, columns) in [(100, 130), (1, 1000), (1000, 1), (3, 7)] {
        let expected = try await here.compute(formula, rows: rows, columns: columns)
        let found = try await there.compute(formula, rows: rows, columns: columns)
        #expect(found.identical(to: expected), "\(formula) \(rows)×\(columns), \(workers) workers")
      }
    }
    await there.shutdown()
  }

  @Test(arguments: [1, 2, 3, 5, 33, 1000])
  func chunksDoNotMatter(chunkRows: Int) async throws {
    let engine = try Engine(workers: 3)
    var job = Job(.formula(try Formula(Self.formulas[0])), rows: 200, columns: 50)
    let expected = try await Engine(.inProcess).run(job)
    job.chunkRows = chunkRows
    let found = try await engine.run(job)
    #expect(found.matrix.identical(to: expected.matrix))
    #expect(found.report.checksum == expected.report.checksum)
    #expect(found.report.chunks == (200 + chunkRows - 1) / chunkRows)
  }

  @Test func emptyShapesAreEmptyMatrices() async throws {
    for engine in [try Engine(.inProcess), try Engine(workers: 2)] {
      for (rows, columns) in [(0, 5), (5, 0), (0, 0)] {
        let m = try await engine.compute("1/0", rows: rows, columns: columns)
        #expect(m.rows == rows && m.columns == columns && m.isEmpty)
      }
    }
  }

  @Test func parametersInputsAndOrigin() async throws {
    let points = Matrix(rows: 30, columns: 2) { i, j in Double(i * 3 + j) / 7 }
    for engine in [try Engine(.inProcess), try Engine(workers: 2)] {
      for input in [points as any MatrixReadable, try SharedMatrix(points)] {
        let k = try await engine.compute(
          try Formula("exp(-a*abs(X[i,0]-X[j,1]))"), rows: 30, columns: 30, parameters: ["a": 0.1], inputs: ["X": input]
        )
        // Within 2 ulp of the platform's exp.
        let expected = exp(-0.1 * abs(points[4, 0] - points[7, 1]))
        #expect(abs(k[4, 7] - expected) <= 2 * expected.ulp)
      }
      var job = Job(.formula(try Formula("10*i + j")), rows: 3, columns: 3)
      job.origin = 1
      let m: SharedMatrix<Double> = try await engine.run(job).matrix
      #expect(m[0, 0] == 11 && m[2, 1] == 32)
    }
  }

  @Test func float32IsTheDoubleRoundedOnce() async throws {
    for engine in [try Engine(.inProcess), try Engine(workers: 2)] {
      let job = Job(.formula(try Formula("sin(i*j)/3")), rows: 57, columns: 91)
      let double = try await engine.run(job, as: Double.self).matrix
      let single = try await engine.run(job, as: Float.self).matrix
      for i in 0..<57 { for j in 0..<91 { #expect(single[i, j] == Float(double[i, j])) } }
    }
  }

  @Test func usersKernelsRunInTheWorkers() async throws {
    for engine in [try Engine(.inProcess), try Engine(workers: 3)] {
      let c = try await engine.compute(Checker.self, rows: 100, columns: 64)
      #expect(c[3, 4] == 1 + 3.0 / 7)
      let single = try await engine.run(Job(.kernel(Checker.self), rows: 10, columns: 64), as: Float.self).matrix
      #expect(single[3, 4] == Float(1 + 3.0 / 7))
    }
  }

  @Test func intoUsesTheSameMemoryUnlessItIsShared() async throws {
    let engine = try Engine(workers: 2)
    var m = try await engine.compute("i", rows: 20, columns: 20)
    func address(_ m: SharedMatrix<Double>) -> Int {
      unsafe m.elements.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) }
    }
    let before = address(m)
    try await engine.compute("i+j", into: &m)
    #expect(m[3, 4] == 7)
    #expect(address(m) == before)
    let copy = m
    try await engine.compute("i-j", into: &m)
    #expect(m[3, 4] == -1)
    #expect(copy[3, 4] == 7)
  }

  // MARK: Refusals

  @Test func aPlanIsKeptForTheSameJobOnly() throws {
    let engine = try BlockingEngine(.inProcess)
    var job = Job(.formula(try Formula("a*i + j")), rows: 3, columns: 2)
    job.parameters = ["a": 2]
    func values(_ job: Job) throws -> [Double] {
      let matrix = try engine.compute(job).matrix
      return (0..<matrix.shape.rows).flatMap { i in (0..<matrix.shape.columns).map { matrix[i, $0] } }
    }
    #expect(try values(job) == [0, 1, 2, 3, 4, 5])
    #expect(try values(job) == [0, 1, 2, 3, 4, 5])
    var another = job
    another.parameters = ["a": 3]
    #expect(try values(another) == [0, 1, 3, 4, 6, 7])
    another = job
    another.origin = 1
    #expect(try values(another) == [3, 4, 5, 6, 7, 8])
    another = job
    another.columns = 1
    #expect(try values(another) == [0, 2, 4])
    another = job
    another.source = .formula(try Formula("a*i - j"))
    #expect(try values(another) == [0, -1, 2, 1, 4, 3])
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
    #expect(try values(job) == [0, 1, 2, 3, 4, 5])
  }

  private func code(_ body: () async throws -> Void) async -> EngineError? {
    do {
      try await body()
      return nil
    } catch { return error as? EngineError }
  }

  @Test func nonfiniteElementsAreRefusedOrCounted() async throws {
    for engine in [try Engine(.inProcess), try Engine(workers: 2)] {
      let refused = await code { _ = try await engine.compute("1/(i-j)", rows: 10, columns: 10) }
      #expect(refused?.code == .nonfinite)
      #expect(refused?.message.contains("10 of 100 elements are not finite, the first inf at i = 0, j = 0") == true)
      var job = Job(.formula(try Formula("1/(i-j)")), rows: 10, columns: 10)
      job.nonfinite = .allow
      let (_, report): (SharedMatrix<Double>, ComputeReport) = try await engine.run(job)
      #expect(report.nonfiniteCount == 10)
      #expect(report.firstNonfinite.map { [$0.row, $0.column] } == [0, 0])
    }
  }

  @Test func faultyElementsAreNamed() async throws {
    let points = Matrix(rows: 3, columns: 2) { _, _ in 1.0 }
    for engine in [try Engine(.inProcess), try Engine(workers: 2)] {
      let error = await code { _ = try await engine.compute("X[i, j]", rows: 5, columns: 2, inputs: ["X": points]) }
      #expect(error?.code == .evaluation)
      #expect(error?.message.contains("X[3, 0] is outside X") == true)
      // The engine goes on.
      #expect(try await engine.compute("i", rows: 2, columns: 2)[1, 0] == 1)
    }
  }

  @Test func impossibleJobsAreRefusedBeforeAnythingIsDone() async throws {
    let engine = try Engine(workers: 2)
    #expect(await code { _ = try await engine.compute("i", rows: 1 << 20, columns: 1 << 20) }?.code == .resources)
    #expect(await code { _ = try await engine.compute(Unreachable.self, rows: 1, columns: 1) }?.code == .invalidJob)
    await #expect(throws: ShapeError.self) { _ = try await engine.compute("i", rows: -1, columns: 1) }
    await #expect(throws: ShapeError.self) { _ = try await engine.compute("i", rows: 1 << 62, columns: 3) }
    await #expect(throws: FormulaError.self) { _ = try await engine.compute("sin(", rows: 1, columns: 1) }
    #expect(throws: EngineError.self) { _ = try Engine(workers: 0) }
    #expect(throws: EngineError.self) { _ = try Engine(workers: 100_000) }
    await engine.shutdown()
    #expect(await code { _ = try await engine.compute("i", rows: 1, columns: 1) }?.code == .shutDown)
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

  @Test func cancellingTheTaskStopsTheComputation() async throws {
    for engine in [try Engine(.inProcess), try Engine(workers: 2)] {
      let job = Job(.kernel(SlowRows.self), rows: 100_000, columns: 8)
      let computation = Task { try await engine.run(job, as: Double.self) }
      try await Task.sleep(for: .milliseconds(300))
      let start = ContinuousClock.now
      computation.cancel()
      await #expect(throws: CancellationError.self) { _ = try await computation.value }
      #expect(ContinuousClock.now - start < .seconds(4))
      #expect(try await engine.compute("j", rows: 3, columns: 3)[0, 2] == 2)
      await engine.shutdown()
    }
  }

  /// A descriptor lost by each of 200 jobs would be 200 more; other suites, running beside this one, have a few open.
  @Test func jobsLoseNoDescriptors() async throws {
    func count() -> Int { (0..<1024).count { fcntl($0, F_GETFD) != -1 } }
    let engine = try Engine(workers: 2)
    _ = try await engine.compute("i", rows: 10, columns: 10)
    let before = count()
    for k in 0..<200 { _ = try await engine.compute("i+\(k)", rows: 10 + k, columns: 10) }
    #expect(count() < before + 100)
  }
}
