// SPDX-License-Identifier: Apache-2.0
//
// What is known of the terminal, and what may be written to one.

import Glibc

enum Terminal {
  /// A terminal that understands "erase line" stands behind the descriptor.
  static func isInteractive(_ descriptor: Int32) -> Bool {
    guard isatty(descriptor) == 1 else { return false }
    guard let name = unsafe getenv("TERM") else { return true }
    return unsafe strcmp(name, "dumb") != 0
  }

  /// Columns: what COLUMNS says, else the terminal behind the descriptor, else 80.
  static func width(_ descriptor: Int32) -> Int {
    if let text = unsafe getenv("COLUMNS"), let columns = unsafe Int(String(cString: text)), columns > 0 {
      return columns
    }
    var size = winsize()
    guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}

enum TerminalText {
  /// The text with control characters, other than the newline, written as `\x1b`: a message quotes what the user or a file said,
  /// and must not send escape sequences to a terminal.
  static func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if isControl(scalar) {
        let digits = String(scalar.value, radix: 16)
        result += "\\x" + (digits.utf8.count < 2 ? "0" : "") + digits
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 32 && scalar != "\n" || (127..<160).contains(scalar.value)
  }
}
