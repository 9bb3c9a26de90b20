// SPDX-License-Identifier: Apache-2.0
//
// NumPy loads what weft writes, and weft reads what NumPy writes. NumPy's own functions are good to a few ulp only,
// hence exact equality for formulas without any, and 1e-15 for the headline, whose factors are at most 1.

import Testing

extension EndToEnd {
  @Suite(.timeLimit(.minutes(20)), .enabled(if: Tool.hasNumPy, "python3 with numpy is not installed"))
  struct NumPyTests {
    private func python(_ script: String, in folder: ScratchFolder) throws {
      folder.write("import numpy as np\n" + script, to: "script.py")
      let run = try Command("python3", ["script.py"], in: folder.path).run()
      #expect(run.code == 0, "\(run.errors.suffix(1500))")
    }

    private func weft(_ arguments: [String], in folder: ScratchFolder) throws {
      let run = try Command.weft(arguments, in: folder).run()
      try #require(run.code == 0, "\(run.summary)")
    }

    @Test func numpyLoadsWhatIsWritten() throws {
      let folder = ScratchFolder()
      let shape = ["--rows", "37", "--columns", "23"]
      for (name, formula, type) in [
        ("a.npy", "i*1000+j", "float64"), ("b.npy", "(i*j) % 7 - floor(i/3)", "float64"),
        ("c.npy", "i/8 - j", "float32"),
        ("s.npy", headline, "float64"), ("t.npy", headline, "float32"), ("a.csv", "i*1000+j", "float64"),
        ("s.tsv", headline, "float64"), ("s.raw", headline, "float64"),
      ] {
        try weft(["compute", formula] + shape + ["--dtype", type, "--output", name], in: folder)
      }
      try weft(["compute", "i", "--rows", "0", "--columns", "4", "--output", "empty.npy"], in: folder)
      try python(
        """
        i, j = np.arange(37.)[:, None], np.arange(23.)[None, :]
        def same(name, wanted):
            got = np.load(name, allow_pickle=False)
            assert got.shape == (37, 23) and got.dtype == wanted.dtype and got.flags.c_contiguous, name
            assert np.array_equal(got, wanted), name
        same("a.npy", i * 1000 + j)
        same("b.npy", np.mod(i * j, 7) - np.floor(i / 3))
        same("c.npy", (i / 8 - j).astype(np.float32))
        s = np.load("s.npy")
        assert np.abs(s - np.sin(i * j) * np.cos(i + j)).max() < 1e-15
        same("t.npy", s.astype(np.float32))
        assert np.array_equal(np.loadtxt("a.csv", delimiter=","), i * 1000 + j)
        assert np.array_equal(np.loadtxt("s.tsv", delimiter="\\t"), s)
        assert np.array_equal(np.fromfile("s.raw", "<f8").reshape(37, 23), s)
        assert np.load("empty.npy").shape == (0, 4)
        """, in: folder)
    }

    @Test func whatNumpyWritesIsRead() throws {
      let folder = ScratchFolder()
      try python(
        """
        x = np.random.default_rng(7).normal(size=(19, 31))
        np.save("x.npy", x)
        np.save("fortran.npy", np.asfortranarray(x))
        np.save("big.npy", x.astype(">f8"))
        np.save("bigfortran.npy", np.asfortranarray(x).astype(">f8"))
        with open("v2.npy", "wb") as f: np.lib.format.write_array(f, x, version=(2, 0))
        with open("v3.npy", "wb") as f: np.lib.format.write_array(f, x, version=(3, 0))
        np.save("f4.npy", x.astype("<f4"))
        np.save("bigf4.npy", np.asfortranarray(x.astype(">f4")))
        np.savetxt("x.csv", x, delimiter=",", fmt="%.17g")
        """, in: folder)
      let inputs = [
        "x.npy", "fortran.npy", "big.npy", "bigfortran.npy", "v2.npy", "v3.npy", "f4.npy", "bigf4.npy", "x.csv",
      ]
      for name in inputs {
        try weft(
          [
            "compute", "X[j,i]", "--rows", "31", "--columns", "19", "--input", "X=\(name)", "--output", "t-\(name).npy",
          ],
          in: folder)
      }
      try python(
        """
        x = np.load("x.npy")
        for name in \(inputs):
            wanted = x.astype("f4").astype("f8") if "f4" in name else x
            assert np.array_equal(np.load("t-" + name + ".npy"), wanted.T), name
        """, in: folder)
    }

    /// A kernel matrix from points: the formula language against NumPy's broadcasting.
    @Test func aKernelMatrixAgrees() throws {
      let folder = ScratchFolder()
      try python("np.save('p.npy', np.random.default_rng(3).normal(size=(40, 3)))", in: folder)
      try weft(
        [
          "compute", "exp(-sum(k, 0, columns(X)-1, (X[i,k]-X[j,k])^2)/2)", "--size", "40", "--input", "X=p.npy",
          "--output", "k.npy",
        ], in: folder)
      try python(
        """
        p, k = np.load("p.npy"), np.load("k.npy")
        wanted = np.exp(-((p[:, None] - p[None]) ** 2).sum(2) / 2)
        assert np.abs(k - wanted).max() < 1e-14 and np.array_equal(k, k.T)
        """, in: folder)
    }

    @Test func otherTypesAreRefusedByName() throws {
      let folder = ScratchFolder()
      try python(
        """
        np.save("i8.npy", np.arange(6).reshape(2, 3))
        np.save("complex.npy", np.ones((2, 2), complex))
        np.save("bool.npy", np.ones((2, 2), bool))
        np.save("half.npy", np.ones((2, 2), "f2"))
        np.save("object.npy", np.array([[1, "a"]], object), allow_pickle=True)
        np.save("struct.npy", np.zeros((2, 2), [("a", "f8")]))
        np.save("text.npy", np.array([["a"]]))
        np.save("three.npy", np.zeros((2, 2, 2)))
        np.savez("z.npz", x=np.zeros((2, 2), complex))
        """, in: folder)
      for name in folder.names where !name.hasSuffix(".py") {
        for arguments in [["compute", "X[i,j]", "--size", "1", "--input", "X=\(name)"], ["info", name]] {
          let run = try Command.weft(arguments, in: folder).run()
          expectRefusal(run, code: 65, [name], "\(arguments)")
        }
      }
    }
  }
}
