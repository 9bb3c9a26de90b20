// SPDX-License-Identifier: Apache-2.0
//
// What is drawn for a terminal: the progress bar, the corner, and text that must not reach one as it is.

import Testing

@testable import Weft
@testable import WeftCommands

@Suite("Terminal")
struct TerminalTests {
  @Test(
    "The bar at widths",
    arguments: [
      (100, "[################------------------------]  42%  1.0 GB/s  ETA 0:03"),
      (50, "[#########-------------]  42%  1.0 GB/s  ETA 0:03"),
      (39, "[####-------]  42%  1.0 GB/s  ETA 0:03"),
      (36, "[###-----]  42%  1.0 GB/s  ETA 0:03"),
      (35, "42%  1.0 GB/s  ETA 0:03"),
      (24, "42%  1.0 GB/s  ETA 0:03"),
      (23, "42%  ETA 0:03"),
      (14, "42%  ETA 0:03"),
      (13, "42%"),
      (4, "42%"),
      (3, ""),
      (1, ""),
    ])
  func bar(width: Int, expected: String) {
    // 42 % of 5 GB in 2.1 s.
    let line = ProgressBar.line(fraction: 0.42, seconds: 2.1, byteCount: 5_000_000_000, width: width)
    #expect(line == expected)
    #expect(line.count < width)
  }

  @Test("The bar at its ends")
  func ends() {
    #expect(
      ProgressBar.line(fraction: 0, seconds: 2, byteCount: 8, width: 40) == "[" + String(repeating: "-", count: 26)
        + "]  0%  0 B/s")
    #expect(ProgressBar.line(fraction: 1, seconds: 2, byteCount: 8, width: 22) == "100%  4 B/s  ETA 0:00")
    #expect(ProgressBar.line(fraction: 0.5, seconds: 3675, byteCount: 0, width: 30) == "50%  0 B/s  ETA 1:01:15")
    #expect(ProgressBar.line(fraction: 1e-9, seconds: 3600, byteCount: 0, width: 60).hasSuffix("ETA more than 100 h"))
    #expect(ProgressBar.line(fraction: 2, seconds: 0, byteCount: .max, width: 12) == "100%")
  }

  private func matrix(_ rows: Int, _ columns: Int) throws -> Matrix<Double> {
    var matrix = try Matrix<Double>(shape: try Shape(rows: rows, columns: columns))
    for i in 0..<rows { for j in 0..<columns { matrix[i, j] = Double(i) + Double(j) / 10 } }
    return matrix
  }

  @Test("A corner as wide as the terminal")
  func corner() throws {
    let matrix = try matrix(10, 10)
    let wide = Corner.text(of: matrix, width: 200).split(separator: "\n")
    #expect(wide.count == 9)
    #expect(wide[0] == "  0.0  0.1  0.2  0.3  0.4  0.5  0.6  0.7  …")
    #expect(wide[8] == "  …")
    #expect(Corner.text(of: matrix, width: 23).split(separator: "\n")[0] == "  0.0  0.1  0.2  0.3  …")
    #expect(Corner.text(of: matrix, width: 22).split(separator: "\n")[0] == "  0.0  0.1  0.2  …")
    // One column is shown however narrow the terminal is.
    #expect(Corner.text(of: matrix, width: 1).split(separator: "\n")[0] == "  0.0  …")
  }

  @Test("A corner of a small matrix is all of it")
  func smallCorner() throws {
    #expect(Corner.text(of: try matrix(2, 3), width: 80) == "  0.0  0.1  0.2\n  1.0  1.1  1.2")
    #expect(Corner.text(of: try matrix(1, 1), width: 80) == "  0.0")
    #expect(Corner.text(of: try matrix(0, 3), width: 80) == "")
    #expect(Corner.text(of: try matrix(3, 0), width: 80) == "")
  }

  @Test("Control characters do not reach the terminal")
  func printable() {
    #expect(TerminalText.printable("a\u{1b}[2Jb\u{7}\u{9b}\u{7f}\n\tü") == "a\\x1b[2Jb\\x07\\x9b\\x7f\n\\x09ü")
    #expect(TerminalText.printable("plain ü\n") == "plain ü\n")
  }
}
