// SPDX-License-Identifier: Apache-2.0
//
// plot, show and resize: what is written, what is said of it, and how broken files end. The pictures of the tests are
// drawn by the program itself.

import Testing

extension EndToEnd {
  @Suite(.timeLimit(.minutes(20))) struct PictureTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4e, 0x47]

    /// Whether the libraries are there: the program is asked.
    static let hasLibraries: Bool = {
      let folder = ScratchFolder()
      folder.write("1,2\n3,4\n", to: "m.csv")
      return ["m.png", "m.jpg"].allSatisfy {
        (try? Command.weft(["plot", "m.csv", "-o", $0], in: folder).run())?.code == 0
      }
    }()

    private func run(_ words: String, in folder: ScratchFolder, _ environment: [String: String] = [:]) throws -> Run {
      try Command.weft(words.split(separator: " ").map(String.init), in: folder, environment: environment).run()
    }

    private func folder() throws -> ScratchFolder {
      let folder = ScratchFolder()
      let made = try run("compute sin(i/9)*cos(j/7) --rows 60 --columns 80 -o m.npy --quiet", in: folder)
      try #require(made.code == 0, "\(made.summary)")
      folder.write("1,nan\n-3,4\n", to: "n.csv")
      return folder
    }

    private func sides(_ path: String, in folder: ScratchFolder) throws -> [Int] {
      let bytes = try #require(Files.bytes("\(folder.path)/\(path)"))
      try #require(bytes.starts(with: Self.png), "\(path) is no PNG")
      return [16, 20].map { bytes[$0..<$0 + 4].reduce(0) { $0 << 8 | Int($1) } }
    }

    @Test(.enabled(if: hasLibraries, "needs libpng16 and libturbojpeg")) func plotDraws() throws {
      let folder = try folder()
      let told = try run("plot m.npy -o m.png --map diverging --range -1:1", in: folder)
      #expect(
        told.code == 0 && told.text.contains("60×80 float64") && told.text.contains("m.png, png, "), "\(told.summary)")
      #expect(try sides("m.png", in: folder)[0] > 900)
      #expect(try run("plot m.npy -o s.png --size 400x300 --title T --quiet", in: folder).output.isEmpty)
      #expect(try sides("s.png", in: folder) == [400, 300])
      let stream = try run("plot m.npy -o -", in: folder)
      #expect(stream.code == 0 && stream.output.starts(with: Self.png) && stream.errors.isEmpty)
      #expect(try run("plot n.csv -o n.png", in: folder).text.contains("-3.0 to 4.0, 1 not finite"))
      #expect(try run("plot m.npy -o m.jpg", in: folder).code == 0)
      #expect(Files.bytes("\(folder.path)/m.jpg")?.starts(with: [0xff, 0xd8]) == true)
    }

    @Test func showWithoutATerminalIsASCII() throws {
      let folder = try folder()
      let told = try run("show m.npy", in: folder, ["COLUMNS": "40", "LINES": "20", "COLORTERM": "truecolor"])
      let lines = told.text.split(separator: "\n")
      #expect(
        told.code == 0 && lines.count <= 20 && lines.prefix(5).allSatisfy { $0.count <= 40 && $0.allSatisfy(\.isASCII) }
      )
      #expect(lines.last == "60×80 float64, each cell the mean of 2×2 elements", "\(told.text)")
      #expect(try run("show m.npy --colour full", in: folder).text.contains("\u{1b}[38;2;"))
      #expect(try run("show n.csv --colour 256", in: folder).text.contains("1 not finite"))
    }

    @Test(
      "Terminals get their colours",
      arguments: [
        (["TERM": "xterm", "COLORTERM": "truecolor", "NO_COLOR": ""], "\u{1b}[38;2;"),
        (["TERM": "xterm-256color", "COLORTERM": "", "NO_COLOR": ""], "\u{1b}[38;5;"),
        (["TERM": "dumb", "COLORTERM": "truecolor", "NO_COLOR": ""], nil),
        (["TERM": "xterm", "COLORTERM": "truecolor", "NO_COLOR": "1"], nil),
      ] as [([String: String], String?)])
    func terminals(environment: [String: String], code: String?) throws {
      let terminal = try #require(PseudoTerminal())
      var command = Command.weft(["show", "n.csv"], in: try folder(), environment: environment)
      command.output = .file(terminal.path)
      #expect(try command.run().code == 0)
      terminal.drain()
      let text = terminal.text
      #expect(text.contains("2×2 float64, 1 not finite"))
      #expect(code.map { text.contains($0) } ?? !text.contains("\u{1b}"), "\(text.prefix(200))")
    }

    @Test(.enabled(if: hasLibraries, "needs libpng16 and libturbojpeg")) func resizeGoesOnPastBrokenFiles() throws {
      let folder = try folder()
      for name in ["a.png", "b.jpg", "c.png"] { try #require(run("plot m.npy -o \(name)", in: folder).code == 0) }
      let whole = try #require(Files.bytes("\(folder.path)/c.png"))
      Files.write(Array(whole.prefix(whole.count / 2)), to: "\(folder.path)/half.png")
      folder.write("no picture", to: "text.png")
      let old = try sides("a.png", in: folder)
      for workers in [1, 3] {
        let told = try run(
          "resize --size 100x90 a.png half.png b.jpg text.png missing.png c.png --force --workers \(workers)",
          in: folder)
        #expect(told.code == 65, "\(told.summary)")
        let lines = told.text.split(separator: "\n")
        #expect(lines.map { $0.prefix { $0 != " " } } == ["a_processed.png", "b_processed.jpg", "c_processed.png"])
        let complaints = told.errors.split(separator: "\n")
        #expect(complaints.count == 4 && complaints.last?.contains("3 of 6") == true, "\(told.errors)")
        for (complaint, name) in zip(complaints, ["half.png", "text.png", "missing.png"]) {
          #expect(complaint.hasPrefix("weft: \(name): "), "\(complaint)")
        }
        let new = try sides("a_processed.png", in: folder)
        #expect(new[0] == 100 || new[1] == 90)
        #expect(abs(new[0] * old[1] - new[1] * old[0]) <= max(old[0], old[1]))
        #expect(!folder.names.contains("half_processed.png"))
      }
    }

    @Test(.enabled(if: hasLibraries, "needs libpng16 and libturbojpeg")) func resizeNamesItsFiles() throws {
      let folder = try folder()
      try #require(run("plot m.npy -o a.png", in: folder).code == 0)
      let made = folder.path + "/out"
      try #require(Command.shell("mkdir out", in: folder).run().code == 0)
      for (words, path, size) in [
        ("a.png --fill", "a_processed.png", [64, 48]),
        ("a.png --exact --suffix .s --filter area", "a.s.png", [64, 48]),
        ("a.png --exact -o out --linear", "out/a.png", [64, 48]),
        ("\(made)/a.png --fill --suffix _2", "out/a_2.png", [64, 48]),
      ] {
        let told = try run("resize --size 64x48 \(words) --no-sync", in: folder)
        #expect(told.code == 0 && told.errors.isEmpty, "\(words): \(told.summary)")
        #expect(try sides(path, in: folder) == size)
      }
      #expect(try run("resize --size 10x10 a.png --force --quiet", in: folder).output.isEmpty)
      let refused = try run("resize --size 10x10 a.png", in: folder)
      expectRefusal(refused, code: 73, ["a_processed.png", "--force"])
    }

    @Test(.enabled(if: hasLibraries, "needs libpng16 and libturbojpeg")) func aSignalLeavesNothingHalf() throws {
      let folder = try folder()
      try #require(run("plot m.npy -o a.png --size 3000x2500 --no-sync", in: folder).code == 0)
      try #require(Command.shell("mkdir out; for k in $(seq 60); do ln a.png $k.png; done", in: folder).run().code == 0)
      let told = try Command.shell(
        "timeout --preserve-status -s TERM 0.7 \"$WEFT\" resize --size 900x900 -o out --no-sync --quiet --workers 2 ?.png ??.png",
        in: folder
      ).run()
      #expect(told.code == 143, "\(told.summary)")
      let written = Files.names(in: folder["out"])
      #expect(written.count < 60 && written.allSatisfy { $0.hasSuffix(".png") && !$0.hasPrefix(".") }, "\(written)")
      guard !written.isEmpty else { return }
      // Every file that is there is whole.
      let again = try Command.shell("\"$WEFT\" resize --size 9x9 --quiet --no-sync out/*.png", in: folder).run()
      #expect(again.code == 0, "\(again.summary)")
    }

    @Test(.enabled(if: hasLibraries, "needs libpng16 and libturbojpeg")) func refusals() throws {
      let folder = try folder()
      folder.write("1,2\n3,4\n", to: "p.csv")
      folder.write("x", to: "x_processed.png")
      let before = folder.names.sorted()
      for (words, code, mentions) in [
        ("plot m.npy", 64, ["-o"]), ("plot m.npy -o m.gif", 64, ["m.gif", ".png"]),
        ("plot missing.npy -o m.png", 65, ["missing.npy"]), ("plot m.npy -o no/m.png", 73, ["no"]),
        ("plot m.npy -o m.png --map jet", 64, ["jet", "viridis"]), ("plot m.npy -o m.png --range 1:0", 64, ["1:0"]),
        ("plot m.npy -o m.png --range 1", 64, ["--range"]), ("plot p.csv -o m.png --log --range 0:1", 64, ["positive"]),
        ("plot m.npy -o m.png --log", 65, ["row 0, column 0", "positive"]),
        ("plot m.npy -o m.png --size 10x10", 64, ["240x180"]), ("plot m.npy -o m.png --size big", 64, ["800x600"]),
        ("show m.npy --colour red", 64, ["red"]), ("resize --size 0x10 a.png", 64, ["--size"]),
        ("resize --size 10x10 a.png --fit --fill", 64, ["exclude"]),
        ("resize --size 10x10 x.png", 73, ["x_processed.png"]),
        ("resize --size 10x10 a.png b/a.png -o .", 64, ["both"]),
        ("resize --size 10x10 a.png --quality 0", 64, ["100"]),
        ("resize --size 10x10 a.png -o no-such-folder", 73, ["no-such-folder"]), ("resize a.png", 64, ["--size"]),
      ] as [(String, Int32, [String])] {
        let told = try run(words, in: folder)
        expectRefusal(told, code: code, mentions, words)
        #expect(folder.names.sorted() == before, "\(words) left something")
      }
    }

    @Test func aMissingLibraryIsNamed() throws {
      let folder = try folder()
      let told = try run("plot m.npy -o m.png", in: folder, ["WEFT_LIBPNG": "libno-such.so"])
      expectRefusal(told, code: 69, ["libno-such.so", "libpng16-16"])
      let jpeg = try run("plot m.npy -o m.jpg", in: folder, ["WEFT_TURBOJPEG": "libno-such.so"])
      expectRefusal(jpeg, code: 69, ["libturbojpeg0"])
    }
  }
}
