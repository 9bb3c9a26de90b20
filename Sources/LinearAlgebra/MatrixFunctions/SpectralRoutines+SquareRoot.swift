// SPDX-License-Identifier: Apache-2.0
//
// The square root of a quasi-triangular matrix, in its own memory, by halves (Deadman, Higham and Ralha 2013, Blocked Schur
// algorithms for computing the matrix square root): with
//
//     T = ( T₁₁ T₁₂ )    R = ( R₁₁  X  )      R₁₁² = T₁₁,  R₂₂² = T₂₂,  R₁₁·X + X·R₂₂ = T₁₂,
//         (  0  T₂₂ )        (  0  R₂₂ )
//
// down to blocks of one or two rows, whose roots are known; X is LAPACK's trsyl. In LAPACK's terms, column-major and upper
// triangular: what is lower triangular to us, row-major.

import MatrixCore

enum SquareRootOutcome {
  case exact
  /// Eigenvalues of R₁₁ and -R₂₂ met, both being zero or nearly so, and X solves a nearby equation.
  case disturbed
}

extension SpectralRoutines {
  /// R in place of L with R² = L, both lower quasi-triangular as gees leaves them, without negative real eigenvalues.
  ///
  /// - Throws: `overflow` where LAPACK could only give a fraction of an X.
  func takeSquareRoot(of lower: inout Matrix<Element>) throws(LinearAlgebraError) -> SquareRootOutcome {
    precondition(!lower.isEmpty && lower.rows == lower.columns)
    let order = lower.rows
    var (isDisturbed, isInRange) = (false, true)
    unsafe lower.withPointer { t in
      unsafe takeSquareRoot(t, order: order, 0..<order, &isDisturbed, &isInRange)
    }
    guard isInRange || isDisturbed else {
      throw LinearAlgebraError(.overflow, "the square root passes the range of \(Element.elementType)")
    }
    return isDisturbed ? .disturbed : .exact
  }

  private func takeSquareRoot(
    _ t: Output, order: Int, _ block: Range<Int>, _ isDisturbed: inout Bool, _ isInRange: inout Bool
  ) {
    let first = block.lowerBound
    var middle = first + block.count / 2
    // Not through a 2×2 block: those have an element below LAPACK's diagonal.
    if block.count > 1, unsafe t[(middle - 1) * order + middle] != 0 { middle += 1 }
    guard block.count > 1, middle < block.upperBound else {
      unsafe takeSmallRoot(t + first * (order + 1), order: order, count: block.count)
      return
    }
    unsafe takeSquareRoot(t, order: order, first..<middle, &isDisturbed, &isInRange)
    unsafe takeSquareRoot(t, order: order, middle..<block.upperBound, &isDisturbed, &isInRange)

    var (none, plus) = (letter("N"), Int32(1))
    var (rows, columns, stride) = (Int32(middle - first), Int32(block.upperBound - middle), Int32(order))
    var scale: Element = 1
    var info: Int32 = 0
    unsafe trsyl(
      &none, &none, &plus, &rows, &columns, t + first * (order + 1), &stride, t + middle * (order + 1), &stride,
      t + middle * order + first, &stride, &scale, &info, 1, 1)
    isDisturbed = isDisturbed || info != 0
    isInRange = isInRange && scale == 1
  }

  /// One eigenvalue: its root. A pair θ ± iμ with T = ( θ b ; c θ ): the root of θ + iμ is α + iβ, and
  /// R = α·I + (T - θ·I)/(2α) (Higham 1987, Lemma 2).
  private func takeSmallRoot(_ t: Output, order: Int, count: Int) {
    let theta = unsafe t[0]
    guard count == 2 else {
      unsafe t[0] = theta.squareRoot()
      return
    }
    // Roots before products, and halves before sums: nothing here leaves the range unless the answer does.
    let mu = unsafe t[1].magnitude.squareRoot() * t[order].magnitude.squareRoot()
    let modulus = hypotenuse(theta, mu)
    // The larger of α and β by a sum of positive numbers, the other one from 2·α·β = μ.
    let larger = (modulus / 2 + theta.magnitude / 2).squareRoot()
    let alpha = theta >= 0 ? larger : mu / larger / 2
    unsafe t[0] = alpha
    unsafe t[order + 1] = alpha
    unsafe t[1] = t[1] / alpha / 2
    unsafe t[order] = t[order] / alpha / 2
  }
}

/// √(x² + y²), without overflow or underflow on the way.
private func hypotenuse<Value: MatrixElement>(_ x: Value, _ y: Value) -> Value {
  let (small, large) = (min(x.magnitude, y.magnitude), max(x.magnitude, y.magnitude))
  guard large > 0 else { return 0 }
  let ratio = small / large
  return large * (1 + ratio * ratio).squareRoot()
}
