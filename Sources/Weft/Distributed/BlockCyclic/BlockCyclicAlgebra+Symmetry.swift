// SPDX-License-Identifier: Apache-2.0
//
// Whether a matrix that is spread over ranks is symmetric, without sending it: aᵢⱼ and aⱼᵢ are on different ranks.

import Evaluation
import LinearAlgebra
import MatrixCore

extension BlockCyclicAlgebra {
  /// Two sums over all elements, of mixed bits times random odd numbers uᵢvⱼ and vᵢuⱼ modulo 2⁶⁴: equal where the matrix is
  /// symmetric, and where it is not, equal by chance with probability below 2⁻³² (as `MatrixSummary.isSymmetric`).
  ///
  /// - Throws: `notSymmetric`, on all ranks.
  func requireSymmetric(_ a: BlockCyclicMatrix) throws {
    let keys = SymmetryKeys(order: a.shape.rows)
    var (byRow, byColumn): (UInt64, UInt64) = (0, 0)
    let rows = (0..<a.localRows).map(a.layout.rows.global)
    for localColumn in 0..<a.localColumns {
      let column = a.layout.columns.global(localColumn)
      var (ofU, ofV): (UInt64, UInt64) = (0, 0)
      for localRow in 0..<rows.count {
        let key = SymmetryKeys.mix(a.elements[localColumn &* rows.count &+ localRow])
        ofU &+= key &* keys.u[rows[localRow]]
        ofV &+= key &* keys.v[rows[localRow]]
      }
      byRow &+= ofU &* keys.v[column]
      byColumn &+= ofV &* keys.u[column]
    }
    var own = ElementSummary()
    own.checksum = byRow &- byColumn
    guard try ranks.merge(own).checksum != 0 else { return }
    throw LinearAlgebraError(
      .notSymmetric,
      "A is not symmetric, which is needed here; 'weft plot' or 'weft compare' with the transpose shows where")
  }
}
