// SPDX-License-Identifier: Apache-2.0
//
// A folder that is certainly this user's alone, and what is in it. For who removes things that others have made.

import Glibc

/// Which file it is, under whatever name: the numbers that stand in a process's map.
struct FileIdentity: Hashable {
  var major: UInt64
  var minor: UInt64
  var inode: UInt64
}

/// Something with a name in a folder.
struct FolderEntry {
  let user: uid_t
  let identity: FileIdentity
  let isFolder: Bool
  let isFile: Bool
  let device: dev_t

  /// Nil: it is not there. A symbolic link is itself.
  init?(_ path: String) {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return nil }
    (user, device) = (status.st_uid, status.st_dev)
    // glibc's makedev, backwards: macros, which Swift has not.
    let number = UInt64(device)
    identity = FileIdentity(
      major: number >> 8 & 0xFFF | number >> 32 & ~0xFFF, minor: number & 0xFF | number >> 12 & ~0xFF,
      inode: UInt64(status.st_ino))
    (isFolder, isFile) = (status.st_mode & S_IFMT == S_IFDIR, status.st_mode & S_IFMT == S_IFREG)
  }

  /// Without "." and ".."; none where it cannot be read.
  static func names(in folder: String) -> [String] {
    guard let stream = unsafe opendir(folder) else { return [] }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  static func link(_ path: String) -> String? {
    var target = [CChar](repeating: 0, count: 4096)
    let count = unsafe readlink(path, &target, target.count)
    return count < 0 ? nil : String(decoding: target.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// All of a file of /proc, whose size nobody knows; empty where it cannot be read.
  static func text(_ path: String) -> String {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while case let count = unsafe read(descriptor, &piece, piece.count), count > 0 { bytes += piece[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// An open folder that belongs to `user`, where nobody else may write, on a file system of this machine. It stays the same one,
/// whatever its path comes to lead to.
final class OwnFolder {
  private let descriptor: Int32
  private let user: uid_t
  private let device: dev_t

  /// Nil: it is not such a folder.
  init?(_ path: String, user: uid_t) {
    descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    self.user = user
    var status = stat()
    let isThere = unsafe descriptor >= 0 && fstat(descriptor, &status) == 0
    device = status.st_dev
    guard isThere, status.st_uid == user, status.st_mode & 0o022 == 0,
      let entry = FolderEntry(self.path(".")), Self.localSystems.contains(Self.fileSystem(of: entry.identity))
    else { return nil }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Not Btrfs and overlays: a process's map has other device numbers there.
  private static let localSystems: Set<Substring> = ["tmpfs", "ext2", "ext3", "ext4", "xfs"]

  /// The type of the file system, by its device's line among the mounts: "… 254:0 … - ext4 …". (Swift's Glibc has no statfs.)
  private static func fileSystem(of file: FileIdentity) -> Substring {
    for line in FolderEntry.text("/proc/self/mountinfo").split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count > 3, words[2] == "\(file.major):\(file.minor)", let dash = words.firstIndex(of: "-"),
        dash + 1 < words.count
      else { continue }
      return words[dash + 1]
    }
    return ""
  }

  private func path(_ name: String) -> String { "/proc/self/fd/\(descriptor)" + (name.isEmpty ? "" : "/\(name)") }

  func names(_ folder: String) -> [String] { FolderEntry.names(in: path(folder)) }

  /// What is this user's, on the same file system.
  func entry(_ name: String) -> FolderEntry? {
    FolderEntry(path(name)).flatMap { $0.user == user && $0.device == device ? $0 : nil }
  }

  /// Calls `body` for everything below `name`, and then for itself: what is in a folder comes first.
  func walk(_ name: String, _ body: (String, FolderEntry) -> Void) {
    guard let entry = entry(name) else { return }
    if entry.isFolder { for inner in names(name) { walk("\(name)/\(inner)", body) } }
    body(name, entry)
  }

  /// With everything below, as far as it is this user's.
  func remove(_ name: String) {
    walk(name) { inner, entry in
      if entry.isFolder { unsafe rmdir(path(inner)) } else { unsafe unlink(path(inner)) }
    }
  }
}
