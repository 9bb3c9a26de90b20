// SPDX-License-Identifier: Apache-2.0
//
// svd, eigen: singular values and eigenvalues, with their vectors or alone.

import ArgumentParser
import Weft

struct SVDCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "svd",
    abstract: "Find the singular values of a matrix, A = U·diag(s)·Vt.",
    usage: "weft svd <a> [--values | --rank <k> | --full] [-o <path>] [options]",
    discussion: """
      -o f.npy writes f.u.npy, f.s.npy (a column, largest first) and f.vt.npy. With --values, only the singular values, a line each, \
      or a column in the file that -o names. With --rank k the k largest and their vectors: the factors of the nearest matrix of \
      that rank.

      Examples:
        weft svd a.npy --values
        weft svd a.npy --rank 10 -o f.npy
      """)

  @Flag(help: "The singular values alone, which takes a fraction of the time.")
  var values = false
  @Flag(help: "All columns of U and all rows of Vt, two square matrices.")
  var full = false
  @Option(parsing: .unconditional, help: ArgumentHelp("Keep the k largest singular values.", valueName: "k"))
  var rank: String?
  @OptionGroup var arguments: MatrixArguments

  var partNames: [String] { values ? ["s"] : ["u", "s", "vt"] }

  func checkOptions() throws(UsageError) {
    guard (values ? 1 : 0) + (full ? 1 : 0) + (rank == nil ? 0 : 1) <= 1 else {
      throw UsageError("--values, --full and --rank exclude each other; give one of them.")
    }
    _ = try wantedRank()
  }

  private func wantedRank() throws(UsageError) -> Int? {
    guard let rank else { return nil }
    guard let value = Int(rank), value >= 0 else {
      throw UsageError("--rank is a whole number of at least 0, not '\(rank)'.")
    }
    return value
  }

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    let a = operands[0].matrix
    if values {
      let values = try a.singularValues()
      var answer = AlgebraAnswer<Element>(
        numbers: arguments.target.output == nil ? [.list("singularValues", values)] : [])
      if arguments.target.output != nil { answer = AlgebraAnswer("s", Matrix(column: values)) }
      answer.facts = [.init("method", "method", "gesdd without vectors")]
      return answer
    }
    var svd = try SingularValueDecomposition(a, full ? .full : .thin)
    if let rank = try wantedRank() {
      guard rank <= svd.singularValues.count else {
        throw OperandError("--rank is \(rank), and A, \(a.shape), has \(svd.singularValues.count) singular values.")
      }
      svd = try svd.truncated(rank: rank)
    }
    var answer = AlgebraAnswer<Element>(parts: [
      .init(name: "u", meaning: "U, left singular vectors in columns", matrix: svd.u),
      .init(name: "s", meaning: "s, singular values", matrix: Matrix(column: svd.singularValues)),
      .init(name: "vt", meaning: "Vt, right singular vectors in rows", matrix: svd.vt),
    ])
    answer.facts = [.init("method", "method", "gesdd, divide and conquer")]
    let (factors, isTruncated) = (svd, rank != nil)
    answer.quality = {
      guard !a.isEmpty, !factors.singularValues.isEmpty else { return [] }
      let again = try factors.reconstruct()
      let v = factors.vt.transposed()
      let left = try AlgebraQuality.orthogonality(factors.u)
      let orthogonality = max(left, try AlgebraQuality.orthogonality(v))
      let fit: AlgebraAnswer<Element>.Fact
      if isTruncated {
        let left = try a.minus(again).norm(.frobenius) / a.norm(.frobenius)
        fit = .residual(left, of: "|A - USVt| / |A|, Frobenius, what the rank leaves out")
      } else {
        let value = try AlgebraQuality.residual(a, again, relativeTo: a, max(a.rows, a.columns))
        fit = .residual(value, of: "|A - USVt| / (n eps |A|)")
      }
      return [fit, .orthogonality(orthogonality, of: "|Q'Q - 1| / (n eps), the worse of U and V")]
    }
    return answer
  }
}

