// SPDX-License-Identifier: Apache-2.0
// .npz: written and read, one matrix or several, stored or deflated; with NumPy both ways; and archives that lie.

import Glibc
import MatrixCore
import Testing

@testable import MatrixFiles

/// A ZIP archive from its parts, any of which may lie.
struct CraftedZIP {
  struct Member {
    var name: [UInt8]
    var data: [UInt8]
    var flags = 0
    var method = 0
    /// nil: right.
    var crc: UInt32?
    var compressedByteCount: Int?
    var byteCount: Int?
    var offset: Int?
    var localName: [UInt8]?
    var localMark = 0x0403_4b50
    var extra: [UInt8] = []

    init(_ name: String, _ data: [UInt8]) { (self.name, self.data) = (Array(name.utf8), data) }
  }

  var members: [Member]
  var comment: [UInt8] = []
  var commentByteCount: Int?
  var memberCount: Int?
  var directoryByteCount: Int?
  var directoryOffset: Int?
  var disk = 0
  var beforeDirectory: [UInt8] = []

  init(_ members: Member...) { self.members = members }

  var bytes: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    for m in members {
      let crc = Int(m.crc ?? checksum(m.data))
      let sizes =
        number(crc, 4) + number(m.compressedByteCount ?? m.data.count, 4) + number(m.byteCount ?? m.data.count, 4)
      let start = file.count
      let local = m.localName ?? m.name
      file += number(m.localMark, 4) + number(20, 2) + number(m.flags, 2) + number(m.method, 2) + number(0, 4) + sizes
      file += number(local.count, 2) + number(0, 2) + local + m.data
      directory += number(0x0201_4b50, 4) + number(20, 2) + number(20, 2) + number(m.flags, 2) + number(m.method, 2)
      directory += number(0, 4) + sizes + number(m.name.count, 2) + number(m.extra.count, 2) + number(0, 2)
      directory += number(0, 8) + number(m.offset ?? start, 4) + m.name + m.extra
    }
    file += beforeDirectory
    let count = memberCount ?? members.count
    let start = directoryOffset ?? file.count
    file += directory + number(0x0605_4b50, 4) + number(disk, 2) + number(disk, 2) + number(count, 2) + number(count, 2)
    file += number(directoryByteCount ?? directory.count, 4) + number(start, 4)
    return file + number(commentByteCount ?? comment.count, 2) + comment
  }

  /// CRC-32, bit by bit.
  private func checksum(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = 0xffff_ffff
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xedb8_8320 : 0) }
    }
    return ~crc
  }
}

