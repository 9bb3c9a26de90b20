// SPDX-License-Identifier: Apache-2.0
//
// The four formats as files and on standard output, held against each other; NumPy's view of them is in NumPyTests.

import Testing

extension EndToEnd {
  @Suite(.timeLimit(.minutes(20))) struct FormatTests {
    static let what = ["i*1000+j-0.5", "--rows", "7", "--columns", "5"]

    private func compute(_ options: [String], in folder: ScratchFolder) throws -> Run {
      try Command.weft(["compute"] + Self.what + options, in: folder).run()
    }

    /// What stands behind the header of a version 1 .npy file.
    private func payload(_ npy: [UInt8]) throws -> [UInt8] {
      try #require(npy.starts(with: [0x93] + Array("NUMPY".utf8) + [1, 0]))
      let length = Int(npy[8]) | Int(npy[9]) << 8
      return Array(npy[(10 + length)...])
    }

    /// Little-endian.
    private func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
      var value: UInt64 = 0
      for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
      return value
    }

    private func numbers(_ payload: [UInt8]) -> [UInt64] {
      stride(from: 0, to: payload.count, by: 8).map { word(payload[$0..<$0 + 8]) }
    }

    @Test func npyHasTheHeaderAndTheNumbers() throws {
      let folder = ScratchFolder()
      let run = try compute(["--output", "m.npy"], in: folder)
      #expect(run.code == 0, "\(run.summary)")
      #expect(run.text.contains("m.npy, npy, 408 B"))
      let bytes = try #require(folder.bytes("m.npy"))
      let header = String(decoding: bytes[10..<128], as: UTF8.self)
      #expect(
        header.contains("'descr': '<f8'") && header.contains("'fortran_order': False") && header.contains("(7, 5)"))
      let wanted = (0..<35).map { Double($0 / 5 * 1000 + $0 % 5).advanced(by: -0.5).bitPattern }
      #expect(numbers(try payload(bytes)) == wanted)
      expectClean(run, folder)
    }

    @Test func rawIsTheNumbersAlone() throws {
      let folder = ScratchFolder()
      let golden = try payload(try Golden(Self.what).bytes)
      for name in ["m.raw", "m.bin"] {
        #expect(try compute(["--output", name], in: folder).code == 0)
        #expect(folder.bytes(name) == golden)
        let sidecar = try JSONValue(parsing: try #require(folder.text("\(name).json")))
        #expect(sidecar["rows"]?.integer == 7 && sidecar["columns"]?.integer == 5)
        #expect(sidecar["dtype"]?.text == "float64" && sidecar["format"]?.text == "weft-raw")
      }
      #expect(folder.names == ["m.bin", "m.bin.json", "m.raw", "m.raw.json"])
    }

    @Test(arguments: [("m.csv", ","), ("m.tsv", "\t"), ("m.tab", "\t")])
    func textReadsBackToTheSameBits(name: String, delimiter: String) throws {
      let folder = ScratchFolder()
      let what = [headline, "--rows", "40", "--columns", "30"]
      let golden = numbers(try payload(try Golden(what).bytes))
      #expect(try Command.weft(["compute"] + what + ["--output", name], in: folder).run().code == 0)
      let text = try #require(folder.text(name))
      #expect(text.hasSuffix("\n"))
      let lines = text.split(separator: "\n")
      #expect(lines.count == 40)
      #expect(lines.allSatisfy { $0.split(separator: Character(delimiter)).count == 30 })
      let fields = lines.flatMap { $0.split(separator: Character(delimiter)) }
      #expect(fields.map { Double($0)?.bitPattern } == golden)
    }

    @Test func textSaysNonfiniteNumbersInWords() throws {
      let run = try Command.weft([
        "compute", "j == 0 ? -1/0 : j == 1 ? 0/0 : j == 2 ? 1/0 : -0*1", "--rows", "1", "--columns", "4", "--nonfinite",
        "allow",
        "--format", "csv", "--output", "-", "--quiet",
      ]).run()
      #expect(run.code == 0, "\(run.summary)")
      #expect(run.text == "-inf,nan,inf,-0.0\n")
    }

    @Test func theFormatWinsOverTheExtension() throws {
      let folder = ScratchFolder()
      let golden = try Golden(Self.what)
      #expect(try compute(["--output", "m.csv", "--format", "npy"], in: folder).code == 0)
      #expect(folder.bytes("m.csv") == golden.bytes)
      #expect(try compute(["--output", "plain", "--format", "csv"], in: folder).code == 0)
      #expect(folder.text("plain")?.hasPrefix("-0.5,0.5,1.5,2.5,3.5\n999.5,") == true)
      #expect(try compute(["--output", "M.NPY"], in: folder).code == 0)
      #expect(folder.bytes("M.NPY") == golden.bytes)
    }

    /// The matrix takes standard output, and the summary standard error.
    @Test func standardOutputGetsTheSameBytes() throws {
      let folder = ScratchFolder()
      for format in ["npy", "raw", "csv", "tsv"] {
        #expect(try compute(["--output", "m", "--format", format, "--force"], in: folder).code == 0)
        for option in [[], ["--json"], ["--quiet"]] {
          let run = try compute(["--output", "-", "--format", format] + option, in: folder)
          #expect(run.code == 0, "\(run.summary)")
          #expect(run.output == folder.bytes("m"), "\(format)")
          #expect(run.errors.isEmpty == (option == ["--quiet"]), "\(run.errors)")
        }
      }
      let run = try compute(["--output", "-"], in: folder)
      #expect(run.output == (try Golden(Self.what).bytes), "npy without a format")
      #expect(run.errors.contains("checksum"))
    }

    /// float32 is the float64 value rounded once.
    @Test func float32RoundsOnce() throws {
      let what = [headline, "--rows", "20", "--columns", "30"]
      let wide = numbers(try payload(try Golden(what).bytes)).map { Float(Double(bitPattern: $0)).bitPattern }
      let narrow = try payload(try Golden(what + ["--dtype", "float32"]).bytes)
      let words = stride(from: 0, to: narrow.count, by: 4).map { word(narrow[$0..<$0 + 4]) }
      #expect(words == wide.map(UInt64.init))
    }

    /// What weft wrote, weft reads: through `--input`, in every format, to the same bits.
    @Test(arguments: ["m.npy", "m.raw", "m.csv", "m.tsv"], ["float64", "float32"])
    func everyFormatIsAnInput(name: String, type: String) throws {
      let folder = ScratchFolder()
      let what = [headline, "--rows", "30", "--columns", "20", "--dtype", type]
      let golden = try Golden(what)
      #expect(try Command.weft(["compute"] + what + ["--output", name], in: folder).run().code == 0)
      let run = try Command.weft(
        [
          "compute", "X[i,j]", "--rows", "30", "--columns", "20", "--dtype", type, "--input", "X=\(name)", "--output",
          "copy.npy",
        ], in: folder
      ).run()
      expectGolden(run, folder, "copy.npy", is: golden, name)
    }

    @Test(arguments: ["m.npy", "m.raw", "m.csv", "m.tsv"])
    func infoKnowsEveryFormat(name: String) throws {
      let folder = ScratchFolder()
      let computed = try JSONValue(parsing: try compute(["--output", name, "--json"], in: folder).text)
      let run = try Command.weft(["info", "--json", name], in: folder).run()
      #expect(run.code == 0, "\(run.summary)")
      let info = try JSONValue(parsing: run.text)
      #expect(info["checksum"] == computed["checksum"])
      #expect(info["rows"]?.integer == 7 && info["columns"]?.integer == 5 && info["dtype"]?.text == "float64")
      #expect(info["min"]?["value"]?.number == -0.5 && info["max"]?["value"]?.number == 6003.5)
      #expect(info["max"]?["row"]?.integer == 6 && info["max"]?["column"]?.integer == 4)
      #expect(info["mean"]?.number == 3001.5)
      #expect(info["finite"] == .bool(true) && info["nonfinite"]?.integer == 0)
      let text = try Command.weft(["info", name], in: folder).run()
      #expect(text.code == 0 && text.errors.isEmpty)
      for word in ["7×5 float64", "-0.5 in row 0, column 0", "6003.5 in row 6, column 4", "3001.5"] {
        #expect(text.text.contains(word), "no \(word) in \(text.text)")
      }
      #expect(text.text.contains(try #require(computed["checksum"]?.text)))
    }

    @Test func infoCountsWhatIsNotFinite() throws {
      let folder = ScratchFolder()
      let compute = try Command.weft(
        ["compute", "log(i-j)", "--size", "4", "--nonfinite", "allow", "--json", "--output", "m.npy"], in: folder
      ).run()
      let info = try JSONValue(parsing: try Command.weft(["info", "--json", "m.npy"], in: folder).run().text)
      #expect(try JSONValue(parsing: compute.text)["nonfinite"]?.integer == 10)
      #expect(info["nonfinite"]?.integer == 10 && info["finite"] == .bool(false))
      #expect(info["checksum"] == (try JSONValue(parsing: compute.text)["checksum"]))
    }
  }
}
