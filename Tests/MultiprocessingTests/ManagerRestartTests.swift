// SPDX-License-Identifier: Apache-2.0
// A manager's server that ends, and another that begins at the same address with the same key: what was meant for the
// first must not reach the second.

import Glibc
import Multiprocessing
import Testing

@Suite(.serialized) struct ManagerRestartTests {
  /// A key file, and a port that was free a moment ago.
  private struct Site {
    let folder = TemporaryFolder()
    var keyFile: String { "\(folder.path)/key" }
    let address: ManagerAddress

    init() throws {
      folder.write(["key": "0123456789abcdef0123456789abcdef"])
      _ = shell("chmod 600 \(folder.path)/key")
      let first = try Manager(listeningOn: .tcp("127.0.0.1", 0), keyFile: "\(folder.path)/key")
      address = try #require(first.address)
      first.shutdown()
    }
  }

  /// The program that had the old server starts the new one, while somebody still holds an old handle.
  @Test(.timeLimit(.minutes(10))) func aNewServerIsNotTheOldOne() async throws {
    try await PlainThreads.run {
      let site = try Site()
      let first = try Manager(listeningOn: site.address, keyFile: site.keyFile)
      let old = try first.dictionary(String.self, Int.self)
      try old.set("a", 1)
      first.shutdown()
      expectError({ _ = try old.get("a") }) { #expect($0.code == .disconnected) }

      let second = try Manager(listeningOn: site.address, keyFile: site.keyFile)
      #expect(isRunning(try #require(second.pid)))
      let new = try second.dictionary(String.self, Int.self)
      try new.set("a", 2)
      #expect(try new.get("a") == 2)
      expectError({ _ = try old.get("a") }) { #expect([.disconnected, .notFound].contains($0.code)) }
      #expect(try new.increment("a") == 3)
    }
  }

  /// Another program's handles lead to the objects that they were made for, or to none: numbers are not given again.
  @Test(.timeLimit(.minutes(10))) func anOldHandleReachesNoNewObject() async throws {
    try await PlainThreads.run {
      let site = try Site()
      let first = try Manager(listeningOn: site.address, keyFile: site.keyFile)
      let mine = try first.dictionary(String.self, Int.self)
      let one = try visitor()
      try tell(one, ManagerVisitorOrder(command: "set", count: 5, numbers: mine))
      #expect(try answer(of: one) == "set")
      try tell(one, ManagerVisitorOrder(command: "keep", count: 6, numbers: mine))
      #expect(try answer(of: one) == "kept")
      first.shutdown()

      let second = try Manager(listeningOn: site.address, keyFile: site.keyFile)
      let numbers = try (0..<3).map { _ in try second.dictionary(String.self, Int.self) }
      // The first call finds its connection broken, the next ones make a new one.
      for _ in 0..<3 {
        try tell(one, ManagerVisitorOrder(command: "set kept", count: 7))
        let answer = try answer(of: one)
        #expect(answer.hasPrefix("disconnected") || answer.hasPrefix("notFound"), "\(answer)")
      }
      for one in numbers { #expect(try one.count() == 0) }
    }
  }
}