@Suite(.timeLimit(.minutes(20)))
struct NPZTests {
  private static let array = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }", data: 48)
  private static var good: CraftedZIP { CraftedZIP(CraftedZIP.Member("a.npy", array)) }

  private static func bad(
    _ name: String, _ word: String, _ code: FileError.Code = .malformed, _ change: (inout CraftedZIP) -> Void
  ) -> BadFile {
    var zip = good
    change(&zip)
    return BadFile(name, zip.bytes, word, code)
  }

  static let corpus: [BadFile] = [
    bad("wrong checksum", "checksum") { $0.members[0].crc = 7 },
    bad("encrypted", "encrypted", .unsupported) { $0.members[0].flags = 1 },
    bad("strongly encrypted", "encrypted", .unsupported) { $0.members[0].flags = 0x40 },
    bad("masked headers", "encrypted", .unsupported) { $0.members[0].flags = 0x2000 },
    bad("method 12", "ZIP method 12", .unsupported) { $0.members[0].method = 12 },
    bad("no deflate data", "deflate data at") { $0.members[0].method = 8 },
    bad("size past the next", "reaches past") { $0.members[0].compressedByteCount = 5000 },
    bad("size of 4 GB", "reaches past") {
      ($0.members[0].compressedByteCount, $0.members[0].byteCount) = (0xffff_fffe, 0xffff_fffe)
    },
    bad("ZIP64 size missing", "reaches past") {
      ($0.members[0].compressedByteCount, $0.members[0].byteCount) = (0xffff_ffff, 0xffff_ffff)
    },
    bad("ZIP64 field cut short", "ends before its parts do") {
      $0.members[0].byteCount = 0xffff_ffff
      $0.members[0].extra = [1, 0, 4, 0, 1, 2, 3, 4]
    },
    bad("ZIP64 size past 2^63", "past 2^63") {
      $0.members[0].byteCount = 0xffff_ffff
      $0.members[0].extra = [1, 0, 8, 0] + [UInt8](repeating: 0xff, count: 8)
    },
    bad("two sizes", "two sizes") { $0.members[0].byteCount = 49 },
    bad("offset past the file", "reaches past") { $0.members[0].offset = 1 << 31 },
    bad("offset into the data", "no member begins") {
      ($0.members[0].offset, $0.members[0].compressedByteCount, $0.members[0].byteCount) = (3, 4, 4)
    },
    bad("another name at the member", "another than in the directory") {
      $0.members[0].localName = Array("b.npy".utf8)
    },
    bad("no mark at the member", "no member begins") { $0.members[0].localMark = 0x0403_4b51 },
    bad("two members in one place", "reaches past") {
      var second = CraftedZIP.Member("b.npy", array)
      second.offset = 0
      $0.members.append(second)
    },
    bad("one member within another", "reaches past") {
      var second = CraftedZIP.Member("b.npy", array)
      second.offset = 40
      $0.members.append(second)
    },
    bad("a name twice", "2 arrays: 'a', 'a'", .outOfRange) {
      $0.members = [CraftedZIP.Member("a.npy", array), CraftedZIP.Member("a.npy", array)]
    },
    bad("more members claimed", "claims 2") { $0.memberCount = 2 },
    bad("fewer members claimed", "claims 0") { $0.memberCount = 0 },
    bad("65,535 members claimed", "claims 65535") { $0.memberCount = 0xffff },
    bad("the directory longer", "does not end where") { $0.directoryByteCount = 4000 },
    bad("the directory of 4 GB", "are not read") { $0.directoryByteCount = 0xffff_fff0 },
    bad("the directory elsewhere", "does not end where") { $0.directoryOffset = 5 },
    bad("the directory past the file", "does not end where") { $0.directoryOffset = 0xffff_fffe },
    bad("one of several files", "several files", .unsupported) { $0.disk = 1 },
    bad("a comment that lies", "without a directory") { $0.commentByteCount = 3 },
    bad("bytes before the directory", "does not end where") {
      $0.directoryOffset = 0
      $0.beforeDirectory = [1, 2, 3]
    },
    bad("no members", "no arrays", .outOfRange) { $0.members = [] },
    bad("no arrays", "no arrays", .outOfRange) { $0.members[0].name = Array("a.txt".utf8) },
    bad("two arrays", "2 arrays: 'a', 'b'", .outOfRange) { $0.members.append(CraftedZIP.Member("b.npy", array)) },
    bad("a member that is no array", "does not begin") { $0.members[0].data = Array("no array at all".utf8) },
    bad("integers", "integers", .unsupported) {
      $0.members[0].data = npy("{'descr': '<i8', 'fortran_order': False, 'shape': (2, 3), }", data: 48)
    },
    bad("an array cut short", "is cut short") { $0.members[0].data.removeLast(8) },
    BadFile("an archive cut short", Array(good.bytes.dropLast(1)), "without a directory"),
    BadFile("only the mark", Array(good.bytes.prefix(4)), "without a directory"),
    BadFile("a byte too many", good.bytes + [0], "without a directory"),
  ]

  @Test(arguments: corpus)
  func refused(file: BadFile) throws {
    let scratch = Scratch()
    put(file.bytes, scratch.file("bad.npz"))
    let error = try #require(throws: FileError.self) { try Matrix<Double>(contentsOf: scratch.file("bad.npz")) }
    #expect(error.code == file.code, "\(error)")
    #expect(error.message.contains(file.word), "\(error.message)")
    #expect(error.message.utf8.count < 300 && error.message.unicodeScalars.allSatisfy { $0.value >= 32 })
  }

  @Test func whatIsAllowed() throws {
    let scratch = Scratch()
    let path = scratch.file("m.npz")
    var zip = Self.good
    zip.comment = Array("PK\u{5}\u{6} a comment that begins like the end of an archive".utf8)
    zip.members.append(CraftedZIP.Member("../../etc/passwd", [1, 2, 3]))
    put(zip.bytes, path)
    #expect(try Matrix<Double>(contentsOf: path).shape == shape(2, 3))
    for name in ["a", "a.npy"] { #expect(try Matrix<Double>(contentsOf: "\(path):\(name)").shape == shape(2, 3)) }
    let other = try #require(throws: FileError.self) { try Matrix<Double>(contentsOf: "\(path):b") }
    #expect(other.code == .outOfRange && other.message.contains("'b'") && other.message.contains("'a'"))
    #expect(try MatrixFile.names(in: path) == ["a"])
    // A name is never a path, and never obeyed by a terminal.
    zip.members[1] = CraftedZIP.Member("../\u{1b}[2J.npy", Self.array)
    put(zip.bytes, path)
    let listed = try #require(throws: FileError.self) { try Matrix<Double>(contentsOf: path) }
    #expect(listed.message.contains("'../\\x1b[2J'"))
    #expect(try Matrix<Double>(contentsOf: path, options: ReadOptions(member: "../\u{1b}[2J")).shape == shape(2, 3))
    zip.members[1] = CraftedZIP.Member("a.npy", Self.array)
    put(zip.bytes, path)
    let twice = try #require(throws: FileError.self) { try Matrix<Double>(contentsOf: "\(path):a") }
    #expect(twice.code == .malformed && twice.message.contains("two arrays"))
    #expect(scratch.names == ["m.npz"])
  }

  @Test(arguments: [false, true])
  func several(isCompressed: Bool) throws {
    let scratch = Scratch()
    let path = scratch.file("f.npz")
    let (u, s) = (randomMatrix(Double.self, 30, 20, seed: 1), randomMatrix(Double.self, 20, 1, seed: 2))
    let empty = try Matrix<Double>(shape: shape(0, 3))
    let options = WriteOptions(sync: false, isCompressed: isCompressed)
    let report = try MatrixFile.write([("u", u), ("s", s), ("größe", empty)], to: path, options: options)
    #expect(report.format == .npz && report.byteCount == contents(path)?.count)
    #expect(try MatrixFile.names(in: path) == ["u", "s", "größe"])
    #expect(try Matrix<Double>(contentsOf: path + ":u").identical(to: u))
    #expect(try Matrix<Double>(contentsOf: path, options: ReadOptions(member: "s")).identical(to: s))
    #expect(try Matrix<Double>(contentsOf: path + ":größe").shape == empty.shape)
    let info = try MatrixFile.inspect(path + ":s")
    #expect(info.format == .npz && info.member == "s" && info.shape == s.shape && info.path == path + ":s")
    #expect(throws: FileError.self) { try Matrix<Double>(contentsOf: path) }
    // The same matrices, the same bytes.
    let first = contents(path)
    try MatrixFile.write(
      [("u", u), ("s", s), ("größe", empty)], to: path,
      options: WriteOptions(overwrite: true, sync: false, isCompressed: isCompressed))
    #expect(contents(path) == first)
    for names in [["a", "a"], [""], ["a/b"], [".."], ["a\nb"]] {
      let error = try #require(throws: FileError.self) {
        try MatrixFile.write(names.map { ($0, u) }, to: scratch.file("bad.npz"), options: fresh)
      }
      #expect(error.code == .cannotCreate)
    }
    let error = try #require(throws: FileError.self) {
      try MatrixFile.write([("u", u)], to: scratch.file("bad.csv"), options: fresh)
    }
    #expect(error.code == .cannotCreate && scratch.names == ["f.npz"])
  }

  /// ZIP64 for the sizes of a small archive: read by our reader, and by Python's where that is at hand.
  @Test(arguments: [false, true])
  func wideSizes(isCompressed: Bool) throws {
    let scratch = Scratch()
    let path = scratch.file("w.npz")
    let m = randomMatrix(Double.self, 7, 9, seed: 4)
    var file = try OutputFile(path, options: fresh)
    var zip = ZIPWriter(for: path, isCompressed: isCompressed, wideByteCount: 100)
    for name in ["a", "b"] {
      try zip.beginArray(name, m.shape, .float64, in: &file)
      try zip.append(unsafe m.elements.bytes, to: &file)
      try zip.end(in: &file)
    }
    try zip.finish(in: &file)
    try file.commit()
    for name in ["a", "b"] { #expect(try Matrix<Double>(contentsOf: "\(path):\(name)").identical(to: m)) }
    let script = """
      import sys, zipfile
      z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None
      assert [(i.filename, i.file_size, i.extract_version) for i in z.infolist()] == [(n + ".npy", 632, 45) for n in "ab"]
      """
    if Python.run("") == 0 { #expect(Python.run(script, [path]) == 0) }
    let bytes = try #require(contents(path))
    #expect(bytes.indices.dropLast(3).contains { bytes[$0...].starts(with: [0x50, 0x4b, 6, 6]) })
    // Every cut of such an archive, and every change of a byte of its end, is an error or changes nothing.
    for place in bytes.count - 98..<bytes.count {
      var changed = bytes
      changed[place] ^= 0xff
      put(changed, path)
      let back = try? Matrix<Double>(contentsOf: path + ":a")
      #expect(back == nil || back?.identical(to: m) == true, "byte \(place)")
    }
  }

  @Test(arguments: [false, true])
  func mutations(isCompressed: Bool) throws {
    let scratch = Scratch(in: "/dev/shm")
    let path = scratch.file("m.npz")
    let m = Matrix<Double>(rows: 6, columns: 5) { i, j in Double(i * j) }
    try m.write(to: path, options: WriteOptions(sync: false, isCompressed: isCompressed))
    let bytes = try #require(contents(path))
    var generator = Generator(seed: 53)
    var refused = 0
    for _ in 0..<mutationCount(2000) {
      put(mutated(bytes, &generator), path)
      do throws(FileError) {
        // What changes nothing of the content (dates, versions) may pass; the checksum guards the rest.
        #expect(try Matrix<Double>(contentsOf: path).identical(to: m))
      } catch {
        refused += 1
        #expect([.malformed, .unsupported, .unknownFormat, .outOfRange].contains(error.code), "\(error)")
      }
    }
    #expect(refused > mutationCount(2000) / 2)
  }

  @Test func theCorpusNeedsNoMemory() async {
    await #expect(processExitsWith: .success) {
      guard limitMemory(megabytes: 64) else { exit(9) }
      let scratch = Scratch()
      for file in NPZTests.corpus {
        put(file.bytes, scratch.file("bad.npz"))
        guard (try? Matrix<Double>(contentsOf: scratch.file("bad.npz"))) == nil else { exit(8) }
      }
    }
  }

  @Test(.enabled(if: Python.hasNumPy, "needs python3 with NumPy"))
  func numPyBothWays() throws {
    let scratch = Scratch()
    let m = randomMatrix(Double.self, 37, 53, seed: 21)
    let f = randomMatrix(Float.self, 5, 7, seed: 22)
    try m.write(to: scratch.file("m.npy"), options: fresh)
    try m.write(to: scratch.file("m.npz"), options: fresh)
    try f.write(to: scratch.file("f.npz"), options: WriteOptions(sync: false, isCompressed: true, member: "single"))
    try MatrixFile.write([("u", m), ("größe", m)], to: scratch.file("two.npz"), options: fresh)
    let script = """
      import sys, zipfile, numpy as np
      folder = sys.argv[1]
      m = np.load(folder + "/m.npy")
      same = lambda a: a.dtype == m.dtype and (a.view("u8") == m.view("u8")).all()
      for name in ["m", "f", "two"]: assert zipfile.ZipFile(f"{folder}/{name}.npz").testzip() is None
      assert np.load(folder + "/m.npz").files == ["arr_0"] and same(np.load(folder + "/m.npz")["arr_0"])
      assert np.load(folder + "/two.npz").files == ["u", "größe"] and same(np.load(folder + "/two.npz")["größe"])
      f = np.load(folder + "/f.npz")["single"]; assert f.shape == (5, 7) and f.dtype == np.float32
      np.savez(folder + "/n.npz", a=m, b=np.asfortranarray(m.astype(">f8")), k=np.arange(3))
      np.savez_compressed(folder + "/c.npz", m)
      """
    #expect(Python.run(script, [scratch.path]) == 0)
    for name in ["a", "b"] { #expect(try Matrix<Double>(contentsOf: scratch.file("n.npz:\(name)")).identical(to: m)) }
    #expect(try Matrix<Double>(contentsOf: scratch.file("c.npz")).identical(to: m))
    #expect(try MatrixFile.names(in: scratch.file("n.npz")) == ["a", "b", "k"])
    let error = try #require(throws: FileError.self) { try Matrix<Double>(contentsOf: scratch.file("n.npz:k")) }
    #expect(error.code == .unsupported && error.message.contains("integers"))
  }
}
