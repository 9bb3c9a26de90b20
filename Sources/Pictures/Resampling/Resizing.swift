// SPDX-License-Identifier: Apache-2.0
//
// A picture in another size: the target's shape, the two filters, and the loop over the rows of the new picture. The
// inner loops are in Lanes. One row of float32 between the two filters, never rounded or cut to 0...255: an element is
// rounded once, at the end.

/// How a picture is brought to a size.
public struct ResizeOptions: Hashable, Sendable, Codable {
  /// What becomes of the sides where their ratio is another one.
  public enum Shape: String, CaseIterable, Hashable, Sendable, Codable {
    /// As large as fits into the size; the ratio is kept.
    case fit
    /// As large as fills the size; the ratio is kept, and what stands out is cut off evenly.
    case fill
    /// Exactly the size; the ratio is not kept.
    case exact
  }

  public var width: Int
  public var height: Int
  public var shape: Shape
  public var filter: ResamplingFilter
  /// Average amounts of light instead of sRGB samples.
  public var linearLight: Bool

  public init(
    width: Int, height: Int, shape: Shape = .fit, filter: ResamplingFilter = .lanczos, linearLight: Bool = false
  ) {
    precondition(Image.isPossible(width, height), "a picture has 1 to \(Image.greatestPixelCount) pixels")
    self.width = width
    self.height = height
    self.shape = shape
    self.filter = filter
    self.linearLight = linearLight
  }

  /// The new sides, and the part of the old picture that they show.
  func frame(_ oldWidth: Int, _ oldHeight: Int) -> (
    width: Int, height: Int, columns: Range<Double>, rows: Range<Double>
  ) {
    let (w, h) = (Double(oldWidth), Double(oldHeight))
    let (across, down) = (Double(width) / w, Double(height) / h)
    switch shape {
    case .exact: return (width, height, 0..<w, 0..<h)
    case .fit:
      let scale = min(across, down)
      let newWidth = across <= down ? width : max(1, min(width, Int((w * scale).rounded())))
      let newHeight = down <= across ? height : max(1, min(height, Int((h * scale).rounded())))
      return (newWidth, newHeight, 0..<w, 0..<h)
    case .fill:
      let scale = max(across, down)
      let (shownWidth, shownHeight) = (min(w, Double(width) / scale), min(h, Double(height) / scale))
      let (left, top) = ((w - shownWidth) / 2, (h - shownHeight) / 2)
      return (width, height, left..<left + shownWidth, top..<top + shownHeight)
    }
  }
}

extension ResamplingFilter: Codable {}

extension Image {
  /// The picture in another size.
  public func resized(_ options: ResizeOptions) -> Image {
    let frame = options.frame(width, height)
    if frame.width == width, frame.height == height, frame.columns == 0..<Double(width),
      frame.rows == 0..<Double(height)
    {
      return self
    }
    let across = BandedFilter(options.filter, count: frame.width, old: width, window: frame.columns)
    let down = BandedFilter(options.filter, count: frame.height, old: height, window: frame.rows)
    var result = Image(width: frame.width, height: frame.height, channels: channels)
    result.profile = profile
    let conversion = SampleConversion(channels: channels, linearLight: options.linearLight)
    var line = ResizedLine(width: width, channels: channels.rawValue, across: across)
    var window = ConvertedRows(self, conversion, capacity: down.tapCount)
    for y in 0..<frame.height {
      window.move(to: down.starts[y])
      line.fill(from: window, weights: down, at: y)
      conversion.store(line.pixels, into: &result.samples, at: y * result.rowStride)
    }
    return result
  }
}
