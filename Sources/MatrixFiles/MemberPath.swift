// SPDX-License-Identifier: Apache-2.0
// `archive.npz:b`: a path that goes on into a file that holds several matrices.

import Glibc

/// A path and what it names behind the file.
struct MemberPath {
  /// What is opened.
  let file: String
  /// A matrix in it; nil: the only one.
  let member: String?

  /// A file of that whole name comes first; else the shortest beginning before a colon that is a file.
  ///
  /// - Parameter member: named by the caller; the path is then taken whole.
  init(_ path: String, member: String?) {
    self.member = member ?? Self.split(path)?.member
    file = member == nil ? Self.split(path)?.file ?? path : path
  }

  private static func split(_ path: String) -> (file: String, member: String)? {
    guard path.utf8.contains(UInt8(ascii: ":")), !path.utf8.contains(0), !isThere(path) else { return nil }
    for colon in path.utf8.indices where path.utf8[colon] == UInt8(ascii: ":") {
      let file = String(path[..<colon])
      let member = String(path[path.utf8.index(after: colon)...])
      if !file.isEmpty, !member.isEmpty, isThere(file) { return (file, member) }
    }
    return nil
  }

  private static func isThere(_ path: String) -> Bool {
    (try? FileStatus(at: path, followingLink: true))?.kind == .regular
  }

  /// One of the matrices that a file holds.
  ///
  /// - Throws: `.outOfRange`, with the names there are.
  static func choose(
    _ member: String?, of names: [String], in path: String, what: String
  ) throws(FileError) -> Int {
    if let member {
      if let index = names.firstIndex(of: member) { return index }
      throw FileError(.outOfRange, path, "it holds no \(excerpt(member.utf8)); it holds \(list(names, what))")
    }
    guard names.count == 1 else {
      let remedy = names.isEmpty ? "" : "; name one of them behind a colon, as in \(printable(path)):NAME"
      throw FileError(.outOfRange, path, "it holds \(list(names, what))\(remedy)")
    }
    return 0
  }

  private static func list(_ names: [String], _ what: String) -> String {
    guard !names.isEmpty else { return "no \(what) that can be read" }
    let shown = names.prefix(20).map { excerpt($0.utf8) }.joined(separator: ", ")
    if names.count == 1 { return "the \(what.dropLast()) \(shown) only" }
    return "\(names.count) \(what): \(shown)\(names.count > 20 ? ", …" : "")"
  }
}
