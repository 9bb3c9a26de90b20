// SPDX-License-Identifier: Apache-2.0
//
// Options of every command that draws a matrix, and what they mean.

import ArgumentParser
import Pictures
import Weft

/// How a matrix is drawn.
struct PlotOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Colours: viridis, or blue and red around zero. (default: viridis)", valueName: "viridis|diverging"),
    completion: .list(ColourMap.allCases.map(\.rawValue)))
  var map: String?

  @Flag(help: "Colours by the logarithm; every element has to be positive.")
  var log = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Numbers of the first and the last colour. (default: as the matrix has them)", valueName: "a:b"))
  var range: String?

  /// - Parameter size: of the picture, as it was typed.
  func heatmap(title: String? = nil, size: String? = nil) throws(UsageError) -> HeatmapOptions {
    var options = HeatmapOptions(isLogarithmic: log, range: try drawnRange(), title: title)
    if let map: ColourMap = try choice("map", map) { options.map = map }
    if let size { options.size = try PictureSize(parsing: size, atLeast: Heatmap.leastSize) }
    return options
  }

  private func drawnRange() throws(UsageError) -> ClosedRange<Double>? {
    guard let range else { return nil }
    let ends = range.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
    guard ends.count == 2, let low = ends[0], let high = ends[1], low.isFinite, high.isFinite, low < high else {
      throw UsageError("--range is two numbers, the smaller one first, as 0:1 or -1e-3:1e-3, not '\(range)'.")
    }
    guard !log || low > 0 else { throw UsageError("--range with --log is two positive numbers, not '\(range)'.") }
    return low...high
  }
}

extension PictureSize {
  /// Of 800x600, or of 800×600.
  init(parsing text: String, atLeast least: PictureSize) throws(UsageError) {
    let greatest = 16_384
    let sides = text.split(omittingEmptySubsequences: false) { "xX×".contains($0) }.map { Int($0) }
    guard sides.count == 2, let width = sides[0], let height = sides[1], width > 0, height > 0 else {
      throw UsageError("--size is width x height in pixels, as 800x600, not '\(text)'.")
    }
    guard width >= least.width, height >= least.height, width <= greatest, height <= greatest,
      Image.isPossible(width, height)
    else {
      throw UsageError(
        "--size is from \(least.width)x\(least.height) to \(greatest)x\(greatest) with at most "
          + "\(Image.greatestPixelCount) pixels, not '\(text)'.")
    }
    self.init(width: width, height: height)
  }
}

/// A picture of a matrix to be written: `weft plot`, and whatever else can draw what it computed.
///
///     let plot = PlotOutput("m.png", options, overwrite: false, sync: true)
///     try plot.check()                             // before the work
///     let line = try plot.write(heatmap)
struct PlotOutput {
  let output: MatrixOutput
  let options: HeatmapOptions

  init(_ path: String, _ options: HeatmapOptions, overwrite: Bool, sync: Bool) {
    output = MatrixOutput(path: path, format: nil, overwrite: overwrite, sync: sync)
    self.options = options
  }

  /// Refuses what cannot be written, before anything is read or computed.
  func check() throws {
    try Image.check(output.path, overwrite: output.overwrite)
    if output.isStandardOutput, Terminal.isInteractive(1), !output.overwrite {
      throw UsageError("A picture is not for a terminal; redirect standard output, or take 'weft show'.")
    }
  }

  /// - Returns: the line of a summary: path, format, size.
  func write(_ heatmap: Heatmap) throws -> String {
    let image = heatmap.image()
    let byteCount = try output.writing { options in try image.write(to: output.path, options: options) }
    let format = ImageFormat(path: output.path) ?? .png
    let size = "\(image.width)×\(image.height) pixels, \(ByteCount(byteCount))"
    return "\(TerminalText.printable(output.path)), \(format), \(size)"
  }
}
