// SPDX-License-Identifier: Apache-2.0
// What the tests of this module share: a directory of their own, raw file access that does not go through the code
// under test, reproducible random numbers, and Python where it is there.

import Glibc
import MatrixCore
import MatrixFiles
import Testing

/// An empty directory, removed with everything in it at the end of the test.
final class Scratch: Sendable {
  let path: String

  init(in parent: String = "/tmp") {
    path = "\(parent)/weft-files-test-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
    unsafe precondition(mkdir(path, 0o755) == 0, "no directory for tests")
  }

  deinit {
    for name in names { unsafe unlink("\(path)/\(name)") }
    unsafe rmdir(path)
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Names in the directory, sorted.
  var names: [String] {
    guard let stream = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}

func put(_ bytes: some Collection<UInt8>, _ path: String) {
  let number = unsafe open(path, O_CREAT | O_TRUNC | O_WRONLY, 0o644)
  precondition(number >= 0, "cannot write \(path)")
  let array = Array(bytes)
  let written = unsafe array.withUnsafeBytes { unsafe write(number, $0.baseAddress, $0.count) }
  precondition(written == array.count, "cannot write \(path)")
  close(number)
}

func put(_ text: String, _ path: String) { put(Array(text.utf8), path) }

/// All bytes of a file or pipe; nil if there is none.
func contents(_ path: String) -> [UInt8]? {
  let number = unsafe open(path, O_RDONLY)
  guard number >= 0 else { return nil }
  defer { close(number) }
  var bytes: [UInt8] = []
  var piece = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = unsafe piece.withUnsafeMutableBytes { unsafe read(number, $0.baseAddress, $0.count) }
    guard count > 0 else { return bytes }
    bytes += piece[..<count]
  }
}

func text(_ path: String) -> String? { contents(path).map { String(decoding: $0, as: UTF8.self) } }

/// SplitMix64: the same numbers for the same seed, everywhere.
struct Generator: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// Random bits as elements: every kind of number, with the special ones more often than chance gives them.
func randomMatrix<Element: MatrixElement>(_: Element.Type, _ rows: Int, _ columns: Int, seed: UInt64) -> Matrix<Element>
{
  var generator = Generator(seed: seed)
  let special: [Element] = [
    0, -0.0, 1, -1, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude,
    .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .ulpOfOne, .pi, 0.1, 1e15, 1e16, 1e17, 123456789,
  ]
  return Matrix(rows: rows, columns: columns) { _, _ in
    let bits = generator.next()
    if bits % 16 == 0 { return special[Int(bits >> 8) % special.count] }
    return Element(bitPattern: Element.BitPattern(truncatingIfNeeded: bits >> 3 ^ bits << 61))
  }
}

func shape(_ rows: Int, _ columns: Int) throws -> Shape { try Shape(rows: rows, columns: columns) }

let overwriting = WriteOptions(overwrite: true, sync: false)
let fresh = WriteOptions(overwrite: false, sync: false)

/// HDF5's library is there: .h5 files can be read (they are written without it).
let hasHDF5: Bool = {
  let scratch = Scratch()
  let written = try? Matrix<Double>([[1]]).write(to: scratch.file("m.h5"), options: fresh)
  return written != nil && (try? Matrix<Double>(contentsOf: scratch.file("m.h5"))) != nil
}()

/// The formats whose libraries are there.
let readableFormats = MatrixFormat.allCases.filter { $0 != .h5 || hasHDF5 }

enum Python {
  /// NumPy can be imported by `python3`.
  static let hasNumPy = run("import numpy") == 0
  static let hasSciPy = interpreter(importing: "scipy.io, scipy.sparse") != nil
  static let hasPandas = interpreter(importing: "pandas") != nil
  static let hasH5py = interpreter(importing: "h5py") != nil

  /// A Python that can import these modules: the first of the path, or the system's own, which has what apt installed.
  static func interpreter(importing modules: String) -> String? {
    ["python3", "/usr/bin/python3"].first { run("import \(modules)", using: $0) == 0 }
  }

  /// Runs a script with arguments, and answers its exit code.
  static func run(_ script: String, _ arguments: [String] = [], using python: String = "python3") -> Int32 {
    let scratch = Scratch()
    put(script, scratch.file("script.py"))
    return shell(([python, scratch.file("script.py")] + arguments).map { "'\($0)'" }.joined(separator: " "))
  }
}

/// Runs a command of the shell, and answers its exit code.
func shell(_ command: String) -> Int32 {
  let status = unsafe system("{ \(command); } 2>/dev/null")
  return status < 0 ? -1 : (status >> 8) & 0xff
}

/// A copy of `bytes` with one to three places changed, removed, inserted or cut off, always the same for a generator.
func mutated(_ bytes: [UInt8], _ generator: inout Generator) -> [UInt8] {
  var bytes = bytes
  for _ in 0...generator.next() % 3 where !bytes.isEmpty {
    let place = Int(generator.next() % UInt64(bytes.count))
    let random = generator.next()
    let byte: UInt8 =
      switch random % 4 {
      case 0: 0
      case 1: 0xff
      case 2: bytes[place] ^ 1 << (random >> 8 & 7)
      default: UInt8(truncatingIfNeeded: random >> 8)
      }
    switch generator.next() % 6 {
    case 0: bytes.remove(at: place)
    case 1: bytes.insert(byte, at: place)
    case 2: bytes.removeLast(Int(random >> 16) % bytes.count)
    default: bytes[place] = byte
    }
  }
  return bytes
}

/// How many mutations a test tries: the long form finds what is rare.
func mutationCount(_ short: Int) -> Int { unsafe getenv("WEFT_LONG") == nil ? short : 100 * short }

/// Address space for `megabytes` more than the process has now; false where that cannot be set.
func limitMemory(megabytes: Int) -> Bool {
  let used = contents("/proc/self/statm").flatMap { Int(String(decoding: $0, as: UTF8.self).prefix { $0 != " " }) } ?? 0
  let most = rlim_t(used * 4096 + megabytes << 20)
  var limit = rlimit(rlim_cur: most, rlim_max: most)
  return unsafe used > 0 && setrlimit(__rlimit_resource_t(9), &limit) == 0  // RLIMIT_AS
}

/// Number by number, and by each table of kernels that this CPU runs.
let everyKernel: [TextKernels?] = [nil] + TextKernels.all
