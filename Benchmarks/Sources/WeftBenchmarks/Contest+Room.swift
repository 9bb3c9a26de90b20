// SPDX-License-Identifier: Apache-2.0
//
// Memory for large matrices: the kernel would not refuse it but end a process, not necessarily the one that asked.

import Multiprocessing
import Weft

extension Contest {
  /// Left to everything else: interpreters, workers, the rest of the machine.
  private static let margin = 512 << 20

  func seated(byteCountEach: Int) -> Contest {
    seated(byteCounts: [Int](repeating: byteCountEach, count: contestants.count))
  }

  /// The same, with those absent for whom memory is missing. Each is taken to hold a matrix of its own; places are given
  /// in order.
  func seated(byteCounts: [Int]) -> Contest {
    let room = Machine.memoryRoom()
    var free = room.byteCount - Contest.margin
    var result = self
    for (index, byteCount) in zip(contestants.indices, byteCounts) where contestants[index].absence == nil {
      if byteCount <= free {
        free -= byteCount
      } else {
        result.contestants[index].absence =
          "no room for \(ByteCount(byteCount)) beside the others, of \(ByteCount(room.byteCount)) (\(room.reason))"
      }
    }
    return result
  }
}
