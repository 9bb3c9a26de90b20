// SPDX-License-Identifier: Apache-2.0
//
// The one error of this module: a code to act on, a sentence to show, and the exit status that goes with it.
// Every LAPACK `info` ends here, translated into what it means for the matrix at hand.

/// Why a linear-algebra operation gave no answer.
///
/// ``message`` is a full sentence that names the place and the remedy; ``description`` is the same sentence.
public struct LinearAlgebraError: Error, Hashable, Sendable, CustomStringConvertible {
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// OpenBLAS is missing, broken, or a build that cannot be called.
    public static let libraryUnavailable = Code(rawValue: "libraryUnavailable")
    /// The shapes of the operands do not fit each other, or a square matrix was needed.
    public static let shapeMismatch = Code(rawValue: "shapeMismatch")
    /// An operand holds NaN or an infinity, at ``LinearAlgebraError/element``.
    public static let notFinite = Code(rawValue: "notFinite")
    /// A pivot is exactly zero: ``LinearAlgebraError/pivot``.
    public static let singular = Code(rawValue: "singular")
    /// A leading minor is not positive: the one of order ``LinearAlgebraError/minor``.
    public static let notPositiveDefinite = Code(rawValue: "notPositiveDefinite")
    /// A matrix that was assumed to be symmetric is not, most of all at ``LinearAlgebraError/element``.
    public static let notSymmetric = Code(rawValue: "notSymmetric")
    /// An iteration for singular values or eigenvalues did not come to an end.
    public static let notConverged = Code(rawValue: "notConverged")
    /// The matrix has no real principal square root or logarithm: a negative eigenvalue stands in the way, or a zero one.
    public static let noRealRoot = Code(rawValue: "noRealRoot")
    /// The answer would have no correct digit, whatever computed it.
    public static let illConditioned = Code(rawValue: "illConditioned")
    /// Finite operands, but the computation left the range of the element type.
    public static let overflow = Code(rawValue: "overflow")
    /// A dimension or a workspace passes the 32-bit integers of this OpenBLAS.
    public static let tooLarge = Code(rawValue: "tooLarge")
    /// There is no memory for the answer.
    public static let outOfMemory = Code(rawValue: "outOfMemory")
    /// LAPACK refused an argument that was checked before: a defect in Weft or in the library.
    public static let internalCheckFailed = Code(rawValue: "internalCheckFailed")
  }

  public let code: Code
  public let message: String
  /// Row and column of the first element at fault, counted from 0, where there is one.
  public let element: Element?
  /// The first zero pivot, counted from 0, where the matrix is singular.
  public let pivot: Int?

  /// The order of the first leading minor that is not positive, 1 or more, where the matrix is not positive definite.
  public let minor: Int?

  public struct Element: Hashable, Sendable {
    public let row: Int
    public let column: Int
  }

  package init(
    _ code: Code, _ message: String, element: Element? = nil, pivot: Int? = nil, minor: Int? = nil
  ) {
    self.code = code
    self.message = message
    self.element = element
    self.pivot = pivot
    self.minor = minor
  }

  public var description: String { message }

  /// The exit status of a command that ends with this error (`sysexits.h`): 69 where a resource is missing or too
  /// small, 70 where a check inside failed, 65 where the data are at fault.
  public var exitCode: Int32 {
    switch code {
    case .libraryUnavailable, .tooLarge, .outOfMemory: 69
    case .internalCheckFailed: 70
    default: 65
    }
  }
}
