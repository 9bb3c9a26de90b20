// SPDX-License-Identifier: Apache-2.0
//
// The ranks of an MPI job. Everything of MPI that Weft sees is here; without the trait `MPI` the module is empty.

#if MPI
  import CMPI
  import Weft

  /// All ranks of the job that this process was started in by `mpirun` or `srun`; alone, a job of one.
  ///
  /// One thread at a time calls: MPI is joined with MPI_THREAD_SERIALIZED, since an `Engine`'s jobs run on its own thread. (Where
  /// an MPI gives less, EngineMode+MPI.swift refuses engines; a program of one thread needs no more.)
  public final class MPIRanks: RankGroup {
    public let rank: Int
    public let count: Int

    /// Joins the job: once in a process.
    ///
    /// - Throws: `resources`, with MPI's own sentence.
    public init() throws(EngineError) {
      try check(cmpi_initialize(), "joining the MPI job")
      var (rank, count) = (0 as Int32, 0 as Int32)
      try check(unsafe cmpi_rank(&rank, &count), "asking for the rank")
      (self.rank, self.count) = (Int(rank), Int(count))
    }

    public func broadcast(_ bytes: [UInt8]) throws(EngineError) -> [UInt8] {
      let length = try exchange(LittleEndian.bytes([bytes.count]))
      var all = isRoot ? bytes : [UInt8](repeating: 0, count: LittleEndian.numbers(length)[0])
      all = try exchange(all)
      return all
    }

    private func exchange(_ bytes: [UInt8]) throws(EngineError) -> [UInt8] {
      var bytes = bytes
      let (error, count) = unsafe bytes.withUnsafeMutableBytes {
        unsafe (cmpi_broadcast($0.baseAddress, $0.count), $0.count)
      }
      try check(error, "sending \(count) bytes to all ranks")
      return bytes
    }

    public func gather(_ bytes: [UInt8]) throws(EngineError) -> [[UInt8]] {
      let own = LittleEndian.bytes([bytes.count])
      let lengths = try collect(own, counts: [Int](repeating: own.count, count: count)).map {
        LittleEndian.numbers($0)[0]
      }
      return try collect(bytes, counts: lengths)
    }

    /// - Parameter counts: bytes of every rank; looked at by the root.
    private func collect(_ bytes: [UInt8], counts: [Int]) throws(EngineError) -> [[UInt8]] {
      var all = [UInt8](repeating: 0, count: isRoot ? counts.reduce(0, +) : 0)
      let error = unsafe all.withUnsafeMutableBytes { all in
        unsafe bytes.withUnsafeBytes { own in
          unsafe counts.withUnsafeBufferPointer { counts in
            unsafe counts.withMemoryRebound(to: UInt.self) { counts in
              unsafe cmpi_gather(own.baseAddress, own.count, all.baseAddress, counts.baseAddress)
            }
          }
        }
      }
      try check(error, "gathering from all ranks")
      guard isRoot else { return [] }
      var first = 0
      return counts.map { count in
        defer { first += count }
        return Array(all[first..<first + count])
      }
    }

    public func tellOfFailure() { _ = cmpi_tell() }

    public var hasHeardOfFailure: Bool {
      var hasHeard = false
      return unsafe cmpi_hear(&hasHeard) == 0 && hasHeard
    }

    /// Leaves the job, when all ranks do. Nothing of MPI works afterwards.
    public func leave() throws(EngineError) { try check(cmpi_finalize(), "leaving the MPI job") }
  }

  func check(_ error: Int32, _ what: String) throws(EngineError) {
    guard error != 0 else { return }
    let text = unsafe String(unsafeUninitializedCapacity: 512) { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { bytes in
        unsafe cmpi_error_text(error, bytes.baseAddress!, bytes.count)
        return unsafe bytes.firstIndex(of: 0) ?? 0
      }
    }
    throw EngineError(.resources, "MPI failed while \(what): \(text).")
  }
#endif
