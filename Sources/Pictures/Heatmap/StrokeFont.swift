// SPDX-License-Identifier: Apache-2.0
//
// Letters as lines: each glyph a few strokes of straight and curved pieces, drawn with a round pen at any size. Its
// own, since a font file would be a library to open and a file to find, for some numbers and a title.
//
// A point is a digit for x and a letter for y: a = -3 (below the line), d = 0, k = 7 (as high as an x), n = 10 (as high
// as an H), o = 11. Small letters are points of the stroke, capitals control points of a quadratic curve; between two
// of those lies a point of the curve, half way, as in TrueType. A blank lifts the pen.

enum StrokeFont {
  /// In units of the glyphs: a tenth of the height of a capital.
  static let capitalHeight = 10.0
  private static let narrowing = 0.85
  private static let gap = 2.3

  private static let glyphs: [Character: String] = [
    "!": "0n0g 0d", "\"": "0n0k 2n2k", "#": "1d3n 4d6n 0g7g 0k7k", "$": "6l6N3n0N0l0I3i6I6g6D3d0D0f 3o3c",
    "%": "0d6n 1n2N2J0J0N1n 5h6H6D4D4H5h", "&": "6d1k1N4N4K0I0D3d5D6h", "'": "0n0k", "(": "2o0L0E2b",
    ")": "0o2L2E0b", "*": "2n2j 0m4k 4m0k", "+": "3f3l 0i6i", ",": "1d0b", "-": "0h4h", ".": "0d", "/": "0c5o",
    "0": "3n6N6D0D0N3n", "1": "1l3n3d", "2": "0l0N3n6N6k6I0d6d", "3": "0l0N6N6I2i6I6D0D0f", "4": "4d4n0g6g",
    "5": "5n1n0i1J3j6J6g6D3d1D0e", "6": "5m4N3n0N0h0D3d6D6g6J3j0J0g", "7": "0n6n2d",
    "8": "3n5N5I1I1N3n 3i6I6D0D0I3i", "9": "1e2D3d6D6j6N3n0N0k0H3h6H6k", ":": "0d 0j", ";": "1d0b 1j",
    "<": "6l0i6f", "=": "0g6g 0k6k", ">": "0l6i0f", "?": "0l0N3n5N5k5I3h3g 3d",
    "@": "8e6C4c0C0N4n8N8i8G6G6k 6i6K2K2F6F6i",
    "A": "0d3n6d 1g5g", "B": "0i3i6I6D3d0d0n3n5N5I3i", "C": "6l5N3n0N0D3d5D6f", "D": "0d0n2n6N6D2d0d",
    "E": "5n0n0d5d 0i4i", "F": "5n0n0d 0i4i", "G": "6l5N3n0N0D3d6D6i3i", "H": "0d0n 6d6n 0i6i", "I": "0d0n",
    "J": "4n4f4D2d0D0f", "K": "0d0n 6n0h 2j6d", "L": "0n0d5d", "M": "0d0n4f8n8d", "N": "0d0n6d6n",
    "O": "4n8N8D0D0N4n", "P": "0d0n3n6N6H3h0h", "Q": "4n8N8D0D0N4n 5f8c", "R": "0d0n3n6N6H3h0h 3h6d",
    "S": "6l6N3n0N0l0I3i6I6g6D3d0D0f", "T": "0n6n 3n3d", "U": "0n0g0D3d6D6g6n", "V": "0n3d6n", "W": "0n2d4k6d8n",
    "X": "0d6n 0n6d", "Y": "0n3i6n 3i3d", "Z": "0n6n0d6d", "[": "2o0o0b2b", "\\": "0o5c", "]": "0o2o2b0b",
    "^": "0k3n6k", "_": "0b6b", "`": "0n2l",
    "a": "5i5K0K0D5D5f 5k5d", "b": "0n0d 0f0D5D5K0K0i", "c": "5j4K3k0K0D3d4D5e", "d": "5n5d 5f5D0D0K5K5i",
    "e": "0h5h5K0K0D3d4D5e", "f": "4n2N2l2d 0k4k", "g": "5i5K0K0D5D5f 5k5d5A3a1A0b", "h": "0n0d 0i0K3k5K5i5d",
    "i": "0k0d 0n", "j": "2k2c2A0a 2n", "k": "0n0d 4k0g 2h5d", "l": "0n0d", "m": "0k0d 0i0K2k4K4i4d 4i4K6k8K8i8d",
    "n": "0k0d 0i0K3k5K5i5d", "o": "3k6K6D0D0K3k", "p": "0k0a 0f0D5D5K0K0i", "q": "5k5a 5f5D0D0K5K5i",
    "r": "0k0d 0h0K3k", "s": "4j4K2k0K0H4G4D2d0D0e", "t": "2n2f2D4d 0k4k", "u": "5k5d 0k0f0D2d5D5f", "v": "0k3d6k",
    "w": "0k2d4k6d8k", "x": "0k5d 5k0d", "y": "0k3d 6k2a0a", "z": "0k5k0d5d", "{": "3o1O1I0i1I1B3b", "|": "0o0b",
    "}": "0o2O2I3i2I2B0b", "~": "0h2K4G6j", "\u{2212}": "0i6i", "×": "1f5l 1l5f", "·": "1h", "…": "0d 3d 6d",
    "ä": "5i5K0K0D5D5f 5k5d 1n 4n", "ö": "3k6K6D0D0K3k 1n 5n", "ü": "5k5d 0k0f0D2d5D5f 1n 4n",
    "ß": "0d0l0N2n5N5J3i5I5D3d2d",
  ]
  /// For a character that is not there.
  private static let box = "0d0n5n5d0d"

