// SPDX-License-Identifier: Apache-2.0
// Text that several threads write and read: the same bytes, numbers and errors as by one thread, wherever the parts
// end.

import MatrixCore
import MatrixFiles
import Testing

@Suite(.timeLimit(.minutes(20)))
struct TextPartsTests {
  private func writing(_ threads: Int) -> WriteOptions {
    var options = overwriting
    options.text.threads = threads
    return options
  }

  private func reading(_ threads: Int, hasHeader: Bool = false) -> ReadOptions {
    var options = ReadOptions(hasHeader: hasHeader)
    options.threads = threads
    return options
  }

  @Test(arguments: [(3, 40_000), (40_000, 3), (350, 350), (1, 100_000), (100_000, 1)])
  func anyNumberOfThreads(sides: (Int, Int)) throws {
    let scratch = Scratch()
    let m = randomMatrix(Double.self, sides.0, sides.1, seed: 51)
    try m.write(to: scratch.file("1.csv"), options: writing(1))
    for threads in [2, 3, 8] {
      try m.write(to: scratch.file("n.csv"), options: writing(threads))
      #expect(contents(scratch.file("1.csv")) == contents(scratch.file("n.csv")))
      #expect(try Matrix<Double>(contentsOf: scratch.file("1.csv"), options: reading(threads)).identical(to: m))
    }
    let single = randomMatrix(Float.self, sides.0, sides.1, seed: 52)
    try single.write(to: scratch.file("n.tsv"), options: writing(3))
    #expect(try Matrix<Float>(contentsOf: scratch.file("n.tsv"), options: reading(3)).identical(to: single))
  }

  /// What has digits and what has none, of every length, next to each other: as each number by itself.
  @Test func everyNumberAsByItself() throws {
    let scratch = Scratch(in: "/dev/shm")
    func check<Element: MatrixElement>(_ specials: [Element]) throws {
      var generator = Generator(seed: 55)
      let m = Matrix<Element>(rows: 500, columns: 131) { _, _ in
        switch generator.next() % 4 {
        case 0: specials[Int(generator.next() % UInt64(specials.count))]
        case 1: Element(bitPattern: Element.BitPattern(truncatingIfNeeded: generator.next()))
        case 2: Element(Int(generator.next() % 2_000_001) - 1_000_000) / 1000
        default: Element(generator.next() >> 40) * 0x1p-24
        }
      }
      for digits in [nil, 1, 7] as [Int?] {
        var options = writing(2)
        options.text.digits = digits
        try m.write(to: scratch.file("m.csv"), options: options)
        let lines = (0..<500).map { i in
          (0..<131).map { j in numberText(m[i, j], digits: digits) }.joined(separator: ",") + "\n"
        }
        #expect(contents(scratch.file("m.csv")) == Array(lines.joined().utf8))
      }
    }
    try check([0, -0.0, 1, -0.5, 0.0001, 0.00009, 1e16, 0x1p53, -0x1p-1074, 0x1p-1022, .infinity, -.infinity, .nan])
    try check(
      [0, -0.0, 1, -0.5, 0.0001, 1e-5, 0x1p24, 0x1.8p24, -0x1p-149, 0x1p-126, .infinity, -.infinity, .nan] as [Float])
  }

  @Test func appendedAndReadInPieces() throws {
    let scratch = Scratch()
    let (path, m) = (scratch.file("m.csv"), randomMatrix(Double.self, 3000, 53, seed: 53))
    var writer = try MatrixWriter<Double>(to: path, shape: m.shape, options: writing(3))
    var (start, piece) = (0, 1)
    while start < m.count {
      let end = min(start + piece, m.count)
      try writer.append(m.elements.extracting(start..<end))
      (start, piece) = (end, piece * 7 % 90_001)
    }
    _ = try writer.finish()
    try m.write(to: scratch.file("whole.csv"), options: writing(1))
    #expect(contents(path) == contents(scratch.file("whole.csv")))

    for rows in [1, 10, 700, 1100, 2999] {
      var reader = try MatrixReader<Double>(contentsOf: path, options: reading(3))
      var part = Matrix<Double>(rows: rows, columns: 53) { _, _ in 0 }
      var row = 0
      while true {
        let count = try part.withMutableElements { (span) throws(FileError) in try reader.readRows(into: &span) }
        if count == 0 { break }
        for i in 0..<count {
          for j in 0..<53 where part[i, j].bitPattern != m[row + i, j].bitPattern && !part[i, j].isNaN {
            Issue.record("row \(row + i), column \(j), read by \(rows) rows")
            return
          }
        }
        row += count
      }
      #expect(row == 3000)
    }
  }

