// SPDX-License-Identifier: Apache-2.0
//
// Between 8-bit samples and the float32 numbers that the filters work on. Alpha is multiplied in before and taken out
// after: the colour of a pixel that nobody sees must not bleed into its neighbours.

struct SampleConversion {
  private let channels: Image.Channels
  private let linearLight: Bool

  init(channels: Image.Channels, linearLight: Bool) {
    self.channels = channels
    self.linearLight = linearLight
  }

  /// The numbers are the samples themselves.
  private var isPlain: Bool { !linearLight && !channels.hasAlpha }

  /// `count` samples from `source` on, a whole number of pixels.
  func load(_ source: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<Float>, count: Int) {
    if isPlain { return unsafe Lanes.convert(source, into: target, count: count) }
    let light = linearLight ? LinearLight.shared.light : Self.samples
    let step = channels.rawValue
    guard channels.hasAlpha else {
      for k in 0..<count { unsafe target[k] = light[Int(source[k])] }
      return
    }
    for pixel in stride(from: 0, to: count, by: step) {
      let alpha = unsafe Float(source[pixel + step - 1])
      for k in pixel..<pixel + step - 1 { unsafe target[k] = light[Int(source[k])] * (alpha / 255) }
      unsafe target[pixel + step - 1] = alpha
    }
  }

  private static let samples = (0...255).map { Float($0) }

  /// The new pixels, rounded once to the nearest sample, cut to 0...255.
  func store(_ pixels: [SIMD4<Float>], into samples: inout [UInt8], at offset: Int) {
    let step = channels.rawValue
    if isPlain {
      for (index, pixel) in pixels.enumerated() {
        let rounded = (pixel + 0.5).clamped(lowerBound: .zero, upperBound: SIMD4(repeating: 255.5))
        let place = offset + index * step
        for channel in 0..<step { samples[place + channel] = UInt8(truncatingIfNeeded: Int32(rounded[channel])) }
      }
      return
    }
    let encoding = LinearLight.shared
    for (index, pixel) in pixels.enumerated() {
      let place = offset + index * step
      let colours = channels.hasAlpha ? step - 1 : step
      let alpha = channels.hasAlpha ? min(255, pixel[step - 1]) : 255
      if channels.hasAlpha { samples[place + colours] = Self.rounded(alpha) }
      let isSeen = Self.rounded(alpha) > 0
      for channel in 0..<colours {
        let value = isSeen ? pixel[channel] * (255 / alpha) : 0
        samples[place + channel] = linearLight ? encoding.sample(value) : Self.rounded(value)
      }
    }
  }

  private static func rounded(_ value: Float) -> UInt8 { UInt8(max(0, min(255, value)) + 0.5) }
}

/// The old rows that the filter stands over, as float32 numbers: each is converted once.
struct ConvertedRows {
  private let image: Image
  private let conversion: SampleConversion
  private let capacity: Int
  private var numbers: [Float]
  /// The row that each place holds.
  private var held: [Int]
  private var first = 0

  init(_ image: Image, _ conversion: SampleConversion, capacity: Int) {
    self.image = image
    self.conversion = conversion
    self.capacity = capacity
    numbers = [Float](repeating: 0, count: capacity * image.rowStride)
    held = [Int](repeating: -1, count: capacity)
  }

  /// Holds the rows from `first` on, as many as there is room for.
  mutating func move(to first: Int) {
    self.first = first
    for row in first..<min(first + capacity, image.height) where held[row % capacity] != row {
      held[row % capacity] = row
      unsafe image.samples.withUnsafeBufferPointer { samples in
        unsafe numbers.withUnsafeMutableBufferPointer { numbers in
          unsafe conversion.load(
            samples.baseAddress! + row * image.rowStride,
            into: numbers.baseAddress! + row % capacity * image.rowStride, count: image.rowStride)
        }
      }
    }
  }

  /// Calls `body` with the addresses of those rows.
  func withRows(_ body: (UnsafeBufferPointer<UnsafePointer<Float>>) -> Void) {
    unsafe numbers.withUnsafeBufferPointer { numbers in
      let rows = unsafe (first..<min(first + capacity, image.height)).map {
        unsafe numbers.baseAddress! + $0 % capacity * image.rowStride
      }
      unsafe rows.withUnsafeBufferPointer(body)
    }
  }
}

/// One row of the new picture on its way: down the columns, then along.
struct ResizedLine {
  /// Four numbers for each new pixel, of which the first are its samples.
  private(set) var pixels: [SIMD4<Float>]
  private let count: Int
  private let channels: Int
  private let across: BandedFilter
  private var row: [Float]

  init(width: Int, channels: Int, across: BandedFilter) {
    count = width * channels
    self.channels = channels
    self.across = across
    pixels = [SIMD4<Float>](repeating: .zero, count: across.count)
    row = [Float](repeating: 0, count: count + (across.tapCount + 4) * channels)
  }

  /// Row `y` of the new picture.
  mutating func fill(from window: ConvertedRows, weights: BandedFilter, at y: Int) {
    unsafe window.withRows { unsafe fill(from: $0, weights, y) }
  }

  private mutating func fill(
    from rows: UnsafeBufferPointer<UnsafePointer<Float>>, _ weights: BandedFilter, _ y: Int
  ) {
    unsafe row.withUnsafeMutableBufferPointer { row in
      unsafe weights.weights.withUnsafeBufferPointer { weight in
        unsafe Lanes.sumRows(
          rows, weight.baseAddress! + y * weights.tapCount, into: row.baseAddress!, count: count)
      }
      unsafe pixels.withUnsafeMutableBufferPointer { pixels in
        unsafe Lanes.sumAlong(row.baseAddress!, channels: channels, across, into: pixels.baseAddress!)
      }
    }
  }
}
