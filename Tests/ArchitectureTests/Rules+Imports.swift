// SPDX-License-Identifier: Apache-2.0
//
// The arrows between rooms: `import` in Swift, `#include` in C.

extension SourceFile {
  /// Imported modules with their lines: `@_exported public import struct Module.Name` imports `Module`.
  var imports: [(module: String, line: Int)] {
    let words = source.words
    return words.indices.compactMap { k -> (module: String, line: Int)? in
      // `import` is a keyword; only as an argument label or behind a point it is something else.
      guard words[k].text == "import", k + 1 < words.count, words[k + 1].line == words[k].line,
        words[k + 1].text != ":", k == 0 || words[k - 1].text != "."
      else { return nil }
      let kinds = ["struct", "class", "enum", "protocol", "func", "let", "var", "typealias", "actor"]
      let isOneName = kinds.contains(words[k + 1].text) && k + 2 < words.count
      return (words[k + (isOneName ? 2 : 1)].text, words[k].line)
    }
  }

  func importViolations() -> [Violation] {
    guard let room = House.room(roomName) else {
      return [violation(1, "\(roomName) is no room of the house: see the table in README.md")]
    }
    return imports.compactMap { module, line in
      if House.systemModules.contains(module) { return nil }
      if House.foundationModules.contains(module) {
        return violation(line, "imports \(module): Foundation and Dispatch stay out of Weft")
      }
      if let only = House.soleImporter[module], only != room.name {
        return violation(line, "imports \(module): only \(only) may")
      }
      return room.mayImport.contains(module)
        ? nil : violation(line, "\(room.name) may not import \(module): see the table in README.md")
    }
  }

  /// A header is the system's, the room's own, or one of a library that the table allows.
  func includeViolations(siblings: Set<String>) -> [Violation] {
    guard let room = House.room(roomName) else {
      return [violation(1, "\(roomName) is no room of the house: see the table in README.md")]
    }
    return source.lines.enumerated().compactMap { index, line in
      guard let header = SourceFile.includedHeader(line) else { return nil }
      if let library = House.libraryHeaders.first(where: { header.name.hasPrefix($0.prefix) })?.library,
        header.isSystem, !room.mayInclude.contains(library)
      {
        return violation(index + 1, "\(room.name) may not include \(header.name), a header of \(library)")
      }
      if header.isSystem {
        let other = House.rooms.first { header.name == "\($0.name).h" && $0.name != room.name }
        return other.map { violation(index + 1, "\(room.name) may not include \($0.name)") }
      }
      let folder = path.split(separator: "/").dropLast().joined(separator: "/")
      let isOwn = [folder, "Sources/\(room.name)/include", "Sources/\(room.name)"].contains {
        siblings.contains("\($0)/\(header.name)")
      }
      return isOwn ? nil : violation(index + 1, "\"\(header.name)\" is no file of \(room.name)")
    }
  }

  private static func includedHeader(_ line: String) -> (name: String, isSystem: Bool)? {
    let text = line.drop { $0 == " " || $0 == "\t" }
    guard text.first == "#" else { return nil }
    let directive = text.dropFirst().drop { $0 == " " }
    guard directive.hasPrefix("include") || directive.hasPrefix("import") else { return nil }
    let name = directive.drop { $0 != "\"" && $0 != "<" }
    guard let opening = name.first else { return nil }
    return (String(name.dropFirst().prefix { $0 != "\"" && $0 != ">" }), opening == "<")
  }
}
