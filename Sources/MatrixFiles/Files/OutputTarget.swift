// SPDX-License-Identifier: Apache-2.0
// Decides once what an output path means: a file to be put in place whole, or a stream that is written as it comes.
// OutputFile acts on the answer; `OutputFile.check` asks before hours of computing.

import Glibc

/// Where output goes. Everything after this looks at the directory's descriptor, never at the path again: a symbolic
/// link or directory that is swapped during the run does not lead us elsewhere.
enum OutputTarget: ~Copyable {
  /// Standard output or another descriptor that was open before us: written as it comes, not closed.
  case descriptor(Int32)
  /// A pipe or a character device: opened and written as it comes.
  case stream(FileStatus.Kind)
  /// A regular file, there or not yet.
  case file(directory: OwnedDescriptor, name: String, existing: FileStatus?)

  /// - `-`, `/dev/stdout`, `/dev/stderr`, `/dev/fd/N`, `/proc/self/fd/N`: that descriptor
  /// - a pipe, a character device (`/dev/null`), or a link to one: a stream
  /// - a link to a file, there or not yet: the file it leads to; the link stays
  /// - a directory, block device or socket: refused
  init(resolving path: String) throws(FileError) {
    guard !path.isEmpty else { throw FileError(.cannotCreate, path, "the output path is empty: name a file, or - ") }
    guard !path.utf8.contains(0) else { throw FileError(.cannotCreate, path, "a path cannot contain a NUL character") }
    if let number = Self.descriptorNumber(path) {
      let flags = fcntl(number, F_GETFL)
      guard flags >= 0, flags & O_ACCMODE != O_RDONLY else {
        let sentence = "descriptor \(number) is not open for writing; it must be before the program starts"
        throw FileError(.cannotCreate, path, sentence)
      }
      self = .descriptor(number)
      return
    }
    switch try? FileStatus(at: path, followingLink: true).kind {
    case .directory: throw Self.isDirectory(path)
    case .blockDevice:
      throw FileError(.cannotCreate, path, "it is a block device and would be overwritten in place; name a file")
    case .socket: throw FileError(.cannotCreate, path, "it is a socket; name a file, or write to - and redirect")
    case .pipe: self = .stream(.pipe)
    case .characterDevice: self = .stream(.characterDevice)
    case .regular, .symbolicLink, nil: self = try Self.file(path)
    }
  }

  private static func descriptorNumber(_ path: String) -> Int32? {
    switch path {
    case "-", "/dev/stdout": return STDOUT_FILENO
    case "/dev/stderr": return STDERR_FILENO
    default:
      for prefix in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(prefix) {
        return Int32(path.dropFirst(prefix.utf8.count))
      }
      return nil
    }
  }

  private static func file(_ path: String) throws(FileError) -> OutputTarget {
    var current = path
    for _ in 0..<40 {  // the kernel's own limit
      let (parent, name) = split(current)
      guard !name.isEmpty, name != ".", name != ".." else { throw isDirectory(path) }
      if let link = try readLink(current, for: path) {
        current = link.hasPrefix("/") ? link : "\(parent)/\(link)"
        continue
      }
      let directory = try openDirectory(parent, for: path)
      let existing = try status(of: name, in: directory, path)
      return .file(directory: directory, name: name, existing: existing)
    }
    throw FileError(.cannotCreate, path, meaning(of: ELOOP))
  }

  private static func status(
    of name: String, in directory: borrowing OwnedDescriptor, _ path: String
  ) throws(FileError) -> FileStatus? {
    let status: FileStatus
    do { status = try FileStatus(at: name, in: directory.number, followingLink: false) } catch {
      if error.number == ENOENT { return nil }
      throw FileError(.cannotCreate, path, meaning(of: error.number))
    }
    guard status.kind == .regular else {
      throw FileError(.cannotCreate, path, "it became something else than a file while it was opened")
    }
    return status
  }

  private static func isDirectory(_ path: String) -> FileError {
    FileError(.cannotCreate, path, "it is a directory; name a file in it")
  }

  /// The directory part ("." if there is none) and the name.
  private static func split(_ path: String) -> (parent: String, name: String) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
    let name = String(path[path.utf8.index(after: slash)...])
    return (slash == path.startIndex ? "/" : String(path[..<slash]), name)
  }

  /// What a symbolic link says, nil for anything else.
  private static func readLink(_ link: String, for path: String) throws(FileError) -> String? {
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, count in
      let length = unsafe buffer.withMemoryRebound(to: CChar.self) { unsafe readlink(link, $0.baseAddress!, $0.count) }
      count = max(length, 0)
    }
    guard !bytes.isEmpty else { return nil }
    // Repaired, it would be another name.
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FileError(.cannotCreate, path, "it is a link to a name that is not UTF-8 text; name another file")
    }
    return text
  }

  /// Opens the directory to create files in; one that may be searched but not listed serves too (`O_PATH`).
  private static func openDirectory(_ parent: String, for path: String) throws(FileError) -> OwnedDescriptor {
    let openForPath: Int32 = 0o10000000  // O_PATH, which the Glibc module leaves out; the same on every architecture
    do {
      return try OwnedDescriptor(opening: parent, flags: O_RDONLY | O_DIRECTORY)
    } catch  where error.number == EACCES {
      do { return try OwnedDescriptor(opening: parent, flags: openForPath | O_DIRECTORY) } catch {
        throw FileError(.cannotCreate, path, meaning(of: error.number))
      }
    } catch  where error.number == ENOENT {
      throw FileError(.cannotCreate, path, "the directory '\(printable(parent))' does not exist; create it first")
    } catch {
      throw FileError(.cannotCreate, path, meaning(of: error.number))
    }
  }
}

extension OutputFile {
  /// Looks, without touching anything, whether `path` could be written: for use before long work.
  ///
  /// - Returns: true for a file, false for a pipe, device or descriptor.
  /// - Throws: `.exists` for an existing file when `overwrite` is false; `.cannotCreate` for a directory, a missing or
  ///   unwritable directory, and whatever else cannot become a file. What appears later is found by `commit`.
  @discardableResult
  public static func check(_ path: String, overwrite: Bool) throws(FileError) -> Bool {
    switch try OutputTarget(resolving: path) {
    case .descriptor: return false
    case .stream:
      guard unsafe faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 else {
        throw FileError(.cannotCreate, path, meaning(of: errno))
      }
      return false
    case .file(let directory, _, let existing):
      if existing != nil, !overwrite { throw exists(path) }
      guard unsafe faccessat(directory.number, ".", W_OK | X_OK, AT_EACCESS) == 0 else {
        throw FileError(.cannotCreate, path, meaning(of: errno))
      }
      return true
    }
  }

  static func exists(_ path: String) -> FileError {
    FileError(.exists, path, "the file exists already; remove it, name another, or allow it to be replaced (--force)")
  }
}
