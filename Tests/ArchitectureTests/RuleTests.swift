// SPDX-License-Identifier: Apache-2.0
//
// The checker checked: each mistake, fed as text, is found at its line; and what only looks like one is not.

import Testing

@Suite struct RuleTests {
  private let licence = "// SPDX-License-Identifier: Apache-2.0\n"

  /// `line: sentence` for each violation of a file that begins with the licence; its text starts at line 2.
  private func found(_ text: String, in path: String = "Sources/Weft/File.swift", siblings: Set<String> = [])
    -> [String]
  {
    SourceFile(path: path, text: licence + text).violations(siblings: siblings).map { "\($0.line): \($0.sentence)" }
  }

  @Test func aCleanFileIsClean() {
    let text = """
      //
      // Why a fork() is no way out: see `try!` and fatalError(…).
      @_exported import Formula
      public import struct MatrixCore.Shape
      import Glibc
      let text = "fork() \\(entry(of: "x")) try! import Foundation"
      let long = \"""
        import CPOSIX, "quoted", vfork()
        \"""
      let raw = #"fatalError( "quoted" \\(no)"#
      /* fork( /* nested */ fork( */
      let forked = try !isThere() && module.import(x) && !spoon.fork
      """
    #expect(found(text) == [])
  }

  @Test(arguments: [
    ("import CKernels", "Weft", "imports CKernels: only Evaluation may"),
    ("import COpenBLAS", "MatrixCore", "imports COpenBLAS: only LinearAlgebra may"),
    ("internal import CPOSIX", "Weft", "imports CPOSIX: only Multiprocessing may"),
    ("@testable import Weft", "Formula", "Formula may not import Weft: see the table in README.md"),
    ("import struct MatrixCore.Shape", "Formula", "Formula may not import MatrixCore: see the table in README.md"),
    (
      "@preconcurrency public import ArgumentParser", "Weft",
      "Weft may not import ArgumentParser: see the table in README.md"
    ),
    ("import Foundation", "Weft", "imports Foundation: Foundation and Dispatch stay out of Weft"),
    (
      "import func Dispatch.dispatchMain", "Multiprocessing",
      "imports Dispatch: Foundation and Dispatch stay out of Weft"
    ),
    (
      "import FoundationEssentials", "Examples",
      "imports FoundationEssentials: Foundation and Dispatch stay out of Weft"
    ),
    ("import Foundation", "WeftCommands", "imports Foundation: Foundation and Dispatch stay out of Weft"),
    ("import Numerics", "Evaluation", "Evaluation may not import Numerics: see the table in README.md"),
    ("import Formula", "Kitchen", "Kitchen is no room of the house: see the table in README.md"),
  ])
  func importsAreHeldAgainstTheTable(line: String, room: String, sentence: String) {
    let violations = found("//\n\(line)\n", in: "Sources/\(room)/File.swift")
    #expect(violations.contains("3: \(sentence)") || violations == ["1: \(sentence)"], "\(violations)")
  }

  @Test(arguments: [
    ("#include <sleef.h>", "CPOSIX", "CPOSIX may not include sleef.h, a header of SLEEF"),
    ("# include <cblas.h>", "CKernels", "CKernels may not include cblas.h, a header of OpenBLAS"),
    ("#include <mpi.h>", "CPOSIX", "CPOSIX may not include mpi.h, a header of MPI"),
    ("  #include <CPOSIX.h>", "CKernels", "CKernels may not include CPOSIX"),
    ("#include \"CPOSIX.h\"", "CKernels", "\"CPOSIX.h\" is no file of CKernels"),
    ("#include \"../CPOSIX/include/CPOSIX.h\"", "CKernels", "\"../CPOSIX/include/CPOSIX.h\" is no file of CKernels"),
  ])
  func includesAreHeldAgainstTheTable(line: String, room: String, sentence: String) {
    let siblings: Set = ["Sources/CPOSIX/include/CPOSIX.h", "Sources/CKernels/a.c"]
    #expect(found("\n\(line)\n", in: "Sources/\(room)/a.c", siblings: siblings) == ["3: \(sentence)"])
  }

