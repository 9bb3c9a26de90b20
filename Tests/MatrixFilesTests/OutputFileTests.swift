// SPDX-License-Identifier: Apache-2.0
// Durable output when all goes well: what is replaced and what is not, modes, links, pipes, names, concurrent writers.
// Each test runs with both ways of keeping an unfinished file: without a name, and under a temporary one.

import Glibc
import MatrixCore
import MatrixFiles
import Testing

private func write(
  _ content: String, to path: String, _ options: WriteOptions = fresh, expected: Int? = nil, nameless: Bool = true
) throws(FileError) {
  var file = try OutputFile(path, options: options, expectedByteCount: expected, nameless: nameless)
  try file.write(Array(content.utf8))
  try file.commit()
}

private func mode(_ path: String) -> mode_t {
  var status = stat()
  return unsafe stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
}

@Suite(.timeLimit(.minutes(20)))
struct OutputFileTests {
  @Test(arguments: [true, false], [true, false])
  func newFile(nameless: Bool, sync: Bool) throws {
    let scratch = Scratch()
    let path = scratch.file("a")
    try write("one", to: path, WriteOptions(sync: sync), nameless: nameless)
    #expect(text(path) == "one")
    #expect(scratch.names == ["a"])
    let mask = umask(0)
    umask(mask)
    #expect(mode(path) == 0o666 & ~mask)
  }

  @Test(arguments: [true, false])
  func existingFileIsRefusedOrReplaced(nameless: Bool) throws {
    let scratch = Scratch()
    let path = scratch.file("a")
    put("old", path)
    unsafe chmod(path, 0o640)
    let error = try #require(throws: FileError.self) { try write("new", to: path, nameless: nameless) }
    #expect(error.code == .exists && error.code.exitCode == 73)
    #expect(throws: FileError.self) { try OutputFile.check(path, overwrite: false) }
    #expect(text(path) == "old")
    try OutputFile.check(path, overwrite: true)
    try write("new", to: path, overwriting, nameless: nameless)
    #expect(text(path) == "new" && mode(path) == 0o640)
    #expect(scratch.names == ["a"])
  }

  @Test(arguments: [true, false])
  func aFileThatAppearsMeanwhile(nameless: Bool) throws {
    let scratch = Scratch()
    let path = scratch.file("a")
    var file = try OutputFile(path, options: fresh, expectedByteCount: 3, nameless: nameless)
    try file.write(Array("new".utf8))
    put("other", path)
    let error: FileError?
    do {
      try file.commit()
      error = nil
    } catch let caught { error = caught }
    #expect(error?.code == .exists)
    #expect(text(path) == "other" && scratch.names == ["a"])

    var second = try OutputFile(path, options: overwriting, expectedByteCount: nil, nameless: nameless)
    unsafe unlink(path)  // and one that goes meanwhile
    try second.write(Array("new".utf8))
    try second.commit()
    #expect(text(path) == "new" && scratch.names == ["a"])

    let other = scratch.file("b")
    var third = try OutputFile(other, options: overwriting, expectedByteCount: nil, nameless: nameless)
    put("other", other)  // not there at first, to be replaced all the same
    try third.write(Array("new".utf8))
    try third.commit()
    #expect(text(other) == "new" && scratch.names == ["a", "b"])
  }

  @Test(arguments: [true, false])
  func givingUpLeavesNothing(nameless: Bool) throws {
    let scratch = Scratch()
    let path = scratch.file("a")
    put("old", path)
    func giveUp() throws {
      var file = try OutputFile(path, options: overwriting, expectedByteCount: 1 << 20, nameless: nameless)
      try file.write(Array("new".utf8))
    }
    try giveUp()
    #expect(scratch.names == ["a"] && text(path) == "old")
  }

  @Test(arguments: [true, false])
  func fewerBytesThanReserved(nameless: Bool) throws {
    let scratch = Scratch()
    try write("short", to: scratch.file("a"), expected: 1 << 20, nameless: nameless)
    #expect(text(scratch.file("a")) == "short")
    try write("longer than that", to: scratch.file("b"), expected: 3, nameless: nameless)
    #expect(text(scratch.file("b")) == "longer than that")
    try write("", to: scratch.file("c"), expected: 0, nameless: nameless)
    #expect(text(scratch.file("c")) == "")
  }

