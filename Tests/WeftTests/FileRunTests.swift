// SPDX-License-Identifier: Apache-2.0
//
// Matrices computed into files, in one run and in several: the same bytes as a matrix that was computed in memory and written.

import EngineConformance
import Evaluation
import Glibc
import Multiprocessing
import Testing

@testable import Weft

/// Within `EngineTests`, where workers of other tests would be taken for its own.
extension EngineTests {
  @Suite(.timeLimit(.minutes(20)))
  struct FileRunTests {
    /// A folder of this test, removed with it.
    final class Folder {
      let path: String
      init() {
        var name = Array("/tmp/weft-file-run-XXXXXX".utf8CString)
        unsafe mkdtemp(&name)
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      }
      subscript(_ name: String) -> String { path + "/" + name }
      deinit {
        for name in ["m.npy", "m.npy.unfinished", "m.npy.ledger", "golden.npy"] { unsafe unlink(self[name]) }
        unsafe rmdir(path)
      }

      func has(_ name: String) -> Bool { unsafe access(self[name], F_OK) == 0 }

      func bytes(_ name: String) -> [UInt8] {
        let descriptor = unsafe open(self[name], O_RDONLY)
        defer { close(descriptor) }
        return (try? readBytes(64 << 20, from: descriptor, at: 0)) ?? []
      }

      func write(_ bytes: [UInt8], to name: String, at offset: Int) throws {
        let descriptor = unsafe open(self[name], O_WRONLY)
        defer { close(descriptor) }
        try writeAll(bytes, to: descriptor, at: offset)
      }
    }

    /// Finite everywhere but in row 500, whose chunk ends the run.
    static func job(_ formula: String = "sin(i*j) + 1/(i-500)", rows: Int = 1000, columns: Int = 70) throws -> Job {
      var job = Job(.formula(try Formula(formula)), rows: rows, columns: columns)
      job.chunkRows = 16
      return job
    }

    static func golden(_ job: Job, _ folder: Folder) throws -> [UInt8] {
      let engine = try BlockingEngine(.inProcess)
      var job = job
      job.nonfinite = .allow
      let (matrix, _) = try engine.compute(job, as: Double.self)
      try MatrixFile.write(matrix, to: folder["golden.npy"], options: WriteOptions(overwrite: true, sync: false))
      return folder.bytes("golden.npy")
    }

    static func options(resumes: Bool = false, memory: Int? = nil) -> FileRunOptions {
      var options = FileRunOptions()
      (options.resumes, options.memoryLimit, options.write.sync) = (resumes, memory, false)
      return options
    }

    /// Stops a run at row 500 and leaves what is done.
    static func stopped(_ folder: Folder, _ mode: EngineMode, _ job: Job) throws {
      let engine = try BlockingEngine(mode)
      defer { engine.shutDown() }
      let error = #expect(throws: EngineError.self) {
        try engine.compute(job, as: Double.self, to: folder["m.npy"], options: options())
      }
      #expect(error?.code == .nonfinite && error?.message.contains("--resume") == true, "\(String(describing: error))")
      #expect(!folder.has("m.npy") && folder.has("m.npy.unfinished") && folder.has("m.npy.ledger"))
    }

    /// Goes on with it, and expects the golden file and nothing beside it.
    static func resume(
      _ folder: Folder, _ job: Job, _ mode: EngineMode = .workers(2), golden: [UInt8]
    ) throws -> ComputeReport {
      let engine = try BlockingEngine(mode)
      defer { engine.shutDown() }
      var job = job
      job.nonfinite = .allow
      job.verification = .full
      let report = try engine.compute(job, as: Double.self, to: folder["m.npy"], options: options(resumes: true)).report
      #expect(folder.bytes("m.npy") == golden)
      #expect(!folder.has("m.npy.unfinished") && !folder.has("m.npy.ledger"))
      return report
    }

    @Test(arguments: [EngineMode.inProcess, .workers(1), .workers(3)])
    func sameBytesAsInMemory(mode: EngineMode) throws {
      for (formula, rows, columns) in [
        ("sin(i*j)*cos(i+j)", 100, 300), ("exp(-i)", 7, 1), ("i+j", 1, 70_000), ("1/(i+j+1)", 0, 5), ("i", 3, 0),
      ] {
        let folder = Folder()
        let engine = try BlockingEngine(mode)
        defer { engine.shutDown() }
        let job = Job(.formula(try Formula(formula)), rows: rows, columns: columns)
        let golden = try Self.golden(job, folder)
        let result = try engine.compute(job, as: Double.self, to: folder["m.npy"], options: Self.options())
        #expect(folder.bytes("m.npy") == golden, "\(formula)")
        #expect(result.written.byteCount == golden.count && result.report.chunksFound == 0)
        #expect(!folder.has("m.npy.unfinished") && !folder.has("m.npy.ledger"))
        let (matrix, report) = try engine.compute(job, as: Double.self)
        #expect(matrix.shape == result.report.shape && report.checksum == result.report.checksum, "\(formula)")
      }
    }

