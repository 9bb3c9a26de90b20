// SPDX-License-Identifier: Apache-2.0
//
// What the elements of a matrix are, in one pass: extremes with their places, mean, non-finite elements, checksum. For
// matrices that were not computed here and so have no report: `weft info` asks for one of a file.

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
  /// Elements that are infinite or NaN.
  public let nonfiniteCount: Int
  /// Row and column, from 0, of the first of them.
  public let firstNonfinite: (row: Int, column: Int)?
  /// As `ComputeReport.checksum` has it: the same matrix gives the same, in memory, as .npy or as text.
  public let checksum: Checksum

  /// - Throws: `EngineError` on a CPU that Weft's kernels do not run on.
  public init<Element: MatrixElement>(of matrix: some MatrixReadable<Element>) throws(EngineError) {
    var scan = try MatrixScan(columns: matrix.columns)
    scan.append(matrix.elements)
    self.init(scan, shape: matrix.shape, elementType: Element.elementType)
  }

  init(_ scan: MatrixScan, shape: Shape, elementType: ElementType) {
    self.shape = shape
    self.elementType = elementType
    minimum = scan.extreme(at: scan.smallestIndex, value: scan.smallest)
    maximum = scan.extreme(at: scan.largestIndex, value: scan.largest)
    let finiteCount = shape.count - scan.nonfiniteCount
    mean = finiteCount > 0 ? scan.sum / Double(finiteCount) : nil
    nonfiniteCount = scan.nonfiniteCount
    firstNonfinite = scan.firstNonfinite.map {
      let (row, column) = $0.quotientAndRemainder(dividingBy: shape.columns)
      return (row, column)
    }
    checksum = Checksum(scan.checksum)
  }
}

/// The pass itself: elements in row order, in as many pieces as one likes.
struct MatrixScan {
  private let columns: Int
  private let table: KernelTable
  private var count = 0
  private(set) var smallest = Double.infinity
  private(set) var smallestIndex: Int?
  private(set) var largest = -Double.infinity
  private(set) var largestIndex: Int?
  private var plainSum = 0.0
  private var lostInSum = 0.0
  private(set) var nonfiniteCount = 0
  private(set) var firstNonfinite: Int?
  private(set) var checksum: UInt64 = 0

  init(columns: Int) throws(EngineError) {
    guard let table = KernelTable.supportedOnHost.first else {
      throw EngineError(.resources, "This CPU has no fused multiply-add (FMA3), which Weft's kernels need.")
    }
    self.columns = columns
    self.table = table
  }

  var sum: Double {
    let sum = plainSum + lostInSum
    // Where the sum overflows, what it lost is no number.
    return sum.isNaN ? plainSum : sum
  }

  func extreme(at index: Int?, value: Double) -> MatrixSummary.Extreme? {
    guard let index else { return nil }
    return MatrixSummary.Extreme(value: value, row: index / columns, column: index % columns)
  }

  mutating func append<Element: MatrixElement>(_ elements: Span<Element>) {
    unsafe elements.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      checksum &+= unsafe table.checksum(
        of: base, isFloat32: Element.elementType == .float32, index: count, count: elements.count)
    }
    look(at: elements)
    count += elements.count
  }

  @specialized(where Element == Double)
  @specialized(where Element == Float)
  private mutating func look<Element: MatrixElement>(at elements: Span<Element>) {
    for k in elements.indices {
      let value = Double(elements[k])
      guard value.isFinite else {
        nonfiniteCount += 1
        if firstNonfinite == nil { firstNonfinite = count + k }
        continue
      }
      if value < smallest { (smallest, smallestIndex) = (value, count + k) }
      if value > largest { (largest, largestIndex) = (value, count + k) }
      // Knuth's two-sum: what the rounded sum has lost, whichever of the two is the larger.
      let sum = plainSum + value
      let part = sum - plainSum
      lostInSum += (plainSum - (sum - part)) + (value - part)
      plainSum = sum
    }
  }
}
