// SPDX-License-Identifier: Apache-2.0
//
// Linear algebra over ranks: every operation on every kind of edge, the same operands to the bit for any grid, answers in files,
// and what is refused. What ScaLAPACK finds depends on the grid in its last bits; so answers are held against the matrix.

import Glibc
import Testing

extension EndToEnd {
  @Suite(.timeLimit(.minutes(20)), .enabled(if: MPI.isThere, MPI.isMissing))
  struct MPIAlgebraTests {
    /// A matrix that is symmetric and positive definite, whatever its size.
    private static let definite = "exp(-abs(i-j)/9)"

    private static func json(_ run: Run) throws -> JSONValue {
      try #require(run.code == 0 && !run.isHung, "\(run.summary)")
      return try JSONValue(parsing: run.text)
    }

    /// Ranks and sides for blocks of 16; all of them in the long form.
    private static let sizes =
      Tool.isLong
      ? [1, 4, 6].flatMap { ranks in [1, 15, 16, 17, 65].map { (ranks, $0) } }
      : [(1, 17), (4, 1), (4, 15), (4, 16), (4, 17), (6, 65)]

    /// D2: 1×1, smaller than a block, a block and one more or less, ranks without a block.
    @Test(arguments: sizes)
    func everyOperationIsExactUpToRounding(ranks: Int, n: Int) throws {
      let size = ["--size", "\(n)"], folder = ScratchFolder()
      let tasks = [
        ("solve", ["--formula", "sin(i*j+1)+3*(i==j)"] + size + ["--formula-b", "i-j", "--columns-b", "3"]),
        ("solve", ["--formula", Self.definite] + size + ["--formula-b", "cos(i)", "--assume", "positive-definite"]),
        (
          "multiply",
          ["--formula", "sin(i-2*j)", "--rows", "\(n)", "--columns", "21"] + [
            "--formula-b", "i+j", "--columns-b", "\(n)",
          ]
        ),
        (
          "multiply",
          ["--transpose-a", "--formula", "sin(i-2*j)", "--rows", "33", "--columns", "\(n)", "--formula-b", "cos(i)"]
        ),
        ("lstsq", ["--formula", "sin(i*j+1)+(i==j)", "--rows", "\(n + 20)", "--columns", "\(n)", "--formula-b", "i"]),
        ("cholesky", ["--formula", Self.definite] + size),
        ("qr", ["--formula", "sin(i*j+i)", "--rows", "\(n)", "--columns", "33"]),
        ("qr", ["--formula", "sin(i*j+i)", "--rows", "50", "--columns", "\(n)"]),
        ("svd", ["--formula", "sin(i*j+i)", "--rows", "\(n)", "--columns", "33"]),
        ("svd", ["--formula", "sin(i*j+i)", "--rows", "50", "--columns", "\(n)"]),
        ("eigen", ["--formula", "sin(i*j)"] + size), ("eigen", ["--values", "--formula", "sin(i*j)"] + size),
      ]
      let runs = try MPI.runAll(
        tasks.map { MPI.command(ranks, [$0.0] + $0.1 + ["--block", "16", "--json"], in: folder) })
      for ((what, options), run) in zip(tasks, runs) {
        let found = try Self.json(run)
        let limit = what == "solve" ? 1e-14 : 30
        if !options.contains("--values") {
          #expect(try #require(found["residual"]?.number) < limit, "\(what) \(options): \(run.text)")
        }
        if ["qr", "svd", "eigen"].contains(what), !options.contains("--values") {
          #expect(try #require(found["orthogonality"]?.number) < 30, "\(what) \(options): \(run.text)")
        }
      }
    }

    /// D1: blocks are computed with the bits of the whole matrix, on any grid.
    @Test(arguments: [(1, "1x1", "64"), (2, "2x1", "7"), (3, "1x3", "64"), (4, "2x2", "1"), (7, "7x1", "100")])
    func operandsHaveTheChecksumOfOneMachine(ranks: Int, grid: String, block: String) throws {
      let folder = ScratchFolder()
      for what in [
        [headline, "--size", "300"],
        ["a*exp(-i)*j", "--rows", "70", "--columns", "1", "--let", "a=0.5", "--origin", "1"],
        ["sin(i)*cos(j)+sin(i+2*j)", "--rows", "9", "--columns", "900", "--accuracy", "best"],
      ] {
        let golden = try Golden(what)
        let run = try MPI.command(
          ranks, ["qr", "--formula"] + what + ["--grid", grid, "--block", block, "--json"], in: folder
        ).run()
        let found = try Self.json(run)
        #expect(found["operands"]?.elements?.first?["checksum"]?.text == golden.checksum, "\(what)")
        #expect(found["grid"]?.text == grid && found["block"]?.integer == Int(block))
      }
    }