    @Test func float32AndKernelsAndSymmetricFormulas() throws {
      let folder = Folder()
      let engine = try BlockingEngine(.workers(2))
      defer { engine.shutDown() }
      let job = Job(.formula(try Formula("exp(-abs(i-j)/7)")), rows: 200, columns: 200)
      _ = try engine.compute(job, as: Float.self, to: folder["m.npy"], options: Self.options())
      #expect(try Matrix<Float>(contentsOf: folder["m.npy"]) == Matrix(engine.compute(job, as: Float.self).matrix))
      var again = Self.options()
      again.write.overwrite = true
      _ = try engine.compute(Job(.kernel(Checker.self), rows: 40, columns: 9), to: folder["m.npy"], options: again)
      let wanted = try engine.compute(Job(.kernel(Checker.self), rows: 40, columns: 9), as: Double.self).matrix
      #expect(try Matrix<Double>(contentsOf: folder["m.npy"]) == Matrix(wanted))
    }

    @Test(arguments: [EngineMode.inProcess, .workers(2)], [EngineMode.inProcess, .workers(3)])
    func goesOnWhereItStopped(first: EngineMode, second: EngineMode) throws {
      let folder = Folder()
      let job = try Self.job()
      let golden = try Self.golden(job, folder)
      try Self.stopped(folder, first, job)
      let report = try Self.resume(folder, job, second, golden: golden)
      #expect(report.chunksFound > 0 && report.chunksFound < report.chunks)
    }

    /// Whatever a power cut or a disk did to the two files: what is not right is computed again.
    @Test(arguments: ["data", "all data", "record", "all records", "short ledger", "short data", "no data"])
    func damageIsFound(what: String) throws {
      let folder = Folder()
      let job = try Self.job()
      let golden = try Self.golden(job, folder)
      try Self.stopped(folder, .inProcess, job)
      let rowByteCount = 70 * 8
      switch what {
      case "data": try folder.write([1], to: "m.npy.unfinished", at: 128 + 20 * rowByteCount + 3)
      case "all data":
        try folder.write([UInt8](repeating: 7, count: 1000 * rowByteCount), to: "m.npy.unfinished", at: 128)
      case "record": try folder.write([1, 2, 3], to: "m.npy.ledger", at: 4096 + 2 * 32 + 5)
      case "all records": try folder.write([UInt8](repeating: 0, count: 63 * 32), to: "m.npy.ledger", at: 4096)
      case "short ledger": unsafe truncate(folder["m.npy.ledger"], 4096 + 32 * 3 + 7)
      case "short data": unsafe truncate(folder["m.npy.unfinished"], 128 + 40 * rowByteCount)
      default: unsafe unlink(folder["m.npy.unfinished"])
      }
      let report = try Self.resume(folder, job, golden: golden)
      let wanted: ClosedRange<Int> =
        switch what {
        case "data", "record": 1...31
        case "short ledger": 3...3
        case "short data": 2...2
        default: 0...0
        }
      #expect(wanted.contains(report.chunksFound), "\(report.chunksFound)")
    }

