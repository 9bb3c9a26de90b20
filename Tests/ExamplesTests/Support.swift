// SPDX-License-Identifier: Apache-2.0
//
// Runs the built program `examples`, which lies beside the test bundle. No Foundation.

import Glibc
import Testing

/// The folder of the running test program: SwiftPM puts the package's executables there, too.
let productsFolder: String = {
  var target = [CChar](repeating: 0, count: 4096)
  let count = unsafe readlink("/proc/self/exe", &target, target.count)
  let path = String(decoding: target.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  return path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
}()

struct ProgramRun {
  var lines: [String]
  var code: Int32
}

/// Runs `examples`, for a minute at most. The lines are of both its outputs, unless `redirection` says otherwise.
func runExamples(_ arguments: String, redirection: String = "2>&1") throws -> ProgramRun {
  let program = "\(productsFolder)/examples"
  let isThere = unsafe access(program, X_OK) == 0
  try #require(isThere, "\(program) is missing: swift build --product examples")
  return shell("exec timeout -k 5 60 '\(program)' \(arguments) \(redirection)")
}

/// Runs a shell command; its standard output's lines.
func shell(_ command: String) -> ProgramRun {
  guard let pipe = unsafe popen(command, "re") else { return ProgramRun(lines: [], code: -1) }
  var bytes: [UInt8] = []
  var byte = unsafe fgetc(pipe)
  while byte >= 0 {
    bytes.append(UInt8(byte))
    byte = unsafe fgetc(pipe)
  }
  let status = unsafe pclose(pipe)
  let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
  return ProgramRun(
    lines: lines.dropLast().map(String.init),
    code: status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F)
}

/// The numbers of a printed matrix's corner: its first rows and columns.
func corner(_ lines: ArraySlice<String>) -> [[Double]] {
  lines.map { line in line.split(separator: " ").compactMap { Double($0) } }
}
