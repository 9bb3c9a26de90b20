// SPDX-License-Identifier: Apache-2.0
//
// The routines of one element type, resolved once at the edge: above this file everything is generic over the element,
// below it everything is `double` or `float`. Holds the function pointers; `Routines+BLAS.swift` and
// `Routines+LAPACK.swift` are the only places that call them.

internal import COpenBLAS
import MatrixCore

/// CBLAS's and LAPACK's signatures, with `Element` in the place of `double` or `float`.
@safe struct Routines<Element: MatrixElement>: Sendable {
  typealias Input = UnsafePointer<Element>
  typealias Output = UnsafeMutablePointer<Element>
  typealias Integer = UnsafePointer<Int32>
  typealias Info = UnsafeMutablePointer<Int32>
  typealias Character = UnsafePointer<CChar>
  typealias Triangular =
    @Sendable (Int32, Int32, Int32, Int32, Int32, Int32, Int32, Element, Input, Int32, Output, Int32) -> Void

  let gemm:
    @Sendable (Int32, Int32, Int32, Int32, Int32, Int32, Element, Input, Int32, Input, Int32, Element, Output, Int32)
      -> Void
  let gemv: @Sendable (Int32, Int32, Int32, Int32, Element, Input, Int32, Input, Int32, Element, Output, Int32) -> Void
  let trsm: Triangular
  let trmm: Triangular
  let syrk: @Sendable (Int32, Int32, Int32, Int32, Int32, Element, Input, Int32, Element, Output, Int32) -> Void
  let swap: @Sendable (Int32, Output, Int32, Output, Int32) -> Void
  let getrf: @Sendable (Integer, Integer, Output, Integer, Info, Info) -> Void
  let getrs: @Sendable (Character, Integer, Integer, Input, Integer, Integer, Output, Integer, Info, Int) -> Void
  let getri: @Sendable (Integer, Output, Integer, Integer, Output, Integer, Info) -> Void
  let gecon: @Sendable (Character, Integer, Input, Integer, Input, Output, Output, Info, Info, Int) -> Void
  let cholesky: CholeskyRoutines<Element>
  let qr: QRRoutines<Element>
  let leastSquares: LeastSquaresRoutines<Element>
  let triangular: TriangularRoutines<Element>
  let spectral: SpectralRoutines<Element>
}

extension Routines<Double> {
  init(_ table: weft_openblas_float64) {
    unsafe self.init(
      gemm: table.gemm, gemv: table.gemv, trsm: table.trsm, trmm: table.trmm, syrk: table.syrk, swap: table.swap,
      getrf: table.getrf, getrs: table.getrs, getri: table.getri, gecon: table.gecon,
      cholesky: CholeskyRoutines(table.cholesky), qr: QRRoutines(table.qr),
      leastSquares: LeastSquaresRoutines(table.least_squares), triangular: TriangularRoutines(table.triangular),
      spectral: SpectralRoutines(table.spectral))
  }
}

extension Routines<Float> {
  init(_ table: weft_openblas_float32) {
    unsafe self.init(
      gemm: table.gemm, gemv: table.gemv, trsm: table.trsm, trmm: table.trmm, syrk: table.syrk, swap: table.swap,
      getrf: table.getrf, getrs: table.getrs, getri: table.getri, gecon: table.gecon,
      cholesky: CholeskyRoutines(table.cholesky), qr: QRRoutines(table.qr),
      leastSquares: LeastSquaresRoutines(table.least_squares), triangular: TriangularRoutines(table.triangular),
      spectral: SpectralRoutines(table.spectral))
  }
}
