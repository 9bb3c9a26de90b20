// SPDX-License-Identifier: Apache-2.0
// The element types a matrix can have, as a value (`ElementType`: command line, file headers, plan) and as a Swift type
// (`MatrixElement`: `Double`, `Float`). The list is closed on purpose: each has kernels, file codes and tests.

/// Name of an element type, spelled as NumPy and the command line spell it.
public enum ElementType: String, CaseIterable, Hashable, Sendable, CustomStringConvertible {
  /// IEEE binary64, Swift's `Double`.
  case float64
  /// IEEE binary32, Swift's `Float`.
  case float32

  /// Bytes of one element.
  public var byteCount: Int {
    switch self {
    case .float64: 8
    case .float32: 4
    }
  }

  static let widest = ElementType.float64

  public var description: String { rawValue }
}

/// What may stand in a matrix: `Double` and `Float`, and no other type (conform none: files and kernels know these two).
///
/// Any bit pattern is a valid value, so memory read from a file or written by a worker never needs a check before use.
/// `SIMDScalar`, which needs `Codable`, lets loops over elements take several at once.
public protocol MatrixElement:
  BinaryFloatingPoint, BitwiseCopyable, Codable, LosslessStringConvertible, Sendable, SIMDScalar
{
  /// Unsigned integer of the same width.
  associatedtype BitPattern: FixedWidthInteger & UnsignedInteger & BitwiseCopyable & Sendable
  static var elementType: ElementType { get }
  var bitPattern: BitPattern { get }
  init(bitPattern: BitPattern)
}

extension Double: MatrixElement {
  public static var elementType: ElementType { .float64 }
}

extension Float: MatrixElement {
  public static var elementType: ElementType { .float32 }
}
