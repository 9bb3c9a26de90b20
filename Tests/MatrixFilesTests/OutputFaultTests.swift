// SPDX-License-Identifier: Apache-2.0
// Durable output when the world fails: full disks, limits, missing permission, readers that go, writers that are killed.
// Whatever happens: the old file or the new one, and an error that says which fault it was.

import Glibc
import MatrixCore
import MatrixFiles
import Testing

/// A tmpfs of 1 MB, mounted for one test; nil where we may not.
private final class SmallDisk: Sendable {
  let scratch = Scratch()
  let path: String

  init?() {
    path = scratch.file("disk")
    guard unsafe mkdir(path, 0o755) == 0, unsafe mount("tmpfs", path, "tmpfs", 0, "size=1m") == 0 else {
      unsafe rmdir(path)
      return nil
    }
  }

  deinit {
    unsafe umount2(path, 2)  // MNT_DETACH
    unsafe rmdir(path)
  }

  static let isAllowed = SmallDisk() != nil

  var names: [String] {
    unsafe system("ls -A '\(path)' > '\(scratch.path)/names'")
    return (text(scratch.file("names")) ?? "").split(separator: "\n").map(String.init)
  }
}

@Suite(.timeLimit(.minutes(20)))
struct OutputFaultTests {
  static let large = Matrix<Double>(rows: 512, columns: 512) { i, j in Double(i * j) }  // 2 MB

  @Test(.enabled(if: SmallDisk.isAllowed, "needs the right to mount a tmpfs"), arguments: readableFormats)
  func fullDisk(format: MatrixFormat) throws {
    let disk = try #require(SmallDisk())
    let path = "\(disk.path)/m.\(format)"
    put("old", path)
    let before = disk.names
    let error = try #require(throws: FileError.self) { try Self.large.write(to: path, options: overwriting) }
    #expect(error.code == .writeFailed && error.code.exitCode == 74)
    #expect(error.message.contains("no space is left"), "\(error)")
    #expect(text(path) == "old" && disk.names == before)
    try Matrix<Double>([[1, 2]]).write(to: path, options: overwriting)
    #expect(try Matrix<Double>(contentsOf: path) == Matrix([[1, 2]]))
  }

  @Test(.enabled(if: SmallDisk.isAllowed, "needs the right to mount a tmpfs"), arguments: [true, false])
  func fullDiskWhileWriting(nameless: Bool) throws {
    let disk = try #require(SmallDisk())
    let path = "\(disk.path)/a"
    func fill() throws -> FileError? {
      var file = try OutputFile(path, options: fresh, expectedByteCount: nil, nameless: nameless)
      do throws(FileError) {
        for _ in 0..<40 { try file.write([UInt8](repeating: 1, count: 100_000)) }
        return nil
      } catch { return error }
    }
    #expect(try fill()?.code == .writeFailed)
    #expect(disk.names.isEmpty)
  }

