// SPDX-License-Identifier: Apache-2.0
//
// A photograph made smaller, on one CPU, beside Pillow: the resampling alone, without files.

import Pictures

struct PictureContests {
  private static let width = 4000

  private let options: BenchmarkOptions

  init(_ options: BenchmarkOptions) { self.options = options }

  var all: [Contest] {
    let agreement = Agreement()
    let image = Self.picture(width: Self.width)
    let ours = Contestant(
      name: "Image.resized", role: .ours, aims: [Aim.speed(1, of: "Pillow", called: "Pillow's")]
    ) { (runs) throws(BenchmarkError) in
      (0..<runs).map { _ in
        let start = secondsNow()
        let small = image.resized(Self.to)
        let seconds = secondsNow() - start
        return withExtendedLifetime(small) { seconds }
      }
    }.showing(agreement) { () throws(BenchmarkError) in Self.mark(of: image.resized(Self.to)) }
    let peer = Resident(
      "Pillow", options.python(with: "PIL"), [options.peers + "/pictures.py"], [:],
      orElse: options.python == nil
        ? BenchmarkOptions.pythonAbsence : "no Pillow (Benchmarks/peers/setup.sh installs it)"
    ).contestant("resize", Self.width, .peer, agreement)
    return [
      Contest(
        title: "picture of 4000×3000 to 800×600, Lanczos, one CPU", rounds: options.isQuick ? 3 : 15, runsPerTurn: 3,
        contestants: [ours, peer])
    ]
  }

  private static let to = ResizeOptions(width: 800, height: 600)

  /// As peers/pictures.py makes it.
  private static func picture(width: Int) -> Image {
    let height = width * 3 / 4
    var samples = [UInt8](repeating: 0, count: width * height * 3)
    for y in 0..<height {
      for x in 0..<width {
        let slow = (x * x + 3 * y * y) / 4096
        for c in 0..<3 {
          samples[(y * width + x) * 3 + c] = UInt8((7 * x + 13 * y + 31 * c + slow) / 16 % 256)
        }
      }
    }
    return Image(width: width, height: height, channels: .colour, samples: samples)
  }

  /// A quarter of the mean sample: filters that round differently agree on it.
  private static func mark(of image: Image) -> Double {
    (image.samples.reduce(0.0) { $0 + Double($1) } / Double(image.samples.count) / 4).rounded()
  }
}
