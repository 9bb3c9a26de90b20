// SPDX-License-Identifier: Apache-2.0
//
// `weft-mpi` on two hosts (Scripts/two-hosts): the same bytes as on one, and an end that leaves nothing on either, whatever
// happens to the network, to a rank, or to mpirun.

import Glibc
import Testing

extension EndToEnd {
  @Suite(
    .timeLimit(.minutes(20)), .enabled(if: MPI.isThere, MPI.isMissing),
    .enabled(if: TwoHosts.canBeMade, TwoHosts.cannotBeMade))
  struct MPIHostsTests {
    /// D1: as many ranks on one host as on the other, or not.
    @Test(arguments: [(2, 2), (1, 3), (3, 1)]) func sameBytesAsAlone(slots: (Int, Int)) throws {
      for what in [[headline, "--size", "300", "--chunk-rows", "7"], ["exp(-i)*j", "--rows", "7", "--columns", "1"]] {
        let folder = ScratchFolder()
        let run = try TwoHosts.compute(slots, what, in: folder).run()
        expectGolden(run, folder, is: try Golden(what), "\(slots), \(what)")
        #expect(TwoHosts.leftovers(run).isEmpty && folder.names == ["m.npy"], "\(run.summary)")
      }
    }

    /// Runs a slow computation on two ranks of each host, lets something happen to it, and expects its end, the end of all ranks
    /// by themselves, nothing left, and that another run goes on with what is done.
    ///
    /// - Parameters:
    ///   - seconds: within these after `happen`, neither mpirun nor a rank is alive, on whatever host.
    ///   - kinds: what must not be left: processes ("running"), files ("left").
    private func expectEnd(
      within seconds: Double, without kinds: [String] = ["running", "left"],
      _ happen: (RunningCommand) throws -> Void
    ) throws {
      let folder = ScratchFolder()
      let running = try TwoHosts.compute(
        (2, 2), SlowRanks.arguments, in: folder, environment: SlowRanks.environment(4, seconds: 20)
      ).start()
      #expect(SlowRanks.hasBegun(folder) && MPI.ranks(of: running).count == 4)
      try happen(running)
      let isOver = Clock.eventually(within: seconds) {
        (MPI.ranks(of: running) + MPI.processes("mpirun", of: running)).isEmpty
      }
      #expect(isOver, "\(running.others.map(Tag.name))")
      // The network comes back, and nobody with it. Where the script is through, there is no cable any more.
      TwoHosts.setCable(up: true, of: running)
      #expect(MPI.ranks(of: running).isEmpty)
      let run = running.wait()
      #expect(run.code != 0, "\(run.summary)")
      #expect(TwoHosts.leftovers(run, kinds).isEmpty, "\(run.errors)")
      expectNoFileOfRanks(run, folder)
      let rest = try TwoHosts.compute((1, 2), SlowRanks.arguments + ["--resume"], in: folder).run()
      expectGolden(rest, folder, is: try Golden(SlowRanks.shape))
      #expect(folder.names == ["m.npy"])
    }

    /// D5: mpirun and the other host's orted find out that the other does not answer, each by itself (5 s where measured).
    @Test func aPulledCableEndsTheJobOnBothSides() throws {
      try expectEnd(within: 10) { #expect(TwoHosts.setCable(up: false, of: $0)) }
    }

    /// Without the keep-alive, Open MPI waits for minutes. No rank waits longer than the deadline and the ten seconds that an
    /// orderly end may take; mpirun does.
    @Test(.enabled(if: Tool.isLong, "seventeen seconds, of which most is waiting: WEFT_LONG=1"))
    func whoeverIsCutOffEndsWithTheDeadline() throws {
      let folder = ScratchFolder()
      let environment = SlowRanks.environment(4, seconds: 40)
      let running = try TwoHosts.compute(
        (2, 2), SlowRanks.arguments + ["--deadline", "4"], in: folder, environment: environment, options: []
      ).start()
      #expect(SlowRanks.hasBegun(folder) && MPI.ranks(of: running).count == 4)
      #expect(TwoHosts.setCable(up: false, of: running))
      #expect(Clock.eventually(within: 17) { MPI.ranks(of: running).isEmpty }, "\(running.others.map(Tag.name))")
      TwoHosts.setCable(up: true, of: running)
      for mpirun in MPI.processes("mpirun", of: running) { kill(mpirun, SIGKILL) }
      let run = running.wait()
      #expect(MPI.complaint(run).contains("the deadline has come") && run.code != 0, "\(run.summary)")
      #expect(TwoHosts.leftovers(run, ["running"]).isEmpty, "\(run.errors)")
      expectNoFileOfRanks(run, folder)
    }

    /// D3, with a rank on another host than mpirun's.
    @Test func aRankKilledOnAnotherHostEndsTheJob() throws {
      try expectEnd(within: 5) { kill(try #require(MPI.ranks(of: $0).last), SIGKILL) }
    }

    /// The files of a session are orted's to remove: where it is killed they stay, until the next job on that host.
    @Test func anOrtedKilledEndsTheJob() throws {
      try expectEnd(within: 5, without: ["running"]) {
        kill(try #require(MPI.processes("orted", of: $0).last), SIGKILL)
      }
    }

    /// D6, with ranks on hosts that mpirun is not on (2.1 s where measured, as the two above).
    @Test func ranksOnOtherHostsEndWithMpirun() throws {
      try expectEnd(within: 5) { kill(try #require(MPI.processes("mpirun", of: $0).first), SIGKILL) }
    }

    /// D10: somebody who is not root, with a folder for temporary files that is nobody else's, and uneven slots.
    @Test(
      .enabled(if: TwoHosts.canBeMadeByNobody, "another user than root may not be become, or may not make namespaces"))
    func whoIsNotRootMayToo() throws {
      let folder = ScratchFolder()
      // Where this package lies, others may not be allowed to look.
      for (name, path) in [("weft-mpi", MPI.program), ("two-hosts", TwoHosts.script)] {
        try #require(Tool.works("install", ["-m", "755", path, folder[name]]))
      }
      try #require(unsafe mkdir(folder["t"], 0o700) == 0)
      for path in [folder.path, folder["t"]] { try #require(unsafe chown(path, 65534, 65534) == 0) }
      let what = [headline, "--size", "200", "--chunk-rows", "9"]
      let environment = ["OMPI_ALLOW_RUN_AS_ROOT": "", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "", "TMPDIR": folder["t"]]
      let run = try TwoHosts.compute(
        (3, 1), what, in: folder, environment: environment, program: folder["weft-mpi"], script: folder["two-hosts"]
      ).under("setpriv", Tool.nobody).run()
      expectGolden(run, folder, is: try Golden(what))
      #expect(TwoHosts.leftovers(run).isEmpty, "\(run.errors)")
      #expect(Files.owner(folder["m.npy"]) == 65534 && Files.names(in: folder["t"]).isEmpty)
    }
  }
}
