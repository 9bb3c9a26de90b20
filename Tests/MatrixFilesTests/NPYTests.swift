// SPDX-License-Identifier: Apache-2.0
// .npy: crafted bad files, each refused with the right code and a word that says why, none of them making us allocate;
// random mutations of good headers; and the writer's bytes.

import Glibc
import MatrixCore
import MatrixFiles
import Testing

/// A .npy file from its parts; the length field may lie.
func npy(
  _ dictionary: String, data: Int = 0, version: (UInt8, UInt8) = (1, 0), length: Int? = nil, newline: Bool = true
) -> [UInt8] {
  let text = Array((dictionary + (newline ? "\n" : "")).utf8)
  let claimed = length ?? text.count
  let lengthBytes = (0..<(version.0 == 1 ? 2 : 4)).map { UInt8(truncatingIfNeeded: claimed >> (8 * $0)) }
  return [0x93] + Array("NUMPY".utf8) + [version.0, version.1] + lengthBytes + text + [UInt8](repeating: 0, count: data)
}

private func header(_ descr: String = "'<f8'", _ order: String = "False", _ shape: String = "(2, 3)") -> String {
  "{'descr': \(descr), 'fortran_order': \(order), 'shape': \(shape), }"
}

/// One bad file: its bytes, and what the error must be.
struct BadFile: CustomTestStringConvertible, Sendable {
  let name: String
  let bytes: [UInt8]
  let code: FileError.Code
  let word: String
  var testDescription: String { name }

  init(_ name: String, _ bytes: [UInt8], _ word: String, _ code: FileError.Code = .malformed) {
    (self.name, self.bytes, self.code, self.word) = (name, bytes, code, word)
  }
}

@Suite(.timeLimit(.minutes(20)))
struct NPYTests {
  static let badHeaders: [(String, String, String)] = [
    ("no brace", "'descr': '<f8'", "'{' is missing"),
    ("empty dictionary", "{}", "lacks one of the keys"),
    ("no shape", "{'descr': '<f8', 'fortran_order': False, }", "lacks one of the keys"),
    ("no order", "{'descr': '<f8', 'shape': (2, 3), }", "lacks one of the keys"),
    ("no type", "{'fortran_order': False, 'shape': (2, 3), }", "lacks one of the keys"),
    ("unknown key", "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), 'x': 1}", "is none of"),
    ("a key twice", "{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (2, 3)}", "stands twice"),
    ("shape twice", "{'descr': '<f8', 'shape': (2, 3), 'fortran_order': False, 'shape': (9, 9)}", "stands twice"),
    ("bare key", "{descr: '<f8', 'fortran_order': False, 'shape': (2, 3)}", "not a quoted string"),
    ("no colon", "{'descr' '<f8', 'fortran_order': False, 'shape': (2, 3)}", "':' is missing"),
    ("no comma", "{'descr': '<f8' 'fortran_order': False, 'shape': (2, 3)}", "'}' is missing"),
    ("no closing brace", "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), ", "not a quoted string"),
    ("two commas", "{'descr': '<f8',, 'fortran_order': False, 'shape': (2, 3)}", "not a quoted string"),
    ("text after the brace", header() + " x", "something follows"),
    ("a second dictionary", header() + header(), "something follows"),
    ("a newline inside", "{'descr': '<f8',\n'fortran_order': False, 'shape': (2, 3)}", "not a quoted string"),
    ("an open quote", "{'descr: <f8, fortran_order: False, shape: (2, 3)}", "no closing quote"),
    ("a quote of the other kind", "{'descr\": '<f8', 'fortran_order': False, 'shape': (2, 3)}", "':' is missing"),
    ("an escape", "{'des\\x63r': '<f8', 'fortran_order': False, 'shape': (2, 3)}", "escape"),
    ("order as a number", header("'<f8'", "0"), "neither True nor False"),
    ("order in lower case", header("'<f8'", "true"), "neither True nor False"),
    ("order as a word", header("'<f8'", "None"), "neither True nor False"),
    ("a list as shape", header("'<f8'", "False", "[2, 3]"), "'(' is missing"),
    ("a number as shape", header("'<f8'", "False", "6"), "'(' is missing"),
    ("not a tuple", header("'<f8'", "False", "(6)"), "comma is missing"),
    ("a negative side", header("'<f8'", "False", "(-2, 3)"), "negative side"),
    ("a fraction as side", header("'<f8'", "False", "(2.0, 3)"), "not a whole number"),
    ("hexadecimal", header("'<f8'", "False", "(0x2, 3)"), "not a whole number"),
    ("an expression", header("'<f8'", "False", "(2*3, 1)"), "not a whole number"),
    ("a word as side", header("'<f8'", "False", "(two, 3)"), "not a whole number"),
    ("an empty side", header("'<f8'", "False", "(2, , 3)"), "not a whole number"),
    ("a side of 2^64", header("'<f8'", "False", "(18446744073709551616, 1)"), "past 2^63"),
    ("a side of 2^63", header("'<f8'", "False", "(9223372036854775808, 0)"), "past 2^63"),
    ("a side of 400 digits", header("'<f8'", "False", "(\(String(repeating: "9", count: 400)), 1)"), "past 2^63"),
    ("an overflowing product", header("'<f8'", "False", "(4294967296, 4294967296)"), "larger than any address space"),
    ("a product that wraps to 0", header("'<f8'", "False", "(4294967296, 4611686018427387904)"), "larger than any"),
    ("bytes that overflow", header("'<f8'", "False", "(1152921504606846976, 1)"), "larger than any address space"),
    ("2^40 elements", header("'<f8'", "False", "(1048576, 1048576)"), "is cut short"),
    (
      "65 dimensions", header("'<f8'", "False", "(\(Array(repeating: "1", count: 65).joined(separator: ", ")))"),
      "64 dimensions"
    ),
    ("deep nesting", header("'<f8'", "False", String(repeating: "(", count: 30_000)), "not a whole number"),
    ("a NUL in the type", header("'<f8\0'"), "outside printable ASCII"),
    ("not ASCII", header("'<f8é'"), "outside printable ASCII"),
    ("a number as type", header("8"), "not a quoted string"),
    ("None as type", header("None"), "not a quoted string"),
  ]

