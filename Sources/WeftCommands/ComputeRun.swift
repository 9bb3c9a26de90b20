// SPDX-License-Identifier: Apache-2.0
//
// A request carried out: whatever can be refused cheaply is refused first, then inputs are read, the matrix is computed
// and written, and what was done is told.

import Multiprocessing
import Pictures
import Weft

extension ComputeRequest {
  /// - Parameter start: when the program began; the summary's total counts from there.
  /// - Throws: every error of the engine and the files; `Interrupted` after a termination signal, with nothing left behind.
  func run(since start: Deadline) throws {
    let formula = try Formula(formula)
    let shape = try Shape(rows: rows, columns: columns)
    try output?.check(shape)
    if let plot { try PlotOutput(plot.path, HeatmapOptions(), overwrite: plot.overwrite, sync: plot.sync).check() }
    let engine = try BlockingEngine(mode)
    let job = try job(formula)
    let isStreamed = try isStreamed(job, shape, engine)
    if let output, !isStreamed { try MatrixFile.requireNothingUnfinished(output.path) }
    if isPlanOnly {
      return try tell(
        isStreamed
          ? engine.plan(job, elementType: elementType, toFile: fileRunOptions(nil))
          : engine.plan(job, elementType: elementType))
    }

    let signals = try TerminationSignals.install()
    do {
      switch (elementType, isStreamed) {
      case (.float64, false): try compute(job, as: Double.self, engine, signals, since: start)
      case (.float32, false): try compute(job, as: Float.self, engine, signals, since: start)
      case (.float64, true): try stream(job, as: Double.self, engine, signals, since: start)
      case (.float32, true): try stream(job, as: Float.self, engine, signals, since: start)
      }
    } catch {
      engine.shutDown()
      if isStreamed, signals.received != nil { StandardDescriptors.complain("weft: \(error)") }
      // Whatever failed after a signal failed because of it, or does not matter any more.
      throw signals.received == nil ? error : Interrupted(signals: signals)
    }
  }

  /// - Throws: what is wrong with inputs and names; they are read here.
  func job(_ formula: Formula) throws -> Job {
    var job = Job(.formula(formula), rows: rows, columns: columns)
    job.origin = origin
    job.parameters = parameters
    job.accuracy = accuracy
    job.chunkRows = chunkRows
    job.chunkTimeout = chunkTimeout
    job.nonfinite = nonfinite
    job.verification = verification
    guard !inputs.isEmpty else { return job }
    // A misspelt name is found before gigabytes are read for it.
    let declared = try inputs.map {
      let shape = try MatrixFile.inspect($0.path).shape
      return Program.Input(name: $0.name, rows: shape.rows, columns: shape.columns)
    }
    _ = try formula.bind(rows: rows, columns: columns, origin: origin, parameters: parameters, inputs: declared)
    for input in inputs { job.inputs[input.name] = try InputMatrix.read(input.path) }
    return job
  }

  private func compute<Element: MatrixElement>(
    _ job: Job, as type: Element.Type, _ engine: BlockingEngine, _ signals: TerminationSignals, since start: Deadline
  ) throws {
    let bar = ProgressBar(progress, byteCount: rows * columns * Element.elementType.byteCount)
    defer { bar.clear() }
    let prepared = Deadline.now
    let (matrix, report) = try engine.compute(
      job, as: Element.self, interrupt: signals.descriptorNumber, progress: bar.show)
    bar.clear()
    // They end beside the writing, on another CPU: some 1 ms of the 1000×1000 matrix.
    engine.dismissWorkers()
    let computed = Deadline.now
    if let output, output.isStandardOutput {
      // Nothing is left to clean up, and a write that waits for a slow reader does not see signals: now they end us at once.
      engine.shutDown()
      signals.uninstall()
    }
    guard signals.received == nil else { throw Interrupted(signals: signals) }
    let written = try write(matrix, signals)
    try draw(signals) { try Heatmap(of: matrix, name: formula) }
    // From here on a signal comes too late: the file is in place, and saying otherwise would be wrong.
    engine.shutDown()
    try writeRecipe(job, report)
    let summary = Summary(
      formula: formula, report: report, preparation: start.seconds(to: prepared), written: written,
      writeSeconds: written == nil ? 0 : computed.seconds(to: .now))
    try tell(summary, matrix)
  }

  // MARK: Piece by piece

