// SPDX-License-Identifier: Apache-2.0
//
// How much memory a job needs, and the refusal before anything is allocated: under a memory cgroup the kernel would not
// refuse, it would kill.

import MatrixCore
import Multiprocessing

extension Plan {
  /// A worker's own memory: code and stack it touches, and the scratch of its evaluator (at most 4 MiB of tables, see
  /// `BlockMemory`).
  static let bytesPerWorker = 8 << 20

  /// Left to the rest of the machine.
  static let safetyMargin = 32 << 20

  static func memoryNeed(
    _ shape: Shape, _ elementType: ElementType, _ partition: RowPartition, workers: Int,
    inputs: [String: any MatrixReadable], isStreamed: Bool
  ) -> Int {
    let ledger = Ledger.byteCount(chunkCount: partition.chunkCount, slotCount: max(1, workers))
    let copies = inputs.values.reduce(0) { $0 + ($1.isShared ? 0 : $1.byteCount) }
    let beside = ledger + max(1, workers) * bytesPerWorker + copies
    let chunk = partition.rowsPerChunk * shape.columns * elementType.byteCount
    let elements = isStreamed ? max(1, workers) * chunk : shape.byteCount(of: elementType)
    let (sum, overflow) = elements.addingReportingOverflow(beside)
    return overflow ? .max : sum
  }

  /// Bytes that may still be used, and what decides it. Asked anew every time (0.1 ms: a handful of files under /proc and
  /// /sys).
  public var memoryRoom: MemoryRoom { Machine.memoryRoom() }

  /// Whether the job's memory is there now.
  public var fitsMemory: Bool { memoryNeed <= memoryRoom.byteCount - Plan.safetyMargin }

  /// Refuses a job that does not fit, `held` bytes of its need being there already (a matrix computed into again).
  func checkMemory(held: Int = 0) throws(EngineError) {
    // The matrix is there, and with it whatever its workers need: asking would take longer than a small job.
    if held > 0, held >= shape.byteCount(of: elementType), memoryNeed - held < Plan.safetyMargin { return }
    let memoryRoom = memoryRoom
    let need = memoryNeed - held
    guard need > memoryRoom.byteCount - Plan.safetyMargin else { return }
    throw EngineError(
      .resources,
      "The \(shape) matrix of \(elementType) needs \(ByteCount(need)), and \(ByteCount(max(0, memoryRoom.byteCount))) are there "
        + "(\(memoryRoom.reason)): compute fewer rows at a time, use float32, or free memory.")
  }
}

extension MatrixReadable {
  /// Whether workers can map this matrix as it is.
  var isShared: Bool { self is SharedMatrix<Double> || self is SharedMatrix<Float> }
}

/// Bytes for people: "8.0 MB".
public struct ByteCount: CustomStringConvertible, Sendable {
  public let bytes: Int
  public init(_ bytes: Int) { self.bytes = bytes }

  public var description: String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
    var value = Double(bytes)
    var unit = 0
    while value >= 999.95, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return unit == 0 ? "\(bytes) B" : "\((value * 10).rounded() / 10) \(units[unit])"
  }
}
