// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Pictures

@Suite("Filters as matrices")
struct BandedFilterTests {
  @Test("Every row sums to 1 and stays within the line", arguments: ResamplingFilter.allCases)
  func sums(filter: ResamplingFilter) {
    for (count, old) in [(1, 1), (1, 1000), (7, 5), (5, 7), (600, 3000), (800, 801), (333, 100), (3, 1)] {
      let band = BandedFilter(filter, count: count, old: old, window: 0..<Double(old))
      #expect(band.count == count)
      for k in 0..<count {
        let weights = band.weights[k * band.tapCount..<(k + 1) * band.tapCount].map { Double($0) }
        #expect(abs(weights.reduce(0, +) - 1) < 1e-6, "\(filter) \(count) of \(old), row \(k)")
        let last = weights.lastIndex { $0 != 0 } ?? 0
        #expect(band.starts[k] >= 0 && band.starts[k] + last < old)
      }
    }
  }

  @Test("The same size is the identity", arguments: ResamplingFilter.allCases)
  func identity(filter: ResamplingFilter) {
    let band = BandedFilter(filter, count: 9, old: 9, window: 0..<9)
    #expect(band.tapCount == 1 && band.starts == Array(0..<9) && band.weights.allSatisfy { $0 == 1 })
  }

  @Test("Half the size by area is the mean of two; thirds are weighed")
  func area() {
    let half = BandedFilter(.area, count: 4, old: 8, window: 0..<8)
    #expect(half.starts == [0, 2, 4, 6] && half.weights.allSatisfy { $0 == 0.5 })
    let thirds = BandedFilter(.area, count: 2, old: 3, window: 0..<3)
    #expect(thirds.starts == [0, 1])
    #expect(zip(thirds.weights, [2.0 / 3, 1.0 / 3, 1.0 / 3, 2.0 / 3] as [Float]).allSatisfy { abs($0 - $1) < 1e-7 })
  }

  @Test("Lanczos has the weights of its formula")
  func lanczos() {
    // Twice as large: the first new sample lies a quarter before the middle of the first old one.
    let band = BandedFilter(.lanczos, count: 20, old: 10, window: 0..<10)
    let k = 10
    let centre = (Double(k) + 0.5) / 2
    let exact = (0..<10).map { place -> Double in
      let x = Double(place) + 0.5 - centre
      guard abs(x) < 3 else { return 0 }
      return x == 0 ? 1 : sin(.pi * x) / (.pi * x) * sin(.pi * x / 3) / (.pi * x / 3)
    }
    let sum = exact.reduce(0, +)
    for tap in 0..<band.tapCount {
      #expect(abs(Double(band.weights[k * band.tapCount + tap]) - exact[band.starts[k] + tap] / sum) < 1e-7)
    }
  }
}
