// SPDX-License-Identifier: Apache-2.0
//
// The way in and the only way out: prepares the process, parses, runs, and turns whatever happened into one message and
// one exit code. `main.swift` calls it.

import ArgumentParser
import Glibc
import Multiprocessing
import Weft

/// The program `weft`.
public enum WeftCommandLine {
  /// Runs the command that the program's arguments ask for, and ends the process.
  public static func run() -> Never {
    let start = Deadline.now
    prepareProcess()
    do {
      try checkArguments()
      let arguments = CommandLine.arguments.dropFirst()
      if arguments.first == "compute", let options = ComputeOptions(plain: arguments.dropFirst()) {
        try ComputeRequest(options).run(since: start)
      } else {
        let type = try commandType(of: arguments.first)
        (type as? any AlgebraCommand.Type)?.prepare()
        var command = try WeftCommand.parseAsRoot(Array(arguments))
        try command.run()
      }
      exit(0)
    } catch {
      end(error)
    }
  }

  static func prepareProcess() {
    StandardDescriptors.ensureOpen()
    // A reader that has gone and a file size limit are error numbers here, with a message and an exit code (F23, F37).
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }

  /// Swift repairs text that is not UTF-8: a file would be written under another name than the one asked for.
  static func checkArguments() throws(UsageError) {
    for index in stride(from: 1, to: Int(CommandLine.argc), by: 1) {
      guard let argument = unsafe CommandLine.unsafeArgv[index] else { return }
      guard unsafe String(validatingCString: argument) == nil else { continue }
      throw UsageError("Argument \(index) is not UTF-8 text, which formulas and file names have to be.")
    }
  }

  /// The command that the first word names. The parser would call a misspelt one an unexpected argument.
  private static func commandType(of word: String?) throws(UsageError) -> (any ParsableCommand.Type)? {
    guard let word, !word.hasPrefix("-"), word != "help" else { return nil }
    let commands = WeftCommand.configuration.subcommands
    if let command = commands.first(where: { $0.configuration.commandName == word }) { return command }
    let names = commands.compactMap { $0.configuration.commandName } + ["help"]
    let remedy =
      Spelling.suggestion(for: word, among: names).map { "did you mean '\($0)'?" } ?? "'weft --help' lists all."
    throw UsageError("There is no command '\(word)'; \(remedy)")
  }

  private static func end(_ error: any Error) -> Never {
    switch Failure(error) {
    case .interrupted(let signals): signals.reraise()
    case .silent(let code): exit(code)
    case .answer(let text):
      // Help and version are answers, which may be piped into `head` like any other.
      do { try StandardOutput.write(text + "\n") } catch { exit(Failure.exitCode(of: error)) }
      exit(0)
    case .message(let text, let code):
      StandardDescriptors.complain(TerminalText.printable("weft: " + text))
      exit(code)
    }
  }
}
