// SPDX-License-Identifier: Apache-2.0
//
// CBLAS over spans. All matrices are row-major; where no row stride is given, they are contiguous and it is their number
// of columns. Sides of zero never reach the library. Called by `Product` and by the factorizations, inside
// `BLASLibrary.call`.

internal import COpenBLAS
import MatrixCore

private let rowMajor = Int32(weft_cblas_row_major)

/// The sides of `op(A)`, m×k, and `op(B)`, k×n, and how far apart their rows are stored, as OpenBLAS counts.
struct ProductSides {
  let m: Int32
  let n: Int32
  let k: Int32
  let strideA: Int32
  let strideB: Int32

  func fit(a: Int, _ opA: Transpose, b: Int, _ opB: Transpose, c: Int) -> Bool {
    let storedA = opA == .asStored ? (m, k) : (k, m)
    let storedB = opB == .asStored ? (k, n) : (n, k)
    return a == elementCount(storedA, strideA) && b == elementCount(storedB, strideB) && c == Int(m) * Int(n)
  }
}

/// From the first element to the last one, of rows that lie `stride` apart.
func elementCount(_ sides: (rows: Int32, columns: Int32), _ stride: Int32) -> Int {
  sides.rows == 0 || sides.columns == 0 ? 0 : (Int(sides.rows) - 1) * Int(stride) + Int(sides.columns)
}

/// A square triangular matrix, as CBLAS's flags describe it.
struct TriangularFlags {
  let triangle: Int32
  let diagonal: Int32
  let transpose: Transpose

  /// With `unitDiagonal` the diagonal is ones, and what is stored there is not read.
  init(_ triangle: Triangle, unitDiagonal: Bool = false, _ transpose: Transpose) {
    self.triangle = Int32(triangle == .lower ? weft_cblas_lower : weft_cblas_upper)
    diagonal = Int32(unitDiagonal ? weft_cblas_unit : weft_cblas_non_unit)
    self.transpose = transpose
  }

  static func lower(_ transpose: Transpose) -> TriangularFlags { TriangularFlags(.lower, transpose) }
  static func unitUpper(_ transpose: Transpose) -> TriangularFlags {
    TriangularFlags(.upper, unitDiagonal: true, transpose)
  }
}

