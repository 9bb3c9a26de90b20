// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing

@testable import MatrixCore

@Suite struct ThreadsTests {
  @Test(arguments: [0, 1, 2, 1000], [0, 1, 3, 64])
  func everyIndexIsVisitedOnce(count: Int, threads: Int) {
    let visits = Mutex([Int](repeating: 0, count: count))
    Threads.forEach(count, threads: threads) { index in visits.withLock { $0[index] += 1 } }
    #expect(visits.withLock { $0 } == [Int](repeating: 1, count: count))
  }
}