    @Test func anotherJobIsRefused() throws {
      let folder = Folder()
      let job = try Self.job()
      let golden = try Self.golden(job, folder)
      try Self.stopped(folder, .inProcess, job)
      let engine = try BlockingEngine(.inProcess)
      func refusal(_ change: (inout Job) throws -> Void, as type: ElementType = .float64) throws -> String {
        var other = job
        try change(&other)
        let error = #expect(throws: EngineError.self) {
          switch type {
          case .float64:
            try engine.compute(other, as: Double.self, to: folder["m.npy"], options: Self.options(resumes: true))
          case .float32:
            try engine.compute(other, as: Float.self, to: folder["m.npy"], options: Self.options(resumes: true))
          }
        }
        #expect(error?.code == .invalidJob && folder.has("m.npy.unfinished"))
        return error?.message ?? ""
      }
      #expect(
        try refusal { $0.source = .formula(try Formula("sin(i*j) + 2/(i-500)")) }.contains(
          "its formula is sin(i*j) + 1/")
      )
      #expect(try refusal { $0.rows = 999 }.contains("its shape is 1000×70, not 999×70"))
      #expect(try refusal { $0.origin = 1 }.contains("its origin is 0, not 1"))
      #expect(try refusal { $0.accuracy = .fast }.contains("its accuracy is strict, not fast"))
      #expect(try refusal({ _ in }, as: .float32).contains("its element type is float64, not float32"))
      // What does not change the elements may change: here, the rows of a chunk, which the first run decided.
      var other = job
      other.chunkRows = 5
      _ = try Self.resume(folder, other, golden: golden)
    }

    @Test func anotherVersionIsRefused() throws {
      let folder = Folder()
      let job = try Self.job()
      try Self.stopped(folder, .inProcess, job)
      let bytes = folder.bytes("m.npy.ledger")
      let place = try #require(bytes.firstRange(of: Array("\"weft\": \"\(weftVersion)\"".utf8)))
      let offset = place.lowerBound + 9
      try folder.write([UInt8(ascii: "7")], to: "m.npy.ledger", at: offset)
      let engine = try BlockingEngine(.inProcess)
      let error = #expect(throws: EngineError.self) {
        try engine.compute(job, to: folder["m.npy"], options: Self.options(resumes: true))
      }
      #expect(error?.message.contains("its version of Weft is 7") == true, "\(String(describing: error))")
      try folder.write([0], to: "m.npy.ledger", at: 0)
      #expect(throws: EngineError.self) {
        try engine.compute(job, to: folder["m.npy"], options: Self.options(resumes: true))
      }
    }

    @Test func inputsAreKnownByTheirElements() throws {
      let folder = Folder()
      var job = try Self.job("X[i,0]*j + 1/(i-500)")
      job.inputs["X"] = Matrix<Double>(rows: 1000, columns: 1) { i, _ in Double(i) }
      let golden = try Self.golden(job, folder)
      try Self.stopped(folder, .workers(2), job)
      var other = job
      other.inputs["X"] = Matrix<Double>(rows: 1000, columns: 1) { i, _ in Double(i) + (i == 999 ? 1e-9 : 0) }
      let engine = try BlockingEngine(.inProcess)
      let error = #expect(throws: EngineError.self) {
        try engine.compute(other, to: folder["m.npy"], options: Self.options(resumes: true))
      }
      #expect(error?.message.contains("its inputs are") == true || error?.message.contains("its inputs is") == true)
      _ = try Self.resume(folder, job, golden: golden)
    }

    @Test func anUnfinishedRunIsNotThrownAway() throws {
      let folder = Folder()
      let job = try Self.job()
      try Self.stopped(folder, .inProcess, job)
      let engine = try BlockingEngine(.inProcess)
      let error = #expect(throws: FileError.self) {
        try engine.compute(job, to: folder["m.npy"], options: Self.options())
      }
      #expect(error?.code == .exists)
      #expect(throws: FileError.self) { try MatrixFile.requireNothingUnfinished(folder["m.npy"]) }
      unsafe unlink(folder["m.npy.unfinished"])
      try MatrixFile.requireNothingUnfinished(folder["m.npy"])
    }

    @Test func oneRunAtATime() throws {
      let folder = Folder()
      let job = try Self.job()
      try Self.stopped(folder, .inProcess, job)
      let held = try UnfinishedFile.open(folder["m.npy"], resumes: true, options: WriteOptions())
      let engine = try BlockingEngine(.inProcess)
      let error = #expect(throws: FileError.self) {
        try engine.compute(job, to: folder["m.npy"], options: Self.options(resumes: true))
      }
      #expect(error?.message.contains("another run is at work") == true && held.isNew == false)
    }

    @Test func theTimeLimitKeepsWhatIsDone() throws {
      let folder = Folder()
      var job = Job(.kernel(SlowRows.self), rows: 100, columns: 3)
      job.chunkRows = 1
      let engine = try BlockingEngine(.workers(2))
      defer { engine.shutDown() }
      var options = Self.options()
      options.timeLimit = 0.5
      let error = #expect(throws: EngineError.self) { try engine.compute(job, to: folder["m.npy"], options: options) }
      #expect(error?.code == .deadline && folder.has("m.npy.ledger"), "\(String(describing: error))")
      let report = try engine.compute(job, to: folder["m.npy"], options: Self.options(resumes: true)).report
      #expect(report.chunksFound > 0 && report.chunks == 100)
      let rows = try Matrix<Double>(contentsOf: folder["m.npy"])
      #expect((0..<100).allSatisfy { rows[$0, 2] == Double($0) })
    }

    @Test func aCancelledTaskIsGoneOnWith() async throws {
      let folder = Folder()
      var job = Job(.kernel(SlowRows.self), rows: 100, columns: 3)
      job.chunkRows = 1
      let engine = try Engine(workers: 2)
      let (path, first) = (folder["m.npy"], job)
      let task = Task { try await engine.run(first, to: path, options: Self.options()) }
      // Each of two workers goes on to its next row when the one before has its record: with three there, one is recorded.
      let rowByteCount = 3 * MemoryLayout<Double>.size
      while folder.bytes("m.npy.unfinished").dropFirst(128).enumerated().lazy.filter({
        $0.offset % rowByteCount == 7 && $0.element != 0
      }).count < 3 {
        try await Task.sleep(nanoseconds: 1_000_000)
      }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(folder.has("m.npy.ledger"))
      let report = try await engine.run(job, to: path, options: Self.options(resumes: true)).report
      #expect(report.chunksFound > 0 && !folder.has("m.npy.ledger"))
      await engine.shutdown()
    }

    @Test func memoryIsLimited() throws {
      let folder = Folder()
      var job = Job(.formula(try Formula("i*j")), rows: 64, columns: 1000)
      let engine = try BlockingEngine(.workers(4))
      defer { engine.shutDown() }
      let plan = try engine.plan(job, toFile: Self.options(memory: 32_000))
      #expect(plan.partition.rowsPerChunk == 1 && plan.workers == 4)
      #expect(try engine.plan(job, toFile: Self.options(memory: 20_000)).workers == 2)
      #expect(try engine.plan(job, toFile: Self.options(memory: 8_000)).workers == 1)
      let error = #expect(throws: EngineError.self) {
        try engine.compute(job, to: folder["m.npy"], options: Self.options(memory: 7_999))
      }
      #expect(error?.code == .resources && error?.message.contains("--memory") == true)
      #expect(!folder.has("m.npy.ledger") && !folder.has("m.npy.unfinished"))
      let golden = try Self.golden(job, folder)
      _ = try engine.compute(job, to: folder["m.npy"], options: Self.options(memory: 8_000))
      #expect(folder.bytes("m.npy") == golden)
      job.chunkRows = 9
      #expect(throws: EngineError.self) { try engine.plan(job, toFile: Self.options(memory: 71_999)) }
    }

    @Test func whatCannotBeDoneLeavesNothing() throws {
      let folder = Folder()
      let engine = try BlockingEngine(.workers(2))
      defer { engine.shutDown() }
      // An element without a value, in the first chunk and later ones.
      var job = Job(.formula(try Formula("sum(k, 0, i*1e300*1e300, k)")), rows: 64, columns: 3)
      job.chunkRows = 16
      #expect(throws: EngineError.self) { try engine.compute(job, to: folder["m.npy"], options: Self.options()) }
      #expect(!folder.has("m.npy.ledger") && !folder.has("m.npy.unfinished"))
      let csv = #expect(throws: EngineError.self) {
        try engine.compute(try Self.job(), to: folder["m.csv"], options: Self.options())
      }
      #expect(csv?.message.contains("weft convert") == true)
      #expect(throws: EngineError.self) {
        try engine.compute(try Self.job(), to: folder["m.npy.gz"], options: Self.options())
      }
      #expect(!folder.has("m.npy.gz") && !folder.has("m.npy.gz.ledger"))
      #expect(throws: FileError.self) { try engine.compute(try Self.job(), to: "/dev/null", options: Self.options()) }
    }

    @Test func recordsKnowTheirChunk() {
      var summary = ElementSummary()
      summary.checksum = 0x0123_4567_89ab_cdef
      let bytes = ChunkRecord(chunk: 5, summary).bytes
      #expect(bytes.count == ChunkRecord.byteCount)
      #expect(ChunkRecord(bytes[...], chunk: 5)?.summary == summary)
      #expect(ChunkRecord(bytes[...], chunk: 6) == nil)
      #expect(ChunkRecord([UInt8](repeating: 0, count: 32)[...], chunk: 0) == nil)
      for k in bytes.indices {
        var torn = bytes
        torn[k] ^= 1
        #expect(ChunkRecord(torn[...], chunk: 5) == nil)
      }
    }
  }
}
