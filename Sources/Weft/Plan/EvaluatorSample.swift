// SPDX-License-Identifier: Apache-2.0
//
// How long an element takes, measured: the plan's evaluator over a few rows spread over the matrix.

import Evaluation
import Formula
import MatrixCore
import Multiprocessing

/// What was found by computing some elements in this process.
struct EvaluatorSample {
  /// At most this long, but for the element that is in hand then.
  static let secondsLimit = 0.02
  /// Columns of a row that are computed; more make no difference, and would not fit a cache.
  static let columnLimit = 16_384
  private static let elementsAtATime = 32_768
  private static let places = 4
  /// Elements of the first look.
  private static let firstLook = 64

  /// For each element, tables being there. A lower bound where nothing was finished.
  var seconds = 0.0
  var elementCount = 0
  /// Making the tables of some 4096 rows and all columns once.
  var tableSeconds = 0.0

  /// - Throws: `EngineError` (`evaluation`) where one of the elements has no value.
  init(_ plan: Plan, _ formula: BoundFormula, _ compiled: CompiledFormula, _ inputs: JobInputs) throws(EngineError) {
    guard plan.shape.count > 0 else { return }
    let end = Deadline.in(seconds: EvaluatorSample.secondsLimit)
    // A first look, which says how much there is time for.
    let look = try Run(plan, formula, compiled, inputs, columns: EvaluatorSample.firstLook, rowLimit: 1, end)
    let first = try look.seconds(fromRow: 0)
    // Where time was up, it may have been tables that took it: they are there now.
    if first == nil { look.end = .in(seconds: EvaluatorSample.secondsLimit) }
    guard let again = try look.seconds(fromRow: 0) else {
      (seconds, elementCount) = (EvaluatorSample.secondsLimit / Double(look.elementCount), 0)
      return
    }
    (seconds, elementCount) = (again / Double(look.elementCount), look.elementCount)
    tableSeconds = max(0, (first ?? EvaluatorSample.secondsLimit) - again)
    // Every place is computed three times; half of the time is left for tables.
    let affordable =
      Int(min(1e9, EvaluatorSample.secondsLimit / 2 / max(seconds, 1e-10))) / (3 * EvaluatorSample.places)
    let columns = min(plan.shape.columns, EvaluatorSample.columnLimit, max(EvaluatorSample.firstLook, affordable))
    let rows = max(1, min(plan.shape.rows, min(affordable, EvaluatorSample.elementsAtATime) / columns))
    let run = try Run(plan, formula, compiled, inputs, columns: columns, rowLimit: rows, end)
    var (warm, count, tables) = (0.0, 0, 0.0)
    for place in 0..<EvaluatorSample.places {
      let row = (plan.shape.rows - rows) * place / (EvaluatorSample.places - 1)
      guard let cold = try run.seconds(fromRow: row), let first = try run.seconds(fromRow: row),
        let second = try run.seconds(fromRow: row)
      else { break }
      (warm, count) = (warm + min(first, second), count + run.elementCount)
      // What the first place has made serves the others too, where they are near.
      if place == 0 { tables = max(0, cold - min(first, second)) }
    }
    guard count > 0 else { return }
    (seconds, elementCount) = (warm / Double(count), count)
    let panels = (plan.shape.columns + columns - 1) / columns
    tableSeconds = tables * Double(panels)
  }
}

/// Some rows of the first columns, computed into a buffer of their own.
@safe private final class Run {
  /// When time is up.
  var end: Deadline {
    get { limit.end }
    set { limit.end = newValue }
  }

  private let computer: ChunkComputer
  private let limit: Limit
  private let buffer: UnsafeMutableRawPointer
  private let rowCount: Int
  let elementCount: Int

  init(
    _ plan: Plan, _ formula: BoundFormula, _ compiled: CompiledFormula, _ inputs: JobInputs, columns: Int,
    rowLimit: Int, _ end: Deadline
  ) throws(EngineError) {
    guard let shape = try? Shape(rows: plan.shape.rows, columns: min(columns, plan.shape.columns)) else {
      throw EngineError(.invalidJob, "A part of a shape is a shape.")
    }
    let limit = Limit(end)
    self.limit = limit
    rowCount = min(rowLimit, shape.rows)
    elementCount = rowCount * shape.columns
    let byteCount = elementCount * plan.elementType.byteCount
    unsafe buffer = .allocate(byteCount: byteCount, alignment: 64)
    unsafe buffer.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    // In the cache, whatever the plan does with the whole matrix: how fast memory is, is another question.
    unsafe computer = ChunkComputer(
      formula: formula, compiled: compiled, shape: shape, elementType: plan.elementType, inputs: inputs,
      kernels: plan.table, wantsChecksum: plan.verification != .none, isMirrored: false, bypassesCache: false,
      base: buffer,
      beat: { Deadline.now < limit.end })
  }

  deinit { unsafe buffer.deallocate() }

  /// Seconds for the elements; nil when time is up.
  func seconds(fromRow row: Int) throws(EngineError) -> Double? {
    let clock = PhaseClock()
    do throws(EngineError) {
      _ = unsafe try computer.compute(rows: row..<row + rowCount, into: buffer)
      return clock.lap()
    } catch {
      guard error.code == .cancelled else { throw error }
      return nil
    }
  }
}

/// A moment that can still be moved.
private final class Limit {
  var end: Deadline
  init(_ end: Deadline) { self.end = end }
}
