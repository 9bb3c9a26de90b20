// SPDX-License-Identifier: Apache-2.0
//
// sRGB samples to amounts of light and back (IEC 61966-2-1), on the scale 0 to 255. Averaging amounts of light keeps
// the brightness of fine patterns; averaging samples, as most programs do, darkens them.

import Glibc

struct LinearLight: Sendable {
  static let shared = LinearLight()

  /// Light for each sample.
  let light: [Float]
  /// The light from which on the sample is at least `k`: that of `k - 0.5`.
  private let thresholds: [Float]
  /// For light in steps of 1/16: a sample that is not too large.
  private let guesses: [UInt8]

  private init() {
    func light(_ sample: Double) -> Double {
      let v = sample / 255
      return 255 * (v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4))
    }
    self.light = (0...255).map { Float(light(Double($0))) }
    let thresholds = (0...255).map { $0 == 0 ? -Float.infinity : Float(light(Double($0) - 0.5)) }
    self.thresholds = thresholds
    guesses = (0...4080).map { step in
      UInt8((thresholds.lastIndex { $0 <= Float(step) / 16 }) ?? 0)
    }
  }

  /// The sample whose light is nearest, rounded on sRGB's own scale.
  @inline(__always)
  func sample(_ light: Float) -> UInt8 {
    let light = max(0, min(255, light))
    var sample = Int(guesses[Int(light * 16)])
    while sample < 255, thresholds[sample + 1] <= light { sample += 1 }
    return UInt8(sample)
  }
}
