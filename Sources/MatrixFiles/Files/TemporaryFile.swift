// SPDX-License-Identifier: Apache-2.0
// A file that takes its name only when it is complete. Used by OutputFile, and by UnfinishedFile, which keeps it over runs.
//
// Where the file system can, the file has no name at all while it is written (O_TMPFILE): whatever kills us leaves
// nothing. Elsewhere, and for the instant between naming and renaming, it is `.NAME.XXXXXXXX.weft-tmp` beside the
// target; the writer holds a lock on it, and the next run for the same NAME removes those that nobody locks.

import Glibc

struct TemporaryFile: ~Copyable {
  let path: String  // the target as the caller wrote it, for errors
  let targetName: String
  let descriptor: OwnedDescriptor
  private let directory: OwnedDescriptor
  private let existing: FileStatus?
  /// The name to be removed if we are given up; nil while there is none, and after publishing.
  private var name: String?
  /// Whether it stays under that name when we are given up.
  private let isKept: Bool

  private init(
    path: String, targetName: String, directory: consuming OwnedDescriptor, existing: FileStatus?,
    descriptor: consuming OwnedDescriptor, name: String?, isKept: Bool = false
  ) {
    self.isKept = isKept
    self.path = path
    self.targetName = targetName
    self.descriptor = descriptor
    self.directory = directory
    self.existing = existing
    self.name = name
  }

  /// - Parameter expectedByteCount: reserved at once where the caller knows it, so that a full disk is found before
  ///   anything is computed into it. Here (ext4) the write of 8 MB itself takes 1.3 ms with and 1.8 ms without the
  ///   reservation; on tmpfs both ways take 3.2 ms.
  /// - Parameter nameless: false keeps O_TMPFILE out, for tests of the other way.
  static func create(
    path: String, directory: consuming OwnedDescriptor, name targetName: String, existing: FileStatus?,
    expectedByteCount: Int?, nameless: Bool
  ) throws(FileError) -> TemporaryFile {
    StaleFiles.remove(from: directory.number, targetName: targetName)
    var name: String?
    let descriptor: OwnedDescriptor
    do {
      descriptor = try open(in: directory.number, targetName: targetName, nameless: nameless, name: &name)
    } catch {
      throw FileError(error.number == ENOSPC ? .writeFailed : .cannotCreate, path, meaning(of: error.number))
    }
    let file = TemporaryFile(
      path: path, targetName: targetName, directory: directory, existing: existing, descriptor: descriptor, name: name)
    file.takeOverOwnerAndMode()
    if let expectedByteCount { try file.reserve(expectedByteCount) }
    return file
  }

  deinit {
    if let name, !isKept { unsafe unlinkat(directory.number, name, 0) }
  }

  /// The file of this name beside the target, there or not yet, to be read and written: it stays when we are given up, whatever
  /// the reason, and its writer has to keep others out.
  static func keptUnderName(
    _ name: String, path: String, directory: consuming OwnedDescriptor, targetName: String, existing: FileStatus?
  ) throws(FileError) -> TemporaryFile {
    do {
      let descriptor = try OwnedDescriptor(opening: name, at: directory.number, flags: O_CREAT | O_RDWR | O_NOFOLLOW)
      return TemporaryFile(
        path: path, targetName: targetName, directory: directory, existing: existing, descriptor: descriptor,
        name: name, isKept: true)
    } catch {
      throw FileError(.cannotCreate, path, "its unfinished part '\(name)': \(meaning(of: error.number))")
    }
  }

  private static func open(
    in directory: Int32, targetName: String, nameless: Bool, name: inout String?
  ) throws(Errno) -> OwnedDescriptor {
    if nameless, let opened = try openNameless(in: directory) { return opened }
    return try openNamed(in: directory, targetName: targetName, name: &name)
  }

  /// A file without a name, or nil where the file system or a missing /proc does not allow it.
  private static func openNameless(in directory: Int32) throws(Errno) -> OwnedDescriptor? {
    let withoutName = 0o20000000 | O_DIRECTORY  // O_TMPFILE, which the Glibc module leaves out
    guard unsafe access("/proc/self/fd", X_OK) == 0 else { return nil }
    do {
      let descriptor = try OwnedDescriptor(opening: ".", at: directory, flags: withoutName | O_WRONLY)
      _ = flock(descriptor.number, LOCK_EX | LOCK_NB)  // nobody can hold it; for the time it has a name
      return descriptor
    } catch  where [EOPNOTSUPP, EISDIR, EINVAL, ENOENT].contains(error.number) {
      return nil
    }
  }

  /// A new file under a name nobody else has, locked. Another run's `StaleFiles` may have removed it between creation
  /// and lock, so the name is looked at again under the lock.
  private static func openNamed(
    in directory: Int32, targetName: String, name: inout String?
  ) throws(Errno) -> OwnedDescriptor {
    while true {
      let candidate = StaleFiles.newName(for: targetName)
      do {
        let descriptor = try OwnedDescriptor(opening: candidate, at: directory, flags: O_CREAT | O_EXCL | O_WRONLY)
        _ = flock(descriptor.number, LOCK_EX | LOCK_NB)
        let mine = try FileStatus(descriptor: descriptor.number)
        if let named = try? FileStatus(at: candidate, in: directory, followingLink: false), named.inode == mine.inode {
          name = candidate
          return descriptor
        }
      } catch  where error.number == EEXIST {
        continue
      }
    }
  }

