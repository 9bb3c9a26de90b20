// SPDX-License-Identifier: Apache-2.0
//
// The constants that belong to a formula, measured on this machine: what `weft explain` finds (Plan+Prediction.swift), taken
// apart into what grows with the elements and what with the tables.

import MatrixCore
import Multiprocessing

extension ScalingConstants {
  /// Takes a formula's own costs in place of those of the headline formula. Some 50 ms and 50 MB.
  ///
  /// - Throws: `FormulaError`, `ShapeError`; `EngineError`: an element that was tried has no value; resources.
  public mutating func measure(
    _ job: Job, elementType: ElementType = .float64, name: String, inputs: [String: any MatrixReadable] = [:]
  ) throws {
    var job = job
    // As a rank computes: every element, in chunks of rows.
    job.chunkRows = 8
    let engine = try BlockingEngine(.inProcess)
    let prediction = try engine.plan(job, elementType: elementType).prediction(inputs: inputs)
    let perElement = prediction.nanosecondsPerElement * 1e-9
    let least = prediction.elementsMeasured == 0 ? "at least: " : ""
    let origin = "\(least)\(name), measured on this machine just now"
    secondsPerElement = ScalingConstant(perElement, origin)
    let (rows, columns) = (Double(job.rows), Double(job.columns))
    let tables = max(0, prediction.arithmeticSeconds - perElement * rows * columns)
    // The prediction makes them for windows of 4096 rows, and some 16384 columns at a time.
    let entries = (columns + (columns / 16_384).rounded(.up) * min(4096, rows)) * (rows / 4096).rounded(.up)
    secondsPerTableEntry = ScalingConstant(entries > 0 ? tables / entries : 0, origin)
  }
}
