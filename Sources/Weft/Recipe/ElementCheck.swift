// SPDX-License-Identifier: Apache-2.0
//
// Elements against what a job gives: single ones by the reference evaluator, all by the kernels, on all CPUs.

import Evaluation
import Formula
import MatrixCore
import MatrixFiles
import Multiprocessing

/// The job's elements, computed again to be compared with.
struct ElementCheck {
  private let plan: Plan
  private let inputs: SharedInputs
  private let reference: ElementReference
  private var computers: [ChunkComputer] = []
  private(set) var firstWrong: RecipeVerification.WrongElement?
  private(set) var wrongCount = 0

  init(_ job: Job, _ elementType: ElementType) throws {
    var job = job
    // Whole rows, not mirrored triangles.
    job.chunkRows = 1
    plan = try Plan(job, elementType: elementType, engineWorkers: 0, workersReason: "", isStreamed: true)
    inputs = try SharedInputs(job.inputs)
    guard case .formula(let formula, let compiled) = plan.work else {
      throw EngineError(.invalidJob, "Only formulas are computed anew.")
    }
    reference = ElementReference(formula, compiled, kernels: plan.table, inputs: inputs.memory)
  }

  /// Compares one element, `index` being its place in row order.
  mutating func compare<Element: MatrixElement>(_ found: Element, at index: Int) throws {
    let (row, column) = index.quotientAndRemainder(dividingBy: plan.shape.columns)
    let value: Double
    do { value = try reference.value(row: row, column: column) } catch {
      throw EngineError(.evaluation, rows: row..<row + 1, "\(error)")
    }
    let expected = plan.elementType == .float32 ? Double(Float(value)) : value
    note(Double(found), expected, row, column)
  }

  private mutating func note(_ found: Double, _ expected: Double, _ row: Int, _ column: Int) {
    guard found.bitPattern != expected.bitPattern, !(found.isNaN && expected.isNaN) else { return }
    wrongCount += 1
    if firstWrong == nil { firstWrong = .init(row: row, column: column, found: found, expected: expected) }
  }

  /// Compares whole rows from `row` on.
  mutating func compareAll<Element: MatrixElement>(_ piece: Span<Element>, _ row: Int) throws {
    let columns = plan.shape.columns
    let rows = piece.count / columns
    let parts = min(rows, Machine.cpuCount().count)
    while computers.count < parts { computers.append(try computer()) }
    var computed = try Matrix<Element>(shape: try Shape(rows: rows, columns: columns))
    var faults = [EngineError?](repeating: nil, count: parts)
    let computers = computers
    var span = computed.mutableElements
    unsafe span.withUnsafeMutableBytes { bytes in
      unsafe faults.withUnsafeMutableBufferPointer { faults in
        // Each thread writes its own rows and its own place.
        guard let base = bytes.baseAddress, let place = faults.baseAddress else { return }
        Threads.forEach(parts, threads: parts) { part in
          let mine = rows * part / parts..<rows * (part + 1) / parts
          do throws(EngineError) {
            _ = try unsafe computers[part].compute(
              rows: row + mine.lowerBound..<row + mine.upperBound,
              into: base + mine.lowerBound * columns * MemoryLayout<Element>.stride)
          } catch { unsafe place[part] = error }
        }
      }
    }
    if let fault = faults.compactMap(\.self).first { throw fault }
    let elements = computed.elements
    for k in elements.indices where piece[k].bits != elements[k].bits {
      note(Double(piece[k]), Double(elements[k]), row + k / columns, k % columns)
    }
  }

  private func computer() throws -> ChunkComputer {
    guard case .formula(let formula, let compiled) = plan.work else {
      throw EngineError(.invalidJob, "Only formulas are computed anew.")
    }
    // Rows are computed where they are wanted, and never at a base.
    return unsafe ChunkComputer(
      formula: formula, compiled: compiled, shape: plan.shape, elementType: plan.elementType, inputs: inputs.memory,
      kernels: plan.table, wantsChecksum: false, isMirrored: false, bypassesCache: false,
      base: UnsafeMutableRawPointer(bitPattern: 64)!, beat: { true })
  }
}

extension MatrixElement {
  /// What is compared: any NaN is as good as another.
  fileprivate var bits: UInt64 { isNaN ? .max : Double(self).bitPattern }
}