  /// Gives the file what the one that it replaces had. Owner first: changing it clears set-user-ID. Not being allowed to is no
  /// error: the new file is then ours.
  func takeOverOwnerAndMode() {
    guard let existing else { return }
    _ = fchown(descriptor.number, existing.owner, existing.group)
    _ = fchmod(descriptor.number, existing.mode)
  }

  func reserve(_ byteCount: Int) throws(FileError) {
    guard byteCount > 0 else { return }
    var error: Int32
    repeat {
      (_, error) = withoutWriteSignals {
        errno = posix_fallocate(descriptor.number, 0, off_t(byteCount))  // returns its error instead of setting errno
        return errno == 0 ? 0 : -1
      }
    } while error == EINTR
    if [ENOSPC, EDQUOT, EFBIG].contains(error) {
      throw FileError(.writeFailed, path, "\(byteCount) bytes do not fit: \(meaning(of: error))")
    }  // any other answer: the file system cannot reserve; the writes will tell
  }

  /// Cuts off what was reserved and not written.
  func trim(to byteCount: Int) throws(FileError) {
    guard ftruncate(descriptor.number, off_t(byteCount)) == 0 else { throw failed("setting the length", errno) }
  }

  /// Has the disk (`sync`) or at least the file system confirm the data. An error is final: the kernel reports a
  /// lost page once, so a second fsync that succeeds means nothing (PostgreSQL's lesson of 2018).
  func confirm(sync: Bool) throws(FileError) {
    if sync {
      guard fsync(descriptor.number) == 0 else { throw failed("syncing", errno) }
    } else {
      // Network file systems report what went wrong when a descriptor is closed; ours stays open for its lock.
      let copy = fcntl(descriptor.number, F_DUPFD_CLOEXEC, 0)
      guard copy >= 0, close(copy) == 0 else { throw failed("closing", errno) }
    }
  }

  /// Gives the file its name.
  ///
  /// - Throws: `.exists` when the name is taken and may not be replaced, decided by the kernel in the same step;
  ///   whatever is thrown, the target is as it was.
  mutating func publish(overwrite: Bool) throws(FileError) {
    if name == nil {
      if !overwrite || existing == nil {
        do {
          return try link(to: targetName)
        } catch  where error.number == EEXIST {
          guard overwrite else { throw OutputFile.exists(path) }
        } catch {
          throw failed("naming", error.number)
        }
      }
      name = try linkToTemporaryName()
    }
    guard let from = name else { return }
    if overwrite { try rename(from) } else { try renameUnlessTaken(from) }
    name = nil
  }

  private func link(to newName: String) throws(Errno) {
    let own = "/proc/self/fd/\(descriptor.number)"
    guard unsafe linkat(AT_FDCWD, own, directory.number, newName, AT_SYMLINK_FOLLOW) == 0 else { throw Errno.current }
  }

  private func linkToTemporaryName() throws(FileError) -> String {
    while true {
      let name = StaleFiles.newName(for: targetName)
      do {
        try link(to: name)
        return name
      } catch  where error.number == EEXIST {
        continue
      } catch {
        throw failed("naming", error.number)
      }
    }
  }

  private func rename(_ from: String) throws(FileError) {
    guard unsafe renameat(directory.number, from, directory.number, targetName) == 0 else {
      throw failed("renaming", errno)
    }
  }

  /// A hard link fails when the name is taken, which `rename` does not (and renameat2 is not in the Glibc module).
  private func renameUnlessTaken(_ from: String) throws(FileError) {
    if unsafe linkat(directory.number, from, directory.number, targetName, 0) == 0 {
      unsafe unlinkat(directory.number, from, 0)
      return
    }
    guard errno != EEXIST else { throw OutputFile.exists(path) }
    // No hard links here (FAT): look, then rename. Two runs at the same instant may both succeed; the later one stays.
    if (try? FileStatus(at: targetName, in: directory.number, followingLink: false)) != nil {
      throw OutputFile.exists(path)
    }
    try rename(from)
  }

  /// Has the disk confirm the name. The file stands complete under it already, so the sentence says just that.
  func confirmName() throws(FileError) {
    guard fsync(directory.number) != 0 else { return }
    if errno == EBADF { return sync() }  // a directory that may not be listed is open by path only
    throw FileError(
      .writeFailed, path, "the file is complete, but its directory could not be synced: \(meaning(of: errno))")
  }

  private func failed(_ step: String, _ error: Int32) -> FileError {
    FileError(.writeFailed, path, "\(step) failed and the target is unchanged: \(meaning(of: error))")
  }
}
