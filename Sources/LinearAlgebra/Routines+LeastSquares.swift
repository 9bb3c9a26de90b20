// SPDX-License-Identifier: Apache-2.0
//
// LAPACK's least squares by singular values, over spans, and the workspace that it needs. Called by `LeastSquares`,
// inside `BLASLibrary.call`.

internal import COpenBLAS
import MatrixCore

/// What gelsd needs for A of m×n and B of m×`columns`, in elements and in integers.
///
/// An upper bound of what its source asks for to run at full speed (LAPACK 3.9 to 3.12, block size 32), computed here
/// because its own answer to the question is in the element type, and a float cannot hold every count above 2²⁴.
struct LeastSquaresWorkspace {
  let elements: Int
  let integers: Int

  init(rows m: Int, columns n: Int, rightHandSides: Int) {
    let least = min(m, n)
    // Levels of the divide-and-conquer tree down to subproblems of 25, and one to spare: LAPACK takes a float's logarithm.
    var levels = 2
    while 26 << (levels - 1) <= least { levels += 1 }
    let conquest = least * (59 + 8 * levels + rightHandSides) + 26 * 26
    let reduction = 32 * max(m + n, rightHandSides)
    elements = (n > m ? m * m : 0) + 4 * least + max(conquest, reduction)
    integers = least * (3 * levels + 11)
  }
}

@safe struct LeastSquaresRoutines<Element: MatrixElement>: Sendable {
  typealias R = Routines<Element>

  let gelsd:
    @Sendable (
      R.Integer, R.Integer, R.Integer, R.Output, R.Integer, R.Output, R.Integer, R.Output, R.Input, R.Info, R.Output,
      R.Integer, R.Info, R.Info
    ) -> Void

  /// X in place of B. `a` holds Aᵀ of n×m and is lost; `b` holds Bᵀ before and Xᵀ after, in rows that lie max(m, n) apart.
  ///
  /// - Returns: the rank; and how many superdiagonals did not converge to zero, 0 where all is well.
  func solve(
    transposed a: inout MutableSpan<Element>, rows m: Int32, columns n: Int32, transposed b: inout MutableSpan<Element>,
    rightHandSides: Int32, singularValues: inout [Element], tolerance: Element,
    workspace: inout MutableSpan<Element>, integers: inout [Int32]
  ) throws(LinearAlgebraError) -> (rank: Int, notConverged: Int) {
    precondition(m > 0 && n > 0 && rightHandSides > 0 && a.count == Int(m) * Int(n))
    precondition(b.count == Int(max(m, n)) * Int(rightHandSides) && singularValues.count == Int(min(m, n)))
    let needed = LeastSquaresWorkspace(rows: Int(m), columns: Int(n), rightHandSides: Int(rightHandSides))
    precondition(workspace.count >= needed.elements && integers.count >= needed.integers)
    var (m, n, rightHandSides, tolerance) = (m, n, rightHandSides, tolerance)
    var stride = max(m, n)
    var workCount = Int32(clamping: workspace.count)
    var rank: Int32 = 0
    var info: Int32 = 0
    unsafe a.withUnsafeMutableBufferPointer { a in
      unsafe b.withUnsafeMutableBufferPointer { b in
        unsafe workspace.withUnsafeMutableBufferPointer { workspace in
          guard let a = a.baseAddress, let b = b.baseAddress, let workspace = workspace.baseAddress else { return }
          unsafe gelsd(
            &m, &n, &rightHandSides, a, &m, b, &stride, &singularValues, &tolerance, &rank, workspace, &workCount,
            &integers, &info)
        }
      }
    }
    try requireAccepted(info, by: "gelsd")
    return (Int(rank), Int(info))
  }
}

extension LeastSquaresRoutines<Double> {
  init(_ table: weft_openblas_float64_least_squares) { unsafe self.init(gelsd: table.gelsd) }
}

extension LeastSquaresRoutines<Float> {
  init(_ table: weft_openblas_float32_least_squares) { unsafe self.init(gelsd: table.gelsd) }
}
