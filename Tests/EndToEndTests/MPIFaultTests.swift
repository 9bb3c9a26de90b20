// SPDX-License-Identifier: Apache-2.0
//
// `weft-mpi` on one host, where something goes wrong that is not a rank's death: mpirun is killed, a disk is full for one rank
// alone, a rank is of another version; and counts that are larger than MPI's.

import Glibc
import Testing

extension EndToEnd {
  @Suite(.timeLimit(.minutes(20)), .enabled(if: MPI.isThere, MPI.isMissing))
  struct MPIFaultTests {
    private static let seesAllProcesses = Files.link("/proc/self/ns/pid") == "pid:[4026531836]"

    /// Open MPI's sessions below a folder for temporary files, and the segments of their ranks.
    private struct Sessions {
      let paths: [String]
      let segments: [String]

      init(_ temporary: String) {
        let tops = Files.names(in: temporary).filter { $0.hasPrefix("ompi.") }.map { "\(temporary)/\($0)" }
        paths = tops.flatMap { top in Files.names(in: top).map { "\(top)/\($0)" } }.sorted()
        let jobs = paths.flatMap { path in
          Files.names(in: path).filter { $0.hasPrefix("pmix_dstor_") }.flatMap { Files.names(in: "\(path)/\($0)") }
        }.filter { $0.hasPrefix("smlockseg-") }.compactMap { UInt32($0.dropFirst("smlockseg-".count)) }
        let words = Set(jobs.map { ".\(String($0, radix: 16))." })
        segments = Files.names(in: "/dev/shm").filter { name in
          name.hasPrefix("vader_segment.") && words.contains { name.contains($0) }
        }.sorted()
      }
    }

    /// D6: who is killed cannot clean up. The ranks end, and the next job takes away what is left, and nothing else.
    @Test(.enabled(if: seesAllProcesses, "in a process namespace, nobody can tell that an owner is dead: all stays"))
    func theNextJobSweepsWhatAKilledMpirunLeaves() throws {
      let (folder, other) = (ScratchFolder(), ScratchFolder())
      try #require(unsafe mkdir(folder["t"], 0o700) == 0)
      func start(_ folder: ScratchFolder, seconds: Double) throws -> RunningCommand {
        let environment = SlowRanks.environment(2, seconds: seconds).merging(["TMPDIR": temporary]) { $1 }
        return try MPI.compute(2, SlowRanks.arguments, in: folder, environment: environment).start()
      }
      let temporary = folder["t"]
      let victim = try start(folder, seconds: 60)
      #expect(SlowRanks.hasBegun(folder))
      let living = try start(other, seconds: 6)
      #expect(SlowRanks.hasBegun(other))
      let both = Sessions(temporary)
      #expect(both.paths.count == 2 && both.segments.count == 4, "\(both)")

      let ranks = MPI.ranks(of: victim)
      #expect(ranks.count == 2)
      victim.send(SIGKILL)
      // 1.0 s where measured; 2.6 s where the ranks compute without a pause, and share the CPUs with others.
      #expect(Clock.eventually(within: 4) { !ranks.contains(where: Tag.isRunning) })
      expectNoFileOfRanks(victim.wait(), folder)
      #expect(Sessions(temporary).segments == both.segments)

      let next = try MPI.compute(
        2, SlowRanks.arguments + ["--resume"], in: folder, environment: ["TMPDIR": temporary]
      ).run()
      let golden = try Golden(SlowRanks.shape)
      expectGolden(next, folder, is: golden)
      #expect(folder.names == ["m.npy", "t"])
      let left = Sessions(temporary)
      #expect(left.paths.count == 1 && left.segments.count == 2, "\(left)")
      expectGolden(living.wait(), other, is: golden)
      #expect(Sessions(temporary).paths.isEmpty)
      let gone = both.segments.filter { Files.exists("/dev/shm/\($0)") }
      #expect(gone.isEmpty)
    }

    // MARK: D7

    /// Room that one rank alone does not get, after the whole was reserved: an error of all, said once, and gone on with later.
    ///
    /// - Parameter before: what one rank is started with.
    private func expectErrorOfAll(_ before: [String], words: String) throws {
      let what = ["i*1000+j", "--size", "1000", "--chunk-rows", "10"]
      let golden = try Golden(what)
      // What mpirun tells is one rank's code.
      let telling = ["sh", "-c", "\"$@\"; code=$?; echo $code >> codes; exit $code", "sh"]
      for rank in [0, 2] {
        let folder = ScratchFolder()
        let each = (0..<3).map { (before: telling + ($0 == rank ? before : []), program: MPI.program) }
        // By default mpirun kills the others after the first code that is not 0.
        let run = try MPI.compute(
          each: each, what, options: ["--mca", "orte_abort_on_non_zero_status", "0"], in: folder
        ).run()
        let complaint = MPI.complaint(run)
        #expect(folder.text("codes") == "74\n74\n74\n", "\(run.summary)")
        #expect(complaint.contains(words) && !complaint.contains("\n"), "\(run.summary)")
        #expect(complaint.contains("rank 2") == (rank == 2), "\(run.summary)")
        expectNoFileOfRanks(run, folder)
        folder.remove("codes")
        expectGolden(try MPI.compute(2, what + ["--resume"], in: folder).run(), folder, is: golden)
        #expect(folder.names == ["m.npy"])
      }
    }

    @Test func aFullDiskForOneRankIsAnErrorOfAll() throws {
      try expectErrorOfAll(["env", "WEFT_FAULT=chunk.write:3:errno=ENOSPC"], words: "no space")
    }

    @Test(.enabled(if: Tool.hasPrlimit, "prlimit is not installed")) func oneRanksFileSizeLimitIsAnErrorOfAll() throws {
      try expectErrorOfAll(["prlimit", "--fsize=7000000"], words: "size limit")
    }

