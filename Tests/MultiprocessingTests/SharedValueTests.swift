// SPDX-License-Identifier: Apache-2.0
// Values and arrays that processes change, and are killed while changing.

import Glibc
import Multiprocessing
import Testing

/// More than a word: what a killed writer could tear.
struct Pair: RawPayload, Equatable {
  var first: Int
  var second: Double
  var third: UInt8
}

@Suite struct SharedValueTests {
  @Test(.timeLimit(.minutes(10))) func isOneValueForAll() async throws {
    try await onOwnThread {
      let value = try SharedValue(0)
      let workers = try (0..<4).map { _ in try player(Part(role: "value", number: 3000, value: value)) }
      for worker in workers { _ = try worker.word() }
      try verify(value.value == 12000)
      value.value = 5
      try verify(
        try value.withLock {
          $0 *= 2; return $0
        } == 10)
      try verify(value.value == 10)
    }
  }

  @Test(.timeLimit(.minutes(10))) func holdsAnyPlainType() async throws {
    try await onOwnThread {
      let pair = try SharedValue(Pair(first: 1, second: 2, third: 3))
      try pair.withLock { $0.third = 9 }
      try verify(pair.value == Pair(first: 1, second: 2, third: 9))
      struct Stop: Error {}
      do {
        try pair.withLock {
          $0.first = 100
          throw Stop()
        }
        try verify(false)
      } catch is Stop {}
      try verify(pair.value.first == 1, "a failed change is none")
      try verifyError(.deadlock) { try pair.withLock { _ in try pair.withLock { _ in } } }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aKilledChangeIsNone() async throws {
    try await onOwnThread {
      let value = try SharedValue(41)
      let worker = try player(Part(role: "half", value: value))
      try verify(try worker.word() == "inside")
      try verifyError(.timedOut) { try value.withLock(timeout: .milliseconds(10)) { _ in } }
      try worker.kill()
      try verify(value.value == 41)
      try value.withLock(timeout: .seconds(5)) { $0 += 1 }
      try verify(value.value == 42)
    }
  }

  @Test(.timeLimit(.minutes(10))) func arraysAreShared() async throws {
    try await onOwnThread {
      let array = try SharedArray([5, 5, 5])
      let worker = try player(Part(role: "element", array: array))
      try verify(try worker.word() == "done")
      try verify(array.elements == [5, 7, 8] && array[1] == 7 && array.count == 3)
      try array.withLock { span in for index in span.indices { span[index] += 1 } }
      try verify(array.elements == [6, 8, 9])
      try verify(try SharedArray<Double>([]).elements.isEmpty)
      try verifyError(.insufficientMemory) { _ = try SharedArray(repeating: 0, count: .max / 4) }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aHalfChangedArrayIsReported() async throws {
    try await onOwnThread {
      let array = try SharedArray(repeating: 1, count: 4)
      let worker = try player(Part(role: "half element", array: array))
      try verify(try worker.word() == "inside")
      try worker.kill()
      // Single elements go on, and do not use up the report.
      try verify(array[0] == -1 && array[1] == 1)
      try verifyError(.ownerDied) { try array.withLock { _ in } }
      try array.withLock { $0[0] = 1 }
      try verify(array.elements == [1, 1, 1, 1])
    }
  }

  @Test(.timeLimit(.minutes(10))) func tasksShareThem() async throws {
    let value = try SharedValue(0)
    let array = try SharedArray(repeating: 0, count: 2)
    await withThrowingTaskGroup { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<500 {
            try await value.withLock { $0 += 1 }
            try await array.withLock { $0[1] += 1 }
          }
        }
      }
    }
    #expect(value.value == 2000 && array[1] == 2000)
  }

  @Test(.timeLimit(.minutes(10))) func othersTypesAreRefused() async throws {
    try await onOwnThread {
      let payload = try Payload(SharedValue(1.5))
      var bytes: [UInt8] = []
      unsafe payload.forEachPart { unsafe bytes.append(contentsOf: $0) }
      let descriptors = try payload.descriptors.map { OwnedDescriptor(try Descriptor(duplicating: $0)) }
      try verify(
        try PayloadDecoding.decode(SharedValue<Double>.self, bytes: bytes, descriptors: descriptors).value == 1.5)
      try verifyError(.protocolMismatch) {
        _ = try PayloadDecoding.decode(SharedValue<Int32>.self, bytes: bytes, descriptors: descriptors)
      }
      try verifyError(.protocolMismatch) {
        _ = try PayloadDecoding.decode(SharedArray<Double>.self, bytes: bytes, descriptors: descriptors)
      }
    }
  }

  /// The value comes and goes on several threads at once: the table of what is mapped is left and entered meanwhile.
  @Test(.timeLimit(.minutes(10))) func comesAndGoesOnManyThreads() async throws {
    func handOut() throws -> (bytes: [UInt8], descriptors: [OwnedDescriptor]) {
      let payload = try Payload(SharedValue(5))
      return (payload.bytes, try payload.descriptors.map { OwnedDescriptor(try Descriptor(duplicating: $0)) })
    }
    let (bytes, descriptors) = try handOut()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          try await onOwnThread {
            for _ in 0..<20_000 {
              _ = try PayloadDecoding.decode(SharedValue<Int>.self, bytes: bytes, descriptors: descriptors)
            }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try PayloadDecoding.decode(SharedValue<Int>.self, bytes: bytes, descriptors: descriptors).value == 5)
  }
}
