// SPDX-License-Identifier: Apache-2.0
//
// How a file is spelled, where its format leaves a choice: digits, delimiters and names of text, what an archive calls its
// matrix. The same options wherever a matrix is read, and wherever one is written.

import ArgumentParser
import Weft

/// How a matrix file is read.
struct ReadingOptions: ParsableArguments {
  @Flag(help: "The first line of a text file is a header, to be skipped.")
  var header = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What stands between the fields of a text file that is read. (default: comma or tab, by the format)",
      valueName: "character"))
  var delimiter: String?

  func options() throws(UsageError) -> ReadOptions {
    ReadOptions(hasHeader: header, delimiter: try Delimiter.parse(delimiter, "delimiter"))
  }
}

/// How a matrix file is written.
struct WritingOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Significant digits of numbers in text, 1 to 17. (default: as few as read back to the same bits)", valueName: "n")
  )
  var digits: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What stands between the fields of written text. (default: comma or tab, by the format)", valueName: "character"))
  var outputDelimiter: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("A first line of text with these names of columns.", valueName: "name,…"))
  var columnNames: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What the matrix is called in an .npz, .safetensors or .h5 file. (default: as is usual there)", valueName: "name")
  )
  var name: String?

  @Flag(help: "Pack an .npz file. (Others: end the path in .gz or .zst.)")
  var compress = false

  var values: [(String, String?)] {
    [("digits", digits), ("output-delimiter", outputDelimiter), ("column-names", columnNames), ("name", name)]
  }

  /// - Throws: `UsageError`; what the format does not allow is told by the writer.
  func apply(to output: inout MatrixOutput) throws(UsageError) {
    output.spelling = try OutputSpelling(values, isCompressed: compress)
  }
}

/// The choices of `WritingOptions`, understood.
struct OutputSpelling: Equatable {
  var text = TextOptions()
  var member: String?
  var isCompressed = false

  init() {}

  /// - Parameter values: by the names of the options.
  init(_ values: [(String, String?)], isCompressed: Bool) throws(UsageError) {
    func value(_ name: String) -> String? { values.last { $0.0 == name && $0.1 != nil }?.1 }
    if let digits = value("digits") {
      guard let count = Int(digits), (1...17).contains(count) else {
        throw UsageError("--digits is a whole number from 1 to 17, not '\(digits)'.")
      }
      text.digits = count
    }
    text.delimiter = try Delimiter.parse(value("output-delimiter"), "output-delimiter")
    text.columnNames = value("column-names")?.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    member = value("name")
    self.isCompressed = isCompressed
  }
}

enum Delimiter {
  /// One character, or its name where a shell makes it hard to type.
  static func parse(_ text: String?, _ option: String) throws(UsageError) -> UInt8? {
    guard let text else { return nil }
    switch text {
    case "tab", "\\t": return UInt8(ascii: "\t")
    case "comma": return UInt8(ascii: ",")
    case "semicolon": return UInt8(ascii: ";")
    case "bar": return UInt8(ascii: "|")
    default: break
    }
    guard text.utf8.count == 1, let byte = text.utf8.first else {
      throw UsageError("--\(option) is one character, or tab, comma, semicolon, bar; not '\(text)'.")
    }
    return byte
  }
}
