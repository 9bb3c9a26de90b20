// SPDX-License-Identifier: Apache-2.0
//
// The pass behind `MatrixSummary`: elements in row order, in as many pieces as one likes, each on all CPUs. A piece is cut into
// parts, a part into blocks that stay in the first-level cache while they are looked at three times.

import Evaluation
import MatrixCore
import Multiprocessing

/// What was seen of a matrix so far.
struct MatrixScan {
  private let columns: Int
  private let table: KernelTable
  private let keys: SymmetryKeys?
  private let threads: Int
  private var count = 0
  private(set) var seen = PartialScan()

  /// Elements that are worth a thread's start.
  private static let elementsPerThread = 65_536

  /// - Parameter shape: of the matrix; whether it is symmetric is looked for where it is square.
  init(_ shape: Shape, threads: Int = Machine.cpuCount().count) throws(EngineError) {
    guard let table = KernelTable.supportedOnHost.first else {
      throw EngineError(.resources, "This CPU has no fused multiply-add (FMA3), which Weft's kernels need.")
    }
    columns = shape.columns
    self.table = table
    self.threads = threads
    keys = shape.rows == shape.columns ? SymmetryKeys(order: shape.rows) : nil
  }

  mutating func append<Element: MatrixElement>(_ elements: Span<Element>) {
    let parts = max(1, min(threads, elements.count / Self.elementsPerThread))
    let (count, columns, table, keys) = (count, columns, table, keys)
    var found = [PartialScan](repeating: PartialScan(), count: parts)
    unsafe elements.withUnsafeBufferPointer { elements in
      guard let base = elements.baseAddress else { return }
      unsafe found.withUnsafeMutableBufferPointer { found in
        // Each part writes its own place.
        let place = found.baseAddress
        Threads.forEach(parts, threads: parts) { part in
          let first = elements.count * part / parts
          let end = elements.count * (part + 1) / parts
          var scan = PartialScan()
          unsafe scan.look(
            at: base + first, count: end - first, index: count + first, columns: columns, table: table, keys: keys)
          unsafe (place! + part).pointee = scan
        }
      }
    }
    for part in found { seen.merge(part) }
    self.count += elements.count
  }

  /// Nil where the matrix is not square, has infinities or NaNs, or was not seen whole.
  var isSymmetric: Bool? {
    guard keys != nil, count == columns * columns, seen.nonfiniteCount == 0 else { return nil }
    return seen.rowKeyed == seen.columnKeyed
  }
}

/// Numbers by which one pass tells whether a matrix is symmetric: with random uᵢ, vᵢ it sums b(aᵢⱼ)·uᵢ·vⱼ and b(aᵢⱼ)·uⱼ·vᵢ, mod
/// 2⁶⁴, where b mixes an element's bits. Of a symmetric matrix the two are the same number; of any other, not made to
/// fool this, they are the same with probability below 2⁻³². (Freivalds' check of products, 1977, with bits for numbers.)
/// Rejected: reading a file in pairs of tiles, half of them across its rows.
struct SymmetryKeys: Sendable {
  let u: [UInt64]
  let v: [UInt64]

  init(order: Int) {
    var random = SplitMix64(seed: 0x7765_6674)
    u = (0..<order).map { _ in random.next() | 1 }
    v = (0..<order).map { _ in random.next() | 1 }
  }

  /// An element's bits, mixed so that sums of such keys are equal where the elements are, and hardly otherwise.
  @inline(__always)
  static func mix(_ element: Double) -> UInt64 {
    // Minus zero is zero.
    let bits = (element + 0).bitPattern
    let mixed = (bits ^ bits &>> 32) &* 0xD6E8_FEB8_6659_FD93
    return mixed ^ mixed &>> 32
  }
}

/// A sum of squares as value · 4^exponent, which does not leave the range where its root does not.
struct ScaledSquares {
  private(set) var value = 0.0
  private(set) var exponent = 0

  mutating func add(_ other: Double, exponent otherExponent: Int) {
    guard other > 0 else { return }
    if value == 0 || otherExponent > exponent {
      value = value == 0 ? 0 : value * Double(sign: .plus, exponent: 2 * (exponent - otherExponent), significand: 1)
      exponent = otherExponent
    }
    value += other * Double(sign: .plus, exponent: 2 * (otherExponent - exponent), significand: 1)
  }

  mutating func add(_ other: ScaledSquares) { add(other.value, exponent: other.exponent) }

  /// √(sum / count).
  func root(dividedBy count: Double = 1) -> Double {
    (value / count).squareRoot() * Double(sign: .plus, exponent: exponent, significand: 1)
  }
}
