// SPDX-License-Identifier: Apache-2.0
//
// multiply, add, subtract, scale, transpose: matrices from matrices, element by element or by products.

import ArgumentParser
import Weft

struct MultiplyCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "multiply",
    abstract: "Multiply two matrices.",
    usage: "weft multiply <a> <b> [-o <path>] [options]",
    discussion: """
      A·B by OpenBLAS, on all CPUs. A^T·A and A·A^T of one file are symmetric to the bit and take half of the time.

      Examples:
        weft multiply a.npy b.npy -o c.npy
        weft multiply x.npy x.npy --transpose-a -o gram.npy
        weft multiply --formula '1/(i+j+1)' --size 500 b.npy -o c.npy
      """)
  static let operandNames = ["A", "B"]

  @Flag(help: "Take the transpose of A.")
  var transposeA = false
  @Flag(help: "Take the transpose of B.")
  var transposeB = false
  @OptionGroup var arguments: MatrixArguments

  var partNames: [String] { ["product"] }

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    let (a, b) = (operands[0].matrix, operands[1].matrix)
    let left: Transpose = transposeA ? .transposed : .asStored
    let right: Transpose = transposeB ? .transposed : .asStored
    let isGram = operands[0].source == operands[1].source && arguments.operand.formula == nil && left != right
    let c = isGram ? try Product.gram(a, left) : try Product.of(a, b, left: left, right: right)
    var answer = AlgebraAnswer<Element>("product", c)
    answer.facts = [.init("method", "method", isGram ? "syrk, one triangle and its mirror image" : "gemm")]
    answer.quality = {
      let value = try AlgebraQuality.product(c, of: a, b, left: left, right: right)
      return [.residual(value, of: "|A(Bx) - Cx| / (k eps |A||B||x|), x random")]
    }
    return answer
  }
}

struct AddCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Add two matrices.", usage: "weft add <a> <b> [-o <path>] [options]",
    discussion: """
      Example:
        weft add a.npy b.npy -o sum.npy
      """)
  static let operandNames = ["A", "B"]

  @OptionGroup var arguments: MatrixArguments

  var partNames: [String] { ["sum"] }
  static var mayUseBLAS: Bool { false }

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    try elementwiseAnswer("sum", operands) { $0.plus($1) }
  }
}

struct SubtractCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "subtract", abstract: "Subtract one matrix from another.",
    usage: "weft subtract <a> <b> [-o <path>] [options]",
    discussion: """
      Example:
        weft subtract a.npy b.npy -o difference.npy
      """)
  static let operandNames = ["A", "B"]

  @OptionGroup var arguments: MatrixArguments

  var partNames: [String] { ["difference"] }
  static var mayUseBLAS: Bool { false }

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    try elementwiseAnswer("difference", operands) { $0.minus($1) }
  }
}

/// The answer of an operation element by element.
private func elementwiseAnswer<Element: MatrixElement>(
  _ name: String, _ operands: [Operand<Element>],
  _ combine: (any MatrixReadable<Element>, any MatrixReadable<Element>) -> Matrix<Element>
) throws -> AlgebraAnswer<Element> {
  let (a, b) = (operands[0].matrix, operands[1].matrix)
  guard a.shape == b.shape else {
    throw OperandError("A is \(a.shape) and B is \(b.shape): element by element, both need the same shape.")
  }
  var answer = AlgebraAnswer<Element>(name, combine(a, b))
  answer.quality = { [.exact("every element is rounded once")] }
  return answer
}

extension StridedReadable {
  /// The operators, for matrices whose type is not known.
  func plus(_ other: some StridedReadable<Element>) -> Matrix<Element> { self + other }
  func minus(_ other: some StridedReadable<Element>) -> Matrix<Element> { self - other }
  func times(_ factor: Element) -> Matrix<Element> { self * factor }
}

struct ScaleCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "scale", abstract: "Multiply a matrix by a number.",
    usage: "weft scale <a> --by <number> [-o <path>] [options]",
    discussion: """
      Example:
        weft scale a.npy --by -0.5 -o half.npy
      """)

  @Option(parsing: .unconditional, help: ArgumentHelp("The factor.", valueName: "number"))
  var by: String
  @OptionGroup var arguments: MatrixArguments

  var partNames: [String] { ["product"] }
  static var mayUseBLAS: Bool { false }

  func checkOptions() throws(UsageError) { _ = try factor() }

  private func factor() throws(UsageError) -> Double {
    guard let value = Double(by), value.isFinite else {
      throw UsageError("--by '\(by)' is not a finite number; write one as in --by -1.5e3.")
    }
    return value
  }

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    let factor = Element(try factor())
    var answer = AlgebraAnswer<Element>("product", operands[0].matrix.times(factor))
    answer.quality = { [.exact("every element is rounded once")] }
    return answer
  }
}

struct TransposeCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "transpose", abstract: "Exchange rows and columns of a matrix.",
    usage: "weft transpose <a> [-o <path>] [options]",
    discussion: """
      Example:
        weft transpose a.npy -o at.npy
      """)

  @OptionGroup var arguments: MatrixArguments

  var partNames: [String] { ["transpose"] }
  static var mayUseBLAS: Bool { false }

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    var answer = AlgebraAnswer<Element>("transpose", operands[0].matrix.transposed())
    answer.quality = { [.exact("nothing is rounded")] }
    return answer
  }
}
