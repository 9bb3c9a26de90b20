// SPDX-License-Identifier: Apache-2.0
//
// eᴬ by scaling and squaring: A is divided by 2ˢ until its norm is small, the exponential of that is the Padé approximant
// of degree 13, r(X) = q(-X)… = (V - U)⁻¹·(V + U), and s squarings undo the scaling (Higham 2005, The scaling and squaring
// method for the matrix exponential revisited, Algorithm 2.3). Six products, one solution and s squarings, all through
// OpenBLAS.
//
// Degree 13 alone: the lower degrees of that algorithm save up to four products where ‖A‖₁ is below 2, and are five sets
// of coefficients and one more decision. For floats the same bounds hold with digits to spare.

import MatrixCore

extension StridedReadable {
  /// eᴬ = I + A + A²/2! + A³/3! + …: what x(1) is to x(0) in x′ = A·x.
  ///
  /// Its condition number is ‖A‖ at least (Higham 2008, Functions of Matrices, Lemma 10.15), so that about log₁₀‖A‖ digits
  /// are lost to the rounding of A alone; the squarings may lose more where powers of A grow far beyond what eᴬ is (the
  /// "hump"), as for no matrix that is normal.
  ///
  /// - Throws: `illConditioned` where ε·‖A‖₁ is 1 or more, and no digit would be right; `overflow` where eᴬ passes the
  ///   range of the element type; `shapeMismatch` where the matrix is not square, `notFinite`, `tooLarge`, `outOfMemory`,
  ///   `libraryUnavailable`.
  public func exponential() throws(LinearAlgebraError) -> Matrix<Element> {
    try requireSquare(for: "the exponential")
    _ = try Int32(blas: rows, "the order of the matrix")
    var a = try finiteCopy()
    guard rows > 0 else { return a }
    // Up to this 1-norm, the approximant's backward error is below 2⁻⁵³ (Higham 2005, Table 2.3).
    let bound: Element = 5.371920351148152
    let norm = try a.norm(.one)
    guard norm * Element.ulpOfOne < 1 else {
      throw LinearAlgebraError(
        .illConditioned,
        "the exponential would have no correct digit: the norm of the matrix, \(norm), is 1/ε of \(elementType) or more"
      )
    }
    var squarings = 0
    if norm > bound {
      squarings = Int((norm / bound).exponent) + 1
      // Exact, but for what is so small beside the norm that it cannot matter. s is 51 at most.
      a *= Element(sign: .plus, exponent: Element.Exponent(-squarings), significand: 1)
    }
    var power = try padeApproximant(ofExponentialOf: a)
    for _ in 0..<squarings { power = try Product.of(power, power) }
    try requireRepresentable(power, "the exponential")
    return power
  }
}

/// b₀ … b₁₃ of the numerator p₁₃; the denominator is p₁₃(-x). Integers, so that no digit is lost.
private let coefficients: [Double] = [
  64_764_752_532_480_000, 32_382_376_266_240_000, 7_771_770_303_897_600, 1_187_353_796_428_800, 129_060_195_264_000,
  10_559_470_521_600, 670_442_572_800, 33_522_128_640, 1_323_241_920, 40_840_800, 960_960, 16_380, 182, 1,
]

/// With even powers only: U = A·(A⁶·(b₁₃A⁶ + b₁₁A⁴ + b₉A²) + b₇A⁶ + b₅A⁴ + b₃A² + b₁I), and V likewise from the even
/// coefficients without the factor A; then (V - U)·R = V + U.
private func padeApproximant<Element: MatrixElement>(
  ofExponentialOf a: Matrix<Element>
) throws(LinearAlgebraError) -> Matrix<Element> {
  let b = coefficients.map { Element($0) }
  let a2 = try Product.of(a, a)
  let a4 = try Product.of(a2, a2)
  let a6 = try Product.of(a2, a4)
  func combination(from k: Int) -> Matrix<Element> {
    var sum = a6
    sum *= b[k + 4]
    sum.add(a4, scaledBy: b[k + 2])
    sum.add(a2, scaledBy: b[k])
    return sum
  }
  func evenPart(from k: Int) throws(LinearAlgebraError) -> Matrix<Element> {
    var sum = combination(from: k + 2)
    addToDiagonal(b[k], of: &sum)
    try Product.add(a6, combination(from: k + 8), to: &sum)
    return sum
  }
  let u = try Product.of(a, evenPart(from: 1))
  var sum = try evenPart(from: 0)
  var difference = sum
  sum += u
  difference -= u
  return try LUFactorization(inPlace: difference).solve(sum)
}
