// SPDX-License-Identifier: Apache-2.0
//
// The files of this repository. No Foundation.

import Glibc

enum Repository {
  /// Its folder: the true one, even where Tests is reached through a symbolic link.
  static let root: String = {
    guard let path = unsafe realpath(#filePath, nil) else { return "." }
    defer { unsafe free(path) }
    let parts = unsafe String(cString: path).split(separator: "/", omittingEmptySubsequences: false)
    return parts.dropLast(3).joined(separator: "/")
  }()

  /// nil where it cannot be read.
  static func text(of path: String) -> String? {
    guard let file = unsafe fopen("\(root)/\(path)", "re") else { return nil }
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = unsafe fread(&piece, 1, piece.count, file)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += piece.prefix(count)
    }
  }

  /// Paths of all files below a folder, sorted. Folders named `skipped` are left out.
  static func files(below folder: String, skipping skipped: String? = nil) -> [String] {
    entries(of: folder).flatMap { entry -> [String] in
      guard entry.name != skipped else { return [] }
      let path = "\(folder)/\(entry.name)"
      return entry.isFolder ? files(below: path, skipping: skipped) : [path]
    }.sorted()
  }

  static func folders(in folder: String) -> [String] { entries(of: folder).filter(\.isFolder).map(\.name).sorted() }

  private static func entries(of folder: String) -> [(name: String, isFolder: Bool)] {
    guard let directory = unsafe opendir("\(root)/\(folder)") else { return [] }
    defer { unsafe closedir(directory) }
    var found: [(name: String, isFolder: Bool)] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      var status = stat()
      guard name != ".", name != "..", unsafe lstat("\(root)/\(folder)/\(name)", &status) == 0 else { continue }
      found.append((name, status.st_mode & S_IFMT == S_IFDIR))
    }
    return found
  }
}
