// SPDX-License-Identifier: Apache-2.0
//
// A and its even powers on the way to eᴬ: how far A is to be scaled down, and the Padé approximant of what is left. Both
// need the same powers, which are computed once. All that costs n³ goes through OpenBLAS.

import Glibc
import MatrixCore

/// A, or A/2ˢ, with those of its even powers that were asked for.
struct ExponentialArgument<Element: MatrixElement> {
  private var a: Matrix<Element>
  /// A², A⁴, A⁶, …
  private var evenPowers: [Matrix<Element>] = []

  init(_ a: Matrix<Element>) { self.a = a }

  /// A²ᵏ for k from 1 on.
  private mutating func evenPower(_ k: Int) throws(LinearAlgebraError) -> Matrix<Element> {
    while evenPowers.count < k {
      let last = evenPowers.count - 1
      evenPowers.append(try last < 0 ? Product.of(a, a) : Product.of(evenPowers[0], evenPowers[last]))
    }
    return evenPowers[k - 1]
  }

  /// Degrees of the approximant, and the 1-norms up to which each has a backward error below 2⁻⁵³ (2⁻²⁴ for floats):
  /// Higham 2005, Table 2.3; for degree 13, 4.25 instead of 5.37, beyond which the numerator may lose digits (Al-Mohy and
  /// Higham 2009, §3).
  private static var choices: [(degree: Int, bound: Double)] {
    switch Element.elementType {
    case .float32: [(3, 0.4258730016922831), (5, 1.880152677804762), (7, 3.925724783138660)]
    case .float64:
      [
        (3, 1.495585217958292e-2), (5, 2.539398330063230e-1), (7, 9.504178996162932e-1), (9, 2.097847961257068),
        (13, 4.25),
      ]
    }
  }

  /// Chooses the degree, and divides A by 2ˢ where ‖A‖₁ = `norm` is too large for any.
  ///
  /// Not ‖A‖ counts but ‖A²ᵏ‖^(1/2k), which is less, and much less where A is far from normal: scaled by its norm, such a
  /// matrix loses in the squarings what the approximant gained (Al-Mohy and Higham 2009, Theorem 4.2 with p = 2).
  mutating func prepare(norm: Element) throws(LinearAlgebraError) -> (degree: Int, squarings: Int) {
    let choices = Self.choices
    if let choice = choices.first(where: { Double(norm) <= $0.bound }) { return (choice.degree, 0) }
    let (degree, bound) = choices[choices.count - 1]
    // First by the norm, so that no power overflows. Powers of two throughout: scaling changes no digit.
    let first = Int(log2(Double(norm) / bound).rounded(.up))
    multiply(byPowerOfTwo: -first)
    let fourth = pow(Double(try evenPower(2).norm(.one)), 1.0 / 4)
    let sixth = pow(Double(try evenPower(3).norm(.one)), 1.0 / 6)
    let size = Double(first) + log2(max(fourth, sixth))  // -∞ for a matrix that is nilpotent
    guard size < -Double(Element.ulpOfOne.exponent) else {
      throw LinearAlgebraError(
        .illConditioned,
        "the exponential would have no correct digit: powers of the matrix grow like those of 1/ε of \(Element.elementType)"
      )
    }
    var squarings = Int(max((size - log2(bound)).rounded(.up), 0))
    squarings += try squaringsForRounding(degree: degree, scaledBack: first - squarings)
    if squarings != first {
      multiply(byPowerOfTwo: first - squarings)
      evenPowers = []
    }
    return (degree, squarings)
  }

  private mutating func multiply(byPowerOfTwo exponent: Int) {
    a *= Element(sign: .plus, exponent: Element.Exponent(exponent), significand: 1)
  }

