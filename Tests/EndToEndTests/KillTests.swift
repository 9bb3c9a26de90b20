// SPDX-License-Identifier: Apache-2.0
//
// kill -9 at any time: of workers (F01), which must not show in the result, and of the coordinator (F07, F09), after
// which nothing is left but the old file or the new one. Random times come from a seed that failures print.

import Glibc
import Testing

extension EndToEnd {
  @Suite(.timeLimit(.minutes(20))) struct KillTests {
    @Test func workersKilledEvery50Milliseconds() throws {
      let seconds = Double(Tool.count(2, long: 60))
      let shape = ["\(BusyFormula.formula)", "--columns", "\(BusyFormula.columns)"]
      // Four workers on two processors or more. A row a chunk: a chunk that ends three workers would end the run,
      // rightly.
      let rows = BusyFormula.rows(seconds: 2 * seconds)
      let what = shape + ["--rows", "\(rows)"]
      let folder = ScratchFolder()
      var command = Command.weft(
        ["compute"] + what + ["--workers", "4", "--chunk-rows", "1", "--json", "--output", "m.npy"], in: folder)
      command.limit = 10 * seconds + 60
      let seed: UInt64 = 1
      var random = RandomSource(seed: seed)
      var kills = 0
      let running = try command.start()
      while !running.hasEnded {
        if let victim = running.others.randomElement(using: &random), kill(victim, SIGKILL) == 0 { kills += 1 }
        Clock.sleep(0.05)
        if Clock.seconds - running.start > command.limit { break }
      }
      let run = running.wait()
      expectGolden(run, folder, is: try Golden(what, engine: ["--workers", "2"]), "seed \(seed), \(kills) kills")
      guard run.code == 0 else { return }
      let retries = try JSONValue(parsing: run.text)["retries"]?.integer ?? 0
      #expect(
        kills >= 10 && retries >= kills / 4 && retries <= kills, "\(kills) kills, \(retries) retries, \(run.seconds) s")
    }

    /// Stopped now and then, and continued later: never two writers of one chunk (F06).
    @Test func workersStoppedAndContinued() throws {
      let folder = ScratchFolder()
      let running = try SlowRun.command(
        seconds: 1.5, ["--output", "m.npy", "--json", "--chunk-timeout", "0.4"], in: folder
      ).start()
      #expect(Clock.eventually(within: 5) { running.others.count == 4 })
      Clock.sleep(0.1)
      let victims = running.others.prefix(2)
      for victim in victims { kill(victim, SIGSTOP) }
      Clock.sleep(0.7)
      for victim in victims { kill(victim, SIGCONT) }
      let run = running.wait()
      expectGolden(run, folder, is: try SlowRun.golden())
      #expect(try JSONValue(parsing: run.text)["retries"]?.integer == 2)
    }

    // MARK: The coordinator

    /// The target is old or new as a whole.
    private func expectOldOrNew(_ folder: ScratchFolder, _ golden: Golden, _ what: String) {
      let bytes = folder.bytes("m.npy")
      let isWhole = bytes == golden.bytes || bytes == Array("old".utf8)
      #expect(isWhole, "\(what): \(bytes?.count ?? -1) bytes")
    }

    /// The next run for the same name succeeds, and takes away what the killed one may have left beside it.
    private func expectNextRunCleansUp(_ folder: ScratchFolder, _ shape: [String], _ golden: Golden, _ what: String)
      throws
    {
      let next = try Command.weft(["compute"] + shape + ["--in-process", "--force", "--output", "m.npy"], in: folder)
        .run()
      expectGolden(next, folder, is: golden, "the run after \(what)")
      #expect(folder.names == ["m.npy"])
    }

    @Test func coordinatorKilledWhileWorkersCompute() throws {
      let golden = try SlowRun.golden()
      let seed: UInt64 = 2
      var random = RandomSource(seed: seed)
      for _ in 0..<Tool.count(5, long: 40) {
        let folder = ScratchFolder()
        folder.write("old", to: "m.npy")
        let after = Double.random(in: 0...0.6, using: &random)
        let running = try SlowRun.command(seconds: 0.7, ["--output", "m.npy", "--force"], in: folder).start()
        Clock.sleep(after)
        running.send(SIGKILL)
        let run = running.wait()
        let what = "seed \(seed), killed after \(after) s"
        #expect(run.signal == SIGKILL || run.code == 0, "\(what): \(run.summary)")
        #expect(run.leftovers.isEmpty, "\(what): \(run.summary)")
        #expect(SharedMemoryNames.ours.isEmpty)
        expectOldOrNew(folder, golden, what)
        try expectNextRunCleansUp(folder, SlowRun.shape, golden, what)
      }
    }

    /// A run as it is: start, compute and write within a few hundredths of a second.
    @Test func coordinatorKilledAnywhere() throws {
      let shape = [headline, "--size", "700"]
      let golden = try Golden(shape)
      let seed: UInt64 = 3
      var random = RandomSource(seed: seed)
      let folder = ScratchFolder()
      let command = Command.weft(["compute"] + shape + ["--workers", "3", "--force", "--output", "m.npy"], in: folder)
      let usual = try command.run().seconds
      for _ in 0..<Tool.count(15, long: 300) {
        folder.write("old", to: "m.npy")
        let after = Double.random(in: 0...1.1 * usual, using: &random)
        let running = try command.start()
        Clock.sleep(after)
        running.send(SIGKILL)
        let run = running.wait()
        let what = "seed \(seed), killed after \(after) s"
        #expect(run.leftovers.isEmpty, "\(what): \(run.summary)")
        expectOldOrNew(folder, golden, what)
      }
      #expect(SharedMemoryNames.ours.isEmpty)
      try expectNextRunCleansUp(folder, shape, golden, "all kills")
    }

    /// Killed at its Nth call of each kind: the instants between two steps, which random times hardly ever meet.
    @Test(
      .enabled(if: Tool.hasStrace, "strace is not installed or not permitted"),
      arguments: [
        "clone3,clone,vfork", "socketpair", "pidfd_open", "memfd_create", "fallocate", "sendmsg", "mmap", "ppoll,poll",
        "waitid",
        "pidfd_send_signal",
      ])
    func killedAtASystemCall(calls: String) throws {
      let shape = [headline, "--rows", "90", "--columns", "70"]
      let golden = try Golden(shape)
      let folder = ScratchFolder()
      let command = Command.weft(
        ["compute"] + shape + ["--workers", "3", "--chunk-rows", "5", "--force", "--no-sync", "--output", "m.npy"],
        in: folder)
      for number in 1...Tool.count(3, long: 40) {
        folder.write("old", to: "m.npy")
        // Workers are not traced: the count is the coordinator's own.
        let options = ["-qq", "-o", "/dev/null", "-e", "trace=?\(calls.split(separator: ",").joined(separator: ",?"))"]
        let injection = [
          "-e", "inject=?\(calls.split(separator: ",").joined(separator: ",?")):signal=KILL:when=\(number)",
        ]
        let run = try command.under("strace", options + injection).run()
        let what = "\(calls) \(number)"
        #expect(run.code == 0 || run.signal == SIGKILL, "\(what): \(run.summary)")
        #expect(run.leftovers.isEmpty, "\(what): \(run.summary)")
        expectOldOrNew(folder, golden, what)
        if run.code == 0 { break }
      }
      try expectNextRunCleansUp(folder, shape, golden, calls)
    }
  }
}
