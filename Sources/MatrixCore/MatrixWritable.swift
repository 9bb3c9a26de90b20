// SPDX-License-Identifier: Apache-2.0
//
// What an operation can write its answer into: the caller's own matrix, in private or in shared memory, so that a sum, a
// solution or a product lands where it is needed next and nothing is allocated or copied.

/// A dense, row-major matrix whose elements can be changed in place.
public protocol MatrixWritable<Element>: MatrixReadable {
  /// Calls `body` with all elements, row after row. Memory shared with a copy of the matrix is made its own first.
  mutating func withMutableElements<R, E: Error>(_ body: (inout MutableSpan<Element>) throws(E) -> R) throws(E) -> R
}

extension Matrix: MatrixWritable {}
extension SharedMatrix: MatrixWritable {}
