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
    /// - Parameter gone: within this many seconds after `happen`, no rank is alive on either host.
    private func expectEnd(
      gone seconds: Double, _ happen: (RunningCommand) throws -> Void, after: (RunningCommand) -> Void
    )
      throws
    {
      let folder = ScratchFolder()
      let running = try TwoHosts.compute(
        (2, 2), SlowRanks.arguments, in: folder, environment: SlowRanks.environment(4, seconds: 20)
      ).start()
      #expect(SlowRanks.hasBegun(folder))
      #expect(MPI.ranks(of: running).count == 4)
      let start = Clock.seconds
      try happen(running)
      // mpirun's end, and that of the ranks: the script waits for neither to take the hosts away.
      #expect(
        Clock.eventually(within: seconds) {
          (MPI.ranks(of: running) + MPI.processes("mpirun", of: running)).isEmpty
        }, "after \(Clock.seconds - start) s there are \(running.others.map(Tag.name))")
      after(running)
      let run = running.wait()
      #expect(run.code != 0, "\(run.summary)")
      #expect(TwoHosts.leftovers(run).isEmpty, "\(run.errors)")
      expectNoFileOfRanks(run, folder)
      let rest = try TwoHosts.compute((1, 2), SlowRanks.arguments + ["--resume"], in: folder).run()
      expectGolden(rest, folder, is: try Golden(SlowRanks.shape))
      #expect(folder.names == ["m.npy"])
    }

    /// D5: mpirun and orted find out that the other does not answer, each by itself.
    @Test func aPulledCableEndsTheJobOnBothSides() throws {
      try expectEnd(gone: 10) {
        #expect(TwoHosts.setCable(up: false, of: $0))
      } after: { running in
        // Nobody comes back with the network. Where the script is already through, there is no cable any more.
        _ = TwoHosts.setCable(up: true, of: running)
        #expect(MPI.ranks(of: running).isEmpty)
      }
    }

    /// D3, with the rank on the other host.
    @Test(arguments: ["weft-mpi", "orted"]) func aProcessKilledOnOneHostEndsTheJob(name: String) throws {
      try expectEnd(gone: 5) { running in
        kill(try #require(MPI.processes(name, of: running).last), SIGKILL)
      } after: { _ in
      }
    }

    /// D6, with ranks whose mpirun is on neither host.
    @Test func ranksEndWithMpirun() throws {
      try expectEnd(gone: 5) { running in
        kill(try #require(MPI.processes("mpirun", of: running).first), SIGKILL)
      } after: { _ in
      }
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
