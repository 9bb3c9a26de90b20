// SPDX-License-Identifier: Apache-2.0
//
// Package.swift as text: its targets' dependencies against the table and against what is really imported.

/// What Package.swift declares.
struct Manifest {
  struct Target {
    var name: String
    var dependencies: Set<String>
    var line: Int
  }

  let text: String
  let path = "Package.swift"

  /// Comments are dropped here, strings are kept.
  private var code: [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let trimmed = line.drop { $0 == " " }
      return trimmed.hasPrefix("//") ? "" : String(line)
    }
  }

  /// The library and executable targets under Sources/, in their order; those under Tests/ are no rooms.
  var targets: [Target] {
    let code = Array(code.joined(separator: "\n"))
    var found: [Target] = []
    for start in code.indices where code[start] == "." {
      let rest = code[(start + 1)...]
      guard rest.starts(with: "target(") || rest.starts(with: "executableTarget("),
        let body = Manifest.balanced(code, from: start, "(", ")"),
        let name = Manifest.string(after: "name: ", in: body),
        Manifest.string(after: "path: ", in: body)?.hasPrefix("Tests/") != true
      else { continue }
      var dependencies: Set<String> = []
      if let list = Manifest.position(of: "dependencies: ", in: body),
        let names = Manifest.balanced(body, from: list, "[", "]")
      {
        var words = String(names).split(separator: "\"", omittingEmptySubsequences: false)
        // Odd pieces are strings; the package of a product is none of its names.
        words = words.indices.filter { $0 % 2 == 1 && !words[$0 - 1].hasSuffix("package: ") }.map { words[$0] }
        dependencies = Set(words.map(String.init))
      }
      found.append(Target(name: name, dependencies: dependencies, line: code[..<start].count { $0 == "\n" } + 1))
    }
    return found
  }

  /// What stands between the first `opening` from `start` on and the `closing` that belongs to it.
  private static func balanced(
    _ code: [Character], from start: Int, _ opening: Character, _ closing: Character
  ) -> [Character]? {
    guard let first = code[start...].firstIndex(of: opening) else { return nil }
    var depth = 0
    for k in code[first...].indices {
      if code[k] == opening { depth += 1 }
      if code[k] == closing { depth -= 1 }
      if depth == 0 { return Array(code[(first + 1)..<k]) }
    }
    return nil
  }

  private static func position(of text: String, in code: [Character]) -> Int? {
    code.indices.first { code[$0...].starts(with: text) }
  }

  private static func string(after label: String, in code: [Character]) -> String? {
    guard let start = position(of: label + "\"", in: code) else { return nil }
    return String(code[(start + label.count + 1)...].prefix { $0 != "\"" })
  }

  /// Each room's dependencies are those its sources import: no arrow undeclared (SwiftPM lets it pass as long as another
  /// target builds the module first), none without use.
  ///
  /// - Parameter imported: by room, what its sources import.
  func violations(imported: [String: Set<String>]) -> [Violation] {
    let platform = House.systemModules.union(House.foundationModules)
    return targets.flatMap { target -> [Violation] in
      guard let room = House.room(target.name) else {
        return [violation(target.line, "\(target.name) is no room of the house: see the table in README.md")]
      }
      let used = (imported[target.name] ?? []).subtracting(platform)
      return target.dependencies.subtracting(room.mayImport).sorted().map {
        violation(target.line, "\(target.name) may not depend on \($0): see the table in README.md")
      }
        + used.subtracting(target.dependencies).sorted().map {
          violation(target.line, "\(target.name) imports \($0) without declaring it")
        }
        + target.dependencies.subtracting(used).sorted().map {
          violation(target.line, "\(target.name) depends on \($0) and never imports it")
        }
    }
  }

  /// The licence, machine paths, flags that change answers, and where packages come from.
  func textViolations() -> [Violation] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var found: [Violation] = []
    if lines.count < 2 || lines[1] != SourceFile.licenceLine {
      found.append(violation(2, "does not have \(SourceFile.licenceLine) below the tools version"))
    }
    for (index, line) in lines.enumerated() {
      found += SourceFile.machinePaths(in: line).map { violation(index + 1, "\"\($0)\" is a path of one machine") }
      if line.contains("unsafeFlags") {
        found.append(violation(index + 1, "unsafeFlags: a user's package would need them, too"))
      }
      for address in Manifest.pieces(of: line, after: "://") where !address.hasPrefix("github.com/") {
        found.append(
          violation(index + 1, "\"\(address.prefix { $0 != "\"" && $0 != "/" })\": packages come from github.com only"))
      }
      for address in Manifest.pieces(of: line, after: "url: \"") where !address.hasPrefix("https://") {
        found.append(violation(index + 1, "\"\(address.prefix { $0 != "\"" })\": packages come by https only"))
      }
    }
    return found
  }

  /// What follows each `mark` in `line`.
  private static func pieces(of line: String, after mark: String) -> [Substring] {
    line.indices.filter { line[$0...].hasPrefix(mark) }.map { line[$0...].dropFirst(mark.count) }
  }

  private func violation(_ line: Int, _ sentence: String) -> Violation {
    Violation(path: path, line: line, sentence: sentence)
  }
}