  @Test func includesOfTheRoomItselfAreFine() {
    let siblings: Set = ["Sources/CKernels/include/CKernels.h", "Sources/CKernels/body.inc"]
    let text = "#include \"CKernels.h\"\n#include \"body.inc\"\n#include <sleef.h>\n#include <math.h>\n"
    #expect(found(text, in: "Sources/CKernels/a.c", siblings: siblings) == [])
  }

  @Test func everyWayToForkIsFound() {
    for call in ["fork", "vfork", "_Fork", "forkpty", "clone", "clone3", "popen"] {
      #expect(found("let a = 1\nlet pid = \(call) (x)\n").map { $0.hasPrefix("3: ") } == [true], "\(call)")
      #expect(
        found("int f(void) {\n  return '\"' + \(call)();  // \"\n}\n", in: "Sources/CPOSIX/a.c").count == 1, "\(call)")
    }
    #expect(found("f(SYS_clone3);", in: "Sources/CPOSIX/a.c") == ["2: forks: posix_spawn only"])
    // In an interpolation is code.
    #expect(found("let a = \"\\(f(\"x\") + fork())\"").count == 1)
    #expect(found("let a = #\"\\(fork()) \\#(fork())\"#").count == 1)
  }

  @Test func shortCutsAreFound() {
    #expect(found("let a = try! f()\n").map { $0.prefix(7) } == ["2: try!"])
    #expect(found("guard a else { fatalError(\"x\") }\n").map { $0.prefix(13) } == ["2: fatalError"])
    #expect(found("/* it's */ let a = try? f()\nlet b = try !f()\n") == [])
  }

  @Test func exemptionsAreForTheirFileAndOnce() throws {
    let exempted = try #require(House.exemptions.first { $0.words == House.unchecked })
    let text = "final class A: @unchecked Sendable {}\n"
    let sentence = "@unchecked Sendable is not in the list of exemptions (ArchitectureTests/Rooms.swift)"
    #expect(found(text) == ["2: \(sentence)"])
    #expect(found(text, in: exempted.path) == [])
    #expect(found(text + text, in: exempted.path) == ["3: \(sentence)"])
    #expect(found("// no `@unchecked Sendable` here\nlet a = 1\n") == [])
    #expect(found("nonisolated(unsafe) var a = 1\n").count == 1)
    #expect(found("extension A: @unchecked Swift.Sendable {}\n").count == 1)
  }

  @Test func unfinishedWorkIsFoundInCommentsToo() {
    for word in ["TODO", "FIXME", "XXX", "HACK", "stub", "Stubs", "unimplemented", "not implemented"] {
      #expect(found("let a = 1  // \(word): later\n") == ["2: \"\(word)\": finish it, or open an issue"])
    }
    #expect(found("let name = \"a-XXXXXX\", stubborn = 1, TODOS = 2\n") == [])
  }

  @Test func pathsOfOneMachineAreFound() {
    for path in ["/work/", "/root/", "/home/"] {
      #expect(found("let a = \"\(path)x\"\n") == ["2: \"\(path)\" is a path of one machine"])
    }
  }

  @Test func longFilesAreFound() {
    func lines(_ count: Int) -> [String] { found(String(repeating: "let a = 1\n", count: count - 1)) }
    #expect(lines(600) == [])
    #expect(lines(601) == ["601: has 601 lines; 600 are the limit"])
  }

  @Test func theLicenceComesFirst() {
    let file = SourceFile(path: "Sources/Weft/A.swift", text: "import Glibc\n\(licence)")
    #expect(
      file.violations(siblings: []).map(\.description) == [
        "Sources/Weft/A.swift:1: does not begin with \(licence.dropLast())"
      ])
  }

  @Test func whatIsNoSourceIsFound() {
    for name in ["a.o", "A.swiftmodule", "A.swift.orig", "libA.a", "Makefile", ".build/debug.yaml", "A.swift~"] {
      #expect(found("", in: "Sources/Weft/\(name)").count == 1, "\(name)")
    }
    #expect(found("text", in: "Sources/Weft/README.md") == [])
  }

  @Test func roomsKnowNothingOfOthers() {
    #expect(
      found("let a = 1\nstruct MatrixPool {}\n", in: "Sources/Multiprocessing/A.swift") == [
        "3: \"MatrixPool\": Multiprocessing must know nothing of Matrix"
      ])
    #expect(found("// for a Matrix, say\n", in: "Sources/Multiprocessing/A.swift") == [])
  }
}
