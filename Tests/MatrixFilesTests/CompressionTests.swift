// SPDX-License-Identifier: Apache-2.0
// gzip and zstd around any format: there and back, by the programs of the same name, in pieces and parts; cut short and
// damaged, each of which is an error; and content far larger than its file.

import Glibc
import MatrixCore
import Testing

@testable import MatrixFiles

@Suite(.timeLimit(.minutes(20)))
struct CompressionTests {
  static let formats: [MatrixFormat] = [.npy, .csv, .tsv]

  @Test(arguments: Compression.allCases, formats)
  func thereAndBack(compression: Compression, format: MatrixFormat) throws {
    let scratch = Scratch()
    let path = scratch.file("m.\(format).\(compression.pathExtension)")
    for (rows, columns) in [(1, 1), (17, 31), (300, 1000)] {
      let m = randomMatrix(Double.self, rows, columns, seed: 7)
      let report = try m.write(to: path, options: overwriting)
      #expect(report.format == format && report.byteCount == contents(path)?.count)
      #expect(try Matrix<Double>(contentsOf: path).identical(to: m))
      let info = try MatrixFile.inspect(path)
      #expect(info.compression == compression && info.format == format && info.shape == m.shape)
    }
    #expect(scratch.names == ["m.\(format).\(compression.pathExtension)"])
  }

  /// More than is kept: the second pass decompresses again, and going back begins from the start.
  @Test(arguments: Compression.allCases)
  func largerThanWhatIsKept(compression: Compression) throws {
    let scratch = Scratch()
    let m = Matrix<Double>(rows: 2100, columns: 1000) { i, j in Double(i / 7 - j / 9) }
    #expect(m.count * 8 > DecompressedBytes.keptLimit)
    let path = scratch.file("m.npy.\(compression.pathExtension)")
    try m.write(to: path, options: fresh)
    #expect(try Matrix<Double>(contentsOf: path).identical(to: m))
    let file = try InputFile(path)
    let last = try file.head(8000, at: 128 + 8 * (m.count - 1000))
    let first = try file.head(16, at: 128)
    #expect(first == [UInt8](repeating: 0, count: 16))
    let bits = last.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    #expect(bits == Double(2099 / 7).bitPattern)
    #expect(try file.head(8000, at: 128 + 8 * (m.count - 1000)) == last)
    #expect(try file.head(1, at: file.byteCount).isEmpty)

    try MatrixFile.copy(path, rows: 2090..<2093, columns: 5..<7, to: scratch.file("part.npy"), options: fresh)
    let part = try Matrix<Double>(contentsOf: scratch.file("part.npy"))
    #expect(part.identical(to: Matrix(rows: 3, columns: 2) { i, j in m[2090 + i, 5 + j] }))
  }

