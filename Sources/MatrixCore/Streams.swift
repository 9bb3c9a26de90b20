// SPDX-License-Identifier: Apache-2.0
//
// The order in which long rows are walked: in four streams, a quarter of a block of 16 KB each. A processor
// fetches ahead within a page of 4 KB and begins anew in the next; with four pages at once one is always ahead.

/// Visits all indices below `count` once: most of them in groups of eight in four places, the last in groups of eight and
/// singly. To be inlined with its bodies, here and in LinearAlgebra: a loop that calls is many times slower.
///
/// - Parameters:
///   - element: what the rows are made of.
///   - four: gets an index and a distance d, for 8 elements each from k, k + d, k + 2·d and k + 3·d on.
@inlinable @inline(__always)
package func visitInStreams<Element>(
  _ count: Int, of element: Element.Type, four: (_ k: Int, _ distance: Int) -> Void, eight: (_ k: Int) -> Void,
  one: (_ k: Int) -> Void
) {
  let block = 16_384 / MemoryLayout<Element>.stride
  var k = 0
  while count &- k >= 256 {
    let quarter = min(count &- k, block) / 32 &* 8
    let end = k &+ quarter
    while k < end {
      four(k, quarter)
      k &+= 8
    }
    k &+= 3 &* quarter
  }
  while count &- k >= 8 {
    eight(k)
    k &+= 8
  }
  while k < count {
    one(k)
    k &+= 1
  }
}
