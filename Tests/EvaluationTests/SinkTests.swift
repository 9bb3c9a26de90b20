// SPDX-License-Identifier: Apache-2.0
//
// What leaves the registers: checksums that add up over any cut, one NaN, float32 rounded once, nothing written past
// the end.

import Testing

@testable import Evaluation

/// The checksum as `sink.inc` states it, in plain Swift.
private func checksum(_ values: [Double], from index: Int) -> UInt64 {
  values.enumerated().reduce(0) { sum, element in
    let key = UInt64(index + element.offset + 1) &* 0x9E37_79B9_7F4A_7C15
    let x = element.element.bitPattern ^ key
    return sum &+ (x & 0xFFFF_FFFF) &* (x >> 32) &+ element.element.bitPattern
  }
}

@Suite(.timeLimit(.minutes(20)))
struct SinkTests {
  private func store(_ table: KernelTable, _ values: [Double], index: Int) -> (
    stored: [Double], summary: ElementSummary
  ) {
    var out = [Double](repeating: 12345, count: values.count + 3)
    let summary = unsafe out.withUnsafeMutableBytes { out in
      unsafe values.withUnsafeBufferPointer { values in
        values.isEmpty
          ? ElementSummary()
          : unsafe table.store(
            values.baseAddress!, count: values.count, into: out.baseAddress!, elementType: .float64, index: index,
            wantsChecksum: true)
      }
    }
    #expect(out[values.count...] == [12345, 12345, 12345], "written past the end")
    return (Array(out[..<values.count]), summary)
  }

  @Test(arguments: KernelTable.supportedOnHost)
  func checksumIsTheStatedSumForEveryCount(table: KernelTable) {
    for count in 0...200 {
      let values = mixture(count, seed: UInt64(count))
      let (stored, summary) = store(table, values, index: 1_000_003)
      #expect(same(stored, values))
      #expect(summary.checksum == checksum(values, from: 1_000_003))
      #expect(summary.nonfiniteCount == UInt64(values.count { !$0.isFinite }))
      let first = values.firstIndex { !$0.isFinite }.map { UInt64($0 + 1_000_003) }
      #expect(summary.firstNonfinite == first ?? .max)
    }
  }

  @Test(arguments: KernelTable.supportedOnHost)
  func checksumAddsUpOverAnyCut(table: KernelTable) {
    let values = mixture(1000, seed: 77)
    let whole = store(table, values, index: 0).summary
    for cut in stride(from: 0, through: 1000, by: 37) {
      var parts = store(table, Array(values[cut...]), index: cut).summary
      parts.merge(store(table, Array(values[..<cut]), index: 0).summary)
      #expect(parts == whole, "cut at \(cut)")
    }
  }

  @Test func checksumSeesMovesAndSingleBits() {
    let table = KernelTable.supportedOnHost[0]
    let values = mixture(64, seed: 3)
    let whole = store(table, values, index: 0).summary.checksum
    for place in 0..<63 {
      var swapped = values
      swapped.swapAt(place, place + 1)
      if !same(values[place], values[place + 1]) {
        #expect(store(table, swapped, index: 0).summary.checksum != whole, "swap at \(place)")
      }
      for bit in 0..<64 {
        var flipped = values
        flipped[place] = Double(bitPattern: values[place].bitPattern ^ 1 << bit)
        #expect(store(table, flipped, index: 0).summary.checksum != whole, "bit \(bit) of \(place)")
      }
    }
  }

  @Test(arguments: KernelTable.supportedOnHost)
  func float32RoundsOnceAndOverflowCountsAsNonfinite(table: KernelTable) {
    let values = [1e39, -1e39, 0.1, 1 + 0x1p-24, 1 + 0x1.8p-24, 0x1p-1074, .nan, .infinity] + mixture(90, seed: 9)
    var out = [Float](repeating: 7, count: values.count + 1)
    let summary = unsafe out.withUnsafeMutableBytes { out in
      unsafe values.withUnsafeBufferPointer { values in
        unsafe table.store(
          values.baseAddress!, count: values.count, into: out.baseAddress!, elementType: .float32, index: 5,
          wantsChecksum: true)
      }
    }
    for (k, value) in values.enumerated() {
      #expect(out[k].bitPattern == Float(value).bitPattern || out[k].isNaN && value.isNaN, "\(value)")
    }
    #expect(out[values.count] == 7)
    #expect(summary.nonfiniteCount == UInt64(values.count { !Float($0).isFinite }))
    let again = unsafe out.withUnsafeBytes {
      unsafe table.checksum(of: $0.baseAddress!, isFloat32: true, index: 5, count: values.count)
    }
    #expect(summary.checksum == again)
  }
}
