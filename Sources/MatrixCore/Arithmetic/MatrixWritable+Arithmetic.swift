// SPDX-License-Identifier: Apache-2.0
//
// Arithmetic in place: nothing is allocated where nobody else holds the matrix.

extension MatrixWritable {
  /// Adds the elements in the same place. Other shapes are a programming error, here and below.
  public static func += (a: inout Self, b: some StridedReadable<Element>) { a.apply(.add, b) }
  public static func -= (a: inout Self, b: some StridedReadable<Element>) { a.apply(.subtract, b) }

  /// Adds the number to every element.
  public static func += (a: inout Self, value: Element) { a.apply(.add(value)) }
  public static func -= (a: inout Self, value: Element) { a.apply(.add(-value)) }
  /// Multiplies every element by the number.
  public static func *= (a: inout Self, factor: Element) { a.apply(.multiply(factor)) }
  public static func /= (a: inout Self, divisor: Element) { a.apply(.divide(divisor)) }

  /// Adds `factor` times the elements of `other` in the same place: BLAS's axpy. The product is rounded before the sum,
  /// and the bits are the same on every machine.
  public mutating func add(_ other: some StridedReadable<Element>, scaledBy factor: Element) {
    apply(.addScaled(by: factor), other)
  }

  /// Multiplies each element by the one of `other` in the same place.
  public mutating func multiplyElementwise(by other: some StridedReadable<Element>) { apply(.multiply, other) }

  /// Divides each element by the one of `other` in the same place.
  public mutating func divideElementwise(by other: some StridedReadable<Element>) { apply(.divide, other) }

  private mutating func apply(_ operation: ElementwiseOperation<Element>, _ other: some StridedReadable<Element>) {
    requireSameShape(other)
    let shape = shape
    withMutableElements { elements in
      update(&elements, operation, other.strided, rowStride: other.rowStride, shape)
    }
  }

  private mutating func apply(_ operation: ScalarOperation<Element>) {
    withMutableElements { update(&$0, operation) }
  }
}
