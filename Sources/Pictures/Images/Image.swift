// SPDX-License-Identifier: Apache-2.0
//
// A picture in memory, as PNG and JPEG give and take it: 8-bit sRGB samples, row after row without a gap.

/// A picture of 8-bit samples.
public struct Image: Hashable, Sendable {
  /// What a pixel consists of, by the number of its samples. Alpha comes last and is not multiplied in.
  public enum Channels: Int, CaseIterable, Hashable, Sendable {
    case grey = 1
    case greyAlpha = 2
    case colour = 3
    case colourAlpha = 4

    public var hasAlpha: Bool { self == .greyAlpha || self == .colourAlpha }
    public var hasColour: Bool { self == .colour || self == .colourAlpha }
  }

  public let width: Int
  public let height: Int
  public let channels: Channels
  /// `width * height * channels.rawValue` of them.
  public internal(set) var samples: [UInt8]
  /// The ICC profile that tells what the samples mean, where the file had one; nil means sRGB.
  public internal(set) var profile: [UInt8]?

  /// Pixels that one picture may have: 1 GB of samples at most. Pillow refuses from 179 million on, for the same
  /// reason.
  public static let greatestPixelCount = 250_000_000

  /// A picture of one value. Sides and samples that do not fit each other are a programming error.
  public init(width: Int, height: Int, channels: Channels, filledWith value: UInt8 = 0) {
    self.init(
      width: width, height: height, channels: channels,
      samples: [UInt8](repeating: value, count: width * height * channels.rawValue))
  }

  public init(width: Int, height: Int, channels: Channels, samples: [UInt8], profile: [UInt8]? = nil) {
    precondition(Image.isPossible(width, height), "a picture has 1 to \(Image.greatestPixelCount) pixels")
    precondition(samples.count == width * height * channels.rawValue, "sides and samples do not fit each other")
    self.width = width
    self.height = height
    self.channels = channels
    self.samples = samples
    self.profile = profile
  }

  /// Whether a picture may have these sides.
  public static func isPossible(_ width: Int, _ height: Int) -> Bool {
    guard width > 0, height > 0 else { return false }
    let (count, overflow) = width.multipliedReportingOverflow(by: height)
    return !overflow && count <= greatestPixelCount
  }

  /// Samples from the start of one row to the start of the next.
  var rowStride: Int { width * channels.rawValue }
}