  @Test(arguments: [true, false])
  func symbolicLinks(nameless: Bool) throws {
    let scratch = Scratch()
    put("old", scratch.file("real"))
    unsafe symlink("real", scratch.file("link"))
    unsafe symlink(scratch.file("link"), scratch.file("chain"))
    #expect(throws: FileError.self) { try write("new", to: scratch.file("chain"), nameless: nameless) }
    try write("new", to: scratch.file("chain"), overwriting, nameless: nameless)
    #expect(text(scratch.file("real")) == "new")
    #expect(scratch.names == ["chain", "link", "real"])
    var status = stat()
    #expect(unsafe lstat(scratch.file("link"), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)

    unsafe symlink("nothere", scratch.file("dangling"))
    try write("made", to: scratch.file("dangling"), nameless: nameless)
    #expect(text(scratch.file("nothere")) == "made")

    unsafe symlink("loop", scratch.file("loop"))
    let error = try #require(throws: FileError.self) { try write("x", to: scratch.file("loop"), nameless: nameless) }
    #expect(error.code == .cannotCreate && error.message.contains("symbolic links"))
  }

  @Test func aLinkSwappedDuringTheRun() throws {
    let scratch = Scratch()
    put("old", scratch.file("real"))
    put("secret", scratch.file("other"))
    unsafe symlink("real", scratch.file("link"))
    var file = try OutputFile(scratch.file("link"), options: overwriting)
    try file.write(Array("new".utf8))
    unsafe unlink(scratch.file("link"))
    unsafe symlink("other", scratch.file("link"))
    try file.commit()
    #expect(text(scratch.file("real")) == "new" && text(scratch.file("other")) == "secret")
  }

  @Test func aDirectoryMovedDuringTheRun() throws {
    let scratch = Scratch()
    unsafe mkdir(scratch.file("d"), 0o755)
    var file = try OutputFile(scratch.file("d/a"), options: fresh)
    try file.write(Array("new".utf8))
    unsafe rename(scratch.file("d"), scratch.file("e"))
    try file.commit()
    #expect(text(scratch.file("e/a")) == "new")
    unsafe unlink(scratch.file("e/a"))
    unsafe rmdir(scratch.file("e"))
  }

  @Test func hardLinksKeepTheOldContent() throws {
    let scratch = Scratch()
    put("old", scratch.file("a"))
    unsafe link(scratch.file("a"), scratch.file("b"))
    try write("new", to: scratch.file("a"), overwriting)
    #expect(text(scratch.file("a")) == "new" && text(scratch.file("b")) == "old")
  }

  @Test func refusedTargets() throws {
    let scratch = Scratch()
    unsafe mkdir(scratch.file("d"), 0o755)
    defer { unsafe rmdir(scratch.file("d")) }
    put("", scratch.file("f"))
    for (path, word) in [
      (scratch.path, "directory"), (scratch.file("d"), "directory"), (scratch.file("d/"), "directory"),
      ("/", "directory"),
      (".", "directory"), ("..", "directory"), ("", "empty"), ("a\0b", "NUL"), (scratch.file("no/a"), "does not exist"),
      (scratch.file("f/a"), "not a directory"), (scratch.file(String(repeating: "n", count: 256)), "too long"),
      ("/dev/fd/987", "not open"),
    ] {
      let error = try #require(throws: FileError.self, "\(path)") { try write("x", to: path, overwriting) }
      #expect(error.code == .cannotCreate && error.message.contains(word), "\(error)")
      #expect(throws: FileError.self, "\(path)") { try OutputFile.check(path, overwrite: true) }
    }
    #expect(scratch.names == ["d", "f"])
  }

