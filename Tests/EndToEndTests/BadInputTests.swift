// SPDX-License-Identifier: Apache-2.0
//
// Bad input, one row a mistake: the exit code, one clear sentence on standard error, nothing on standard output, and no
// file made or changed. Bad files are in BadFileTests.

import Glibc
import Testing

extension EndToEnd {
  @Suite(.timeLimit(.minutes(20))) struct BadInputTests {
    struct Mistake: CustomTestStringConvertible, Sendable {
      var arguments: [String]
      var code: Int32
      var words: [String]

      init(_ arguments: String..., code: Int32 = 64, says words: [String]) {
        (self.arguments, self.code, self.words) = (arguments, code, words)
      }

      var testDescription: String { arguments.joined(separator: " ").prefix(60) + "" }
    }

    static let formulas: [Mistake] = [
      Mistake("", "--size", "4", says: ["empty"]),
      Mistake("i+", "--size", "4", says: ["^"]),
      Mistake("(i+j", "--size", "4", says: ["^"]),
      Mistake("i+j)", "--size", "4", says: ["^"]),
      Mistake("i $ j", "--size", "4", says: ["^"]),
      Mistake("1e400", "--size", "4", says: ["1e400"]),
      Mistake("sni(i)", "--size", "4", says: ["\"sni\"", "did you mean \"sin\"?", "^~~"]),
      Mistake("i + alhpa", "--let", "alpha=1", "--size", "4", says: ["\"alhpa\"", "did you mean \"alpha\"?"]),
      Mistake("frobnicate + 1", "--size", "4", says: ["\"frobnicate\""]),
      Mistake("sin(i, j)", "--size", "4", says: ["sin takes 1 argument, not 2"]),
      Mistake("atan2(i)", "--size", "4", says: ["atan2 takes 2 arguments, not 1"]),
      Mistake("sin()", "--size", "4", says: ["sin"]),
      Mistake("sum(k, 0, 3)", "--size", "4", says: ["sum"]),
      Mistake("sum(k, 0, 1e300, 1)", "--size", "4", says: ["sum"]),
      Mistake("X[i, j]", "--size", "4", says: ["X"]),
      Mistake("i", "--let", "a=1", "--size", "4", says: ["a is not used"]),
      Mistake(String(repeating: "(", count: 100_000) + "1", "--size", "4", says: ["65536"]),
      Mistake(String(repeating: "(", count: 60_000) + "1", "--size", "4", says: ["256"]),
      Mistake("1" + String(repeating: "-", count: 60_000) + "1", "--size", "4", says: ["256"]),
      Mistake(String(repeating: "sin(", count: 5_000) + "1", "--size", "4", says: ["256"]),
      Mistake("1" + String(repeating: "+1", count: 33_280), "--size", "4", says: ["65536"]),
      Mistake("1 2", "--size", "4", says: []),
      Mistake("日本 + 1", "--size", "4", says: ["^"]),
    ]

    static let options: [Mistake] = [
      Mistake("i", says: ["--size"]),
      Mistake("i", "--rows", "3", says: ["--columns"]),
      Mistake("i", "--columns", "3", says: ["--rows"]),
      Mistake("i", "--size", "3", "--rows", "3", says: ["--size"]),
      Mistake("i", "--size", "-3", says: ["-3"]),
      Mistake("i", "--rows", "-1", "--columns", "3", says: ["-1"]),
      Mistake("i", "--size", "3.5", says: ["3.5"]),
      Mistake("i", "--size", "", says: ["--size"]),
      Mistake("i", "--size", "99999999999999999999", says: ["99999999999999999999"]),
      Mistake("i", "--rows", "2147483648", "--columns", "9223372036854775807", says: ["address space"]),
      Mistake("i", "--rows", "4611686018427387904", "--columns", "3", says: ["address space"]),
      Mistake("i", "--size", "3", "--workers", "0", says: ["--workers", "'0'"]),
      Mistake("i", "--size", "3", "--workers", "-2", says: ["--workers"]),
      Mistake("i", "--size", "3", "--workers", "1025", says: ["1024"]),
      Mistake("i", "--size", "3", "--workers", "two", says: ["'two'"]),
      Mistake("i", "--size", "3", "--workers", "2", "--in-process", says: ["--in-process"]),
      Mistake("i", "--size", "3", "--origin", "2", says: ["--origin", "'2'"]),
      Mistake("i", "--size", "3", "--dtype", "float16", says: ["float64 or float32", "'float16'"]),
      Mistake("i", "--size", "3", "--nonfinite", "maybe", says: ["error or allow"]),
      Mistake("i", "--size", "3", "--verify", "all", says: ["none, sample or full"]),
      Mistake("i", "--size", "3", "--chunk-rows", "0", says: ["--chunk-rows"]),
      Mistake("i", "--size", "3", "--chunk-timeout", "0", says: ["--chunk-timeout"]),
      Mistake("i", "--size", "3", "--chunk-timeout", "soon", says: ["'soon'"]),
      Mistake("i", "--size", "3", "--progress", "loud", says: ["auto, always or never"]),
      Mistake("i", "--size", "3", "--format", "npy", says: ["--output"]),
      Mistake("i", "--size", "3", "--format", "xls", "--output", "m.npy", says: ["'xls'"]),
      Mistake("i", "--size", "3", "--output", "m.xls", says: ["m.xls", ".npy"]),
      Mistake("i", "--size", "3", "--let", "a", says: ["NAME=VALUE"]),
      Mistake("i", "--size", "3", "--let", "=1", says: ["NAME=VALUE"]),
      Mistake("i", "--size", "3", "--let", "a=one", says: ["'one'"]),
      Mistake("i", "--size", "3", "--let", "a=", says: ["a"]),
      Mistake("i", "--size", "3", "--let", "a=1e999", says: ["1e999"]),
      Mistake("i+a", "--size", "3", "--let", "a=1", "--let", "a=2", says: ["twice"]),
      Mistake("i+pi", "--size", "3", "--let", "pi=3", says: ["pi"]),
      Mistake("i+1a", "--size", "3", "--let", "1a=3", says: []),
      Mistake("X[i,j]", "--size", "3", "--input", "X", says: ["NAME=PATH"]),
      Mistake("i", "--size", "3", "--frobnicate", says: ["--frobnicate"]),
      Mistake("i", "j", "--size", "3", says: ["j"]),
    ]

    static let data: [Mistake] = [
      Mistake("log(i-2)", "--size", "4", code: 65, says: ["12 of 16", "nan", "i = 0, j = 0", "--nonfinite"]),
      Mistake("1/j", "--size", "4", "--origin", "0", code: 65, says: ["inf"]),
      Mistake(
        "X[i,j]", "--size", "4", "--input", "X=../x.npy", code: 65, says: ["X[", "3 rows and 2 columns", "i = "]),
      Mistake("X[i/2,0]", "--size", "2", "--input", "X=../x.npy", code: 65, says: ["X["]),
      Mistake("X[-1,0]", "--size", "2", "--input", "X=../x.npy", code: 65, says: ["X["]),
      Mistake("X[nan,0]", "--size", "2", "--input", "X=../x.npy", code: 65, says: ["X["]),
      Mistake("X[1e300,0]", "--size", "2", "--input", "X=../x.npy", code: 65, says: ["X["]),
      Mistake("Y[i,0]", "--size", "2", "--input", "X=../x.npy", code: 64, says: ["Y"]),
      Mistake("i", "--size", "2", "--input", "X=../x.npy", code: 64, says: ["X"]),
      Mistake("X[i,0]", "--size", "2", "--input", "X=missing.npy", code: 65, says: ["missing.npy"]),
    ]

    /// Around the folder that must stay empty lies `x.npy`, 3×2.
    private func check(_ mistake: Mistake) throws {
      let folder = ScratchFolder()
      let made = try Command.weft(["compute", "i+j", "--rows", "3", "--columns", "2", "--output", "x.npy"], in: folder)
        .run()
      #expect(made.code == 0)
      unsafe mkdir(folder["here"], 0o755)
      let hasOutput = mistake.arguments.contains("--output") || mistake.arguments.contains("--format")
      for output in hasOutput ? [[]] : [[], ["--output", "m.npy"], ["--in-process", "--output", "m.npy"]] {
        if output.first == "--in-process", mistake.arguments.contains("--workers") { continue }
        var command = Command.weft(["compute"] + mistake.arguments + output)
        command.folder = folder["here"]
        command.limit = 20
        let run = try command.run()
        let what = "\(mistake.testDescription) \(output)"
        expectRefusal(run, code: mistake.code, mistake.words, what)
        expectClean(run, nil, what)
        #expect(run.seconds < 5, "\(what)")
        #expect(Files.names(in: folder["here"]).isEmpty, "\(what)")
        // Ends in a sentence for people, not in a crash report.
        for word in ["Fatal error", "Optional(", "Error(", "Swift"] { #expect(!run.errors.contains(word), "\(what)") }
      }
    }

    @Test(arguments: formulas) func badFormula(_ mistake: Mistake) throws { try check(mistake) }
    @Test(arguments: options) func badOption(_ mistake: Mistake) throws { try check(mistake) }
    @Test(arguments: data) func badData(_ mistake: Mistake) throws { try check(mistake) }

    @Test func unknownCommand() throws {
      expectRefusal(try Command.weft(["frobnicate"]).run(), code: 64, ["frobnicate"])
      expectRefusal(try Command.weft(["compute", "i", "--size"]).run(), code: 64, ["--size"])
      expectRefusal(try Command.weft(["--frobnicate"]).run(), code: 64, ["--frobnicate"])
      expectRefusal(try Command.weft(["info"]).run(), code: 64, ["path"])
    }

    /// A million parentheses do not fit in one argument of a program, but 130,000 do.
    @Test func theLongestArgumentIsNoTrouble() throws {
      for (piece, end) in [("(", "1"), ("!", "i"), ("i^", "i"), ("i?", "1"), ("abs(", "i")] {
        let formula = String(repeating: piece, count: 130_000 / piece.utf8.count) + end
        let run = try Command.weft(["compute", formula, "--size", "2"]).run()
        expectRefusal(run, code: 64, ["65536"], piece)
        #expect(run.seconds < 5)
      }
    }

    // MARK: Memory

    /// Under a limit of its own on address space and file size, lest a broken check fill the machine's memory.
    private func limited(_ arguments: [String], kilobytes: Int, in folder: ScratchFolder) throws -> Run {
      try Command.shell(
        "ulimit -v \(kilobytes); ulimit -f 2097152; exec \"$WEFT\" compute i \(arguments.joined(separator: " "))",
        in: folder
      ).run()
    }

    @Test func moreThanTheAddressSpaceIsRefused() throws {
      let folder = ScratchFolder()
      for output in ["", "--output m.raw", "--in-process", "--workers 3 --output m.csv"] {
        let run = try limited(["--size", "16000", output], kilobytes: 2_000_000, in: folder)
        expectRefusal(run, code: 69, ["16000×16000", "needs 2.1 GB", "2.0 GB are there", "ulimit -v"], output)
        #expect(run.seconds < 2, "refused before anything is allocated")
        expectClean(run, folder)
      }
      #expect(folder.names.isEmpty)
    }

    /// Into an .npy file, which takes it piece by piece.
    @Test func whatDoesNotFitMemoryGoesToItsFile() throws {
      let folder = ScratchFolder()
      let run = try limited(
        ["--size", "8000", "--output m.npy", "--workers 2", "--no-sync"], kilobytes: 400_000, in: folder)
      #expect(run.code == 0, "\(run.summary)")
      #expect(folder.names == ["m.npy"])
      let check = try Command.weft(["info", "m.npy", "--json"], in: folder).run()
      let json = try JSONValue(parsing: check.text)
      #expect(json["max"]?["value"]?.number == 7999 && json["mean"]?.number == 3999.5)
      // One that no disk holds is refused before anything is computed.
      let vast = try limited(["--size", "600000000", "--output v.npy"], kilobytes: 400_000, in: folder)
      #expect(vast.code == 69 || vast.code == 74, "\(vast.summary)")
      #expect(folder.names == ["m.npy"] && vast.seconds < 5)
    }

    @Test func moreThanTheMachineIsRefused() throws {
      let folder = ScratchFolder()
      // 8 TB, and 3 EB: no overflow on the way to the refusal.
      for (size, need) in [("1000000", "8.0 TB"), ("600000000", "2.9 EB")] {
        for mode in ["--workers 2", "--in-process", "--workers 1024"] {
          let run = try Command.shell(
            "ulimit -f 2097152; exec \"$WEFT\" compute i --size \(size) \(mode) --output m.raw", in: folder
          ).run()
          expectRefusal(run, code: 69, ["\(size)×\(size)", "needs \(need)", "are there"], mode)
          #expect(run.seconds < 2, "refused before anything is allocated")
          expectClean(run, folder)
        }
      }
      #expect(folder.names.isEmpty)
    }
  }
}
