// SPDX-License-Identifier: Apache-2.0
//
// lu, cholesky, qr: a matrix as a product of simpler ones, one file each.

import ArgumentParser
import Weft

struct LUCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "lu",
    abstract: "Factor a square matrix into triangles, A[p] = L·U.",
    usage: "weft lu <a> [-o <path>] [options]",
    discussion: """
      With partial pivoting: row k of L·U is row p[k] of A, counted from 0. L has ones on its diagonal. -o f.npy writes f.l.npy, \
      f.u.npy and f.p.npy, a column of row numbers.

      Example:
        weft lu a.npy -o f.npy --verbose
      """)

  @OptionGroup var arguments: MatrixArguments

  var partNames: [String] { ["l", "u", "p"] }

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    let a = operands[0].matrix
    guard a.rows == a.columns else {
      throw OperandError("A is \(a.shape), and LU needs a square matrix; 'weft qr' takes any shape.")
    }
    // Before it is transposed, so that an element at fault is named by its place in A.
    _ = try a.norm(.max)
    // The library pivots columns, which is what LAPACK does to rows of a row-major matrix. People and other programs expect
    // rows: so the transpose is factored, A^T·P = L'·U', and A[p] = U'^T·L'^T.
    let factored = try LUFactorization(inPlace: a.transposed())
    let (l, u) = try (factored.upper().transposed(), factored.lower().transposed())
    let order = factored.columnOrder
    var answer = AlgebraAnswer<Element>(parts: [
      .init(name: "l", meaning: "L, lower triangular with ones on the diagonal", matrix: l),
      .init(name: "u", meaning: "U, upper triangular", matrix: u),
      .init(
        name: "p", meaning: "p, row p[k] of A is row k of L·U", matrix: Matrix(column: order.map { Element($0) })),
    ])
    answer.facts = [.init("method", "method", "getrf, LU with partial pivoting")]
    if let pivot = factored.firstZeroPivot {
      answer.facts.append(.init("zeroPivot", "zero pivot", .integer(pivot), "\(pivot): the matrix is singular"))
    }
    answer.quality = {
      let permuted = Matrix<Element>(rows: a.rows, columns: a.columns) { a[order[$0], $1] }
      let value = try AlgebraQuality.residual(permuted, Product.of(l, u), relativeTo: a, max(1, a.rows))
      return [.residual(value, of: "|A[p] - LU| / (n eps |A|)")]
    }
    return answer
  }
}

struct CholeskyCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "cholesky",
    abstract: "Factor a symmetric positive definite matrix, A = L·L^T.",
    usage: "weft cholesky <a> [-o <path>] [options]",
    discussion: """
      The lower triangle of A is read; a matrix that is not positive definite is refused, naming the first minor that is not.

      Example:
        weft cholesky k.npy -o l.npy
      """)

  @OptionGroup var arguments: MatrixArguments

  var partNames: [String] { ["l"] }

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    let a = operands[0].matrix
    let factored = try CholeskyFactorization(a)
    let l = try factored.lower()
    var answer = AlgebraAnswer<Element>("l", l)
    answer.facts = [.init("method", "method", "potrf, Cholesky")]
    answer.quality = {
      let value = try AlgebraQuality.residual(a, Product.gram(l, .asStored), relativeTo: a, max(1, a.rows))
      return [.residual(value, of: "|A - L L'| / (n eps |A|)")]
    }
    return answer
  }
}

struct QRCommand: AlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "qr",
    abstract: "Factor a matrix of any shape into orthonormal columns and a triangle, A = Q·R.",
    usage: "weft qr <a> [--pivot] [--full] [-o <path>] [options]",
    discussion: """
      -o f.npy writes f.q.npy and f.r.npy; with --pivot also f.p.npy, a column of column numbers: column k of Q·R is column p[k] of \
      A, counted from 0, and the diagonal of R falls in magnitude, which shows the rank.

      Examples:
        weft qr a.npy -o f.npy
        weft qr a.npy --pivot --verbose
      """)

  @Flag(help: "Exchange columns, so that the diagonal of R falls in magnitude.")
  var pivot = false
  @Flag(help: "All columns of Q, a square matrix, and R with as many rows as A.")
  var full = false
  @OptionGroup var arguments: MatrixArguments

  var partNames: [String] { ["q", "r"] + (pivot ? ["p"] : []) }

  func answer<Element: MatrixElement & Real>(_ operands: [Operand<Element>]) throws -> AlgebraAnswer<Element> {
    let a = operands[0].matrix
    let factored = try QRFactorization(a, pivoting: pivot)
    let q = try factored.q(full ? .full : .thin)
    var r = try factored.r()
    if full, r.rows < a.rows {
      r = Matrix(rowsOf: [r, Matrix(repeating: 0, rows: a.rows - r.rows, columns: a.columns)])
    }
    var answer = AlgebraAnswer<Element>(parts: [
      .init(name: "q", meaning: "Q, orthonormal columns", matrix: q),
      .init(name: "r", meaning: "R, upper triangular", matrix: r),
    ])
    let order = factored.columnOrder
    if pivot {
      answer.parts.append(
        .init(
          name: "p", meaning: "p, column p[k] of A is column k of Q·R",
          matrix: Matrix(column: order.map { Element($0) })))
      if let rank = factored.rank { answer.facts.append(.init("rank", "rank", rank)) }
    }
    answer.facts.append(
      .init("method", "method", pivot ? "geqp3, QR with column pivoting" : "geqrf, QR"))
    answer.quality = {
      let permuted = Matrix<Element>(rows: a.rows, columns: a.columns) { a[$0, order[$1]] }
      let value = try AlgebraQuality.residual(permuted, Product.of(q, r), relativeTo: a, max(1, a.rows))
      return [
        .residual(value, of: "|A - QR| / (m eps |A|)"),
        .orthogonality(try AlgebraQuality.orthogonality(q), of: "|Q'Q - 1| / (m eps)"),
      ]
    }
    return answer
  }
}
