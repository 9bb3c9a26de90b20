// SPDX-License-Identifier: Apache-2.0
//
// Ctrl-C, kill and a closed terminal (F10, F11): the program ends by the signal itself, with nothing left behind and
// the old file in place, whoever gets the signal and whenever.

import Glibc
import Testing

extension EndToEnd {
  @Suite(.timeLimit(.minutes(20))) struct SignalTests {
    /// A run that takes half a second, with an old file under its name.
    private func start(_ more: [String] = [], seconds: Double = 0.6, in folder: ScratchFolder) throws -> RunningCommand
    {
      folder.write("old", to: "m.npy")
      return try SlowRun.command(seconds: seconds, ["--output", "m.npy", "--force"] + more, in: folder).start()
    }

    private func expectEnded(_ run: Run, by signal: Int32, _ folder: ScratchFolder, _ what: String) {
      #expect(run.signal == signal && run.code == 128 + signal, "\(what): \(run.summary)")
      #expect(run.output.isEmpty && run.errors.isEmpty, "\(what): \(run.summary)")
      expectClean(run, folder, what)
      #expect(folder.text("m.npy") == "old", "\(what)")
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP], [false, true])
    func aSignalEndsTheRun(signal: Int32, toGroup: Bool) throws {
      // While the program starts, while workers start, in the middle.
      for after in [0, 0.005, 0.015, 0.03, 0.2, 0.4] + (Tool.isLong ? (0..<40).map { Double($0) * 0.01 } : []) {
        let folder = ScratchFolder()
        let running = try start(in: folder)
        Clock.sleep(after)
        _ = toGroup ? running.sendToGroup(signal) : running.send(signal)
        expectEnded(running.wait(), by: signal, folder, "signal \(signal) after \(after) s")
      }
    }

    @Test func withoutWorkersToo() throws {
      for signal in [SIGINT, SIGTERM] {
        let folder = ScratchFolder()
        folder.write("old", to: "m.npy")
        let running = try Command.weft(
          [
            "compute", BusyFormula.formula, "--columns", "\(BusyFormula.columns)", "--rows",
            "\(BusyFormula.rows(seconds: 20))", "--in-process", "--output", "m.npy", "--force",
          ], in: folder
        ).start()
        Clock.sleep(0.3)
        running.send(signal)
        let run = running.wait()
        expectEnded(run, by: signal, folder, "in process")
        #expect(run.seconds < 2)
      }
    }

    /// Computing every element anew takes a hundred times as long as computing it.
    @Test func duringTheValidationToo() throws {
      let folder = ScratchFolder()
      folder.write("old", to: "m.npy")
      let running = try Command.weft(
        ["compute", "sin(i*j)*exp(-i)", "--size", "6000", "--verify", "full", "--output", "m.npy", "--force"],
        in: folder
      ).start()
      Clock.sleep(1.5)
      #expect(!running.hasEnded)
      let sent = Clock.seconds
      running.send(SIGINT)
      expectEnded(running.wait(), by: SIGINT, folder, "full verification")
      #expect(Clock.seconds - sent < 1)
    }

    /// Workers in the middle of a long chunk are told at their next block of rows, not at the chunk's end.
    @Test func busyWorkersStopSoon() throws {
      let folder = ScratchFolder()
      folder.write("old", to: "m.npy")
      let running = try Command.weft(
        [
          "compute", BusyFormula.formula, "--columns", "\(BusyFormula.columns)", "--rows",
          "\(BusyFormula.rows(seconds: 40))", "--chunk-rows", "1000000", "--workers", "2", "--output", "m.npy",
          "--force",
        ], in: folder
      ).start()
      Clock.sleep(0.3)
      running.send(SIGINT)
      let run = running.wait()
      expectEnded(run, by: SIGINT, folder, "busy")
      #expect(run.seconds < 3.5, "\(run.summary)")
    }

    /// Workers that do not answer get two seconds of grace, then SIGKILL.
    @Test func hungWorkersCostTheGraceTime() throws {
      let folder = ScratchFolder()
      let running = try start(["--chunk-timeout", "none"], seconds: 90_000, in: folder)
      Clock.sleep(0.3)
      running.send(SIGTERM)
      let run = running.wait()
      expectEnded(run, by: SIGTERM, folder, "hung")
      #expect(run.seconds > 2 && run.seconds < 4, "\(run.summary)")
    }

