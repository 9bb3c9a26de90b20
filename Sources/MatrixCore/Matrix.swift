// SPDX-License-Identifier: Apache-2.0
// A matrix in the memory of this process: what files are read into and users build by hand. `SharedMatrix` is its
// twin in memory that workers map too; both read through `MatrixReadable`.

/// A dense, row-major matrix with value semantics: a copy costs nothing until one of the two is changed.
///
///     var m = Matrix<Double>(rows: 2, columns: 3) { i, j in Double(10 * i + j) }
///     m[1, 2] = 7
///     m.row(1)          // a Span of three elements, no copy
public struct Matrix<Element: MatrixElement>: MatrixReadable, CustomStringConvertible {
  public let shape: Shape
  @usableFromInline var storage: MatrixStorage<Element>

  /// A matrix of zeros.
  ///
  /// - Throws: `MemoryError` when the system has not that much memory.
  public init(shape: Shape) throws(MemoryError) {
    try self.init(uninitialized: shape)
    unsafe fill(storage.base, count: shape.count, with: 0)
  }

  /// A matrix whose elements the caller is about to write, each of them: until then their values are unspecified.
  package init(uninitialized shape: Shape) throws(MemoryError) {
    self.shape = shape
    storage = try MatrixStorage(uninitialized: shape)
  }

  /// For the initializers whose arguments come from the program itself: an impossible shape or no memory ends it, as
  /// with an array. Numbers from elsewhere go through `Shape` and `init(shape:)`, which throw.
  @usableFromInline init(trusting rows: Int, _ columns: Int) {
    do {
      try self.init(uninitialized: Shape(rows: rows, columns: columns))
    } catch {
      preconditionFailure("\(error)")
    }
  }

  /// The matrix whose element in row `i` and column `j` is `element(i, j)`, asked row by row.
  ///
  /// A negative or impossible shape is a programming error. Use `Shape` and `init(shape:)` for numbers from outside.
  @inlinable  // so that a closure of the user's is inlined into the loop
  public init<E: Error>(rows: Int, columns: Int, _ element: (_ i: Int, _ j: Int) throws(E) -> Element) throws(E) {
    self.init(trusting: rows, columns)
    guard count > 0 else { return }  // 2^62 rows of nothing are a matrix too
    for i in 0..<rows {
      for j in 0..<columns { unsafe storage.base[i &* columns &+ j] = try element(i, j) }
    }
  }

  /// The matrix with these rows, all of one length (anything else is a programming error). No rows make a 0×0 matrix.
  public init(_ rows: [[Element]]) {
    let columns = rows.first?.count ?? 0
    precondition(rows.allSatisfy { $0.count == columns }, "the rows of a matrix have one length")
    self.init(rows: rows.count, columns: columns) { rows[$0][$1] }
  }

  /// A copy, in this process's own memory, of any matrix or slice, without the slice's gaps.
  ///
  /// - Throws: `MemoryError` when the system has not that much memory.
  public init(_ other: some StridedReadable<Element>) throws(MemoryError) {
    try self.init(uninitialized: other.shape)
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

extension Matrix {
  /// All elements, row after row, to be changed in place.
  @inlinable  // for element loops in user code
  public var mutableElements: MutableSpan<Element> {
    @_lifetime(&self)
    mutating get {
      makeUnique()
      let base = unsafe storage.base
      let span = unsafe MutableSpan(_unsafeStart: base, count: shape.count)
      return unsafe _overrideLifetime(span, mutating: &self)
    }
  }

  /// Row `i`, to be changed in place. An index outside the shape is a programming error.
  @inlinable @_lifetime(&self)  // for element loops in user code
  public mutating func mutableRow(_ i: Int) -> MutableSpan<Element> {
    makeUnique()
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
      makeUnique()
      unsafe storage.base[shape.offset(row: i, column: j)] = newValue
    }
  }

  @inlinable  // the check stands in the loop of `subscript`'s setter, the copy does not
  mutating func makeUnique() {
    if !isKnownUniquelyReferenced(&storage) { copyStorage() }
  }

  @usableFromInline mutating func copyStorage() {
    do {
      self = try Matrix(self)
    } catch {
      preconditionFailure("\(error)")  // a setter cannot throw; `Array` does the same
    }
  }
}

extension Matrix: Equatable {
  /// Equal shapes and equal numbers: 0 equals -0, and NaN equals nothing. See `identical(to:)` for the same bits.
  public static func == (a: Matrix, b: Matrix) -> Bool { a.equal(to: b) }
}
