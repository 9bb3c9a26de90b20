// SPDX-License-Identifier: Apache-2.0
//
// Norms of a matrix. Those that can be read off the elements are, in one pass over them as they lie; the two that are
// made of singular values ask for these.

import MatrixCore

/// Ways to say how large a matrix is.
public enum MatrixNorm: String, Hashable, Sendable, CaseIterable {
  /// ‖A‖₁: the largest sum of magnitudes in a column.
  case one
  /// ‖A‖₂: the largest singular value. Needs the singular values: O(n³) operations, all others but `nuclear` n².
  case two
  /// ‖A‖_∞: the largest sum of magnitudes in a row.
  case infinity
  /// ‖A‖_F: the root of the sum of all squares, without overflow or underflow on the way.
  case frobenius
  /// The sum of the singular values.
  case nuclear
  /// The largest magnitude of an element. Not submultiplicative: ‖A·B‖ may pass ‖A‖·‖B‖.
  case max
}

extension StridedReadable {
  /// A norm of this matrix; 0 for an empty one.
  ///
  /// - Throws: `notFinite`; `overflow` where the norm passes the range of the element type; for `two` and `nuclear` as
  ///   ``singularValues()``.
  public func norm(_ kind: MatrixNorm) throws(LinearAlgebraError) -> Element {
    let norm: Element
    switch kind {
    case .two: norm = try singularValues().first ?? 0
    case .nuclear: norm = try singularValues().reversed().reduce(0, +)
    case .one, .infinity, .frobenius, .max:
      norm = normOfElements(kind)
    }
    guard norm.isFinite else {
      try requireFinite("the matrix")
      throw LinearAlgebraError(
        .overflow, "the norm passes the range of \(elementType): divide the matrix by a power of two")
    }
    return norm
  }

  /// A norm that is read off the elements. Not finite where one of them is not: what adds up magnitudes or squares proves
  /// them finite on the way, and the place of a NaN or infinity is looked for only where that fails.
  private func normOfElements(_ kind: MatrixNorm) -> Element {
    switch kind {
    case .one:
      largestOrNotFinite(of: columnSumsOfMagnitudes(strided, columns: columns, rowStride: rowStride))
    case .infinity:
      largestRowSum
    case .frobenius:
      frobeniusNorm()
    default:
      largestMagnitude()
    }
  }

  /// maxᵢ Σⱼ |aᵢⱼ|; not finite where a sum is not.
  var largestRowSum: Element {
    isEmpty ? 0 : largestRowSumOfMagnitudes(strided, rows: rows, columns: columns, rowStride: rowStride)
  }

  /// maxᵢⱼ |aᵢⱼ|; NaN where an element is NaN or infinite.
  private func largestMagnitude() -> Element {
    largestOrNotFinite(of: longRows.map { LinearAlgebra.largestMagnitude(strided.extracting($0)) })
  }

  /// Where the elements lie: one long row where there are no gaps, so that short rows are not slow.
  private var longRows: [Range<Int>] {
    if isEmpty { return [] }
    return rowStride == columns ? [0..<count] : (0..<rows).map { $0 * rowStride..<$0 * rowStride + columns }
  }

  /// Squares are summed in double. Those of floats neither overflow there nor vanish. Those of doubles may:
  /// then all elements are divided by a power of two, which changes no digit, and the sum is taken again. It stands where
  /// what fell below the normal range, less than 2⁻¹⁰²² an element, is below its own rounding.
  private func frobeniusNorm() -> Element {
    func sum(scaledBy scale: Double) -> Double {
      var sum = 0.0
      for row in longRows { sum += scaledSumOfSquares(strided.extracting(row), scaledBy: scale) }
      return sum
    }
    let plain = sum(scaledBy: 1)
    if plain.isFinite && plain > Double(count) * 0x1p-960 { return Element(plain.squareRoot()) }
    let largest = Double(largestMagnitude())
    guard largest > 0, largest.isFinite else { return Element(largest) }
    let scale = Double(sign: .plus, exponent: min(max(-Int(largest.exponent), -1000), 1000), significand: 1)
    return Element(sum(scaledBy: scale).squareRoot() / scale)
  }
}
