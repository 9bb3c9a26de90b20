// SPDX-License-Identifier: Apache-2.0
// CSV and TSV: bits survive, the grammar is what it says, and every fault is reported with its line and column.

import Glibc
import MatrixCore
import MatrixFiles
import Testing

@Suite(.timeLimit(.minutes(20)))
struct TextTests {
  #if DEBUG
    static let sampleRows = 30
  #else
    static let sampleRows = 1000
  #endif

  @Test(arguments: [11 as UInt64, 12])
  func randomBits(seed: UInt64) throws {
    print("TextTests.randomBits: seed \(seed), \(Self.sampleRows * 1000) float64")
    let scratch = Scratch()
    let m = randomMatrix(Double.self, Self.sampleRows, 1000, seed: seed)
    try m.write(to: scratch.file("m.csv"), options: fresh)
    #expect(try Matrix<Double>(contentsOf: scratch.file("m.csv")).identical(to: m))
  }

  @Test func randomSingleBits() throws {
    let scratch = Scratch()
    let m = randomMatrix(Float.self, Self.sampleRows, 300, seed: 13)
    try m.write(to: scratch.file("m.tsv"), options: fresh)
    #expect(try Matrix<Float>(contentsOf: scratch.file("m.tsv")).identical(to: m))
  }

  @Test func spelling() throws {
    let scratch = Scratch()
    let values: [Double] = [
      0, -0.0, 1, 100, 0.1, 1e-5, 1e16, -1.5e300, .leastNonzeroMagnitude, .infinity, -.infinity, .nan, -.nan,
    ]
    try Matrix([values]).write(to: scratch.file("m.csv"), options: fresh)
    #expect(
      text(scratch.file("m.csv"))
        == "0.0,-0.0,1.0,100.0,0.1,1e-05,1e+16,-1.5e+300,5e-324,inf,-inf,nan,nan\n")
    try Matrix<Float>([[0.1], [16_777_216]]).write(to: scratch.file("m.tsv"), options: fresh)
    #expect(text(scratch.file("m.tsv")) == "0.1\n16777216.0\n")
    try Matrix<Double>([[1, 2], [3, 4]]).write(to: scratch.file("n.tsv"), options: fresh)
    #expect(text(scratch.file("n.tsv")) == "1.0\t2.0\n3.0\t4.0\n")
  }

  /// Field → number, or nil where it is none.
  static let fields: [(String, Double?)] = [
    ("1", 1), ("+1", 1), ("-1", -1), ("1.", 1), (".5", 0.5), ("-.5", -0.5), ("1e3", 1000), ("1E+3", 1000),
    ("1e-3", 0.001),
    ("00012", 12), ("0.1", 0.1), ("-0", -0.0), ("1e-999", 0), ("-1e-999", -0.0), ("4.9e-324", .leastNonzeroMagnitude),
    ("inf", .infinity),
    ("-Inf", -.infinity), ("INFINITY", .infinity), ("+infinity", .infinity), ("nan", .nan), ("NaN", .nan),
    ("-nan", .nan),
    ("9007199254740993", 9_007_199_254_740_992), ("9007199254740993.00001", 9_007_199_254_740_994),
    ("2.2250738585072011e-308", Double(bitPattern: 0x000f_ffff_ffff_ffff)),
    ("1.7976931348623158e308", 1.7976931348623157e308),
    ("0.5000000000000000000000000000000000000000000000000000000000000001", 0.5),
    ("123456789012345678901234567890", 1.2345678901234568e29),
    ("", nil), ("+", nil), (".", nil), ("e5", nil), ("1e", nil), ("1e+", nil), ("1.2.3", nil), ("0x1p3", nil),
    ("0x10", nil),
    ("1_000", nil), ("1 000", nil), ("--1", nil), ("+-1", nil), ("1f", nil), ("nan(5)", nil), ("snan", nil),
    ("infin", nil),
    ("١", nil), ("1\u{a0}", nil), ("NA", nil), ("null", nil), ("#1", nil), ("=1+1", nil), ("1;2", nil),
    ("Infinity!", nil),
  ]

  @Test(arguments: fields)
  func grammar(field: String, number: Double?) {
    let bytes = Array(field.utf8)
    switch (DecimalNumber<Double>(bytes.span), number) {
    case (.value(let value), .some(let number)):
      #expect(value.bitPattern == number.bitPattern || value.isNaN && number.isNaN)
    case (.notANumber(let text), nil): #expect(text == field)
    case (let found, _): Issue.record("'\(field)' became \(found)")
    }
  }

  @Test func tooLarge() {
    for field in ["1e999", "-1e999", "1.7976931348623159e308"] {
      guard case .tooLarge = DecimalNumber<Double>(Array(field.utf8).span) else {
        Issue.record("\(field)")
        continue
      }
    }
    guard case .tooLarge = DecimalNumber<Float>(Array("1e39".utf8).span) else {
      Issue.record("1e39")
      return
    }
  }

  @Test(arguments: [
    "1,2\n3,4\n", "1,2\n3,4", "1,2\r\n3,4\r\n", "\u{feff}1,2\n3,4\n", " 1 , 2\n3,  4  \n", "\"1\",2\n3,\"4\"\n",
    "1.0,2e0\n+3,.4e1\r\n", " \"1\" ,2\n3,\" 4\"\n",
  ])
  func accepted(content: String) throws {
    let scratch = Scratch()
    put(content, scratch.file("m.csv"))
    // A quoted field keeps the spaces within its quotes, and a number has none.
    if content.contains("\" 4\"") {
      #expect(throws: FileError.self) { try Matrix<Double>(contentsOf: scratch.file("m.csv")) }
    } else {
      #expect(try Matrix<Double>(contentsOf: scratch.file("m.csv")) == Matrix([[1, 2], [3, 4]]))
    }
  }

  /// Content → the beginning of the message.
  static let faults: [(String, String)] = [
    ("", "it has no numbers"),
    ("\u{feff}", "it has no numbers"),
    ("1,2\n3\n", "line 2, column 1: the line has only 1 of 2 fields"),
    ("1,2\n3,4,5\n", "line 2, column 3: the line has more than 2 fields"),
    ("1,2\n3,4\n5,6,", "line 3, column 3: the line has more than 2 fields"),
    ("1,2\n\n3,4\n", "line 2, column 1: the line is empty"),
    ("1,2\n3,4\n\n", "line 3, column 1: the line is empty"),
    ("\n", "line 1, column 1: the line is empty"),
    ("1,,2\n", "line 1, column 3: the field is empty; write nan"),
    ("1,2,\n", "line 1, column 5: the field is empty; write nan"),
    (",\n,\n", "line 1, column 1: the field is empty"),
    ("1,2\n3,x\n", "line 2, column 3: 'x' is not a number"),
    ("1,2\n3,0x10\n", "line 2, column 3: '0x10' is not a number"),
    ("1,2\n3,1e999\n", "line 2, column 3: the number is past the largest float64"),
    ("1,2\n3,\"4\n", "line 2, column 3: a quoted field does not end"),
    ("1,2\n3,\"4\"5\n", "line 2, column 3: a quoted field does not end"),
    ("1,2\n3,4\"5\n", "line 2, column 4: a quote stands inside"),
    ("1,2\n3,\"4\"\"5\"\n", "line 2, column 5: a quote stands inside"),
    ("1,2\n3\0,4\n", "line 2, column 2: a NUL byte"),
    ("1,2\r3,4\r", "line 1, column 4: a carriage return stands alone"),
    ("1,2\n3,4\r", "line 2, column 4: a carriage return stands alone"),
    ("1;2\n3;4\n", "line 1 has no number in it: it looks like a header ('1;2')"),
    ("a,b\n1,2\n", "line 1 has no number in it: it looks like a header ('a')"),
    ("a,1\n1,2\n", "line 1, column 1: 'a' is not a number"),
    ("1,2\n# comment\n3,4\n", "line 2, column 1: '# comment' is not a number"),
    ("1,2\n\u{1b}[31m,4\n", "line 2, column 1: '\\x1b[31m' is not a number"),
    ("\u{ff}1\n", "line 1 has no number in it"),
    ("1,2,3,4,5,6,7,8,9\n1\n1\n1\n1\n1\n1\n1\n1\n1\n", "line 2, column 1: the line has only 1 of 9 fields"),
  ]

  @Test(arguments: faults)
  func refused(content: String, beginning: String) throws {
    let scratch = Scratch()
    let path = scratch.file("m.csv")
    put(content, path)
    let error = try #require(throws: FileError.self) { try Matrix<Double>(contentsOf: path) }
    #expect(error.code == .malformed && error.code.exitCode == 65)
    #expect(error.message.hasPrefix(beginning), "\(error.message)")
    #expect(error.description == "\(path): \(error.message)")
  }

  /// Under a locale with a decimal comma the text is the same, and read the same.
  @Test func decimalCommaLocale() async {
    await #expect(processExitsWith: .success) {
      let scratch = Scratch()
      let made = unsafe system("localedef -i de_DE -f UTF-8 \(scratch.path)/de_DE.UTF-8 2>/dev/null")
      guard made >= 0 else { return }
      unsafe setenv("LOCPATH", scratch.path, 1)
      let isSet = unsafe setlocale(LC_ALL, "de_DE.UTF-8") != nil
      print("TextTests.decimalCommaLocale:", isSet ? "de_DE.UTF-8" : "no such locale here, tested without")
      let m = Matrix<Double>([[0.5, 1e-5, 1234567.25]])
      try m.write(to: scratch.file("m.csv"), options: fresh)
      guard text(scratch.file("m.csv")) == "0.5,1e-05,1234567.25\n" else { exit(2) }
      guard try Matrix<Double>(contentsOf: scratch.file("m.csv")).identical(to: m) else { exit(3) }
      _ = unsafe system("rm -rf '\(scratch.path)/de_DE.UTF-8'")
    }
  }

  @Test func utf16() throws {
    let scratch = Scratch()
    put([0xff, 0xfe, 0x31, 0, 0x0a, 0], scratch.file("m.csv"))
    let error = try #require(throws: FileError.self) { try Matrix<Double>(contentsOf: scratch.file("m.csv")) }
    #expect(error.message.contains("UTF-16"))
  }

  @Test func veryLongFieldAndVeryLongLine() throws {
    let scratch = Scratch()
    let path = scratch.file("m.csv")
    put([UInt8](repeating: UInt8(ascii: "1"), count: 1 << 20), path)
    let error = try #require(throws: FileError.self) { try Matrix<Double>(contentsOf: path) }
    #expect(error.message == "line 1, column 1: a field has more than 4096 bytes")
    // 300,000 numbers in one line are several pieces of the file, and no fault.
    let count = 300_000
    put(Array(repeating: "7", count: count).joined(separator: ","), path)
    let m = try Matrix<Double>(contentsOf: path)
    #expect(m.shape == (try shape(1, count)))
    #expect(m[0, count - 1] == 7)
  }

  @Test func header() throws {
    let scratch = Scratch()
    let path = scratch.file("m.csv")
    put("x,\"y, z\"\n", path)
    #expect(throws: FileError.self) { try Matrix<Double>(contentsOf: path, options: ReadOptions(hasHeader: true)) }
    for header in ["x,y\n", "\"x, 1\",\"y\"\"\"\r\n", "\u{feff}1\n", "\n"] {
      put(header + "1,2\n3,4\n", path)
      let m = try Matrix<Double>(contentsOf: path, options: ReadOptions(hasHeader: true))
      #expect(m == Matrix([[1, 2], [3, 4]]))
      #expect(try MatrixFile.inspect(path, options: ReadOptions(hasHeader: true)).shape == m.shape)
    }
    put("x,y\n1,2\n3,z\n", path)
    let error = try #require(throws: FileError.self) {
      try Matrix<Double>(contentsOf: path, options: ReadOptions(hasHeader: true))
    }
    #expect(error.message == "line 3, column 3: 'z' is not a number")
  }

  @Test func fieldsAcrossThePiecesOfTheFile() throws {
    // Pieces are 2^18 bytes: fields, delimiters and both bytes of CR LF fall on the border one after the other.
    let scratch = Scratch()
    let path = scratch.file("m.csv")
    for shift in 0..<16 {
      let lines = (1 << 18) / 16 + 2
      var content = String(repeating: " ", count: shift)
      for _ in 0..<lines { content += "1.25,-7.5e+10\r\n" }
      put(content, path)
      let m = try Matrix<Double>(contentsOf: path)
      #expect(m.rows == lines && m[lines - 1, 0] == 1.25 && m[lines - 1, 1] == -7.5e10)
    }
  }

  @Test func randomMutations() throws {
    let seed: UInt64 = 31
    #if DEBUG
      let rounds = 3_000
    #else
      let rounds = 30_000
    #endif
    print("TextTests.randomMutations: seed \(seed), \(rounds) files")
    var generator = Generator(seed: seed)
    let scratch = Scratch(in: "/dev/shm")
    let path = scratch.file("m.csv")
    let good = Array("1.5,-2,nan\r\n0.1,1e10,\"7\"\n-0,inf,3\n".utf8)
    let alphabet = Array("0123456789.,eE+-\n\r\"\0 \tx\u{ff}".utf8)
    for round in 0..<rounds {
      var bytes = good
      for _ in 0...generator.next() % 4 {
        let place = Int(generator.next() % UInt64(max(1, bytes.count)))
        let byte = alphabet[Int(generator.next() % UInt64(alphabet.count))]
        switch generator.next() % 3 {
        case 0 where !bytes.isEmpty: bytes[place] = byte
        case 1 where !bytes.isEmpty: bytes.remove(at: place)
        default: bytes.insert(byte, at: place)
        }
      }
      put(bytes, path)
      do throws(FileError) {
        let m = try Matrix<Double>(contentsOf: path)
        // What is accepted has a number in every field: it can be written and read to the same bits.
        if round % 64 == 0 {
          try m.write(to: scratch.file("n.csv"), options: overwriting)
          let again = try Matrix<Double>(contentsOf: scratch.file("n.csv"))
          #expect(again.identical(to: m))
        }
      } catch {
        #expect(error.code == .malformed, "\(error)")
      }
    }
  }
}
