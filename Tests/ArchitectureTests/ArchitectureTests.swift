// SPDX-License-Identifier: Apache-2.0
//
// The repository held against the rules. Each violation is an issue of its own, with file and line.

import Testing

@Suite(.timeLimit(.minutes(20)))
struct ArchitectureTests {
  static let paths = Repository.files(below: "Sources")
  static let files = paths.map { SourceFile(path: $0, text: Repository.text(of: $0) ?? "") }

  private func report(_ violations: [Violation]) {
    for violation in violations { Issue.record("\(violation)") }
  }

  @Test func everySourceKeepsTheRules() {
    #expect(Self.files.count > 100)
    let siblings = Set(Self.paths)
    for file in Self.files { report(file.violations(siblings: siblings)) }
  }

  @Test func everyRoomIsInTheTable() {
    #expect(Set(Repository.folders(in: "Sources")) == Set(House.rooms.map(\.name)))
  }

  /// Arrows point down: a room imports rooms of rows above it only, so there is no circle.
  @Test func noArrowRunsBack() {
    for (index, room) in House.rooms.enumerated() {
      let above = Set(House.rooms[..<index].map(\.name)).union(House.packages)
      #expect(room.mayImport.isSubset(of: above), "\(room.name)")
    }
  }

  @Test func thePackageDeclaresTheArrowsThatAreUsed() throws {
    let manifest = Manifest(text: try #require(Repository.text(of: "Package.swift")))
    let swiftFiles = Self.files.filter { $0.pathExtension == "swift" }
    let imported = Dictionary(grouping: swiftFiles) { String($0.roomName) }.mapValues { files in
      Set(files.flatMap { $0.imports.map(\.module) })
    }
    #expect(Set(manifest.targets.map(\.name)) == Set(House.rooms.map(\.name)))
    report(manifest.violations(imported: imported) + manifest.textViolations())
  }

  @Test func theReadmeShowsTheSameTable() {
    // Before there is a README, the table of this test is the only one.
    guard let readme = Repository.text(of: "README.md") else { return print("note: there is no README.md yet") }
    let table = ReadmeTable(readme)
    #expect(!table.rows.isEmpty, "README.md has no table \"| folder | what lives there | may import |\"")
    for difference in table.differences where !table.rows.isEmpty { Issue.record("\(difference)") }
  }

  /// An exemption that nobody uses any more would let the next one in unseen.
  @Test func everyExemptionIsUsed() {
    for exemption in House.exemptions {
      let uses = Self.files.first { $0.path == exemption.path }?.exemptionLines(exemption.words) ?? []
      #expect(!uses.isEmpty, "\(exemption.path) needs no \(exemption.words) any more: take it off the list")
    }
  }

  /// Tests are sources, too, where it matters to whoever gets a copy.
  @Test func testsAndBenchmarksHaveTheirLicence() {
    for path in ["Tests", "Benchmarks"].map({ Repository.files(below: $0, skipping: ".build") }).joined() {
      let file = SourceFile(path: path, text: Repository.text(of: path) ?? "")
      let isManifest = path.hasSuffix("/Package.swift")
      guard file.isC || file.pathExtension == "swift", !isManifest else { continue }
      report(file.licenceViolations() + file.lengthViolations())
    }
  }

  /// No rule, but a question: could this be two files?
  @Test func longFilesAreNamed() {
    for file in Self.files where file.lineCount > SourceFile.lineNote {
      print("note: \(file.path) has \(file.lineCount) lines")
    }
  }
}
