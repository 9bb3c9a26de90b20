// SPDX-License-Identifier: Apache-2.0
//
// The engine for concurrent programs: an actor whose calls run on a thread of its own, since they wait for processes,
// and waiting on Swift's cooperative threads would starve everybody else's tasks.

import Formula
import Glibc
import MatrixCore
import Multiprocessing
import Synchronization

/// Computes matrices in worker processes that it keeps, with the memory they have mapped, for the next job.
///
///     let engine = try Engine(workers: 4)
///     let m = try await engine.compute("sin(i*j)*cos(i+j)", rows: 1000, columns: 1000)
///
/// Jobs of one engine run one after the other. Cancelling the task that waits for a job stops it within moments.
public actor Engine {
  private let executor: ThreadExecutor
  private let blocking: BlockingEngine

  public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  /// `workers`: processes; nil: as many as the machine allows this process CPUs. They are started by the first job.
  ///
  /// - Throws: `EngineError` when so many are not possible, or a thread cannot be had.
  public init(workers: Int? = nil) throws(EngineError) { try self.init(.workers(workers)) }

  public init(_ mode: EngineMode) throws(EngineError) {
    executor = try ThreadExecutor()
    blocking = try BlockingEngine(mode)
  }

  /// Computes a formula.
  ///
  /// - Throws: `FormulaError` (with a place), `ShapeError` or `EngineError`; `CancellationError` when the task is
  ///   cancelled.
  public func compute(
    _ formula: Formula, rows: Int, columns: Int, parameters: [String: Double] = [:],
    inputs: [String: any MatrixReadable] = [:]
  ) async throws -> SharedMatrix<Double> {
    try await run(Job(formula, rows: rows, columns: columns, parameters: parameters, inputs: inputs)).matrix
  }

  /// The same for a formula's text.
  public func compute(
    _ formula: String, rows: Int, columns: Int, parameters: [String: Double] = [:],
    inputs: [String: any MatrixReadable] = [:]
  ) async throws -> SharedMatrix<Double> {
    try await compute(Formula(formula), rows: rows, columns: columns, parameters: parameters, inputs: inputs)
  }

  /// Runs the caller's own code in the workers.
  public func compute(
    _ kernel: any RowKernel.Type, rows: Int, columns: Int
  ) async throws -> SharedMatrix<Double> {
    try await run(Job(.kernel(kernel), rows: rows, columns: columns)).matrix
  }

  /// Computes a formula of the matrix's shape into its memory. Where something else refers to that memory (a copy of
  /// the matrix), the copy keeps it and the matrix gets memory of its own. On an error the elements are unspecified.
  @discardableResult
  public func compute<Element: MatrixElement>(
    _ formula: String, into matrix: inout SharedMatrix<Element>, parameters: [String: Double] = [:],
    inputs: [String: any MatrixReadable] = [:]
  ) async throws -> ComputeReport {
    let job = Job(
      try Formula(formula), rows: matrix.rows, columns: matrix.columns, parameters: parameters, inputs: inputs)
    return try await run(job, into: &matrix)
  }

  /// Computes a matrix into an .npy file without holding it in memory, or goes on with what an earlier run left: see
  /// ``BlockingEngine/compute(_:as:to:options:interrupt:progress:)``. A cancelled task's run can be gone on with.
  @discardableResult
  public func run<Element: MatrixElement>(
    _ job: Job, as type: Element.Type = Double.self, to path: String, options: FileRunOptions = FileRunOptions(),
    progress: @Sendable (Progress) -> Void = { _ in }
  ) async throws -> (written: WriteReport, report: ComputeReport) {
    try await cancellable { interrupt in
      try blocking.compute(job, as: type, to: path, options: options, interrupt: interrupt, progress: progress)
    }
  }

  /// Runs a job with all its options.
  public func run<Element: MatrixElement>(
    _ job: Job, as type: Element.Type = Double.self, progress: @Sendable (Progress) -> Void = { _ in }
  ) async throws -> (matrix: SharedMatrix<Element>, report: ComputeReport) {
    try await cancellable { interrupt in
      try blocking.compute(job, as: type, interrupt: interrupt, progress: progress)
    }
  }

  /// Runs a job into a matrix's memory, giving it the job's shape.
  public func run<Element: MatrixElement>(
    _ job: Job, into matrix: inout SharedMatrix<Element>, progress: @Sendable (Progress) -> Void = { _ in }
  ) async throws -> ComputeReport {
    try await cancellable { interrupt in
      try blocking.compute(job, into: &matrix, interrupt: interrupt, progress: progress)
    }
  }

  /// Ends the workers and waits for their ends; later jobs are refused. Not calling it is no leak: the workers end
  /// with the engine, and with the process.
  public func shutdown() { blocking.shutDown() }

  /// Calls `body` with a descriptor that becomes readable when the waiting task is cancelled.
  private func cancellable<R>(_ body: (Int32) throws -> R) async throws -> R {
    let signal = try WakeUp()
    // By a method of the actor, on its thread: a closure that does not mention the actor would run `body` on one of Swift's own.
    return try await withTaskCancellationHandler {
      try perform(body, signal.descriptorNumber)
    } onCancel: {
      signal.raise()
    }
  }

  private func perform<R>(_ body: (Int32) throws -> R, _ interrupt: Int32) throws -> R {
    do { return try body(interrupt) } catch let error as EngineError where error.code == .cancelled {
      throw CancellationError()
    }
  }
}

extension Job {
  init(
    _ formula: Formula, rows: Int, columns: Int, parameters: [String: Double], inputs: [String: any MatrixReadable]
  ) {
    self.init(.formula(formula), rows: rows, columns: columns)
    self.parameters = parameters
    self.inputs = inputs
  }
}
