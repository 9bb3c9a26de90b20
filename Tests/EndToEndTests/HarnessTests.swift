// SPDX-License-Identifier: Apache-2.0
//
// The harness itself: what the other tests rely on is that it sees leftovers, hangs and signals.

import Glibc
import Testing

extension EndToEnd {
  @Suite(.timeLimit(.minutes(20))) struct HarnessTests {
    @Test func leftoversAreSeenAndEnded() throws {
      // In a process group and session of its own, with its streams closed: only its environment tells whose it is.
      // The shell stays a moment: a process that is just being replaced by its program shows no environment.
      let run = try Command.shell("setsid sleep 100 < /dev/null > /dev/null 2>&1 & sleep 0.3; exit 3").run()
      #expect(
        run.code == 3 && run.leftovers.count == 1 && run.leftovers.first?.hasSuffix("sleep") == true, "\(run.summary)")
      let ended = run.leftovers.first.flatMap { pid_t(String($0.prefix { $0 != " " })) }
      #expect(Clock.eventually(within: 1) { !Tag.isRunning(ended ?? getpid()) })
    }

    @Test func aHangIsSeenAndEnded() throws {
      var command = Command.shell("trap '' TERM INT; echo started; sleep 100; sleep 100")
      command.limit = 0.3
      let run = try command.run()
      #expect(run.isHung && run.code == -1 && run.seconds < 2 && run.leftovers.isEmpty && run.text == "started\n")
    }

    @Test func codesSignalsAndStreamsAreTold() throws {
      let exit = try Command.shell("echo out; echo error >&2; exit 7").run()
      #expect(exit.code == 7 && exit.signal == nil && exit.text == "out\n" && exit.errors == "error\n")
      let killed = try Command.shell("kill -TERM $$").run()
      #expect(killed.code == 143 && killed.signal == SIGTERM)
      let folder = ScratchFolder()
      folder.write("text", to: "in")
      var reading = Command.shell("cat; pwd; echo $VALUE; ls /proc/self/fd", in: folder, environment: ["VALUE": "a=b"])
      reading.input = .file(folder["in"])
      let run = try reading.run()
      // 3 is the listing's own.
      #expect(run.text == "text\(folder.path)\na=b\n0\n1\n2\n3\n", "\(run.text)")
    }

    @Test func theJSONReaderIsStrict() throws {
      #expect(
        try JSONValue(parsing: " {\"a\": [1, -2.5e-3, \"\\u00e9\\n\"], \"b\": null} ")["a"]
          == .array([.number(1), .number(-0.0025), .text("é\n")]))
      for bad in [
        "", "{", "{\"a\":1,}", "[1 2]", "01", "+1", ".5", "1.", "nan", "\"\u{1}\"", "{a: 1}", "1 2", "\"\\x\"",
      ] {
        #expect(throws: JSONValue.Malformed.self, "\(bad)") { try JSONValue(parsing: bad) }
      }
    }
  }
}
