// SPDX-License-Identifier: Apache-2.0
//
// `weft-mpi` under `mpirun`, on one host: the same bytes as `weft`, whatever the number of ranks; and whatever happens to a rank,
// the job ends soon, with no file under the name, and can be gone on with. Run by `make test-mpi`.

import Glibc
import Testing

extension EndToEnd {
  @Suite(
    .timeLimit(.minutes(20)), .enabled(if: MPI.isThere, "WEFT_MPI_BINARY or mpirun is missing: 'make test-mpi'"))
  struct MPITests {
    /// D1: any number of ranks, also more than there are chunks.
    @Test(arguments: [1, 2, 3, 4, 7])
    func sameBytesAsAlone(ranks: Int) throws {
      for what in [
        [headline, "--size", "300"], ["exp(-i)*j", "--rows", "7", "--columns", "1", "--dtype", "float32"],
        ["a*i+b", "--rows", "1", "--columns", "5000", "--let", "a=0.5", "--let", "b=-1", "--origin", "1"],
        [headline, "--size", "300", "--chunk-rows", "1"], ["i", "--rows", "0", "--columns", "3"],
      ] {
        let folder = ScratchFolder()
        let run = try MPI.compute(ranks, what, in: folder).run()
        expectGolden(run, folder, is: try Golden(what), "\(ranks) ranks, \(what)")
        #expect(folder.names == ["m.npy"])
      }
    }

    @Test func inputsAndReport() throws {
      let folder = ScratchFolder()
      let make = try Command.weft(
        ["compute", "i-j", "--rows", "40", "--columns", "3", "--output", "x.npy", "--quiet"], in: folder
      ).run()
      #expect(make.code == 0)
      let what = ["exp(-sqrt(sum(k,0,2,(X[i,k]-X[j,k])^2)))", "--size", "40", "--input", "X=\(folder["x.npy"])"]
      let golden = try Golden(what)
      let run = try MPI.command(3, ["compute"] + what + ["--output", "m.npy", "--json"], in: folder).run()
      expectGolden(run, folder, is: golden)
      let json = try JSONValue(parsing: run.text)
      #expect(json["checksum"]?.text == golden.checksum && json["workers"]?.integer == 3)
    }

    /// An element without a value on one rank is an error of all, said once.
    @Test func oneRanksErrorIsAllRanks() throws {
      for (formula, code, words) in [
        ("1/(i-290)", 65 as Int32, "are not finite"), ("sum(k, 0, i > 290 ? 1e300*1e300 : 1, k)", 65, "sum"),
      ] {
        let folder = ScratchFolder()
        let run = try MPI.compute(4, [formula, "--size", "300", "--chunk-rows", "8"], in: folder).run()
        #expect(run.code == code && MPI.complaint(run).contains(words), "\(run.summary)")
        #expect(!MPI.complaint(run).contains("\n"), "\(run.summary)")
        expectNoFileOfRanks(run, folder)
      }
    }

    @Test func refusals() throws {
      let folder = ScratchFolder()
      folder.write("old", to: "m.npy")
      for (arguments, code) in [
        (["compute", "sin(i", "--size", "3", "--output", "a.npy"], 64 as Int32), (["compute", "i", "--size", "3"], 64),
        (["compute", "i", "--size", "3", "--output", "a.csv"], 64),
        (["compute", "i", "--size", "3", "--output", "a.npy", "--workers", "2"], 64),
        (["compute", "i", "--size", "3", "--output", "m.npy"], 73),
        (["compute", "i", "--size", "3", "--output", "none/a.npy"], 73), (["invert", "i"], 64),
      ] {
        let run = try MPI.command(2, arguments, in: folder).run()
        #expect(run.code == code && !MPI.complaint(run).isEmpty && !MPI.complaint(run).contains("\n"), "\(run.summary)")
        #expect(!run.isHung && folder.names == ["m.npy"] && folder.text("m.npy") == "old", "\(arguments)")
      }
      for (arguments, word) in [(["--help"], "compute"), (["compute", "--help"], "--deadline")] {
        let help = try MPI.command(2, arguments, in: folder).run()
        #expect(help.code == 0 && help.text.hasPrefix("OVERVIEW: ") && help.text.contains(word), "\(help.summary)")
      }
    }