    /// Files are read by all ranks and written by all ranks: times one, a matrix is the same bytes.
    @Test(arguments: [1, 3, 4, 5])
    func filesComeThroughUnchanged(ranks: Int) throws {
      for (rows, columns, name) in [(37, 53, "a.npy"), (200, 3, "a.csv"), (2, 700, "a.npy")] {
        let folder = ScratchFolder()
        let what = ["sin(i*j)+2", "--rows", "\(rows)", "--columns", "\(columns)"]
        let golden = try Golden(what)
        let made = try Command.weft(["compute"] + what + ["--output", name, "--quiet"], in: folder).run()
        try #require(made.code == 0, "\(made.summary)")
        let run = try MPI.command(
          ranks,
          [
            "multiply", name, "--formula-b", "i==j", "--columns-b", "\(columns)", "--block", "8", "-o", "m.npy",
            "--json",
          ],
          in: folder
        ).run()
        let found = try Self.json(run)
        #expect(found["operands"]?.elements?.first?["checksum"]?.text == golden.checksum)
        #expect(folder.bytes("m.npy") == golden.bytes, "\(rows)×\(columns) over \(ranks)")
        #expect(folder.names == [name, "m.npy"].sorted())
      }
    }

    /// Answers in files are those of one machine, up to rounding.
    @Test func answersAreThoseOfOneMachine() throws {
      let folder = ScratchFolder()
      for (what, parts) in [("svd", ["s"]), ("eigen", ["values"]), ("cholesky", [])] {
        let arguments = [what, "--formula", Self.definite, "--size", "150"]
        let over = try MPI.command(4, arguments + ["-o", "over.npy", "--quiet"], in: folder).run()
        let alone = try Command.weft(arguments + ["-o", "alone.npy", "--quiet"], in: folder).run()
        try #require(over.code == 0 && alone.code == 0, "\(over.summary)\(alone.summary)")
        for end in parts.isEmpty ? [".npy"] : parts.map({ ".\($0).npy" }) {
          let compared = try Command.weft(
            ["compare", "over" + end, "alone" + end, "--abs", "1e-12"], in: folder
          ).run()
          #expect(compared.code == 0, "\(what): \(compared.summary)")
        }
      }
    }

    /// D9 and its like: an error of one rank, or of the numbers, is an error of all, within a second, said once.
    @Test func errorsAreSaidOnce() throws {
      let folder = ScratchFolder()
      folder.write("old", to: "old.npy")
      let b = ["--formula-b", "i"]
      let cases = [
        (
          ["solve", "--formula", "i==290 && j==250 ? 1/(i-290) : i==j", "--size", "300"] + b, 65 as Int32,
          "in row 290, column 250"
        ),
        (["svd", "--formula", "i==290 && j==250 ? 1/(i-290) : i==j", "--size", "300"], 65, "in row 290, column 250"),
        (["solve", "--formula", "0*i", "--size", "30"] + b, 65, "singular: pivot 0"),
        (["cholesky", "--formula", "i-j", "--size", "30"], 65, "not symmetric"),
        (["cholesky", "--formula", "i==j && i<20", "--size", "30"], 65, "leading minor of order 21"),
        (["eigen", "--formula", "i", "--size", "30"], 65, "not symmetric"),
        (["eigen", "--formula", "i", "--rows", "30", "--columns", "2"], 65, "needs a square matrix"),
        (["solve", "none.npy", "other.npy"], 65, "none.npy"),
        (["solve", "--formula", "i", "--size", "30"], 64, "1 formula"),
        (["qr", "--formula", "i", "--size", "3", "-o", "a.csv"], 64, ".npy"),
        (["cholesky", "--formula", "i==j", "--size", "3", "-o", "old.npy"], 73, "old.npy"),
        (["qr", "--formula", "i", "--size", "3", "--grid", "2x2"], 64, "4 places"),
        (["qr", "--formula", "i", "--size", "3", "--block", "0"], 64, "--block"),
        (["qr", "--formula", "i", "--size", "1000", "--memory", "1MB"], 69, "1.0 MB"),
        // 32-bit integers, found before anything is computed.
        (["qr", "--formula", "i", "--size", "200000"], 69, "use at least 19 ranks"),
        (["qr", "--formula", "i", "--rows", "3000000000", "--columns", "1"], 69, "2147483647"),
      ]
      let runs = try MPI.runAll(cases.map { MPI.command(2, $0.0, in: folder) })
      for ((arguments, code, words), run) in zip(cases, runs) {
        let said = MPI.complaint(run)
        #expect(run.code == code && said.contains(words), "\(arguments): \(run.summary)")
        #expect(
          said.split(separator: "\n").count == 1 && !run.isHung && run.seconds < 8, "\(arguments): \(run.summary)")
        #expect(folder.names == ["old.npy"] && folder.text("old.npy") == "old")
      }
    }

