// SPDX-License-Identifier: Apache-2.0
// Names of temporary files, and the removal of those whose writer was killed. Used by TemporaryFile, once an output.

import Glibc

enum StaleFiles {
  private static let suffix = ".weft-tmp"
  private static let randomCount = 8

  /// Directory entries looked at, at most: 10,000 take about 3 ms. A larger directory keeps its rest.
  private static let entryLimit = 10_000

  /// Without locks on this file system, a file this old has no writer any more.
  private static let unlockedAge = 24 * 3600

  /// `.NAME.XXXXXXXX.weft-tmp` with 40 random bits; a long NAME is cut so that the whole stays a legal name.
  static func newName(for targetName: String) -> String {
    let letters = Array("abcdefghijklmnopqrstuvwxyz234567".unicodeScalars)
    var bits = UInt64.random(in: 0...UInt64.max)
    var random = String.UnicodeScalarView()
    for _ in 0..<randomCount {
      random.append(letters[Int(bits & 31)])
      bits >>= 5
    }
    return prefix(for: targetName) + String(random) + suffix
  }

  private static func prefix(for targetName: String) -> String {
    let limit = Int(NAME_MAX) - randomCount - suffix.utf8.count - 2
    var name = targetName
    while name.utf8.count > limit { name.removeLast() }
    return ".\(name)."
  }

  /// Removes temporary files for `targetName` that no writer holds. A writer locks its file for as long as it lives,
  /// and notices if it was removed before it had the lock. Nothing here is an error: it is another run's litter.
  static func remove(from directory: Int32, targetName: String) {
    let prefix = prefix(for: targetName)
    for name in names(in: directory) where name.hasPrefix(prefix) && name.hasSuffix(suffix) {
      guard name.utf8.count == prefix.utf8.count + randomCount + suffix.utf8.count,
        let descriptor = try? OwnedDescriptor(opening: name, at: directory, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      else { continue }
      let locked = flock(descriptor.number, LOCK_EX | LOCK_NB) == 0
      if locked || (errno != EWOULDBLOCK && isOld(descriptor.number)) { unsafe unlinkat(directory, name, 0) }
    }
  }

  private static func isOld(_ descriptor: Int32) -> Bool {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return false }
    return time(nil) - status.st_mtim.tv_sec > unlockedAge
  }

  private static func names(in directory: Int32) -> [String] {
    // A descriptor of its own: reading moves the position, which a duplicate would share.
    guard let own = try? OwnedDescriptor(opening: ".", at: directory, flags: O_RDONLY | O_DIRECTORY) else { return [] }
    let number = fcntl(own.number, F_DUPFD_CLOEXEC, 0)
    guard number >= 0 else { return [] }
    guard let stream = unsafe fdopendir(number) else {
      close(number)
      return []
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    for _ in 0..<entryLimit {
      guard let entry = unsafe readdir(stream) else { break }
      let isOurs = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe UnsafeRawPointer($0).load(as: UInt8.self)
      }
      guard isOurs == UInt8(ascii: ".") else { continue }
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
      }
      names.append(name)
    }
    return names
  }
}
