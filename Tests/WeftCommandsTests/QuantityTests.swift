// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import WeftCommands

@Suite struct QuantityTests {
  @Test(arguments: [
    ("1", 1), ("512MB", 512_000_000), ("2GiB", 2 << 30), ("1.5 GB", nil), ("1.5GB", 1_500_000_000), ("64k", 64_000),
    ("64KiB", 65_536), ("7b", 7), ("0.4", nil), ("", nil), ("MB", nil), ("-1", nil), ("1e9", nil), ("1.2.3", nil),
    ("9999999TiB", nil), ("nan", nil), ("1TB", 1_000_000_000_000),
  ])
  func bytes(text: String, wanted: Int?) { #expect(Quantity.byteCount(text) == wanted) }

  @Test(
    arguments: [
      ("90", 90), ("0.5", 0.5), ("10m", 600), ("1h30m", 5400), ("1d", 86_400), ("2h5s", 7205), ("300ms", 0.3),
      ("1m500ms", 60.5), ("1H", 3600), ("30m1h", nil), ("0", nil), ("0s", nil), ("m", nil), ("", nil), ("10 m", nil),
      ("1h1h", nil), ("-5", nil), ("inf", nil),
    ] as [(String, Double?)])
  func times(text: String, wanted: Double?) { #expect(Quantity.seconds(text) == wanted) }
}