  static let badTypes: [(String, String)] = [
    ("|O", "Python objects"), ("O", "Python objects"), ("<i8", "integers"), (">i2", "integers"),
    ("|u1", "unsigned integers"),
    ("|b1", "booleans"), ("<f2", "half-precision"), ("<f16", "extended-precision"), ("<c8", "complex"),
    ("<c16", "complex"),
    ("|S5", "text"), ("<U3", "text"), ("|V16", "raw bytes"), ("<M8[ns]", "dates"), ("<m8[s]", "dates"),
    ("", "unknown type"),
    ("<f", "unknown type"), ("<f80", "unknown type"), ("<<f8", "f8"), ("f8f8", "unknown type"), ("<F8", "unknown type"),
  ]

  static let corpus: [BadFile] = {
    let good = npy(header(), data: 48)
    var files = badHeaders.map { BadFile($0.0, npy($0.1, data: 48), $0.2) }
    files += badTypes.filter { $0.0 != "<<f8" }.map {
      BadFile("type '\($0.0)'", npy(header("'\($0.0)'"), data: 48), $0.1, .unsupported)
    }
    files += [
      BadFile("structured", npy(header("[('x', '<f8'), ('y', '<f4')]"), data: 48), "structured", .unsupported),
      BadFile("no dimension", npy(header("'<f8'", "False", "()"), data: 8), "without a shape", .unsupported),
      BadFile("three dimensions", npy(header("'<f8'", "False", "(2, 2, 2)"), data: 64), "3 dimensions", .unsupported),
      BadFile("version 0", npy(header(), data: 48, version: (0, 0)), "version is 0.0", .unsupported),
      BadFile("version 4", npy(header(), data: 48, version: (4, 0)), "version is 4.0", .unsupported),
      BadFile("version 1.7", npy(header(), data: 48, version: (1, 7)), "version is 1.7", .unsupported),
      BadFile("empty file", [], "does not begin"),
      BadFile("only the mark", Array(good[..<6]), "first ten bytes"),
      BadFile("mark and version", Array(good[..<8]), "first ten bytes"),
      BadFile("another mark", [0x94] + good[1...], "does not begin"),
      BadFile("text", Array("1,2,3\n4,5,6\n".utf8), "does not begin"),
      BadFile("header cut short", Array(good[..<30]), "claims"),
      BadFile("header only", Array(good[..<(good.count - 48)]), "48 bytes are missing"),
      BadFile("one byte missing", Array(good.dropLast()), "1 bytes are missing"),
      BadFile("one byte too many", good + [0], "1 bytes too many"),
      BadFile("a second array", good + good, "too many"),
      BadFile("length 0", npy(header(), data: 48, length: 0), "'{' is missing"),
      BadFile("length past the file", npy(header(), data: 0, length: 60_000), "claims 60000 bytes"),
      BadFile("length one too long", npy(header(), data: 48, length: header().utf8.count + 2), "something follows"),
      BadFile(
        "version 2 claims 4 GB", npy("", version: (2, 0), length: 0xffff_ffff, newline: false), "claims 4294967295"),
      BadFile("version 3 claims 65,537", npy(header(), data: 70_000, version: (3, 0), length: 65_537), "claims 65537"),
      BadFile("version 2 without length", [0x93] + Array("NUMPY".utf8) + [2, 0, 1, 0], "first twelve bytes"),
      BadFile("float32 with the bytes of float64", npy(header("'<f4'"), data: 48), "24 bytes too many"),
    ]
    return files
  }()