struct EigenCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "eigen",
    abstract: "Find the eigenvalues of a square matrix, and its eigenvectors.",
    usage: "weft eigen <a> [--values] [--symmetric | --general] [-o <path>] [options]",
    discussion: """
      A matrix that is symmetric to the bit has real eigenvalues, smallest first, and orthonormal vectors; any other has complex ones, \
      written as two columns, real and imaginary part. -o f.npy writes f.values.npy and f.vectors.npy, a column for each vector; \
      where eigenvalues may be complex f.real.npy and f.imaginary.npy hold the vectors' parts. With --values, only the eigenvalues, a \
      line each, or in the file that -o names.

      Examples:
        weft eigen k.npy --values
        weft eigen a.npy -o f.npy --verbose
      """)

  @Flag(help: "The eigenvalues alone, in half of the time or less.")
  var values = false
  @Flag(help: "Take the matrix for symmetric: of the two triangles the upper one is read.")
  var symmetric = false
  @Flag(help: "Do not look whether the matrix is symmetric.")
  var general = false
  @OptionGroup var arguments: MatrixArguments

  /// Which of them there are shows when the matrix is there.
  var partNames: [String] {
    values
      ? ["values"]
      : symmetric
        ? ["values", "vectors"]
        : general ? ["values", "real", "imaginary"] : ["values", "vectors", "real", "imaginary"]
  }

  func checkOptions() throws(UsageError) {
    guard !symmetric || !general else { throw UsageError("--symmetric and --general exclude each other.") }
  }

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    let a = operands[0].matrix
    guard a.rows == a.columns else {
      throw OperandError("A is \(a.shape), and only square matrices have eigenvalues; 'weft svd' takes any shape.")
    }
    return symmetric || !general && a.isSymmetric() ? try symmetricAnswer(a) : try generalAnswer(a)
  }

  private func symmetricAnswer<Element: MatrixElement & Real>(
    _ a: any MatrixReadable<Element>
  ) throws -> AlgebraAnswer<Element> {
    let method = AlgebraAnswer<Element>.Fact("method", "method", "syevd, for a symmetric matrix")
    if values {
      let values = try a.symmetricEigenvalues()
      var answer = AlgebraAnswer<Element>(numbers: arguments.target.output == nil ? [.list("eigenvalues", values)] : [])
      if arguments.target.output != nil { answer = AlgebraAnswer("values", Matrix(column: values)) }
      answer.facts = [method]
      return answer
    }
    let eigen = try SymmetricEigenDecomposition(a)
    let vectors = eigen.vt.transposed()
    var answer = AlgebraAnswer<Element>(
      parts: [
        .init(name: "values", meaning: "eigenvalues", matrix: Matrix(column: eigen.eigenvalues)),
        .init(name: "vectors", meaning: "eigenvectors in columns", matrix: vectors),
      ], facts: [method])
    answer.quality = {
      guard !a.isEmpty else { return [] }
      var symmetric = try Matrix(a)
      symmetric.mirrorUpperTriangle()
      let value = try AlgebraQuality.residual(
        symmetric, eigen.reconstruct(), relativeTo: symmetric, max(1, a.rows))
      return [
        .residual(value, of: "|A - VDV'| / (n eps |A|)"),
        .orthogonality(try AlgebraQuality.orthogonality(vectors), of: "|V'V - 1| / (n eps)"),
      ]
    }
    return answer
  }

  private func generalAnswer<Element: MatrixElement & Real>(
    _ a: any MatrixReadable<Element>
  ) throws -> AlgebraAnswer<Element> {
    let method = AlgebraAnswer<Element>.Fact("method", "method", "geev, for a general matrix")
    func columns(_ values: [Complex<Element>]) -> Matrix<Element> {
      Matrix(rows: values.count, columns: 2) { $1 == 0 ? values[$0].real : values[$0].imaginary }
    }
    if values {
      let values = try a.eigenvalues()
      var answer = AlgebraAnswer<Element>(numbers: arguments.target.output == nil ? [.list("eigenvalues", values)] : [])
      if arguments.target.output != nil { answer = AlgebraAnswer("values", columns(values)) }
      answer.facts = [method]
      return answer
    }
    let eigen = try EigenDecomposition(a)
    let vectors = (0..<eigen.order).map { eigen.vector($0) }
    func part(_ component: (Complex<Element>) -> Element) -> Matrix<Element> {
      Matrix(rows: eigen.order, columns: eigen.order) { component(vectors[$1][$0]) }
    }
    var answer = AlgebraAnswer<Element>(
      parts: [
        .init(name: "values", meaning: "eigenvalues, real and imaginary part", matrix: columns(eigen.eigenvalues)),
        .init(name: "real", meaning: "eigenvectors in columns, real parts", matrix: part { $0.real }),
        .init(name: "imaginary", meaning: "eigenvectors in columns, imaginary parts", matrix: part { $0.imaginary }),
      ], facts: [method])
    answer.quality = {
      guard !a.isEmpty else { return [] }
      let value = try eigen.residual(of: a) / (Element(a.rows) * Element.ulpOfOne)
      return [.residual(value, of: "|AV - VD| / (n eps |A|)")]
    }
    return answer
  }
}

extension Matrix {
  /// Below the diagonal what stands above it.
  fileprivate mutating func mirrorUpperTriangle() {
    for i in 0..<rows { for j in 0..<i { self[i, j] = self[j, i] } }
  }
}

extension AlgebraAnswer.Fact {
  /// Numbers a line each.
  static func list(_ key: String, _ values: [Element]) -> Self {
    Self(key, key, .array(values.map { JSON(element: $0) }), values.map { "\($0)" }.joined(separator: "\n"))
  }
}

extension AlgebraAnswer.Fact where Element: Real {
  /// Complex numbers a line each, as 1.5+0.25i; in JSON as pairs.
  static func list(_ key: String, _ values: [Complex<Element>]) -> Self {
    let text = values.map {
      $0.imaginary == 0 ? "\($0.real)" : "\($0.real)\($0.imaginary < 0 ? "" : "+")\($0.imaginary)i"
    }
    return Self(
      key, key, .array(values.map { .array([JSON(element: $0.real), JSON(element: $0.imaginary)]) }),
      text.joined(separator: "\n"))
  }
}
