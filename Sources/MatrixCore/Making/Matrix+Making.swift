// SPDX-License-Identifier: Apache-2.0
// Matrices that are known beforehand. Shapes that are not possible, and no memory, end the program, as in
// `Matrix.init(rows:columns:_:)`; numbers from outside go through `Shape` first.

extension Matrix {
  /// Every element is `value`.
  public init(repeating value: Element, rows: Int, columns: Int) {
    self.init(trusting: rows, columns)
    unsafe fill(storage.base, count: count, with: value)
  }

  /// One row of these elements.
  public init(row elements: [Element]) { self.init(elements, rows: 1, columns: elements.count) }

  /// One column of these elements: a vector, as LinearAlgebra takes and gives it.
  public init(column elements: [Element]) { self.init(elements, rows: elements.count, columns: 1) }

  /// The square matrix with these elements on its diagonal, from the upper left, and zeros elsewhere.
  public init(diagonal elements: [Element]) {
    self.init(repeating: 0, rows: elements.count, columns: elements.count)
    for (i, element) in elements.enumerated() { unsafe storage.base[i * columns + i] = element }
  }

  /// Ones on the diagonal and zeros elsewhere.
  public static func identity(_ order: Int) -> Matrix {
    Matrix(diagonal: [Element](repeating: 1, count: order))
  }

  /// A column of `count` numbers at equal distances, both ends exactly among them; a single number is `first`.
  ///
  ///     Matrix<Double>.linearlySpaced(from: 0, through: 1, count: 5)       // 0, 0.25, 0.5, 0.75, 1
  ///
  /// Each half is counted from its own end, so that a sequence turned round is the same numbers turned round.
  public static func linearlySpaced(from first: Element, through last: Element, count: Int) -> Matrix {
    guard count > 1 else { return Matrix(repeating: first, rows: count, columns: 1) }
    let intervals = Element(count - 1)
    // Divided first where the distance of the ends leaves the range.
    let step = (last - first).isFinite ? (last - first) / intervals : last / intervals - first / intervals
    return Matrix(rows: count, columns: 1) { k, _ in
      let rest = count - 1 - k
      return k == 0 ? first : rest == 0 ? last : k <= rest ? first + Element(k) * step : last - Element(rest) * step
    }
  }

  private init(_ elements: [Element], rows: Int, columns: Int) {
    self.init(trusting: rows, columns)
    unsafe elements.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      unsafe storage.base.update(from: start, count: source.count)
    }
  }
}
