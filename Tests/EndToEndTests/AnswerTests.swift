// SPDX-License-Identifier: Apache-2.0
//
// What the program says: help, version, the language, the plan, summaries for people and programs, the progress bar.

import Testing

extension EndToEnd {
  @Suite(.timeLimit(.minutes(20))) struct AnswerTests {
    static let computeOptions = [
      "--size", "--rows", "--columns", "--output", "--format", "--workers", "--in-process", "--dtype", "--origin",
      "--let",
      "--input", "--chunk-rows", "--chunk-timeout", "--nonfinite", "--verify", "--force", "--no-sync", "--plan",
      "--json",
      "--quiet", "--progress", "--accuracy",
    ]

    // MARK: Help

    @Test func helpIsCompleteAndCostsNothing() throws {
      for arguments in [["--help"], ["help"], ["-h"], []] {
        let run = try Command.weft(arguments).run()
        #expect(run.code == 0 && run.errors.isEmpty, "\(arguments): \(run.summary)")
        for word in [
          "compute", "explain", "info", "functions", "EXIT CODES", "64", "65", "69", "70", "73", "74", "75", "76",
        ] {
          #expect(run.text.contains(word), "\(arguments): no \(word)")
        }
      }
      for arguments in [["compute", "--help"], ["help", "compute"], ["compute", "i", "--help"]] {
        let run = try Command.weft(arguments).run()
        #expect(run.code == 0 && run.errors.isEmpty, "\(arguments): \(run.summary)")
        for option in Self.computeOptions { #expect(run.text.contains(" \(option)"), "\(arguments): no \(option)") }
      }
      for command in ["explain", "info", "functions"] {
        let run = try Command.weft([command, "--help"]).run()
        #expect(run.code == 0 && run.errors.isEmpty && run.text.contains("USAGE: weft \(command)"))
      }
    }

    @Test func versionIsOneLine() throws {
      let run = try Command.weft(["--version"]).run()
      #expect(run.code == 0 && run.errors.isEmpty)
      #expect(run.text.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil, "\(run.text)")
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionsAreMade(shell: String) throws {
      let run = try Command.weft(["--generate-completion-script", shell]).run()
      #expect(run.code == 0 && run.errors.isEmpty, "\(run.summary)")
      for option in Self.computeOptions {
        #expect(run.text.contains(shell == "fish" ? String(option.dropFirst(2)) : option), "no \(option)")
      }
      guard shell == "bash", Tool.hasBash else { return }
      let folder = ScratchFolder()
      folder.write(run.output, to: "weft.bash")
      let check = try Command("bash", ["-n", folder["weft.bash"]]).run()
      #expect(check.code == 0, "\(check.errors)")
    }

    @Test func functionsAreThoseOfTheLanguage() throws {
      let run = try Command.weft(["functions"]).run()
      #expect(run.code == 0 && run.errors.isEmpty)
      let names = """
        sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh sinpi cospi exp exp2 exp10 expm1 log log2 log10 \
        log1p pow sqrt cbrt hypot abs sign floor ceil round trunc min max mod fma gamma lgamma erf erfc where sum prod
        """.split(separator: " ")
      for name in names { #expect(run.text.contains("  \(name)("), "no \(name)") }
      for word in ["i", "j", "rows", "columns", "pi", "e", "inf", "nan", "1 ulp"] { #expect(run.text.contains(word)) }
      let json = try JSONValue(parsing: try Command.weft(["functions", "--json"]).run().text)
      guard case .array(let functions)? = json["functions"] else {
        Issue.record("no functions in the JSON")
        return
      }
      #expect(Set(names.map(String.init)).isSubset(of: functions.compactMap { $0["name"]?.text }))
    }

    // MARK: Plan and summary

    @Test func aPlanComputesAndWritesNothing() throws {
      let folder = ScratchFolder()
      // No machine has 8 EB: nothing of it may be touched.
      let huge = ["compute", headline, "--size", "1000000000", "--plan", "--workers", "2", "--output", "m.npy"]
      let text = try Command.weft(huge, in: folder).run()
      #expect(text.code == 0 && text.errors.isEmpty, "\(text.summary)")
      for word in ["1000000000×1000000000 float64", "workers    2", "kernels", "memory", "per element"] {
        #expect(text.text.contains(word), "no \(word) in \(text.text)")
      }
      #expect(text.seconds < 5)
      let json = try Command.weft(huge + ["--json"], in: folder).run()
      let plan = try JSONValue(parsing: json.text)
      #expect(plan["rows"]?.integer == 1_000_000_000 && plan["workers"]?.integer == 2)
      #expect(folder.names.isEmpty)
      expectClean(json, folder)
      // What can be refused is refused.
      expectRefusal(try Command.weft(["compute", "sni(i)", "--size", "3", "--plan"]).run(), code: 64, ["\"sin\""])
      folder.write("old", to: "m.npy")
      expectRefusal(try Command.weft(huge, in: folder).run(), code: 73, ["m.npy", "--force"])
      #expect(folder.text("m.npy") == "old")
    }

    @Test func explainingTakesNoTimeAndNoMemory() throws {
      let folder = ScratchFolder()
      // 800 TB; beyond 2²⁶ rows and columns i*j would not be exact.
      let huge = ["explain", headline, "--size", "10000000", "--workers", "2"]
      let text = try Command.weft(huge, in: folder).run()
      #expect(text.code == 0 && text.errors.isEmpty && text.seconds < 5, "\(text.summary)")
      for word in ["pairs", "rotation", "along i+j", "a*b", "0.5000 ulp", "bound by"] {
        #expect(text.text.contains(word), "no \(word) in \(text.text)")
      }
      let json = try Command.weft(huge + ["--json"], in: folder).run()
      #expect(try JSONValue(parsing: json.text)["predicted"]?["boundBy"]?.text != nil)
      expectClean(json, folder)
      // What can be refused is refused, and what an element that is tried cannot be, too.
      expectRefusal(try Command.weft(["explain", "sni(i)", "--size", "3"]).run(), code: 64, ["\"sin\""])
      folder.write("1,2\n", to: "x.csv")
      let outside = ["explain", "X[i, j]", "--size", "3", "--input", "X=x.csv"]
      expectRefusal(try Command.weft(outside, in: folder).run(), code: 65, ["X"])
    }

    @Test func jsonHasExactlyThePromisedKeys() throws {
      let folder = ScratchFolder()
      for output in [["--output", "m.npy"], []] {
        let formula = "sin(i*j)\t+ 0*cos(i)"  // a tab, so that something has to be escaped
        let run = try Command.weft(
          ["compute", formula, "--rows", "30", "--columns", "20", "--workers", "2", "--chunk-rows", "10", "--json"]
            + output,
          in: folder
        ).run()
        #expect(run.code == 0 && run.errors.isEmpty, "\(run.summary)")
        #expect(run.lines.count == 2 && run.lines[1].isEmpty, "one line")
        let json = try JSONValue(parsing: run.text)
        let keys =
          "formula rows columns dtype accuracy bound workers chunks chunksFound retries seconds bytesPerSecond checksum output nonfinite verified"
        #expect(json.keys == keys.split(separator: " ").map(String.init))
        #expect(json["seconds"]?.keys == ["plan", "start", "compute", "validate", "write", "total"])
        #expect(json["formula"]?.text == formula && json["dtype"]?.text == "float64")
        #expect(json["rows"]?.integer == 30 && json["columns"]?.integer == 20)
        #expect(json["workers"]?.integer == 2 && json["chunks"]?.integer == 3 && json["retries"]?.integer == 0)
        #expect(json["nonfinite"]?.integer == 0 && json["verified"]?.text == "sample")
        #expect(json["output"] == (output.isEmpty ? .null : .text("m.npy")))
        #expect(json["checksum"]?.text?.wholeMatch(of: /[0-9a-f]{16}/) != nil)
        let phases = ["plan", "start", "compute", "validate", "write"].compactMap { json["seconds"]?[$0]?.number }
        let total = try #require(json["seconds"]?["total"]?.number)
        #expect(phases.count == 5 && phases.allSatisfy { $0 >= 0 })
        #expect(abs(phases.reduce(0, +) - total) < 1e-3 && total <= run.seconds)
        #expect((json["bytesPerSecond"]?.number ?? 0) > 0)
      }
      let unverified = try Command.weft(["compute", "i", "--size", "3", "--verify", "none", "--json"]).run()
      #expect(try JSONValue(parsing: unverified.text)["checksum"] == .null)
    }

    @Test func theSummaryShowsTheCornerWithoutOutput() throws {
      let run = try Command.weft(["compute", "i*100+j", "--rows", "12", "--columns", "3"]).run()
      #expect(run.code == 0 && run.errors.isEmpty)
      for word in ["12×3 float64, 288 B", "i*100+j", "workers", "chunks", "time", "rate", "checksum", "701.0", "…"] {
        #expect(run.text.contains(word), "no \(word) in \(run.text)")
      }
    }

    @Test func quietIsSilent() throws {
      let folder = ScratchFolder()
      let written = try Command.weft(["compute", "i", "--size", "30", "--output", "m.npy", "--quiet"], in: folder).run()
      #expect(written.code == 0 && written.output.isEmpty && written.errors.isEmpty)
      #expect(folder.names == ["m.npy"])
      let shown = try Command.weft(["compute", "i", "--size", "30", "--quiet"]).run()
      #expect(shown.code == 0 && shown.output.isEmpty && shown.errors.isEmpty)
      let refused = try Command.weft(["compute", "i+", "--size", "30", "--quiet"]).run()
      #expect(refused.code == 64 && !refused.errors.isEmpty, "errors are not summaries")
    }

    // MARK: Progress

    private func slow(_ more: [String], terminal: PseudoTerminal? = nil, name: String = "xterm") throws -> Run {
      var command = SlowRun.command(seconds: 1.5, more, in: ScratchFolder(), environment: ["TERM": name])
      command.environment["COLUMNS"] = "80"
      if let terminal { command.errors = .file(terminal.path) }
      let run = try command.start().wait { terminal?.drain() }
      terminal?.drain()
      #expect(run.code == 0, "\(run.summary)")
      return run
    }

    @Test func aTerminalGetsABarThatGoesAgain() throws {
      let terminal = try #require(PseudoTerminal())
      let run = try slow(["--workers", "4"], terminal: terminal)
      let text = terminal.text
      #expect(text.contains("%") && text.contains("ETA") && text.contains("/s") && text.contains("[##"), "\(text)")
      #expect(text.hasSuffix("\r\u{1b}[K"), "the line is left empty")
      #expect(!text.contains("\n"))
      #expect(run.text.contains("checksum"))
      let percents = text.matches(of: /(\d+)%/).compactMap { Int($0.1) }
      #expect(percents == percents.sorted() && percents.count >= 3, "\(percents)")
    }

    @Test func nobodyElseGetsABar() throws {
      #expect(try slow([]).errors.isEmpty, "a pipe or file")
      let always = try slow(["--progress", "always"])
      #expect(always.errors.contains("%"))
      let terminal = try #require(PseudoTerminal())
      _ = try slow(["--quiet"], terminal: terminal)
      _ = try slow(["--progress", "never"], terminal: terminal)
      _ = try slow([], terminal: terminal, name: "dumb")
      #expect(terminal.bytes.isEmpty, "\(terminal.text)")
      _ = try {
        var short = SlowRun.command(seconds: 0.3, [], in: ScratchFolder(), environment: ["TERM": "xterm"])
        short.errors = .file(terminal.path)
        return try short.run()
      }()
      terminal.drain()
      #expect(terminal.bytes.isEmpty, "a short run: \(terminal.text)")
    }

    @Test func binaryFormatsDoNotGoToATerminal() throws {
      let terminal = try #require(PseudoTerminal())
      for arguments in [["--output", "-"], ["--output", "-", "--format", "raw"], ["--output", "/dev/stdout"]] {
        var command = Command.weft(["compute", "i", "--size", "3"] + arguments)
        command.output = .file(terminal.path)
        let run = try command.run()
        expectRefusal(run, code: 64, ["terminal", "--format csv"])
      }
    }
  }
}
