// SPDX-License-Identifier: Apache-2.0
//
// `Engine(.mpi)` in a program of its own, under mpirun, on one host and on two: the suite that every engine passes, one copy of a
// matrix a node, and the ends of ranks. Run by `make test-mpi`.

import Glibc
import Testing

/// The suite as a program (Tests/MPIConformance).
private enum Conformance {
  static let program = unsafe getenv("WEFT_MPI_CONFORMANCE").map { unsafe String(cString: $0) } ?? ""
  static let isThere = !program.isEmpty && Tool.works("mpirun", ["--version"])

  static func command(_ ranks: Int, _ arguments: [String] = [], in folder: ScratchFolder) -> Command {
    var command = MPI.run(["-np", "\(ranks)", program] + arguments, in: folder)
    command.limit = 120
    return command
  }

  /// The names in /dev/shm, but for those of Open MPI's own, which other jobs on this machine have too.
  static var shared: Set<String> { Set(Files.names(in: "/dev/shm").filter { !$0.hasPrefix("vader_segment.") }) }
}

private func expectConformance(_ run: Run) {
  let lines = run.text.split(separator: "\n")
  #expect(run.code == 0 && !run.isHung && run.leftovers.isEmpty, "\(run.summary)")
  #expect(lines.count { $0.hasPrefix("passed  ") } >= 23, "\(run.text)")
  for line in lines where !line.hasPrefix("passed  ") && !line.hasPrefix("memory  ") { Issue.record("\(line)") }
}

extension EndToEnd {
  @Suite(
    .timeLimit(.minutes(20)),
    .enabled(if: Conformance.isThere, "WEFT_MPI_CONFORMANCE or mpirun is missing: 'make test-mpi'"))
  struct MPIConformanceTests {
    @Test(arguments: [1, 2, 3, 5])
    func theEngineConforms(ranks: Int) throws {
      let folder = ScratchFolder()
      let before = Conformance.shared
      expectConformance(try Conformance.command(ranks, in: folder).run())
      #expect(Conformance.shared.subtracting(before) == [])
    }

    @Test(.enabled(if: TwoHosts.canBeMade, TwoHosts.cannotBeMade), arguments: [[1, 1], [2, 3]])
    func theEngineConformsOnTwoHosts(slots: [Int]) throws {
      let folder = ScratchFolder()
      let run = try TwoHosts.run((slots[0], slots[1]), [Conformance.program], in: folder).run()
      expectConformance(run)
      #expect(run.text.contains("for 2 times a matrix"), "\(run.text)")
      #expect(TwoHosts.leftovers(run) == [])
    }

    /// The matrix that ranks share has no name, and goes with the last of them, whatever ends one.
    @Test(arguments: [SIGKILL, SIGSEGV, SIGTERM])
    func aRanksDeathEndsTheJobAndLeavesNothing(signal: Int32) throws {
      let folder = ScratchFolder()
      let before = Conformance.shared
      let running = try Conformance.command(3, ["--endless"], in: folder).start()
      func ranks() -> [pid_t] { MPI.processes("weft-mpi-", of: running) }
      // All of them have mapped the first matrix: an unnamed file.
      func hasBegun(_ pid: pid_t) -> Bool { (Files.text("/proc/\(pid)/maps") ?? "").contains("/dev/shm/#") }
      #expect(Clock.eventually(within: 20) { ranks().count == 3 && ranks().allSatisfy(hasBegun) })
      usleep(500_000)
      let death = Clock.seconds
      kill(try #require(ranks().randomElement()), signal)
      let run = running.wait()
      #expect(run.code != 0 && !run.isHung && Clock.seconds - death < 8 && run.leftovers.isEmpty, "\(run.summary)")
      #expect(Conformance.shared.subtracting(before) == [])
    }

    /// A rank that ends as if all were done is an error of those that go on; one that ends with an error ends the job.
    @Test func aRankThatLeavesKeepsNobodyWaiting() throws {
      let folder = ScratchFolder()
      let orderly = try Conformance.command(3, ["--leaving", "0"], in: folder).run()
      #expect(orderly.code == 0 && !orderly.isHung && orderly.leftovers.isEmpty, "\(orderly.summary)")
      for rank in 0..<2 {
        #expect(orderly.text.contains("rank \(rank): Rank 2 has come to the end of its program"), "\(orderly.text)")
      }
      let failed = try Conformance.command(3, ["--leaving", "3"], in: folder).run()
      #expect(
        failed.code == 3 && !failed.isHung && failed.seconds < 10 && failed.leftovers.isEmpty, "\(failed.summary)")
    }
  }
}
