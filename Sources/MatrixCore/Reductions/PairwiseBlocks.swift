// SPDX-License-Identifier: Apache-2.0
//
// The leaves of the trees in `Pairwise.swift`: blocks of up to 16 KB, read as four streams, a quarter of the block each. A
// processor fetches ahead within a page of 4 KB and begins anew in the next; with four pages at once there is always one
// that is ahead. So one thread reads more than in a single stream, however wide: 4000² doubles in 7 ms as here, 9 with
// eight sums of 512 bits in one stream, 11 with 16 lanes in one stream (Xeon, 2026-11-26). Rejected: shorter blocks, whose
// streams share pages (8 KB: 1.4 times as long; 4000² floats in such blocks are slower than in one stream), longer ones
// (no faster), touching elements further on (1.5 times as long and more).
//
// Additions that one element goes through: 2 join the streams, 15 a lane of a stretch, 3 the stretches, 4 the lanes, 1 the
// rest; 25 at most, and never more than 16 + log₂ of the number of elements. Above that, the tree of n elements has at most
// ⌈log₂(n/2048)⌉ levels; so no sum of n elements needs more than 16 + log₂ n, and two of them in a row, of r rows of c
// elements each and of their results, 32 + log₂(r·c).

/// Elements that are joined before the tree begins: 2048 doubles.
@inline(__always)
func leafLength<Value: MatrixElement>(_: Value.Type) -> Int { 16_384 / MemoryLayout<Value>.stride }
/// Fewer elements are read in one stream.
private let streamedLength = 256
/// Elements of each stream before the lanes are joined to those of the stretch before: 16 a lane.
private let stretchLength = 256

@inline(__always)
func load<Value: MatrixElement, S: SIMD>(_ p: UnsafePointer<Value>, as _: S.Type) -> S where S.Scalar == Value {
  unsafe UnsafeRawPointer(p).loadUnaligned(as: S.self)
}

/// The terms of up to `leafLength` elements, joined.
@inline(__always)
func joinBlock<Value, R: Reduction<Value>>(
  _: R.Type, _ p: UnsafePointer<Value>, _ count: Int, _ centre: Value
) -> Value {
  let centres = SIMD16(repeating: centre)
  return joinTerms(
    R.self, count, one: { unsafe R.term(p[$0], centre) },
    sixteen: { unsafe R.term(load(p + $0, as: SIMD16<Value>.self), centres) })
}

/// Σ aᵢ·bᵢ of up to `leafLength` elements.
@inline(__always)
func dotBlock<Value: MatrixElement>(_ a: UnsafePointer<Value>, _ b: UnsafePointer<Value>, _ count: Int) -> Value {
  joinTerms(
    Sum<Value>.self, count, one: { unsafe a[$0] * b[$0] },
    sixteen: { unsafe load(a + $0, as: SIMD16<Value>.self) * load(b + $0, as: SIMD16<Value>.self) })
}

/// The terms, made from an index on, one or sixteen at a time.
@inline(__always)
private func joinTerms<Value, R: Reduction<Value>>(
  _: R.Type, _ count: Int, one: (Int) -> Value, sixteen: (Int) -> SIMD16<Value>
) -> Value {
  if count < streamedLength { return joinStream(R.self, 0, count, one: one, sixteen: sixteen) }
  let quarter = count / 64 &* 16
  var lanes = SIMD16(repeating: R.identity)
  var k = 0
  while k < quarter {
    let end = min(k &+ stretchLength, quarter)
    var stretch = SIMD16(repeating: R.identity)
    while k < end {
      let left = R.join(sixteen(k), sixteen(k &+ quarter))
      let right = R.join(sixteen(k &+ 2 &* quarter), sixteen(k &+ 3 &* quarter))
      stretch = R.join(stretch, R.join(left, right))
      k &+= 16
    }
    lanes = R.join(lanes, stretch)
  }
  let joined = joinLanes(R.self, lanes)
  let rest = 4 &* quarter
  return rest == count ? joined : R.join(joined, joinStream(R.self, rest, count, one: one, sixteen: sixteen))
}

/// The terms of fewer than `streamedLength` elements, in 16 lanes.
@inline(__always)
private func joinStream<Value, R: Reduction<Value>>(
  _: R.Type, _ start: Int, _ end: Int, one: (Int) -> Value, sixteen: (Int) -> SIMD16<Value>
) -> Value {
  var lanes = SIMD16(repeating: R.identity)
  var k = start
  while k &+ 16 <= end {
    lanes = R.join(lanes, sixteen(k))
    k &+= 16
  }
  let isShort = k == start
  var rest = R.identity
  while k < end {
    rest = R.join(rest, one(k))
    k &+= 1
  }
  return isShort ? rest : R.join(joinLanes(R.self, lanes), rest)
}

@inline(__always)
private func joinLanes<Value, R: Reduction<Value>>(_: R.Type, _ lanes: SIMD16<Value>) -> Value {
  let eight = R.join(lanes.lowHalf, lanes.highHalf)
  let four = R.join(eight.lowHalf, eight.highHalf)
  let two = R.join(four.lowHalf, four.highHalf)
  return R.join(two[0], two[1])
}
