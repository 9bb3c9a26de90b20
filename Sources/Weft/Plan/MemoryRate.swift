// SPDX-License-Identifier: Apache-2.0
//
// How fast this machine writes memory, measured: for predictions, in some 20 ms.

import Glibc
import Multiprocessing

/// What was found by writing a buffer, as workers write a matrix.
struct MemoryRate {
  /// More is not reserved, and not waited for.
  static let byteLimit = 48 << 20

  /// Bytes a second into memory that is there.
  var written: Double
  /// Bytes a second of reserving shared memory, which one process does.
  var reserved: Double
  /// Bytes a second, for one of the workers, of mapping it page by page.
  var mapped: Double

  /// Writes as much as a matrix of `byteCount` bytes, up to the limit, on `threads` threads at once: a thread alone does not
  /// fill a memory bus. A matrix that fits a cache is measured there, where it will be.
  static func measure(byteCount: Int, threads: Int) throws(EngineError) -> MemoryRate {
    let room = max(0, Machine.memoryRoom().byteCount - Plan.safetyMargin)
    let pieces = max(1, min(threads, 64))
    let perPiece = max(4096, min(byteCount, byteLimit, room / 2) / pieces) & ~4095
    let total = perPiece * pieces
    return try engineErrors { () throws(SystemError) in
      let clock = PhaseClock()
      let memory = try SharedMemory(byteCount: total)
      let reserved = clock.lap()
      memory.populate(byteOffset: 0, byteCount: total)
      let mapped = clock.lap()
      // The best of three: the first may find pages missing still, and whatever else runs here must not count.
      let written = (0..<3).map { _ in unsafe seconds(memory.baseAddress, perPiece, pieces) }.min() ?? 0
      return MemoryRate(
        written: Double(total) / max(written, 1e-9), reserved: Double(total) / max(reserved, 1e-9),
        mapped: Double(total) / max(mapped, 1e-9))
    }
  }

  /// Seconds until `pieces` threads, this one among them, have each filled a piece.
  private static func seconds(_ base: UnsafeMutableRawPointer, _ byteCount: Int, _ pieces: Int) -> Double {
    let clock = PhaseClock()
    var threads: [pthread_t] = []
    for piece in 1..<max(1, pieces) {
      let start = unsafe Unmanaged.passRetained(Piece(base + piece * byteCount, byteCount))
      var thread = pthread_t()
      if unsafe pthread_create(&thread, nil, fill, start.toOpaque()) == 0 {
        threads.append(thread)
      } else {
        // No thread to be had: this one does its share.
        _ = unsafe fill(start.toOpaque())
      }
    }
    unsafe memset(base, 2, byteCount)
    for thread in threads { pthread_join(thread, nil) }
    return clock.lap()
  }
}

/// What one thread fills.
@safe private final class Piece {
  let base: UnsafeMutableRawPointer
  let byteCount: Int

  @unsafe init(_ base: UnsafeMutableRawPointer, _ byteCount: Int) {
    unsafe self.base = base
    self.byteCount = byteCount
  }
}

private func fill(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument = unsafe argument else { return nil }
  let piece = unsafe Unmanaged<Piece>.fromOpaque(argument).takeRetainedValue()
  unsafe memset(piece.base, 2, piece.byteCount)
  return nil
}
