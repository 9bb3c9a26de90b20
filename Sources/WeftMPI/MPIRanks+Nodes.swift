// SPDX-License-Identifier: Apache-2.0
//
// What ranks do on behalf of an engine: nodes, and failures that a later job must not hear of.

#if MPI
  import CMPI
  import Glibc
  import Weft

  extension MPIRanks {
    public func meet(_ meanwhile: () -> Void) throws(EngineError) {
      var (areAllThere, round) = (false, 0)
      while true {
        try unsafe check(cmpi_meet(&areAllThere), "waiting for the other ranks")
        guard !areAllThere else { return }
        meanwhile()
        // Ranks end together, mostly: a millisecond's sleep only after some looks in vain.
        _ = round < 100 ? sched_yield() : usleep(1000)
        round += 1
      }
    }

    public func forgetFailures(_ count: Int) throws(EngineError) {
      try check(cmpi_forget(Int32(count)), "hearing of other ranks' failures")
    }

    public func formLeaders(isLeader: Bool) throws(EngineError) {
      try check(cmpi_form_leaders(isLeader), "finding the nodes of the job")
    }

    public func broadcastAmongLeaders(
      _ bytes: UnsafeMutableRawBufferPointer, from leader: Int
    ) throws(EngineError) {
      try unsafe check(
        cmpi_broadcast_among_leaders(bytes.baseAddress, bytes.count, Int32(leader)),
        "sending \(bytes.count) bytes to the other machines")
    }
  }
#endif
