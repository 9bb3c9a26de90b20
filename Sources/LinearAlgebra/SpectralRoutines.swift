// SPDX-License-Identifier: Apache-2.0
//
// LAPACK's routines for singular values, eigenvalues and the Schur form, of one element type. Part of `Routines`; each
// is called by one function, in the folder of the factorization that it makes.

internal import COpenBLAS
import MatrixCore

/// LAPACK's signatures, with `Element` in the place of `double` or `float`.
@safe struct SpectralRoutines<Element: MatrixElement>: Sendable {
  typealias Input = UnsafePointer<Element>
  typealias Output = UnsafeMutablePointer<Element>
  typealias Integer = UnsafePointer<Int32>
  typealias Info = UnsafeMutablePointer<Int32>
  typealias Character = UnsafePointer<CChar>

  let gesdd:
    @Sendable (
      Character, Integer, Integer, Output, Integer, Output, Output, Integer, Output, Integer, Output, Integer, Info,
      Info, Int
    ) -> Void
  let gesvd:
    @Sendable (
      Character, Character, Integer, Integer, Output, Integer, Output, Output, Integer, Output, Integer, Output,
      Integer, Info, Int, Int
    ) -> Void
  let syevd:
    @Sendable (
      Character, Character, Integer, Output, Integer, Output, Output, Integer, Info, Integer, Info, Int, Int
    ) -> Void
  let geev:
    @Sendable (
      Character, Character, Integer, Output, Integer, Output, Output, Output, Integer, Output, Integer, Output,
      Integer, Info, Int, Int
    ) -> Void
  let gees:
    @Sendable (
      Character, Character, UnsafeRawPointer?, Integer, Output, Integer, Info, Output, Output, Output, Integer, Output,
      Integer, Info?, Info, Int, Int
    ) -> Void
  let trsyl:
    @Sendable (
      Character, Character, Integer, Integer, Integer, Input, Integer, Input, Integer, Output, Integer, Output, Info,
      Int, Int
    ) -> Void
}

extension SpectralRoutines<Double> {
  init(_ table: weft_openblas_float64_spectral) {
    unsafe self.init(
      gesdd: table.gesdd, gesvd: table.gesvd, syevd: table.syevd, geev: table.geev, gees: table.gees,
      trsyl: table.trsyl)
  }
}

extension SpectralRoutines<Float> {
  init(_ table: weft_openblas_float32_spectral) {
    unsafe self.init(
      gesdd: table.gesdd, gesvd: table.gesvd, syevd: table.syevd, geev: table.geev, gees: table.gees,
      trsyl: table.trsyl)
  }
}

/// LAPACK's block size for the routines of this family is 32 or 64, depending on the routine and the release (ilaenv).
/// Workspaces are sized for 64: its own query answers in the element type, and a float cannot hold every count above
/// 2²⁴.
let spectralBlock = 64

extension Matrix {
  /// Room for LAPACK to work in, not yet written to: what it does not touch takes no memory.
  static func workspace(_ count: Int) throws(LinearAlgebraError) -> Matrix {
    try Matrix(forAnswer: Shape(ofAnswer: 1, count))
  }

  /// The elements, of which there is at least one, as LAPACK takes them.
  mutating func withPointer<R>(_ body: (UnsafeMutablePointer<Element>) -> R) -> R {
    withMutableElements { elements in
      unsafe elements.withUnsafeMutableBufferPointer { elements in
        guard let base = elements.baseAddress else { preconditionFailure("empty matrices do not reach LAPACK") }
        return unsafe body(base)
      }
    }
  }
}
