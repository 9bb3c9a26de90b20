// SPDX-License-Identifier: Apache-2.0
//
// What a job will take, from two measurements of some 20 ms each: how fast its elements are computed, and how fast memory is
// written.

import Evaluation
import Formula
import MatrixCore
import Multiprocessing

/// A job's time, predicted.
///
/// Computing takes as long as the slower of arithmetic and memory; before it, workers are started and memory is made. The
/// checks of the result and writing a file are not in it.
public struct Prediction: Sendable {
  /// For each element, by one worker, in the cache.
  public var nanosecondsPerElement: Double
  /// Elements that were computed to find that out. 0: not one was finished in time, and the figure is a lower bound.
  public var elementsMeasured: Int
  /// Bytes a second that the workers together write.
  public var bytesPerSecond: Double
  /// Workers that can work at the same time.
  public var concurrency: Int

  /// Elements and tables.
  public var arithmeticSeconds: Double
  /// Writing the matrix.
  public var memorySeconds: Double
  /// Starting workers, and making the memory of the matrix.
  public var startSeconds: Double

  public var isBoundByMemory: Bool { memorySeconds > arithmeticSeconds }
  public var computeSeconds: Double { max(arithmeticSeconds, memorySeconds) }
  public var seconds: Double { startSeconds + computeSeconds }
}

extension Plan {
  /// Starting a worker takes a CPU so long (2-core Xeon, 2026-11: see the Makefile), and a job without workers to start
  /// this.
  private static let secondsPerWorker = 0.0013
  private static let secondsPerJob = 44e-6
  /// Rows that share tables (`LineWindow`): a worker, which takes its chunks all over the matrix, makes them all.
  private static let rowsPerTable = 4096

  /// Elements that are not copied from the other triangle.
  private var computedElements: Double {
    let count = Double(shape.count)
    return partition.isMirrored ? (count + Double(shape.rows) * Double(partition.rowsPerChunk)) / 2 : count
  }

  /// Predicts by measuring, in this process; needs the job's inputs. At most some 50 ms and 50 MB.
  ///
  /// - Throws: `EngineError`: an element that was computed for it has no value; resources; a kernel, which cannot be tried
  /// in part.
  public func prediction(inputs: [String: any MatrixReadable] = [:]) throws(EngineError) -> Prediction {
    guard case .formula(let formula, let compiled) = work else {
      throw EngineError(.invalidJob, "What a kernel will take cannot be predicted: only formulas are computed in part.")
    }
    let shared = try SharedInputs(inputs)
    let sample = try EvaluatorSample(self, formula, compiled, shared.memory)
    let concurrency = max(1, min(workers, Machine.cpuCount().count))
    let byteCount = shape.byteCount(of: elementType)
    let memory = try MemoryRate.measure(byteCount: byteCount, threads: concurrency)
    let tables = sample.tableSeconds * Double((shape.rows + Plan.rowsPerTable - 1) / Plan.rowsPerTable)
    // What workers do before their first element counts as start: it does not overlap with computing.
    let starts = Plan.secondsPerWorker * Double((workers + concurrency - 1) / concurrency)
    let making = Double(byteCount) / memory.reserved + Double(byteCount) / memory.mapped / Double(concurrency)
    return Prediction(
      nanosecondsPerElement: sample.seconds * 1e9, elementsMeasured: sample.elementCount,
      bytesPerSecond: memory.written, concurrency: concurrency,
      arithmeticSeconds: sample.seconds * computedElements / Double(concurrency) + tables,
      memorySeconds: Double(byteCount) / memory.written,
      startSeconds: Plan.secondsPerJob + starts + making)
  }
}
