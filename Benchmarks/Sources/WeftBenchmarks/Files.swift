// SPDX-License-Identifier: Apache-2.0
//
// Small text files, whole: /proc, and the JSON report.

import Glibc

/// The content of a file whose size need not be known, such as those of /proc.
func readFile(_ path: String) throws(BenchmarkError) -> String {
  let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { throw BenchmarkError(description: "\(path) cannot be read") }
  defer { _ = close(file) }
  var content: [UInt8] = []
  var piece = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = unsafe read(file, &piece, piece.count)
    guard count >= 0 else { throw BenchmarkError(description: "\(path) cannot be read") }
    if count == 0 { return String(decoding: content, as: UTF8.self) }
    content += piece[..<count]
  }
}

func writeFile(_ text: String, to path: String) throws(BenchmarkError) {
  let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
  guard file >= 0 else { throw BenchmarkError(description: "\(path) cannot be written") }
  defer { _ = close(file) }
  let bytes = Array(text.utf8)
  guard unsafe write(file, bytes, bytes.count) == bytes.count else {
    throw BenchmarkError(description: "\(path) cannot be written")
  }
}

/// The number behind `label` in a file of lines `label   number unit`.
func number(after label: String, in text: String) -> Int? {
  for line in text.split(separator: "\n") where line.hasPrefix(label) {
    return line.dropFirst(label.utf8.count).split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
  }
  return nil
}