  /// How often more C = A·2^`exponent` must be halved lest rounding in the approximant, which goes by powers of |C|, exceed
  /// ε·‖C‖: the function ℓ of Al-Mohy and Higham 2009, §5, which keeps c·‖|C|^(2m+1)‖ / ‖C‖ below 2⁻⁵³.
  private func squaringsForRounding(degree m: Int, scaledBack exponent: Int) throws(LinearAlgebraError) -> Int {
    // ‖|A|ᵖ‖₁ is the largest element of (|A|ᵀ)ᵖ·1. Its logarithm is summed up: the power itself may pass any range.
    var magnitudes = a
    magnitudes.withMutableElements { takeMagnitudes(&$0) }
    var sums = Matrix<Element>(rows: a.rows, columns: 1) { _, _ in 1 }
    var logarithm = 0.0
    for _ in 0..<2 * m + 1 {
      sums = try Product.of(magnitudes, sums, left: .transposed)
      let largest = try sums.norm(.max)
      guard largest > 0 else { return 0 }
      logarithm += log2(Double(largest))
      divideRows(&sums, by: [Element](repeating: largest, count: a.rows))
    }
    logarithm += Double(2 * m * exponent) - log2(Double(try a.norm(.one)))
    // 1/c = (2m)!·(2m+1)! / m!²
    for k in m + 1...2 * m { logarithm -= 2 * log2(Double(k)) }
    logarithm -= log2(Double(2 * m + 1))
    let unitRoundoff = Double(Element.ulpOfOne.exponent) - 1
    return max(0, Int(((logarithm - unitRoundoff) / Double(2 * m)).rounded(.up)))
  }

  /// r(A) = q(A)⁻¹·p(A), p(x) = b₀ + b₁x + … + bₘxᵐ and q(x) = p(-x): with U the odd and V the even part of p, the solution
  /// of (V - U)·R = V + U.
  mutating func approximant(degree m: Int) throws(LinearAlgebraError) -> Matrix<Element> {
    let b = Self.coefficients(degree: m)
    var sum = try part(from: 0, b)
    let u = try Product.of(a, part(from: 1, b))
    var difference = sum
    sum += u
    difference -= u
    try requireRepresentable(difference, "the exponential")
    return try LUFactorization(inPlace: difference).solve(sum)
  }

  /// b₍first₎·I + b₍first+2₎·A² + …; degree 13 takes A⁶ out of its upper half, which saves the powers beyond it.
  private mutating func part(from first: Int, _ b: [Element]) throws(LinearAlgebraError) -> Matrix<Element> {
    let isSplit = b.count > 10
    var sum = try combination(isSplit ? 3 : b.count / 2 - 1, from: first, b)
    addToDiagonal(b[first], of: &sum)
    if isSplit { try Product.add(evenPower(3), combination(3, from: first + 6, b), to: &sum) }
    return sum
  }

  /// b₍first+2₎·A² + … + b₍first+2·count₎·A^(2·count)
  private mutating func combination(_ count: Int, from first: Int, _ b: [Element]) throws(LinearAlgebraError)
    -> Matrix<Element>
  {
    var sum = try evenPower(1)
    sum *= b[first + 2]
    for k in stride(from: 2, through: count, by: 1) { sum.add(try evenPower(k), scaledBy: b[first + 2 * k]) }
    return sum
  }

  /// bₖ = (2m - k)! / (k!·(m - k)!), from bₘ = 1 downwards: integers below 2⁶³ for m ≤ 13, each division exact. They are
  /// divided by a power of two that makes b₀ about 1, so that p leaves the range no sooner than eᴬ.
  private static func coefficients(degree m: Int) -> [Element] {
    var b = [1]
    for k in stride(from: m, to: 0, by: -1) { b.append(b[m - k] * (2 * m - k + 1) * k / (m - k + 1)) }
    let exponent = Double(b[m]).exponent
    return b.reversed().map { Element(Double(sign: .plus, exponent: -exponent, significand: Double($0))) }
  }
}

@specialized(where Value == Double)
@specialized(where Value == Float)
private func takeMagnitudes<Value: MatrixElement>(_ elements: inout MutableSpan<Value>) {
  unsafe elements.withUnsafeMutableBufferPointer { elements in
    for k in elements.indices { unsafe elements[k] = elements[k].magnitude }
  }
}
