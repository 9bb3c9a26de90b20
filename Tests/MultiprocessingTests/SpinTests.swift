// SPDX-License-Identifier: Apache-2.0
// The short look before a sleep: made where it is worth it, seldom where it is not.

import Glibc
import Testing

@testable import Multiprocessing

@Suite struct SpinTests {
  @Test(.timeLimit(.minutes(10))) func fruitlessSpinsBecomeRare() throws {
    func lastsLong() -> Bool {
      let start = ConnectionPartner.cpuMicroseconds(ofThread: true)
      #expect(!Spin.until { false })
      return ConnectionPartner.cpuMicroseconds(ofThread: true) - start >= 30
    }
    // A slow machine may take the CPU away in the middle of a long one; it makes no short one long.
    let longOnes = (0..<128).count { _ in lastsLong() }
    #expect(longOnes <= 8 + 128 / 16 + 4)
    guard Machine.cpuCount().count > 1 else { return }
    // One that bears fruit brings them back.
    var looks = 0
    #expect(
      Spin.until {
        looks += 1
        return looks == 3
      })
    #expect((0..<8).contains { _ in lastsLong() })
  }
}
