// SPDX-License-Identifier: Apache-2.0
// Segments: shared, zero-filled, reserved, nameless, sealed (faults.md F20–F27).

import Glibc
import Multiprocessing
import Testing

private func bytes(_ memory: borrowing SharedMemory) -> [UInt8] {
  (0..<memory.byteCount).map { unsafe memory.baseAddress.load(fromByteOffset: $0, as: UInt8.self) }
}

@Suite struct SharedMemoryTests {
  @Test(.timeLimit(.minutes(10)), arguments: [0, 1, 4095, 4096, 4097, 1_000_000])
  func startsAsZeros(byteCount: Int) throws {
    let memory = try SharedMemory(byteCount: byteCount)
    #expect(memory.byteCount == byteCount && memory.isWritable)
    #expect(bytes(memory).allSatisfy { $0 == 0 })
    // At least one page is there, even for nothing; and all of them can be written.
    unsafe memset(memory.baseAddress, 1, max(1, byteCount))
    var status = stat()
    unsafe fstat(memory.descriptorNumber, &status)
    #expect(status.st_nlink == 0 && status.st_mode & 0o777 == 0o600, "no name, for nobody else")
    #expect(Int(status.st_blocks) * 512 >= byteCount, "every page is reserved")
    #expect(fcntl(memory.descriptorNumber, F_GETFD) == FD_CLOEXEC)
  }

  @Test(.timeLimit(.minutes(10))) func isTheSameMemoryInAWorker() throws {
    let memory = try SharedMemory(byteCount: 10_001)
    unsafe memset(memory.baseAddress, 41, 10_001)
    let worker = try puppet()
    #expect(try ask(worker, "attach 10001", descriptors: [memory.descriptorNumber]) == "attached 10001")
    #expect(bytes(memory).allSatisfy { $0 == 42 })
  }

  @Test(.timeLimit(.minutes(10))) func refusesAShortSegment() throws {
    let memory = try SharedMemory(byteCount: 5000)
    expectError {
      _ = try SharedMemory(
        attaching: Descriptor(duplicating: memory.descriptorNumber), byteCount: 8193, writable: true)
    } satisfies: { error in
      #expect(error.code == .protocolMismatch)
      #expect(error.description.contains("8192") && error.description.contains("8193"))
    }
    // A kept segment may serve a smaller job.
    let part = try SharedMemory(
      attaching: Descriptor(duplicating: memory.descriptorNumber), byteCount: 100, writable: false)
    #expect(part.byteCount == 100 && !part.isWritable)
  }

  @Test(.timeLimit(.minutes(10))) func refusesWhatIsNoMemory() throws {
    var ends: [Int32] = [0, 0]
    try #require(unsafe pipe(&ends) == 0)
    defer { close(ends[1]) }
    expectError {
      _ = try SharedMemory(attaching: Descriptor(owning: ends[0]), byteCount: 1, writable: true)
    } satisfies: { error in
      #expect(error.description.contains("not shared memory"))
    }
  }

  @Test(.timeLimit(.minutes(10))) func populatesAnyRange() throws {
    let memory = try SharedMemory(byteCount: 100_000)
    for (offset, count) in [(0, 0), (0, 100_000), (4097, 10), (99_999, 1), (100_000, 0)] {
      memory.populate(byteOffset: offset, byteCount: count)
    }
    #expect(bytes(memory).allSatisfy { $0 == 0 })
  }

