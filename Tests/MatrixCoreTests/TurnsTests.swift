// SPDX-License-Identifier: Apache-2.0
// What threads do one at a time, and in the order of their numbers.

import Glibc
import MatrixCore
import Testing

@Suite(.timeLimit(.minutes(20)))
struct TurnsTests {
  @Test(arguments: [1, 2, 8])
  func numbersComeInOrder(threads: Int) {
    let turns = Turns()
    let count = 2000
    var (next, inside, order) = (0, 0, [Int]())
    Threads.forEach(threads, threads: threads) { _ in
      while true {
        let number = turns.exclusively { () -> Int in
          inside += 1
          defer { inside -= 1 }
          #expect(inside == 1)
          next += 1
          return next - 1
        }
        guard number < count else { return }
        if number % 64 == 0 { usleep(50) }  // whoever comes after has to wait
        turns.inTurn(number) { order.append(number) }
      }
    }
    #expect(order == Array(0..<count))
  }

  /// Who waits for its turn, or is in it, keeps nobody out of `exclusively`.
  @Test func turnsDoNotExclude() {
    let turns = Turns()
    var (next, wasThere) = (0, false)
    Threads.forEach(2, threads: 2) { _ in
      let number = turns.exclusively { () -> Int in
        defer { next += 1 }
        return next
      }
      turns.inTurn(number) {
        turns.exclusively { wasThere = number == 1 }
      }
    }
    #expect(wasThere)
  }

  @Test func thereIsAThread() { #expect(Threads.available >= 1) }
}
