// SPDX-License-Identifier: Apache-2.0
//
// A job resolved: checked, compiled, sized, and everything chosen that can be chosen once. Printed by `--plan`.

import Evaluation
import Formula
import MatrixCore
import Multiprocessing

/// What will be done for a job. Making one allocates no matrix and starts no process.
public struct Plan: Sendable {
  public let shape: Shape
  public let elementType: ElementType
  public let partition: RowPartition
  /// Worker processes that will take part; 0: computed in this process.
  public let workers: Int
  /// Why so many.
  public let workersReason: String
  /// The kernel table's name: "avx512", "avx2" or "portable".
  public let kernels: String
  /// Bytes of the matrix and of all that is needed beside it.
  public let memoryNeed: Int
  public let verification: Job.Verification
  /// What was asked for; nil for a ``RowKernel``.
  public let accuracy: Accuracy?

  /// Whether elements may be stored past the caches: the matrix, and whatever else is there, does not fit the last of
  /// them. (Rejected: always. What fits the cache is written there twice as fast.)
  let bypassesCache: Bool
  /// Whether chunks go to a file one after the other, and no matrix is held in memory.
  let isStreamed: Bool
  let table: KernelTable
  let work: Work

  enum Work: Sendable {
    case formula(BoundFormula, CompiledFormula)
    case kernel(any RowKernel.Type, typeName: String)
  }

  /// Resolves `job` for an engine of `engineWorkers` processes (0: in process), chosen for `workersReason`.
  ///
  /// - Throws: `FormulaError`, `ShapeError`, or `EngineError` with `invalidJob` or `resources`.
  ///
  /// `isStreamed`: chunks go to a file one after the other, and no matrix is held in memory. `mayMirror`: who computes a
  /// chunk has the whole matrix in memory, to write images of it elsewhere.
  init(
    _ job: Job, elementType: ElementType, engineWorkers: Int, workersReason: String, isStreamed: Bool = false,
    mayMirror: Bool = true
  ) throws {
    guard job.origin == 0 || job.origin == 1 else {
      throw EngineError(.invalidJob, "Indexes start at 0 or at 1, not at \(job.origin).")
    }
    guard (job.chunkRows ?? 1) > 0 else {
      throw EngineError(.invalidJob, "A chunk has at least one row, not \(job.chunkRows ?? 0).")
    }
    if case .seconds(let seconds) = job.chunkTimeout, !(seconds > 0) {
      throw EngineError(.invalidJob, "A chunk's timeout is more than 0 seconds, not \(seconds).")
    }
    shape = try Shape(rows: job.rows, columns: job.columns)
    self.elementType = elementType
    self.isStreamed = isStreamed
    table = try Plan.chooseKernels()
    kernels = table.name
    work = try Plan.work(job)
    partition = RowPartition(
      shape: shape, chunkRows: job.chunkRows, isMirrored: mayMirror && !isStreamed && Plan.isMirrored(work, job))
    workers = min(engineWorkers, partition.chunkCount)
    self.workersReason =
      workers < engineWorkers ? "\(workersReason); no more chunks than \(partition.chunkCount)" : workersReason
    verification = job.verification
    if case .formula = job.source { accuracy = job.accuracy } else { accuracy = nil }
    // Mirror images are copied from the cache.
    bypassesCache =
      !isStreamed && !partition.isMirrored && shape.byteCount(of: elementType) > Machine.lastLevelCacheByteCount / 2
    memoryNeed = Plan.memoryNeed(
      shape, elementType, partition, workers: workers, inputs: job.inputs, isStreamed: isStreamed)
  }

  /// Whether one triangle is computed and the other copied: where the bits allow it and an element costs more than a copy
  /// of it. Not with the caller's own chunks, who may want to see them done row by row.
  private static func isMirrored(_ work: Work, _ job: Job) -> Bool {
    guard case .formula(_, .operations(let program)) = work, job.chunkRows == nil, job.rows > 1 else { return false }
    return program.isSymmetric && program.elementCost >= 8
  }

  private static func work(_ job: Job) throws -> Work {
    switch job.source {
    case .kernel(let kernel):
      guard job.parameters.isEmpty, job.inputs.isEmpty else {
        throw EngineError(.invalidJob, "A kernel takes no parameters and no inputs: only formulas do.")
      }
      guard let name = _mangledTypeName(kernel), _typeByName(name) is any RowKernel.Type else {
        throw EngineError(
          .invalidJob,
          "\(kernel) cannot run in a worker process: private and local types have no name that another process could "
            + "look up; make it internal or public and move it to file scope.")
      }
      return .kernel(kernel, typeName: name)
    case .formula(let formula):
      let inputs = job.inputs.sorted { $0.key < $1.key }.map {
        Program.Input(name: $0.key, rows: $0.value.shape.rows, columns: $0.value.shape.columns)
      }
      let bound = try formula.bind(
        rows: job.rows, columns: job.columns, origin: job.origin, parameters: job.parameters, inputs: inputs)
      return .formula(bound, try bound.compile(job.accuracy))
    }
  }

  /// The fastest table this CPU can run, or the one named in `WEFT_KERNELS` (for tests and comparisons).
  static func chooseKernels() throws(EngineError) -> KernelTable {
    let supported = KernelTable.supportedOnHost
    if let name = Environment.value(of: "WEFT_KERNELS") {
      guard let table = KernelTable.named(name) else {
        throw EngineError(
          .invalidJob,
          "WEFT_KERNELS is \(name), but this CPU runs \(supported.map(\.name).joined(separator: ", ")); unset it.")
      }
      return table
    }
    guard let fastest = supported.first else {
      throw EngineError(.resources, "This CPU has no fused multiply-add (FMA3), which Weft's kernels need.")
    }
    return fastest
  }
}
