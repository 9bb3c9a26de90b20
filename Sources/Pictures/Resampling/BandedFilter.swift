// SPDX-License-Identifier: Apache-2.0
//
// A filter as a matrix: each row makes one sample of the new line from neighbouring samples of the old one, so that
// only a band of its elements is not zero. A picture is resized by two of them, B_rows · picture · B_columnsᵀ.

import Glibc

/// How a new sample is made of old ones.
public enum ResamplingFilter: String, CaseIterable, Hashable, Sendable {
  /// Lanczos with three lobes, stretched by the factor of shrinking: sharp, and without moiré.
  case lanczos
  /// The mean of the area that the new pixel covers.
  case area
}

/// The band of such a matrix: `tapCount` weights for each new sample, from the old sample `starts[k]` on.
struct BandedFilter {
  let starts: [Int]
  let tapCount: Int
  /// Row after row. Where a row has fewer weights, zeros follow, and `starts[k] + tapCount` may pass the end.
  let weights: [Float]

  var count: Int { starts.count }

  /// - Parameters:
  ///   - count: new samples.
  ///   - old: old samples.
  ///   - window: the part of the old line that the new one shows, in samples, as `0..<Double(old)` for all.
  ///
  /// Weights are computed in double precision and scaled to the sum 1 before they are rounded, so that an even surface
  /// stays even. At the borders the part of the filter that lies outside is left out.
  init(_ filter: ResamplingFilter, count: Int, old: Int, window: Range<Double>) {
    let scale = (window.upperBound - window.lowerBound) / Double(count)
    let rows = (0..<count).map { index in
      switch filter {
      case .lanczos: Self.lanczos(index, scale, window.lowerBound, old)
      case .area: Self.area(index, scale, window.lowerBound, old)
      }
    }
    let tapCount = rows.map(\.weights.count).max() ?? 0
    var weights = [Float](repeating: 0, count: count * tapCount)
    for (index, row) in rows.enumerated() {
      let sum = row.weights.reduce(0, +)
      for (tap, weight) in row.weights.enumerated() { weights[index * tapCount + tap] = Float(weight / sum) }
    }
    starts = rows.map(\.start)
    self.tapCount = tapCount
    self.weights = weights
  }

  private typealias Row = (start: Int, weights: [Double])

  private static func lanczos(_ index: Int, _ scale: Double, _ origin: Double, _ old: Int) -> Row {
    let stretch = max(scale, 1)
    let centre = origin + (Double(index) + 0.5) * scale
    let start = max(0, Int((centre - 3 * stretch + 0.5).rounded(.down)))
    let end = max(start + 1, min(old, Int((centre + 3 * stretch + 0.5).rounded(.down))))
    return trimmed(start, (start..<end).map { lanczos((Double($0) + 0.5 - centre) / stretch) })
  }

  /// sinc(x) · sinc(x/3) within three lobes.
  private static func lanczos(_ x: Double) -> Double {
    guard x != 0 else { return 1 }
    guard abs(x) < 3 else { return 0 }
    let angle = Double.pi * x
    return 3 * sin(angle) * sin(angle / 3) / (angle * angle)
  }

  private static func area(_ index: Int, _ scale: Double, _ origin: Double, _ old: Int) -> Row {
    let (low, high) = (origin + Double(index) * scale, origin + Double(index + 1) * scale)
    let start = max(0, min(old - 1, Int(low.rounded(.down))))
    let end = max(start + 1, min(old, Int(high.rounded(.up))))
    return trimmed(start, (start..<end).map { max(0, min(high, Double($0 + 1)) - max(low, Double($0))) })
  }

  /// Without the ends that weigh nothing: a picture that keeps its size has one weight, and comes out as it was.
  private static func trimmed(_ start: Int, _ weights: [Double]) -> Row {
    let counts = weights.indices.filter { abs(weights[$0]) > 1e-12 }
    guard let first = counts.first, let last = counts.last else { return (start, [1]) }
    return (start + first, Array(weights[first...last]))
  }
}
