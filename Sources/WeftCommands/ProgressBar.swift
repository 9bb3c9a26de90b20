// SPDX-License-Identifier: Apache-2.0
//
// The progress bar on standard error: `line` draws it, `ProgressBar` decides whether it is seen and takes it away again.

import Weft

/// One line that is rewritten in place. Used by one run, on the thread that computes.
final class ProgressBar {
  /// Shorter runs show nothing: a bar that flashes up says less than none.
  private static let quietSeconds = 1.0

  private let isEnabled: Bool
  private let quietSeconds: Double
  private let byteCount: Int?
  private var isShown = false

  /// - Parameter byteCount: of the whole matrix, for the rate; nil shows none.
  init(_ policy: ProgressPolicy, byteCount: Int?) {
    self.byteCount = byteCount
    isEnabled =
      switch policy {
      case .auto: Terminal.isInteractive(2)
      case .always: true
      case .never: false
      }
    quietSeconds = policy == .always ? 0 : Self.quietSeconds
  }

  func show(_ progress: Progress) {
    guard progress.chunkCount > 0 else { return }
    let count = Double(progress.chunkCount)
    show(
      fraction: Double(progress.chunksDone) / count, found: Double(progress.chunksFound) / count,
      seconds: progress.seconds)
  }

  func show(fraction: Double, found: Double = 0, seconds: Double) {
    guard isEnabled, seconds >= quietSeconds else { return }
    let line = ProgressBar.line(
      fraction: fraction, found: found, seconds: seconds, byteCount: byteCount, width: Terminal.width(2))
    isShown = true
    try? StandardOutput.write("\r\u{1b}[K" + line, toError: true)
  }

  /// Leaves the line empty. Before anything else is written, and at the end, however the run ends.
  func clear() {
    guard isShown else { return }
    isShown = false
    try? StandardOutput.write("\r\u{1b}[K", toError: true)
  }

  deinit { clear() }

  /// The bar in a terminal `width` columns wide; the last column stays free, where some terminals wrap.
  ///
  ///     width 60   [###########------------------]  38%  1.2 GB/s  ETA 0:07
  ///     width 30   38%  1.2 GB/s  ETA 0:07
  ///     width 6    38%
  ///
  /// - Parameter found: what was there at the start, of an earlier run: not done in these seconds.
  static func line(fraction: Double, found: Double = 0, seconds: Double, byteCount: Int?, width: Int) -> String {
    let fraction = min(max(fraction, 0), 1)
    let percent = "\(Int(fraction * 100))%"
    let own = max(0, fraction - found)
    let done = byteCount.map { own * Double($0) }
    let rate = seconds > 0 ? done.map { "  \(ByteCount(Int(exactly: ($0 / seconds).rounded()) ?? 0))/s" } ?? "" : ""
    let remaining = own > 0 ? "  ETA \(clock(seconds * (1 - fraction) / own))" : ""
    let text = percent + rate + remaining
    let barWidth = min(40, width - 1 - text.utf8.count - 4)
    if barWidth >= 8 {
      let filled = Int(fraction * Double(barWidth))
      return "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: barWidth - filled) + "]  "
        + text
    }
    for short in [text, percent + remaining, percent] where short.utf8.count < width { return short }
    return ""
  }

  /// 7 → "0:07", 3675 → "1:01:15".
  private static func clock(_ seconds: Double) -> String {
    guard seconds < 360_000 else { return "more than 100 h" }
    let all = Int(seconds.rounded(.up))
    let (hours, minutes, rest) = (all / 3600, all / 60 % 60, all % 60)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
  }
}
