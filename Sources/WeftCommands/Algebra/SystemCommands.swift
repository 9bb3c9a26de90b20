// SPDX-License-Identifier: Apache-2.0
//
// solve, lstsq, inverse, pinv: answers to A·X = B.

import ArgumentParser
import Weft

struct SolveCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "solve",
    abstract: "Solve the system A·X = B.",
    usage: "weft solve <a> <b> [--assume <structure>] [-o <path>] [options]",
    discussion: """
      A is square; every column of B is a right-hand side. By LU with partial pivoting, or by what --assume allows. Says on standard \
      error where A is so ill-conditioned that X may have no correct digit.

      Examples:
        weft solve a.npy b.npy -o x.npy
        weft solve --formula '1/(i+j+1)' --size 8 b.npy --verbose
        weft solve --formula 'exp(-abs(X[i,0]-X[j,0]))' --input X=points.npy \\
          --size 500 b.npy --assume positive-definite -o weights.npy
      """)
  static let operandNames = ["A", "B"]

  enum Assumption: String, CaseIterable, ExpressibleByArgument {
    case general
    case positiveDefinite = "positive-definite"
    case lower, upper

    var structure: LinearSystem.Structure {
      switch self {
      case .general: .general
      case .positiveDefinite: .positiveDefinite
      case .lower: .lowerTriangular
      case .upper: .upperTriangular
      }
    }

    var method: String {
      switch self {
      case .general: "getrf, LU with partial pivoting"
      case .positiveDefinite: "potrf, Cholesky"
      case .lower, .upper: "trtrs, substitution in the \(rawValue) triangle"
      }
    }
  }

  @Option(
    help: ArgumentHelp(
      """
      What is known of A; positive-definite: symmetric too, Cholesky in half of the time; lower, upper: only that triangle is \
      read. (default: general)
      """, valueName: "structure"))
  var assume: Assumption?
  @OptionGroup var arguments: MatrixArguments

  var partNames: [String] { ["solution"] }

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    let assumption = assume ?? .general
    let system = try LinearSystem.solve(
      operands[0].matrix, operands[1].matrix, assuming: assumption.structure)
    var answer = AlgebraAnswer<Element>("solution", system.solution)
    answer.facts = [
      .init("method", "method", assumption.method),
      .condition(reciprocal: system.reciprocalCondition),
    ]
    answer.warning = system.warning
    answer.quality = {
      [
        .residual(system.backwardError, of: "|B - AX| / (|A||X| + |B|), the change of A and B that makes X exact")
      ]
    }
    return answer
  }
}

struct LeastSquaresCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "lstsq",
    abstract: "Find the X that comes closest to A·X = B.",
    usage: "weft lstsq <a> <b> [--tolerance <t>] [-o <path>] [options]",
    discussion: """
      A of any shape and rank: the least squares solution, the shortest where there are several. By QR where A has full rank with \
      certainty, by singular values otherwise.

      Example:
        weft lstsq design.npy observations.npy -o coefficients.csv --verbose
      """)
  static let operandNames = ["A", "B"]

  @OptionGroup var cutoff: ToleranceOption
  @OptionGroup var arguments: MatrixArguments

  var partNames: [String] { ["solution"] }
  func checkOptions() throws(UsageError) { _ = try cutoff.value() }

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    let fit = try LeastSquares.solve(
      operands[0].matrix, operands[1].matrix, tolerance: cutoff.value().map { Element($0) })
    var answer = AlgebraAnswer<Element>("solution", fit.solution)
    answer.facts = [
      .init("method", "method", fit.method == .qr ? "geqrf, QR" : "gelsd, singular values"),
      .init("rank", "rank", fit.rank),
    ]
    answer.quality = {
      let norms = fit.residualNorms
      let shown = norms.prefix(4).map { "\($0)" }.joined(separator: ", ") + (norms.count > 4 ? ", …" : "")
      return [
        .init(
          "residual", "residual", .array(norms.map { JSON(element: $0) }), "\(shown) = |b - Ax|, for each column of B")
      ]
    }
    return answer
  }
}

struct InverseCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "inverse", abstract: "Invert a matrix.", usage: "weft inverse <a> [-o <path>] [options]",
    discussion: """
      To solve A·X = B, 'weft solve' is faster and more accurate than a product with the inverse.

      Example:
        weft inverse a.npy -o ai.npy --verbose
      """)

  @OptionGroup var arguments: MatrixArguments

  var partNames: [String] { ["inverse"] }

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    let a = operands[0].matrix
    let lu = try LUFactorization(a)
    let inverse = try lu.inverse()
    let condition = try lu.reciprocalCondition()
    var answer = AlgebraAnswer<Element>("inverse", inverse)
    answer.facts = [
      .init("method", "method", "getrf and getri, LU with partial pivoting"),
      .condition(reciprocal: condition),
    ]
    if condition < Element.ulpOfOne {
      answer.warning =
        "the inverse may have no correct digit: the condition number of the matrix is about \(Float(1 / condition)), "
        + "and \(Element.elementType) resolves \(Float(1 / Element.ulpOfOne))"
    }
    answer.quality = {
      var product = try Product.of(a, inverse)
      for i in 0..<product.rows { product[i, i] -= 1 }
      guard !product.isEmpty else { return [] }
      let scale = try Element(a.rows) * a.norm(.one) * inverse.norm(.one) * Element.ulpOfOne
      return [.residual(try product.norm(.one) / scale, of: "|A inv(A) - 1| / (n eps |A||inv(A)|)")]
    }
    return answer
  }
}

struct PseudoInverseCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "pinv", abstract: "Find the pseudo-inverse of a matrix.",
    usage: "weft pinv <a> [--tolerance <t>] [-o <path>] [options]",
    discussion: """
      Moore and Penrose's, by singular values, for a matrix of any shape and rank.

      Example:
        weft pinv a.npy -o ap.npy
      """)

  @OptionGroup var cutoff: ToleranceOption
  @OptionGroup var arguments: MatrixArguments

  var partNames: [String] { ["pinv"] }
  func checkOptions() throws(UsageError) { _ = try cutoff.value() }

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    let a = operands[0].matrix
    let svd = try SingularValueDecomposition(a)
    let relative = try cutoff.value().map { Element($0) }
    let inverse = try svd.pseudoInverse(cutoff: relative)
    var answer = AlgebraAnswer<Element>("pinv", inverse)
    answer.facts = [
      .init("method", "method", "gesdd, singular values"),
      .init("rank", "rank", svd.rank(tolerance: relative.map { $0 * svd.spectralNorm })),
    ]
    answer.quality = {
      guard !inverse.isEmpty else { return [] }
      let again = try Product.of(Product.of(a, inverse), a)
      let scale = svd.spectralNorm * (try inverse.norm(.two))
      let value = try AlgebraQuality.residual(again, a, relativeTo: a, max(a.rows, a.columns))
      return [.residual(value / max(scale, 1), of: "|A pinv(A) A - A| / (n eps |A| cond(A))")]
    }
    return answer
  }
}

/// Where a singular value counts as zero.
struct ToleranceOption: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Singular values up to this times the largest count as zero. (default: larger side times epsilon)",
      valueName: "t"))
  var tolerance: String?

  func value() throws(UsageError) -> Double? {
    guard let tolerance else { return nil }
    guard let value = Double(tolerance), value >= 0, value < 1 else {
      throw UsageError("--tolerance is a number from 0 to below 1, not '\(tolerance)'.")
    }
    return value
  }
}
