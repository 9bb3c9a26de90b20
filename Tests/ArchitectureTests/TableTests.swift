// SPDX-License-Identifier: Apache-2.0
//
// The readers of Package.swift and of README.md's table, fed right and wrong ones.

import Testing

@Suite struct TableTests {
  private let manifest = """
    // swift-tools-version: 6.2
    // SPDX-License-Identifier: Apache-2.0
    let package = Package(
      products: [.library(name: "Weft", targets: ["Weft"])],
      dependencies: [.package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")],
      targets: [
        // .target(name: "Ghost", dependencies: ["Weft"]),
        .target(name: "Formula", swiftSettings: swift),
        .target(name: "Evaluation", dependencies: ["Formula", "MatrixCore", "CKernels"], swiftSettings: swift),
        .target(
          name: "WeftCommands",
          dependencies: ["Weft", "Multiprocessing", .product(name: "ArgumentParser", package: "swift-argument-parser")]),
        .executableTarget(name: "weft", dependencies: ["WeftCommands"]),
        .testTarget(name: "WeftTests", dependencies: ["Weft", "CKernels"]),
        .target(name: "Conformance", dependencies: ["Weft"], path: "Tests/Conformance"),
      ])
    """
  private let imported: [String: Set<String>] = [
    "Formula": ["Glibc"], "Evaluation": ["Formula", "MatrixCore", "CKernels", "Glibc"],
    "WeftCommands": ["Weft", "Multiprocessing", "ArgumentParser", "Glibc"], "weft": ["WeftCommands"],
  ]

