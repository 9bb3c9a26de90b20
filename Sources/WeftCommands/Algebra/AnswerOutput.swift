// SPDX-License-Identifier: Apache-2.0
//
// Answers into files: names, what can be refused before the work, and the writing.

import Weft

extension MatrixOutput {
  /// Whether several matrices go into the one file that was named.
  private var isArchive: Bool { (format ?? MatrixFormat(path: path))?.isArchive ?? false }

  /// The file of one matrix: the path itself where the answer is one matrix or goes into an archive, else the path with the matrix's name before its
  /// extension, which is .npy where it has none.
  func path(of name: String, isOnly: Bool) -> String {
    guard !isOnly, !isArchive else { return path }
    let (stem, end) = MatrixFormat.split(path) ?? (path, ".\(format?.rawValue ?? "npy")")
    return stem + ".\(name)" + end
  }

  /// Refuses what cannot be written, before anything is read or computed.
  ///
  /// - Throws: `UsageError` or `FileError`.
  func check(_ names: [String]) throws {
    guard !isStandardOutput || names.count == 1 else {
      throw UsageError(
        "The answer is \(names.count) matrices (\(names.joined(separator: ", "))), and standard output takes one; write -o PATH."
      )
    }
    for name in names {
      var one = self
      one.path = path(of: name, isOnly: names.count == 1)
      try one.check()
    }
  }

  /// - Throws: `FileError`; `Interrupted` after a termination signal. Files written before are complete and stay.
  func write<Element>(_ parts: [AlgebraAnswer<Element>.Part]) throws -> [WriteReport] {
    try writing { options in
      if parts.count > 1, isArchive {
        let matrices = parts.map { (name: $0.name, matrix: $0.matrix as any MatrixReadable<Element>) }
        return [try MatrixFile.write(matrices, to: path, format: format, options: options)]
      }
      return try parts.map { try write($0.matrix, to: path(of: $0.name, isOnly: parts.count == 1), options) }
    }
  }

  private func write<Element>(
    _ matrix: some MatrixReadable<Element>, to path: String, _ options: WriteOptions
  ) throws(FileError) -> WriteReport {
    try MatrixFile.write(matrix, to: path, format: format, options: options)
  }
}
