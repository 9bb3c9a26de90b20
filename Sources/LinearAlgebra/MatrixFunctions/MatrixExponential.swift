// SPDX-License-Identifier: Apache-2.0
//
// eᴬ by scaling and squaring: A is divided by 2ˢ until it is small, the exponential of that is a Padé approximant, and s
// squarings undo the scaling. Here is the outline; what is done to A stands in ExponentialArgument.swift.

import MatrixCore

extension StridedReadable {
  /// eᴬ = I + A + A²/2! + A³/3! + …: what x(1) is to x(0) in x′ = A·x.
  ///
  /// What is computed is e^(A+E) with ‖E‖₁ ≤ ε·‖A‖₁, but for rounding (Higham 2005, The scaling and squaring method for the
  /// matrix exponential revisited; Al-Mohy and Higham 2009, A new scaling and squaring algorithm for the matrix
  /// exponential). The squarings may add to that where powers of e^(A/2ˢ) grow far beyond eᴬ (the "hump"), as they do for
  /// no matrix that is normal.
  ///
  /// - Throws: `illConditioned` where ε·‖A⁴‖^(1/4) is 1 or more: about log₁₀ of that norm is lost in digits, and none would
  ///   be right; `overflow` where eᴬ or ‖A‖₁ passes the range of the element type; `shapeMismatch` where the matrix is not
  ///   square, `notFinite`, `tooLarge`, `outOfMemory`, `libraryUnavailable`.
  public func exponential() throws(LinearAlgebraError) -> Matrix<Element> {
    try requireSquare(for: "the exponential")
    _ = try Int32(blas: rows, "the order of the matrix")
    let a = try finiteCopy()
    guard rows > 0 else { return a }
    var argument = ExponentialArgument(a)
    let (degree, squarings) = try argument.prepare(norm: a.norm(.one))
    var power = try argument.approximant(degree: degree)
    for _ in 0..<squarings { power = try Product.of(power, power) }
    try requireRepresentable(power, "the exponential")
    return power
  }
}
