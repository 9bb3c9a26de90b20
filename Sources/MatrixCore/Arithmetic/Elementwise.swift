// SPDX-License-Identifier: Apache-2.0
//
// The loops of elementwise arithmetic, for one element type each: above this file everything is generic, and a generic
// loop that is not specialized runs some fifty times slower than the memory it reads. The choice of the operation stands
// outside the loop. Nothing is reordered or fused: each element is rounded once for each operation.
//
// A loop reads through one pointer and writes through another, and the compiler takes several elements at once where
// the two do not overlap. Hence the separate loops in place, which have one pointer to read and write.

/// c ← a op b, or a ← a op b in place.
enum ElementwiseOperation<Value: MatrixElement> {
  case add, subtract, multiply, divide
  /// a + factor·b, each of the two operations rounded.
  case addScaled(by: Value)
}

/// c ← op(a, value) with one number for all elements.
enum ScalarOperation<Value: MatrixElement> {
  case add(Value), subtractFrom(Value), multiply(Value), divide(Value)
}

/// Rows and columns to loop over. Matrices without gaps are one long row: one loop instead of two.
func loopSides(_ shape: Shape, strides: Int...) -> (rows: Int, columns: Int) {
  if shape.isEmpty { return (0, 0) }
  return strides.allSatisfy { $0 == shape.columns } ? (1, shape.count) : (shape.rows, shape.columns)
}

/// All elements of c, which has no gaps, from the strided a and b.
@specialized(where Value == Double)
@specialized(where Value == Float)
func combine<Value: MatrixElement>(
  _ operation: ElementwiseOperation<Value>, _ a: Span<Value>, rowStride aStride: Int, _ b: Span<Value>,
  rowStride bStride: Int, into c: inout MutableSpan<Value>, _ shape: Shape
) {
  @inline(__always) func loop(_ combine: (Value, Value) -> Value) {
    let (rows, columns) = loopSides(shape, strides: aStride, bStride)
    unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe c.withUnsafeMutableBufferPointer { c in
          for i in 0..<rows {
            let (left, right, out) = (i &* aStride, i &* bStride, i &* columns)
            for j in 0..<columns { unsafe c[out &+ j] = combine(a[left &+ j], b[right &+ j]) }
          }
        }
      }
    }
  }
  switch operation {
  case .add: loop { $0 + $1 }
  case .subtract: loop { $0 - $1 }
  case .multiply: loop { $0 * $1 }
  case .divide: loop { $0 / $1 }
  case .addScaled(let factor): loop { $0 + factor * $1 }
  }
}

/// All elements of a, which has no gaps, changed by the strided b.
@specialized(where Value == Double)
@specialized(where Value == Float)
func update<Value: MatrixElement>(
  _ a: inout MutableSpan<Value>, _ operation: ElementwiseOperation<Value>, _ b: Span<Value>, rowStride: Int,
  _ shape: Shape
) {
  @inline(__always) func loop(_ combine: (Value, Value) -> Value) {
    let (rows, columns) = loopSides(shape, strides: rowStride)
    unsafe a.withUnsafeMutableBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        guard let a = a.baseAddress, let b = b.baseAddress else { return }
        for i in 0..<rows { unsafe updateRow(a + i &* columns, b + i &* rowStride, columns, combine) }
      }
    }
  }
  switch operation {
  case .add: loop { $0 + $1 }
  case .subtract: loop { $0 - $1 }
  case .multiply: loop { $0 * $1 }
  case .divide: loop { $0 / $1 }
  case .addScaled(let factor): loop { $0 + factor * $1 }
  }
}

/// One row of them. In four streams: 4000² doubles in 13 ms, in one stream 15.5, however many bits at a time.
@inline(__always)
private func updateRow<Value: MatrixElement>(
  _ a: UnsafeMutablePointer<Value>, _ b: UnsafePointer<Value>, _ count: Int, _ combine: (Value, Value) -> Value
) {
  @inline(__always) func eight(_ k: Int) {
    let x = unsafe load(UnsafePointer(a) + k, as: SIMD8<Value>.self)
    let y = unsafe load(b + k, as: SIMD8<Value>.self)
    let combined = SIMD8(
      combine(x[0], y[0]), combine(x[1], y[1]), combine(x[2], y[2]), combine(x[3], y[3]),
      combine(x[4], y[4]), combine(x[5], y[5]), combine(x[6], y[6]), combine(x[7], y[7]))
    unsafe UnsafeMutableRawPointer(a + k).storeBytes(of: combined, as: SIMD8<Value>.self)
  }
  visitInStreams(
    count, of: Value.self,
    four: { k, distance in
      eight(k)
      eight(k &+ distance)
      eight(k &+ 2 &* distance)
      eight(k &+ 3 &* distance)
    },
    eight: eight, one: { unsafe a[$0] = combine(a[$0], b[$0]) })
}

/// All elements of c, which has no gaps, from the strided a.
@specialized(where Value == Double)
@specialized(where Value == Float)
func transform<Value: MatrixElement>(
  _ operation: ScalarOperation<Value>, _ a: Span<Value>, rowStride: Int, into c: inout MutableSpan<Value>,
  _ shape: Shape
) {
  @inline(__always) func loop(_ transform: (Value) -> Value) {
    let (rows, columns) = loopSides(shape, strides: rowStride)
    unsafe a.withUnsafeBufferPointer { a in
      unsafe c.withUnsafeMutableBufferPointer { c in
        for i in 0..<rows {
          let (from, out) = (i &* rowStride, i &* columns)
          for j in 0..<columns { unsafe c[out &+ j] = transform(a[from &+ j]) }
        }
      }
    }
  }
  switch operation {
  case .add(let value): loop { $0 + value }
  case .subtractFrom(let value): loop { value - $0 }
  case .multiply(let value): loop { $0 * value }
  case .divide(let value): loop { $0 / value }
  }
}

/// All elements of a, which has no gaps, in place.
@specialized(where Value == Double)
@specialized(where Value == Float)
func update<Value: MatrixElement>(_ a: inout MutableSpan<Value>, _ operation: ScalarOperation<Value>) {
  @inline(__always) func loop(_ transform: (Value) -> Value) {
    unsafe a.withUnsafeMutableBufferPointer { a in
      for k in 0..<a.count { unsafe a[k] = transform(a[k]) }
    }
  }
  switch operation {
  case .add(let value): loop { $0 + value }
  case .subtractFrom(let value): loop { value - $0 }
  case .multiply(let value): loop { $0 * value }
  case .divide(let value): loop { $0 / value }
  }
}
