// SPDX-License-Identifier: Apache-2.0
//
// expm, logm, sqrtm, power: functions of a whole matrix, not of its elements.

import ArgumentParser
import Weft

struct ExponentialCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "expm", abstract: "Find the exponential of a square matrix.",
    usage: "weft expm <a> [-o <path>] [options]",
    discussion: """
      The sum of A^k/k!, not the exponential of each element ('weft compute' does that).

      Example:
        weft expm a.npy -o e.npy
      """)

  @OptionGroup var arguments: MatrixArguments

  var partNames: [String] { ["exponential"] }

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    let a = operands[0].matrix
    let exponential = try a.exponential()
    var answer = AlgebraAnswer<Element>("exponential", exponential)
    answer.facts = [.init("method", "method", "Padé, scaling and squaring")]
    answer.quality = {
      guard !a.isEmpty else { return [] }
      let inverse = try a.times(-1).exponential()
      var product = try Product.of(exponential, inverse)
      for i in 0..<product.rows { product[i, i] -= 1 }
      let scale = try Element(a.rows) * exponential.norm(.one) * inverse.norm(.one) * Element.ulpOfOne
      return [.residual(try product.norm(.one) / scale, of: "|exp(A) exp(-A) - 1| / (n eps |exp(A)||exp(-A)|)")]
    }
    return answer
  }
}

struct LogarithmCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "logm", abstract: "Find the logarithm of a square matrix, exp(X) = A.",
    usage: "weft logm <a> [-o <path>] [options]",
    discussion: """
      The principal one, real; a matrix without one is refused.

      Example:
        weft logm a.npy -o x.npy
      """)

  @OptionGroup var arguments: MatrixArguments

  var partNames: [String] { ["logarithm"] }

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    let a = operands[0].matrix
    let logarithm = try a.logarithm()
    var answer = AlgebraAnswer<Element>("logarithm", logarithm)
    answer.facts = [.init("method", "method", "Schur and Padé, inverse scaling and squaring")]
    answer.quality = {
      guard !a.isEmpty else { return [] }
      let again = try logarithm.exponential()
      // What the exponential makes of rounding of its argument: its condition is at least the argument's norm.
      let value = try AlgebraQuality.residual(again, a, relativeTo: a, a.rows)
      return [.residual(value / max(1, try logarithm.norm(.one)), of: "|exp(X) - A| / (n eps |A| max(1, |X|))")]
    }
    return answer
  }
}

struct SquareRootCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "sqrtm", abstract: "Find the square root of a square matrix, S·S = A.",
    usage: "weft sqrtm <a> [-o <path>] [options]",
    discussion: """
      The principal one, real; a matrix without one is refused.

      Example:
        weft sqrtm a.npy -o s.npy
      """)

  @OptionGroup var arguments: MatrixArguments

  var partNames: [String] { ["root"] }

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    let a = operands[0].matrix
    let root = try a.squareRoot()
    var answer = AlgebraAnswer<Element>("root", root)
    answer.facts = [.init("method", "method", "Schur, a column of the root at a time")]
    answer.quality = {
      guard !a.isEmpty else { return [] }
      let (square, norm) = try (Product.of(root, root), root.norm(.one))
      let left = try a.minus(square).norm(.one)
      guard left > 0 else { return [.residual(0, of: "|A - SS|")] }
      return [.residual(left / (Element(a.rows) * norm * norm * Element.ulpOfOne), of: "|A - SS| / (n eps |S||S|)")]
    }
    return answer
  }
}

struct PowerCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "power", abstract: "Multiply a square matrix with itself.",
    usage: "weft power <a> --exponent <k> [-o <path>] [options]",
    discussion: """
      Negative exponents are powers of the inverse.

      Example:
        weft power a.npy --exponent 10 -o p.npy
      """)

  @Option(parsing: .unconditional, help: ArgumentHelp("The exponent, a whole number.", valueName: "k"))
  var exponent: String
  @OptionGroup var arguments: MatrixArguments

  var partNames: [String] { ["power"] }
  func checkOptions() throws(UsageError) { _ = try value() }

  private func value() throws(UsageError) -> Int {
    guard let value = Int(exponent) else {
      throw UsageError("--exponent is a whole number, not '\(exponent)'.")
    }
    return value
  }

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    let (a, exponent) = (operands[0].matrix, try value())
    let power = try a.power(exponent)
    var answer = AlgebraAnswer<Element>("power", power)
    answer.facts = [.init("method", "method", exponent < 0 ? "LU, then repeated squaring" : "repeated squaring")]
    answer.quality = {
      guard !a.isEmpty, exponent != 0 else { return [] }
      // One factor more in two ways: A·A^k and A^k·A agree where nothing is lost.
      let difference = try Product.of(a, power) - Product.of(power, a)
      let scale = try Element(a.rows) * a.norm(.one) * power.norm(.one) * Element.ulpOfOne
      return [.residual(scale > 0 ? try difference.norm(.one) / scale : 0, of: "|A P - P A| / (n eps |A||P|)")]
    }
    return answer
  }
}
