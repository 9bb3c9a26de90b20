// SPDX-License-Identifier: Apache-2.0
//
// The commands of linear algebra, as a user calls them: every answer against NumPy's, or against what it has to satisfy.

import Testing

extension EndToEnd {
  @Suite(.timeLimit(.minutes(20)), .enabled(if: Tool.hasNumPy, "python3 with numpy is not installed"))
  struct AlgebraTests {
    private func python(_ script: String, in folder: ScratchFolder) throws {
      folder.write("import numpy as np\nload = lambda n: np.load(n + '.npy')\n" + script, to: "script.py")
      let run = try Command("python3", ["script.py"], in: folder.path).run()
      #expect(run.code == 0, "\(run.errors.suffix(1500))")
    }

    @discardableResult
    private func weft(_ words: String, in folder: ScratchFolder) throws -> Run {
      let run = try Command.weft(words.split(separator: " ").map(String.init), in: folder).run()
      try #require(run.code == 0, "weft \(words): \(run.summary)")
      #expect(run.errors.isEmpty, "weft \(words): \(run.errors)")
      return run
    }

    /// a: 60×60, k: positive definite, t: 70×40, low: of rank 5, b and c: right-hand sides.
    private static let matrices = """
      r = np.random.default_rng(11)
      a, t = r.normal(size=(60, 60)), r.normal(size=(70, 40))
      k, low = a @ a.T + np.eye(60), r.normal(size=(30, 5)) @ r.normal(size=(5, 20))
      b, c = r.normal(size=(60, 3)), r.normal(size=(70, 2))
      everything = dict(a=a, t=t, k=k, low=low, b=b, c=c)
      """
    private static let save = matrices + "\nfor name, m in everything.items(): np.save(name + '.npy', m)\n"
    private static let close = """

      def close(name, wanted, tolerance=1e-12):
          got = load(name)
          assert got.shape == wanted.shape, (name, got.shape, wanted.shape)
          assert np.abs(got - wanted).max() <= tolerance * max(1, np.abs(wanted).max()), (name, np.abs(got - wanted).max())

      """

    @Test func productsAndSums() throws {
      let folder = ScratchFolder()
      try python(Self.save, in: folder)
      for words in [
        "multiply a.npy b.npy -o 1.npy", "multiply t.npy c.npy --transpose-a -o 2.npy",
        "multiply b.npy a.npy --transpose-a --transpose-b -o 3.npy", "multiply t.npy t.npy --transpose-a -o 4.npy",
        "multiply t.npy t.npy --transpose-b -o 5.npy", "add a.npy k.npy -o 6.npy", "subtract a.npy k.npy -o 7.npy",
        "scale a.npy --by -0.3 -o 8.npy", "transpose t.npy -o 9.npy", "power a.npy --exponent 3 -o 10.npy",
        "multiply --formula i-2*j --size 60 b.npy -o 11.npy",
      ] { try weft(words, in: folder) }
      try python(
        Self.matrices + Self.close + """
          close("1", a @ b); close("2", t.T @ c); close("3", b.T @ a.T); close("4", t.T @ t); close("5", t @ t.T)
          assert np.array_equal(load("4"), load("4").T) and np.array_equal(load("5"), load("5").T)
          assert np.array_equal(load("6"), a + k) and np.array_equal(load("7"), a - k)
          assert np.array_equal(load("8"), a * -0.3) and np.array_equal(load("9"), t.T)
          close("10", a @ a @ a)
          close("11", (np.arange(60.)[:, None] - 2 * np.arange(60.)) @ b)
          """, in: folder)
    }

