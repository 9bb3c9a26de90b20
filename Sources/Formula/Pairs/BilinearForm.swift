// SPDX-License-Identifier: Apache-2.0
//
// The index polynomials whose sines and cosines are rotations, with exact arithmetic on their coefficients.

/// `product`·i·j + `row`·i + `column`·j + `constant`, for the indexes as the formula sees them. Every coefficient is an
/// exact double.
public struct BilinearForm: Sendable, Hashable {
  public var product = 0.0
  public var row = 0.0
  public var column = 0.0
  public var constant = 0.0

  public init(product: Double = 0, row: Double = 0, column: Double = 0, constant: Double = 0) {
    self.product = product
    self.row = row
    self.column = column
    self.constant = constant
  }

  var isConstant: Bool { product == 0 && row == 0 && column == 0 }

  // MARK: Exact arithmetic: nil where a coefficient is no double

  static func sum(_ x: BilinearForm, _ y: BilinearForm) -> BilinearForm? {
    guard let product = exactSum(x.product, y.product), let row = exactSum(x.row, y.row),
      let column = exactSum(x.column, y.column), let constant = exactSum(x.constant, y.constant)
    else { return nil }
    return BilinearForm(product: product, row: row, column: column, constant: constant)
  }

  static func product(_ x: BilinearForm, _ y: BilinearForm) -> BilinearForm? {
    // No i², j² or higher.
    if x.product != 0 && !y.isConstant || y.product != 0 && !x.isConstant { return nil }
    if x.row != 0 && y.row != 0 || x.column != 0 && y.column != 0 { return nil }
    func combined(_ terms: (Double, Double)...) -> Double? {
      var total = 0.0
      for (a, b) in terms {
        guard let term = exactProduct(a, b), let sum = exactSum(total, term) else { return nil }
        total = sum
      }
      return total
    }
    guard
      let product = combined(
        (x.product, y.constant), (x.constant, y.product), (x.row, y.column), (x.column, y.row)),
      let row = combined((x.row, y.constant), (x.constant, y.row)),
      let column = combined((x.column, y.constant), (x.constant, y.column)),
      let constant = combined((x.constant, y.constant))
    else { return nil }
    return BilinearForm(product: product, row: row, column: column, constant: constant)
  }

  var negated: BilinearForm {
    BilinearForm(product: -product, row: -row, column: -column, constant: -constant)
  }

  /// Knuth's two-sum: its rest is 0 where the sum is exact. Infinite coefficients leave NaN and fail.
  private static func exactSum(_ x: Double, _ y: Double) -> Double? {
    let sum = x + y
    let part = sum - x
    return (x - (sum - part)) + (y - part) == 0 ? sum : nil
  }

  private static func exactProduct(_ x: Double, _ y: Double) -> Double? {
    let product = x * y
    // Below 2^-960 the rest could underflow; such coefficients have no use here.
    guard product == 0 || product.magnitude > 0x1p-900 else { return x == 0 || y == 0 ? 0 : nil }
    return (-product).addingProduct(x, y) == 0 ? product : nil
  }

  // MARK: Over a shape

  /// The largest magnitude that any partial sum can have while |i| <= `rows` and |j| <= `columns`.
  func bound(rows: Double, columns: Double) -> Double {
    product.magnitude * rows * columns + row.magnitude * rows + column.magnitude * columns + constant.magnitude
  }

  /// Whether every value and every partial sum in that range is an exact double with a bit to spare: all coefficients are
  /// multiples of one power of two, and the bound is below 2^52 of it.
  func isExact(rows: Double, columns: Double) -> Bool {
    let coefficients = [product, row, column, constant].filter { $0 != 0 }
    guard let unit = coefficients.map(\.lowestBit).min() else { return true }
    let bound = bound(rows: rows, columns: columns)
    return bound < 0x1p52 && bound < 0x1p52 * unit
  }

  /// The direction (p, q) in which the form counts, where it has no product: it is a function of p·i + q·j, and p and q
  /// have no common divisor, q > 0. Nil where either is beyond `limit`.
  func direction(limit: Int) -> Program.Line? {
    guard product == 0, row != 0, column != 0 else { return nil }
    let unit = min(row.lowestBit, column.lowestBit)
    guard let p = Int(exactly: row / unit), let q = Int(exactly: column / unit) else { return nil }
    var (a, b) = (abs(p), abs(q))
    while b != 0 { (a, b) = (b, a % b) }
    let sign = q < 0 ? -1 : 1
    let (rows, columns) = (sign * p / a, sign * q / a)
    return abs(rows) <= limit && columns <= limit ? Program.Line(rows: rows, columns: columns) : nil
  }
}

extension Double {
  /// The value of the lowest bit that is set; of a number other than 0.
  fileprivate var lowestBit: Double {
    ulp * Double(sign: .plus, exponent: min(52, significandBitPattern.trailingZeroBitCount), significand: 1)
  }
}
