// SPDX-License-Identifier: Apache-2.0
// Dictionaries, lists and namespaces in a manager's server: what each call does, that many processes may make them at
// once, how handles travel, and what calls throw.

import Glibc
import Multiprocessing
import Synchronization
import Testing

@Suite struct ManagerTests {
  @Test(.timeLimit(.minutes(10))) func dictionary() throws {
    let manager = try Manager()
    let scores = try manager.dictionary(String.self, Int.self)
    #expect(try scores.get("ada") == nil)
    try scores.set("ada", 1)
    try scores.set("ada", 2)
    #expect(try scores.get("ada") == 2)
    #expect(try scores.contains("ada"))
    #expect(try !scores.contains("bob"))
    #expect(try scores.increment("ada", by: 40) == 42)
    #expect(try scores.increment("new") == 1)
    #expect(try scores.setDefault("new", 9) == 1)
    #expect(try scores.setDefault("newer", 9) == 9)
    #expect(try scores.compareAndSet("ada", expected: 42, desired: 43))
    #expect(try !scores.compareAndSet("ada", expected: 42, desired: 44))
    #expect(try scores.compareAndSet("eve", expected: nil, desired: 5))
    #expect(try scores.compareAndSet("eve", expected: 5, desired: nil))
    #expect(try scores.count() == 3)
    #expect(try Set(scores.keys()) == ["ada", "new", "newer"])
    try scores.merge(["ada": 0, "zoe": 26])
    #expect(try scores.copy() == ["ada": 0, "new": 1, "newer": 9, "zoe": 26])
    #expect(try scores.remove("zoe") == 26)
    #expect(try scores.remove("zoe") == nil)
    _ = try scores.update("ada", ClearNumber.self, Nothing())
    #expect(try !scores.contains("ada"))
    try scores.removeAll()
    #expect(try scores.count() == 0)
  }

  /// Keys are equal when Swift says so, not when their bytes are.
  @Test(.timeLimit(.minutes(10))) func keysAndValuesOfManyTypes() throws {
    let manager = try Manager()
    let words = try manager.dictionary(String.self, Double.self)
    try words.set("caf\u{E9}", 0.5)
    #expect(try words.get("cafe\u{301}") == 0.5)
    #expect(try words.increment("cafe\u{301}", by: 0.25) == 0.75)
    let places = try manager.dictionary([Int].self, [String: [Bool]?].self)
    try places.set([1, 2], ["a": [true, false], "b": nil])
    #expect(try places.get([1, 2]) == ["a": [true, false], "b": nil])
    let large = try manager.dictionary(Int.self, [Double].self)
    let numbers = (0..<300_000).map { Double($0) }
    try large.set(1, numbers)
    #expect(try large.get(1) == numbers)
    #expect(try large.update(1, AppendNumber.self, 7) == 300_001)
    #expect(try large.get(1)?.last == 7)
  }

