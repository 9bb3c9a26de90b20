// SPDX-License-Identifier: Apache-2.0
//
// A package outside ours, Tests/UserPackage, that depends on it as a user's does: it is built, run and tested here.
// What is built stays in .build/user-package, so that only the first run takes minutes.

import Glibc
import Testing

@Suite(.serialized, .timeLimit(.minutes(20)), .enabled(if: UserPackage.swiftIsInstalled, "`swift` is not on PATH"))
struct UserPackageTests {
  @Test func theProgramOfTheReadmeRuns() throws {
    let folder = try #require(UserPackage.temporaryFolder())
    defer { _ = UserPackage.shell("rm -rf '\(folder)'") }
    let built = UserPackage.swift("build --product UserProgram")
    try #require(built.code == 0, "\(built.lastLines)")
    let run = UserPackage.swift("run --skip-build UserProgram '\(folder)/m.npy'")
    #expect(run.code == 0, "\(run.lastLines)")
    #expect(run.output.hasSuffix("all values are right\n"), "\(run.lastLines)")
    // One million float64 behind a header of 128 bytes.
    #expect(UserPackage.shell("stat -c %s '\(folder)/m.npy'").output == "8000128\n")
    #expect(UserPackage.shell("ls -A '\(folder)'").output == "m.npy\n")
  }

  @Test func itsTestsUseTheEngine() {
    let run = UserPackage.swift("test")
    #expect(run.code == 0, "\(run.lastLines)")
    #expect(run.output.contains("Test theEngineWorksFromATest() passed"), "\(run.lastLines)")
  }

  /// What makes it a user's package: one dependency, one product, no flags, no module but Weft.
  @Test func itUsesNothingThatAUserWouldNotUse() {
    let manifest = UserPackage.shell("cat '\(UserPackage.path)/Package.swift'").output
    #expect(manifest.contains(".package(name: \"Weft\", path: \"../..\")"))
    for word in ["unsafeFlags", "Settings", "Multiprocessing", "MatrixCore"] { #expect(!manifest.contains(word)) }
    let imports = UserPackage.shell(
      "grep -rhE '^ *(@[a-z_]+ )*import ' '\(UserPackage.path)/Sources' '\(UserPackage.path)/Tests'")
    #expect(Set(imports.output.split(separator: "\n")) == ["import Weft", "import Testing"])
  }
}

enum UserPackage {
  struct Run {
    var output: String
    var code: Int32

    /// Where the compiler says what is wrong.
    var lastLines: String { output.split(separator: "\n").suffix(60).joined(separator: "\n") }
  }

  static let swiftIsInstalled = shell("command -v swift").code == 0

  /// This package's own folder: the true one, even where Tests is reached through a symbolic link.
  private static let root: String = {
    let file = shell("realpath '\(#filePath)'").output.filter { $0 != "\n" }
    return file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
  }()

  static let path = "\(root)/Tests/UserPackage"

  /// A command of SwiftPM in the user's package, for ten minutes at most.
  static func swift(_ arguments: String) -> Run {
    var words = arguments.split(separator: " ", maxSplits: 1)
    words.insert("--package-path '\(path)' --scratch-path '\(root)/.build/user-package'", at: 1)
    return shell("timeout -k 10 600 swift \(words.joined(separator: " ")) 2>&1")
  }

  static func temporaryFolder() -> String? {
    let made = shell("mktemp -d")
    return made.code == 0 ? made.output.filter { $0 != "\n" } : nil
  }

  static func shell(_ command: String) -> Run {
    guard let pipe = unsafe popen(command, "re") else { return Run(output: "popen: errno \(errno)", code: -1) }
    var bytes: [UInt8] = []
    var byte = unsafe fgetc(pipe)
    while byte >= 0 {
      bytes.append(UInt8(byte))
      byte = unsafe fgetc(pipe)
    }
    let status = unsafe pclose(pipe)
    let code = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    return Run(output: String(decoding: bytes, as: UTF8.self), code: code)
  }
}