  @Test func fullDevice() throws {
    let error = try #require(throws: FileError.self) {
      try Self.large.write(to: "/dev/full", format: .npy, options: fresh)
    }
    #expect(error.code == .writeFailed && error.message.contains("no space is left"))
  }

  @Test(arguments: [true, false])
  func fileSizeLimit(nameless: Bool) async {
    await #expect(processExitsWith: .success) { [nameless] in
      // SIGXFSZ has its default action here: if it reached us, the process would end by it.
      var limit = rlimit(rlim_cur: 1 << 20, rlim_max: 1 << 20)
      guard unsafe setrlimit(__rlimit_resource_t(1), &limit) == 0 else { exit(9) }  // RLIMIT_FSIZE
      let scratch = Scratch()
      for expected in [nil, 4 << 20] {
        do throws(FileError) {
          var file = try OutputFile(scratch.file("a"), options: fresh, expectedByteCount: expected, nameless: nameless)
          for _ in 0..<40 { try file.write([UInt8](repeating: 1, count: 100_000)) }
          exit(8)
        } catch {
          guard error.code == .writeFailed, error.message.contains("size limit") else { exit(7) }
        }
        guard scratch.names.isEmpty else { exit(6) }
      }
    }
  }

  @Test func aReaderThatGoes() async {
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_DFL)
      var ends: [Int32] = [0, 0]
      unsafe pipe(&ends)
      close(ends[0])
      do throws(FileError) {
        try Matrix<Double>([[1, 2]]).write(to: "/dev/fd/\(ends[1])", format: .csv)
        exit(9)
      } catch {
        exit(error.code == .brokenPipe && error.code.exitCode == 141 ? 0 : 8)
      }
    }
  }

  @Test func standardOutput() async throws {
    let result = try await #require(
      processExitsWith: .success, observing: [\.standardOutputContent]
    ) {
      do { try Matrix<Double>([[1, 2], [3, 4]]).write(to: "-", format: .tsv) } catch { exit(9) }
    }
    let output = String(decoding: result.standardOutputContent, as: UTF8.self)
    #expect(output.contains("1.0\t2.0\n3.0\t4.0\n"))
  }

  @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
  func readOnlyDirectory() throws {
    let scratch = Scratch()
    unsafe chmod(scratch.path, 0o555)
    defer { unsafe chmod(scratch.path, 0o755) }
    let error = try #require(throws: FileError.self) { try Matrix<Double>([[1]]).write(to: scratch.file("m.npy")) }
    #expect(error.code == .cannotCreate && error.message.contains("permission"))
    #expect(throws: FileError.self) { try OutputFile.check(scratch.file("m.npy"), overwrite: true) }
  }

  /// The same as root, who can become somebody else in a process of its own.
  @Test(.enabled(if: geteuid() == 0, "needs root to become another user"))
  func directoriesOfOthers() async {
    let closed = Scratch()
    let open = Scratch()
    unsafe chmod(open.path, 0o733)  // may be written and searched, not listed
    put("old", open.file("theirs.npy"))
    await #expect(processExitsWith: .success) { [closed = closed.path as String, open = open.path as String] in
      guard setgid(65534) == 0, setuid(65534) == 0 else { exit(9) }
      do throws(FileError) {
        try Matrix<Double>([[1]]).write(to: closed + "/m.npy")
        exit(8)
      } catch {
        guard error.code == .cannotCreate, error.message.contains("permission") else { exit(7) }
      }
      guard (try? OutputFile.check(closed + "/m.npy", overwrite: true)) == nil else { exit(6) }
      let options = WriteOptions(overwrite: true, sync: true)
      try Matrix<Double>([[1]]).write(to: open + "/m.npy", options: options)
      try Matrix<Double>([[2]]).write(to: open + "/theirs.npy", options: options)
      guard try Matrix<Double>(contentsOf: open + "/theirs.npy") == Matrix([[2]]) else { exit(5) }
    }
  }

  /// Killed between writing and committing: the old file, and at most a temporary one that the next run removes.
  @Test(arguments: [true, false])
  func killedWhileWriting(nameless: Bool) async throws {
    let scratch = Scratch()
    put("old", scratch.file("a"))
    let path = scratch.file("a")
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, nameless] in
      var file = try OutputFile(path, options: overwriting, expectedByteCount: 1 << 20, nameless: nameless)
      try file.write(Array("new".utf8))
      try file.confirm()
      raise(SIGKILL)
      try file.commit()
    }
    #expect(text(path) == "old")
    #expect(scratch.names.count == (nameless ? 1 : 2))
    try Matrix<Double>([[1]]).write(to: path, format: .npy, options: overwriting)
    #expect(scratch.names == ["a"])
  }

  @Test func inputThatIsNoFile() throws {
    let scratch = Scratch()
    unsafe mkfifo(scratch.file("pipe.npy"), 0o600)
    for path in [
      "", "a\0b", scratch.path, scratch.file("nothere.npy"), scratch.file("pipe.npy"), "/dev/zero", "/dev/null",
    ] {
      let error = try #require(throws: FileError.self, "\(path)") { try Matrix<Double>(contentsOf: path) }
      #expect(error.code == .unreadable && error.code.exitCode == 65)
    }
    for (start, word) in [
      ("PK\u{3}\u{4}", "ZIP"), ("\u{1f}\u{8b}", "gzip"), ("MATLAB 5.0 MAT", "MATLAB"), ("hello", "neither"),
    ] {
      let bytes = start.unicodeScalars.map { UInt8($0.value) } + [UInt8](repeating: 7, count: 100)
      put(bytes, scratch.file("unknown"))
      let error = try #require(throws: FileError.self) { try Matrix<Double>(contentsOf: scratch.file("unknown")) }
      #expect(error.message.contains(word), "\(error)")
    }
  }

  /// Cut short between header and elements, as another process might: an error, no signal.
  @Test func inputCutShortWhileReading() throws {
    let scratch = Scratch()
    let path = scratch.file("m.npy")
    try Matrix<Double>(rows: 100, columns: 100) { _, _ in 1 }.write(to: path, options: fresh)
    var reader = try MatrixReader<Double>(contentsOf: path)
    var rows = Matrix<Double>(rows: 50, columns: 100) { _, _ in 0 }
    _ = try rows.withMutableElements { (span) throws(FileError) in try reader.readRows(into: &span) }
    unsafe truncate(path, 50_000)
    var caught: FileError?
    do {
      _ = try rows.withMutableElements { (span) throws(FileError) in try reader.readRows(into: &span) }
    } catch { caught = error }
    #expect(caught?.code == .unreadable && caught?.message.contains("shorter") == true)
  }
}
