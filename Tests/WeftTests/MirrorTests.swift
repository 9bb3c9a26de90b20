// SPDX-License-Identifier: Apache-2.0
//
// Symmetric matrices: one triangle computed, the other copied, and nobody can tell.

import MatrixCore
import Testing

@testable import Weft

@Suite(.timeLimit(.minutes(20)))
struct MirrorTests {
  private func compute<Element: MatrixElement>(
    _ text: String, side: Int, mode: EngineMode, as type: Element.Type = Double.self, chunkRows: Int? = nil,
    nonfinite: Job.NonfinitePolicy = .error
  ) throws -> (SharedMatrix<Element>, ComputeReport, Plan) {
    let engine = try BlockingEngine(mode)
    defer { engine.shutDown() }
    var job = Job(.formula(try Formula(text)), rows: side, columns: side)
    job.chunkRows = chunkRows
    job.nonfinite = nonfinite
    let plan = try engine.plan(job, elementType: Element.elementType)
    let (matrix, report) = try engine.compute(job, as: type)
    return (matrix, report, plan)
  }

  /// The caller's own chunks are not mirrored: the same matrix, element by element.
  @Test(arguments: [2, 7, 8, 9, 31, 64, 65, 130, 517])
  func mirroredIsTheSame(side: Int) throws {
    let text = "sin(sqrt(i*i+j*j)*0.1)/(1+0.01*sqrt(i*i+j*j))"
    let (plain, plainReport, plainPlan) = try compute(text, side: side, mode: .inProcess, chunkRows: 5)
    #expect(!plainPlan.partition.isMirrored)
    for mode in [EngineMode.inProcess, .workers(3)] {
      let (mirrored, report, plan) = try compute(text, side: side, mode: mode)
      #expect(plan.partition.isMirrored)
      #expect(report.checksum == plainReport.checksum)
      #expect(
        mirrored.elements.indices.allSatisfy { mirrored.elements[$0].bitPattern == plain.elements[$0].bitPattern })
      let (floats, floatReport, _) = try compute(text, side: side, mode: mode, as: Float.self)
      let (plainFloats, plainFloatReport, _) = try compute(
        text, side: side, mode: .inProcess, as: Float.self, chunkRows: 3)
      #expect(floatReport.checksum == plainFloatReport.checksum)
      #expect(floats.elements.indices.allSatisfy { floats.elements[$0] == plainFloats.elements[$0] })
    }
  }

  @Test func nonfiniteElementsAreCountedOnBothSides() throws {
    let text = "log(abs(i-j)-20)*exp(sqrt(i*j))/exp(sqrt(i*j))"
    let (_, plain, _) = try compute(text, side: 100, mode: .inProcess, chunkRows: 7, nonfinite: .allow)
    let (_, mirrored, plan) = try compute(text, side: 100, mode: .workers(2), nonfinite: .allow)
    #expect(plan.partition.isMirrored)
    #expect(plain.nonfiniteCount == mirrored.nonfiniteCount && plain.nonfiniteCount > 100)
    #expect(plain.firstNonfinite! == mirrored.firstNonfinite!)
    #expect(plain.checksum == mirrored.checksum)
  }

  /// Every element belongs to one chunk.
  @Test(arguments: [1, 2, 8, 63, 64, 65, 200, 1000])
  func stretchesCoverTheMatrixOnce(side: Int) throws {
    let partition = RowPartition(shape: try Shape(rows: side, columns: side), isMirrored: true)
    var seen = [UInt8](repeating: 0, count: side * side)
    for chunk in 0..<partition.chunkCount {
      partition.forEachStretch(ofChunk: chunk, columns: side) { row, columns in
        for column in columns { seen[row * side + column] += 1 }
      }
    }
    #expect(seen.allSatisfy { $0 == 1 })
  }
}
