// SPDX-License-Identifier: Apache-2.0
//
// What one thread has seen of consecutive elements, and how two such are put together. Loops over pointers and eight lanes:
// in Swift's checked arithmetic, element by element, the same takes some ten times as long.

import Evaluation
import MatrixCore
import Multiprocessing

struct PartialScan: Sendable {
  private(set) var smallest = Double.infinity
  private(set) var smallestIndex: Int?
  private(set) var largest = -Double.infinity
  private(set) var largestIndex: Int?
  /// Of the finite elements.
  private var total = CompensatedSum()
  private(set) var finiteCount = 0
  /// Σ (x − mean)² of the finite elements, put together block by block (Chan, Golub and LeVeque 1979, Updating formulae and a
  /// pairwise algorithm for computing sample variances), and Σ x².
  private var deviations = ScaledSquares()
  private var squares = ScaledSquares()
  private(set) var nonfiniteCount = 0
  private(set) var firstNonfinite: Int?
  private(set) var checksum: UInt64 = 0
  private(set) var rowKeyed: UInt64 = 0
  private(set) var columnKeyed: UInt64 = 0

  private static let blockCount = 2048

  var sum: Double { total.value }

  /// Nil where no element is finite.
  var mean: Double? { finiteCount > 0 ? sum / Double(finiteCount) : nil }
  /// Of the finite elements, divided by their number.
  var deviation: Double? { finiteCount > 0 ? deviations.root(dividedBy: Double(finiteCount)) : nil }
  /// √Σ x² of the finite elements.
  var norm: Double { squares.root() }

  /// Puts what comes after these elements behind them.
  mutating func merge(_ next: PartialScan) {
    if next.smallest < smallest { (smallest, smallestIndex) = (next.smallest, next.smallestIndex) }
    if next.largest > largest { (largest, largestIndex) = (next.largest, next.largestIndex) }
    if let mean, let other = next.mean {
      let (m, n) = (Double(finiteCount), Double(next.finiteCount))
      let exponent = PartialScan.exponent(of: max(mean.magnitude, other.magnitude))
      let scale = Double(sign: .plus, exponent: -exponent, significand: 1)
      let step = other * scale - mean * scale
      deviations.add(step * step * (m / (m + n) * n), exponent: exponent)
    }
    deviations.add(next.deviations)
    squares.add(next.squares)
    finiteCount += next.finiteCount
    total.add(next.total)
    nonfiniteCount += next.nonfiniteCount
    firstNonfinite = firstNonfinite ?? next.firstNonfinite
    checksum &+= next.checksum
    rowKeyed &+= next.rowKeyed
    columnKeyed &+= next.columnKeyed
  }

  /// The power of two that squares are scaled by: none for magnitudes whose squares are numbers, sums of 2⁶⁴ of them too.
  private static func exponent(of magnitude: Double) -> Int {
    guard magnitude > 0, magnitude.isFinite else { return 0 }
    let exponent = Int(magnitude.exponent)
    // 2⁻¹⁰⁰⁰ is enough for subnormals, and its inverse is a number.
    return (-400...400).contains(exponent) ? 0 : max(exponent, -1000)
  }

  /// Looks at `count` elements, `index` being the linear index of the first.
  @specialized(where Element == Double)
  @specialized(where Element == Float)
  @unsafe mutating func look<Element: MatrixElement>(
    at elements: UnsafePointer<Element>, count: Int, index: Int, columns: Int, table: KernelTable, keys: SymmetryKeys?
  ) {
    for first in stride(from: 0, to: count, by: PartialScan.blockCount) {
      let part = min(PartialScan.blockCount, count - first)
      let block = unsafe elements + first
      var seen = PartialScan()
      unsafe seen.lookAtBlock(block, part, index + first)
      seen.checksum = unsafe table.checksum(
        of: block, isFloat32: Element.elementType == .float32, index: index + first, count: part)
      if let keys { unsafe seen.addKeyed(block, part, index + first, columns, keys) }
      merge(seen)
    }
  }

  @inline(__always)
  private mutating func lookAtBlock<Element: MatrixElement>(
    _ elements: UnsafePointer<Element>, _ count: Int, _ index: Int
  ) {
    // x · 0 is 0 for every finite x and NaN for all others, and NaN stays.
    var zeros = SIMD8<Double>(repeating: 0)
    let whole = count & ~7
    for k in stride(from: 0, to: whole, by: 8) { unsafe zeros += lanes(elements + k) * 0 }
    for k in whole..<count { unsafe zeros[0] += Double(elements[k]) * 0 }
    guard zeros.sum() == 0 else { return unsafe lookOneByOne(elements, count, index) }
    unsafe lookForExtremes(elements, count, index)
    unsafe addUp(elements, count)
    finiteCount = count
    let exponent = PartialScan.exponent(of: max(smallest.magnitude, largest.magnitude))
    let scale = Double(sign: .plus, exponent: -exponent, significand: 1)
    let middle = sum / Double(count) * scale
    var (ofValues, ofSteps) = (SIMD8<Double>(repeating: 0), SIMD8<Double>(repeating: 0))
    for k in stride(from: 0, to: whole, by: 8) {
      let values = unsafe lanes(elements + k) * scale
      let steps = values - middle
      ofValues += values * values
      ofSteps += steps * steps
    }
    for k in whole..<count {
      let value = unsafe Double(elements[k]) * scale
      ofValues[0] += value * value
      ofSteps[0] += (value - middle) * (value - middle)
    }
    squares.add(ofValues.sum(), exponent: exponent)
    deviations.add(ofSteps.sum(), exponent: exponent)
  }

