// SPDX-License-Identifier: Apache-2.0
//
// Files, and parts of them, into other files.

import MatrixCore
import MatrixFiles
import Testing

@Suite struct MatrixFileCopyTests {
  private static let matrix = Matrix<Double>(rows: 1000, columns: 300) { Double($0 * 300 + $1) / 7 }

  @Test(arguments: ["npy", "raw", "csv", "tsv"], ["npy", "raw", "csv", "tsv"])
  func everyFormatIntoEveryOther(source: String, target: String) throws {
    let folder = Scratch()
    let (a, b) = (folder.file("a.\(source)"), folder.file("b.\(target)"))
    let part = try Matrix(Self.matrix[rows: 0..<50, columns: 0..<40])
    try part.write(to: a)
    let report = try MatrixFile.copy(a, to: b)
    #expect(report.path == b)
    #expect(try Matrix<Double>(contentsOf: b).identical(to: part))
  }

  @Test(arguments: ["npy", "csv"])
  func partsAreThoseOfTheMatrix(format: String) throws {
    let folder = Scratch()
    let source = folder.file("a.\(format)")
    try Self.matrix.write(to: source)
    for (index, (rows, columns)) in [
      (0..<1000, 0..<300), (0..<1, 0..<300), (999..<1000, 299..<300), (437..<991, 0..<300), (3..<700, 17..<19),
      (500..<500, 0..<3), (0..<10, 5..<5),
    ].enumerated() {
      let target = folder.file("\(index).npy")
      try MatrixFile.copy(source, rows: rows, columns: columns, to: target)
      let part = try Matrix(Self.matrix[rows: rows, columns: columns])
      #expect(try Matrix<Double>(contentsOf: target).identical(to: part), "\(rows) \(columns)")
    }
    for (rows, columns) in [(0..<1001, 0..<300), (-1..<3, 0..<3), (0..<3, 0..<301)] {
      let error = #expect(throws: FileError.self) {
        try MatrixFile.copy(source, rows: rows, columns: columns, to: folder.file("none.npy"))
      }
      #expect(error?.code == .outOfRange && error?.message.contains("counted from 0") == true)
    }
    #expect(!folder.names.contains("none.npy"))
  }

  @Test func typesAreConvertedWhereThatIsAsked() throws {
    let folder = Scratch()
    try Self.matrix.write(to: folder.file("a.npy"))
    try MatrixFile.copy(folder.file("a.npy"), to: folder.file("b.npy"), as: .float32)
    let narrow = try Matrix<Float>(contentsOf: folder.file("b.npy"))
    #expect(narrow.identical(to: Self.matrix.map { Float($0) }))
    try MatrixFile.copy(folder.file("b.npy"), to: folder.file("c.npy"))
    #expect(try MatrixFile.inspect(folder.file("c.npy")).elementType == .float32)
    try MatrixFile.copy(folder.file("b.npy"), to: folder.file("d.npy"), as: .float64)
    #expect(try Matrix<Double>(contentsOf: folder.file("d.npy")).identical(to: narrow.map { Double($0) }))
  }

  @Test func aFileIntoItself() throws {
    let folder = Scratch()
    let path = folder.file("a.npy")
    try Self.matrix.write(to: path)
    let refused = #expect(throws: FileError.self) { try MatrixFile.copy(path, rows: 1..<3, to: path) }
    #expect(refused?.code == .exists)
    try MatrixFile.copy(path, rows: 1..<3, to: path, options: WriteOptions(overwrite: true))
    let part = try Matrix(Self.matrix[rows: 1..<3])
    #expect(try Matrix<Double>(contentsOf: path).identical(to: part))
  }
}
