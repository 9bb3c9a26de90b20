// SPDX-License-Identifier: Apache-2.0
//
// What the root knows of a run into a file, for the ranks that have to know it too.

import Formula
import MatrixCore
import MatrixFiles
import Multiprocessing

struct FileRunAccount {
  var written: WriteReport
  var report: ComputeReport

  init(written: WriteReport, report: ComputeReport) { (self.written, self.report) = (written, report) }

  var encoded: [UInt8] {
    var wire = WireWriter()
    wire.write(written.byteCount)
    wire.write(written.writeSeconds)
    wire.write(written.commitSeconds)
    wire.write(report.shape.rows)
    wire.write(report.shape.columns)
    wire.write(report.elementType == .float64)
    wire.write(report.accuracy?.rawValue ?? "")
    wire.write(report.bound ?? "")
    for number in [report.workers, report.chunks, report.retries, report.chunksFound, report.nonfiniteCount] {
      wire.write(number)
    }
    for time in [report.seconds.plan, report.seconds.start, report.seconds.compute, report.seconds.validate] {
      wire.write(time)
    }
    wire.write(report.checksum.map { [$0.value] } ?? []) { $0.write($1) }
    wire.write(report.firstNonfinite.map { [$0.row, $0.column] } ?? []) { $0.write($1) }
    wire.write(report.verified.rawValue)
    wire.write(report.elementsRecomputed)
    return wire.bytes
  }

  /// The path is this rank's own: the same file, which may be called otherwise here.
  init(encoded: [UInt8], path: String) throws(EngineError) {
    self = try engineErrors { () throws(SystemError) in
      var wire = WireReader(encoded)
      let written = WriteReport(
        path: path, format: .npy, byteCount: try wire.read(), writeSeconds: try wire.read(),
        commitSeconds: try wire.read())
      let (rows, columns): (Int, Int) = (try wire.read(), try wire.read())
      guard let shape = try? Shape(rows: rows, columns: columns) else {
        throw SystemError(code: .protocolMismatch, message: "The root's account of the run is not of this version.")
      }
      let elementType: ElementType = try wire.read() ? .float64 : .float32
      let (accuracy, bound): (String, String) = (try wire.read(), try wire.read())
      var report = ComputeReport(
        shape: shape, elementType: elementType, accuracy: Accuracy(rawValue: accuracy),
        bound: bound.isEmpty ? nil : bound,
        workers: try wire.read(), chunks: try wire.read(), retries: try wire.read(), chunksFound: try wire.read(),
        nonfiniteCount: try wire.read(), verified: .none, elementsRecomputed: 0)
      report.seconds = ComputeReport.Seconds(
        plan: try wire.read(), start: try wire.read(), compute: try wire.read(), validate: try wire.read())
      let checksum: [UInt64] = try wire.read { wire throws(SystemError) in try wire.read() }
      report.checksum = checksum.first.map(Checksum.init)
      let place: [Int] = try wire.read { wire throws(SystemError) in try wire.read() }
      report.firstNonfinite = place.count == 2 ? (place[0], place[1]) : nil
      report.verified = Job.Verification(rawValue: try wire.read()) ?? .none
      report.elementsRecomputed = try wire.read()
      return FileRunAccount(written: written, report: report)
    }
  }
}
