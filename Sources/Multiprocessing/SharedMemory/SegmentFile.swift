// SPDX-License-Identifier: Apache-2.0
// The file behind a segment: where it comes from, how its pages are reserved, what is said when they cannot be.
// Called by SharedMemory alone.

import CPOSIX
import Glibc

package enum SegmentFile {
  /// `byteCount` rounded up to whole pages, at least one. Bytes between the end and the page's end belong to nobody.
  static func wholePages(_ byteCount: Int) -> Int {
    (max(byteCount, 1) + pageByteCount - 1) / pageByteCount * pageByteCount
  }

  static let pageByteCount = Int(getpagesize())

  static func byteCount(of descriptor: Int32) throws(SystemError) -> Int {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw SystemError("fstat", errno: errno, "Descriptor \(descriptor) is not shared memory.")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw SystemError(code: .protocolMismatch, message: "Descriptor \(descriptor) is not shared memory.")
    }
    return Int(status.st_size)
  }

  /// A file of whole pages for `byteCount` bytes, all of them reserved.
  package static func create(byteCount: Int, directory: String = "/dev/shm", root: String = "") throws(SystemError)
    -> Descriptor
  {
    // Int.max and its neighbours cannot be rounded up to pages, nor can any machine hold them.
    guard byteCount <= Int.max / 2 else {
      throw SystemError(code: .insufficientMemory, message: "No machine has \(grouped(byteCount)) bytes of memory.")
    }
    let need = wholePages(byteCount)
    if let error = FaultInjection.failure(at: "sharedmemory.reserve") {
      throw refusal(byteCount, "fallocate", error, in: directory, root: root)
    }
    // The kernel does not refuse: a memfd has no size limit, a tmpfs may be as large as all memory, and `fallocate`
    // fills either until the OOM killer ends processes, not necessarily ours. Hence before the first page. Small
    // segments are spared the 0.1 ms that it costs; reserving 16 MiB takes 3 ms.
    if need > 16 << 20 && Machine.memoryRoom(root: root).byteCount < need {
      throw refusal(byteCount, "fallocate", ENOMEM, in: directory, root: root)
    }
    try checkFileSizeLimit(need)
    let room = Machine.sharedMemoryRoom(directory: directory)
    if room.byteCount >= need, let file = unsafe reserved(cposix_unnamed_shared_memory(directory), need) {
      return file
    }
    // Missing, not a tmpfs, too small, or filled by someone else meanwhile: a memfd lies in no mount. The size of
    // /dev/shm (64 MB in a container) limits nothing but /dev/shm.
    let memfd = unsafe cposix_memfd("weft")
    guard memfd >= 0 else { throw refusal(byteCount, "memfd_create", -memfd, in: directory, root: root) }
    let file = Descriptor(owning: memfd)
    let error = reserve(file.number, need)
    guard error == 0 else { throw refusal(byteCount, "fallocate", error, in: directory, root: root) }
    let unsealed = cposix_seal_size(file.number)
    guard unsealed == 0 else {
      throw SystemError("fcntl", errno: -unsealed, "Cannot seal the size of a memfd.")
    }
    return file
  }

  /// The file `opened`, if it could be opened and its pages reserved.
  private static func reserved(_ opened: Int32, _ byteCount: Int) -> Descriptor? {
    guard opened >= 0 else { return nil }
    let file = Descriptor(owning: opened)
    if reserve(file.number, byteCount) != 0 { return nil }
    return file
  }

  /// Reserves the bytes of a file with a name, which must lie in /dev/shm.
  static func reserveNamed(_ file: Int32, byteCount: Int, directory: String = "/dev/shm") throws(SystemError) {
    // Int.max and its neighbours have no place in any file system; and see `create`.
    guard byteCount <= Int.max / 2, Machine.memoryRoom().byteCount >= byteCount else {
      throw refusal(byteCount, "fallocate", ENOMEM, in: directory, root: "")
    }
    try checkFileSizeLimit(byteCount)
    // The size comes last: a visitor finds a file of no bytes, or all of it.
    var error = reserve(file, max(byteCount, 1), keepsSize: true)
    if error == 0 && ftruncate(file, max(byteCount, 1)) != 0 { error = errno }
    guard error == 0 else { throw refusal(byteCount, "fallocate", error, in: directory, root: "") }
  }

  /// Bytes reserved per call. All signals are blocked during a call, and Ctrl-C should not wait longer than about 0.1 s.
  private static let sliceByteCount = 256 << 20

  private static func reserve(_ file: Int32, _ byteCount: Int, keepsSize: Bool = false) -> Int32 {
    for offset in stride(from: 0, to: byteCount, by: sliceByteCount) {
      let error = -cposix_reserve(file, Int64(offset), Int64(min(sliceByteCount, byteCount - offset)), keepsSize)
      if error != 0 { return error }
    }
    return 0
  }

  /// Beyond RLIMIT_FSIZE the kernel sends SIGXFSZ, which kills. Compared here rather than ignoring that signal in
  /// somebody else's program.
  private static func checkFileSizeLimit(_ byteCount: Int) throws(SystemError) {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0, limit.rlim_cur < UInt(byteCount)
    else {
      return
    }
    throw SystemError(
      code: .insufficientMemory, call: "fallocate", errno: EFBIG,
      message: "Cannot create \(grouped(byteCount)) bytes of shared memory: the file size limit of this process is "
        + "\(grouped(Int(limit.rlim_cur))) bytes; raise it (ulimit -f) or ask for less.")
  }

  private static func refusal(
    _ byteCount: Int, _ call: String, _ error: Int32, in directory: String, root: String
  ) -> SystemError {
    if error == EMFILE || error == ENFILE {
      return SystemError(
        call, errno: error,
        "Cannot create \(grouped(byteCount)) bytes of shared memory: too many files are open; use fewer workers, or raise "
          + "the limit (ulimit -n).")
    }
    let shared = Machine.sharedMemoryRoom(directory: directory)
    let memory = Machine.memoryRoom(root: root)
    return SystemError(
      call, errno: error,
      "Cannot create \(grouped(byteCount)) bytes of shared memory: \(directory) has room for \(grouped(shared.byteCount)) "
        + "and the machine for \(grouped(memory.byteCount)) bytes (\(memory.reason)); ask for less, or give the machine "
        + "or container more.")
  }
}

/// 8000000 as "8,000,000".
func grouped(_ number: Int) -> String {
  var digits = ""
  for (position, digit) in String(number.magnitude).reversed().enumerated() {
    if position > 0 && position % 3 == 0 { digits.append(",") }
    digits.append(digit)
  }
  return (number < 0 ? "-" : "") + String(digits.reversed())
}
