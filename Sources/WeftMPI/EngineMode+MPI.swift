// SPDX-License-Identifier: Apache-2.0
//
// `Engine(.mpi)`.

#if MPI
  import CMPI
  import Glibc
  import Weft

  extension EngineMode {
    /// In every rank of the job that this program was started in by `mpirun` or `srun`.
    ///
    ///     let engine = try Engine(.mpi)
    ///     let m = try await engine.compute("sin(i*j)*cos(i+j)", rows: 20_000, columns: 20_000)
    ///
    /// The job is joined by the first engine, once for all, and left when the program ends with exit code 0, which waits for the
    /// other ranks to end; one that begins a job meanwhile gets an error. With any other code it is not left: what started the job
    /// ends it everywhere.
    public static let mpi = EngineMode.ranks(job)

    private static let job = Ranks {
      let ranks = try MPIRanks()
      var mayChangeThreads = false
      guard unsafe cmpi_may_change_threads(&mayChangeThreads) == 0, mayChangeThreads else {
        throw EngineError(
          .resources,
          "This MPI may be called from its first thread only, and an engine has one of its own: use an MPI that gives "
            + "MPI_THREAD_SERIALIZED.")
      }
      unsafe on_exit({ code, _ in EngineMode.leave(exitCode: code) }, nil)
      return ranks
    }

    /// A job that is running while its program ends cannot be left: the others would wait for it.
    ///
    /// The standard wants the thread that has joined to leave; Open MPI and MPICH let any. Which one ends a program with `async`
    /// code cannot be known when it joins.
    private static func leave(exitCode: Int32) {
      var isOver = true
      guard exitCode == 0, unsafe cmpi_is_over(&isOver) == 0, !isOver else { return }
      job.end { try? ($0 as? MPIRanks)?.leave() }
    }
  }
#endif
