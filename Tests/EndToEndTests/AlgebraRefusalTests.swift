// SPDX-License-Identifier: Apache-2.0
//
// What the commands of linear algebra refuse, how they say it, and that nothing is left behind; and what they say by the way.

import Testing

extension EndToEnd {
  @Suite(.timeLimit(.minutes(20))) struct AlgebraRefusalTests {
    /// One 4×4 matrix (invertible), one 4×1, one singular 4×4, one with a NaN, one 3×5.
    private func folder() throws -> ScratchFolder {
      let folder = ScratchFolder()
      for (name, formula, shape) in [
        ("a.npy", "1/(i+j+1)", ["--size", "4"]), ("b.npy", "i-2", ["--rows", "4", "--columns", "1"]),
        ("s.npy", "i+j", ["--size", "4"]), ("nan.npy", "i == 2 && j == 1 ? 0/0 : i-j", ["--size", "4"]),
        ("t.npy", "i*j", ["--rows", "3", "--columns", "5"]), ("n.npy", "i == j ? i-2 : 0", ["--size", "4"]),
      ] {
        let run = try Command.weft(
          ["compute", formula, "-o", name, "--nonfinite", "allow", "--quiet"] + shape, in: folder
        ).run()
        try #require(run.code == 0, "\(run.summary)")
      }
      return folder
    }

    private func refuse(_ words: String, _ code: Int32, _ mentions: [String], in folder: ScratchFolder) throws {
      let before = folder.names.sorted()
      let run = try Command.weft(words.split(separator: " ").map(String.init), in: folder).run()
      expectRefusal(run, code: code, mentions, words)
      #expect(run.seconds < 5, "\(words)")
      #expect(folder.names.sorted() == before, "\(words) left something")
    }

    @Test func badCommandLines() throws {
      let folder = try folder()
      for (words, mentions) in [
        ("solve a.npy", ["2 matrices", "A and B", "1 is given"]), ("det", ["one matrix", "none is given"]),
        ("det a.npy b.npy", ["one matrix", "2 are given"]), ("det a.npy --size 4", ["--size", "--formula"]),
        ("solve --formula i --size 4 a.npy b.npy", ["2 matrices", "2 are given besides"]),
        ("det --formula sn(i) --size 4", ["sin"]), ("det --formula i", ["--size"]),
        ("lu a.npy -o -", ["3 matrices", "standard output"]), ("lu a.npy --format csv", ["--format", "--output"]),
        ("lu a.npy -o x --format mat", ["--format", "npy", "mat"]), ("scale a.npy --by x", ["--by", "number"]),
        ("scale a.npy --by inf", ["--by", "finite"]), ("power a.npy --exponent 1.5", ["--exponent", "whole"]),
        ("svd a.npy --rank -1", ["--rank"]), ("svd a.npy --rank 2 --values", ["--rank", "--values"]),
        ("rank a.npy --tolerance 2", ["--tolerance"]), ("eigen a.npy --symmetric --general", ["exclude"]),
        ("det a.npy --workers 0", ["--workers"]), ("det a.npy --dtype int", ["--dtype", "float32"]),
        ("solve a.npy b.npy --assume hope", ["assume", "general"]), ("norm a.npy --kind 3", ["kind", "inf"]),
        ("multiply a.npy b.npy -o x.mat", ["x.mat", ".npy"]), ("info", ["--blas"]), ("info a.npy --blas", ["--blas"]),
      ] { try refuse(words, 64, mentions, in: folder) }
    }

    @Test func badMatrices() throws {
      let folder = try folder()
      for (words, mentions) in [
        ("solve s.npy b.npy -o x.npy", ["singular"]), ("inverse s.npy -o x.npy", ["singular"]),
        ("cholesky n.npy -o x.npy", ["not positive definite", "minor"]), ("lu t.npy -o x", ["square", "3×5"]),
        ("solve a.npy t.npy", ["4 rows"]), ("multiply a.npy t.npy", ["4×4", "3×5"]),
        ("add a.npy b.npy", ["4×4", "4×1"]),
        ("svd a.npy --rank 5", ["--rank", "4 singular values"]), ("trace t.npy", ["3×5", "square"]),
        ("eigen t.npy", ["3×5", "square"]), ("sqrtm n.npy", ["root"]), ("logm n.npy", ["logarithm"]),
        ("det missing.npy", ["missing.npy"]),
        ("solve n.npy b.npy --assume positive-definite", ["not positive definite"]),
        ("det --formula 1/(i-1) --size 4", ["not finite", "i = 1"]),
      ] { try refuse(words, 65, mentions, in: folder) }
      // F60: LAPACK would look for the eigenvalues of a NaN for ever.
      for command in [
        "solve nan.npy b.npy", "lstsq nan.npy b.npy", "inverse nan.npy", "pinv nan.npy", "lu nan.npy",
        "cholesky nan.npy",
        "qr nan.npy", "qr nan.npy --pivot", "svd nan.npy", "svd nan.npy --values", "eigen nan.npy",
        "eigen nan.npy --symmetric", "eigen nan.npy --values", "det nan.npy", "rank nan.npy", "cond nan.npy",
        "cond nan.npy --estimate", "norm nan.npy", "norm nan.npy --kind 2", "expm nan.npy", "sqrtm nan.npy",
        "solve a.npy nan.npy", "lstsq a.npy nan.npy",
      ] { try refuse(command, 65, ["row 2", "column 1"], in: folder) }
    }

    @Test func existingFilesAreKept() throws {
      let folder = try folder()
      folder.write("mine", to: "f.u.npy")
      // Seen before anything is read: the input does not even exist.
      try refuse("lu missing.npy -o f.npy", 73, ["f.u.npy", "--force"], in: folder)
      try refuse("lu a.npy -o f.npy", 73, ["f.u.npy", "--force"], in: folder)
      #expect(Files.text(folder["f.u.npy"]) == "mine")
      let run = try Command.weft(["lu", "a.npy", "-o", "f.npy", "--force"], in: folder).run()
      #expect(run.code == 0 && run.text.contains("f.l.npy") && run.text.contains("f.p.npy"), "\(run.summary)")
      #expect(try Command.weft(["lu", "a.npy", "-o", "g", "--quiet"], in: folder).run().output.isEmpty)
      #expect(["g.l.npy", "g.u.npy", "g.p.npy"].allSatisfy { folder.names.contains($0) })
    }

    @Test func aMissingLibraryIsOneSentence() throws {
      let folder = try folder()
      let broken = ["WEFT_OPENBLAS": "libnothing.so.9"]
      for command in [["det", "a.npy"], ["info", "--blas"], ["multiply", "a.npy", "a.npy"]] {
        let run = try Command.weft(command, in: folder, environment: broken).run()
        expectRefusal(run, code: 69, ["OpenBLAS", "libnothing.so.9", "WEFT_OPENBLAS"], "\(command)")
      }
      for command in [["transpose", "a.npy"], ["add", "a.npy", "a.npy"], ["trace", "a.npy"], ["norm", "a.npy"]] {
        let run = try Command.weft(command, in: folder, environment: broken).run()
        #expect(run.code == 0, "\(command) needs no OpenBLAS: \(run.summary)")
      }
    }

    @Test func meaninglessAnswersAreWarnedOf() throws {
      let folder = try folder()
      let b = try Command.weft(
        ["compute", "1", "--rows", "20", "--columns", "1", "-o", "ones.npy", "--quiet"], in: folder
      ).run()
      try #require(b.code == 0)
      let solve = ["solve", "--formula", "1/(i+j+1)", "--size", "20", "ones.npy", "-o", "x.npy"]
      let run = try Command.weft(solve, in: folder).run()
      #expect(run.code == 0 && run.errors.hasPrefix("weft: warning: ") && run.errors.contains("condition number"))
      let json = try Command.weft(solve + ["--json", "--force"], in: folder).run()
      #expect(json.code == 0 && json.errors.isEmpty)
      #expect(try JSONValue(parsing: json.text)["warning"]?.text?.contains("condition number") == true)
      let det = try Command.weft(["det", "--formula", "1/(i+j+1)", "--size", "200"], in: folder).run()
      #expect(det.code == 0 && det.errors.contains("--log"), "\(det.summary)")
    }

    /// Debian's three builds, which take threads from different places.
    @Test(
      .enabled(if: Self.builds.contains { Files.exists($0.path) }, "no build of OpenBLAS lies where Debian puts them"),
      arguments: Self.builds)
    func everyBuildOfTheLibraryServes(build: (path: String, threading: String)) throws {
      guard Files.exists(build.path) else { return }  // make test-deps installs them where it can
      let folder = try folder()
      let library = ["WEFT_OPENBLAS": build.path]
      let info = try Command.weft(["info", "--blas", "--json"], environment: library).run()
      #expect(try JSONValue(parsing: info.text)["threading"]?.text == build.threading, "\(info.summary)")
      for formula in ["1/(i+j+1) + (i==j)", "(i*j) % 7 + 9*(i==j)"] {
        for command in ["svd", "lu", "qr", "inverse"] {
          let run = try Command.weft(
            [command, "--formula", formula, "--size", "200", "--json"], in: folder, environment: library
          ).run()
          #expect(try JSONValue(parsing: run.text)["residual"]?.number ?? 99 < 30, "\(command): \(run.summary)")
        }
      }
    }

    private static let builds: [(path: String, threading: String)] = [
      ("/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0", "pthreads"),
      ("/usr/lib/x86_64-linux-gnu/openblas-openmp/libopenblas.so.0", "openMP"),
      ("/usr/lib/x86_64-linux-gnu/openblas-serial/libopenblas.so.0", "serial"),
    ]

    /// Every command, with nothing but its matrices: residual and time with --verbose, one object with --json.
    @Test func everyCommandGivesItsAccount() throws {
      let folder = try folder()
      for words in [
        "multiply a.npy b.npy", "add a.npy a.npy", "subtract a.npy s.npy", "scale a.npy --by 2", "transpose t.npy",
        "solve a.npy b.npy", "lstsq a.npy b.npy", "inverse a.npy", "pinv t.npy", "lu a.npy", "cholesky a.npy",
        "qr t.npy",
        "qr t.npy --pivot", "svd t.npy", "svd t.npy --rank 1", "eigen a.npy", "eigen a.npy --general", "det a.npy",
        "rank t.npy", "cond a.npy", "cond a.npy --kind inf", "expm a.npy", "logm a.npy", "sqrtm a.npy",
        "power a.npy --exponent 2",
      ] {
        let arguments = words.split(separator: " ").map(String.init)
        let verbose = try Command.weft(arguments + ["--verbose"], in: folder).run()
        #expect(verbose.code == 0, "\(words): \(verbose.summary)")
        for label in ["A ", "residual ", "time "] {
          #expect(verbose.lines.contains { $0.hasPrefix(label) }, "\(words): no \(label) in \(verbose.text)")
        }
        let json = try Command.weft(arguments + ["--json"], in: folder).run()
        let object = try JSONValue(parsing: json.text)
        #expect(object["command"]?.text == arguments[0] && object["dtype"]?.text == "float64", "\(words)")
        #expect(object["seconds"]?["total"]?.number ?? 0 > 0, "\(words)")
        #expect(object["residual"] != nil, "\(words): \(json.text)")
      }
    }
  }
}
