// SPDX-License-Identifier: Apache-2.0
//
// Output that fails: full disks and devices, errors of single system calls, a kill between any two of them (F40–F42,
// F23, F37). The exit code says it, one sentence explains it, the old file stays as it was, byte for byte, and nothing
// lies beside it.

import Glibc
import Testing

extension EndToEnd {
  @Suite(.timeLimit(.minutes(20))) struct OutputFaultTests {
    static let shape = ["i*1000+j", "--rows", "300", "--columns", "200"]
    static let compute = ["compute"] + shape + ["--workers", "2"]
    /// A kilobyte that is no matrix.
    static let old = Array(String(repeating: "old file ", count: 100).utf8)

    // MARK: Full

    @Test func aFullDeviceIsAnError() throws {
      let folder = ScratchFolder()
      for format in ["npy", "raw", "csv", "tsv"] {
        let run = try Command.weft(Self.compute + ["--output", "/dev/full", "--format", format], in: folder).run()
        expectRefusal(run, code: 74, ["/dev/full", "no space"], format)
        var command = Command.weft(Self.compute + ["--output", "-", "--format", format], in: folder)
        command.output = .file("/dev/full")
        expectRefusal(try command.run(), code: 74, ["no space"], format)
      }
      // A summary that nobody can read is no success either.
      for arguments in [
        ["compute", "i", "--size", "3"], ["functions"], ["--help"], ["compute", "i", "--size", "3", "--json"],
      ] {
        var command = Command.weft(arguments, in: folder)
        command.output = .file("/dev/full")
        let run = try command.run()
        #expect(run.code == 74, "\(arguments): \(run.summary)")
        expectClean(run, folder)
      }
      // Standard error has nobody to complain to.
      var command = Command.weft(Self.compute + ["--output", "m.npy"], in: folder)
      command.errors = .file("/dev/full")
      #expect(try command.run().code == 0)
    }

    /// A shell line with a mount of its own: whatever it mounts is gone with it.
    private func mounted(_ line: String, in folder: ScratchFolder) throws -> Run {
      try Command.shell(line, in: folder).under("unshare", Tool.privateMounts ?? []).run()
    }

    @Test(.enabled(if: Tool.canMount, "mounting a small file system is not permitted"))
    func aFullDiskKeepsTheOldFile() throws {
      let folder = ScratchFolder()
      unsafe mkdir(folder["small"], 0o755)
      folder.write(Self.old, to: "old")
      let compute = "\"$WEFT\" compute i*1000+j --rows 600 --columns 400 --workers 2"
      for name in ["m.npy", "m.csv", "m.raw"] {
        let run = try mounted(
          """
          mount -t tmpfs -o size=1m tmpfs small && cp old small/\(name) || exit 99
          \(compute) --output small/\(name) --force; code=$?
          cmp old small/\(name) || exit 98
          ls -A small > names
          exit $code
          """, in: folder)
        expectRefusal(run, code: 74, ["small/\(name)", "no space"], name)
        #expect(folder.text("names") == "\(name)\n")
        expectClean(run)
      }
      let run = try mounted("mount -t tmpfs -o size=1m tmpfs small && \(compute) --output - > small/m.npy", in: folder)
      expectRefusal(run, code: 74, ["no space"], "standard output")
    }

    @Test(.enabled(if: Tool.hasPrlimit, "prlimit is not installed"))
    func aFileSizeLimitIsAnError() throws {
      let folder = ScratchFolder()
      folder.write(Self.old, to: "m.csv")
      // The matrix of 0.5 MB fits in the limit, its text does not.
      let text = Command.weft(
        ["compute", "i+j/3", "--rows", "300", "--columns", "200", "--output", "m.csv", "--force"], in: folder)
      expectRefusal(try text.under("prlimit", ["--fsize=600000"]).run(), code: 74, ["m.csv", "ulimit -f"])
      #expect(folder.bytes("m.csv") == Self.old)
      // Shared memory counts as a file.
      let large = Command.weft(["compute", "i", "--size", "1000", "--output", "m.npy"], in: folder)
      expectRefusal(try large.under("prlimit", ["--fsize=1048576"]).run(), code: 69, ["ulimit -f"])
      #expect(folder.names == ["m.csv"])
    }

    // MARK: Small shared memory

    @Test(.enabled(if: Tool.canMount, "mounting a small file system is not permitted"))
    func aSmallSharedMemoryFolderIsNoLimit() throws {
      let folder = ScratchFolder()
      let what = [headline, "--size", "600"]
      let golden = try Golden(what)
      for options in ["size=1m", "size=4k,nr_inodes=2"] {
        let run = try mounted(
          """
          mount -t tmpfs -o \(options) tmpfs /dev/shm || exit 99
          "$WEFT" compute '\(headline)' --size 600 --workers 3 --output m.npy --force
          """, in: folder)
        expectGolden(run, folder, is: golden, options)
      }
    }

    @Test(.enabled(if: Tool.memoryGroup != nil, "memory cgroups (version 1) cannot be made here"))
    func aMemoryGroupsLimitIsRespected() throws {
      let group = "\(try #require(Tool.memoryGroup))/weft-test-\(getpid())"
      try #require(unsafe mkdir(group, 0o755) == 0)
      defer { unsafe rmdir(group) }
      Files.write("100000000", to: "\(group)/memory.limit_in_bytes")
      let folder = ScratchFolder()
      let enter = "echo $$ > \(group)/cgroup.procs && exec \"$WEFT\" compute"
      let large = try Command.shell("\(enter) i --size 4000 --workers 2 --output m.raw", in: folder).run()
      expectRefusal(large, code: 69, ["4000×4000", "needs 1", "cgroup"])
      expectClean(large, folder)
      #expect(folder.names.isEmpty)
      let small = try Command.shell(
        "\(enter) 'i*1000+j' --rows 300 --columns 200 --workers 2 --output m.npy", in: folder
      ).run()
      expectGolden(small, folder, is: try Golden(Self.shape))
      // Into an .npy file it goes piece by piece.
      let streamed = try Command.shell(
        "\(enter) i --size 4000 --workers 2 --no-sync --output s.npy", in: folder
      ).run()
      expectGolden(streamed, folder, "s.npy", is: try Golden(["i", "--size", "4000"]))
      #expect(Files.text("\(group)/memory.oom_control")?.contains("oom_kill 0") == true)
    }

    // MARK: System calls that fail

    struct Failure: CustomTestStringConvertible, Sendable {
      /// What strace injects, and how it is said.
      var injection: String
      var code: Int32
      var words: [String]
      /// There was a file to be replaced.
      var overOld = true
      var options: [String] = []
      var testDescription: String { injection + (overOld ? "" : ", new file") }
    }

    static let failures = [
      Failure(injection: "fsync:error=EIO:when=1", code: 74, words: ["syncing failed", "unchanged"]),
      Failure(injection: "fsync:error=ENOSPC:when=1", code: 74, words: ["syncing failed", "no space"]),
      Failure(injection: "fsync:error=EIO:when=1", code: 74, words: ["syncing failed"], overOld: false),
      Failure(injection: "write:error=EDQUOT:when=1", code: 74, words: ["quota"]),
      Failure(injection: "write:error=ENOSPC:when=2", code: 74, words: ["no space", "unchanged"]),
      Failure(injection: "write:error=EIO:when=2", code: 74, words: ["input/output"]),
      Failure(injection: "write:error=EIO:when=2", code: 74, words: ["input/output"], overOld: false),
      Failure(injection: "write:error=ENOSPC:when=2", code: 74, words: ["no space"], options: ["--no-sync"]),
      Failure(injection: "renameat:error=EIO:when=1", code: 74, words: ["renaming failed", "unchanged"]),
      Failure(injection: "renameat:error=EACCES:when=1", code: 74, words: ["renaming failed", "permission"]),
      Failure(injection: "linkat:error=EIO:when=1", code: 74, words: ["naming failed", "unchanged"]),
      Failure(injection: "linkat:error=ENOSPC:when=1", code: 74, words: ["naming failed"], overOld: false),
      // The third reservation is the file's own; the first two are shared memory.
      Failure(injection: "fallocate:error=ENOSPC:when=3", code: 74, words: ["do not fit"]),
      Failure(injection: "fallocate:error=EDQUOT:when=3", code: 74, words: ["quota"], overOld: false),
    ]

    private func traced(_ injection: String, _ more: [String] = [], in folder: ScratchFolder) throws -> Run {
      let calls = injection.prefix { $0 != ":" }
      let command = Command.weft(Self.compute + ["--output", "m.npy"] + more, in: folder)
      return try command.under(
        "strace", ["-qq", "-o", "/dev/null", "-e", "trace=\(calls)", "-e", "inject=\(injection)"]
      ).run()
    }

    @Test(.enabled(if: Tool.hasStrace, "strace is not installed or not permitted"), arguments: failures)
    func aFailingCallIsAnError(_ failure: Failure) throws {
      let folder = ScratchFolder()
      if failure.overOld { folder.write(Self.old, to: "m.npy") }
      unsafe chmod(folder["m.npy"], 0o640)
      let run = try traced(failure.injection, (failure.overOld ? ["--force"] : []) + failure.options, in: folder)
      expectRefusal(run, code: failure.code, ["m.npy"] + failure.words, failure.injection)
      expectClean(run, folder, failure.injection)
      #expect(folder.bytes("m.npy") == (failure.overOld ? Self.old : nil))
      #expect(folder.names == (failure.overOld ? ["m.npy"] : []))
      if failure.overOld { #expect(Files.mode(folder["m.npy"]) == 0o640) }
    }

    /// The directory's own sync comes after the file is in place: an error, but the file is whole.
    @Test(.enabled(if: Tool.hasStrace, "strace is not installed or not permitted")) func anUnconfirmedNameIsAnError()
      throws
    {
      let folder = ScratchFolder()
      let run = try traced("fsync:error=EIO:when=2", in: folder)
      expectRefusal(run, code: 74, ["complete", "directory could not be synced"])
      #expect(folder.bytes("m.npy") == (try Golden(Self.shape).bytes))
    }

    /// What interrupts or is not there is no failure: the file is written all the same.
    @Test(
      .enabled(if: Tool.hasStrace, "strace is not installed or not permitted"),
      arguments: [
        "fallocate:error=EOPNOTSUPP:when=3", "flock:error=ENOLCK", "fallocate:error=EINTR:when=3",
        "write:error=EINTR:when=2",
        "madvise:error=EINVAL", "fchown:error=EPERM", "access:error=ENOENT",
      ])
    func oddSystemsWorkToo(injection: String) throws {
      let golden = try Golden(Self.shape)
      for old in [false, true] {
        let folder = ScratchFolder()
        if old { folder.write(Self.old, to: "m.npy") }
        expectGolden(try traced(injection, old ? ["--force"] : [], in: folder), folder, is: golden, injection)
        #expect(folder.names == ["m.npy"])
      }
    }

    // MARK: Killed between two calls

    @Test(
      .enabled(if: Tool.hasStrace, "strace is not installed or not permitted"),
      arguments: ["openat", "pwrite64", "write", "fallocate", "fsync", "linkat", "renameat", "flock", "close"],
      ["m.npy", "m.raw"])
    func killedAtACallThereIsOldOrNew(call: String, name: String) throws {
      let folder = ScratchFolder()
      let golden = ScratchFolder()
      #expect(try Command.weft(Self.compute + ["--output", name], in: golden).run().code == 0)
      let command = Command.weft(Self.compute + ["--output", name, "--force"], in: folder)
      var count = 0
      // The first calls are the loader's; the last ones write the file. Both ends are swept.
      let all = try callCount(call, of: command)
      folder.remove(name)
      let some = Tool.count(4, long: all)
      for number in Set((1...max(1, min(some, all)))).union(max(1, all - some + 1)...max(1, all)).sorted() {
        folder.write(Self.old, to: name)
        let run = try command.under(
          "strace",
          ["-qq", "-o", "/dev/null", "-e", "trace=\(call)", "-e", "inject=\(call):signal=KILL:when=\(number)"]
        ).run()
        let what = "\(call) \(number) of \(all)"
        #expect(run.code == 0 || run.signal == SIGKILL, "\(what): \(run.summary)")
        #expect(run.leftovers.isEmpty, "\(what): \(run.summary)")
        let bytes = folder.bytes(name)
        let isWhole = bytes == Self.old || bytes == golden.bytes(name)
        #expect(isWhole, "\(what): \(bytes?.count ?? -1) bytes")
        // A description beside a raw file is the new one, or there is none: never one that is wrong for the elements.
        if name == "m.raw", let text = folder.bytes("m.raw.json") {
          #expect(text == golden.bytes("m.raw.json"), "\(what)")
        }
        count += run.code == 0 ? 0 : 1
      }
      #expect(count > 0 || all == 0, "\(call) was never met")
      #expect(SharedMemoryNames.ours.isEmpty)
      let next = try command.run()
      #expect(next.code == 0, "\(next.summary)")
      #expect(folder.bytes(name) == golden.bytes(name))
      #expect(folder.names == golden.names, "the next run takes away what killed ones left")
    }

    private func callCount(_ call: String, of command: Command) throws -> Int {
      let log = ScratchFolder()
      let run = try command.under("strace", ["-qq", "-o", log["log"], "-e", "trace=\(call)"]).run()
      #expect(run.code == 0, "\(run.summary)")
      return (log.text("log") ?? "").split(separator: "\n").count { $0.hasPrefix("\(call)(") }
    }
  }
}
