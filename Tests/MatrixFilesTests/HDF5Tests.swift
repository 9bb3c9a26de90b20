// SPDX-License-Identifier: Apache-2.0
// HDF5: our writer's bytes, which need no library; and what its library reads of ours and of h5py's files, with every
// kind of dataset that is no matrix refused by name.

import Glibc
import MatrixCore
import Testing

@testable import MatrixFiles

@Suite(.timeLimit(.minutes(20)))
struct HDF5Tests {
  /// Values of Bob Jenkins's own driver, and of a superblock that h5py wrote (`libver="latest"`).
  @Test func theChecksum() {
    #expect(HDF5Header.checksum([]) == 0xdead_beef)
    #expect(HDF5Header.checksum(Array("Four score and seven years ago".utf8)) == 0x1777_0551)
  }

  @Test func theWritersBytes() throws {
    let scratch = Scratch()
    let path = scratch.file("m.h5")
    let report = try Matrix<Double>([[1, 2, 3]]).write(to: path, options: fresh)
    let bytes = try #require(contents(path))
    #expect(report.byteCount == bytes.count && bytes.count % 8 == 0)
    #expect(Array(bytes.prefix(12)) == [0x89] + Array("HDF".utf8) + [13, 10, 26, 10, 2, 8, 8, 0])
    #expect(Array(bytes[28..<36]) == (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) })
    #expect(
      Array(bytes.suffix(24))
        == [1.0, 2.0, 3.0].flatMap { (x: Double) in
          (0..<8).map { UInt8(truncatingIfNeeded: x.bitPattern >> UInt64(8 * $0)) }
        })
  }

  @Test func aMissingLibraryIsNamed() throws {
    guard case .failure(let missing) = HDF5Library.load(["libnothere.so.9", "libc.so.6"]) else {
      Issue.record("it was found")
      return
    }
    let error = missing.error(for: "a.h5")
    #expect(error.code == .libraryUnavailable && error.message.contains("apt-get install libhdf5-103-1"), "\(error)")
    #expect(error.message.contains("libnothere"))
  }

  @Test(.enabled(if: hasHDF5, "libhdf5 is not installed"))
  func several() throws {
    let scratch = Scratch()
    let path = scratch.file("f.h5")
    let (u, s) = (randomMatrix(Float.self, 30, 20, seed: 1), randomMatrix(Float.self, 20, 1, seed: 2))
    let empty = try Matrix<Float>(shape: shape(0, 4))
    try MatrixFile.write([("u", u), ("s \"1\"", s), ("größe", empty)], to: path, options: fresh)
    #expect(Set(try MatrixFile.names(in: path)) == ["/u", "/s \"1\"", "/größe"])
    for name in ["u", "/u"] { #expect(try Matrix<Float>(contentsOf: "\(path):\(name)").identical(to: u)) }
    #expect(
      try Matrix<Double>(contentsOf: path + ":s \"1\"").identical(
        to: Matrix(rows: 20, columns: 1) { i, _ in Double(s[i, 0]) }))
    #expect(try Matrix<Float>(contentsOf: path + ":größe").shape == empty.shape)
    #expect(try MatrixFile.inspect(path + ":u").elementType == .float32)
    let error = try #require(throws: FileError.self) { try Matrix<Float>(contentsOf: path) }
    #expect(error.code == .outOfRange && error.message.contains("3 datasets"), "\(error)")
    let missing = try #require(throws: FileError.self) { try Matrix<Float>(contentsOf: path + ":v") }
    #expect(missing.code == .outOfRange && missing.message.contains("'/v'") && missing.message.contains("'/u'"))
  }

  @Test(.enabled(if: hasHDF5 && Python.hasH5py, "needs libhdf5 and python3 with h5py"))
  func h5pyReadsOurs() throws {
    let scratch = Scratch()
    let m = randomMatrix(Double.self, 37, 53, seed: 21)
    try m.write(to: scratch.file("m.h5"), options: fresh)
    try m.write(to: scratch.file("m.npy"), options: fresh)
    try MatrixFile.write((0..<40).map { ("matrix number \($0)", m) }, to: scratch.file("many.h5"), options: fresh)
    let script = """
      import sys, h5py, numpy as np
      folder = sys.argv[1]; m = np.load(folder + "/m.npy")
      with h5py.File(folder + "/m.h5", "r") as f:
          assert list(f) == ["matrix"] and f["matrix"].dtype == "<f8"
          assert (f["matrix"][:].view("u8") == m.view("u8")).all()
      with h5py.File(folder + "/many.h5", "a") as f:  # and goes on with it
          assert len(f) == 40 and all((f[k][:].view("u8") == m.view("u8")).all() for k in f)
          f["more"] = m; del f["matrix number 3"]; f["matrix number 4"].attrs["unit"] = "m"
      """
    let python = try #require(Python.interpreter(importing: "h5py"))
    #expect(Python.run(script, [scratch.path], using: python) == 0)
    #expect(try Matrix<Double>(contentsOf: scratch.file("many.h5:more")).identical(to: m))
    #expect(try MatrixFile.names(in: scratch.file("many.h5")).count == 40)
  }

  @Test(.enabled(if: hasHDF5 && Python.hasH5py, "needs libhdf5 and python3 with h5py"))
  func weReadH5pys() throws {
    let scratch = Scratch()
    let script = """
      import sys, h5py, numpy as np
      folder = sys.argv[1]
      i, j = np.meshgrid(np.arange(300), np.arange(40), indexing="ij"); m = (1000.0 * i + j) / 8 - 1
      for version in ["earliest", "latest"]:
          with h5py.File(f"{folder}/{version}.h5", "w", libver=version) as f:
              f["plain"] = m; f["big"] = m.astype(">f8"); f["g/deep/single"] = m.astype("f4")
              f["half"] = (m % 8).astype("f2"); f["vector"] = m[:, 0]
              f.create_dataset("packed", data=m, chunks=(7, 9), compression="gzip", shuffle=True, fletcher32=True)
              f.create_dataset("growing", data=m, maxshape=(None, None))
              for t in ["i1", "u1", "i2", ">u2", "i4", "u4", "i8", "u8"]:
                  f["int/" + t] = (np.arange(6) * 20).reshape(2, 3).astype(t)
              f["int/wide"] = np.array([[1, 2**53 + 1]]); f["scalar"] = 1.0; f["cube"] = np.zeros((2, 2, 2))
              f["text"] = "hello"; f["complex"] = m * 1j; f["bool"] = m > 3; f["null"] = h5py.Empty("f8")
              f["link"] = h5py.SoftLink("/g/deep/single"); f["nowhere"] = h5py.SoftLink("/nothing")
              f["away"] = h5py.ExternalLink("other.h5", "/plain"); f["g/up"] = f["/g"]
              f.create_dataset("outside", (2, 2), "f8", external=[("/etc/hostname", 0, 32)])
              v = h5py.VirtualLayout((300, 40), "f8"); v[:] = h5py.VirtualSource("other.h5", "plain", (300, 40))
              f.create_virtual_dataset("virtual", v)
              f.create_dataset("hollow", (10**7, 10**5), "f8", chunks=(100, 100))
      with h5py.File(folder + "/other.h5", "w") as f: f["plain"] = m; f["name"] = "not a matrix"
      """
    let python = try #require(Python.interpreter(importing: "h5py"))
    #expect(Python.run(script, [scratch.path], using: python) == 0)
    let m = Matrix<Double>(rows: 300, columns: 40) { i, j in Double(1000 * i + j) / 8 - 1 }
    #expect(try Matrix<Double>(contentsOf: scratch.file("other.h5")).identical(to: m))
    for version in ["earliest", "latest"] {
      let path = scratch.file("\(version).h5")
      for name in ["plain", "big", "packed", "growing", "g/deep/single", "link", "/plain", "g/up/deep/single"] {
        #expect(try Matrix<Double>(contentsOf: "\(path):\(name)").identical(to: m), "\(name)")
      }
      #expect(try MatrixFile.inspect("\(path):big").byteOrder == .big)
      #expect(try Matrix<Double>(contentsOf: "\(path):vector").shape == shape(300, 1))
      #expect(try Matrix<Float>(contentsOf: "\(path):half")[3, 5] == 6.625)
      for type in ["i1", "u1", "i2", ">u2", "i4", "u4", "i8", "u8"] {
        #expect(
          try Matrix<Double>(contentsOf: "\(path):int/\(type)") == Matrix([[0, 20, 40], [60, 80, 100]]), "\(type)")
        let isSmall = type.hasSuffix("1") || type.hasSuffix("2")
        #expect(try MatrixFile.inspect("\(path):int/\(type)").elementType == (isSmall ? .float32 : .float64))
      }
      #expect(throws: FileError.self) { try Matrix<Float>(contentsOf: "\(path):plain") }
      let narrow = try Matrix<Float>(contentsOf: "\(path):packed", options: ReadOptions(narrowing: .exact))
      #expect(narrow.identical(to: Matrix(rows: 300, columns: 40) { i, j in Float(m[i, j]) }))
      try MatrixFile.copy(
        "\(path):packed", rows: 290..<293, columns: 5..<7, to: scratch.file("part.npy"), options: overwriting)
      let part = try Matrix<Double>(contentsOf: scratch.file("part.npy"))
      #expect(part.identical(to: Matrix(rows: 3, columns: 2) { i, j in m[290 + i, 5 + j] }))
      for (name, word) in [
        ("scalar", "holds one number"), ("cube", "3 dimensions"), ("text", "text"), ("complex", "structures"),
        ("bool", "enumerations"), ("null", "holds one number or none"), ("away", "holds no '/away'"),
        ("nowhere", "holds no '/nowhere'"), ("outside", "other files"), ("virtual", "other files"),
        ("g", "is no dataset"),
        ("int/wide", "row 0, column 1 has an integer of 2^53"), ("hollow", "never written"), ("..", "holds no '/..'"),
      ] {
        let error = try #require(throws: FileError.self, "\(name)") {
          try Matrix<Double>(contentsOf: "\(path):\(name)")
        }
        #expect(error.message.contains(word), "\(error)")
        #expect(error.message.unicodeScalars.allSatisfy { $0.value >= 32 })
      }
    }
  }

  /// A lock that somebody holds says nothing about a file that stands under its name.
  @Test(.enabled(if: hasHDF5, "libhdf5 is not installed"))
  func aLockedFileIsRead() throws {
    let scratch = Scratch()
    try Matrix<Double>([[1, 2]]).write(to: scratch.file("m.h5"), options: fresh)
    let number = unsafe open(scratch.file("m.h5"), O_RDONLY)
    defer { close(number) }
    #expect(flock(number, LOCK_EX | LOCK_NB) == 0)
    #expect(try Matrix<Double>(contentsOf: scratch.file("m.h5")) == Matrix([[1, 2]]))
  }

  @Test(.enabled(if: hasHDF5, "libhdf5 is not installed"))
  func mutations() async throws {
    await #expect(processExitsWith: .success) {
      guard let fault = HDF5Tests.faultOfMutations() else { return }
      print(fault)
      exit(1)
    }
  }

  /// In a function, so that its directory is gone before the process ends.
  private static func faultOfMutations() -> String? {
    let scratch = Scratch(in: "/dev/shm")
    let path = scratch.file("m.h5")
    let m = Matrix<Double>(rows: 6, columns: 5) { i, j in Double(i * j) }
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(3)
    let data = parts.joined(separator: "/") + "/data/formats/"
    guard (try? m.write(to: path, options: fresh)) != nil, let ours = contents(path),
      let earliest = contents(data + "earliest.h5"), let latest = contents(data + "latest.h5")
    else { return "no files" }
    let starts = [ours, earliest, latest]
    var generator = Generator(seed: 56)
    var refused = 0
    let rounds = mutationCount(300)
    for k in 0..<rounds {
      put(mutated(starts[k % 3], &generator), path)
      do throws(FileError) {
        guard try Matrix<Double>(contentsOf: path).count <= 1 << 24 else { return "an impossible shape" }
      } catch {
        refused += 1
        guard [.malformed, .unsupported, .unknownFormat, .outOfRange].contains(error.code) else { return "\(error)" }
      }
    }
    return refused > rounds / 4 && refused < rounds ? nil : "\(refused) of \(rounds) refused"
  }
}