  struct Glyph {
    /// Points of each stroke, close enough to be joined by straight lines; y goes up from the line of the text.
    var strokes: [[SIMD2<Double>]]
    /// From the start of this glyph to the start of the next.
    var advance: Double
  }

  static func glyph(_ character: Character) -> Glyph {
    guard character != " " else { return Glyph(strokes: [], advance: 4) }
    let strokes = (glyphs[character] ?? box).split(separator: " ").map { curve(Array($0.utf8)) }
    let width = strokes.joined().map(\.x).max() ?? 0
    // Digits are equally wide, so that numbers stand one below the other.
    return Glyph(strokes: strokes, advance: (character.isNumber ? 6 * narrowing : width) + gap)
  }

  /// The width of a line of text without the gap behind it.
  static func width(_ text: String) -> Double { text.reduce(0) { $0 + glyph($1).advance } - (text.isEmpty ? 0 : gap) }

  private static func curve(_ code: [UInt8]) -> [SIMD2<Double>] {
    var points: [SIMD2<Double>] = []
    var control: SIMD2<Double>?
    for place in stride(from: 0, to: code.count - 1, by: 2) {
      let isControl = code[place + 1] < UInt8(ascii: "a")
      let height = code[place + 1] | 0x20
      let point = SIMD2(
        Double(code[place] - UInt8(ascii: "0")) * narrowing, Double(height) - Double(UInt8(ascii: "d")))
      if let corner = control { bend(&points, corner, isControl ? (corner + point) / 2 : point) }
      control = isControl ? point : nil
      if !isControl, points.last != point { points.append(point) }
    }
    return points
  }

  /// A quadratic curve from the last point to `end`, in straight pieces.
  private static func bend(_ points: inout [SIMD2<Double>], _ control: SIMD2<Double>, _ end: SIMD2<Double>) {
    guard let start = points.last else { return }
    for step in 1...8 {
      let t = Double(step) / 8
      points.append(start * ((1 - t) * (1 - t)) + control * (2 * t * (1 - t)) + end * (t * t))
    }
  }
}