  @Test(arguments: [true, false])
  func longestNames(nameless: Bool) throws {
    let scratch = Scratch()
    for name in [String(repeating: "n", count: 255), String(repeating: "ü", count: 127), "a b'c\"d\\e", "-", "..."] {
      let path = scratch.file(name)
      try write("one", to: path, nameless: nameless)
      try write("two", to: path, overwriting, nameless: nameless)
      #expect(text(path) == "two")
    }
    #expect(scratch.names.count == 5)
  }

  @Test func aNamedPipeAndADescriptor() async throws {
    let scratch = Scratch()
    let path = scratch.file("pipe")
    unsafe mkfifo(path, 0o600)
    let large = String(repeating: "0123456789", count: 100_000)  // more than a pipe holds
    let reader = Task.detached { text(path) }
    try OutputFile.check(path, overwrite: false)
    try write(large, to: path)
    #expect(await reader.value == large)

    var ends: [Int32] = [0, 0]
    unsafe pipe(&ends)
    try write("through", to: "/dev/fd/\(ends[1])")
    close(ends[1])
    #expect(text("/dev/fd/\(ends[0])") == "through")
    close(ends[0])
  }

  @Test func cancelling() throws {
    let scratch = Scratch()
    let cancelled = WriteOptions(isCancelled: { true })
    for nameless in [true, false] {
      #expect(throws: FileError.self) { try write("x", to: scratch.file("a"), cancelled, nameless: nameless) }
      #expect(throws: FileError.self) { try write("", to: scratch.file("a"), cancelled, nameless: nameless) }
    }
    #expect(scratch.names.isEmpty)
    unsafe mkfifo(scratch.file("pipe"), 0o600)  // without a reader
    let error = try #require(throws: FileError.self) { try write("x", to: scratch.file("pipe"), cancelled) }
    #expect(error.code == .cancelled)
  }

  @Test(arguments: [true, false], [true, false])
  func concurrentWriters(nameless: Bool, overwrite: Bool) async throws {
    let scratch = Scratch()
    let path = scratch.file("a")
    let writers = 20
    let winners = await withTaskGroup(of: Int?.self) { group in
      for writer in 0..<writers {
        group.addTask {
          let content = String(repeating: "\(writer) ", count: 20_000)
          do throws(FileError) {
            try write(content, to: path, WriteOptions(overwrite: overwrite, sync: false), nameless: nameless)
            return writer
          } catch {
            #expect(error.code == .exists)
            return nil
          }
        }
      }
      return await group.reduce(into: [Int]()) { if let winner = $1 { $0.append(winner) } }
    }
    #expect(winners.count == (overwrite ? writers : 1))
    let result = try #require(text(path))
    #expect(winners.contains { result == String(repeating: "\($0) ", count: 20_000) })
    #expect(scratch.names == ["a"])
  }

  @Test func staleFilesAreSwept() throws {
    let scratch = Scratch()
    let stale = ".a.abcdefgh.weft-tmp"
    let kept = [".b.abcdefgh.weft-tmp", ".a.abcdefgh.other", ".a.abcdefghi.weft-tmp", "a.abcdefgh.weft-tmp"]
    for name in [stale] + kept { put("x", scratch.file(name)) }
    try write("one", to: scratch.file("a"))
    #expect(scratch.names == (kept + ["a"]).sorted())

    // One whose writer lives is locked, and stays.
    var file = try OutputFile(scratch.file("a"), options: overwriting, expectedByteCount: nil, nameless: false)
    try file.write(Array("two".utf8))
    try write("three", to: scratch.file("a"), overwriting)
    try file.commit()
    #expect(text(scratch.file("a")) == "two")
    #expect(scratch.names == (kept + ["a"]).sorted())
  }

  @Test func shortWrites() throws {
    let scratch = Scratch()
    let number = unsafe open(scratch.file("a"), O_CREAT | O_WRONLY, 0o600)
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
    try writeAll(unsafe bytes.span.bytes, to: number, pieceLimit: 7)
    close(number)
    #expect(contents(scratch.file("a")) == bytes)
    #expect(systemPieceLimit == 0x7ffff000)
  }
}