  @Test(.timeLimit(.minutes(10))) func list() throws {
    let manager = try Manager()
    let list = try manager.list(Int.self)
    try list.append(1)
    try list.append(contentsOf: [2, 3, 5])
    try list.insert(4, at: 3)
    try list.insert(6, at: 5)
    #expect(try list.copy() == [1, 2, 3, 4, 5, 6])
    try list.set(0, 10)
    #expect(try list.get(0) == 10)
    #expect(try list.get(6) == nil)
    #expect(try list.get(-1) == nil)
    #expect(try list.remove(at: 1) == 2)
    #expect(try list.popLast() == 6)
    #expect(try list.increment(0) == 11)
    #expect(try list.compareAndSet(0, expected: 11, desired: 12))
    #expect(try !list.compareAndSet(0, expected: 11, desired: 13))
    _ = try list.update(1, ClearNumber.self, Nothing())
    #expect(try list.copy() == [12, 4, 5])
    #expect(try list.count() == 3)
    for body in [
      { _ = try list.set(3, 0) }, { try list.insert(0, at: 4) }, { try list.remove(at: -1) },
      { try list.increment(3) },
    ] as [() throws -> Void] {
      expectError(body) { #expect($0.code == .outOfRange) }
    }
    try list.removeAll()
    #expect(try list.popLast() == nil)
  }

  @Test(.timeLimit(.minutes(10))) func namespace() throws {
    let manager = try Manager()
    let space = try manager.namespace()
    try space.set("name", "Weft")
    try space.set("sizes", [3, 4])
    try space.set("ratio", 0.5)
    #expect(try space.get("name", as: String.self) == "Weft")
    #expect(try space.get("sizes", as: [Int].self) == [3, 4])
    #expect(try space.get("none", as: Int.self) == nil)
    expectError({ _ = try space.get("ratio", as: Int.self) }) { #expect($0.code == .payload) }
    #expect(try space.update("count", Increment<Int>.self, 5) == 5)
    #expect(try space.update("count", Increment<Int>.self, 5) == 10)
    expectError({ _ = try space.update("ratio", Increment<Int>.self, 5) }) { #expect($0.code == .payload) }
    #expect(try Set(space.names()) == ["name", "sizes", "ratio", "count"])
    #expect(try space.remove("name"))
    #expect(try !space.contains("name"))
  }

  /// Private types have names, too, but none that means the same in another process.
  @Test(.timeLimit(.minutes(10))) func aNamespaceTakesOnlyTypesThatOthersCanName() async throws {
    try await PlainThreads.run {
      let manager = try Manager()
      let space = try manager.namespace()
      expectError({ try putPrivateNote(into: space) }) {
        #expect($0.code == .programNotFound && $0.message.contains("PrivateNote"))
      }
      let one = try visitor()
      try tell(one, ManagerVisitorOrder(command: "note", space: space))
      #expect(try answer(of: one) == "nothing")
      #expect(try space.names() == [])
    }
  }

  @Test(.timeLimit(.minutes(10))) func refusals() throws {
    let manager = try Manager()
    let small = try manager.dictionary(String.self, Int8.self)
    try small.set("a", 127)
    expectError({ try small.increment("a") }) { #expect($0.code == .outOfRange) }
    #expect(try small.get("a") == 127)
    let arrays = try manager.dictionary(String.self, [Double].self)
    do {
      _ = try arrays.update("a", AppendNumber.self, -1)
      Issue.record("no error")
    } catch let error as RemoteError {
      #expect("\(error)".contains("refused by the update") && error.typeName.hasSuffix("UpdateRefusal"))
      #expect(error.processName == "manager")
      #expect(error.stackTrace.contains { $0.contains("AppendNumber.update") }, "\(error)")
    }
    try small.discard()
    expectError({ _ = try small.get("a") }) { #expect($0.code == .notFound) }
    struct Local: Codable, Sendable { var x = 0 }
    expectError({ _ = try manager.list(Local.self) }) {
      #expect($0.code == .programNotFound && $0.message.contains("Local"))
    }
    // The connections have survived all of it.
    #expect(try arrays.count() == 0)
  }

  @Test(.timeLimit(.minutes(10))) func messagesHaveALimit() throws {
    let manager = try Manager(messageByteLimit: 100_000)
    let arrays = try manager.dictionary(Int.self, [Double].self)
    try arrays.set(1, [Double](repeating: 1, count: 10_000))
    try arrays.set(2, [Double](repeating: 1, count: 10_000))
    expectError({ try arrays.set(3, [Double](repeating: 1, count: 20_000)) }) {
      #expect($0.code == .messageTooLarge)
    }
    expectError({ _ = try arrays.copy() }) { #expect($0.code == .messageTooLarge) }
    #expect(try arrays.count() == 2)
  }

  @Test(.timeLimit(.minutes(10))) func objectsHaveNamesOnRequest() throws {
    let manager = try Manager()
    let first = try manager.dictionary(String.self, Int.self, named: "scores")
    try first.set("a", 1)
    #expect(try manager.dictionary(String.self, Int.self, named: "scores").get("a") == 1)
    #expect(try manager.dictionary(String.self, Int.self).get("a") == nil)
    expectError({ _ = try manager.list(Int.self, named: "scores") }) { #expect($0.code == .payload) }
    try first.discard()
    #expect(try manager.list(Int.self, named: "scores").count() == 0)
  }

  @Test(.timeLimit(.minutes(10))) func fourProcessesCountTogether() async throws {
    try await PlainThreads.run {
      let manager = try Manager()
      let numbers = try manager.dictionary(String.self, Int.self)
      let list = try manager.list(Int.self)
      let space = try manager.namespace()
      try space.set("greeting", "hello")
      let visitors = try (0..<4).map { _ in try visitor() }
      for one in visitors {
        try tell(one, ManagerVisitorOrder(command: "increment", count: 500, numbers: numbers))
        try tell(one, ManagerVisitorOrder(command: "append", count: 100, list: list, space: space))
      }
      for one in visitors {
        #expect(try answer(of: one) == "done")
        #expect(try answer(of: one) == "hello")
      }
      #expect(try numbers.get("total") == 2000)
      #expect(try list.count() == 400)
      #expect(try list.copy().reduce(0, +) == 4 * 4950)
    }
  }

  @Test(.timeLimit(.minutes(10))) func threadsCallSideBySide() async throws {
    try await PlainThreads.run {
      let manager = try Manager()
      let list = try manager.list(Int.self)
      try list.append(contentsOf: Array(0..<400))
      let taken = Mutex<[Int]>([])
      let threads = (0..<8).map { _ in
        PlainThreads.start {
          while let number = try? list.popLast() { taken.withLock { $0.append(number) } }
        }
      }
      for thread in threads { pthread_join(thread, nil) }
      #expect(taken.withLock { $0.sorted() } == Array(0..<400))
    }
  }

  /// A handle in a manager is the same object, too.
  @Test(.timeLimit(.minutes(10))) func handlesLiveInManagers() throws {
    let manager = try Manager()
    let inner = try manager.list(Int.self)
    let outer = try manager.dictionary(String.self, ManagerList<Int>.self)
    try outer.set("inner", inner)
    try outer.get("inner")?.append(5)
    #expect(try inner.copy() == [5])
    let other = try Manager()
    let abroad = try other.dictionary(String.self, ManagerList<Int>.self)
    try abroad.set("inner", inner)
    try abroad.get("inner")?.append(6)
    #expect(try inner.copy() == [5, 6])
  }

  @Test(.timeLimit(.minutes(10))) func tasksCall() async throws {
    let manager = try await PlainThreads.run { try Manager() }
    let numbers = try await manager.dictionary(Int.self, Int.self)
    try await withThrowingTaskGroup { group in
      for task in 0..<20 {
        group.addTask {
          for k in 0..<50 { try await numbers.increment(k, by: task) }
        }
      }
      try await group.waitForAll()
    }
    #expect(try await numbers.copy() == Dictionary(uniqueKeysWithValues: (0..<50).map { ($0, 190) }))
    let arrays = try await manager.dictionary(Int.self, [Double].self)
    try await arrays.set(1, [Double](repeating: 2, count: 200_000))
    #expect(try await arrays.get(1)?.count == 200_000)
    let list = try await manager.list(String.self)
    try await list.append("a")
    #expect(try await list.popLast() == "a")
    let space = try await manager.namespace()
    try await space.set("x", 1)
    #expect(try await space.get("x", as: Int.self) == 1)
  }

  @Test(.timeLimit(.minutes(10))) func callsEndInTime() async throws {
    let manager = try await PlainThreads.run { try Manager() }
    var numbers = try await manager.dictionary(String.self, Int.self)
    numbers.timeout = .milliseconds(100)
    let start = Deadline.now.nanoseconds
    await #expect { _ = try await numbers.update("a", SlowUpdate.self, 1) } throws: {
      ($0 as? SystemError)?.code == .timedOut
    }
    try await PlainThreads.run { [numbers] in
      expectError({ _ = try numbers.get("a") }) { #expect($0.code == .timedOut) }
    }
    #expect(Deadline.now.nanoseconds - start < 900_000_000)
    numbers.timeout = nil
    // It was carried out nevertheless.
    #expect(try await numbers.get("a") == 1)
  }

  @Test(.timeLimit(.minutes(10))) func cancellationEndsACall() async throws {
    let manager = try await PlainThreads.run { try Manager() }
    let numbers = try await manager.dictionary(String.self, Int.self)
    for round in 0..<10 {
      let task = Task { try await numbers.update("\(round)", SlowUpdate.self, 20) }
      try await Task.sleep(for: .milliseconds(round * 5))
      let start = Deadline.now.nanoseconds
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(Deadline.now.nanoseconds - start < 2_000_000_000)
      // The update holds the object; the next round's call waits for it, and is cancelled there.
    }
    await #expect { try await Task { try await numbers.get("a") }.cancelled() } throws: { $0 is CancellationError }
    manager.shutdown()
  }

  /// A connection that is cut when its answer is already there is not kept for the next call, which is somebody else's.
  @Test(.timeLimit(.minutes(10))) func cancellationAtTheLastMomentCostsNobodyElse() async throws {
    let manager = try await PlainThreads.run { try Manager() }
    let numbers = try await manager.dictionary(String.self, Int.self)
    var failures: [String] = []
    for round in 0..<3000 {
      let task = Task { try await numbers.update("a", SlowUpdate.self, 0.0004) }
      try await Task.sleep(for: .microseconds(300 + round % 300))
      task.cancel()
      _ = try? await task.value
      do { _ = try await numbers.get("b") } catch { failures.append("round \(round): \(error)") }
    }
    #expect(failures == [])
  }

  @Test(.timeLimit(.minutes(10))) func anIdleServerUsesNoTime() async throws {
    try await PlainThreads.run {
      let manager = try Manager()
      let pid = try #require(manager.pid)
      let lists = try (0..<4).map { _ in try manager.list(Int.self) }
      for list in lists { try list.append(1) }
      func ticks() -> Int {
        let fields = text(ofFile: "/proc/\(pid)/stat")?.split(separator: " ") ?? []
        return (Int(fields[13]) ?? 0) + (Int(fields[14]) ?? 0)
      }
      _ = try waitForAny(descriptors: [], deadline: .in(seconds: 0.1))
      let before = ticks()
      _ = try waitForAny(descriptors: [], deadline: .in(seconds: 1))
      #expect(ticks() - before <= 1)
    }
  }

  @Test(.timeLimit(.minutes(10))) func theServerLivesAsLongAsAHandle() async throws {
    try await PlainThreads.run {
      var manager: Manager? = try Manager()
      let pid = try #require(manager?.pid)
      var list = try manager?.list(Int.self)
      manager = nil
      try list?.append(1)
      #expect(try list?.count() == 1)
      list = nil
      #expect(eventually(within: 5) { !isRunning(pid) })
    }
  }
}

extension Task where Failure == any Error {
  fileprivate func cancelled() async throws -> Success {
    cancel()
    return try await value
  }
}
