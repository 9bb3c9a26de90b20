// SPDX-License-Identifier: Apache-2.0
//
// How good answers are, in units of what rounding alone explains. LAPACK's own tests let nothing of 30 or more pass (Anderson
// et al., LAPACK Working Note 41, 1992); a good answer is near or below 1.

import Weft

/// Something is wrong with the matrices that only their content or shape tells. One sentence.
struct OperandError: Error, Equatable, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

enum AlgebraQuality {
  /// ‖X − Y‖₁ / (n·‖A‖₁·ε): 0 where they are the same.
  static func residual<Element>(
    _ x: some StridedReadable<Element>, _ y: some StridedReadable<Element>, relativeTo a: some StridedReadable<Element>,
    _ n: Int
  ) throws -> Element {
    let difference = try (x - y).norm(.one)
    guard difference > 0 else { return 0 }
    return difference / (Element(n) * (try a.norm(.one)) * Element.ulpOfOne)
  }

  /// ‖Q^T·Q − 1‖₁ / (m·ε) for Q with m rows.
  static func orthogonality<Element>(_ q: some StridedReadable<Element>) throws -> Element {
    var gram = try Product.gram(q)
    for i in 0..<gram.rows { gram[i, i] -= 1 }
    guard !gram.isEmpty else { return 0 }
    return try gram.norm(.one) / (Element(q.rows) * Element.ulpOfOne)
  }

  /// How far C is from A·B, seen through a random vector: ‖A·(B·x) − C·x‖∞ / (n·ε·‖ |A|·(|B|·|x|) ‖∞). A wrong element of C shows
  /// with certainty but for chance, and it takes n² operations where the product took n³ (Freivalds, "Probabilistic
  /// machines can use less running time", 1977).
  static func product<Element>(
    _ c: some StridedReadable<Element>, of a: some StridedReadable<Element>, _ b: some StridedReadable<Element>,
    left: Transpose, right: Transpose
  ) throws -> Element {
    guard !c.isEmpty else { return 0 }
    let x = Matrix<Element>.uniform(rows: c.columns, columns: 1, in: 0.5..<1, seed: 1)
    let difference = try Product.of(a, Product.of(b, x, left: right), left: left) - Product.of(c, x)
    let sizes = try Product.of(
      a.map { $0.magnitude }, Product.of(b.map { $0.magnitude }, x, left: right), left: left)
    let largest = try sizes.norm(.max)
    let inner = left == .asStored ? a.columns : a.rows
    guard largest > 0 else { return try difference.norm(.max) }
    return try difference.norm(.max) / (Element(max(1, inner)) * Element.ulpOfOne * largest)
  }
}