  @Test func theCorpusIsLarge() { #expect(Self.corpus.count >= 60) }

  @Test(arguments: corpus)
  func refused(file: BadFile) throws {
    let scratch = Scratch()
    let path = scratch.file("bad.npy")
    put(file.bytes, path)
    let error = try #require(throws: FileError.self) { try Matrix<Double>(contentsOf: path) }
    #expect(error.code == file.code, "\(error)")
    #expect(error.code.exitCode == 65)
    #expect(error.message.contains(file.word), "\(error.message)")
    #expect(error.message.utf8.count < 300 && error.message.unicodeScalars.allSatisfy { $0.value >= 32 })
    #expect(throws: FileError.self) { try MatrixFile.inspect(path) }
  }

  @Test(arguments: [
    "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }",
    "{\"descr\":\"<f8\",\"fortran_order\":False,\"shape\":(2,3)}",
    "{'shape': (2L, 3L), 'fortran_order': False, 'descr': '<f8'}",
    "  { 'descr' : '=f8' , 'fortran_order' : False , 'shape' : ( 2 , 3 , ) }",
    "{'descr': 'f8', 'fortran_order': False, 'shape': (2, 3)}     ",
  ])
  func acceptedSpellings(dictionary: String) throws {
    let scratch = Scratch()
    for version: UInt8 in 1...3 {
      put(npy(dictionary, data: 48, version: (version, 0)), scratch.file("m.npy"))
      #expect(try Matrix<Double>(contentsOf: scratch.file("m.npy")).shape == shape(2, 3))
      #expect(try MatrixFile.inspect(scratch.file("m.npy")).formatVersion == "\(version).0")
    }
    put(npy(dictionary, data: 48, newline: false), scratch.file("m.npy"))
    #expect(try Matrix<Double>(contentsOf: scratch.file("m.npy")).shape == shape(2, 3))
  }

  @Test func hugeEmptyShapesAreFine() throws {
    let scratch = Scratch()
    put(npy(header("'<f8'", "False", "(4611686018427387904, 0)")), scratch.file("m.npy"))
    #expect(try Matrix<Double>(contentsOf: scratch.file("m.npy")).rows == 1 << 62)
  }

  /// The header lies about nothing, the file is sparse: memory is asked for, is not there, and that is an error.
  @Test func moreThanTheMachineHas() throws {
    let scratch = Scratch()
    let path = scratch.file("m.npy")
    let bytes = npy(header("'<f8'", "False", "(4398046511104, 1)"))
    put(bytes, path)
    // A file system without files that large has nothing to show here.
    guard unsafe truncate(path, off_t(bytes.count) + 8 << 42) == 0 else { return }
    let error = try #require(throws: FileError.self) { try Matrix<Double>(contentsOf: path) }
    #expect(error.code == .outOfMemory || error.code == .malformed, "\(error)")
  }

  @Test func badFilesNeedNoMemory() async {
    await #expect(processExitsWith: .success) {
      // The whole corpus with 64 MB of address space more than the process has now.
      var used = 0
      if let text = contents("/proc/self/statm").map({ String(decoding: $0, as: UTF8.self) }) {
        used = (Int(text.prefix { $0 != " " }) ?? 0) * 4096
      }
      var limit = rlimit(rlim_cur: rlim_t(used + 64 << 20), rlim_max: rlim_t(used + 64 << 20))
      guard used > 0, unsafe setrlimit(__rlimit_resource_t(9), &limit) == 0 else { exit(9) }  // RLIMIT_AS
      let scratch = Scratch()
      for file in NPYTests.corpus {
        put(file.bytes, scratch.file("bad.npy"))
        guard (try? Matrix<Double>(contentsOf: scratch.file("bad.npy"))) == nil else { exit(8) }
      }
    }
  }

