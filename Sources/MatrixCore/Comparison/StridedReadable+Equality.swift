// SPDX-License-Identifier: Apache-2.0
// Two ways to be equal. `==` is IEEE's (0 equals -0, NaN equals nothing), as for an array of numbers; `identical(to:)`
// compares bits and is what tests, retries and file round trips promise.

extension StridedReadable {
  /// True when the shapes agree and every element has the same bits; any NaN counts as any other NaN, since a NaN's
  /// payload is not part of what Weft promises. Zero and minus zero differ.
  public func identical(to other: some StridedReadable<Element>) -> Bool {
    agrees(with: other, by: identicalElements)
  }

  /// True when the shapes agree and every pair of elements is equal as numbers (0 equals -0, NaN equals nothing).
  public func equal(to other: some StridedReadable<Element>) -> Bool {
    agrees(with: other, by: equalElements)
  }

  private func agrees(
    with other: some StridedReadable<Element>, by comparison: (Span<Element>, Span<Element>) -> Bool
  ) -> Bool {
    guard shape == other.shape else { return false }
    guard !isEmpty else { return true }
    if rowStride == columns, other.rowStride == columns { return comparison(strided, other.strided) }
    return (0..<rows).allSatisfy { comparison(row($0), other.row($0)) }
  }
}

@specialized(where Element == Double)
@specialized(where Element == Float)
private func identicalElements<Element: MatrixElement>(_ a: Span<Element>, _ b: Span<Element>) -> Bool {
  for k in a.indices {
    let x = a[k]
    let y = b[k]
    if x.bitPattern != y.bitPattern, !(x.isNaN && y.isNaN) { return false }
  }
  return true
}

@specialized(where Element == Double)
@specialized(where Element == Float)
private func equalElements<Element: MatrixElement>(_ a: Span<Element>, _ b: Span<Element>) -> Bool {
  for k in a.indices where a[k] != b[k] { return false }
  return true
}
