// SPDX-License-Identifier: Apache-2.0
// What is written reads back to the same bits: every format, both element types, every kind of shape, whole and in
// pieces.

import MatrixCore
import MatrixFiles
import Testing

@Suite(.timeLimit(.minutes(20)))
struct RoundTripTests {
  static let shapes = [(1, 1), (1, 9), (9, 1), (3, 5), (17, 31), (64, 64), (1000, 3), (3, 1000)]
  static let emptyShapes = [(0, 0), (0, 5), (5, 0)]

  @Test(arguments: readableFormats, shapes)
  func everyFormat(format: MatrixFormat, sides: (Int, Int)) throws {
    try check(randomMatrix(Double.self, sides.0, sides.1, seed: 1), format)
    try check(randomMatrix(Float.self, sides.0, sides.1, seed: 2), format)
  }

  @Test(arguments: [MatrixFormat.npy, .npz, .safetensors, .mtx, .raw], emptyShapes)
  func emptyInBinary(format: MatrixFormat, sides: (Int, Int)) throws {
    try check(Matrix<Double>(shape: shape(sides.0, sides.1)), format)
    try check(Matrix<Float>(shape: shape(sides.0, sides.1)), format)
  }

  @Test(arguments: [MatrixFormat.csv, .tsv], emptyShapes)
  func emptyInTextIsRefused(format: MatrixFormat, sides: (Int, Int)) throws {
    let scratch = Scratch()
    let m = try Matrix<Double>(shape: shape(sides.0, sides.1))
    let error = try #require(throws: FileError.self) { try m.write(to: scratch.file("m.\(format)"), options: fresh) }
    #expect(error.code == .cannotCreate)
    #expect(error.message.contains("\(sides.0)×\(sides.1)"))
    #expect(scratch.names.isEmpty)
  }

  private func check<Element>(_ m: Matrix<Element>, _ format: MatrixFormat) throws {
    let scratch = Scratch()
    let path = scratch.file("m.\(format)")
    let report = try m.write(to: path, options: fresh)
    #expect(report.format == format)
    #expect(report.byteCount == contents(path)?.count)
    let back = try Matrix<Element>(contentsOf: path)
    #expect(back.identical(to: m), "\(m) came back as \(back)")
    #expect(scratch.names == (format == .raw ? ["m.raw", "m.raw.json"] : ["m.\(format)"]))
    let info = try MatrixFile.inspect(path)
    #expect(info.shape == m.shape && info.format == format)
    #expect(info.elementType == (info.byteOrder == nil ? .float64 : m.elementType))
  }

  @Test func sharedMatricesToo() throws {
    let scratch = Scratch()
    let m = randomMatrix(Double.self, 20, 30, seed: 3)
    try SharedMatrix(m).write(to: scratch.file("m.npy"), options: fresh)
    #expect(try Matrix<Double>(contentsOf: scratch.file("m.npy")).identical(to: m))
    #expect(try SharedMatrix<Double>(contentsOf: scratch.file("m.npy")).identical(to: m))
  }

  @Test(arguments: readableFormats)
  func inPieces(format: MatrixFormat) throws {
    let scratch = Scratch()
    let m = randomMatrix(Double.self, 23, 7, seed: 4)
    let (whole, pieces) = (scratch.file("a.\(format)"), scratch.file("b.\(format)"))
    try m.write(to: whole, options: fresh)
    var writer = try MatrixWriter<Double>(to: pieces, shape: m.shape, options: fresh)
    for start in stride(from: 0, to: m.count, by: 10) {  // pieces that end within a row
      try writer.append(m.elements.extracting(start..<min(start + 10, m.count)))
    }
    _ = try writer.finish()
    #expect(contents(whole) == contents(pieces))

    var reader = try MatrixReader<Double>(contentsOf: pieces)
    var piece = Matrix<Double>(rows: 5, columns: 7) { _, _ in 0 }
    var row = 0
    while true {
      let first = reader.rowsRead
      let count = try piece.withMutableElements { (span) throws(FileError) in try reader.readRows(into: &span) }
      if count == 0 { break }
      #expect(first == row && count == min(5, 23 - row))
      for i in 0..<count { for j in 0..<7 { same(piece[i, j], m[row + i, j]) } }
      row += count
    }
    #expect(row == 23)
  }

  private func same(_ a: Double, _ b: Double) { #expect(a.bitPattern == b.bitPattern || a.isNaN && b.isNaN) }

  @Test(arguments: ["npy", "npz", "safetensors", "raw"])
  func conversions(format: String) throws {
    let scratch = Scratch()
    let path = scratch.file("m.\(format)")
    let single = randomMatrix(Float.self, 9, 11, seed: 5)
    try single.write(to: path, options: fresh)
    let widened = try Matrix<Double>(contentsOf: path)
    #expect(widened.identical(to: Matrix(rows: 9, columns: 11) { i, j in Double(single[i, j]) }))

    try widened.write(to: path, options: overwriting)
    let refusal = try #require(throws: FileError.self) { try Matrix<Float>(contentsOf: path) }
    #expect(refusal.code == .unsupported && refusal.message.contains("float64"))
    #expect(try Matrix<Float>(contentsOf: path, options: ReadOptions(narrowing: .exact)).identical(to: single))

    var inexact = widened
    inexact[4, 4] = 0.1
    try inexact.write(to: path, options: overwriting)
    let first = try #require(throws: FileError.self) {
      try Matrix<Float>(contentsOf: path, options: ReadOptions(narrowing: .exact))
    }
    #expect(first.message.contains("0.1"))
    let rounded = try Matrix<Float>(contentsOf: path, options: ReadOptions(narrowing: .nearest))
    #expect(rounded[4, 4] == Float(0.1) && rounded[0, 0].bitPattern == single[0, 0].bitPattern)
  }

  @Test func formatsByName() throws {
    for (name, format) in [
      ("a.npy", MatrixFormat.npy), ("A.NPY", .npy), ("x/y.raw", .raw), ("b.bin", .raw), ("c.csv", .csv),
      ("d.tsv", .tsv),
      ("e.tab", .tsv), ("f.g.csv", .csv),
    ] { #expect(MatrixFormat(path: name) == format) }
    for name in ["npy", ".npy", "a.", "a.txt", "a.npy/b", "", "/", "a.zip"] { #expect(MatrixFormat(path: name) == nil) }

    #expect(MatrixFormat.split("x.y/f.csv.gz").map { [$0.stem, $0.pathExtension] } == ["x.y/f", ".csv.gz"])
    #expect(MatrixFormat.split("f.npy").map { [$0.stem, $0.pathExtension] } == ["f", ".npy"])
    #expect(MatrixFormat.split("x.npy/f") == nil)
    let scratch = Scratch()
    let m = Matrix<Double>([[1]])
    let error = try #require(throws: FileError.self) { try m.write(to: scratch.file("noname"), options: fresh) }
    #expect(error.code == .unknownFormat && error.code.exitCode == 64)
    #expect(scratch.names.isEmpty)
    try m.write(to: scratch.file("noname"), format: .npy, options: fresh)
    #expect(try Matrix<Double>(contentsOf: scratch.file("noname")) == m)
    try m.write(to: "/dev/null", options: fresh)
  }
}