  @Test func randomMutations() throws {
    let seed: UInt64 = 41
    #if DEBUG
      let rounds = 10_000
    #else
      let rounds = 100_000
    #endif
    print("NPYTests.randomMutations: seed \(seed), \(rounds) files")
    var generator = Generator(seed: seed)
    let scratch = Scratch(in: "/dev/shm")
    let path = scratch.file("m.npy")
    let starts = [
      npy(header(), data: 48), npy(header("'>f4'", "True", "(3, 2)"), data: 24, version: (2, 0)),
      npy(header("'<f8'", "False", "(6,)"), data: 48, version: (3, 0)),
    ]
    let alphabet = Array("'\"{}()[],: 0123456789-LTFdfbicOSUV<>=|\\\n\0\u{ff}".utf8)
    var accepted = 0
    for _ in 0..<rounds {
      var bytes = starts[Int(generator.next() % 3)]
      for _ in 0...generator.next() % 3 {
        let place = Int(generator.next() % UInt64(bytes.count))
        let random = generator.next()
        let byte =
          random % 2 == 0 ? alphabet[Int(random >> 8) % alphabet.count] : UInt8(truncatingIfNeeded: random >> 8)
        switch generator.next() % 4 {
        case 0: bytes.remove(at: place)
        case 1: bytes.insert(byte, at: place)
        case 2: bytes.removeLast(Int(random >> 16) % bytes.count / 8)
        default: bytes[place] = byte
        }
      }
      put(bytes, path)
      do throws(FileError) {
        let m = try Matrix<Double>(contentsOf: path)
        #expect(m.count * 4 <= bytes.count)
        accepted += 1
      } catch {
        #expect([.malformed, .unsupported, .unknownFormat].contains(error.code), "\(error)")
      }
    }
    #expect(accepted > rounds / 100 && accepted < rounds)
  }

  @Test func theWritersBytes() throws {
    let scratch = Scratch()
    try Matrix<Double>([[1, 2, 3], [4, 5, 6]]).write(to: scratch.file("m.npy"), options: fresh)
    let bytes = try #require(contents(scratch.file("m.npy")))
    #expect(bytes.count == 128 + 48)
    #expect(Array(bytes[..<10]) == [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0])
    let dictionary = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }"
    #expect(
      Array(bytes[10..<128]) == Array(dictionary.utf8) + [UInt8](repeating: 32, count: 117 - dictionary.utf8.count) + [
        10
      ])
    #expect(Array(bytes[128..<136]) == [0, 0, 0, 0, 0, 0, 0xf0, 0x3f])
  }
}
