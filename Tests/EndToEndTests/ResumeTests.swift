// SPDX-License-Identifier: Apache-2.0
//
// Runs into a file that are killed, stopped, interrupted or run out of disk: at every instant the target is the old file or
// the new one, and the same command with --resume ends with the bytes of an uninterrupted run.

import Glibc
import Testing

extension EndToEnd {
  @Suite(.timeLimit(.minutes(20))) struct ResumeTests {
    private static let resume = ["--resume", "--force", "--no-sync", "--output", "m.npy"]

    /// The target is whole, and beside it lies nothing but what a resumed run needs.
    private func expectOldOrNew(_ folder: ScratchFolder, _ golden: Golden, _ what: String) {
      let bytes = folder.bytes("m.npy")
      let isWhole = bytes == golden.bytes || bytes == Array("old".utf8)
      #expect(isWhole, "\(what): \(bytes?.count ?? -1) bytes")
      let others = Set(folder.names).subtracting(["m.npy", "m.npy.unfinished", "m.npy.ledger"])
      #expect(others.isEmpty, "\(what): \(others)")
    }

    private func expectDone(_ run: Run, _ folder: ScratchFolder, _ golden: Golden, _ what: String) {
      expectGolden(run, folder, is: golden, what)
      #expect(folder.names == ["m.npy"], "\(what): \(folder.names)")
    }

    /// Killed again and again, until a run comes to its end: each has to find what the ones before it did.
    @Test func killedAgainAndAgain() throws {
      let golden = try SlowRun.golden()
      let seed: UInt64 = 11
      var random = RandomSource(seed: seed)
      for round in 0..<Tool.count(2, long: 15) {
        let folder = ScratchFolder()
        folder.write("old", to: "m.npy")
        var kills = 0
        var last: Run?
        for _ in 0..<60 where last == nil {
          let running = try SlowRun.command(seconds: 1.5, Self.resume + ["--json"], in: folder).start()
          let after = Double.random(in: 0...0.5, using: &random)
          Clock.sleep(after)
          running.send(SIGKILL)
          let run = running.wait()
          let what = "seed \(seed), round \(round), killed after \(after) s"
          #expect(run.leftovers.isEmpty, "\(what): \(run.summary)")
          #expect(SharedMemoryNames.ours.isEmpty, "\(what)")
          expectOldOrNew(folder, golden, what)
          if run.code == 0 { last = run } else { kills += 1 }
        }
        let run = try #require(last, "60 kills were too many")
        expectDone(run, folder, golden, "round \(round)")
        let found = try JSONValue(parsing: run.text)["chunksFound"]?.integer ?? 0
        #expect(kills > 0 && found > 0, "\(kills) kills, \(found) chunks found")
      }
    }

    /// The coordinator or one of its workers killed at the Nth call of each kind (faults.md, 3.2).
    @Test(
      .enabled(if: Tool.hasStrace, "strace is not installed or not permitted"),
      arguments: [
        "openat", "pwrite64", "pread64", "fallocate", "ftruncate", "flock", "fchmod", "linkat", "rename,renameat",
        "unlinkat", "fsync", "close", "sendmsg",
      ])
    func killedAtASystemCall(calls: String) throws {
      let shape = [headline, "--rows", "90", "--columns", "70"]
      let golden = try Golden(shape)
      let names = calls.split(separator: ",").map { "?\($0)" }.joined(separator: ",")
      for overwrites in [true, false] {
        for number in 1...Tool.count(4, long: 40) {
          let folder = ScratchFolder()
          if overwrites { folder.write("old", to: "m.npy") }
          let command = Command.weft(
            ["compute"] + shape + ["--workers", "2", "--chunk-rows", "9", "--resume", "--output", "m.npy"]
              + (overwrites ? ["--force"] : []), in: folder)
          let run = try command.under(
            "strace",
            [
              "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(names)", "-e",
              "inject=\(names):signal=KILL:when=\(number)",
            ]
          ).run()
          let what = "\(calls) \(number)"
          #expect(run.code == 0 || run.signal == SIGKILL || run.code == 75, "\(what): \(run.summary)")
          #expect(run.leftovers.isEmpty, "\(what): \(run.summary)")
          if overwrites || folder.names.contains("m.npy") { expectOldOrNew(folder, golden, what) }
          let next = try Command.weft(["compute"] + shape + Self.resume, in: folder).run()
          expectDone(next, folder, golden, "after \(what)")
          if run.code == 0, run.seconds > 0, number > 1 { break }
        }
      }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func aSignalKeepsWhatIsDone(signal: Int32) throws {
      let golden = try SlowRun.golden()
      let folder = ScratchFolder()
      let running = try SlowRun.command(seconds: 2, Self.resume, in: folder).start()
      #expect(Clock.eventually(within: 5) { folder.names.contains("m.npy.ledger") && running.others.count == 4 })
      Clock.sleep(0.4)
      running.send(signal)
      let run = running.wait()
      #expect(run.signal == signal, "\(run.summary)")
      #expect(run.errors.contains("chunks are kept beside m.npy") && run.errors.contains("--resume"), "\(run.errors)")
      #expect(run.leftovers.isEmpty && Set(folder.names) == ["m.npy.unfinished", "m.npy.ledger"], "\(folder.names)")
      let next = try SlowRun.command(seconds: 0.1, Self.resume + ["--json"], in: folder).run()
      expectDone(next, folder, golden, "after \(signal)")
      #expect(try (JSONValue(parsing: next.text)["chunksFound"]?.integer ?? 0) > 0)
    }

    @Test func theDeadlineComes() throws {
      let golden = try SlowRun.golden()
      let folder = ScratchFolder()
      let late = try SlowRun.command(seconds: 3, Self.resume + ["--deadline", "700ms"], in: folder).run()
      expectRefusal(late, code: 75, ["deadline", "chunks are kept beside m.npy", "--resume"])
      #expect(late.seconds < 2.5, "\(late.seconds)")
      // Without --resume nothing is begun beside it, and nothing thrown away.
      for command in [["--output", "m.npy"], ["--output", "m.npy", "--force"]] {
        let refused = try Command.weft(["compute"] + SlowRun.shape + command, in: folder).run()
        expectRefusal(refused, code: 73, ["m.npy.unfinished", "--resume"])
      }
      let next = try SlowRun.command(seconds: 0.1, Self.resume, in: folder).run()
      expectDone(next, folder, golden, "after the deadline")
    }

    @Test(
      .enabled(if: Tool.hasStrace, "strace is not installed or not permitted"), arguments: ["ENOSPC", "EIO", "EDQUOT"])
    func aFailingDiskKeepsWhatIsDone(error: String) throws {
      let shape = [headline, "--rows", "900", "--columns", "70", "--workers", "2", "--chunk-rows", "9"]
      let golden = try Golden(Array(shape.prefix(5)))
      let folder = ScratchFolder()
      let run = try Command.weft(["compute"] + shape + Self.resume, in: folder).under(
        "strace",
        ["-f", "-qq", "-o", "/dev/null", "-e", "trace=pwrite64", "-e", "inject=pwrite64:error=\(error):when=9"]
      ).run()
      expectRefusal(run, code: 74, ["Writing", "chunks are kept beside m.npy", "--resume"], error)
      #expect(Set(folder.names) == ["m.npy.unfinished", "m.npy.ledger"])
      let next = try Command.weft(["compute"] + shape + Self.resume, in: folder).run()
      expectDone(next, folder, golden, error)
    }

    @Test(.enabled(if: Tool.hasStrace, "strace is not installed or not permitted"), arguments: ["fsync", "renameat"])
    func aFailingEndKeepsAll(call: String) throws {
      let shape = [headline, "--rows", "90", "--columns", "70"]
      let golden = try Golden(shape)
      let folder = ScratchFolder()
      folder.write("old", to: "m.npy")
      let run = try Command.weft(["compute"] + shape + ["--resume", "--force", "--output", "m.npy"], in: folder).under(
        "strace", ["-qq", "-o", "/dev/null", "-e", "trace=\(call)", "-e", "inject=\(call):error=EIO:when=1"]
      ).run()
      expectRefusal(run, code: 74, ["input/output error"], call)
      #expect(Set(folder.names) == ["m.npy", "m.npy.unfinished", "m.npy.ledger"], "\(folder.names)")
      #expect(folder.text("m.npy") == "old")
      let next = try Command.weft(["compute"] + shape + Self.resume + ["--json"], in: folder).run()
      expectDone(next, folder, golden, call)
      let json = try JSONValue(parsing: next.text)
      #expect(json["chunksFound"]?.integer == json["chunks"]?.integer)
    }

    @Test(.enabled(if: Tool.canMount, "mounting a small file system is not permitted"))
    func aFullDiskIsFoundBeforeTheWork() throws {
      let folder = ScratchFolder()
      unsafe mkdir(folder["small"], 0o755)
      let line = """
        mount -t tmpfs -o size=1m tmpfs small || exit 99
        "$WEFT" compute i+j --rows 600 --columns 400 --resume --output small/m.npy; code=$?
        ls -A small > names; exit $code
        """
      let run = try Command.shell(line, in: folder).under("unshare", Tool.privateMounts ?? []).run()
      expectRefusal(run, code: 74, ["small/m.npy", "do not fit"])
      #expect(folder.text("names") == "")
    }

    @Test func whatNeedsAFileSaysSo() throws {
      let folder = ScratchFolder()
      let shape = ["compute", "i+j", "--size", "300"]
      for (options, words) in [
        (["--resume"], ["--resume keeps what is done", "--output NAME.npy"]),
        (["--deadline", "5m", "--output", "-"], ["--deadline keeps", "--output NAME.npy"]),
        (["--memory", "100kB", "--output", "m.csv"], ["720.0 kB is larger than 100.0 kB", "--output NAME.npy"]),
        (["--memory", "100kB"], ["--memory"]),
        (["--memory", "100kB", "--output", "m.npy.gz"], ["--memory", "--output NAME.npy"]),
        (["--resume", "--output", "m.npy.zst"], ["--resume keeps", "--output NAME.npy"]),
      ] {
        expectRefusal(try Command.weft(shape + options, in: folder).run(), code: 64, words, "\(options)")
      }
      #expect(folder.names.isEmpty)
      // What fits needs none.
      #expect(try Command.weft(shape + ["--memory", "1MB", "--output", "m.csv"], in: folder).run().code == 0)
      let streamed = try Command.weft(shape + ["--memory", "100kB", "--output", "m.npy"], in: folder).run()
      expectGolden(streamed, folder, is: try Golden(Array(shape.dropFirst())))
    }
  }
}
