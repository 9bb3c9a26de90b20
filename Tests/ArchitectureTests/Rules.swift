// SPDX-License-Identifier: Apache-2.0
//
// The rules for a single file under Sources/. Pure functions of path and text, so that the tests can feed them mistakes.

/// A broken rule and its place.
struct Violation: Equatable, CustomStringConvertible {
  var path: String
  var line: Int
  var sentence: String

  var description: String { "\(path):\(line): \(sentence)" }
}

/// A file of the repository; `path` counts from its root.
struct SourceFile {
  let path: String
  let source: SourceText

  init(path: String, text: String) {
    self.path = path
    source = SourceText(text, isSwift: path.hasSuffix(".swift"))
  }

  var pathExtension: Substring {
    let name = path.split(separator: "/").last ?? ""
    return name.contains(".") ? name.split(separator: ".").last ?? "" : ""
  }

  /// The folder under Sources/.
  var roomName: Substring { path.split(separator: "/").dropFirst().first ?? "" }
  var isC: Bool { ["c", "h", "inc"].contains(pathExtension) }

  func violation(_ line: Int, _ sentence: String) -> Violation { Violation(path: path, line: line, sentence: sentence) }
}

extension SourceFile {
  static let lineLimit = 600
  /// Longer files are printed, and questioned.
  static let lineNote = 400
  static let licenceLine = "// SPDX-License-Identifier: Apache-2.0"

  /// Everything that one file alone can do wrong. `siblings`: all paths under Sources/.
  func violations(siblings: Set<String>) -> [Violation] {
    guard ["swift", "c", "h", "inc", "S", "modulemap", "md"].contains(pathExtension) || path.contains(".docc/") else {
      return [violation(1, "is no source: generated and built files stay out of Sources/")]
    }
    guard pathExtension != "md", !path.contains(".docc/") else { return textViolations() }
    return licenceViolations() + textViolations() + lengthViolations() + bannedWords() + foreignKnowledge()
      + (isC ? includeViolations(siblings: siblings) : importViolations())
  }

  func licenceViolations() -> [Violation] {
    source.lines.first == SourceFile.licenceLine ? [] : [violation(1, "does not begin with \(SourceFile.licenceLine)")]
  }

  func lengthViolations() -> [Violation] {
    lineCount > SourceFile.lineLimit
      ? [violation(SourceFile.lineLimit + 1, "has \(lineCount) lines; \(SourceFile.lineLimit) are the limit")] : []
  }

  var lineCount: Int { source.lines.count - (source.lines.last == "" ? 1 : 0) }

  // MARK: Any text

  /// Unfinished work and paths of somebody's machine, comments included.
  func textViolations() -> [Violation] {
    source.lines.enumerated().flatMap { index, line in
      SourceFile.unfinished(in: line).map { violation(index + 1, "\"\($0)\": finish it, or open an issue") }
        + SourceFile.machinePaths(in: line).map { violation(index + 1, "\"\($0)\" is a path of one machine") }
    }
  }

  static func unfinished(in line: String) -> [String] {
    let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
    let marks = words.filter { word in
      ["TODO", "FIXME", "XXX", "HACK"].contains(word)
        || ["stub", "stubs", "stubbed", "unimplemented"].contains(word.lowercased())
    }
    let phrases = ["not implemented", "not yet implemented"].filter { line.lowercased().contains($0) }
    return marks.map(String.init) + phrases
  }

  static func machinePaths(in line: String) -> [String] {
    ["/work/", "/root/", "/home/"].filter { line.contains($0) }
  }

  // MARK: Code

  /// Calls and keywords that no source may use.
  static let banned: [(words: [String], sentence: String)] = [
    (["fork", "("], "forks: threads and the Swift runtime do not survive it; posix_spawn only"),
    (["vfork", "("], "forks: posix_spawn only"),
    (["_Fork", "("], "forks: posix_spawn only"),
    (["forkpty", "("], "forks: posix_spawn only"),
    (["clone", "("], "forks: posix_spawn only"),
    (["clone3", "("], "forks: posix_spawn only"),
    (["SYS_fork"], "forks: posix_spawn only"),
    (["SYS_vfork"], "forks: posix_spawn only"),
    (["SYS_clone"], "forks: posix_spawn only"),
    (["SYS_clone3"], "forks: posix_spawn only"),
    (["popen", "("], "starts a shell: posix_spawn only"),
    (["try", "~!"], "try!: throw, or say with a precondition why it cannot fail"),
    (["fatalError", "("], "fatalError: the world's faults are thrown, a caller's bug is a precondition"),
  ]

  func bannedWords() -> [Violation] {
    let calls = SourceFile.banned.flatMap { rule in
      source.lines(of: rule.words).map { violation($0, rule.sentence) }
    }
    let exempted = House.exemptions.filter { $0.path == path }.map(\.words)
    // Each exemption is for one use.
    let uses = [House.unchecked, House.isolationOff].flatMap { words in
      exemptionLines(words).dropFirst(exempted.count { $0 == words }).map {
        violation($0, "\(words) is not in the list of exemptions (ArchitectureTests/Rooms.swift)")
      }
    }
    return calls + uses
  }

  func exemptionLines(_ words: String) -> [Int] {
    source.lines(
      of: words == House.unchecked ? ["@", "unchecked"] : ["nonisolated", "(", "unsafe", ")"])
  }

  /// Names of what this room must never know.
  func foreignKnowledge() -> [Violation] {
    guard let room = House.room(roomName) else { return [] }
    return source.words.flatMap { word in
      room.neverKnows.filter { word.text.contains($0) }.map {
        violation(word.line, "\"\(word.text)\": \(room.name) must know nothing of \($0)")
      }
    }
  }
}
