// SPDX-License-Identifier: Apache-2.0
//
// How the elements of a matrix file are spread: a second pass, since the bins are known only after the first.

import MatrixCore
import MatrixFiles
import Multiprocessing

/// Elements counted by bins of equal width.
public struct MatrixHistogram: Sendable, Hashable {
  /// Edges of the bins, from the least; one more than there are bins. A bin has its lower edge, the last one both.
  public let edges: [Double]
  public let counts: [Int]
  /// Elements below the first edge, above the last, and not finite.
  public let outside: Int

  /// Counts a file's elements.
  ///
  /// - Parameters:
  ///   - range: the least and the largest edge, both finite. Where they are equal, there is one bin.
  ///   - bins: at least 1.
  /// - Throws: `FileError`.
  public init(
    contentsOf path: String, range: ClosedRange<Double>, bins: Int, options: ReadOptions = ReadOptions()
  ) throws {
    precondition(bins > 0 && range.lowerBound.isFinite && range.upperBound.isFinite)
    switch try MatrixFile.inspect(path, options: options).elementType {
    case .float64: try self.init(reading: path, as: Double.self, range, bins, options)
    case .float32: try self.init(reading: path, as: Float.self, range, bins, options)
    }
  }

  private init<Element: MatrixElement>(
    reading path: String, as type: Element.Type, _ range: ClosedRange<Double>, _ wanted: Int, _ options: ReadOptions
  ) throws {
    var reader = try MatrixReader<Element>(contentsOf: path, options: options)
    let bins = range.lowerBound == range.upperBound ? 1 : wanted
    let threads = Machine.cpuCount().count
    var counts = [Int](repeating: 0, count: bins + 1)
    try reader.forEachPiece(ofElements: MatrixFileSummary.pieceCount) { piece, _ in
      var found = [[Int]](repeating: [], count: threads)
      unsafe piece.withUnsafeBufferPointer { piece in
        unsafe found.withUnsafeMutableBufferPointer { found in
          // Each thread writes its own place.
          let (from, place) = (piece.baseAddress, found.baseAddress)
          Threads.forEach(threads, threads: threads) { part in
            let (first, end) = (piece.count * part / threads, piece.count * (part + 1) / threads)
            let elements = unsafe UnsafeBufferPointer(start: from.map { unsafe $0 + first }, count: end - first)
            unsafe place![part] = counted(elements, range, bins: bins)
          }
        }
      }
      for part in found { for k in part.indices { counts[k] += part[k] } }
    }
    edges = (0...bins).map { MatrixHistogram.edge($0, of: bins, range) }
    self.counts = Array(counts.dropLast())
    outside = counts[bins]
  }

  /// Without leaving the range where the width does.
  private static func edge(_ k: Int, of bins: Int, _ range: ClosedRange<Double>) -> Double {
    let t = Double(k) / Double(bins)
    return k == 0 ? range.lowerBound : k == bins ? range.upperBound : range.lowerBound * (1 - t) + range.upperBound * t
  }
}

/// Counts by bin, and behind them what is outside.
@specialized(where Element == Double)
@specialized(where Element == Float)
private func counted<Element: MatrixElement>(
  _ elements: UnsafeBufferPointer<Element>, _ range: ClosedRange<Double>, bins: Int
) -> [Int] {
  var counts = [Int](repeating: 0, count: bins + 1)
  let (low, high) = (range.lowerBound, range.upperBound)
  // Half of the width is a number where the width is not.
  let half = (high - low).isFinite ? 1 : 0.5
  let width = high * half - low * half
  for index in elements.indices {
    let value = unsafe Double(elements[index])
    guard value >= low, value <= high else {
      counts[bins] += 1
      continue
    }
    let place = width > 0 ? (value * half - low * half) / width * Double(bins) : 0
    counts[min(bins - 1, Int(place))] += 1
  }
  return counts
}