    /// D3: a rank that is killed, faults or leaves ends the job within seconds; what is done is gone on with.
    @Test(arguments: [SIGKILL, SIGSEGV, SIGTERM])
    func aRanksDeathEndsTheJob(signal: Int32) throws {
      let folder = ScratchFolder()
      let environment = SlowRanks.environment(3, seconds: 12)
      let running = try MPI.compute(3, SlowRanks.arguments, in: folder, environment: environment).start()
      #expect(SlowRanks.hasBegun(folder))
      let death = Clock.seconds
      let victim = try #require(MPI.ranks(of: running).randomElement())
      kill(victim, signal)
      let run = running.wait()
      #expect(run.code != 0 && Clock.seconds - death < 8, "\(run.summary)")
      expectNoFileOfRanks(run, folder)
      let rest = try MPI.compute(2, SlowRanks.arguments + ["--resume"], in: folder).run()
      expectGolden(rest, folder, is: try Golden(SlowRanks.shape))
      #expect(folder.names == ["m.npy"])
    }

    /// What ranks began, workers of one machine end, and the other way round.
    @Test func eitherGoesOnWithTheOthersRest() throws {
      let shape = [
        BusyFormula.formula, "--columns", "\(BusyFormula.columns)", "--rows", "\(BusyFormula.rows(seconds: 5))",
      ]
      let golden = try Golden(shape, engine: ["--workers", "2"])
      let what = shape + ["--chunk-rows", "4"]
      for ranksFirst in [true, false] {
        let folder = ScratchFolder()
        let alone = Command.weft(
          ["compute"] + what + ["--output", "m.npy", "--quiet", "--workers", "2"]
            + (ranksFirst ? ["--resume"] : ["--deadline", "1"]), in: folder)
        let together = MPI.compute(2, what + (ranksFirst ? ["--deadline", "1"] : ["--resume"]), in: folder)
        let first = try (ranksFirst ? together : alone).run()
        #expect(first.code == 75 && folder.names == ["m.npy.ledger", "m.npy.unfinished"], "\(first.summary)")
        expectGolden(try (ranksFirst ? alone : together).run(), folder, is: golden, "ranks first: \(ranksFirst)")
      }
    }

    /// D4: a rank that is stopped holds nobody longer than the deadline and the time an orderly end may take.
    @Test func aStoppedRankEndsWithTheDeadline() throws {
      let folder = ScratchFolder()
      let shape = [
        BusyFormula.formula, "--columns", "\(BusyFormula.columns)", "--rows", "\(BusyFormula.rows(seconds: 4))",
      ]
      let running = try MPI.compute(3, shape + ["--chunk-rows", "4", "--deadline", "3"], in: folder).start()
      #expect(Clock.eventually(within: 20) { (Files.byteCount(folder["m.npy.ledger"]) ?? 0) > 5000 })
      let victim = try #require(MPI.ranks(of: running).last)
      kill(victim, SIGSTOP)
      let run = running.wait()
      #expect(run.code != 0 && run.seconds < 25, "\(run.summary)")
      expectNoFileOfRanks(run, folder)
    }

    /// D7: a file system without room for the file, found before anything is computed.
    @Test(.enabled(if: Tool.canMount, "mounting a small file system is not permitted"))
    func aFullDiskIsAnErrorOfAllRanks() throws {
      let folder = ScratchFolder()
      var command = MPI.command(3, ["compute", "i+j", "--size", "500", "--output", "small/m.npy"], in: folder)
      let words = ([command.program] + command.arguments).map { "'\($0)'" }.joined(separator: " ")
      let line =
        "mkdir small && mount -t tmpfs -o size=1m tmpfs small && { \(words); code=$?; ls -A small; exit $code; }"
      (command.program, command.arguments) = ("unshare", (Tool.privateMounts ?? []) + ["sh", "-c", line])
      let run = try command.run()
      #expect(run.code == 74 && MPI.complaint(run).contains("m.npy"), "\(run.summary)")
      #expect(run.text.isEmpty && !run.isHung && run.leftovers.isEmpty, "\(run.summary)")
    }
  }
}
