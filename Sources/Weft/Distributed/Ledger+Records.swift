// SPDX-License-Identifier: Apache-2.0
//
// What one rank's ledger says of its chunks, as bytes for the ledgers of the others.

extension Ledger {
  /// A chunk's number, and its line of a ledger on disk, sealed as there.
  private static let recordByteCount = 8 + ChunkRecord.byteCount

  func records(of chunks: some Sequence<Int>) -> [UInt8] {
    chunks.flatMap { LittleEndian.bytes([$0]) + ChunkRecord(chunk: $0, summary(of: $0)).bytes }
  }

  /// Marks done what `records` says, as far as its lines are whole; the assembler asks for all.
  func restore(records: [UInt8]) {
    for first in stride(from: 0, to: records.count, by: Ledger.recordByteCount) {
      let line = records[first..<min(first + Ledger.recordByteCount, records.count)]
      guard let chunk = LittleEndian.numbers(line.prefix(8)).first, (0..<chunkCount).contains(chunk),
        let record = ChunkRecord(line.dropFirst(8), chunk: chunk)
      else { continue }
      restore(chunk, summary: record.summary)
    }
  }
}