    @Test func systems() throws {
      let folder = ScratchFolder()
      try python(
        Self.save + "np.save('l.npy', np.tril(a) + 9 * np.eye(60)); np.save('u.npy', np.triu(a) + 9 * np.eye(60))",
        in: folder)
      for words in [
        "solve a.npy b.npy -o 1.npy", "solve k.npy b.npy --assume positive-definite -o 2.npy",
        "solve l.npy b.npy --assume lower -o 3.npy", "solve u.npy b.npy --assume upper -o 4.npy",
        "lstsq t.npy c.npy -o 5.npy", "inverse a.npy -o 6.npy", "pinv t.npy -o 7.npy", "pinv low.npy -o 8.npy",
      ] { try weft(words, in: folder) }
      try python(
        Self.matrices + Self.close + """
          close("1", np.linalg.solve(a, b), 1e-11); close("2", np.linalg.solve(k, b), 1e-11)
          close("3", np.linalg.solve(np.tril(a) + 9 * np.eye(60), b)); close("4", np.linalg.solve(np.triu(a) + 9 * np.eye(60), b))
          close("5", np.linalg.lstsq(t, c, rcond=None)[0]); close("6", np.linalg.inv(a), 1e-11)
          close("7", np.linalg.pinv(t)); close("8", np.linalg.pinv(low))
          """, in: folder)
    }

    @Test func factors() throws {
      let folder = ScratchFolder()
      try python(Self.save, in: folder)
      for words in [
        "lu a.npy -o lu.npy", "cholesky k.npy -o l.npy", "qr t.npy -o qr.npy", "qr t.npy --pivot --full -o qp",
        "svd t.npy -o svd.npy", "svd t.npy --rank 7 -o low7.npy", "svd t.npy --values -o values.npy",
        "eigen k.npy -o sym.npy", "eigen a.npy -o gen.npy", "eigen a.npy --values -o ev.npy",
        "sqrtm k.npy -o root.npy", "scale a.npy --by 0.1 -o small.npy", "expm small.npy -o exponential.npy",
        "logm exponential.npy -o logarithm.npy",
      ] { try weft(words, in: folder) }
      try python(
        Self.matrices + Self.close + """
          I = np.eye
          p = load("lu.p").astype(int).ravel()
          assert np.abs(a[p] - load("lu.l") @ load("lu.u")).max() < 1e-13
          assert np.array_equal(np.triu(load("lu.l"), 1), 0 * a) and np.array_equal(np.tril(load("lu.u"), -1), 0 * a)
          assert (np.diag(load("lu.l")) == 1).all() and np.abs(load("lu.l")).max() <= 1
          close("l", np.linalg.cholesky(k))
          q, R = load("qr.q"), load("qr.r")
          assert q.shape == (70, 40) and np.abs(q @ R - t).max() < 1e-13 and np.abs(q.T @ q - I(40)).max() < 1e-13
          q, R, p = load("qp.q"), load("qp.r"), load("qp.p").astype(int).ravel()
          assert q.shape == (70, 70) and R.shape == (70, 40) and np.abs(q @ R - t[:, p]).max() < 1e-13
          d = np.abs(np.diag(R))
          assert (d[1:] <= d[:-1] * (1 + 1e-12)).all()
          s = np.linalg.svd(t)[1]
          u, vt = load("svd.u"), load("svd.vt")
          close("svd.s", s[:, None]); close("values", s[:, None])
          assert u.shape == (70, 40) and np.abs(u * load("svd.s").T @ vt - t).max() < 1e-13
          low7 = load("low7.u") * load("low7.s").T @ load("low7.vt")
          assert low7.shape == t.shape and abs(np.linalg.norm(t - low7, 2) - s[7]) < 1e-12
          w, v = np.linalg.eigvalsh(k), load("sym.vectors")
          close("sym.values", w[:, None]); assert np.abs(k @ v - v * load("sym.values").T).max() < 1e-11
          lam = load("gen.values") @ [1, 1j]
          v = load("gen.real") + 1j * load("gen.imaginary")
          assert np.abs(a @ v - v * lam).max() < 1e-12
          key = lambda z: np.sort_complex(np.round(z, 9))
          assert np.allclose(key(lam), key(np.linalg.eigvals(a))) and np.array_equal(load("ev"), load("gen.values"))
          w, v = np.linalg.eig(0.1 * a)
          close("exponential", (v * np.exp(w) @ np.linalg.inv(v)).real, 1e-11)
          close("logarithm", 0.1 * a, 1e-10)
          close("root", load("root").T); assert np.abs(load("root") @ load("root") - k).max() < 1e-11
          """, in: folder)
    }

