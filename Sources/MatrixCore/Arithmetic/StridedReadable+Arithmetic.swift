// SPDX-License-Identifier: Apache-2.0
//
// Arithmetic that makes a new matrix. `+`, `-` and a number's `*` and `/` mean what they mean in linear algebra;
// elementwise product and quotient have names, since `*` of two matrices would be taken for the matrix product
// (`Product` in LinearAlgebra). Shapes that do not agree end the program, as an array's index outside does.

extension StridedReadable {
  /// The sums of the elements in the same place. Other shapes are a programming error, here and below.
  public static func + (a: Self, b: some StridedReadable<Element>) -> Matrix<Element> { a.combined(.add, b) }

  /// The differences of the elements in the same place.
  public static func - (a: Self, b: some StridedReadable<Element>) -> Matrix<Element> { a.combined(.subtract, b) }

  /// Each element times the one of `other` in the same place: the Hadamard product, not the matrix product.
  public func multipliedElementwise(by other: some StridedReadable<Element>) -> Matrix<Element> {
    combined(.multiply, other)
  }

  /// Each element divided by the one of `other` in the same place, as IEEE arithmetic has it: 1/0 is infinite.
  public func dividedElementwise(by other: some StridedReadable<Element>) -> Matrix<Element> {
    combined(.divide, other)
  }

  public static prefix func - (a: Self) -> Matrix<Element> { a.transformed(.multiply(-1)) }

  /// Every element plus the number.
  public static func + (a: Self, value: Element) -> Matrix<Element> { a.transformed(.add(value)) }
  public static func + (value: Element, a: Self) -> Matrix<Element> { a.transformed(.add(value)) }
  /// Every element minus the number.
  public static func - (a: Self, value: Element) -> Matrix<Element> { a.transformed(.add(-value)) }
  /// The number minus every element.
  public static func - (value: Element, a: Self) -> Matrix<Element> { a.transformed(.subtractFrom(value)) }
  /// Every element times the number.
  public static func * (a: Self, factor: Element) -> Matrix<Element> { a.transformed(.multiply(factor)) }
  public static func * (factor: Element, a: Self) -> Matrix<Element> { a.transformed(.multiply(factor)) }
  /// Every element divided by the number: each is rounded once, which multiplying by its inverse would not do.
  public static func / (a: Self, divisor: Element) -> Matrix<Element> { a.transformed(.divide(divisor)) }

  func combined(
    _ operation: ElementwiseOperation<Element>, _ other: some StridedReadable<Element>
  ) -> Matrix<Element> {
    requireSameShape(other)
    var result = Matrix<Element>(trusting: rows, columns)
    var elements = result.mutableElements
    combine(operation, strided, rowStride: rowStride, other.strided, rowStride: other.rowStride, into: &elements, shape)
    return result
  }

  func transformed(_ operation: ScalarOperation<Element>) -> Matrix<Element> {
    var result = Matrix<Element>(trusting: rows, columns)
    var elements = result.mutableElements
    transform(operation, strided, rowStride: rowStride, into: &elements, shape)
    return result
  }

  @inlinable  // for the loops of `map(with:_:)`
  func requireSameShape(_ other: some StridedReadable) {
    precondition(shape == other.shape, "matrices of \(shape) and \(other.shape) do not go together element by element")
  }
}
