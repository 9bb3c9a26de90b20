// SPDX-License-Identifier: Apache-2.0
//
// Heatmaps: the means of cells, ranges, ticks, and that the parts of a picture are where they belong.

import Glibc
import MatrixCore
import MatrixFiles
import Testing

@testable import Pictures

@Suite("Heatmaps")
struct HeatmapTests {
  private func matrix(_ rows: Int, _ columns: Int, _ element: (Int, Int) -> Double) throws -> Matrix<Double> {
    var matrix = try Matrix<Double>(shape: try Shape(rows: rows, columns: columns))
    for i in 0..<rows { for j in 0..<columns { matrix[i, j] = element(i, j) } }
    return matrix
  }

  @Test("Cells are means, from memory and from a file alike")
  func means() throws {
    let matrix = try matrix(103, 211) { sin(Double($0 * 7 + $1 * 3)) * 100 }
    let scratch = Scratch()
    try matrix.write(to: scratch.file("m.npy"), options: WriteOptions(sync: false))
    let room = Heatmap.Room(rows: 20, columns: 30)
    let heatmap = try Heatmap(of: matrix, room: room, name: "m")
    #expect(heatmap.cell.rows == heatmap.cell.columns && heatmap.cell.rows == 8)
    let grid = heatmap.grid
    #expect(grid.rows == 13 && grid.columns == 27)
    for row in 0..<grid.rows {
      for column in 0..<grid.columns {
        var (sum, count) = (0.0, 0.0)
        for i in row * 8..<min(103, row * 8 + 8) {
          for j in column * 8..<min(211, column * 8 + 8) { (sum, count) = (sum + matrix[i, j], count + 1) }
        }
        #expect(abs(grid.means[row * grid.columns + column] - sum / count) < 1e-11)
      }
    }
    let fromFile = try Heatmap(contentsOf: scratch.file("m.npy"), room: room)
    #expect(fromFile.grid.means == grid.means && fromFile.title == "m.npy")
    let all = (0..<103).flatMap { i in (0..<211).map { matrix[i, $0] } }
    #expect(heatmap.extremes == (all.min() ?? 0)...(all.max() ?? 0))
  }

  @Test("A long side does not make a line of the other")
  func aspect() throws {
    let wide = try CellGrid(Shape(rows: 30, columns: 4000), budget: (1000, 1000), isLogarithmic: false, name: "")
    #expect(wide.columnsPerCell == 4 && wide.rowsPerCell == 1)
    let tall = try CellGrid(Shape(rows: 100_000, columns: 3), budget: (1000, 1000), isLogarithmic: false, name: "")
    #expect(tall.rowsPerCell == 100 && tall.columnsPerCell == 1)
    for (rows, columns) in [(1, 1), (1, 1 << 40), (1 << 40, 1), (7, 5), (1001, 1000)] {
      let grid = try CellGrid(Shape(rows: rows, columns: columns), budget: (60, 80), isLogarithmic: false, name: "")
      #expect((1...60).contains(grid.rows) && (1...80).contains(grid.columns), "\(rows)×\(columns)")
    }
  }

  @Test("What is not finite is counted and left out")
  func nonfinite() throws {
    let matrix = try matrix(4, 4) { i, j in i == 0 && j < 2 ? .nan : i == 1 && j == 0 ? .infinity : Double(i) }
    let heatmap = try Heatmap(of: matrix, room: Heatmap.Room(rows: 2, columns: 2), name: "m")
    #expect(heatmap.nonfiniteCount == 3 && heatmap.extremes == 0...3)
    #expect(heatmap.grid.means == [1, 0.5, 2.5, 2.5])
    let none = try Heatmap(of: try self.matrix(3, 3) { _, _ in .nan }, name: "n")
    #expect(none.extremes == nil && none.nonfiniteCount == 9 && none.grid.means.allSatisfy(\.isNaN))
    #expect(none.image().samples.contains(200) && none.text(.none).contains("????"))
  }