    @Test func numbers() throws {
      let folder = ScratchFolder()
      try python(Self.save, in: folder)
      var printed = ""
      for words in [
        "det a.npy", "det a.npy --log", "rank low.npy", "rank a.npy", "cond a.npy", "cond a.npy --kind 1",
        "cond a.npy --kind frobenius", "norm t.npy", "norm t.npy --kind 1",
        "norm t.npy --kind 2", "norm t.npy --kind inf", "norm t.npy --kind nuclear", "norm t.npy --kind max",
        "trace a.npy", "svd low.npy --values",
      ] { printed += try weft(words, in: folder).text }
      folder.write(printed, to: "printed")
      try python(
        Self.matrices + """

          n, norm = np.loadtxt("printed"), np.linalg.norm
          wanted = [np.linalg.det(a), *np.linalg.slogdet(a), 5, 60, *[np.linalg.cond(a, kind) for kind in (None, 1, "fro")], norm(t), norm(t, 1), norm(t, 2),
                    norm(t, np.inf), norm(t, "nuc"), np.abs(t).max(), np.trace(a), *np.linalg.svd(low)[1]]
          assert np.abs(n - wanted).max() <= 1e-12 * np.abs(wanted).max() and len(n) == len(wanted)
          assert np.allclose(n, wanted, rtol=1e-11, atol=1e-13)
          """, in: folder)
    }

    @Test func float32StaysFloat32() throws {
      let folder = ScratchFolder()
      try python(
        Self.save + "np.save('af.npy', a.astype('f4')); np.save('bf.npy', b.astype('f4'))", in: folder)
      try weft("solve af.npy bf.npy -o 1.npy", in: folder)
      try weft("solve af.npy b.npy -o 2.npy", in: folder)
      try weft("multiply a.npy b.npy --dtype float32 -o 3.npy", in: folder)
      let norm = try weft("norm af.npy", in: folder).text
      #expect(norm.count < 11, "digits of a float: \(norm)")
      try python(
        Self.matrices + """

          f = lambda m: m.astype('f4')
          assert load("1").dtype == np.float32 and load("2").dtype == np.float64 and load("3").dtype == np.float32
          assert np.abs(load("1") - np.linalg.solve(f(a).astype('f8'), f(b).astype('f8'))).max() < 1e-2
          assert np.abs(load("3") - a @ b).max() < 1e-4
          """, in: folder)
    }

    /// Points, kernel matrix, Cholesky, weights: one command.
    @Test func thePipelineInOneCommand() throws {
      let folder = ScratchFolder()
      try python(
        "r = np.random.default_rng(5); np.save('x.npy', r.normal(size=(300, 3))); np.save('y.npy', r.normal(size=(300, 1)))",
        in: folder)
      let run = try Command.weft(
        [
          "solve", "--formula", "exp(-sum(k,0,columns(X)-1,(X[i,k]-X[j,k])^2)/2) + (i == j)*0.1", "--input", "X=x.npy",
          "--size", "300", "y.npy", "--assume", "positive-definite", "-o", "w.npy", "--json",
        ], in: folder
      ).run()
      try #require(run.code == 0, "\(run.summary)")
      let json = try JSONValue(parsing: run.text)
      #expect(json["residual"]?.number ?? 1 < 1e-15)
      #expect(run.text.contains("\"output\": \"w.npy\""))
      try python(
        """
        x, y = load("x"), load("y")
        k = np.exp(-((x[:, None] - x[None]) ** 2).sum(2) / 2) + 0.1 * np.eye(300)
        assert np.abs(load("w") - np.linalg.solve(k, y)).max() < 1e-11
        try:
            from scipy.linalg import cho_factor, cho_solve
            from scipy.spatial.distance import cdist
        except ImportError:
            raise SystemExit(0)
        k = np.exp(-cdist(x, x, "sqeuclidean") / 2) + 0.1 * np.eye(300)
        assert np.abs(load("w") - cho_solve(cho_factor(k), y)).max() < 1e-11
        """, in: folder)
    }
  }
}