  @inline(__always)
  private func lanes<Element: MatrixElement>(_ place: UnsafePointer<Element>) -> SIMD8<Double> {
    let elements = unsafe UnsafeRawPointer(place).loadUnaligned(as: SIMD8<Element>.self)
    var result = SIMD8<Double>()
    for k in 0..<8 { result[k] = Double(elements[k]) }
    return result
  }

  @inline(__always)
  private mutating func lookForExtremes<Element: MatrixElement>(
    _ elements: UnsafePointer<Element>, _ count: Int, _ index: Int
  ) {
    let whole = count & ~7
    var low = SIMD8<Double>(repeating: unsafe Double(elements[0]))
    var high = low
    for k in stride(from: 0, to: whole, by: 8) {
      let values = unsafe lanes(elements + k)
      low.replace(with: values, where: values .< low)
      high.replace(with: values, where: values .> high)
    }
    for k in whole..<count {
      let value = unsafe Double(elements[k])
      if value < low[0] { low[0] = value }
      if value > high[0] { high[0] = value }
    }
    (smallest, largest) = (low.min(), high.max())
    for k in 0..<count where unsafe Double(elements[k]) == smallest {
      smallestIndex = index + k
      break
    }
    for k in 0..<count where unsafe Double(elements[k]) == largest {
      largestIndex = index + k
      break
    }
  }

  /// The sum, eight lanes of it beside each other, each with what it lost.
  @inline(__always)
  private mutating func addUp<Element: MatrixElement>(_ elements: UnsafePointer<Element>, _ count: Int) {
    let whole = count & ~7
    var (sums, lost) = (SIMD8<Double>(repeating: 0), SIMD8<Double>(repeating: 0))
    for k in stride(from: 0, to: whole, by: 8) {
      let values = unsafe lanes(elements + k)
      let next = sums + values
      let part = next - sums
      lost += (sums - (next - part)) + (values - part)
      sums = next
    }
    if whole > 0 {
      for lane in 0..<8 {
        total.add(CompensatedSum(plain: sums[lane], lost: lost[lane]))
      }
    }
    for k in whole..<count { unsafe total.add(Double(elements[k])) }
  }

  /// A block with elements that are not finite: each finite one is a block of its own.
  private mutating func lookOneByOne<Element: MatrixElement>(
    _ elements: UnsafePointer<Element>, _ count: Int, _ index: Int
  ) {
    for k in 0..<count {
      let value = unsafe Double(elements[k])
      guard value.isFinite else {
        nonfiniteCount += 1
        if firstNonfinite == nil { firstNonfinite = index + k }
        continue
      }
      var one = PartialScan()
      unsafe one.lookAtBlock(elements + k, 1, index + k)
      merge(one)
    }
  }

  private mutating func addKeyed<Element: MatrixElement>(
    _ elements: UnsafePointer<Element>, _ count: Int, _ index: Int, _ columns: Int, _ keys: SymmetryKeys
  ) {
    unsafe keys.u.withUnsafeBufferPointer { u in
      unsafe keys.v.withUnsafeBufferPointer { v in
        var k = 0
        while k < count {
          let (row, column) = (index + k).quotientAndRemainder(dividingBy: columns)
          let width = min(count - k, columns - column)
          var (byU, byV): (UInt64, UInt64) = (0, 0)
          for j in 0..<width {
            let key = unsafe SymmetryKeys.mix(Double(elements[k &+ j]))
            unsafe byU &+= key &* u[column &+ j]
            unsafe byV &+= key &* v[column &+ j]
          }
          unsafe rowKeyed &+= byV &* u[row]
          unsafe columnKeyed &+= byU &* v[row]
          k += width
        }
      }
    }
  }
}

extension PartialScan {
  func write(to writer: inout WireWriter) {
    for value in [smallest, largest, total.plain, total.lost, deviations.value, squares.value] { writer.write(value) }
    for value in [smallestIndex ?? -1, largestIndex ?? -1, finiteCount, nonfiniteCount, firstNonfinite ?? -1] {
      writer.write(value)
    }
    writer.write(deviations.exponent)
    writer.write(squares.exponent)
    for value in [checksum, rowKeyed, columnKeyed] { writer.write(value) }
  }

  init(from reader: inout WireReader) throws(SystemError) {
    func index(_ reader: inout WireReader) throws(SystemError) -> Int? {
      let index: Int = try reader.read()
      return index < 0 ? nil : index
    }
    (smallest, largest) = (try reader.read(), try reader.read())
    total = CompensatedSum(plain: try reader.read(), lost: try reader.read())
    let (ofDeviations, ofSquares): (Double, Double) = (try reader.read(), try reader.read())
    (smallestIndex, largestIndex) = (try index(&reader), try index(&reader))
    (finiteCount, nonfiniteCount) = (try reader.read(), try reader.read())
    firstNonfinite = try index(&reader)
    deviations.add(ofDeviations, exponent: try reader.read())
    squares.add(ofSquares, exponent: try reader.read())
    (checksum, rowKeyed, columnKeyed) = (try reader.read(), try reader.read(), try reader.read())
  }
}