  @Test func targetsAreRead() {
    let targets = Manifest(text: manifest).targets
    #expect(targets.map(\.name) == ["Formula", "Evaluation", "WeftCommands", "weft"])
    #expect(targets.map(\.line) == [8, 9, 10, 13])
    #expect(
      targets.map(\.dependencies) == [
        [], ["Formula", "MatrixCore", "CKernels"], ["Weft", "Multiprocessing", "ArgumentParser"], ["WeftCommands"],
      ])
    #expect(Manifest(text: manifest).violations(imported: imported) == [])
    #expect(Manifest(text: manifest).textViolations() == [])
  }

  @Test func arrowsOfThePackageAreChecked() {
    func found(_ text: String, _ imported: [String: Set<String>]) -> [String] {
      Manifest(text: text).violations(imported: imported).map(\.description)
    }
    #expect(
      found(".target(name: \"Formula\", dependencies: [\"Weft\"])", ["Formula": ["Weft"]]) == [
        "Package.swift:1: Formula may not depend on Weft: see the table in README.md"
      ])
    #expect(
      found("\n.target(name: \"MatrixFiles\")", ["MatrixFiles": ["MatrixCore"]]) == [
        "Package.swift:2: MatrixFiles imports MatrixCore without declaring it"
      ])
    #expect(
      found(".target(name: \"MatrixFiles\", dependencies: [\"MatrixCore\"])", [:]) == [
        "Package.swift:1: MatrixFiles depends on MatrixCore and never imports it"
      ])
    #expect(found(".target(name: \"Kitchen\")", [:]).count == 1)
  }

  @Test(arguments: [
    ("url: \"https://github.com/apple/x\"", "url: \"https://example.org/x\"", "example.org"),
    ("url: \"https://github.com/apple/x\"", "url: \"https://github.com.example.org/x\"", "github.com.example.org"),
    ("url: \"https://github.com/apple/x\"", "url: \"git@github.com:apple/x\"", "https"),
    ("", ".unsafeFlags([\"-Ounchecked\"])", "unsafeFlags"),
    ("", "path: \"/home/me/x\"", "one machine"), ("", "path: \"/work/x\"", "one machine"),
    ("", "path: \"/root/x\"", "one machine"),
  ])
  func placesAndFlagsOfThePackageAreChecked(right: String, wrong: String, word: String) {
    let head = "// swift-tools-version: 6.2\n// SPDX-License-Identifier: Apache-2.0\n"
    #expect(Manifest(text: head + right).textViolations() == [])
    let found = Manifest(text: head + wrong).textViolations()
    #expect(found.count == 1 && found[0].line == 3 && found[0].sentence.contains(word), "\(found)")
  }

  @Test func theLicenceOfThePackageIsItsSecondLine() {
    #expect(
      Manifest(text: "// swift-tools-version: 6.2\nimport PackageDescription\n").textViolations().map(\.line) == [2])
  }

  private var table: String {
    """
    # Weft

    | folder | size |
    |---|---|
    | data | 1 |

    | folder under Sources/ | what lives there | may import | must never know |
    |---|---|---|---|
    | `CPOSIX` (C) | calls for Formula | — | matrices |
    | `CKernels` (C) | kernels | SLEEF | malloc |
    | `COpenBLAS` (C) | prototypes | — | Swift |
    | `CImageLibraries` (C) | prototypes | — | Swift |
    | `CFileLibraries` (C) | zlib | — | matrices |
    | `CTextKernels` (C) | digits | — | |
    | `CMPI` (C) | ranks | MPI | |
    | `Multiprocessing` | Pool | CPOSIX | Matrix |
    | `MatrixCore` | `Shape` | Multiprocessing (shared memory only; never CPOSIX) | files |
    | `Formula` | parser | — | |
    | `Evaluation` | blocks | Formula, MatrixCore; **only importer of CKernels** | |
    | `MatrixFiles` | formats | MatrixCore, CFileLibraries, CTextKernels | |
    | `Pictures` | PNG | MatrixCore, MatrixFiles; **only importer of CImageLibraries** | |
    | `LinearAlgebra` | LU | MatrixCore; **only importer of COpenBLAS** | |
    | `Weft` | the engine | all above | |
    | `WeftCommands` | options | `Weft`, `Pictures`, `Multiprocessing`, ArgumentParser | |
    | `WeftMPI` | ranks | Weft, CMPI | |
    | `weft` | `main.swift` | WeftCommands | |
    | `weft-mpi` | `main.swift` | WeftCommands, WeftMPI | |
    | `Examples` | programs | Multiprocessing, Weft, Pictures | |
    """
  }

  /// The architecture's own table.
  private func row(_ name: String, of rows: [ReadmeTable.Row]) -> Set<String>? {
    rows.first { $0.name == name }?.mayImport
  }

  @Test func theTableIsRead() {
    let rows = ReadmeTable(table).rows
    #expect(rows.map(\.name) == House.rooms.map(\.name))
    #expect(row("CPOSIX", of: rows) == [])
    #expect(row("CKernels", of: rows) == ["SLEEF"])
    #expect(row("MatrixCore", of: rows) == ["Multiprocessing"])
    #expect(row("Evaluation", of: rows) == ["Formula", "MatrixCore", "CKernels"])
    #expect(
      row("Weft", of: rows) == [
        "Multiprocessing", "MatrixCore", "Formula", "Evaluation", "MatrixFiles", "Pictures", "LinearAlgebra",
      ])
    #expect(row("WeftCommands", of: rows) == ["Weft", "Pictures", "Multiprocessing", "ArgumentParser"])
    #expect(ReadmeTable("no table").rows.isEmpty)
  }

  @Test func differencesAreNamed() {
    func differences(_ old: String, _ new: String) -> [String] {
      let parts = table.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
      return ReadmeTable(parts.joined(separator: new)).differences
    }
    #expect(
      differences("| parser | — |", "| parser | MatrixCore |").contains(
        "README.md:18: Formula may import MatrixCore, says the table there and not House.rooms"))
    #expect(
      differences(
        "| formats | MatrixCore, CFileLibraries, CTextKernels |", "| formats | CFileLibraries, CTextKernels |"
      ).contains(
        "README.md:20: MatrixFiles may import MatrixCore, says House.rooms and not the table there"))
    #expect(
      differences("| `weft` | `main.swift` | WeftCommands | |\n", "| `kitchen` | | | |\n").suffix(2) == [
        "README.md: no row for weft", "README.md:26: kitchen is no room of House.rooms",
      ])
  }
}
