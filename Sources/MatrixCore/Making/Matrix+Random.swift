// SPDX-License-Identifier: Apache-2.0
// Random matrices. Elements are made row by row, each in float64 and then rounded, so that a seed gives the same numbers
// on every machine, and in float32 the same ones rounded.

extension Matrix {
  /// Elements evenly distributed over `range`, which is finite: its lower end and 2⁵³ - 1 further points.
  ///
  ///     Matrix<Double>.uniform(rows: 3, columns: 4, in: -1..<1, seed: 42)
  ///
  /// - Parameter seed: the same numbers for the same seed (``Xoshiro256``), on every machine and in every version.
  @specialized(where Element == Double)
  @specialized(where Element == Float)
  public static func uniform(rows: Int, columns: Int, in range: Range<Element> = 0..<1, seed: UInt64) -> Matrix {
    var generator = Xoshiro256(seed: seed)
    return uniform(rows: rows, columns: columns, in: range, using: &generator)
  }

  /// The same with a generator of the caller's, which gives one number for each element.
  @inlinable  // so that the generator is inlined into the loop
  public static func uniform(
    rows: Int, columns: Int, in range: Range<Element> = 0..<1, using generator: inout some RandomNumberGenerator
  ) -> Matrix {
    let lower = Double(range.lowerBound)
    let width = Double(range.upperBound) - lower
    precondition(width > 0 && width.isFinite, "random numbers need a range that is neither empty nor infinite")
    return Matrix(rows: rows, columns: columns) { _, _ in
      let element = Element(lower + Double(generator.next() >> 11) * 0x1p-53 * width)
      return element < range.upperBound ? element : range.upperBound.nextDown  // rounding may reach the upper end
    }
  }

  /// Normally distributed elements.
  ///
  /// By the polar method (Marsaglia and Bray 1964, A convenient method for generating normal variables), with a logarithm
  /// of Weft's own: the C library's differs from machine to machine. The ziggurat method is about twice as fast, for
  /// tables that would need the same care.
  ///
  /// - Parameter seed: the same numbers for the same seed (``Xoshiro256``), on every machine and in every version.
  @specialized(where Element == Double)
  @specialized(where Element == Float)
  public static func normal(
    rows: Int, columns: Int, mean: Element = 0, standardDeviation: Element = 1, seed: UInt64
  ) -> Matrix {
    var generator = Xoshiro256(seed: seed)
    return normal(rows: rows, columns: columns, mean: mean, standardDeviation: standardDeviation, using: &generator)
  }

  /// The same with a generator of the caller's. Numbers come in pairs: the last one of an odd number is dropped.
  @inlinable  // so that the generator is inlined into the loop
  public static func normal(
    rows: Int, columns: Int, mean: Element = 0, standardDeviation: Element = 1,
    using generator: inout some RandomNumberGenerator
  ) -> Matrix {
    precondition(standardDeviation >= 0, "a standard deviation is not negative")
    var second: Double?
    return Matrix(rows: rows, columns: columns) { _, _ in
      let number: Double
      if let kept = second {
        number = kept
        second = nil
      } else {
        let pair = normalPair(&generator)
        number = pair.0
        second = pair.1
      }
      return Element(Double(mean) + Double(standardDeviation) * number)
    }
  }
}

/// Two independent numbers with mean 0 and standard deviation 1: of a point in the unit circle, the angle gives one and
/// the distance from its centre the other.
@inlinable
func normalPair(_ generator: inout some RandomNumberGenerator) -> (Double, Double) {
  while true {
    let x = Double(generator.next() >> 11) * 0x1p-52 - 1
    let y = Double(generator.next() >> 11) * 0x1p-52 - 1
    let square = x * x + y * y
    guard square < 1, square > 0 else { continue }
    let factor = (-2 * naturalLogarithm(square) / square).squareRoot()
    return (x * factor, y * factor)
  }
}

/// ln x of a normal number, within 1 ulp: x = 2ᵏ·(1 + f) with √½ < 1 + f < √2, and ln(1 + f) = f - (f²/2 - s·(f²/2 + r(s)))
/// with s = f/(2 + f), where r is a minimax polynomial (Sun's fdlibm 1993, e_log.c; error of r below 2⁻⁵⁸). Additions,
/// multiplications and one division, each rounded as IEEE 754 has it: the same bits everywhere.
@usableFromInline
func naturalLogarithm(_ x: Double) -> Double {
  let isLarge = x.significand > 1.4142135623730951
  let k = Double(isLarge ? x.exponent + 1 : x.exponent)
  let f = (isLarge ? x.significand / 2 : x.significand) - 1
  let s = f / (2 + f)
  let z = s * s
  let w = z * z
  let even = w * (0.3999999999940941908 + w * (0.2222219843214978396 + w * 0.1531383769920937332))
  let odd =
    z * (0.6666666666666735130 + w * (0.2857142874366239149 + w * (0.1818357216161805012 + w * 0.1479819860511658591)))
  let halfSquare = 0.5 * f * f
  let tail = s * (halfSquare + (even + odd)) + k * 1.90821492927058770002e-10
  return k * 0.693147180369123816490 - ((halfSquare - tail) - f)
}