  /// Spellings that not every field has, spread over many parts.
  @Test(arguments: ["\n", "\r\n"], [true, false])
  func spellings(newline: String, endsWithNewline: Bool) throws {
    let scratch = Scratch()
    let spellings = [
      "1.5", " 1.5", "1.5 ", "\"1.5\"", "+1.5", "15e-1", "0.00000000000000000000000015e25", "1.50000000000000000000000",
    ]
    var content = "\u{feff}a,b\n"
    for row in 0..<30_000 {
      content +=
        "\(row),\(spellings[row % 97 % spellings.count]),-0.25\(row + 1 < 30_000 || endsWithNewline ? newline : "")"
    }
    put(content, scratch.file("m.csv"))
    for threads in [1, 3] {
      let m = try Matrix<Double>(contentsOf: scratch.file("m.csv"), options: reading(threads, hasHeader: true))
      #expect(m == Matrix(rows: 30_000, columns: 3) { i, j in j == 0 ? Double(i) : j == 1 ? 1.5 : -0.25 })
    }
  }

  /// Two faults anywhere: the first is reported, at its place, by any number of threads.
  @Test func theFirstFaultOfTheFile() throws {
    let scratch = Scratch(in: "/dev/shm")
    let path = scratch.file("m.csv")
    let line = Array("0.12345678901234567,-1.5,17\n".utf8)
    let count = 40_000
    let good = [UInt8]((0..<count).map { _ in line }.joined())
    var generator = Generator(seed: 54)
    for _ in 0..<20 {
      var bytes = good
      let places = [generator.next(), generator.next()].map { Int($0 % UInt64(good.count)) }
      for place in places where bytes[place] != UInt8(ascii: "\n") { bytes[place] = UInt8(ascii: "x") }
      put(bytes, path)
      guard let first = bytes.firstIndex(of: UInt8(ascii: "x")), first >= line.count else { continue }
      let messages = try [1, 2, 3].map { threads in
        try #require(throws: FileError.self) {
          try Matrix<Double>(contentsOf: path, options: reading(threads))
        }.message
      }
      let inLine = first % line.count
      let lost = line[inLine] == UInt8(ascii: ",")  // two fields became one
      let start =
        lost
        ? (line[..<inLine].lastIndex(of: UInt8(ascii: ",")) ?? -1) + 1
        : (line[...inLine].lastIndex(of: UInt8(ascii: ",")) ?? -1) + 1
      #expect(messages[0].hasPrefix("line \(first / line.count + 1), column \(start + 1): "), "\(messages[0])")
      #expect(messages[1] == messages[0] && messages[2] == messages[0])
    }
    // A line with a field too many moves all fields behind it, and is what has to be named.
    for fault in ["1,2,3,4\n", "1,2\n", "\n", "1,,2\n", "1,2,3\r1,2,3\n"] {
      put(good + Array(fault.utf8) + good, path)
      let messages = try [1, 3].map { threads in
        try #require(throws: FileError.self) {
          try Matrix<Double>(contentsOf: path, options: reading(threads))
        }.message
      }
      #expect(messages[0].hasPrefix("line \(count + 1), column ") && messages[1] == messages[0], "\(messages)")
    }
  }

  @Test func longFieldsAreRefusedWhereverTheyStand() throws {
    let scratch = Scratch()
    let path = scratch.file("m.csv")
    for spaces in [4090, 4095, 4096, 300_000] {
      var content = String(repeating: "1,2\n", count: 70_000)
      content += String(repeating: " ", count: spaces) + "1,2\n" + content
      put(content, path)
      for threads in [1, 2] {
        if spaces < 4096 {
          #expect(try Matrix<Double>(contentsOf: path, options: reading(threads)).rows == 140_001)
        } else {
          let error = try #require(throws: FileError.self) {
            try Matrix<Double>(contentsOf: path, options: reading(threads))
          }
          #expect(error.message == "line 70001, column 1: a field has more than 4096 bytes")
        }
      }
    }
  }
}
