// SPDX-License-Identifier: Apache-2.0
// What can be chosen about text: digits, delimiters, a line of names.

import MatrixCore
import MatrixFiles
import Testing

@Suite struct TextOptionsTests {
  private func options(_ text: TextOptions) -> WriteOptions { WriteOptions(overwrite: true, sync: false, text: text) }

  @Test func digits() throws {
    let scratch = Scratch()
    let path = scratch.file("m.csv")
    let m = Matrix<Double>([[1.0 / 3, 100], [-2e-7 / 3, .nan]])
    try m.write(to: path, options: options(TextOptions(digits: 3)))
    #expect(text(path) == "0.333,100.0\n-6.67e-08,nan\n")
    try m.write(to: path, options: options(TextOptions(digits: 17)))
    #expect(try Matrix<Double>(contentsOf: path).identical(to: m))
    for digits in [0, 18, -1] {
      let error = try #require(throws: FileError.self) {
        try m.write(to: scratch.file("n.csv"), options: options(TextOptions(digits: digits)))
      }
      #expect(error.code == .cannotCreate && error.message.hasPrefix("\(digits) significant digits"))
    }
    #expect(scratch.names == ["m.csv"])
  }

  @Test func delimiters() throws {
    let scratch = Scratch()
    let path = scratch.file("m.csv")
    let m = Matrix<Double>([[1.5, -2], [3, 4]])
    for mark in [";", "|", "\t", ":", "_"] {
      let byte = Array(mark.utf8)[0]
      try m.write(to: path, options: options(TextOptions(delimiter: byte)))
      #expect(text(path) == "1.5\(mark)-2.0\n3.0\(mark)4.0\n")
      #expect(try Matrix<Double>(contentsOf: path, options: ReadOptions(delimiter: byte)) == m)
      #expect(try MatrixFile.inspect(path, options: ReadOptions(delimiter: byte)).shape == m.shape)
      #expect(throws: FileError.self) { try Matrix<Double>(contentsOf: path) }
    }
    for byte in Array(" .-+e0\"\n\r\0".utf8) + [127, 200] {
      #expect(throws: FileError.self) { try m.write(to: path, options: options(TextOptions(delimiter: byte))) }
      #expect(throws: FileError.self) { try Matrix<Double>(contentsOf: path, options: ReadOptions(delimiter: byte)) }
    }
  }

  @Test func columnNames() throws {
    let scratch = Scratch()
    let path = scratch.file("m.csv")
    let m = Matrix<Double>([[1, 2, 3, 4]])
    let names = ["x", "y, in cm", "the \"z\"", ""]
    try m.write(to: path, options: options(TextOptions(columnNames: names)))
    #expect(text(path) == "x,\"y, in cm\",\"the \"\"z\"\"\",\"\"\n1.0,2.0,3.0,4.0\n")
    #expect(try Matrix<Double>(contentsOf: path, options: ReadOptions(hasHeader: true)) == m)
    for names in [[], ["a"], ["a", "b\n", "c", "d"]] {
      let error = try #require(throws: FileError.self) {
        try m.write(to: scratch.file("n.csv"), options: options(TextOptions(columnNames: names)))
      }
      #expect(error.code == .cannotCreate)
    }
    #expect(scratch.names == ["m.csv"])
  }
}
