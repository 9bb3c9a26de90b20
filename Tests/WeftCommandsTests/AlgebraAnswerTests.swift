// SPDX-License-Identifier: Apache-2.0
//
// Names of files, digits of numbers, residuals: the parts of the commands of linear algebra that need no file.

import Testing
import Weft

@testable import WeftCommands

@Suite("Answers of linear algebra")
struct AlgebraAnswerTests {
  @Test(
    "Names of factors",
    arguments: [
      ("f.npy", nil, "f.l.npy"), ("f", nil, "f.l.npy"), ("f.csv", nil, "f.l.csv"), ("a.b/f", nil, "a.b/f.l.npy"),
      ("v1.2", nil, "v1.2.l.npy"), ("f", .csv, "f.l.csv"), ("f.NPY", nil, "f.l.NPY"), ("a.npy/f", nil, "a.npy/f.l.npy"),
    ] as [(String, MatrixFormat?, String)])
  func names(path: String, format: MatrixFormat?, factor: String) {
    let output = MatrixOutput(path: path, format: format, overwrite: false, sync: true)
    #expect(output.path(of: "l", isOnly: false) == factor)
    #expect(output.path(of: "l", isOnly: true) == path)
  }

  @Test("Digits are those of the type, and JSON has no infinities")
  func digits() {
    #expect(JSON(element: Float(0.1)).rendered == "0.1")
    #expect(JSON(element: 0.1).rendered == "0.1")
    #expect(JSON(element: -Float.infinity).rendered == "null")
    #expect(JSON(element: Double.nan).rendered == "null")
    let values: [Complex<Double>] = [Complex(1.5, 0.25), Complex(-2, 0), Complex(0, -1e-5)]
    let fact = AlgebraAnswer<Double>.Fact.list("eigenvalues", values)
    #expect(fact.text == "1.5+0.25i\n-2.0\n0.0-1e-05i")
    #expect(fact.value.rendered == "[[1.5, 0.25], [-2.0, 0.0], [0.0, -1e-05]]")
  }

  @Test("Residuals are small for right answers and large for wrong ones")
  func residuals() throws {
    let a = Matrix<Double>.normal(rows: 30, columns: 20, seed: 1),
      b = Matrix<Double>.normal(rows: 20, columns: 25, seed: 2)
    var c = try Product.of(a, b)
    func value() throws -> Double {
      try AlgebraQuality.product(c, of: a, b, left: .asStored, right: .asStored)
    }
    #expect(try value() < 1)
    c[17, 3] += 1e-6
    #expect(try value() > 1000)
    #expect(try AlgebraQuality.residual(a, a, relativeTo: a, 30) == 0)
    #expect(try AlgebraQuality.residual(a, a * (1 + 1e-6), relativeTo: a, 30) > 1000)
    #expect(try AlgebraQuality.orthogonality(QRFactorization(a).q()) < 30)
    #expect(try AlgebraQuality.orthogonality(a) > 1e10)
    #expect(try AlgebraQuality.orthogonality(Matrix<Double>(repeating: 0, rows: 3, columns: 0)) == 0)
  }

  @Test("A formula's options without a formula are refused")
  func idleOptions() throws {
    for arguments in [
      ["--size", "3"], ["--let", "a=1"], ["--input", "X=a.npy"], ["--origin", "1"], ["--accuracy", "best"],
    ] {
      let command = try DeterminantCommand.parse(["a.npy"] + arguments)
      let error = #expect(throws: UsageError.self) { try command.arguments.operand.request() }
      #expect(error?.description.contains(arguments[0]) == true)
    }
    let command = try SolveCommand.parse(["a.npy", "b.npy", "--dtype", "float32", "--workers", "2"])
    #expect(try command.arguments.operand.request() == nil)
    #expect(try command.arguments.operand.elementType() == .float32 && command.arguments.operand.cpuLimit() == 2)
  }
}
