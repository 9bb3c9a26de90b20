// SPDX-License-Identifier: Apache-2.0
//
// The way in and the only way out: prepares the process, parses, runs, and turns whatever happened into one message and
// one exit code. `main.swift` calls it.

import ArgumentParser
import Glibc
import Multiprocessing

/// The program `weft`.
public enum WeftCommandLine {
  /// Runs the command that the program's arguments ask for, and ends the process.
  public static func run() -> Never {
    let start = Deadline.now
    StandardDescriptors.ensureOpen()
    // A reader that has gone and a file size limit are error numbers here, with a message and an exit code (F23, F37).
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    do {
      let arguments = CommandLine.arguments.dropFirst()
      if arguments.first == "compute", let options = ComputeOptions(plain: arguments.dropFirst()) {
        try ComputeRequest(options).run(since: start)
      } else {
        var command = try WeftCommand.parseAsRoot(Array(arguments))
        try command.run()
      }
      exit(0)
    } catch {
      end(error)
    }
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
