// SPDX-License-Identifier: Apache-2.0
//
// T⁻¹, which is triangular too, by LAPACK's trtri.

import MatrixCore

extension TriangularMatrix {
  /// T⁻¹ with zeros beyond its triangle, in n³/3 operations.
  ///
  /// - Throws: `singular` with the place, `overflow`, `tooLarge`, `outOfMemory`.
  public func inverse() throws(LinearAlgebraError) -> Matrix<Element> {
    try requireNonsingular(for: "the inverse")
    var inverse = try reconstruct()
    guard order > 0 else { return inverse }
    let order = try Int32(blas: order, "the order of the matrix")
    let library = try BLASLibrary.open()
    try inverse.withMutableElements { elements throws(LinearAlgebraError) in
      try library.call(for: Element.self) { routines throws(LinearAlgebraError) in
        try routines.triangular.invert(&elements, triangle, unitDiagonal: hasUnitDiagonal, order: order)
      }
    }
    try requireInRange(inverse, "the inverse")
    return inverse
  }
}
