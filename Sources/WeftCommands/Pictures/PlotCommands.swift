// SPDX-License-Identifier: Apache-2.0
//
// plot, show: a matrix file as a picture, and on the terminal. In pieces, whatever its size.

import ArgumentParser
import Glibc
import Pictures
import Weft

struct PlotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot", abstract: "Draw a matrix file as a picture.",
    usage: "weft plot <file> -o <picture.png> [options]",
    discussion: """
      A heatmap with a scale of its colours and rows and columns counted from 0, as .png or .jpg. Large matrices \
      shrink to the mean of whole numbers of rows and columns, small ones get larger cells. Elements that are not \
      finite are grey, and counted. The file is read in pieces and may be larger than memory. Needs libpng16-16, or \
      libturbojpeg0 for a .jpg.

      Examples:
        weft plot m.npy -o m.png
        weft plot m.npy -o m.png --map diverging --range -1:1 --title 'Residuals'
        weft plot spectrum.csv -o spectrum.png --log --size 1600x1000
      """)

  static var _errorPrefix: String { WeftCommand._errorPrefix }

  @Argument(help: "The matrix file.", completion: .file())
  var file: String
  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp("Picture to write, or - for a PNG on standard output.", valueName: "path|-"),
    completion: .file())
  var output: String
  @OptionGroup var plot: PlotOptions
  @Option(parsing: .unconditional, help: ArgumentHelp("Title. (default: the file's name)", valueName: "text"))
  var title: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Size of the whole picture in pixels. (default: as the matrix needs)", valueName: "WxH"))
  var size: String?
  @OptionGroup var reading: ReadingOptions
  @Flag(help: "Replace an existing file.")
  var force = false
  @Flag(help: "Do not wait until the disk has confirmed the file: faster, but a power cut may lose it.")
  var noSync = false
  @Flag(help: "Do not say what was written.")
  var quiet = false

  func run() throws {
    let options = try plot.heatmap(title: title, size: size)
    let picture = PlotOutput(output, options, overwrite: force, sync: !noSync)
    try picture.check()
    let heatmap = try Heatmap(contentsOf: file, options, readOptions: reading.options())
    let line = try picture.write(heatmap)
    guard !quiet, !picture.output.isStandardOutput else { return }
    let extremes = heatmap.extremes.map { "\($0.lowerBound) to \($0.upperBound)" } ?? "none is finite"
    let nonfinite = heatmap.nonfiniteCount == 0 ? "" : ", \(heatmap.nonfiniteCount) not finite"
    try StandardOutput.write(
      Summary.aligned([("matrix", heatmap.caption), ("elements", extremes + nonfinite), ("output", line)]) + "\n")
  }
}

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show a matrix file as colours on the terminal.",
    usage: "weft show <file> [options]",
    discussion: """
      As wide and high as the terminal, two cells in a character; the line below tells the range. In 24-bit colours \
      where COLORTERM says truecolor or 24bit, else in 256; as ASCII characters where standard output is no terminal \
      or a dumb one, or NO_COLOR is set.

      Examples:
        weft show m.npy
        weft show m.npy --map diverging
        weft show m.npy --colour full | less -R
      """)

  static var _errorPrefix: String { WeftCommand._errorPrefix }

  @Argument(help: "The matrix file.", completion: .file())
  var file: String
  @OptionGroup var plot: PlotOptions
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Colours of the terminal. (default: auto)", valueName: "auto|full|256|none"),
    completion: .list(ColourPolicy.allCases.map(\.rawValue)))
  var colour: String?
  @OptionGroup var reading: ReadingOptions

  func run() throws {
    let options = try plot.heatmap()
    let policy: ColourPolicy = try choice("colour", colour) ?? .auto
    let colours = policy.colours ?? Terminal.colours(1)
    // Lines below for the range, the caption and the next prompt.
    let lines = max(4, Terminal.height(1) - 3)
    let room = Heatmap.Room(rows: 2 * lines, columns: max(8, Terminal.width(1)))
    let heatmap = try Heatmap(contentsOf: file, options, room: room, readOptions: reading.options())
    try StandardOutput.write(heatmap.text(colours) + "\n")
  }
}

/// What `--colour` says.
enum ColourPolicy: String, CaseIterable {
  case auto, full
  case palette = "256"
  case none

  /// Nil: as the terminal has them.
  var colours: TerminalColours? {
    switch self {
    case .auto: nil
    case .full: .full
    case .palette: .palette
    case .none: TerminalColours.none
    }
  }
}

extension Terminal {
  /// Colours that the terminal behind the descriptor shows: none where there is no terminal, TERM is dumb, or the user
  /// wants none (NO_COLOR, see no-color.org).
  static func colours(_ descriptor: Int32) -> TerminalColours {
    guard isInteractive(descriptor), unsafe getenv("NO_COLOR").map({ unsafe $0.pointee == 0 }) ?? true else {
      return .none
    }
    guard let text = unsafe getenv("COLORTERM") else { return .palette }
    return unsafe ["truecolor", "24bit"].contains(String(cString: text)) ? .full : .palette
  }

  /// Lines: what LINES says, else the terminal behind the descriptor, else 40.
  static func height(_ descriptor: Int32) -> Int {
    if let text = unsafe getenv("LINES"), let lines = unsafe Int(String(cString: text)), lines > 0 { return lines }
    var size = winsize()
    guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else { return 40 }
    return Int(size.ws_row)
  }
}
