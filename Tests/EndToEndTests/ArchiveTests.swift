// SPDX-License-Identifier: Apache-2.0
//
// Archives, compressed files, chosen spellings and recipes from the command line: what one command writes, another and NumPy
// read.

import Testing

extension EndToEnd {
  @Suite(.timeLimit(.minutes(20))) struct ArchiveTests {
    private static let shape = ["compute", "sin(i*j)/(i+j+1)", "--rows", "30", "--columns", "20"]

    private func weft(_ arguments: [String], in folder: ScratchFolder, code: Int32 = 0) throws -> Run {
      let run = try Command.weft(arguments, in: folder).run()
      #expect(run.code == code, "\(arguments): \(run.summary)")
      return run
    }

    @Test func everyFormatHoldsTheSameNumbers() throws {
      let folder = ScratchFolder()
      _ = try weft(Self.shape + ["--output", "m.npy"], in: folder)
      for name in ["m.npz", "m.safetensors", "m.h5", "m.mtx", "m.raw", "m.csv", "m.tsv", "m.csv.gz", "m.npy.gz"] {
        _ = try weft(Self.shape + ["--output", name], in: folder)
        _ = try weft(["compare", "m.npy", name], in: folder)
        _ = try weft(["convert", name, "again.npy", "--force"], in: folder)
        #expect(folder.bytes("again.npy") == folder.bytes("m.npy"), "\(name)")
      }
    }

    @Test func factorsGoIntoOneFile() throws {
      let folder = ScratchFolder()
      _ = try weft(Self.shape + ["--output", "a.npy"], in: folder)
      for name in ["f.npz", "f.safetensors", "f.h5"] {
        let run = try weft(["svd", "a.npy", "-o", name], in: folder)
        for part in ["u", "s", "vt"] { #expect(run.text.contains("\(name):\(part)"), "\(run.text)") }
        let listed = try weft(["info", name], in: folder).text
        #expect(listed.contains("30×20") && listed.contains("20×1") && listed.contains("20×20"), "\(listed)")
        let json = try JSONValue(parsing: try weft(["info", name, "--json"], in: folder).text)
        #expect(json.keys == ["path", "matrices"])
        let one = try JSONValue(parsing: try weft(["info", "\(name):s", "--json"], in: folder).text)
        #expect(one["rows"]?.integer == 20 && one["columns"]?.integer == 1)
        // U·diag(s)·Vᵀ is A again.
        _ = try weft(
          [
            "multiply", "--formula", "U[i,j]*s[j,0]", "--input", "U=\(name):u", "--input", "s=\(name):s", "--rows",
            "30", "--columns", "20", "\(name):vt", "-o", "again.npy", "--force",
          ], in: folder)
        _ = try weft(["compare", "a.npy", "again.npy", "--abs", "1e-14"], in: folder)
        expectRefusal(try Command.weft(["head", name], in: folder).run(), code: 65, [name, "name one"], name)
      }
      expectRefusal(try Command.weft(["info", "f.npz:w"], in: folder).run(), code: 65, ["f.npz", "w"])
    }

    @Test(.enabled(if: Tool.hasNumPy, "NumPy is not installed"))
    func numPyReadsThem() throws {
      let folder = ScratchFolder()
      _ = try weft(Self.shape + ["--output", "m.npy"], in: folder)
      _ = try weft(Self.shape + ["--output", "w.npz", "--name", "weights", "--compress"], in: folder)
      _ = try weft(["qr", "m.npy", "-o", "qr.npz"], in: folder)
      let names = (0..<20).map { "c\($0)" }.joined(separator: ",")
      _ = try weft(
        Self.shape + [
          "--output", "t.csv", "--digits", "6", "--output-delimiter", "semicolon", "--column-names", names,
        ],
        in: folder)
      let program = """
        import numpy as np
        m = np.load("m.npy")
        w = np.load("w.npz")
        assert w.files == ["weights"] and np.array_equal(w["weights"], m)
        f = np.load("qr.npz")
        assert f.files == ["q", "r"] and np.abs(m - f["q"] @ f["r"]).max() < 1e-14
        t = np.genfromtxt("t.csv", delimiter=";", names=True)
        assert t.dtype.names == tuple("c%d" % k for k in range(20))
        t = np.loadtxt("t.csv", delimiter=";", skiprows=1)
        assert np.array_equal(t, np.array([[float("%.5e" % x) for x in row] for row in m]))
        """
      let python = try Command("python3", ["-c", program], in: folder.path).run()
      #expect(python.code == 0, "\(python.errors)")
      _ = try weft(
        ["convert", "t.csv", "t.npy", "--header", "--delimiter", ";"], in: folder)
      _ = try weft(["compare", "m.npy", "t.npy", "--rel", "5e-6"], in: folder)
    }

    @Test func recipes() throws {
      let folder = ScratchFolder()
      _ = try weft(["compute", "i/3", "--rows", "40", "--columns", "1", "--output", "x.npy"], in: folder)
      let what = [
        "compute", "exp(-a*abs(X[i,0]-X[j,0]))", "--size", "40", "--let", "a=0.5", "--input", "X=x.npy", "--recipe",
      ]
      for name in ["m.npy", "m.csv", "m.npz", "m.h5"] {
        _ = try weft(what + ["--output", name], in: folder)
        for options in [[], ["--all"], ["--json"], ["--input", "X=x.npy"]] {
          let run = try weft(["verify", name] + options, in: folder)
          #expect(run.errors.isEmpty && !run.text.contains("wrong:"), "\(run.text)")
        }
      }
      var bytes = try #require(folder.bytes("m.npy"))
      bytes[128 + (5 * 40 + 7) * 8] ^= 1
      folder.write(bytes, to: "m.npy")
      #expect(try weft(["verify", "m.npy", "--all"], in: folder, code: 1).text.contains("[5, 7]"))
      #expect(try weft(["verify", "m.npy", "--quiet"], in: folder, code: 1).text.isEmpty)
      _ = try weft(["compute", "i/7", "--rows", "40", "--columns", "1", "--output", "x.npy", "--force"], in: folder)
      expectRefusal(try Command.weft(["verify", "m.csv"], in: folder).run(), code: 64, ["its inputs", "m.csv"])
      expectRefusal(try Command.weft(["verify", "x.npy"], in: folder).run(), code: 65, ["recipe", "--recipe"])
    }

    @Test(.enabled(if: PictureTests.hasLibraries, "needs libpng16 and libturbojpeg"))
    func aPictureComesAlong() throws {
      let folder = ScratchFolder()
      _ = try weft(Self.shape + ["--plot", "m.png"], in: folder)
      _ = try weft(Self.shape + ["--resume", "--output", "m.npy", "--plot", "n.png"], in: folder)
      for name in ["m.png", "n.png"] {
        #expect(folder.bytes(name)?.starts(with: [0x89] + Array("PNG".utf8)) == true, "\(name)")
      }
      // The same elements, the same title.
      #expect(folder.bytes("m.png") == folder.bytes("n.png"))
      let refused = try Command.weft(Self.shape + ["--plot", "m.png", "--output", "o.npy"], in: folder).run()
      expectRefusal(refused, code: 73, ["m.png", "--force"])
      #expect(!folder.names.contains("o.npy"))
    }
  }
}