  @Test(.timeLimit(.minutes(10))) func aWritingAReadOnlyViewEndsTheProcess() async {
    await #expect(processExitsWith: .signal(SIGSEGV)) {
      let memory = try SharedMemory(byteCount: 10)
      let view = try SharedMemory(
        attaching: Descriptor(duplicating: memory.descriptorNumber), byteCount: 10, writable: false)
      unsafe view.baseAddress.storeBytes(of: 1, as: UInt8.self)
    }
  }

  @Test(.timeLimit(.minutes(10))) func aMemfdServesWhereThereIsNoTmpfs() throws {
    for directory in ["/nonexistent", "/proc", "/dev/null"] {
      let file = try SegmentFile.create(byteCount: 20_000, directory: directory)
      #expect(descriptors(of: getpid())[Int(file.number)]?.hasPrefix("/memfd:weft") == true)
      // Sealed: nobody who gets it can take the pages away from under the others.
      let worker = try puppet()
      #expect(try ask(worker, "shrink", descriptors: [file.number]) == "errno \(EPERM)")
      #expect(ftruncate(file.number, 1 << 20) == -1 && errno == EPERM)
      let memory = try SharedMemory(attaching: file, byteCount: 20_000, writable: true)
      #expect(try ask(worker, "attach 20000", descriptors: [memory.descriptorNumber]) == "attached 20000")
      #expect(bytes(memory).allSatisfy { $0 == 1 })
    }
  }

  @Test(.enabled(if: getuid() == 0, "mounts a tmpfs"), .timeLimit(.minutes(10)))
  func aMemfdServesWhereTheTmpfsIsTooSmall() throws {
    let folder = TemporaryFolder()
    guard shell("mount -t tmpfs -o size=1m tmpfs \(folder.path) 2>&1").code == 0 else { return }
    defer { _ = shell("umount \(folder.path)") }
    let small = try SegmentFile.create(byteCount: 500_000, directory: folder.path)
    let large = try SegmentFile.create(byteCount: 5_000_000, directory: folder.path)
    let open = descriptors(of: getpid())
    #expect(open[Int(small.number)]?.hasPrefix(folder.path) == true)
    #expect(open[Int(large.number)]?.hasPrefix("/memfd:weft") == true)
    // Half of the room is taken, so this one fits no more.
    let second = try SegmentFile.create(byteCount: 700_000, directory: folder.path)
    #expect(descriptors(of: getpid())[Int(second.number)]?.hasPrefix("/memfd:weft") == true)
  }

  /// In a process that may not make large files: where the comparison with memory is missing, the test fails with EFBIG
  /// instead of filling the machine's memory until other people's processes are killed.
  @Test(.timeLimit(.minutes(10)), arguments: [Int.max, Int.max / 2, 1 << 52])
  func refusesTheImpossible(byteCount: Int) async {
    await #expect(processExitsWith: .success) { [byteCount] in
      var limit = rlimit(rlim_cur: 64 << 20, rlim_max: 64 << 20)
      unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      expectError {
        _ = try SharedMemory(byteCount: byteCount)
      } satisfies: { error in
        #expect(error.code == .insufficientMemory && error.errno != EFBIG)
      }
    }
  }

  /// On a described machine with 20 MiB left: nothing may be reserved on the real one before the comparison.
  @Test(.timeLimit(.minutes(10))) func comparesWithMemoryBeforeReserving() throws {
    let folder = TemporaryFolder()
    folder.write(["proc/meminfo": "MemTotal: 99999999 kB\nMemAvailable: 20480 kB\n"])
    for directory in ["/dev/shm", "/nonexistent"] {
      expectError {
        _ = try SegmentFile.create(byteCount: 24 << 20, directory: directory, root: folder.path)
      } satisfies: { error in
        #expect(error.code == .insufficientMemory && error.errno == ENOMEM)
        #expect(error.description.contains("25,165,824") && error.description.contains("20,971,520"))
      }
      _ = try SegmentFile.create(byteCount: 18 << 20, directory: directory, root: folder.path)
    }
  }

  @Test(.timeLimit(.minutes(10))) func limitsAreErrorsNotSignals() async {
    await #expect(processExitsWith: .success) {
      var limit = rlimit(rlim_cur: 1 << 20, rlim_max: 1 << 20)
      unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      expectError {
        _ = try SharedMemory(byteCount: 2 << 20)
      } satisfies: { error in
        #expect(
          error.errno == EFBIG && error.description.contains("2,097,152") && error.description.contains("1,048,576"))
      }
      _ = try SharedMemory(byteCount: 1 << 20)
    }
    await #expect(processExitsWith: .success) {
      unsafe setenv("WEFT_FAULT", "sharedmemory.reserve:1:errno=ENOSPC", 1)
      expectError {
        _ = try SharedMemory(byteCount: 8_000_000)
      } satisfies: { error in
        #expect(error.code == .insufficientMemory && error.errno == ENOSPC)
        #expect(error.description.contains("8,000,000 bytes") && error.description.contains("ENOSPC"))
      }
      _ = try SharedMemory(byteCount: 8_000_000)
    }
  }
}
