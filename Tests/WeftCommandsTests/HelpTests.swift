// SPDX-License-Identifier: Apache-2.0
//
// Help, man page and language description say what the program does: they are compared with it.

import ArgumentParser
import Glibc
import Testing
import Weft

@testable import WeftCommands

@Suite("Help")
struct HelpTests {
  static let commands: [any ParsableCommand.Type] = [
    ComputeCommand.self, ExplainCommand.self, InfoCommand.self, FunctionsCommand.self, HeadCommand.self,
    CompareCommand.self, VerifyCommand.self,
    ConvertCommand.self, SliceCommand.self, MultiplyCommand.self,
    AddCommand.self, SubtractCommand.self, ScaleCommand.self, TransposeCommand.self, SolveCommand.self,
    LeastSquaresCommand.self, InverseCommand.self, PseudoInverseCommand.self, LUCommand.self, CholeskyCommand.self,
    QRCommand.self, SVDCommand.self, EigenCommand.self, DeterminantCommand.self, RankCommand.self,
    ConditionCommand.self, NormCommand.self, TraceCommand.self, ExponentialCommand.self, LogarithmCommand.self,
    SquareRootCommand.self,
    PowerCommand.self, PlotCommand.self, ShowCommand.self, ResizeCommand.self,
  ]

  /// Long option names that a command's help lists, without the dashes.
  static func optionNames(of command: any ParsableCommand.Type) -> Set<String> {
    let help = WeftCommand.helpMessage(for: command, columns: 200)
    var names: Set<String> = []
    for line in help.split(separator: "\n")
    where line.hasPrefix("  --") || line.hasPrefix("  -h, --") || line.hasPrefix("  -o, --") {
      guard let start = line.firstRange(of: "--") else { continue }
      names.insert(String(line[start.upperBound...].prefix { $0.isLetter || $0 == "-" }))
    }
    return names
  }

  @Test("Help fits a terminal of 80 columns", arguments: commands.indices)
  func width(index: Int) {
    let help = WeftCommand.helpMessage(for: Self.commands[index], columns: 80) + WeftCommand.exitCodes
    for line in help.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
  }

  @Test("No command is missing here")
  func allCommands() {
    #expect(Self.commands.count == WeftCommand.configuration.subcommands.count)
  }

  @Test("Every option of the issue is there")
  func options() {
    #expect(
      Self.optionNames(of: ComputeCommand.self) == [
        "size", "rows", "columns", "output", "format", "workers", "in-process", "accuracy", "dtype", "origin", "let",
        "input",
        "chunk-rows", "chunk-timeout", "nonfinite", "verify", "force", "no-sync", "plan", "json", "quiet", "progress",
        "memory", "deadline", "resume", "recipe", "digits", "output-delimiter", "column-names", "name", "compress",
        "plot",
        "help", "version",
      ])
  }

  @Test("Examples are not broken into lines")
  func examples() {
    let help = WeftCommand.helpMessage(for: ComputeCommand.self, columns: 80)
    let examples = ComputeCommand.configuration.discussion.split(separator: "\n").filter { $0.hasPrefix("  weft ") }
    #expect(examples.count >= 5)
    for example in examples { #expect(help.contains(example)) }
  }

  @Test(
    "Examples are valid", arguments: ComputeCommand.configuration.discussion.split(separator: "\n").map(String.init))
  func validExample(line: String) throws {
    guard line.hasPrefix("  weft compute ") else { return }
    // As a shell would split it: quotes hold together, blanks separate.
    var words: [String] = [""]
    var isQuoted = false
    for character in line.dropFirst("  weft compute ".count) {
      switch character {
      case "'": isQuoted.toggle()
      case " " where !isQuoted: words.append("")
      default: words[words.count - 1].append(character)
      }
    }
    let request = try ComputeRequest(try #require(ComputeOptions(plain: words)))
    _ = try Formula(request.formula)
  }

  @Test("The language lists every name, operator and function")
  func language() {
    let lines = Language.text.split(separator: "\n")
    for function in FunctionDescription.all {
      let place = lines.firstIndex { $0.hasPrefix("  \(Language.syntax(of: function)) ") }
      let heading = lines[..<(place ?? 0)].last { !$0.hasPrefix(" ") }
      #expect(heading == "FUNCTIONS, \(function.accuracy.rawValue)", "\(function.name)")
    }
    for name in ConstantDescription.all { #expect(lines.contains { $0.hasPrefix("  \(name.name) ") }) }
    for operation in OperatorDescription.all { #expect(lines.contains { $0.hasPrefix("  \(operation.spelling) ") }) }
    for line in lines { #expect(line.count <= 112, "\(line)") }
    #expect(Language.json.rendered.contains(#"{"name": "atan2", "syntax": "atan2(y, x)""#))
  }

  @Test("The manual page has every option and every exit code")
  func manual() throws {
    let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    let file = unsafe try #require(fopen("\(root)/Documentation/weft.1", "r"))
    defer { unsafe fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = unsafe fread(&bytes, 1, bytes.count, file)
    let manual = String(decoding: bytes[..<count], as: UTF8.self)
    for name in Self.commands.reduce(into: Set<String>(), { $0.formUnion(Self.optionNames(of: $1)) }) {
      let dashed = name.split(separator: "-").joined(separator: "\\-")
      #expect(manual.contains("\\-\\-\(dashed)"), "\(name)")
    }
    for code in [0, 1, 64, 65, 69, 70, 73, 74, 75, 76] { #expect(manual.contains("\n.B \(code)\n")) }
    #expect(manual.contains("weft \(WeftCommand.configuration.version)"))
  }

  @Test("Completion scripts", arguments: ["bash", "zsh", "fish"])
  func completions(shell: String) throws {
    let script = WeftCommand.completionScript(for: try #require(CompletionShell(rawValue: shell)))
    #expect(script.contains("chunk-timeout"))
  }
}
