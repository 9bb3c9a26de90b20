// SPDX-License-Identifier: Apache-2.0
//
// A = U·Σ·Vᵀ: the factor step, and what is stored. What is read off it stands beside it, one file each: rank and
// condition, solution and pseudo-inverse, truncation and reconstruction.

import MatrixCore

/// A matrix of any shape, m×n, as U·Σ·Vᵀ: U and V have orthonormal columns, Σ is diagonal and not negative.
///
///     let svd = try SingularValueDecomposition(a)
///     svd.singularValues                       // largest first
///     svd.vt.row(0)                            // the right singular vector of the largest one, no copy
///     try svd.truncated(rank: 10).reconstruct()  // the nearest matrix of rank 10
///
/// The singular values are those of a matrix within a small multiple of ε·‖A‖₂ of A, so each is off by no more than that:
/// large ones are accurate, and ones near ε·‖A‖₂ have no correct digit (LAPACK Users' Guide, 3rd ed., §4.9.1).
public struct SingularValueDecomposition<Element: MatrixElement>: Sendable {
  /// How many singular vectors are computed; k is the smaller side, min(m, n).
  public enum Form: Hashable, Sendable {
    /// U is m×k and Vᵀ is k×n: all that is needed to have A again.
    case thin
    /// U is m×m and Vᵀ is n×n: the other columns of U span the complement of A's range, the other rows of Vᵀ belong to
    /// its null space.
    case full
  }

  /// The sides of A.
  public let shape: Shape
  /// The k diagonal elements of Σ, largest first.
  public let singularValues: [Element]
  /// The left singular vectors: column `i` belongs to `singularValues[i]`.
  public let u: Matrix<Element>
  /// The right singular vectors: row `i` belongs to `singularValues[i]`.
  public let vt: Matrix<Element>

  /// Factors a copy of `a`, m×n, in about 4·m·n·k + 22·k³ operations for the thin form: reduced to two diagonals, of which
  /// values and vectors come by divide and conquer (Gu and Eisenstat 1995, A divide-and-conquer algorithm for the bidiagonal
  /// SVD); where that does not converge, by iteration (Golub and Reinsch 1970, Singular value decomposition and least
  /// squares solutions; Demmel and Kahan 1990, Accurate singular values of bidiagonal matrices).
  ///
  /// - Throws: `notFinite`, `notConverged`, `overflow` where a singular value passes the range of the element type,
  ///   `tooLarge`, `outOfMemory`, `libraryUnavailable`.
  public init(_ a: some StridedReadable<Element>, _ form: Form = .thin) throws(LinearAlgebraError) {
    try self.init(a, form, trying: [.divideAndConquer, .iteration])
  }

  init(
    _ a: some StridedReadable<Element>, _ form: Form, trying algorithms: [SVDAlgorithm]
  ) throws(LinearAlgebraError) {
    let (m, n) = (a.rows, a.columns)
    let k = min(m, n)
    // Checked before there is anything to fill: U and Vᵀ of a huge matrix would be refused for want of memory instead.
    let sides = try SVDSides(of: a.shape, form == .thin ? .thin : .full)
    var u = try Matrix<Element>(forAnswer: Shape(ofAnswer: m, form == .thin ? k : m))
    var vt = try Matrix<Element>(forAnswer: Shape(ofAnswer: form == .thin ? k : n, n))
    var singularValues: [Element] = []
    if k > 0 {
      singularValues = try a.factorSVD(sides, u: &u, vt: &vt, trying: algorithms)
    } else {
      setIdentity(&u)
      setIdentity(&vt)
    }
    self.init(shape: a.shape, singularValues: singularValues, u: u, vt: vt)
  }

  init(shape: Shape, singularValues: [Element], u: Matrix<Element>, vt: Matrix<Element>) {
    self.shape = shape
    self.singularValues = singularValues
    self.u = u
    self.vt = vt
  }
}

extension StridedReadable {
  /// The singular values, largest first: min(m, n) of them. Without vectors, in about a fifth of the time.
  ///
  /// - Throws: as ``SingularValueDecomposition/init(_:_:)``.
  public func singularValues() throws(LinearAlgebraError) -> [Element] {
    guard !isEmpty else { return [] }
    let sides = try SVDSides(of: shape, .none)
    var u = try Matrix<Element>(forAnswer: Shape(ofAnswer: 1, 1))
    var vt = u
    return try factorSVD(sides, u: &u, vt: &vt, trying: [.divideAndConquer, .iteration])
  }

  /// Fills `u` and `vt` and returns the singular values. Each algorithm starts from a copy of its own, since the one
  /// before it has overwritten what it had.
  fileprivate func factorSVD(
    _ sides: SVDSides, u: inout Matrix<Element>, vt: inout Matrix<Element>, trying algorithms: [SVDAlgorithm]
  ) throws(LinearAlgebraError) -> [Element] {
    var values = [Element](repeating: 0, count: min(rows, columns))
    let library = try BLASLibrary.open()
    for algorithm in algorithms {
      var copy = try finiteCopy()
      var workspace = try Matrix<Element>.workspace(sides.workCount)
      let info = try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
        try routines.spectral.factorSVD(
          &copy, sides.vectors, algorithm, values: &values, u: &u, vt: &vt, workspace: &workspace)
      }
      guard info == 0 else { continue }
      guard values.allSatisfy(\.isFinite) else {
        throw LinearAlgebraError(
          .overflow,
          "a singular value passes the range of \(Element.elementType): divide the matrix by a power of two")
      }
      return values
    }
    throw LinearAlgebraError(
      .notConverged, "the singular values of the \(shape) matrix were not found: neither algorithm converged")
  }
}