  @Test("Numbers at the ends of their type")
  func extremes() throws {
    let big = Double.greatestFiniteMagnitude
    let heatmap = try Heatmap(
      of: try matrix(8, 8) { i, _ in i < 4 ? big : -big }, room: Heatmap.Room(rows: 2, columns: 2), name: "m")
    #expect(heatmap.share(heatmap.high) == 1 && heatmap.share(heatmap.low) == 0 && heatmap.share(0) == 0.5)
    #expect(heatmap.grid.means[0] == big && heatmap.grid.means[2] == -big)
    let tiny = try Heatmap(of: try matrix(2, 1) { i, _ in .leastNonzeroMagnitude * Double(i + 1) }, name: "m")
    let constant = try Heatmap(of: try matrix(5, 5) { _, _ in -3 }, name: "m")
    #expect(constant.share(-3) == 0.5)
    for heatmap in [heatmap, tiny, constant] {
      #expect(heatmap.image().width >= 300 && !heatmap.text(.full).isEmpty)
    }
  }

  @Test("Logarithms need positive elements, and say which is not")
  func logarithms() throws {
    let options = HeatmapOptions(isLogarithmic: true)
    let heatmap = try Heatmap(of: try matrix(3, 3) { i, j in pow(10, Double(i - j)) }, options, name: "m")
    #expect(abs(heatmap.low + 2) < 1e-12 && abs(heatmap.high - 2) < 1e-12)
    let error = #expect(throws: FileError.self) {
      try Heatmap(of: try matrix(3, 3) { i, j in i == 2 && j == 1 ? -0.5 : 1 }, options, name: "m")
    }
    #expect(error?.message.contains("row 2, column 1 is -0.5") == true && error?.code.exitCode == 65)
    let empty = #expect(throws: FileError.self) {
      try Heatmap(of: try Matrix<Float>(shape: Shape(rows: 0, columns: 5)), name: "e")
    }
    #expect(empty?.message.contains("0×5") == true)
  }

  @Test(
    "Ticks",
    arguments: [
      (-1.0, 1.0, 9, ["−1.0", "−0.5", "0.0", "0.5", "1.0"], nil as Int?),
      (0, 7, 9, ["0", "1", "2", "3", "4", "5", "6", "7"], nil),
      (-4.2e-7, 4.2e-7, 9, ["−4", "−3", "−2", "−1", "0", "1", "2", "3", "4"], -7),
      (0, 1e6, 5, ["0.0", "0.5", "1.0"], 6),
      (1000, 1001, 3, ["1000.0", "1000.5", "1001.0"], nil),
      (2, 2, 5, [], nil),
    ] as [(Double, Double, Int, [String], Int?)])
  func ticks(low: Double, high: Double, count: Int, labels: [String], exponent: Int?) {
    let ticks = Ticks(low, high, atMost: count)
    #expect(ticks.marks.map(\.label) == labels)
    #expect(labels.isEmpty || ticks.commonExponent == exponent)
    for mark in ticks.marks { #expect(mark.value >= low - 1e-6 && mark.value <= high + 1e-6) }
  }

  @Test("Any range has few marks, in order, within it")
  func anyTicks() {
    var random = Random(7)
    for _ in 0..<5000 {
      let (a, b) = (Double(bitPattern: random.next()), Double(bitPattern: random.next()))
      guard a.isFinite, b.isFinite, a != b else { continue }
      for (low, high) in [(min(a, b), max(a, b)), (a, a.nextUp), (a, a + abs(a) / 1e9)]
      where low < high && high.isFinite {
        let marks = Ticks(low, high, atMost: 7).marks
        #expect(marks.count <= 7 && marks.map(\.value) == marks.map(\.value).sorted())
        let slack = (high / 2 - low / 2) / 100
        #expect(marks.allSatisfy { $0.value / 2 >= low / 2 - slack && $0.value / 2 <= high / 2 + slack })
      }
      let exponents = (log10(abs(a) + 1e-300), log10(abs(b) + 1e-300))
      let (low, high) = (min(exponents.0, exponents.1), max(exponents.0, exponents.1))
      #expect(Ticks(logarithms: low, high, atMost: 7).marks.count <= 9)
    }
    #expect(Ticks(logarithms: -2, 5, atMost: 10).marks.map(\.exponent) == ["−2", "−1", "0", "1", "2", "3", "4", "5"])
    #expect(Ticks(logarithms: log10(1.5), log10(7), atMost: 9).marks.map(\.label) == ["2", "5"])
    for end in [1, 7, 10, 11, 999, 1000, 123_456_789] {
      let marks = Ticks(indices: end, atMost: 10).marks
      #expect((1...10).contains(marks.count) && marks.allSatisfy { $0.value < Double(end) }, "\(end)")
    }
  }

  @Test("A picture shows its cells", arguments: ColourMap.allCases)
  func picture(map: ColourMap) throws {
    let matrix = try matrix(7, 5) { Double($0 * 5 + $1) }
    let heatmap = try Heatmap(of: matrix, HeatmapOptions(map: map, title: "T"), name: "m")
    let (image, layout) = (heatmap.image(), HeatmapLayout(heatmap))
    let palette = Heatmap.palette(map)
    for i in 0..<7 {
      for j in 0..<5 {
        let x = layout.columns.lowerBound + j * layout.cellWidth + layout.cellWidth / 2
        let y = layout.rows.lowerBound + i * layout.cellHeight + layout.cellHeight / 2
        let place = (y * image.width + x) * 3
        let drawn = Colour(image.samples[place], image.samples[place + 1], image.samples[place + 2])
        #expect(drawn == heatmap.colour(matrix[i, j], palette))
      }
    }
    #expect(layout.cellWidth == layout.cellHeight && image.samples.prefix(3) == [255, 255, 255])
    let sized = try Heatmap(
      of: matrix, HeatmapOptions(map: map, size: PictureSize(width: 400, height: 300)), name: "m"
    ).image()
    #expect(sized.width == 400 && sized.height == 300)
  }

  @Test("Maps begin, end and are even", arguments: ColourMap.allCases)
  func maps(map: ColourMap) {
    #expect(map.colour(0) == (map == .viridis ? Colour(0x44, 1, 0x54) : Colour(0x3b, 0x4c, 0xc0)))
    #expect(map.colour(1) == (map == .viridis ? Colour(0xfd, 0xe7, 0x25) : Colour(0xb4, 4, 0x26)))
    #expect(map.colour(-3) == map.colour(0) && map.colour(7) == map.colour(1))
    for step in 0..<1000 {
      let (a, b) = (map.colour(Double(step) / 1000), map.colour(Double(step + 1) / 1000))
      #expect([(a.red, b.red), (a.green, b.green), (a.blue, b.blue)].allSatisfy { abs(Int($0) - Int($1)) <= 2 })
    }
  }

  @Test("Text for terminals")
  func terminal() throws {
    let heatmap = try Heatmap(
      of: try matrix(40, 60) { i, _ in Double(i) }, room: Heatmap.Room(rows: 40, columns: 60), name: "m")
    let plain = heatmap.text(.none).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(plain.count == 22 && plain.prefix(20).allSatisfy { $0.count == 60 } && plain[19].allSatisfy { $0 == "@" })
    #expect(heatmap.text(.none).allSatisfy { $0.isASCII || $0 == "×" } && plain[20].hasPrefix("0.0 "))
    let full = heatmap.text(.full)
    #expect(full.count { $0 == "▀" } == 20 * 60 && full.contains("\u{1b}[38;2;68;1;84;48;2;"))
    #expect(heatmap.text(.palette).contains("\u{1b}[38;5;") && !heatmap.text(.palette).contains("38;2"))
    for line in full.split(separator: "\n").prefix(20) { #expect(line.hasSuffix("\u{1b}[0m")) }
    #expect(Heatmap.paletteIndex(Colour(0, 0, 0)) == 16 && Heatmap.paletteIndex(Colour(255, 255, 255)) == 231)
    #expect(Heatmap.paletteIndex(Colour(grey: 128)) == 244 && Heatmap.paletteIndex(Colour(255, 0, 0)) == 196)
  }

  @Test("Every character of ASCII has a shape of its own")
  func font() {
    let box = StrokeFont.glyph("\u{7f}").strokes
    for code in 33...126 {
      let character = Character(Unicode.Scalar(UInt8(code)))
      let glyph = StrokeFont.glyph(character)
      #expect(!glyph.strokes.isEmpty && glyph.strokes != box && glyph.advance > 2, "\(character)")
      for point in glyph.strokes.joined() { #expect((0...8).contains(point.x) && (-3...11).contains(point.y)) }
    }
    #expect(StrokeFont.width("00") == StrokeFont.width("11") && StrokeFont.width("") == 0)
  }
}
