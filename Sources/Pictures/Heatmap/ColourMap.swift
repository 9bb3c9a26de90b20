// SPDX-License-Identifier: Apache-2.0
//
// Colours for numbers. Both maps are perceptually even, so that equal steps of the numbers look equal, and they are
// told apart by people who do not see red or green.

/// An opaque sRGB colour.
struct Colour: Hashable, Sendable {
  var red: UInt8
  var green: UInt8
  var blue: UInt8

  init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) { (self.red, self.green, self.blue) = (red, green, blue) }
  init(grey: UInt8) { self.init(grey, grey, grey) }

  /// From here to there: `share` 0 is this colour, 1 the other.
  func mixed(with other: Colour, _ share: Double) -> Colour {
    func mix(_ a: UInt8, _ b: UInt8) -> UInt8 { UInt8((Double(a) + (Double(b) - Double(a)) * share).rounded()) }
    return Colour(mix(red, other.red), mix(green, other.green), mix(blue, other.blue))
  }
}

/// Which colours a picture of numbers has.
public enum ColourMap: String, CaseIterable, Hashable, Sendable {
  /// From dark blue over green to yellow. Stéfan van der Walt and Nathaniel Smith, 2015, for matplotlib; CC0.
  case viridis
  /// Blue below zero, red above, light grey at zero. Kenneth Moreland, "Diverging Color Maps for Scientific
  /// Visualization", 2009.
  case diverging

  /// At 33 even places, in hexadecimal; between them, straight lines are within 1 of 255.
  private static let tables: [ColourMap: [Colour]] = [
    .viridis: table(
      """
      440154470d6048186a482374472d7b4537814240863e49893b528b375b8d33638d2f6b8e2c728e297a8e26828e23898e21918c\
      1f988b1fa08822a78528ae8032b67a3fbc734ec36b5ec96270cf5784d44b98d83eaddc30c2df23d8e219ece51bfde725
      """),
    .diverging: table(
      """
      3b4cc0445acc4e68d85875e16282ea6c8ff1779af782a6fb8db0fe98b9ffa3c2feaec9fcb9d0f9c3d5f4ccd9edd5dbe5dddcdc\
      e5d8d1ecd3c5f1ccb8f5c4acf7ba9ff7b093f6a586f4987af08b6eeb7d62e46e56dd5f4bd44e41ca3b37be242eb40426
      """),
  ]

  private static func table(_ text: String) -> [Colour] {
    let digits = text.compactMap(\.hexDigitValue).map { UInt8($0) }
    return stride(from: 0, to: digits.count, by: 6).map { place in
      func byte(_ offset: Int) -> UInt8 { digits[place + offset] << 4 | digits[place + offset + 1] }
      return Colour(byte(0), byte(2), byte(4))
    }
  }

  /// The colour for a share of the range; what lies outside has the colour of the nearer end.
  func colour(_ share: Double) -> Colour {
    guard let table = ColourMap.tables[self] else { return neutral }
    let place = max(0, min(1, share)) * Double(table.count - 1)
    let index = min(Int(place), table.count - 2)
    return table[index].mixed(with: table[index + 1], place - Double(index))
  }

  /// For what is not finite: a grey that the map does not have.
  var neutral: Colour { self == .viridis ? Colour(grey: 200) : Colour(grey: 70) }
}
