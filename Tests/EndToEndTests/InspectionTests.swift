// SPDX-License-Identifier: Apache-2.0
//
// Looking at files, comparing, cutting and converting them: compare, head, slice, convert.

import Testing

extension EndToEnd {
  @Suite(.timeLimit(.minutes(20))) struct InspectionTests {
    private func folder() throws -> ScratchFolder {
      let folder = ScratchFolder()
      for (name, formula) in [
        ("a.npy", "i*100 + j"), ("b.npy", "i*100 + j + (i==3)*(j==4)*0.5"), ("c.csv", "i*100 + j"),
      ] {
        let run = try Command.weft(
          ["compute", formula, "--rows", "20", "--columns", "30", "-o", name, "--quiet"], in: folder
        ).run()
        try #require(run.code == 0, "\(run.summary)")
      }
      return folder
    }

    private func run(_ words: String, in folder: ScratchFolder) throws -> Run {
      try Command.weft(words.split(separator: " ").map(String.init), in: folder).run()
    }

    @Test func compareTellsByItsExitCode() throws {
      let folder = try folder()
      for (words, code) in [
        ("compare a.npy a.npy", 0), ("compare a.npy c.csv", 0), ("compare a.npy b.npy", 1),
        ("compare a.npy b.npy --abs 0.5", 0), ("compare a.npy b.npy --rel 1e-3", 1), ("compare b.npy a.npy --ulp 3", 1),
      ] as [(String, Int32)] {
        let told = try run(words, in: folder)
        #expect(told.code == code && told.errors.isEmpty, "\(words): \(told.summary)")
        #expect(told.text.contains(code == 0 ? " yes" : " no: 1 of 600"), "\(words): \(told.text)")
        let quiet = try run(words + " --quiet", in: folder)
        #expect(quiet.code == code && quiet.output.isEmpty && quiet.errors.isEmpty)
        let json = try JSONValue(parsing: run(words + " --json", in: folder).text)
        #expect(json["equal"] == .bool(code == 0) && json["elements"]?.integer == 600)
      }
      let shown = try run("compare a.npy b.npy", in: folder).text
      #expect(shown.contains("[3, 4]") && shown.contains("304.0 and 304.5"), "\(shown)")
    }

    @Test func partsAndCopies() throws {
      let folder = try folder()
      for (words, text) in [
        ("slice a.npy 3 4", "304.0\n"), ("slice c.csv 18: 28:", "1828.0,1829.0\n1928.0,1929.0\n"),
        ("slice a.npy -- -1 -2:", "1928.0,1929.0\n"), ("slice a.npy :1 :3 --format tsv", "0.0\t1.0\t2.0\n"),
      ] {
        let told = try run(words, in: folder)
        #expect(told.code == 0 && told.text == text, "\(words): \(told.text) \(told.summary)")
      }
      for words in [
        "convert a.npy d.raw", "convert d.raw e.csv", "convert e.csv f.npy --quiet", "slice f.npy 0:20 0:30 -o g.tsv",
        "convert g.tsv h.npy",
      ] { #expect(try run(words, in: folder).code == 0, "\(words)") }
      #expect(try run("compare a.npy h.npy", in: folder).code == 0)
      folder.write("x,y\n1,2\n3,4\n", to: "t.csv")
      #expect(try run("convert t.csv - --format tsv --header", in: folder).text == "1.0\t2.0\n3.0\t4.0\n")
      let head = try run("head a.npy --rows 2 --columns 3", in: folder).text
      #expect(head.split(separator: "\n").count == 3 && head.contains("102.0"), "\(head)")
    }

    @Test func refusals() throws {
      let folder = try folder()
      let before = folder.names.sorted()
      for (words, code, mentions) in [
        ("compare a.npy", 64, ["two files"]), ("compare a.npy b.npy --ulp x", 64, ["--ulp"]),
        ("compare a.npy b.npy --ulp 1 --abs 2", 64, ["exclude"]), ("compare a.npy b.npy --rel -1", 64, ["--rel"]),
        ("compare a.npy missing.npy", 65, ["missing.npy"]), ("slice a.npy 20 :", 64, ["20 rows", "counted from 0"]),
        ("slice a.npy : 31:", 64, ["30 columns"]), ("slice a.npy 5:2 :", 64, ["5:2"]), ("slice a.npy x :", 64, ["'x'"]),
        ("slice a.npy 1:2:3 :", 64, ["1:2:3"]), ("convert a.npy b.npy", 73, ["b.npy", "--force"]),
        ("convert a.npy x.mat", 64, ["x.mat", ".npy"]), ("convert missing.npy x.npy", 65, ["missing.npy"]),
        ("convert a.npy x.npy --dtype int8", 64, ["int8"]), ("convert a.npy x.npy --format mat", 64, ["mat"]),
        ("head a.npy --rows 0", 64, ["above 0"]), ("haed a.npy", 64, ["haed", "did you mean 'head'"]),
        ("xyzzy", 64, ["xyzzy", "--help"]),
      ] as [(String, Int32, [String])] {
        let told = try run(words, in: folder)
        expectRefusal(told, code: code, mentions, words)
        #expect(folder.names.sorted() == before, "\(words) left something")
      }
      let shapes = try run("slice a.npy 0:3 : -o small.npy", in: folder)
      try #require(shapes.code == 0)
      let different = try run("compare a.npy small.npy", in: folder)
      #expect(different.code == 1 && different.text.contains("the shapes differ, 20×30 and 3×30"))
    }
  }
}
