// SPDX-License-Identifier: Apache-2.0
//
// A matrix in a file instead of memory, chunk by chunk: who computes a chunk writes it where it belongs in the file, and then
// its line in the ledger on disk. No chunk waits for another, and nobody holds more than one.

import Evaluation
import Glibc
import MatrixCore
import MatrixFiles
import Multiprocessing

/// Where chunks of a run lie in its two files.
struct ChunkFileLayout: Equatable {
  /// Bytes before the first element.
  var dataOffset: Int
  /// Bytes before the first record of the ledger.
  var recordOffset: Int
}

/// The two files of a run, by descriptors that stay open as long as this is used.
@safe final class ChunkFile {
  private let data: Int32
  private let ledger: Int32
  private let layout: ChunkFileLayout
  private let partition: RowPartition
  private let columns: Int
  private let rowByteCount: Int
  /// Of the indices, where a chunk with elements that are not finite ends the run: hours may lie between it and the end. Nil
  /// where it does not.
  private let originOfRefusal: Int?
  /// One chunk. Aligned for the widest vectors; of memory of its own, so that an unused one costs no page.
  private let buffer: UnsafeMutableRawBufferPointer

  init(
    data: Int32, ledger: Int32, layout: ChunkFileLayout, partition: RowPartition, columns: Int,
    elementType: ElementType, originOfRefusal: Int?
  ) {
    self.data = data
    self.ledger = ledger
    self.layout = layout
    self.partition = partition
    self.columns = columns
    rowByteCount = columns * elementType.byteCount
    self.originOfRefusal = originOfRefusal
    unsafe buffer = .allocate(byteCount: partition.rowsPerChunk * rowByteCount, alignment: 64)
  }

  deinit { unsafe buffer.deallocate() }

  var base: UnsafeMutableRawPointer? { unsafe buffer.baseAddress }

  /// Computes `rows`, which are a chunk or its first or last part, and writes them to the file.
  func compute(_ rows: Range<Int>, by computer: ChunkComputer) throws(EngineError) -> ElementSummary {
    guard let base = unsafe buffer.baseAddress else { return ElementSummary() }
    let summary = try unsafe computer.compute(rows: rows, into: base)
    let bytes = unsafe UnsafeRawBufferPointer(start: base, count: rows.count * rowByteCount)
    do throws(Errno) {
      if let error = FaultInjection.failure(at: "chunk.write") { throw Errno(error) }
      try unsafe writeAll(bytes, to: data, at: layout.dataOffset + rows.lowerBound * rowByteCount)
    } catch {
      throw EngineError(
        .outputFailed, rows: rows, "Writing rows \(rows.lowerBound) to \(rows.upperBound - 1) failed: \(error)")
    }
    return summary
  }

  /// Says on disk that a chunk is in the file: after its rows, so that who is killed between the two has said nothing.
  ///
  /// - Throws: `outputFailed`; `nonfinite` after a chunk that ends the run.
  func record(_ chunk: Int, _ summary: ElementSummary) throws(EngineError) {
    let record = ChunkRecord(chunk: chunk, summary).bytes
    do {
      try writeAll(record, to: ledger, at: layout.recordOffset + chunk * ChunkRecord.byteCount)
    } catch { throw EngineError(.outputFailed, "Writing the ledger failed: \(error)") }
    if let originOfRefusal, summary.nonfiniteCount > 0 {
      throw EngineError.notFinite(
        summary, among: partition.rows(ofChunk: chunk), columns: columns, origin: originOfRefusal)
    }
  }

  /// The chunks that the ledger on disk says are done, with what it says of each.
  func recorded() throws(EngineError) -> [(chunk: Int, summary: ElementSummary)] {
    let bytes: [UInt8]
    do {
      bytes = try readBytes(partition.chunkCount * ChunkRecord.byteCount, from: ledger, at: layout.recordOffset)
    } catch { throw EngineError(.outputFailed, "Reading the ledger failed: \(error)") }
    return (0..<bytes.count / ChunkRecord.byteCount).compactMap { chunk in
      let first = chunk * ChunkRecord.byteCount
      return ChunkRecord(bytes[first..<first + ChunkRecord.byteCount], chunk: chunk).map { (chunk, $0.summary) }
    }
  }
}

/// A line of the ledger on disk: checksum, count and place of what is not finite, and a seal over these and the chunk's number.
/// A line that was never written, is torn or is another chunk's has no seal, and the chunk is computed again.
struct ChunkRecord {
  static let byteCount = 32
  let chunk: Int
  let summary: ElementSummary

  init(chunk: Int, _ summary: ElementSummary) {
    self.chunk = chunk
    self.summary = summary
  }

  init?(_ bytes: ArraySlice<UInt8>, chunk: Int) {
    let words = LittleEndian.words(bytes)
    guard words.count == ChunkRecord.byteCount / 8 else { return nil }
    self.chunk = chunk
    var summary = ElementSummary()
    (summary.checksum, summary.nonfiniteCount, summary.firstNonfinite) = (words[0], words[1], words[2])
    self.summary = summary
    guard words[3] == seal else { return nil }
  }

  var bytes: [UInt8] {
    LittleEndian.bytes([summary.checksum, summary.nonfiniteCount, summary.firstNonfinite, seal])
  }

  private var seal: UInt64 {
    ChunkRecord.mixed([UInt64(chunk), summary.checksum, summary.nonfiniteCount, summary.firstNonfinite])
  }

  /// Murmur's finalizer (Appleby 2011) over one word after the other, begun with letters: zeros do not seal zeros.
  static func mixed(_ words: [UInt64]) -> UInt64 {
    words.reduce(0x7765_6674_6C64_6772) {
      var mixed = $0 ^ $1
      mixed = (mixed ^ mixed >> 33) &* 0xFF51_AFD7_ED55_8CCD
      mixed = (mixed ^ mixed >> 33) &* 0xC4CE_B9FE_1A85_EC53
      return mixed ^ mixed >> 33
    }
  }
}
