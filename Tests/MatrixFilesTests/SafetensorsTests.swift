// SPDX-License-Identifier: Apache-2.0
// safetensors: one tensor or several, there and back; the bytes as the format's description has them; headers that lie.

import Glibc
import MatrixCore
import MatrixFiles
import Testing

/// A file from its header's text; the length may lie.
private func tensors(_ json: String, data: Int, length: Int? = nil) -> [UInt8] {
  let count = length ?? json.utf8.count
  return (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + Array(json.utf8)
    + [UInt8](repeating: 0, count: data)
}

private let a = "\"a\":{\"dtype\":\"F64\",\"shape\":[2,3],\"data_offsets\":[0,48]}"

@Suite(.timeLimit(.minutes(20)))
struct SafetensorsTests {
  static let corpus: [BadFile] = [
    BadFile("a length of 2^60", tensors("{\(a)}", data: 48, length: 1 << 60), "are not read"),
    BadFile("a length past 2^63", tensors("{\(a)}", data: 48, length: -1), "past 2^63"),
    BadFile("a length past the file", tensors("{\(a)}", data: 48, length: 4000), "claims 4000 bytes"),
    BadFile("a length too short", tensors("{\(a)}", data: 48, length: 20), "header is wrong at byte"),
    BadFile("seven bytes", [1, 0, 0, 0, 0, 0, 0], "ends before"),
    BadFile("no JSON", tensors("{nothing}", data: 0), "header is wrong at byte 9"),
    BadFile("a name twice", tensors("{\(a),\(a)}", data: 48), "stands twice"),
    BadFile("deep", tensors("{\"a\":" + String(repeating: "[", count: 9999), data: 0), "nested deeper"),
    BadFile("no type", tensors("{\"a\":{\"shape\":[2,3],\"data_offsets\":[0,48]}}", data: 48), "\"dtype\""),
    BadFile("no shape", tensors("{\"a\":{\"dtype\":\"F64\",\"data_offsets\":[0,48]}}", data: 48), "\"shape\""),
    BadFile("no offsets", tensors("{\"a\":{\"dtype\":\"F64\",\"shape\":[2,3]}}", data: 48), "\"data_offsets\""),
    BadFile("a negative side", tensors("{\(a.replacing("2,3", with: "-2,-3"))}", data: 48), "\"shape\""),
    BadFile("a fraction", tensors("{\(a.replacing("2,3", with: "2.0,3"))}", data: 48), "\"shape\""),
    BadFile(
      "a side past 2^63", tensors("{\(a.replacing("2,3", with: "99999999999999999999"))}", data: 48), "\"shape\""),
    BadFile("falling offsets", tensors("{\(a.replacing("0,48", with: "48,0"))}", data: 48), "growing"),
    BadFile("three offsets", tensors("{\(a.replacing("0,48", with: "0,48,48"))}", data: 48), "\"data_offsets\""),
    BadFile("offsets past the file", tensors("{\(a.replacing("0,48", with: "0,4800"))}", data: 48), "take 4800 bytes"),
    BadFile("a gap before", tensors("{\(a.replacing("0,48", with: "8,56"))}", data: 56), "begins at byte 8"),
    BadFile("bytes behind", tensors("{\(a)}", data: 49), "there are 49"),
    BadFile("two in one place", tensors("{\(a),\(a.replacing("\"a\"", with: "\"b\""))}", data: 48), "begins at byte 0"),
    BadFile("another size", tensors("{\(a.replacing("2,3", with: "2,4"))}", data: 48), "takes 64"),
    BadFile(
      "a shape that overflows", tensors("{\(a.replacing("2,3", with: "4294967296,4294967296"))}", data: 48),
      "larger than"),
    BadFile("half precision", tensors("{\(a.replacing("F64", with: "F16"))}", data: 48), "'F16'", .unsupported),
    BadFile("integers", tensors("{\(a.replacing("F64", with: "I64"))}", data: 48), "'I64'", .unsupported),
    BadFile("no dimensions", tensors("{\(a.replacing("2,3", with: ""))}", data: 48), "0 dimensions", .unsupported),
    BadFile(
      "three dimensions", tensors("{\(a.replacing("2,3", with: "1,2,3"))}", data: 48), "3 dimensions", .unsupported),
    BadFile("no tensors", tensors("{\"__metadata__\":{\"a\":\"b\"}}", data: 0), "no tensors", .outOfRange),
  ]

  @Test(arguments: corpus)
  func refused(file: BadFile) throws {
    let scratch = Scratch()
    put(file.bytes, scratch.file("bad.safetensors"))
    let error = try #require(throws: FileError.self) { try Matrix<Double>(contentsOf: scratch.file("bad.safetensors")) }
    #expect(error.code == file.code && error.message.contains(file.word), "\(error)")
    #expect(error.message.utf8.count < 300 && error.message.unicodeScalars.allSatisfy { $0.value >= 32 })
  }

  @Test func theWritersBytes() throws {
    let scratch = Scratch()
    let path = scratch.file("m.safetensors")
    try Matrix<Float>([[1, 2]]).write(to: path, options: WriteOptions(sync: false, member: "w\""))
    let json = "{\"w\\\"\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]}}      "
    #expect(json.utf8.count % 8 == 0)
    #expect(contents(path) == tensors(json, data: 0) + [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40])
    #expect(try Matrix<Float>(contentsOf: path) == Matrix([[1, 2]]))
    #expect(try MatrixFile.inspect(path).member == "w\"")
  }

  @Test func several() throws {
    let scratch = Scratch()
    let path = scratch.file("f.safetensors")
    let (u, s) = (randomMatrix(Double.self, 30, 20, seed: 1), randomMatrix(Double.self, 20, 1, seed: 2))
    try MatrixFile.write([("u", u), ("s", s)], to: path, options: fresh)
    #expect(try MatrixFile.names(in: path) == ["u", "s"])
    #expect(try Matrix<Double>(contentsOf: path + ":u").identical(to: u))
    #expect(try Matrix<Double>(contentsOf: path + ":s").identical(to: s))
    let error = try #require(throws: FileError.self) { try Matrix<Double>(contentsOf: path) }
    #expect(error.code == .outOfRange && error.message.contains("2 tensors: 'u', 's'"))
    // A vector is a column; text beside the tensors is left alone; the name does not matter.
    let vector =
      "{\"__metadata__\":{\"format\":\"pt\"},\"v\":{\"dtype\":\"F64\",\"shape\":[3],\"data_offsets\":[0,24]}}"
    put(tensors(vector, data: 24), scratch.file("v"))
    #expect(try Matrix<Double>(contentsOf: scratch.file("v")).shape == shape(3, 1))
  }

  @Test func mutations() throws {
    let scratch = Scratch(in: "/dev/shm")
    let path = scratch.file("m.safetensors")
    let bytes = tensors("{\(a)}", data: 48)
    var generator = Generator(seed: 55)
    var accepted = 0
    let rounds = mutationCount(3000)
    for _ in 0..<rounds {
      let changed = mutated(bytes, &generator)
      put(changed, path)
      do throws(FileError) {
        #expect(try Matrix<Double>(contentsOf: path).count * 4 <= changed.count)
        accepted += 1
      } catch {
        #expect([.malformed, .unsupported, .outOfRange, .unknownFormat].contains(error.code), "\(error)")
      }
    }
    #expect(accepted > rounds / 100 && accepted < rounds)
  }

  @Test(.enabled(if: Python.hasNumPy, "needs python3 with NumPy"))
  func readByTheDescriptionAlone() throws {
    let scratch = Scratch()
    let m = randomMatrix(Double.self, 9, 7, seed: 3)
    try MatrixFile.write([("m", m), ("n", m)], to: scratch.file("m.safetensors"), options: fresh)
    try m.write(to: scratch.file("m.npy"), options: fresh)
    let script = """
      import sys, json, numpy as np
      b = open(sys.argv[1] + "/m.safetensors", "rb").read(); n = int.from_bytes(b[:8], "little")
      assert (8 + n) % 8 == 0
      for name, t in json.loads(b[8:8 + n]).items():
          at, end = t["data_offsets"]
          a = np.frombuffer(b[8 + n + at:8 + n + end], {"F64": "<f8"}[t["dtype"]]).reshape(t["shape"])
          assert (a.view("u8") == np.load(sys.argv[1] + "/m.npy").view("u8")).all()
      """
    #expect(Python.run(script, [scratch.path]) == 0)
  }
}
