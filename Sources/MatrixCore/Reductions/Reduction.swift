// SPDX-License-Identifier: Apache-2.0
//
// What a reduction does with elements: the term that each one gives, and how two results become one. The loops of
// `Pairwise.swift` are written once for all of them.

enum ReductionKind {
  case sum, product, sumOfSquares
  /// Σ(x - c)² with a centre c for each row or column.
  case sumOfSquaredDeviations

  /// How the results of several parts become the result of the whole.
  var ofParts: ReductionKind { self == .product ? .product : .sum }
}

/// One and several elements at a time; the compiler puts both into the loop.
protocol Reduction<Value> {
  associatedtype Value: MatrixElement
  /// The result of no elements.
  static var identity: Value { get }
  static var isCentred: Bool { get }
  static func term(_ x: Value, _ centre: Value) -> Value
  static func term<S: SIMD>(_ x: S, _ centre: S) -> S where S.Scalar == Value
  static func join(_ a: Value, _ b: Value) -> Value
  static func join<S: SIMD>(_ a: S, _ b: S) -> S where S.Scalar == Value
}

extension Reduction {
  static var identity: Value { 0 }
  static var isCentred: Bool { false }
  @inline(__always) static func join(_ a: Value, _ b: Value) -> Value { a + b }
  @inline(__always) static func join<S: SIMD>(_ a: S, _ b: S) -> S where S.Scalar == Value { a + b }
}

enum Sum<Value: MatrixElement>: Reduction {
  @inline(__always) static func term(_ x: Value, _: Value) -> Value { x }
  @inline(__always) static func term<S: SIMD>(_ x: S, _: S) -> S where S.Scalar == Value { x }
}

enum ProductOfAll<Value: MatrixElement>: Reduction {
  static var identity: Value { 1 }
  @inline(__always) static func term(_ x: Value, _: Value) -> Value { x }
  @inline(__always) static func term<S: SIMD>(_ x: S, _: S) -> S where S.Scalar == Value { x }
  @inline(__always) static func join(_ a: Value, _ b: Value) -> Value { a * b }
  @inline(__always) static func join<S: SIMD>(_ a: S, _ b: S) -> S where S.Scalar == Value { a * b }
}

enum SumOfSquares<Value: MatrixElement>: Reduction {
  @inline(__always) static func term(_ x: Value, _: Value) -> Value { x * x }
  @inline(__always) static func term<S: SIMD>(_ x: S, _: S) -> S where S.Scalar == Value { x * x }
}

enum SumOfSquaredDeviations<Value: MatrixElement>: Reduction {
  static var isCentred: Bool { true }
  @inline(__always) static func term(_ x: Value, _ centre: Value) -> Value { (x - centre) * (x - centre) }
  @inline(__always) static func term<S: SIMD>(_ x: S, _ centre: S) -> S where S.Scalar == Value {
    (x - centre) * (x - centre)
  }
}
