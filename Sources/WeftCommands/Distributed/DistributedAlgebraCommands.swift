// SPDX-License-Identifier: Apache-2.0
//
// Linear algebra over ranks, a command for each operation: names and options as `weft` has them.

import ArgumentParser
import Weft

struct DistributedMultiplyCommand: DistributedAlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "multiply",
    abstract: "Multiply two matrices.",
    usage: "mpirun -n <ranks> weft-mpi multiply <a> <b> [-o <path>] [options]",
    discussion: """
      A·B by pdgemm. Says how far the product is from A·B, seen through random vectors.

      Examples:
        mpirun -n 4 weft-mpi multiply a.npy b.npy -o c.npy
        mpirun -n 4 weft-mpi multiply --formula 'sin(i*j)' --size 4000 --formula-b '1/(i+j+1)' --columns-b 4000
      """)

  @OptionGroup var matrices: DistributedPairOptions
  @Flag(help: "Take the transpose of A.")
  var transposeA = false
  @Flag(help: "Take the transpose of B.")
  var transposeB = false
  @OptionGroup var target: DistributedOutputOptions
  @OptionGroup var layout: DistributedLayoutOptions
  @OptionGroup var job: DistributedJobOptions

  var partNames: [String] { ["product"] }

  func operands() throws(UsageError) -> DistributedOperands {
    guard !transposeB || matrices.formulaB == nil else {
      throw UsageError("--transpose-b is for files: exchange i and j in --formula-b instead.")
    }
    return try matrices.operands("multiply") { [transposeA] in transposeA ? $0.rows : $0.columns }
  }

  func answer(_ algebra: BlockCyclicAlgebra, _ operands: [BlockCyclicOperand]) throws -> BlockCyclicAnswer {
    try algebra.multiply(operands[0], transposed: transposeA, operands[1], transposed: transposeB)
  }
}

struct DistributedSolveCommand: DistributedAlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "solve",
    abstract: "Solve the system A·X = B.",
    usage: "mpirun -n <ranks> weft-mpi solve <a> <b> [--assume positive-definite] [-o <path>] [options]",
    discussion: """
      A is square; every column of B is a right-hand side. By pdgesv, or pdposv for what is positive definite. Says how good the \
      solution is, and how A is conditioned.

      Examples:
        mpirun -n 4 weft-mpi solve a.npy b.npy -o x.npy
        mpirun -n 4 weft-mpi solve --formula 'exp(-abs(i-j)/9)' --size 4000 --formula-b 'sin(i)' -o x.npy
      """)

  enum Assumption: String, CaseIterable, ExpressibleByArgument {
    case general
    case positiveDefinite = "positive-definite"
  }

  @OptionGroup var matrices: DistributedPairOptions
  @Option(
    help: ArgumentHelp(
      "What is known of A; positive-definite: symmetric too, Cholesky in half of the time. (default: general)",
      valueName: "structure"))
  var assume: Assumption?
  @OptionGroup var target: DistributedOutputOptions
  @OptionGroup var layout: DistributedLayoutOptions
  @OptionGroup var job: DistributedJobOptions

  var partNames: [String] { ["solution"] }

  func operands() throws(UsageError) -> DistributedOperands { try matrices.operands("solve") { $0.rows } }

  func answer(_ algebra: BlockCyclicAlgebra, _ operands: [BlockCyclicOperand]) throws -> BlockCyclicAnswer {
    try algebra.solve(operands[0], operands[1], isPositiveDefinite: assume == .positiveDefinite)
  }
}

struct DistributedLeastSquaresCommand: DistributedAlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "lstsq",
    abstract: "Find the X that comes closest to A·X = B.",
    usage: "mpirun -n <ranks> weft-mpi lstsq <a> <b> [-o <path>] [options]",
    discussion: """
      A of any shape and full rank: the least squares solution, by pdgels; the shortest where there are several.

      Example:
        mpirun -n 4 weft-mpi lstsq design.npy observations.npy -o coefficients.npy
      """)

  @OptionGroup var matrices: DistributedPairOptions
  @OptionGroup var target: DistributedOutputOptions
  @OptionGroup var layout: DistributedLayoutOptions
  @OptionGroup var job: DistributedJobOptions

  var partNames: [String] { ["solution"] }

  func operands() throws(UsageError) -> DistributedOperands { try matrices.operands("lstsq") { $0.rows } }

  func answer(_ algebra: BlockCyclicAlgebra, _ operands: [BlockCyclicOperand]) throws -> BlockCyclicAnswer {
    try algebra.leastSquares(operands[0], operands[1])
  }
}