    @Test func theSecondSignalEndsAtOnce() throws {
      for (first, second) in [(SIGINT, SIGINT), (SIGINT, SIGTERM), (SIGHUP, SIGINT)] {
        let folder = ScratchFolder()
        let running = try start(["--chunk-timeout", "none"], seconds: 90_000, in: folder)
        Clock.sleep(0.3)
        running.send(first)
        Clock.sleep(0.2)
        #expect(!running.hasEnded, "the first waits for workers")
        running.send(second)
        let run = running.wait()
        expectEnded(run, by: second, folder, "\(first), then \(second)")
        #expect(run.seconds < 1.2, "\(run.summary)")
      }
    }

    @Test func whoIgnoredASignalKeepsIgnoringIt() throws {
      let golden = try SlowRun.golden()
      for (signal, trap) in [(SIGHUP, "HUP"), (SIGINT, "INT")] {
        let folder = ScratchFolder()
        let line =
          "trap '' \(trap); exec \"$WEFT\" \(SlowRun.arguments.map { "'\($0)'" }.joined(separator: " ")) --output m.npy"
        let running = try Command.shell(line, in: folder, environment: SlowRun.environment(seconds: 0.8)).start()
        for _ in 0..<5 {
          Clock.sleep(0.1)
          running.sendToGroup(signal)
        }
        expectGolden(running.wait(), folder, is: golden, trap)
      }
    }

    @Test(.enabled(if: Tool.works("nohup", ["true"]), "nohup is not installed"))
    func nohupOutlivesTheTerminal() throws {
      let folder = ScratchFolder()
      let command = SlowRun.command(seconds: 0.6, ["--output", "m.npy"], in: folder)
      let running = try command.under("nohup", []).start()
      Clock.sleep(0.3)
      running.sendToGroup(SIGHUP)
      expectGolden(running.wait(), folder, is: try SlowRun.golden())
    }

    /// Waiting for the reader of a pipe is not waiting for ever.
    @Test func aPipeWithoutReaderCanBeInterrupted() throws {
      let folder = ScratchFolder()
      unsafe mkfifo(folder["pipe.npy"], 0o644)
      let running = try Command.weft(["compute", "i", "--size", "4", "--output", "pipe.npy"], in: folder).start()
      Clock.sleep(0.4)
      #expect(!running.hasEnded)
      running.send(SIGINT)
      let run = running.wait()
      #expect(run.signal == SIGINT, "\(run.summary)")
      #expect(run.seconds < 1)
      expectClean(run, folder)
    }

    /// While a large file is being written and synced.
    @Test func whileWriting() throws {
      let shape = ["i-j", "--rows", "3000", "--columns", "1000"]
      let golden = try Golden(shape)
      let folder = ScratchFolder()
      let command = Command.weft(
        ["compute"] + shape + ["--workers", "2", "--force", "--output", "m.npy", "--json"], in: folder)
      let usual = try command.run()
      let writing = try #require(try JSONValue(parsing: usual.text)["seconds"]?["write"]?.number)
      let seed: UInt64 = 4
      var random = RandomSource(seed: seed)
      for _ in 0..<Tool.count(8, long: 100) {
        folder.write("old", to: "m.npy")
        let after = usual.seconds - Double.random(in: 0...writing + 0.02, using: &random)
        let running = try command.start()
        Clock.sleep(after)
        running.send(SIGINT)
        let run = running.wait()
        let what = "seed \(seed), INT after \(after) s"
        // Too late to stop is done; in between there is nothing.
        let bytes = folder.bytes("m.npy")
        if run.code == 0 {
          #expect(bytes == golden.bytes, "\(what)")
        } else {
          #expect(run.signal == SIGINT, "\(what): \(run.summary)")
          let isWhole = bytes == golden.bytes || bytes == Array("old".utf8)
          #expect(isWhole, "\(what)")
        }
        expectClean(run, folder, what)
      }
    }
  }
}