  /// Whether the matrix goes to its file piece by piece: where that was asked for, and where it does not fit memory.
  private func isStreamed(_ job: Job, _ shape: Shape, _ engine: BlockingEngine) throws -> Bool {
    let byteCount = shape.byteCount(of: elementType)
    let isTooLarge = memoryLimit.map { byteCount > $0 } ?? false
    let wish = resumes ? "--resume" : timeLimit != nil ? "--deadline" : isTooLarge ? "--memory" : nil
    let isFile = output.map { !$0.isStandardOutput && MatrixFile.hasPlacesForRows($0.path, format: $0.format) } ?? false
    guard let wish else {
      // To ask what is there takes 0.1 ms, which a small matrix should not pay.
      return try isFile && byteCount > 64 << 20 && !engine.plan(job, elementType: elementType).fitsMemory
    }
    guard isFile else {
      let what =
        isTooLarge && wish == "--memory"
        ? "The matrix of \(ByteCount(byteCount)) is larger than \(ByteCount(memoryLimit ?? 0)) (--memory)"
        : "\(wish) keeps what is done"
      throw UsageError("\(what), so it needs a file to go to piece by piece: --output NAME.npy.")
    }
    return true
  }

  private func fileRunOptions(_ signals: TerminationSignals?) -> FileRunOptions {
    var options = FileRunOptions()
    (options.memoryLimit, options.timeLimit, options.resumes) = (memoryLimit, timeLimit, resumes)
    if let output { options.write = output.options(signals) }
    return options
  }

  private func stream<Element: MatrixElement>(
    _ job: Job, as type: Element.Type, _ engine: BlockingEngine, _ signals: TerminationSignals, since start: Deadline
  ) throws {
    guard let output else { return }
    let bar = ProgressBar(progress, byteCount: rows * columns * Element.elementType.byteCount)
    defer { bar.clear() }
    let prepared = Deadline.now
    let (written, report) = try engine.compute(
      job, as: Element.self, to: output.path, options: fileRunOptions(signals), interrupt: signals.descriptorNumber,
      progress: bar.show)
    bar.clear()
    engine.shutDown()
    try writeRecipe(job, report)
    try draw(signals) { try Heatmap(contentsOf: output.path, HeatmapOptions(title: formula)) }
    let summary = Summary(
      formula: formula, report: report, preparation: start.seconds(to: prepared), written: written,
      writeSeconds: written.commitSeconds)
    try tell(summary, Matrix<Element>(rows: 0, columns: 0) { _, _ in 0 })
  }

  private func write(_ matrix: some MatrixReadable, _ signals: TerminationSignals) throws -> WriteReport? {
    guard let output else { return nil }
    FaultInjection.reach("coordinator.write")
    return try MatrixFile.write(matrix, to: output.path, format: output.format, options: output.options(signals))
  }

  /// Writes the picture that was asked for, if one was.
  private func draw(_ signals: TerminationSignals, _ heatmap: () throws -> Heatmap) throws {
    guard let plot else { return }
    _ = try heatmap().image().write(to: plot.path, options: plot.options(signals))
  }

  private func writeRecipe(_ job: Job, _ report: ComputeReport) throws {
    guard wantsRecipe, let output else { return }
    let paths = Dictionary(inputs.map { ($0.name, $0.path) }) { $1 }
    let recipe = RecipeFile(
      try Recipe(job, elementType: elementType), checksum: report.checksum, inputPaths: paths)
    try recipe.write(besides: output.path, options: output.options(nil))
  }

  // MARK: What was done

  private func tell(_ summary: Summary, _ matrix: some MatrixReadable) throws {
    let toError = output?.isStandardOutput ?? false
    if wantsJSON { return try StandardOutput.write(summary.json.rendered + "\n", toError: toError) }
    guard !isQuiet else { return }
    var text = summary.text + "\n"
    if output == nil, !matrix.isEmpty {
      text += "\n" + Corner.text(of: matrix, width: Terminal.width(1)) + "\n"
    }
    try StandardOutput.write(text, toError: toError)
  }

  private func tell(_ plan: Plan) throws {
    try StandardOutput.write((wantsJSON ? plan.json.rendered : plan.description) + "\n")
  }
}

extension Plan {
  /// The plan for programs; the text for people is `description`.
  var json: JSON {
    .object([
      ("rows", .integer(shape.rows)), ("columns", .integer(shape.columns)), ("dtype", .text(elementType.rawValue)),
      ("workers", .integer(workers)), ("workersReason", .text(workersReason)),
      ("chunks", .integer(partition.chunkCount)),
      ("rowsPerChunk", .integer(partition.rowsPerChunk)), ("kernels", .text(kernels)),
      ("memoryNeed", .integer(memoryNeed)), ("memoryRoom", .integer(memoryRoom.byteCount)),
      ("memoryReason", .text(memoryRoom.reason)), ("verify", .text(verification.rawValue)),
      ("accuracy", .optional(accuracy?.rawValue)), ("bound", .optional(bound)),
    ])
  }
}

extension Deadline {
  /// Seconds from this moment to a later one.
  fileprivate func seconds(to later: Deadline) -> Double { Double(later.nanoseconds - nanoseconds) / 1e9 }
}
