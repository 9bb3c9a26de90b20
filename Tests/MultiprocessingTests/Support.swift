// SPDX-License-Identifier: Apache-2.0
// What these tests need of the machine: files, folders, shell commands, the state of a process. No Foundation.

import Glibc
import Multiprocessing
import Testing

/// The text of a file; nil when it cannot be read.
func text(ofFile path: String) -> String? {
  guard let file = unsafe fopen(path, "re") else { return nil }
  defer { unsafe fclose(file) }
  return unsafe text(of: file)
}

private func text(of file: UnsafeMutablePointer<FILE>) -> String {
  var bytes: [UInt8] = []
  var byte = unsafe fgetc(file)
  while byte >= 0 {
    bytes.append(UInt8(byte))
    byte = unsafe fgetc(file)
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// Runs a shell command; its standard output and exit code.
func shell(_ command: String) -> (output: String, code: Int32) {
  guard let pipe = unsafe popen(command, "re") else { return ("", -1) }
  let output = unsafe text(of: pipe)
  let status = unsafe pclose(pipe)
  return (output, status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F)
}

/// The path of the running test program.
var ownPath: String { shell("readlink /proc/\(getpid())/exe").output.filter { $0 != "\n" } }

/// "R", "S", "Z"…; nil when the process is gone. Zombies are gone for all that matters: in some containers nobody reaps
/// orphans, and `kill(pid, 0)` calls them alive for ever.
func state(of pid: pid_t) -> String? {
  guard let stat = text(ofFile: "/proc/\(pid)/stat"), let end = stat.lastIndex(of: ")") else { return nil }
  return stat[end...].split(separator: " ").dropFirst().first.map(String.init)
}

func isRunning(_ pid: pid_t) -> Bool {
  guard let state = state(of: pid) else { return false }
  return state != "Z" && state != "X"
}

/// Waits until `condition` holds; false when it does not within `seconds`.
func eventually(within seconds: Double, _ condition: () -> Bool) -> Bool {
  let deadline = Deadline.in(seconds: seconds)
  while !condition() {
    if deadline.hasPassed { return false }
    _ = try? waitForAny(descriptors: [], deadline: .in(seconds: 0.005))
  }
  return true
}

/// What each descriptor of a process leads to.
func descriptors(of pid: pid_t) -> [Int: String] {
  var result: [Int: String] = [:]
  guard let folder = unsafe opendir("/proc/\(pid)/fd") else { return [:] }
  defer { unsafe closedir(folder) }
  while let entry = unsafe readdir(folder) {
    let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
      unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
    }
    guard let number = Int(name) else { continue }
    var target = [CChar](repeating: 0, count: 256)
    let count = unsafe readlink("/proc/\(pid)/fd/\(name)", &target, 255)
    // The descriptor of this very listing is closed again by the time it is looked at by others.
    guard count > 0 else { continue }
    let path = String(decoding: target.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    if !path.hasPrefix("/proc/\(pid)/fd") { result[number] = path }
  }
  return result
}

/// A folder that is removed with everything in it when its owner goes.
final class TemporaryFolder {
  let path: String

  init() {
    var template = Array("/tmp/weft-tests-XXXXXX".utf8CString)
    path = unsafe String(cString: mkdtemp(&template))
  }

  /// Writes files, given by their path inside the folder.
  func write(_ files: [String: String]) {
    for (name, text) in files {
      let folder = name.split(separator: "/").dropLast().joined(separator: "/")
      _ = shell("mkdir -p '\(path)/\(folder)'")
      guard let file = unsafe fopen("\(path)/\(name)", "we") else { continue }
      _ = unsafe fputs(text, file)
      unsafe fclose(file)
    }
  }

  deinit { _ = shell("rm -rf '\(path)'") }
}

/// Records an issue unless `body` throws a SystemError, which is then looked at.
func expectError(
  _ body: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation, satisfies check: (SystemError) -> Void
) {
  do {
    try body()
    Issue.record("no error", sourceLocation: sourceLocation)
  } catch let error as SystemError {
    check(error)
  } catch {
    Issue.record("\(error)", sourceLocation: sourceLocation)
  }
}

/// The bytes of the next message; nil when the peer is gone.
func receivedBytes(_ channel: borrowing Channel, within seconds: Double = 10) throws -> [UInt8]? {
  guard let message = try channel.receive(deadline: .in(seconds: seconds)) else { return nil }
  return message.bytes
}

/// The next message; an error when the peer is gone.
func nextMessage(_ channel: borrowing Channel) throws -> Message {
  guard let message = try channel.receive(deadline: .in(seconds: 10)) else {
    throw SystemError(code: .disconnected, message: "No message came.")
  }
  return message
}

/// Two connected sockets, of the kind that channels are made of.
func socketPair() throws -> (Int32, Int32) {
  var ends: [Int32] = [0, 0]
  let made = unsafe socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends)
  try #require(made == 0)
  return (ends[0], ends[1])
}

/// The channel that owns a socket.
func channel(_ number: Int32) -> Channel { Channel(owning: Descriptor(owning: number), awaitsHello: false) }
