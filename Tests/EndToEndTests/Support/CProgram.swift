// SPDX-License-Identifier: Apache-2.0
//
// Small programs in C for the tests of `weft-mpi`: what Open MPI does by itself, and the calls of CMPI one by one.

import Glibc
import Testing

enum CProgram {
  static let canBeBuilt = Tool.works("mpicc", ["--version"])

  static func build(_ source: String, to path: String, options: [String] = []) throws {
    Files.write(source, to: path + ".c")
    let run = try Command("mpicc", ["-O1", path + ".c", "-o", path] + options).run()
    try #require(run.code == 0, "\(run.errors)")
    Files.remove(path + ".c")
  }

  /// `writer FILE COUNT`: each rank writes COUNT numbers by MPI's own calls into a file of the full size, and tells how many it
  /// was told are written.
  static let collectiveWriter = """
    #include <mpi.h>
    #include <stdio.h>
    #include <stdlib.h>
    int main(int argc, char **argv) {
      int rank, size, written = 0;
      MPI_Init(&argc, &argv);
      MPI_Comm_rank(MPI_COMM_WORLD, &rank);
      MPI_Comm_size(MPI_COMM_WORLD, &size);
      const int count = atoi(argv[2]);
      double *own = malloc(count * sizeof *own);
      for (int k = 0; k < count; k++) own[k] = 1.0 + k;
      MPI_File file;
      MPI_Status status;
      int error = MPI_File_open(MPI_COMM_WORLD, argv[1], MPI_MODE_CREATE | MPI_MODE_WRONLY, MPI_INFO_NULL, &file);
      if (!error) error = MPI_File_set_size(file, (MPI_Offset)size * count * sizeof *own);
      const MPI_Offset place = (MPI_Offset)rank * count * sizeof *own;
      if (!error) error = MPI_File_write_at_all(file, place, own, count, MPI_DOUBLE, &status);
      if (!error) error = MPI_Get_count(&status, MPI_DOUBLE, &written);
      if (!error) error = MPI_File_sync(file);
      if (!error) error = MPI_File_close(&file);
      printf(error ? "rank %d failed after %d\\n" : "rank %d wrote %d\\n", rank, written);
      MPI_Finalize();
      return error != 0;
    }
    """

  /// `pieces COUNT…`: of each count, as many bytes from the root to all, and a few more of every rank to the root; the root says
  /// "COUNT well" where all have what they should.
  static let pieces = """
    #include <CMPI.h>
    #include <stdio.h>
    #include <stdlib.h>
    static unsigned char value(size_t place, int rank) { return (unsigned char)(place * 31 + (place >> 10) + rank * 7); }
    static int differs(const unsigned char *bytes, size_t count, int rank) {
      for (size_t k = 0; k < count; k++) if (bytes[k] != value(k, rank)) return 1;
      return 0;
    }
    int main(int argc, char **argv) {
      int rank, size, bad = cmpi_initialize() || cmpi_rank(&rank, &size);
      for (int word = 1; word < argc && !bad; word++) {
        const size_t count = strtoull(argv[word], NULL, 10);
        size_t counts[16], sum = 0;
        for (int r = 0; r < size; r++) sum += counts[r] = count + r;
        unsigned char *own = calloc(counts[rank] + 1, 1), *all = rank ? NULL : calloc(sum + 1, 1);
        if (rank == 0) for (size_t k = 0; k < count; k++) own[k] = value(k, 0);
        bad = cmpi_broadcast(own, count) || differs(own, count, 0);
        for (size_t k = 0; k < counts[rank]; k++) own[k] = value(k, rank);
        bad = cmpi_gather(own, counts[rank], all, counts) || bad;
        size_t first = 0;
        for (int r = 0; rank == 0 && r < size; first += counts[r++]) bad = differs(all + first, counts[r], r) || bad;
        if (rank == 0 && !bad) printf("%zu well\\n", count);
        free(own);
        free(all);
      }
      return cmpi_finalize() || bad;
    }
    """
}
