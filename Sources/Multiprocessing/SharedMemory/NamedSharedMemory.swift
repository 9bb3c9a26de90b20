// SPDX-License-Identifier: Apache-2.0
// Shared memory under a name, for processes that do not descend from one another. Everyone else is better served by
// SharedMemory, which has no name that could be guessed, taken, or left behind (faults.md F24–F26).

import CPOSIX
import Glibc

/// A segment in /dev/shm that other programs of the same user find by its name.
///
/// The process that creates it owns it: the name goes when the owner lets go of this value. Visitors attach and never
/// remove it. An owner that is killed leaves the name behind, with its memory, until the machine restarts or somebody
/// calls `remove(name:)`; systemd removes the names of a user who logs out (RemoveIPC). Whoever has attached keeps the
/// memory in any case.
public struct NamedSharedMemory: ~Copyable, Sendable {
  public let memory: SharedMemory
  public let name: String
  private let isOwner: Bool

  /// Creates `byteCount` bytes of zeroes as `name`, readable by this user only, and owns the name.
  ///
  /// - Parameter name: 1...200 letters, digits, `.`, `_` and `-`, not beginning with a dot. Choose one that nobody
  ///   guesses by chance; another program with the same name gets the same memory.
  /// - Throws: `notPermitted` when the name exists or cannot be one; `insufficientMemory` when /dev/shm is too small
  ///   (there is no other place for names).
  public init(creating name: String, byteCount: Int) throws(SystemError) {
    precondition(byteCount >= 0, "a byte count is never negative")
    let path = try NamedSharedMemory.path(name)
    let file = try NamedSharedMemory.open(path, O_CREAT | O_EXCL | O_RDWR, name)
    do throws(SystemError) {
      try SegmentFile.reserveNamed(file.number, byteCount: byteCount)
      memory = try SharedMemory(attaching: file, byteCount: byteCount, writable: true)
    } catch {
      _ = unsafe shm_unlink(path)
      throw error
    }
    self.name = name
    isOwner = true
  }

  /// Attaches the segment that another process created as `name`.
  ///
  /// - Parameter byteCount: how much of it; nil: all of it.
  /// - Throws: `notFound` when there is none (yet); `notPermitted` when it belongs to another user or others may open
  ///   it; `protocolMismatch` when it is smaller than `byteCount`.
  public init(attaching name: String, byteCount: Int? = nil, writable: Bool = true) throws(SystemError) {
    let file = try NamedSharedMemory.open(try NamedSharedMemory.path(name), writable ? O_RDWR : O_RDONLY, name)
    var status = stat()
    guard unsafe fstat(file.number, &status) == 0 else {
      throw SystemError("fstat", errno: errno, "Cannot look at the shared memory \(name).")
    }
    guard status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
      throw SystemError(
        code: .notPermitted,
        message:
          "The shared memory \(name) belongs to another user or is open to others; remove it or choose another name.")
    }
    // Between the owner's two calls it has a name and no bytes.
    guard status.st_size > 0 else { throw NamedSharedMemory.missing(name) }
    memory = try SharedMemory(
      attaching: file, byteCount: byteCount ?? Int(status.st_size), writable: writable)
    self.name = name
    isOwner = false
  }

  deinit {
    if isOwner && NamedSharedMemory.leads(name, to: memory.descriptorNumber) {
      _ = try? NamedSharedMemory.remove(name: name)
    }
  }

  /// Removes a name that a killed owner has left. False: there is none. Those who have attached keep the memory.
  @discardableResult
  public static func remove(name: String) throws(SystemError) -> Bool {
    if unsafe shm_unlink(try path(name)) == 0 { return true }
    if errno == ENOENT { return false }
    throw SystemError("shm_unlink", errno: errno, "Cannot remove the shared memory \(name).")
  }

  /// Whether the name still stands for the file that is open as `descriptor`: someone may have removed it and another
  /// program created it anew.
  private static func leads(_ name: String, to descriptor: Int32) -> Bool {
    var ours = stat()
    var named = stat()
    guard unsafe fstat(descriptor, &ours) == 0, let path = try? path(name),
      let file = try? open(path, O_RDONLY, name), unsafe fstat(file.number, &named) == 0
    else { return false }
    return ours.st_ino == named.st_ino && ours.st_dev == named.st_dev
  }

  private static func path(_ name: String) throws(SystemError) -> String {
    let isPlain = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    guard isPlain, (1...200).contains(name.utf8.count), !name.hasPrefix(".") else {
      throw SystemError(
        code: .notPermitted,
        message: "A name of shared memory has 1...200 letters, digits, dots, _ and -, and does not begin with a dot.")
    }
    return "/" + name
  }

  private static func open(_ path: String, _ flags: Int32, _ name: String) throws(SystemError) -> Descriptor {
    let number = unsafe shm_open(path, flags | O_NOFOLLOW | O_CLOEXEC, 0o600)
    if number >= 0 {
      // Not what the umask of the creating process made of it.
      if flags & O_CREAT != 0 { _ = fchmod(number, 0o600) }
      return Descriptor(owning: number)
    }
    switch errno {
    case ENOENT: throw missing(name)
    case EEXIST:
      throw SystemError(
        code: .notPermitted, call: "shm_open", errno: EEXIST,
        message:
          "Shared memory with the name \(name) exists: another program uses the name, or was killed with it; choose "
          + "another, or call NamedSharedMemory.remove.")
    case EACCES, ELOOP:
      throw SystemError(
        code: .notPermitted, call: "shm_open", errno: errno,
        message: "The shared memory \(name) belongs to another user; choose another name.")
    default: throw SystemError("shm_open", errno: errno, "Cannot open the shared memory \(name).")
    }
  }

  private static func missing(_ name: String) -> SystemError {
    SystemError(
      code: .notFound,
      message: "There is no shared memory with the name \(name): its owner has not created it yet, or is done with it.")
  }
}
