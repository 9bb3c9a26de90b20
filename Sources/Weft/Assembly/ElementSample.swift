// SPDX-License-Identifier: Apache-2.0
//
// Which elements are computed anew where not all are: for the assembler, and for whoever holds a file against its recipe.

import MatrixCore

enum ElementSample {
  /// Places besides the corners: one wrong element in 100 is found with probability 0.92. What it is for are faults that hit
  /// whole rows, lanes or tables, which 256 elements do not miss.
  static let count = 256

  /// The corners, then places drawn evenly: others for another seed, the same for the same. All places of a small matrix.
  static func places(of shape: Shape, seed: UInt64) -> [Int] {
    guard shape.count > count else { return Array(0..<shape.count) }
    var random = SplitMix64(seed: seed)
    return [0, shape.columns - 1, shape.count - shape.columns, shape.count - 1]
      + (0..<count).map { _ in Int(random.next().multipliedFullWidth(by: UInt64(shape.count)).high) }
  }
}

/// Steele, Lea and Flood 2014, Fast splittable pseudorandom number generators.
struct SplitMix64 {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