extension Routines {
  /// C ← alpha·op(A)·op(B) + beta·C. With `beta` 0, what C holds is not read.
  func multiply(
    _ sides: ProductSides, alpha: Element, _ a: Span<Element>, _ opA: Transpose, _ b: Span<Element>, _ opB: Transpose,
    beta: Element, into c: inout MutableSpan<Element>
  ) {
    precondition(sides.fit(a: a.count, opA, b: b.count, opB, c: c.count))
    let (m, n, k) = (sides.m, sides.n, sides.k)
    guard m > 0, n > 0 else { return }
    // gemv adds to `beta·y` and would read a NaN that happens to lie there; without a product there is only beta·C.
    if k == 0 || (beta == 0 && (m == 1 || n == 1)) { scale(&c, by: beta) }
    guard k > 0 else { return }
    unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe c.withUnsafeMutableBufferPointer { c in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          if n == 1 {
            let step = opB == .asStored ? sides.strideB : 1
            unsafe multiplyVector(rows: m, columns: k, alpha, a, sides.strideA, opA, b, step, beta, c)
          } else if m == 1 {
            let step = opA == .asStored ? 1 : sides.strideA
            unsafe multiplyVector(rows: n, columns: k, alpha, b, sides.strideB, opB.flipped, a, step, beta, c)
          } else {
            unsafe gemm(
              rowMajor, opA.flag, opB.flag, m, n, k, alpha, a, sides.strideA, b, sides.strideB, beta, c, n)
          }
        }
      }
    }
  }

  /// The lower triangle of C ← alpha·op(A)·op(A)ᵀ + beta·C, where op(A) is n×k and its rows lie `stride` apart. With
  /// `beta` 0, what C holds is not read; what is above the diagonal never is, nor is it written.
  func multiplyByOwnTranspose(
    _ a: Span<Element>, _ op: Transpose, n: Int32, k: Int32, stride: Int32, alpha: Element, beta: Element,
    into c: inout MutableSpan<Element>
  ) {
    precondition(a.count == elementCount(op == .asStored ? (n, k) : (k, n), stride) && c.count == Int(n) * Int(n))
    guard n > 0, k > 0 else { return scale(&c, by: beta) }
    unsafe a.withUnsafeBufferPointer { a in
      unsafe c.withUnsafeMutableBufferPointer { c in
        guard let a = a.baseAddress, let c = c.baseAddress else { return }
        unsafe syrk(rowMajor, Int32(weft_cblas_lower), op.flag, n, k, alpha, a, stride, beta, c, n)
      }
    }
  }

  /// y ← alpha·op(M)·x + beta·y, where op(M) is rows×columns. OpenBLAS's gemm would pack a whole matrix for one column.
  private func multiplyVector(
    rows: Int32, columns: Int32, _ alpha: Element, _ matrix: Input, _ stride: Int32, _ op: Transpose, _ x: Input,
    _ step: Int32, _ beta: Element, _ y: Output
  ) {
    let (storedRows, storedColumns) = op == .asStored ? (rows, columns) : (columns, rows)
    unsafe gemv(rowMajor, op.flag, storedRows, storedColumns, alpha, matrix, stride, x, step, beta, y, 1)
  }

  private func scale(_ c: inout MutableSpan<Element>, by beta: Element) {
    guard beta != 1 else { return }
    for k in c.indices { c[k] = beta == 0 ? 0 : beta * c[k] }
  }

  /// B ← op(T)⁻¹·B for an n×n triangle T, whose rows lie `rowStride` apart (by default n), and an n×`columns` matrix B.
  func solveTriangular(
    _ t: Span<Element>, _ flags: TriangularFlags, order n: Int32, rowStride: Int32? = nil, columns: Int32,
    _ b: inout MutableSpan<Element>
  ) {
    let stride = rowStride ?? n
    precondition(t.count >= elementCount((n, n), stride) && b.count >= Int(n) * Int(columns))
    unsafe t.withUnsafeBufferPointer { t in
      unsafe b.withUnsafeMutableBufferPointer { b in
        guard columns > 0, let t = t.baseAddress, let b = b.baseAddress else { return }
        unsafe trsm(
          rowMajor, Int32(weft_cblas_left), flags.triangle, flags.transpose.flag, flags.diagonal, n, columns, 1, t,
          stride, b, columns)
      }
    }
  }

  /// B ← B·op(T) for an n×n triangle T and a `rows`×n matrix B.
  func multiplyTriangular(
    _ b: inout MutableSpan<Element>, rows: Int32, _ t: Span<Element>, _ flags: TriangularFlags, order n: Int32
  ) {
    precondition(t.count == Int(n) * Int(n) && b.count == Int(rows) * Int(n))
    unsafe t.withUnsafeBufferPointer { t in
      unsafe b.withUnsafeMutableBufferPointer { b in
        guard rows > 0, n > 0, let t = t.baseAddress, let b = b.baseAddress else { return }
        unsafe trmm(
          rowMajor, Int32(weft_cblas_right), flags.triangle, flags.transpose.flag, flags.diagonal, rows, n, 1, t, n, b,
          n)
      }
    }
  }

  /// Exchanges rows `i` and `k` of a matrix with this many columns.
  func swapRows(_ i: Int, _ k: Int, _ b: inout MutableSpan<Element>, columns: Int32) {
    exchange(from: i * Int(columns), and: k * Int(columns), step: 1, count: columns, &b)
  }

  /// Exchanges columns `i` and `k` of a matrix with this many rows and columns.
  func swapColumns(_ i: Int, _ k: Int, _ b: inout MutableSpan<Element>, rows: Int32, columns: Int32) {
    exchange(from: i, and: k, step: columns, count: rows, &b)
  }

  private func exchange(from first: Int, and second: Int, step: Int32, count: Int32, _ b: inout MutableSpan<Element>) {
    guard first != second, count > 0 else { return }
    let reach = (Int(count) - 1) * Int(step)
    precondition(min(first, second) >= 0 && max(first, second) + reach < b.count)
    unsafe b.withUnsafeMutableBufferPointer { b in
      guard let b = b.baseAddress else { return }
      unsafe swap(count, b + first, step, b + second, step)
    }
  }
}
