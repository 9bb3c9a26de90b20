// SPDX-License-Identifier: Apache-2.0
//
// What the elements of a matrix are, in one pass: extremes with their places, mean, deviation, norm, symmetry, non-finite
// elements, checksum. For matrices that were not computed here and so have no report: `weft info` asks for one of a file.

import Evaluation
import MatrixCore
import MatrixFiles

/// The elements of a matrix in a few numbers.
public struct MatrixSummary: Sendable {
  /// A finite element, and the first place (from 0, in row order) where it stands.
  public struct Extreme: Sendable, Hashable {
    public let value: Double
    public let row: Int
    public let column: Int
  }

  public let shape: Shape
  public let elementType: ElementType
  /// Smallest and largest finite element; nil where there is none. Zero and minus zero are equal: the first one counts.
  public let minimum: Extreme?
  public let maximum: Extreme?
  /// Of the finite elements, nil where there is none. The sum is compensated (Neumaier 1974): its error is about one
  /// rounding, whatever the number of elements. Infinite where the sum is beyond float64.
  public let mean: Double?
  /// Standard deviation of the finite elements: the root of their mean squared distance from the mean (divided by their
  /// number, as NumPy's `std` does); nil where there is none.
  public let deviation: Double?
  /// √Σ aᵢⱼ² of the finite elements, the Frobenius norm.
  public let norm: Double
  /// Whether aᵢⱼ = aⱼᵢ throughout. True by mistake with probability below 2⁻³², never false by mistake. Nil where the
  /// matrix is not square or not finite.
  public let isSymmetric: Bool?
  /// Elements that are infinite or NaN.
  public let nonfiniteCount: Int
  /// Row and column, from 0, of the first of them.
  public let firstNonfinite: (row: Int, column: Int)?
  /// As `ComputeReport.checksum` has it: the same matrix gives the same, in memory, as .npy or as text.
  public let checksum: Checksum

  /// - Throws: `EngineError` on a CPU that Weft's kernels do not run on.
  public init<Element: MatrixElement>(of matrix: some MatrixReadable<Element>) throws(EngineError) {
    var scan = try MatrixScan(matrix.shape)
    scan.append(matrix.elements)
    self.init(scan, shape: matrix.shape, elementType: Element.elementType)
  }

  init(_ scan: MatrixScan, shape: Shape, elementType: ElementType) {
    self.init(scan.seen, isSymmetric: scan.isSymmetric, shape: shape, elementType: elementType)
  }

  init(_ seen: PartialScan, isSymmetric: Bool?, shape: Shape, elementType: ElementType) {
    self.shape = shape
    self.elementType = elementType
    func extreme(_ value: Double, _ index: Int?) -> Extreme? {
      index.map { Extreme(value: value, row: $0 / shape.columns, column: $0 % shape.columns) }
    }
    minimum = extreme(seen.smallest, seen.smallestIndex)
    maximum = extreme(seen.largest, seen.largestIndex)
    (mean, deviation, norm) = (seen.mean, seen.deviation, seen.norm)
    self.isSymmetric = isSymmetric
    nonfiniteCount = seen.nonfiniteCount
    firstNonfinite = seen.firstNonfinite.map {
      let (row, column) = $0.quotientAndRemainder(dividingBy: shape.columns)
      return (row, column)
    }
    checksum = Checksum(seen.checksum)
  }
}