  /// Content decides, not the name.
  @Test func withoutTheExtension() throws {
    let scratch = Scratch()
    let m = randomMatrix(Double.self, 5, 6, seed: 8)
    try m.write(to: scratch.file("m.csv.gz"), options: fresh)
    put(try #require(contents(scratch.file("m.csv.gz"))), scratch.file("m.csv"))
    #expect(try Matrix<Double>(contentsOf: scratch.file("m.csv")).identical(to: m))
    try m.write(to: scratch.file("plain.csv"), options: fresh)
    put(try #require(contents(scratch.file("plain.csv"))), scratch.file("plain.csv.zst"))
    #expect(try Matrix<Double>(contentsOf: scratch.file("plain.csv.zst")).identical(to: m))
    #expect(MatrixFormat(path: "a.npy.GZ") == .npy && MatrixFormat(path: "a.csv.zst") == .csv)
    #expect(MatrixFormat(path: "a.gz") == nil && MatrixFormat(path: ".gz") == nil)
    let error = try #require(throws: FileError.self) { try m.write(to: scratch.file("m.raw.gz"), options: fresh) }
    #expect(error.code == .cannotCreate && error.message.contains("raw"))
  }

  @Test(
    arguments: [
      (Compression.gzip, "gzip"), (.zstd, "zstd"),
    ].filter { shell("\($0.1) --version >/dev/null") == 0 })
  func theProgramsOfTheSameName(compression: Compression, program: String) throws {
    let scratch = Scratch()
    let m = randomMatrix(Double.self, 40, 50, seed: 9)
    let packed = scratch.file("m.npy.\(compression.pathExtension)")
    try m.write(to: packed, options: fresh)
    try m.write(to: scratch.file("plain.npy"), options: fresh)
    #expect(shell("\(program) -d < \(packed) | cmp - \(scratch.file("plain.npy"))") == 0)
    // Several members and frames one after the other are one content.
    let (a, b) = (scratch.file("a"), scratch.file("b"))
    #expect(shell("head -c 1000 \(scratch.file("plain.npy")) | \(program) > \(a)") == 0)
    #expect(shell("tail -c +1001 \(scratch.file("plain.npy")) | \(program) -9 > \(b); cat \(b) >> \(a)") == 0)
    #expect(try Matrix<Double>(contentsOf: a).identical(to: m))
  }

  @Test(arguments: Compression.allCases)
  func everyCutIsAnError(compression: Compression) throws {
    let scratch = Scratch()
    let path = scratch.file("m.csv.\(compression.pathExtension)")
    try randomMatrix(Double.self, 9, 9, seed: 10).write(to: path, options: fresh)
    let bytes = try #require(contents(path))
    for count in 4..<bytes.count {
      put(bytes[..<count], path)
      let error = try #require(throws: FileError.self) { try Matrix<Double>(contentsOf: path) }
      #expect(error.code == .malformed && error.message.contains("cut short"), "\(count): \(error)")
      #expect(error.message.contains("byte \(count)"))
    }
    put(bytes + Array("tail".utf8), path)
    let error = try #require(throws: FileError.self) { try Matrix<Double>(contentsOf: path) }
    #expect(error.code == .malformed && error.message.contains("damaged"), "\(error)")
  }

  /// Whatever is changed: an error, or the same matrix (a gzip header has a time and a name). The checksums see to it.
  @Test(arguments: Compression.allCases)
  func mutations(compression: Compression) throws {
    let scratch = Scratch(in: "/dev/shm")
    let path = scratch.file("m.npy.\(compression.pathExtension)")
    let m = Matrix<Double>(rows: 20, columns: 20) { i, j in Double(i * j % 7) }
    try m.write(to: path, options: fresh)
    let bytes = try #require(contents(path))
    var generator = Generator(seed: 52)
    var refused = 0
    for _ in 0..<mutationCount(1000) {
      put(mutated(bytes, &generator), path)
      do throws(FileError) {
        #expect(try Matrix<Double>(contentsOf: path).identical(to: m))
      } catch {
        refused += 1
        #expect([.malformed, .unsupported, .unknownFormat].contains(error.code), "\(error)")
      }
    }
    #expect(refused > mutationCount(1000) / 2)
  }

  /// 1 GB of zeros in a few kilobytes: refused for what it is, in the memory of a few pieces.
  @Test func aBombNeedsNoMemory() async {
    await #expect(processExitsWith: .success) {
      guard let fault = CompressionTests.faultOfBomb() else { return }
      print(fault)
      exit(1)
    }
  }

  /// In a function, so that its directory is gone before the process ends.
  private static func faultOfBomb() -> String? {
    let scratch = Scratch()
    let path = scratch.file("bomb.npy.zst")
    do throws(FileError) {
      var file = try OutputFile(path, options: fresh, compression: .zstd)
      let zeros = [UInt8](repeating: 0, count: 1 << 20)
      for _ in 0..<1024 { try file.write(zeros) }
      try file.commit()
    } catch { return "\(error)" }
    guard let size = contents(path)?.count, size < 1 << 20, limitMemory(megabytes: 64) else { return "no bomb" }
    do throws(FileError) { _ = try Matrix<Double>(contentsOf: path) } catch {
      return error.code == .malformed ? nil : "\(error)"
    }
    return "it was read"
  }

  @Test func aMissingLibraryIsNamed() throws {
    for (library, package) in [(FileLibrary.zlib, "zlib1g"), (.zstd, "libzstd1")] {
      for name in ["libnothere.so.9", "libc.so.6"] {
        let error = try #require(throws: FileError.self) { try library.open(for: "a.gz", name: name) }
        #expect(error.code == .libraryUnavailable && error.code.exitCode == 69)
        #expect(error.message.contains("apt-get install \(package)") && error.path == "a.gz", "\(error)")
      }
      try library.open(for: "a.gz")
    }
  }
}
