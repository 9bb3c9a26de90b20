// SPDX-License-Identifier: Apache-2.0
//
// Files and folders for the tests, by plain system calls.

import Glibc

enum Files {
  /// The content; nil when it cannot be read.
  static func bytes(_ path: String) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return bytes(ofDescriptor: descriptor)
  }

  /// From the start of the file, wherever its position is.
  static func bytes(ofDescriptor descriptor: Int32) -> [UInt8] {
    var result: [UInt8] = []
    var status = stat()
    unsafe fstat(descriptor, &status)
    // /proc's files say 0: they come in pieces.
    let piece = max(Int(status.st_size) + 1, 16_384)
    while true {
      let part = unsafe [UInt8](unsafeUninitializedCapacity: piece) { buffer, count in
        unsafe count = max(0, pread(descriptor, buffer.baseAddress, piece, off_t(result.count)))
      }
      if part.isEmpty { return result }
      if result.isEmpty { result = part } else { result += part }
    }
  }

  /// The double that stands at this place in a file.
  static func double(_ path: String, at offset: Int) -> Double? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var value = 0.0
    return unsafe pread(descriptor, &value, 8, off_t(offset)) == 8 ? value : nil
  }

  static func text(_ path: String) -> String? { bytes(path).map { String(decoding: $0, as: UTF8.self) } }

  static func write(_ bytes: [UInt8], to path: String) {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    precondition(descriptor >= 0, "cannot open \(path): errno \(errno)")
    var offset = 0
    while offset < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress! + offset, $0.count - offset)
      }
      precondition(count > 0, "cannot write \(path): errno \(errno)")
      offset += count
    }
    close(descriptor)
  }

  static func write(_ text: String, to path: String) { write(Array(text.utf8), to: path) }

  static func exists(_ path: String) -> Bool {
    var status = stat()
    return unsafe lstat(path, &status) == 0
  }

  static func byteCount(_ path: String) -> Int? {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? Int(status.st_size) : nil
  }

  /// Of the file system that this is on.
  static func freeByteCount(_ path: String) -> Int {
    var status = statvfs()
    return unsafe statvfs(path, &status) == 0 ? Int(status.f_bavail) * Int(status.f_frsize) : 0
  }

  static func mode(_ path: String) -> mode_t? {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
  }

  static func owner(_ path: String) -> uid_t? {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? status.st_uid : nil
  }

  static func isSymbolicLink(_ path: String) -> Bool {
    var status = stat()
    return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  /// Names in a folder, without "." and "..".
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

  /// Where a link leads.
  static func link(_ path: String) -> String? {
    var target = [CChar](repeating: 0, count: 4096)
    let count = unsafe readlink(path, &target, target.count)
    return count < 0 ? nil : String(decoding: target.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// With everything in it.
  static func remove(_ path: String) {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return }
    if status.st_mode & S_IFMT == S_IFDIR {
      unsafe chmod(path, 0o700)
      for name in names(in: path) { remove("\(path)/\(name)") }
      unsafe rmdir(path)
    } else {
      unsafe unlink(path)
    }
  }
}

/// A folder that goes with everything in it.
final class ScratchFolder {
  let path: String

  init() {
    var template = Array("/tmp/weft-end-to-end-XXXXXX".utf8CString)
    path = unsafe String(cString: mkdtemp(&template))
  }

  subscript(name: String) -> String { "\(path)/\(name)" }

  var names: [String] { Files.names(in: path).sorted() }

  func bytes(_ name: String) -> [UInt8]? { Files.bytes(self[name]) }
  func text(_ name: String) -> String? { Files.text(self[name]) }
  func write(_ text: String, to name: String) { Files.write(text, to: self[name]) }
  func write(_ bytes: [UInt8], to name: String) { Files.write(bytes, to: self[name]) }
  func remove(_ name: String) { Files.remove(self[name]) }

  deinit { Files.remove(path) }
}
