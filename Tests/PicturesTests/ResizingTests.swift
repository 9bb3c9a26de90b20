// SPDX-License-Identifier: Apache-2.0
//
// Resized pictures against the same sums in double precision, written as plainly as they can be.

import Glibc
import Testing

@testable import Pictures

@Suite("Resizing")
struct ResizingTests {
  /// The dense filter of Lanczos or of area, by its definition.
  private func matrix(_ filter: ResamplingFilter, _ count: Int, _ old: Int) -> [[Double]] {
    let scale = Double(old) / Double(count)
    let stretch = max(1, scale)
    func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(.pi * x) / (.pi * x) }
    return (0..<count).map { k in
      let row = (0..<old).map { place -> Double in
        switch filter {
        case .lanczos:
          let x = (Double(place) + 0.5 - (Double(k) + 0.5) * scale) / stretch
          return abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0
        case .area:
          return max(0, min(Double(k + 1) * scale, Double(place + 1)) - max(Double(k) * scale, Double(place)))
        }
      }
      let sum = row.reduce(0, +)
      return row.map { $0 / sum }
    }
  }

  private static func light(_ sample: Double) -> Double {
    let v = sample / 255
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4)
  }

  private static func sample(_ light: Double) -> Double {
    let v = max(0, min(1, light))
    return 255 * (v <= 0.0031308 ? v * 12.92 : 1.055 * pow(v, 1 / 2.4) - 0.055)
  }

  /// Not rounded.
  private func reference(_ image: Image, _ options: ResizeOptions) -> [Double] {
    let (across, down) = (
      matrix(options.filter, options.width, image.width), matrix(options.filter, options.height, image.height)
    )
    let count = image.channels.rawValue
    func number(_ x: Int, _ y: Int, _ channel: Int) -> Double {
      let pixel = (y * image.width + x) * count
      let sample = Double(image.samples[pixel + channel])
      guard !(image.channels.hasAlpha && channel == count - 1) else { return sample }
      let alpha = image.channels.hasAlpha ? Double(image.samples[pixel + count - 1]) / 255 : 1
      return (options.linearLight ? Self.light(sample) * 255 : sample) * alpha
    }
    var result: [Double] = []
    for y in 0..<options.height {
      for x in 0..<options.width {
        var sums = [Double](repeating: 0, count: count)
        for row in 0..<image.height where down[y][row] != 0 {
          for column in 0..<image.width where across[x][column] != 0 {
            let weight = down[y][row] * across[x][column]
            for channel in 0..<count { sums[channel] += weight * number(column, row, channel) }
          }
        }
        let alpha = image.channels.hasAlpha ? max(0, min(255, sums[count - 1])) : 255
        for channel in 0..<count {
          guard !(image.channels.hasAlpha && channel == count - 1) else {
            result.append(alpha)
            continue
          }
          let value = alpha > 0 ? sums[channel] * 255 / alpha : 0
          result.append(max(0, min(255, options.linearLight ? Self.sample(value / 255) : value)))
        }
      }
    }
    return result
  }

  @Test("Within a rounding of double precision", arguments: Image.Channels.allCases, [false, true])
  func againstDouble(channels: Image.Channels, linearLight: Bool) {
    let image = Image.sample(47, 61, channels)
    for filter in ResamplingFilter.allCases {
      for (width, height) in [(13, 11), (60, 100), (47, 20), (1, 1)] {
        let options = ResizeOptions(
          width: width, height: height, shape: .exact, filter: filter, linearLight: linearLight)
        let new = image.resized(options)
        #expect(new.width == width && new.height == height && new.channels == channels)
        let worst = zip(new.samples, reference(image, options)).map { abs(Double($0) - $1) }.max() ?? 1
        #expect(worst < 0.502, "\(filter) \(width)×\(height): \(worst)")
      }
    }
  }

  @Test("The same size is the same picture", arguments: Image.Channels.allCases)
  func identity(channels: Image.Channels) {
    let image = Image.sample(33, 20, channels)
    #expect(image.resized(ResizeOptions(width: 33, height: 20)) == image)
  }

  @Test("An even surface stays even", arguments: ResamplingFilter.allCases, [false, true])
  func even(filter: ResamplingFilter, linearLight: Bool) {
    for value in [0, 1, 77, 254, 255] as [UInt8] {
      let image = Image(width: 50, height: 31, channels: .colour, filledWith: value)
      let new = image.resized(
        ResizeOptions(width: 17, height: 64, shape: .exact, filter: filter, linearLight: linearLight))
      #expect(new.samples.allSatisfy { $0 == value }, "\(value)")
    }
  }

  @Test("Sides: fit, fill and exact")
  func sides() {
    func frame(_ shape: ResizeOptions.Shape, _ old: (Int, Int), _ new: (Int, Int)) -> [Double] {
      let frame = ResizeOptions(width: new.0, height: new.1, shape: shape).frame(old.0, old.1)
      return [
        Double(frame.width), Double(frame.height), frame.columns.lowerBound, frame.columns.upperBound,
        frame.rows.lowerBound, frame.rows.upperBound,
      ]
    }
    #expect(frame(.fit, (4000, 3000), (800, 800)) == [800, 600, 0, 4000, 0, 3000])
    #expect(frame(.fit, (3000, 4000), (800, 800)) == [600, 800, 0, 3000, 0, 4000])
    #expect(frame(.fit, (10_000, 1), (100, 100)) == [100, 1, 0, 10_000, 0, 1])
    #expect(frame(.fill, (4000, 3000), (500, 500)) == [500, 500, 500, 3500, 0, 3000])
    #expect(frame(.fill, (300, 400), (600, 600)) == [600, 600, 0, 300, 50, 350])
    #expect(frame(.exact, (10, 20), (30, 5)) == [30, 5, 0, 10, 0, 20])
  }

  @Test("What fills and stands out is cut off evenly")
  func fill() {
    // Black, white, black: a third each.
    var image = Image(width: 30, height: 10, channels: .grey)
    for y in 0..<10 { for x in 10..<20 { image.samples[y * 30 + x] = 255 } }
    let new = image.resized(ResizeOptions(width: 5, height: 5, shape: .fill, filter: .area))
    #expect(new.samples.allSatisfy { $0 == 255 })
  }

  @Test("The colour of what is not seen does not bleed")
  func alpha() {
    // Red and seen on the left, green and not seen on the right.
    var image = Image(width: 20, height: 20, channels: .colourAlpha)
    for pixel in 0..<400 {
      let isSeen = pixel % 20 < 10
      let samples: [UInt8] = isSeen ? [200, 0, 0, 255] : [0, 255, 0, 0]
      for channel in 0..<4 { image.samples[pixel * 4 + channel] = samples[channel] }
    }
    let new = image.resized(ResizeOptions(width: 7, height: 7, filter: .area))
    #expect(new.samples.contains { $0 > 0 && $0 < 255 && $0 != 200 })  // the alpha of the middle column
    for pixel in 0..<49 where new.samples[pixel * 4 + 3] > 0 {
      #expect(new.samples[pixel * 4] == 200 && new.samples[pixel * 4 + 1] == 0)
    }
  }

  @Test("In linear light, fine black and white is 188, not 128")
  func linear() {
    var image = Image(width: 64, height: 64, channels: .grey)
    for pixel in image.samples.indices where (pixel + pixel / 64) % 2 == 0 { image.samples[pixel] = 255 }
    func middle(_ linearLight: Bool) -> UInt8 {
      image.resized(ResizeOptions(width: 8, height: 8, filter: .area, linearLight: linearLight)).samples[27]
    }
    #expect(middle(true) == 188 && middle(false) == 128)
  }

  @Test("Every sample comes back from its light")
  func lightAndBack() {
    for sample in 0...255 { #expect(LinearLight.shared.sample(LinearLight.shared.light[sample]) == UInt8(sample)) }
    for step in 0...10_000 {
      let light = Double(step) / 10_000
      let exact = Self.sample(light)
      #expect(abs(Double(LinearLight.shared.sample(Float(light * 255))) - exact) < 0.5001, "\(light)")
    }
  }
}
