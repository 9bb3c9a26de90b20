// SPDX-License-Identifier: Apache-2.0
// A file that several runs may be needed for: its parts are written in any order, by several processes, and it stays beside
// its target under a name of its own until it is complete. What is in it is told by a second file, the ledger; what
// stands in that is the caller's matter.
//
//     m.npy.unfinished     the bytes so far, of full size from the start
//     m.npy.ledger         locked by the run that works on the two
//
// Complete, `.unfinished` is renamed over the target and the ledger removed, in this order: a ledger alone says nothing and
// is taken away by the next run.

import Glibc
import MatrixCore

/// The unfinished form of the file `path`, and its ledger.
package struct UnfinishedFile: ~Copyable {
  package let path: String
  /// Whether there was nothing to go on with.
  package let isNew: Bool
  private var file: TemporaryFile
  private let ledger: OwnedDescriptor
  /// The ledger again, and locked. Not the same open file: workers hold that too, and a lock ends with its last holder.
  private let lock: FileLock
  private let directory: OwnedDescriptor
  private let targetName: String
  private let options: WriteOptions

  package static func name(of target: String) -> String { target + ".unfinished" }
  package static func ledgerName(of target: String) -> String { target + ".ledger" }

  /// Opens what an earlier run left, or begins anew where there is nothing.
  ///
  /// - Parameter resumes: without it, what an earlier run left is an error: hours of work are not thrown away by accident.
  /// - Throws: `.exists` for the target, or for a run to go on with; `.cannotCreate` for what is no file, and where another run is
  ///   at work on it.
  package static func open(
    _ path: String, resumes: Bool, options: WriteOptions
  ) throws(FileError) -> UnfinishedFile {
    switch try OutputTarget(resolving: path) {
    case .descriptor: throw noFile(path)
    case .stream: throw noFile(path)
    case .file(let directory, let name, let existing):
      if existing != nil, !options.overwrite { throw OutputFile.exists(path) }
      let copy = try opened(".", in: directory.number, flags: O_RDONLY | O_DIRECTORY, path)
      let lock = try lockedLedger(path, in: copy.number, targetName: name)
      let ledger = try opened(ledgerName(of: name), in: copy.number, flags: O_RDWR, path)
      let data = try? FileStatus(at: Self.name(of: name), in: copy.number, followingLink: false)
      // A run was killed between naming the complete file and removing its first name: what would be written now, would be
      // written into the target.
      let isTarget = data != nil && data?.inode == existing?.inode && data?.device == existing?.device
      if isTarget { unsafe unlinkat(copy.number, Self.name(of: name), 0) }
      let hasData = data != nil && !isTarget
      let hasLedger = (try? FileStatus(descriptor: ledger.number)).map { $0.byteCount > 0 } ?? false
      guard resumes || !(hasData && hasLedger) else { throw thereIsOne(path, name) }
      let file = try TemporaryFile.keptUnderName(
        Self.name(of: name), path: path, directory: directory, targetName: name, existing: existing)
      file.takeOverOwnerAndMode()
      let isNew = !(hasData && hasLedger)
      if isNew { try empty([file.descriptor.number, ledger.number], path) }
      return UnfinishedFile(
        path: path, isNew: isNew, file: file, ledger: ledger, lock: lock, directory: copy, targetName: name,
        options: options)
    }
  }

  private init(
    path: String, isNew: Bool, file: consuming TemporaryFile, ledger: consuming OwnedDescriptor,
    lock: consuming FileLock,
    directory: consuming OwnedDescriptor, targetName: String, options: WriteOptions
  ) {
    self.path = path
    self.isNew = isNew
    self.file = file
    self.ledger = ledger
    self.lock = lock
    self.directory = directory
    self.targetName = targetName
    self.options = options
  }

  private static func thereIsOne(_ path: String, _ name: String) -> FileError {
    FileError(
      .exists, path,
      "an unfinished run of it is there ('\(Self.name(of: name))', '\(ledgerName(of: name))'); go on with it (--resume), "
        + "or remove both")
  }

  /// Refuses to write `path` as a whole while an unfinished run of it lies beside it, which would then be forgotten.
  ///
  /// - Throws: `.exists`.
  static func requireNone(besides path: String) throws(FileError) {
    guard case .file(let directory, let name, _) = try OutputTarget(resolving: path),
      (try? FileStatus(at: Self.name(of: name), in: directory.number, followingLink: false)) != nil,
      (try? FileStatus(at: ledgerName(of: name), in: directory.number, followingLink: false)) != nil
    else { return }
    throw thereIsOne(path, name)
  }

  private static func noFile(_ path: String) -> FileError {
    FileError(.cannotCreate, path, "it is no file: what is written in any order cannot go to a pipe or device")
  }

  private static func opened(
    _ name: String, in directory: Int32, flags: Int32, _ path: String
  ) throws(FileError) -> OwnedDescriptor {
    do { return try OwnedDescriptor(opening: name, at: directory, flags: flags | O_NOFOLLOW) } catch {
      throw FileError(.cannotCreate, path, "'\(name)' beside it: \(meaning(of: error.number))")
    }
  }

  /// The ledger, there or not yet, locked. One that another run has just removed is not taken for the one of this name.
  private static func lockedLedger(
    _ path: String, in directory: Int32, targetName: String
  ) throws(FileError) -> FileLock {
    let name = ledgerName(of: targetName)
    while true {
      let ledger = FileLock(try opened(name, in: directory, flags: O_CREAT | O_RDWR, path))
      guard ledger.isTaken else {
        throw FileError(.cannotCreate, path, "another run is at work on it; wait for its end, or name another file")
      }
      let mine = try? FileStatus(descriptor: ledger.file.number)
      let named = try? FileStatus(at: name, in: directory, followingLink: false)
      if let mine, mine.inode == named?.inode { return ledger }
    }
  }

  /// The two files, for whoever writes parts of them; not closed by them.
  package struct Place {
    /// Of the target.
    package let path: String
    package let data: Int32
    package let ledger: Int32
  }

  package var place: Place { Place(path: path, data: file.descriptor.number, ledger: ledger.number) }

  /// The same two files in a process that did not make them, perhaps on another machine.
  package final class Joined {
    private let path: String
    private let data: OwnedDescriptor
    private let ledger: OwnedDescriptor

    private init(_ path: String, _ data: consuming OwnedDescriptor, _ ledger: consuming OwnedDescriptor) {
      self.path = path
      self.data = data
      self.ledger = ledger
    }

    /// - Throws: `.cannotCreate` where they are not there: the processes do not see the same files.
    package static func open(_ path: String) throws(FileError) -> Joined {
      guard case .file(let directory, let name, _) = try OutputTarget(resolving: path) else {
        throw UnfinishedFile.noFile(path)
      }
      let data = try UnfinishedFile.opened(UnfinishedFile.name(of: name), in: directory.number, flags: O_RDWR, path)
      let ledger = try UnfinishedFile.opened(
        UnfinishedFile.ledgerName(of: name), in: directory.number, flags: O_RDWR, path)
      return Joined(path, data, ledger)
    }

    package var place: Place { Place(path: path, data: data.number, ledger: ledger.number) }

    /// Has the disk confirm what this process wrote: only who wrote is told what went wrong with it.
    ///
    /// - Throws: `.writeFailed`.
    package func confirm() throws(FileError) {
      for descriptor in [data.number, ledger.number] where fsync(descriptor) != 0 {
        throw FileError(.writeFailed, path, "syncing failed and the target is unchanged: \(meaning(of: errno))")
      }
    }
  }

  /// Begins files anew.
  private static func empty(_ descriptors: [Int32], _ path: String) throws(FileError) {
    for descriptor in descriptors where ftruncate(descriptor, 0) != 0 {
      throw FileError(.writeFailed, path, "emptying its unfinished part failed: \(meaning(of: errno))")
    }
  }

  /// Gives the file its full size, so that a full disk is found before hours of computing.
  package func reserve(_ byteCount: Int) throws(FileError) { try file.reserve(byteCount) }

  /// Puts the complete file of `byteCount` bytes in place, and takes the ledger away.
  ///
  /// - Parameter start: when the writing began, in seconds of the monotonic clock.
  /// - Throws: `.exists` where another file has appeared under the name; `.writeFailed` for what the disk reports. Both files
  ///   then stay, unless the sentence says that the file is complete.
  package consuming func commit(_ format: MatrixFormat, byteCount: Int, since start: Double) throws(FileError)
    -> WriteReport
  {
    let written = MonotonicClock.seconds
    try file.confirm(sync: options.sync)
    try file.publish(overwrite: options.overwrite)
    unsafe unlinkat(directory.number, Self.ledgerName(of: targetName), 0)
    if options.sync { try file.confirmName() }
    return WriteReport(
      path: path, format: format, byteCount: byteCount, writeSeconds: written - start,
      commitSeconds: MonotonicClock.seconds - written)
  }

  /// Removes both files: there is nothing in them to go on with.
  package consuming func discard() {
    unsafe unlinkat(directory.number, Self.name(of: targetName), 0)
    unsafe unlinkat(directory.number, Self.ledgerName(of: targetName), 0)
  }
}

