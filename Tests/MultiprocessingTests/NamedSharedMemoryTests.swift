// SPDX-License-Identifier: Apache-2.0
// Shared memory by name: who owns it, who visits, what is refused (faults.md F24–F26).

import Glibc
import Multiprocessing
import Testing

/// A process that owns the name given, and is killed with it; or visits it.
enum NamePuppet: WorkerProgram {
  static func run(_ channel: borrowing Channel) -> Int32 {
    do {
      while let message = try channel.receive(deadline: nil) {
        let words = String(decoding: message.bytes, as: UTF8.self).split(separator: " ").map(String.init)
        if words[0] == "own" {
          let owned = try NamedSharedMemory(creating: words[1], byteCount: 100)
          try channel.send(Array("owned".utf8), deadline: nil)
          _ = try channel.receive(deadline: nil)
          unsafe owned.memory.baseAddress.storeBytes(of: 1, as: UInt8.self)
        } else {
          let visited = try NamedSharedMemory(attaching: words[1])
          unsafe visited.memory.baseAddress.storeBytes(of: 42, as: UInt8.self)
        }
        try channel.send(Array("done".utf8), deadline: nil)
      }
      return 0
    } catch {
      print("puppet: \(error)")
      return 4
    }
  }
}

@Suite struct NamedSharedMemoryTests {
  private static func name() -> String { "weft-test-\(getpid())-\(UInt64.random(in: 0 ... .max))" }
  private static func exists(_ name: String) -> Bool { unsafe access("/dev/shm/\(name)", F_OK) == 0 }

  @Test(.timeLimit(.minutes(10))) func theOwnerRemovesTheNameAVisitorDoesNot() async throws {
    try await onOwnThread {
      let name = NamedSharedMemoryTests.name()
      do {
        let owned = try NamedSharedMemory(creating: name, byteCount: 5000)
        var status = stat()
        try verify(unsafe stat("/dev/shm/\(name)", &status) == 0 && status.st_mode & 0o777 == 0o600)
        try verify(Int(status.st_blocks) * 512 >= 5000, "every page is reserved")
        try verify(owned.memory.byteCount == 5000)
        let worker = try WorkerProcess(program: NamePuppet.self, name: "test-visitor")
        try verify(try ask(worker, "visit \(name)") == "done")
        try verify(NamedSharedMemoryTests.exists(name), "a visitor goes, the name stays")
        try verify(unsafe owned.memory.baseAddress.load(as: UInt8.self) == 42)
        let visitor = try NamedSharedMemory(attaching: name, byteCount: 10, writable: false)
        try verify(visitor.memory.byteCount == 10 && !visitor.memory.isWritable)
        try verifyError(.protocolMismatch) { _ = try NamedSharedMemory(attaching: name, byteCount: 5001) }
        try verifyError(.notPermitted) { _ = try NamedSharedMemory(creating: name, byteCount: 1) }
        try verify(NamedSharedMemoryTests.exists(name))
      }
      try verify(!NamedSharedMemoryTests.exists(name))
      try verifyError(.notFound) { _ = try NamedSharedMemory(attaching: name) }
    }
  }

  @Test(.timeLimit(.minutes(10))) func whatAKilledOwnerLeavesCanBeRemoved() async throws {
    try await onOwnThread {
      let name = NamedSharedMemoryTests.name()
      let worker = try WorkerProcess(program: NamePuppet.self, name: "test-owner")
      try verify(try ask(worker, "own \(name)") == "owned")
      try worker.kill()
      let visitor = try NamedSharedMemory(attaching: name)
      try verify(visitor.memory.byteCount == 100)
      try verify(try NamedSharedMemory.remove(name: name))
      try verify(try !NamedSharedMemory.remove(name: name))
      unsafe visitor.memory.baseAddress.storeBytes(of: 7, as: UInt8.self)
    }
  }

  @Test(.timeLimit(.minutes(10))) func removedNamesOfOthersStay() async throws {
    try await onOwnThread {
      let name = NamedSharedMemoryTests.name()
      do {
        let first = try NamedSharedMemory(creating: name, byteCount: 10)
        try verify(try NamedSharedMemory.remove(name: name))
        // What somebody else, systemd say, removes from under us goes on working.
        unsafe first.memory.baseAddress.storeBytes(of: 7, as: UInt8.self)
        let second = try NamedSharedMemory(creating: name, byteCount: 20)
        _ = consume first
        try verify(NamedSharedMemoryTests.exists(name), "the second owner's name is not the first one's to remove")
        try verify(second.memory.byteCount == 20)
      }
      try verify(!NamedSharedMemoryTests.exists(name))
    }
  }

  @Test(.timeLimit(.minutes(10))) func refusesWhatIsUnsafe() async throws {
    try await onOwnThread {
      for name in ["", "a/b", "../x", ".", ".x", "ä", "a b", String(repeating: "x", count: 201)] {
        try verifyError(.notPermitted) { _ = try NamedSharedMemory(creating: name, byteCount: 1) }
      }
      let name = NamedSharedMemoryTests.name()
      try verifyError(.insufficientMemory) { _ = try NamedSharedMemory(creating: name, byteCount: 1 << 52) }
      try verify(!NamedSharedMemoryTests.exists(name), "no name is left by a failure")
      // Squatted: made by someone else, open to everyone, or a link.
      _ = shell("head -c 4096 /dev/zero > /dev/shm/\(name); chmod 666 /dev/shm/\(name)")
      try verifyError(.notPermitted) { _ = try NamedSharedMemory(attaching: name) }
      if getuid() == 0 {
        _ = shell("chmod 600 /dev/shm/\(name); chown 65534 /dev/shm/\(name)")
        try verifyError(.notPermitted) { _ = try NamedSharedMemory(attaching: name) }
      }
      _ = shell("rm /dev/shm/\(name); ln -s /etc/passwd /dev/shm/\(name)")
      try verifyError(.notPermitted) { _ = try NamedSharedMemory(attaching: name) }
      try verifyError(.notPermitted) { _ = try NamedSharedMemory(creating: name, byteCount: 1) }
      _ = shell("rm /dev/shm/\(name)")
    }
  }

  /// Who comes while the owner still reserves memory finds nothing, or all of it.
  @Test(.timeLimit(.minutes(10))) func isNeverSeenInPart() async throws {
    let byteCount = 300 << 20
    guard Machine.sharedMemoryRoom().byteCount > 2 * byteCount, Machine.memoryRoom().byteCount > 2 * byteCount else {
      return
    }
    let name = NamedSharedMemoryTests.name()
    async let seen = onOwnThread { () throws -> Int in
      while true {
        do throws(SystemError) { return try NamedSharedMemory(attaching: name).memory.byteCount } catch {
          try verify(error.code == .notFound, "\(error)")
        }
      }
    }
    // Only reserved, not touched.
    let owned = try NamedSharedMemory(creating: name, byteCount: byteCount)
    #expect(try await seen == byteCount)
    #expect(owned.memory.byteCount == byteCount)
  }
}