    @Test func withoutTheLibraryThereIsASentence() throws {
      let folder = ScratchFolder()
      let run = try MPI.command(
        2, ["qr", "--formula", "i+j", "--size", "3"], in: folder, environment: ["WEFT_SCALAPACK": "libnone.so"]
      ).run()
      #expect(run.code == 69 && MPI.complaint(run).contains("libnone.so") && !run.isHung, "\(run.summary)")
      #expect(MPI.complaint(run).split(separator: "\n").count == 1, "\(run.summary)")
    }

    /// A rank that is killed in the middle of ScaLAPACK ends the job.
    @Test func aRanksDeathEndsTheJob() throws {
      let folder = ScratchFolder()
      let running = try MPI.command(
        3, ["eigen", "--formula", Self.definite, "--size", "2500", "-o", "m.npy"], in: folder
      ).start()
      #expect(Clock.eventually(within: 20) { MPI.ranks(of: running).count == 3 })
      usleep(1_500_000)
      let death = Clock.seconds
      kill(try #require(MPI.ranks(of: running).randomElement()), SIGKILL)
      let run = running.wait()
      #expect(run.code != 0 && Clock.seconds - death < 8 && !run.isHung && run.leftovers.isEmpty, "\(run.summary)")
      #expect(folder.names == [])
    }

    /// Vectors and all that are not stored: the same bits for any number of ranks, and for a file.
    @Test func reductionsHaveTheSameBitsOverAnyRanks() throws {
      let folder = ScratchFolder()
      let shape = ["--rows", "300", "--columns", "700"]
      let formula = "sin(i*j)*cos(i+j)+2"
      let golden = try Golden([formula] + shape)
      func number(_ text: String?) throws -> Double {
        try #require(text.flatMap { Double($0.split(separator: "\n").first ?? "") })
      }
      folder.write(golden.bytes, to: "a.npy")
      let info = try JSONValue(parsing: Command.weft(["info", "a.npy", "--json"], in: folder).run().text)
      let norm = try Command.weft(["norm", "a.npy", "--kind", "1"], in: folder).run().text
      for command in [
        ["info"], ["sum"], ["norm"], ["norm", "--kind", "1"], ["norm", "--kind", "inf"],
        ["apply", "--formula-b", "sin(i)", "--columns-b", "2"],
      ] {
        var first: String?
        for ranks in [1, 5] {
          for source in [["--formula", formula] + shape, ["a.npy"]] {
            let run = try MPI.command(ranks, command + source, in: folder).run()
            #expect(run.code == 0 && run.text == first ?? run.text, "\(command) \(source) \(ranks): \(run.summary)")
            first = run.text
          }
        }
        // Compensated, where one machine's norm is a plain sum.
        if command == ["norm", "--kind", "1"] { #expect(abs(try number(first) - number(norm)) < 1e-12) }
      }
      let over = try Self.json(try MPI.command(3, ["info", "a.npy", "--json"], in: folder).run())
      for key in ["min", "max", "symmetric", "nonfinite", "checksum"] { #expect(over[key] == info[key], "\(key)") }
      let refused = try MPI.command(3, ["sum", "--formula", "1/i", "--size", "3"], in: folder).run()
      #expect(refused.code == 65 && MPI.complaint(refused).contains("not finite"), "\(refused.summary)")
      let written = try MPI.command(
        3, ["apply", "a.npy", "--formula-b", "i==j", "--columns-b", "700", "-o", "m.npy", "--quiet"], in: folder
      ).run()
      #expect(written.code == 0 && folder.bytes("m.npy") == golden.bytes, "\(written.summary)")
    }
  }
}
