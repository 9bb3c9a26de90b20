// SPDX-License-Identifier: Apache-2.0
// A matrix in memory that worker processes map too: what the engine computes into, and what it hands out.
// The engine uses the package part (SharedMatrix+Engine.swift); everybody else sees a `Matrix` with another address.

import Multiprocessing
import Synchronization

/// A dense, row-major matrix in shared memory, with value semantics: a copy costs nothing until one is changed.
///
/// The memory has no name and vanishes with its last owner, whoever is killed. A change to a matrix that shares its
/// memory with a copy takes a new segment first; where that must not fail, call `makeUnique()`, which throws, before:
/// a setter cannot, and ends the program instead.
public struct SharedMatrix<Element: MatrixElement>: MatrixReadable, CustomStringConvertible {
  public internal(set) var shape: Shape
  @usableFromInline var storage: SharedMatrixStorage<Element>

  /// A matrix of zeros.
  ///
  /// - Throws: `SystemError` when there is no room for it in shared memory.
  public init(shape: Shape) throws(SystemError) {
    self.shape = shape
    storage = SharedMatrixStorage(try SharedMemory(byteCount: shape.byteCount(of: Element.elementType)))
  }

  /// A copy, in shared memory, of any matrix or slice, without the slice's gaps.
  ///
  /// - Throws: `SystemError` when there is no room for it in shared memory.
  public init(_ other: some StridedReadable<Element>) throws(SystemError) {
    try self.init(shape: other.shape)
    unsafe other.copyRows(to: storage.base, rowStride: other.columns)
  }

  // Here and below the pointer is read on a line of its own, as in the standard library's `Array.span`: with the read
  // inside the call, Swift 6.3.1 fails at -O, here or in the module that inlines this.
  @inlinable  // for element loops in user code
  public var elements: Span<Element> {
    @_lifetime(borrow self)
    get {
      let base = unsafe storage.base
      let span = unsafe Span(_unsafeStart: base, count: shape.count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }
}

extension SharedMatrix {
  /// All elements, row after row, to be changed in place.
  @inlinable  // for element loops in user code
  public var mutableElements: MutableSpan<Element> {
    @_lifetime(&self)
    mutating get {
      copyIfShared()
      let base = unsafe storage.base
      let span = unsafe MutableSpan(_unsafeStart: base, count: shape.count)
      return unsafe _overrideLifetime(span, mutating: &self)
    }
  }

  /// Row `i`, to be changed in place. An index outside the shape is a programming error.
  @inlinable @_lifetime(&self)  // for element loops in user code
  public mutating func mutableRow(_ i: Int) -> MutableSpan<Element> {
    copyIfShared()
    let range = shape.range(row: i)
    let start = unsafe storage.base + range.lowerBound
    let span = unsafe MutableSpan(_unsafeStart: start, count: range.count)
    return unsafe _overrideLifetime(span, mutating: &self)
  }

  /// Calls `body` with all elements, row after row, to be changed in place.
  @inlinable
  public mutating func withMutableElements<R, E: Error>(
    _ body: (inout MutableSpan<Element>) throws(E) -> R
  ) throws(E) -> R {
    var span = mutableElements
    return try body(&span)
  }

  /// The element in row `i` and column `j`, both counted from 0. An index outside the shape is a programming error.
  @inlinable  // for element loops in user code
  public subscript(_ i: Int, _ j: Int) -> Element {
    get { unsafe storage.base[shape.offset(row: i, column: j)] }
    set {
      copyIfShared()
      unsafe storage.base[shape.offset(row: i, column: j)] = newValue
    }
  }

  /// Gives this matrix a segment of its own, with the same elements, unless it has one.
  ///
  /// - Throws: `SystemError` when there is no room for it in shared memory.
  public mutating func makeUnique() throws(SystemError) {
    guard !isAlone() else { return }
    self = try SharedMatrix(self)
  }

  @inlinable  // the check stands in the loop of `subscript`'s setter, the copy does not
  mutating func copyIfShared() {
    if !isAlone() { copyOrStop() }
  }

  /// Whether nobody else, in this process or another, has this memory.
  @inlinable
  mutating func isAlone() -> Bool {
    isKnownUniquelyReferenced(&storage) && !storage.hasTravelled.load(ordering: .relaxed)
  }

  @usableFromInline mutating func copyOrStop() {
    do { try makeUnique() } catch { preconditionFailure("\(error)") }
  }
}

extension SharedMatrix: Equatable {
  /// Equal shapes and equal numbers: 0 equals -0, and NaN equals nothing. See `identical(to:)` for the same bits.
  public static func == (a: SharedMatrix, b: SharedMatrix) -> Bool { a.equal(to: b) }
}
