// SPDX-License-Identifier: Apache-2.0
//
// Linear algebra over all ranks by ScaLAPACK.

#if MPI
  import CMPI
  import Glibc
  import Weft

  extension MPIRanks: BlockCyclicRanks {
    package func openRoutines() throws -> String {
      let library = try BLASLibrary.open()
      // Ranks have the other CPUs.
      if unsafe getenv("OPENBLAS_NUM_THREADS") == nil { library.setThreads(1) }
      try ScaLAPACK.open()
      return library.description
    }

    package func routines(on grid: ProcessGrid) throws(EngineError) -> any BlockCyclicRoutines {
      precondition(grid.count == count)
      return try ScaLAPACK(grid)
    }
  }

  /// ScaLAPACK on one grid of all ranks.
  final class ScaLAPACK: BlockCyclicRoutines {
    let grid: ProcessGrid
    private let context: Int32
    /// All ranks in one column.
    private let columnContext: Int32

    /// As Debian calls it, whose BLACS are those of Open MPI.
    private static let names = [
      "libscalapack-openmpi.so.2.2", "libscalapack-openmpi.so.2.1", "libscalapack-openmpi.so",
    ]

    /// After OpenBLAS, so that this one has its kernels.
    fileprivate static func open() throws(EngineError) {
      let named = unsafe getenv("WEFT_SCALAPACK").map { unsafe [String(cString: $0)] }
      var reason = ""
      for name in named ?? names {
        guard let wrong = unsafe csl_open(name) else { return }
        if reason.isEmpty { reason = unsafe String(cString: wrong) }
      }
      throw EngineError(
        .resources,
        "ScaLAPACK could not be opened: \(reason). Install it (Debian: apt-get install libscalapack-openmpi-dev), or name a "
          + "library in WEFT_SCALAPACK.")
    }

    init(_ grid: ProcessGrid) throws(EngineError) {
      self.grid = grid
      context = try ScaLAPACK.makeContext(grid)
      columnContext = try ScaLAPACK.makeContext(.column(of: grid.count))
    }

    private static func makeContext(_ grid: ProcessGrid) throws(EngineError) -> Int32 {
      var context: Int32 = 0
      guard unsafe csl_make_grid(Int32(grid.rows), Int32(grid.columns), &context) == 0 else {
        throw EngineError(.resources, "BLACS made no grid of \(grid) ranks.")
      }
      return context
    }

    deinit {
      csl_free_grid(context)
      csl_free_grid(columnContext)
    }

    // MARK: What C gets

    /// That sides and shares fit 32 bits, who makes a matrix has looked at (`BlockCyclicLimits`).
    private func blocks(_ matrix: BlockCyclicMatrix, in context: Int32? = nil) -> csl_blocks {
      let layout = matrix.layout
      return unsafe csl_blocks(
        context: context ?? self.context, rows: Int32(layout.shape.rows), columns: Int32(layout.shape.columns),
        row_block: Int32(layout.rows.block), column_block: Int32(layout.columns.block),
        local_rows: Int32(layout.rows.localLength),
        local_columns: Int32(layout.columns.localLength), elements: matrix.elements.baseAddress)
    }

    private func check(_ info: Int32) throws {
      switch info {
      case 0: return
      case 1...: throw BlockCyclicFailure(info: Int(info))
      default: throw EngineError(.verification, "ScaLAPACK does not understand its argument \(-info): a fault in Weft.")
      }
    }

    // MARK: Routines

    func copyRows(_ rows: Range<Int>, of matrix: BlockCyclicMatrix, into whole: BlockCyclicMatrix) {
      var (a, b) = unsafe (blocks(matrix), blocks(whole, in: columnContext))
      unsafe csl_copy(
        Int32(rows.count), Int32(matrix.shape.columns), &a, Int32(rows.lowerBound), 0, &b, 0, 0, columnContext)
    }

    func copyRows(of whole: BlockCyclicMatrix, into matrix: BlockCyclicMatrix, _ rows: Range<Int>) {
      var (a, b) = unsafe (blocks(whole, in: columnContext), blocks(matrix))
      unsafe csl_copy(
        Int32(rows.count), Int32(matrix.shape.columns), &a, 0, 0, &b, Int32(rows.lowerBound), 0, columnContext)
    }

    func multiply(
      _ a: BlockCyclicMatrix, transposed left: Bool, _ b: BlockCyclicMatrix, transposed right: Bool, by alpha: Double,
      plus beta: Double, _ c: BlockCyclicMatrix
    ) {
      var (x, y, z) = unsafe (blocks(a), blocks(b), blocks(c))
      unsafe csl_gemm(left, right, alpha, &x, &y, beta, &z)
    }

    func norm(_ a: BlockCyclicMatrix, _ kind: BlockCyclicNorm) -> Double {
      let letter: StaticString =
        switch kind {
        case .max: "M"
        case .one: "1"
        case .infinity: "I"
        case .frobenius: "F"
        }
      var x = unsafe blocks(a)
      return unsafe csl_norm(CChar(bitPattern: letter.utf8Start.pointee), &x)
    }

    func solve(
      _ a: BlockCyclicMatrix, _ b: BlockCyclicMatrix, norm: Double, isPositiveDefinite: Bool
    ) throws -> Double {
      var (x, y, condition) = unsafe (blocks(a), blocks(b), 0.0)
      try check(unsafe (isPositiveDefinite ? csl_posv : csl_gesv)(&x, &y, norm, &condition))
      return condition
    }

    func cholesky(_ a: BlockCyclicMatrix) throws {
      var x = unsafe blocks(a)
      try check(unsafe csl_potrf(&x))
    }

    func qr(_ a: BlockCyclicMatrix, r: BlockCyclicMatrix) throws {
      var (x, y) = unsafe (blocks(a), blocks(r))
      try check(unsafe csl_qr(&x, &y))
    }

    func leastSquares(_ a: BlockCyclicMatrix, _ b: BlockCyclicMatrix) throws {
      var (x, y) = unsafe (blocks(a), blocks(b))
      try check(unsafe csl_gels(&x, &y))
    }

    func symmetricEigen(_ a: BlockCyclicMatrix, vectors: BlockCyclicMatrix?) throws -> [Double] {
      var values = [Double](repeating: 0, count: a.shape.rows)
      var x = unsafe blocks(a)
      guard let vectors else {
        try check(unsafe csl_syev(&x, &values, nil))
        return values
      }
      var z = unsafe blocks(vectors)
      try check(unsafe csl_syev(&x, &values, &z))
      return values
    }

    func singularValues(_ a: BlockCyclicMatrix, u: BlockCyclicMatrix?, vt: BlockCyclicMatrix?) throws -> [Double] {
      var values = [Double](repeating: 0, count: min(a.shape.rows, a.shape.columns))
      var x = unsafe blocks(a)
      guard let u, let vt else {
        try check(unsafe csl_gesvd(&x, &values, nil, nil))
        return values
      }
      var (left, right) = unsafe (blocks(u), blocks(vt))
      try check(unsafe csl_gesvd(&x, &values, &left, &right))
      return values
    }
  }
#endif