extension MatrixFile {
  /// Refuses to write a file as a whole while an unfinished run of it lies beside it, which would then be forgotten.
  ///
  /// - Throws: `FileError`, `.exists`.
  public static func requireNothingUnfinished(_ path: String) throws(FileError) {
    try UnfinishedFile.requireNone(besides: path)
  }

  /// Whether rows of the file at `path` have a place of their own in it, so that they can be written in any order: a plain .npy
  /// file, not a compressed one.
  public static func hasPlacesForRows(_ path: String, format: MatrixFormat? = nil) -> Bool {
    (format ?? MatrixFormat(path: path)) == .npy && Compression.split(path).path == path
  }

  /// What stands before the elements of a matrix in row order in an .npy file.
  package static func npyHeader(_ shape: Shape, _ elementType: ElementType) -> [UInt8] {
    NPYHeader(shape: shape, elementType: elementType).encoded()
  }
}

extension MatrixFile {
  /// The whole of a file that is no matrix, and small.
  package static func smallFile(_ path: String, byteLimit: Int) throws(FileError) -> [UInt8] {
    let file = try InputFile(path)
    guard file.byteCount <= byteLimit else {
      throw FileError(.malformed, path, "it has \(file.byteCount) bytes, more than \(byteLimit) are not read")
    }
    return try file.head(byteLimit)
  }
}

/// An open file, locked where `isTaken`. Unlocked at the end and not only closed: a child of another thread, between its birth and
/// its program, has the descriptor too, and would keep the lock for that moment from a run that follows at once.
struct FileLock: ~Copyable {
  let file: OwnedDescriptor
  let isTaken: Bool

  init(_ file: consuming OwnedDescriptor) {
    isTaken = flock(file.number, LOCK_EX | LOCK_NB) == 0
    self.file = file
  }

  deinit { if isTaken { flock(file.number, LOCK_UN) } }
}
