// SPDX-License-Identifier: Apache-2.0
//
// Input files that are missing, broken, hostile or of another kind: exit code 65 at once, with one sentence that names
// the file. And outputs that cannot be made: 73, and what is there stays.

import Glibc
import Testing

extension EndToEnd {
  @Suite(.timeLimit(.minutes(20))) struct BadFileTests {
    // MARK: Input

    /// A version 1 .npy file with this header text and these bytes behind it.
    private static func npy(_ header: String, data: Int, version: UInt8 = 1) -> [UInt8] {
      let text = Array(header.utf8) + [0x0A]
      let length = [UInt8(text.count & 0xFF), UInt8(text.count >> 8)] + (version == 1 ? [] : [0, 0])
      return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + [UInt8](repeating: 0, count: data)
    }

    private static func header(_ descr: String = "'<f8'", order: String = "False", shape: String = "(2, 3)") -> String {
      "{'descr': \(descr), 'fortran_order': \(order), 'shape': \(shape), }"
    }

    static let files: [(name: String, content: [UInt8])] = [
      ("empty.npy", []),
      ("short.npy", [0x93, 0x4E, 0x55]),
      ("headerless.npy", Array(npy(header(), data: 48).prefix(10))),
      ("cut.npy", npy(header(), data: 47)),
      ("long.npy", npy(header(), data: 49)),
      ("version9.npy", npy(header(), data: 48, version: 9)),
      // Twelve bytes that ask for a header of 4 GB.
      ("bomb.npy", [0x93] + Array("NUMPY".utf8) + [2, 0, 0xFF, 0xFF, 0xFF, 0xFF]),
      ("huge.npy", npy(header(shape: "(1000000000, 1000000000)"), data: 48)),
      ("overflow.npy", npy(header(shape: "(4611686018427387904, 8)"), data: 48)),
      ("giant.npy", npy(header(shape: "(99999999999999999999999, 8)"), data: 48)),
      ("negative.npy", npy(header(shape: "(-2, -3)"), data: 48)),
      ("scalar.npy", npy(header(shape: "()"), data: 8)),
      ("cube.npy", npy(header(shape: "(1, 2, 3)"), data: 48)),
      ("object.npy", npy(header("'|O'"), data: 48)),
      ("code.npy", npy(header("__import__('os')"), data: 48)),
      ("deep.npy", npy("{'descr': " + String(repeating: "[", count: 20_000), data: 48)),
      ("int.npy", npy(header("'<i8'"), data: 48)),
      ("complex.npy", npy(header("'<c16'"), data: 96)),
      ("record.npy", npy(header("[('a', '<f8')]"), data: 48)),
      ("keyless.npy", npy("{'descr': '<f8'}", data: 48)),
      ("text.npy", Array("1,2,3\n".utf8)),
      ("pickle.pkl", [0x80, 0x04, 0x95]),
      ("archive.npz", [0x50, 0x4B, 0x03, 0x04, 0x14]),
      ("ragged.csv", Array("1,2\n3\n".utf8)),
      ("words.csv", Array("1,2\n3,four\n".utf8)),
      ("empty.csv", []),
      ("hex.csv", Array("0x1,2\n".utf8)),
      ("overflow.csv", Array("1e999,2\n".utf8)),
      ("nul.tsv", Array("1\t2\n3\t\u{0}4\n".utf8)),
      ("lonely.raw", [UInt8](repeating: 0, count: 48)),
    ]

    @Test(arguments: files.map(\.name)) func badFilesAreRefused(name: String) throws {
      let folder = ScratchFolder()
      folder.write(try #require(Self.files.first { $0.name == name }).content, to: name)
      for arguments in [
        ["compute", "X[i,j]", "--size", "1", "--input", "X=\(name)", "--output", "m.npy"], ["info", name],
      ] {
        // What they claim to hold would fill any machine.
        var line = "ulimit -v 4000000; exec \"$WEFT\""
        for argument in arguments { line += " '\(argument)'" }
        let run = try Command.shell(line, in: folder).run()
        expectRefusal(run, code: 65, [name], "\(arguments)")
        #expect(run.seconds < 1, "\(arguments)")
        expectClean(run, folder)
      }
      #expect(folder.names == [name])
    }

    @Test func otherThingsThanFilesAreRefused() throws {
      let folder = ScratchFolder()
      unsafe mkdir(folder["folder.npy"], 0o755)
      unsafe mkfifo(folder["pipe.npy"], 0o644)
      unsafe symlink("round.npy", folder["round.npy"])
      for name in [
        "folder.npy", "pipe.npy", "round.npy", "missing.npy", "missing/m.npy", "/dev/zero", "/dev/null", "plain",
      ] {
        if name == "plain" { folder.write("1,2\n", to: name) }
        for arguments in [["compute", "X[i,j]", "--size", "1", "--input", "X=\(name)"], ["info", name]] {
          var command = Command.weft(arguments, in: folder)
          command.limit = 10
          // "plain" could be read, if only its name told how.
          expectRefusal(try command.run(), code: name == "plain" ? 64 : 65, [name], "\(arguments)")
        }
      }
    }

    @Test func sidecarsThatLieAreRefused() throws {
      let folder = ScratchFolder()
      let made = try Command.weft(["compute", "i", "--rows", "2", "--columns", "3", "--output", "m.raw"], in: folder)
        .run()
      #expect(made.code == 0)
      let good = try #require(folder.text("m.raw.json"))
      let changes = [
        ("\"rows\": 2", "\"rows\": 3"), ("\"rows\": 2", "\"rows\": -2"),
        ("\"rows\": 2", "\"rows\": 4611686018427387904"),
        ("\"rows\": 2", "\"rows\": \"2\""), ("float64", "float16"), ("little", "big"), ("}", ""), ("weft-raw", "other"),
        ("{", String(repeating: "[", count: 5_000) + "{"),
      ]
      for (from, to) in changes {
        let changed = good.split(separator: from, maxSplits: 1, omittingEmptySubsequences: false).joined(separator: to)
        try #require(changed != good)
        folder.write(changed, to: "m.raw.json")
        expectRefusal(try Command.weft(["info", "m.raw"], in: folder).run(), code: 65, ["m.raw"], "\(from) → \(to)")
      }
    }

    /// A misspelt name or a wrong index is found before the matrix is read.
    @Test func aFileThatIsCutShortMeanwhileIsNoCrash() throws {
      let folder = ScratchFolder()
      let made = try Command.weft(["compute", "i", "--size", "400", "--output", "x.npy"], in: folder).run()
      #expect(made.code == 0)
      var command = SlowRun.command(seconds: 0.5, ["--output", "m.npy"], in: folder)
      command.arguments[1] = "i*1000+j+0*X[i,j]"
      command.arguments += ["--input", "X=x.npy"]
      let running = try command.start()
      Clock.sleep(0.2)
      unsafe truncate(folder["x.npy"], 1000)
      expectGolden(running.wait(), folder, is: try SlowRun.golden(), "read into memory of its own")
    }

    // MARK: Output

    private func refused(_ output: String, in folder: ScratchFolder, _ more: [String] = [], says words: [String]) throws
    {
      for mode in [["--workers", "2"], ["--in-process"]] {
        let run = try Command.weft(["compute", "i", "--size", "4", "--output", output] + more + mode, in: folder).run()
        expectRefusal(run, code: 73, words, output)
        expectClean(run, folder, output)
      }
    }

    @Test func existingFilesStay() throws {
      let folder = ScratchFolder()
      folder.write("old", to: "m.npy")
      folder.write("old", to: "m.raw.json")
      try refused("m.npy", in: folder, says: ["m.npy", "--force"])
      try refused("m.raw", in: folder, says: ["m.raw.json", "--force"])
      unsafe symlink("m.npy", folder["link.npy"])
      try refused("link.npy", in: folder, says: ["link.npy", "--force"])
      #expect(folder.text("m.npy") == "old" && folder.text("m.raw.json") == "old")
      #expect(folder.names == ["link.npy", "m.npy", "m.raw.json"])
      // A failed computation leaves it too, --force or not.
      let failed = try Command.weft(["compute", "log(i-2)", "--size", "4", "--output", "m.npy", "--force"], in: folder)
        .run()
      expectRefusal(failed, code: 65)
      #expect(folder.text("m.npy") == "old")
    }

    /// Another process takes the name during the run: the kernel decides who has it.
    @Test func aFileThatAppearsMeanwhileStays() throws {
      let folder = ScratchFolder()
      let running = try SlowRun.command(seconds: 0.6, ["--output", "m.npy"], in: folder).start()
      Clock.sleep(0.3)
      folder.write("other", to: "m.npy")
      let run = running.wait()
      expectRefusal(run, code: 73, ["m.npy", "--force"])
      expectClean(run, folder)
      #expect(folder.text("m.npy") == "other")
    }

    @Test func aFolderThatGoesMeanwhileIsAnError() throws {
      let folder = ScratchFolder()
      unsafe mkdir(folder["sub"], 0o755)
      let running = try SlowRun.command(seconds: 0.6, ["--output", "sub/m.npy"], in: folder).start()
      Clock.sleep(0.3)
      folder.remove("sub")
      let run = running.wait()
      expectRefusal(run, code: 73, ["sub"])
      expectClean(run, folder)
      #expect(folder.names.isEmpty)
    }

    @Test func whatIsNoPlaceForAFileIsRefused() throws {
      let folder = ScratchFolder()
      unsafe mkdir(folder["folder.npy"], 0o755)
      folder.write("", to: "file")
      unsafe symlink("round.npy", folder["round.npy"])
      try refused("folder.npy", in: folder, says: ["directory"])
      try refused(".", in: folder, ["--format", "npy"], says: ["directory"])
      try refused("", in: folder, ["--format", "npy"], says: ["empty"])
      try refused("missing/m.npy", in: folder, says: ["missing", "does not exist"])
      try refused("file/m.npy", in: folder, says: ["not a directory"])
      try refused("round.npy", in: folder, says: ["symbolic links"])
      try refused(String(repeating: "n", count: 300) + ".npy", in: folder, says: ["too long"])
      try refused("/proc/m.npy", in: folder, says: ["/proc/m.npy"])
      let empty = try Command.weft(["compute", "i", "--rows", "0", "--columns", "3", "--output", "m.csv"], in: folder)
        .run()
      expectRefusal(empty, code: 73, ["0×3", ".npy"])
      #expect(folder.names == ["file", "folder.npy", "round.npy"])
    }

    @Test(.enabled(if: !Tool.isRoot || Tool.canBeNobody, "root may write everywhere, and setpriv is not installed"))
    func aFolderWithoutPermissionIsRefused() throws {
      let folder = ScratchFolder()
      unsafe mkdir(folder["locked"], 0o755)
      unsafe chmod(folder["locked"], 0o555)
      unsafe chmod(folder.path, 0o755)
      var command = Command.weft(["compute", "i", "--size", "4", "--output", "locked/m.npy"], in: folder)
      if Tool.isRoot {
        // Where the package lies, nobody may not look.
        Files.write(try #require(Files.bytes(Binary.path)), to: folder["weft"])
        unsafe chmod(folder["weft"], 0o755)
        command.program = folder["weft"]
        command = command.under("setpriv", Tool.nobody)
      }
      let run = try command.run()
      expectRefusal(run, code: 73, ["locked/m.npy", "permission"])
      #expect(Files.names(in: folder["locked"]).isEmpty)
    }
  }
}
