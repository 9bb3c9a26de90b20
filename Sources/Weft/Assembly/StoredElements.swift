// SPDX-License-Identifier: Apache-2.0
//
// A computed matrix as the assembler looks at it: in memory, or in a file.

import Evaluation
import MatrixCore
import MatrixFiles

/// Elements in row order, wherever they are. What of a file cannot be read counts as NaN and as a wrong checksum: both are
/// found to be wrong.
@safe enum StoredElements {
  case memory(UnsafeRawPointer)
  /// A file open for reading, and the bytes before its first element.
  case file(Int32, dataOffset: Int)

  /// Bytes read at a time: in the second-level cache.
  private static let pieceByteCount = 256 << 10

  var isMemory: Bool { if case .memory = self { true } else { false } }

  var noun: String { if case .memory = self { "memory" } else { "the file" } }

  func value(at index: Int, _ type: ElementType) -> Double {
    switch (self, type) {
    case (.memory(let base), .float64): return unsafe base.load(fromByteOffset: index * 8, as: Double.self)
    case (.memory(let base), .float32): return unsafe Double(base.load(fromByteOffset: index * 4, as: Float.self))
    case (.file, .float64): return Double(bitPattern: word(at: index * 8, 8) ?? Double.nan.bitPattern)
    case (.file, .float32):
      return Double(
        Float(bitPattern: word(at: index * 4, 4).map(UInt32.init(truncatingIfNeeded:)) ?? Float.nan.bitPattern))
    }
  }

  private func word(at byte: Int, _ byteCount: Int) -> UInt64? {
    guard case .file(let descriptor, let dataOffset) = self else { return nil }
    var word: UInt64 = 0
    let read = unsafe withUnsafeMutableBytes(of: &word) { bytes in
      try? unsafe readAll(
        into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<byteCount]), from: descriptor, at: dataOffset + byte)
    }
    return read == byteCount ? UInt64(littleEndian: word) : nil
  }

  /// The checksum of `count` elements from `index` on.
  func checksum(from index: Int, count: Int, _ type: ElementType, _ table: KernelTable) -> UInt64 {
    let (size, isFloat32) = (type.byteCount, type == .float32)
    switch self {
    case .memory(let base):
      return unsafe table.checksum(of: base + index * size, isFloat32: isFloat32, index: index, count: count)
    case .file(let descriptor, let dataOffset):
      let pieceCount = min(count, StoredElements.pieceByteCount / size)
      let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, pieceCount) * size, alignment: 64)
      defer { unsafe piece.deallocate() }
      var sum: UInt64 = 0
      for first in stride(from: index, to: index + count, by: max(1, pieceCount)) {
        let part = min(pieceCount, index + count - first)
        let bytes = unsafe UnsafeMutableRawBufferPointer(rebasing: piece[..<(part * size)])
        let read = try? unsafe readAll(into: bytes, from: descriptor, at: dataOffset + first * size)
        guard read == part * size, let base = bytes.baseAddress else { return sum &+ 1 }
        sum &+= unsafe table.checksum(of: base, isFloat32: isFloat32, index: first, count: part)
      }
      return sum
    }
  }
}
