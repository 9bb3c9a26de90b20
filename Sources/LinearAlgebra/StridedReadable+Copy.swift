// SPDX-License-Identifier: Apache-2.0
//
// The copy that an operation works in. LAPACK overwrites what it factors, so the elements move once in any case: rows
// that lie apart are brought together on the way, and everything behind this file is contiguous.

import MatrixCore

extension StridedReadable {
  /// A contiguous copy, known to be finite.
  ///
  /// - Throws: `notFinite` with the first NaN or infinity; `outOfMemory`.
  func finiteCopy(_ name: String = "the matrix") throws(LinearAlgebraError) -> Matrix<Element> {
    var copy = try Matrix<Element>(forAnswer: shape)
    copy.withMutableElements { copyRows(strided, stride: rowStride, columns: columns, into: &$0) }
    try copy.requireFinite(name)
    return copy
  }
}

@specialized(where Value == Double)
@specialized(where Value == Float)
func copyRows<Value: MatrixElement>(
  _ source: Span<Value>, stride: Int, columns: Int, into copy: inout MutableSpan<Value>
) {
  let count = copy.count
  guard count > 0 else { return }
  precondition(source.count >= (count / columns - 1) * stride + columns)
  unsafe source.withUnsafeBufferPointer { source in
    unsafe copy.withUnsafeMutableBufferPointer { copy in
      guard let from = source.baseAddress, let to = copy.baseAddress else { return }
      for row in 0..<count / columns {
        unsafe (to + row * columns).update(from: from + row * stride, count: columns)
      }
    }
  }
}