    /// What the disk has taken and cannot keep is told by the sync, and to who wrote alone.
    @Test(.enabled(if: Tool.hasStrace, "strace is not installed or not permitted"))
    func oneRanksSyncThatFailsIsAnErrorOfAll() throws {
      let inject = ["-e", "trace=fsync", "-e", "inject=fsync:error=ENOSPC:when=1"]
      try expectErrorOfAll(["strace", "-f", "-qq", "-o", "/dev/null"] + inject, words: "syncing failed")
    }

    /// Why the ranks write by themselves: MPI's own files tell nobody that the disk is full.
    @Test(
      .enabled(if: Tool.canMount, "mounting a small file system is not permitted"),
      .enabled(if: CProgram.canBeBuilt, "mpicc is not installed"))
    func openMPIsOwnFilesLoseNumbersInSilence() throws {
      let folder = ScratchFolder()
      try CProgram.build(CProgram.collectiveWriter, to: folder["writer"])
      try #require(unsafe mkdir(folder["small"], 0o755) == 0)
      let command = MPI.run(
        ["-np", "3", folder["writer"], "small/f", "80000"], options: ["--mca", "io", "ompio"], in: folder)
      let words = ([command.program] + command.arguments).map { "'\($0)'" }.joined(separator: " ")
      var shell = command
      let line = "mount -t tmpfs -o size=1m tmpfs small && \(words); code=$?; cp small/f f; exit $code"
      (shell.program, shell.arguments) = ("unshare", (Tool.privateMounts ?? []) + ["sh", "-c", line])
      let run = try shell.run()
      let bytes = try #require(folder.bytes("f"), "\(run.summary)")
      #expect(bytes.count == 3 * 80_000 * 8)
      // No number that was written is 0.
      let lost = stride(from: 0, to: bytes.count, by: 8).count { bytes[$0..<$0 + 8].allSatisfy { $0 == 0 } }
      #expect(
        run.code == 0 && run.text.split(separator: "\n").sorted() == (0..<3).map { "rank \($0) wrote 80000" }
          && lost > 0,
        """
        Open MPI's own files tell of a full disk now, or lose nothing: the reason why DistributedFileRun.swift writes by \
        itself is gone. \(lost) numbers of 240000 lost; \(run.text) \(run.summary)
        """)
    }

    // MARK: D8

    /// Places in the file beyond 2³¹ bytes.
    @Test(.enabled(if: Files.freeByteCount("/tmp") > 4_000_000_000, "/tmp has less than 4 GB of room"))
    func aFileBeyondTheCountsOfMPI() throws {
      let folder = ScratchFolder()
      let side = 17_000
      var command = MPI.command(
        2, ["compute", "i*17000+j", "--size", "\(side)", "--no-sync", "--output", "m.npy", "--json"], in: folder)
      command.limit = 110
      command.arguments = command.arguments.map { $0 == "50" ? "100" : $0 }
      let run = try command.run()
      try #require(run.code == 0, "\(run.summary)")
      let told = try JSONValue(parsing: run.text)["checksum"]?.text
      #expect(Files.byteCount(folder["m.npy"]) == 128 + side * side * 8)
      for index in [0, 1, side - 1, side, 1 << 28 - 16, 1 << 28 - 15, 1 << 28, side * side - 1] {
        #expect(Files.double(folder["m.npy"], at: 128 + 8 * index) == Double(index))
      }
      let info = try Command.weft(["info", "m.npy", "--json"], in: folder).run()
      #expect(try JSONValue(parsing: info.text)["checksum"]?.text == told, "\(info.summary)")
      #expect(told != nil && run.leftovers.isEmpty)
    }

    /// What ranks send each other goes in pieces: here of 1000 bytes, in the long form of 2³⁰, where counts pass 2³¹.
    @Test(.enabled(if: CProgram.canBeBuilt, "mpicc is not installed")) func messagesGoInPieces() throws {
      let folder = ScratchFolder()
      let sources = "\(Binary.repository)/Sources/CMPI"
      try CProgram.build(
        CProgram.pieces, to: folder["pieces"],
        options: ["-DWEFT_MPI", "-I\(sources)/include", "\(sources)/cmpi.c"]
          + (Tool.isLong ? [] : ["-DCMPI_PIECE=1000"]))
      let counts = Tool.isLong ? [1 << 31 + 5] : [0, 1, 999, 1000, 1001, 2500]
      let run = try MPI.run(["-np", Tool.isLong ? "2" : "3", folder["pieces"]] + counts.map(String.init), in: folder)
        .run()
      #expect(run.code == 0 && run.text == counts.map { "\($0) well\n" }.joined(), "\(run.text) \(run.summary)")
    }

    // MARK: D11

    /// A rank that says it is of another version, wherever it is.
    @Test(arguments: [0, 1, 2]) func anotherVersionIsRefused(rank: Int) throws {
      let folder = ScratchFolder()
      let edit = Command.shell(
        "sed 's/0\\.1\\.0/9.1.0/g' '\(MPI.program)' > other && chmod 755 other", in: folder,
        environment: ["LC_ALL": "C"])
      try #require(try edit.run().code == 0)
      let each = (0..<3).map { (before: [String](), program: $0 == rank ? folder["other"] : MPI.program) }
      let run = try MPI.compute(each: each, ["i", "--size", "3"], in: folder).run()
      #expect(run.code == 76 && MPI.complaint(run).contains("start the same program everywhere"), "\(run.summary)")
      #expect(MPI.complaint(run).contains("9.1.0") && !MPI.complaint(run).contains("\n"), "\(run.summary)")
      #expect(folder.names == ["other"] && !run.isHung && run.leftovers.isEmpty)
    }
  }
}