struct DistributedCholeskyCommand: DistributedAlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "cholesky",
    abstract: "Factor a symmetric positive definite matrix, A = L·L^T.",
    usage: "mpirun -n <ranks> weft-mpi cholesky <a> [-o <path>] [options]",
    discussion: """
      By pdpotrf; a matrix that is not symmetric or not positive definite is refused.

      Example:
        mpirun -n 4 weft-mpi cholesky --formula 'exp(-abs(i-j)/9)' --size 8000 -o l.npy
      """)

  @OptionGroup var matrix: DistributedOperandOptions
  @OptionGroup var target: DistributedOutputOptions
  @OptionGroup var layout: DistributedLayoutOptions
  @OptionGroup var job: DistributedJobOptions

  var partNames: [String] { ["l"] }
  func operands() throws(UsageError) -> DistributedOperands { try matrix.operands("cholesky") }

  func answer(_ algebra: BlockCyclicAlgebra, _ operands: [BlockCyclicOperand]) throws -> BlockCyclicAnswer {
    try algebra.cholesky(operands[0])
  }
}

struct DistributedQRCommand: DistributedAlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "qr",
    abstract: "Factor a matrix of any shape into orthonormal columns and a triangle, A = Q·R.",
    usage: "mpirun -n <ranks> weft-mpi qr <a> [-o <path>] [options]",
    discussion: """
      By pdgeqrf and pdorgqr. -o f.npy writes f.q.npy and f.r.npy.

      Example:
        mpirun -n 4 weft-mpi qr a.npy -o f.npy
      """)

  @OptionGroup var matrix: DistributedOperandOptions
  @OptionGroup var target: DistributedOutputOptions
  @OptionGroup var layout: DistributedLayoutOptions
  @OptionGroup var job: DistributedJobOptions

  var partNames: [String] { ["q", "r"] }
  func operands() throws(UsageError) -> DistributedOperands { try matrix.operands("qr") }

  func answer(_ algebra: BlockCyclicAlgebra, _ operands: [BlockCyclicOperand]) throws -> BlockCyclicAnswer {
    try algebra.qr(operands[0])
  }
}

struct DistributedSVDCommand: DistributedAlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "svd",
    abstract: "Find the singular values of a matrix, A = U·diag(s)·Vt.",
    usage: "mpirun -n <ranks> weft-mpi svd <a> [--values] [-o <path>] [options]",
    discussion: """
      By pdgesvd. -o f.npy writes f.u.npy, f.s.npy (a column, largest first) and f.vt.npy. With --values, only the singular values, a \
      line each, or a column in the file that -o names.

      Example:
        mpirun -n 4 weft-mpi svd a.npy --values
      """)

  @OptionGroup var matrix: DistributedOperandOptions
  @Flag(help: "The singular values alone, which takes a fraction of the time.")
  var values = false
  @OptionGroup var target: DistributedOutputOptions
  @OptionGroup var layout: DistributedLayoutOptions
  @OptionGroup var job: DistributedJobOptions

  var partNames: [String] { values ? ["s"] : ["u", "s", "vt"] }
  func operands() throws(UsageError) -> DistributedOperands { try matrix.operands("svd") }

  func answer(_ algebra: BlockCyclicAlgebra, _ operands: [BlockCyclicOperand]) throws -> BlockCyclicAnswer {
    try algebra.singularValues(operands[0], vectors: !values)
  }
}

struct DistributedEigenCommand: DistributedAlgebraCommand {
  static let configuration = CommandConfiguration(
    commandName: "eigen",
    abstract: "Find the eigenvalues of a symmetric matrix, and its eigenvectors.",
    usage: "mpirun -n <ranks> weft-mpi eigen <a> [--values] [-o <path>] [options]",
    discussion: """
      By pdsyevd; a matrix that is not symmetric to the bit is refused ('weft eigen' takes any). -o f.npy writes f.values.npy, smallest \
      first, and f.vectors.npy, a column for each vector. With --values, only the eigenvalues, a line each, or a column in the file \
      that -o names.

      Example:
        mpirun -n 4 weft-mpi eigen --formula 'exp(-abs(i-j)/9)' --size 2000 --values
      """)

  @OptionGroup var matrix: DistributedOperandOptions
  @Flag(help: "The eigenvalues alone.")
  var values = false
  @OptionGroup var target: DistributedOutputOptions
  @OptionGroup var layout: DistributedLayoutOptions
  @OptionGroup var job: DistributedJobOptions

  var partNames: [String] { values ? ["values"] : ["values", "vectors"] }
  func operands() throws(UsageError) -> DistributedOperands { try matrix.operands("eigen") }

  func answer(_ algebra: BlockCyclicAlgebra, _ operands: [BlockCyclicOperand]) throws -> BlockCyclicAnswer {
    try algebra.symmetricEigen(operands[0], vectors: !values)
  }
}
