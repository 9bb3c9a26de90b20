// SPDX-License-Identifier: Apache-2.0
//
// What the options of plot, show and resize mean, and the door for other commands that draw what they computed.

import Glibc
import Pictures
import Testing
import Weft

@testable import WeftCommands

@Suite("Options of pictures")
struct PictureOptionsTests {
  private func heatmap(_ words: [String]) throws -> HeatmapOptions {
    let command = try PlotCommand.parse(["m.npy", "-o", "m.png"] + words)
    return try command.plot.heatmap(title: command.title, size: command.size)
  }

  @Test("Plot")
  func plot() throws {
    #expect(try heatmap([]) == HeatmapOptions())
    #expect(
      try heatmap(["--map", "diverging", "--range", "-1e-3:2", "--title", "-T-", "--size", "800x600"])
        == HeatmapOptions(
          map: .diverging, range: -1e-3...2, title: "-T-", size: PictureSize(width: 800, height: 600)))
    #expect(try heatmap(["--log", "--range", "1:10"]) == HeatmapOptions(isLogarithmic: true, range: 1...10))
    for words in [
      ["--range", ""], ["--range", ":1"], ["--range", "1:2:3"], ["--range", "2:2"], ["--range", "nan:1"],
      ["--range", "0:inf"], ["--size", "800"], ["--size", "800x"], ["--size", "99999x300"], ["--size", "239x180"],
      ["--map", "Viridis"], ["--log", "--range", "-1:1"],
    ] { #expect(throws: UsageError.self, "\(words)") { try heatmap(words) } }
  }

  @Test("Sizes")
  func sizes() throws {
    let least = PictureSize(width: 1, height: 1)
    for text in ["800x600", "800X600", "800×600"] {
      #expect(try PictureSize(parsing: text, atLeast: least) == PictureSize(width: 800, height: 600))
    }
    for text in ["", "x", "0x1", "-1x5", "1x2x3", "16385x1", "16384x16384", "9999999999999999999x1"] {
      #expect(throws: UsageError.self, "\(text)") { try PictureSize(parsing: text, atLeast: least) }
    }
  }

  @Test("A task's failure is an answer with the exit code")
  func failure() {
    let output = ResizeTask.call(
      ResizeTask.Input(
        source: "/no/such/file.png", target: "/no/such/file_processed.png",
        options: ResizeOptions(width: 1, height: 1), quality: 90, overwrite: false, sync: false))
    #expect(output.numbers.isEmpty && output.exitCode == 65 && output.failure.hasPrefix("/no/such/file.png: "))
  }

  @Test("A computed matrix is drawn", .enabled(if: unsafe dlopen("libpng16.so.16", RTLD_NOW) != nil, "needs libpng16"))
  func computed() throws {
    let path = "/tmp/weft-plot-test-\(getpid()).png"
    defer { unsafe unlink(path) }
    let options = HeatmapOptions(size: PictureSize(width: 300, height: 200))
    let output = PlotOutput(path, options, overwrite: false, sync: false)
    try output.check()
    let heatmap = try Heatmap(of: Matrix<Float>(shape: Shape(rows: 3, columns: 4)), options, name: "zeros")
    let line = try output.write(heatmap)
    #expect(line.hasPrefix("\(path), png, 300×200 pixels, "))
    let image = try Image(contentsOf: path)
    #expect(image.width == 300 && image.height == 200 && image.channels == .colour)
    #expect(throws: FileError.self) { try output.check() }
  }
}
