// SPDX-License-Identifier: Apache-2.0
// Two ways to be equal. `==` is IEEE's (0 equals -0, NaN equals nothing), as for an array of numbers; `identical(to:)`
// compares bits and is what tests, retries and file round trips promise.

extension MatrixReadable {
  /// True when the shapes agree and every element has the same bits; any NaN counts as any other NaN, since a NaN's
  /// payload is not part of what Weft promises. Zero and minus zero differ.
  public func identical<Other: MatrixReadable<Element>>(to other: Other) -> Bool {
    guard shape == other.shape else { return false }
    return identicalElements(elements, other.elements)
  }

  /// True when the shapes agree and every pair of elements is equal as numbers (0 equals -0, NaN equals nothing).
  public func equal<Other: MatrixReadable<Element>>(to other: Other) -> Bool {
    guard shape == other.shape else { return false }
    return equalElements(elements, other.elements)
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
