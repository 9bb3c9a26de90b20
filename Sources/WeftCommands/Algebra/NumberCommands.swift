// SPDX-License-Identifier: Apache-2.0
//
// det, rank, cond, norm, trace: one number that a matrix has.

import ArgumentParser
import Weft

struct DeterminantCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "det", abstract: "Find the determinant of a square matrix.", usage: "weft det <a> [--log] [options]",
    discussion: """
      Beyond the range of its type it is inf or 0: then --log tells sign and logarithm.

      Examples:
        weft det a.npy
        weft det --formula '1/(i+j+1)' --size 200 --log
      """)

  @Flag(help: "Two numbers: the sign (-1, 0 or 1), and the natural logarithm of the magnitude.")
  var log = false
  @OptionGroup var arguments: NumberArguments

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    let lu = try LUFactorization(operands[0].matrix)
    let (sign, logarithm) = lu.logDeterminant
    let logs: [AlgebraAnswer<Element>.Fact] = [
      .init("sign", "sign", sign),
      .init("logMagnitude", "log magnitude", .number(logarithm), "\(logarithm)"),
    ]
    let number = AlgebraAnswer<Element>.Fact("determinant", "determinant", lu.determinant)
    var answer = AlgebraAnswer<Element>(numbers: log ? logs : [number], facts: log ? [number] : logs)
    answer.facts.append(.init("method", "method", "getrf, LU with partial pivoting"))
    if !log, !lu.determinant.isFinite || lu.determinant == 0 && sign != 0 {
      answer.warning = "the determinant is beyond the range of \(Element.elementType); --log tells sign and logarithm"
    }
    answer.quality = {
      let condition = try lu.reciprocalCondition()
      return [
        .residual(Element.ulpOfOne / condition, of: "eps cond(A), the relative error to be expected, times n at most")
      ]
    }
    return answer
  }
}

struct RankCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "rank", abstract: "Find the rank of a matrix.", usage: "weft rank <a> [--tolerance <t>] [options]",
    discussion: """
      How many singular values do not count as zero.

      Example:
        weft rank a.npy --tolerance 1e-8
      """)

  @OptionGroup var cutoff: ToleranceOption
  @OptionGroup var arguments: NumberArguments

  func checkOptions() throws(UsageError) { _ = try cutoff.value() }

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    let a = operands[0].matrix
    let values = try a.singularValues()
    let largest = values.first ?? 0
    let relative = try cutoff.value().map { Element($0) } ?? Element(max(a.rows, a.columns)) * Element.ulpOfOne
    let rank = values.count { $0 > relative * largest }
    var answer = AlgebraAnswer<Element>(numbers: [.init("rank", "rank", rank)])
    answer.facts = [
      .init("method", "method", "gesdd, singular values"), .init("tolerance", "tolerance", relative * largest),
    ]
    answer.quality = {
      let kept = rank > 0 ? values[rank - 1] : 0, left = rank < values.count ? values[rank] : 0
      return [
        .init("smallestKept", "smallest kept", kept), .init("largestLeft", "largest left", left),
        .init("residual", "residual", JSON(element: left), "\(left) = the distance to the nearest matrix of this rank"),
      ]
    }
    return answer
  }
}

struct ConditionCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "cond", abstract: "Find the condition number of a matrix.",
    usage: "weft cond <a> [--kind <kind> | --estimate] [options]",
    discussion: """
      By how much relative errors can grow in the solution of a system: in the 2-norm the largest singular value divided by the \
      smallest, of a matrix of any shape; in another norm that of the matrix times that of its inverse. inf for a singular matrix.

      Examples:
        weft cond a.npy
        weft cond --formula '1/(i+j+1)' --size 8 --kind 1
      """)

  @Option(help: ArgumentHelp("In which norm; see 'weft help norm'. (default: 2)", valueName: "kind"))
  var kind: NormKind?
  @Flag(help: "In the 1-norm, estimated from LU: a fraction of the time, and within a factor of 3 nearly always.")
  var estimate = false
  @OptionGroup var arguments: NumberArguments

  func checkOptions() throws(UsageError) {
    guard kind == nil || !estimate else { throw UsageError("--estimate is of the 1-norm; leave --kind out.") }
  }

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    let a = operands[0].matrix
    let kind = kind ?? .two
    let condition =
      estimate ? 1 / (try LUFactorization(a).reciprocalCondition()) : try a.conditionNumber(kind.norm)
    var answer = AlgebraAnswer<Element>(numbers: [.init("condition", "condition", condition)])
    let method =
      estimate
      ? "getrf and gecon, an estimate in the 1-norm"
      : kind == .two ? "gesdd, singular values" : "getrf and getri, the inverse"
    answer.facts = [.init("kind", "kind", estimate ? "1" : kind.rawValue), .init("method", "method", method)]
    answer.quality = {
      let error = Element.ulpOfOne * condition
      return [
        .residual(error, of: "eps cond(A), the relative error of this number")
      ]
    }
    return answer
  }
}

struct NormCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "norm", abstract: "Find a norm of a matrix.", usage: "weft norm <a> [--kind <kind>] [options]",
    discussion: """
      Example:
        weft norm a.npy --kind 2
      """)

  @Option(
    help: ArgumentHelp(
      """
      1: the largest column sum of magnitudes; inf: the largest row sum; 2: the largest singular value; nuclear: their sum; max: the \
      largest magnitude. (default: frobenius)
      """, valueName: "kind"))
  var kind: NormKind?
  @OptionGroup var arguments: NumberArguments

  var usesBLAS: Bool { kind == .two || kind == .nuclear }

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    let norm = try operands[0].matrix.norm((kind ?? .frobenius).norm)
    var answer = AlgebraAnswer<Element>(numbers: [.init("norm", "norm", norm)])
    answer.facts = [
      .init("kind", "kind", (kind ?? .frobenius).rawValue),
      .init("method", "method", usesBLAS ? "gesdd, singular values" : "one pass over the elements"),
    ]
    return answer
  }
}

/// Norms as they are called on the command line.
enum NormKind: String, CaseIterable, ExpressibleByArgument {
  case frobenius
  case one = "1"
  case two = "2"
  case infinity = "inf"
  case nuclear, max

  var norm: MatrixNorm {
    switch self {
    case .frobenius: .frobenius
    case .one: .one
    case .two: .two
    case .infinity: .infinity
    case .nuclear: .nuclear
    case .max: .max
    }
  }
}

struct TraceCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Sum the diagonal of a square matrix.", usage: "weft trace <a> [options]",
    discussion: """
      Example:
        weft trace a.npy
      """)

  @OptionGroup var arguments: NumberArguments

  static var mayUseBLAS: Bool { false }

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    let a = operands[0].matrix
    guard a.rows == a.columns else {
      throw OperandError("A is \(a.shape), and only a square matrix has a trace.")
    }
    return AlgebraAnswer(numbers: [.init("trace", "trace", a.trace())])
  }
}
