// SPDX-License-Identifier: Apache-2.0
//
// The program for MPI: `mpirun -n 8 weft-mpi compute FORMULA --size N -o m.npy`. Everything is in WeftCommands and WeftMPI.

import WeftCommands

#if MPI
  import WeftMPI

  WeftCommandLine.run(among: { try MPIRanks() }, leaving: { try? ($0 as? MPIRanks)?.leave() })
#else
  WeftCommandLine.run(among: { throw WeftCommandLine.builtWithoutRanks }, leaving: { _ in })
#endif
