// SPDX-License-Identifier: Apache-2.0
//
// A recipe beside its matrix: `m.npy.recipe.json`, for every format alike. Rejected: inside the file, where the format has a
// place for it. NumPy refuses an .npy header with more than its three keys, CSV has no place at all, and two ways to ask for
// the same are one too many.
//
//     {"accuracy": "strict", "checksum": "d19b4a5f3204a7cf", "columns": 1000, "dtype": "float64", "formula": "sin(i*j)", …}

import MatrixCore
import MatrixFiles

/// What a matrix file was computed from, and what its elements sum up to.
public struct RecipeFile: Sendable, Hashable {
  public var recipe: Recipe
  /// Of the elements; nil where no checksum was taken.
  public var checksum: Checksum?
  /// Where the input matrices were read, by name, as it was written on the command line. Help for a reader: what counts is their
  /// checksums.
  public var inputPaths: [String: String]

  public init(_ recipe: Recipe, checksum: Checksum?, inputPaths: [String: String] = [:]) {
    self.recipe = recipe
    self.checksum = checksum
    self.inputPaths = inputPaths
  }

  /// The recipe's path for the matrix file at `path`.
  public static func path(of path: String) -> String { path + ".recipe.json" }

  /// Writes the recipe of the matrix file at `path`, in place of an earlier one: that was of an earlier matrix.
  ///
  /// - Throws: `FileError`.
  public func write(besides path: String, options: WriteOptions) throws {
    var members = recipe.json
    members["checksum"] = checksum.map { .string("\($0)") } ?? .null
    members["inputPaths"] = .object(inputPaths.mapValues(JSON.string))
    var options = options
    options.overwrite = true
    var file = try OutputFile(RecipeFile.path(of: path), options: options)
    try file.write(Array((JSON.object(members).text + "\n").utf8))
    try file.commit()
  }

  /// Reads the recipe of the matrix file at `path`.
  ///
  /// - Throws: `FileError`.
  public init(besides path: String) throws(FileError) {
    let place = RecipeFile.path(of: path)
    let text: [UInt8]
    do { text = try MatrixFile.smallFile(place, byteLimit: JSON.byteLimit) } catch {
      throw FileError(
        error.code, path, "its recipe is needed, which 'weft compute --recipe' writes beside it, and \(error)")
    }
    let json: JSON
    do { json = try JSON(parsing: text) } catch {
      throw FileError(.malformed, place, "at byte \(error.offset): \(error.message)")
    }
    guard case .object(let members) = json, let recipe = Recipe(members) else {
      throw FileError(.malformed, place, "it is no recipe; write it anew with 'weft compute --recipe'")
    }
    self.recipe = recipe
    switch members["checksum"] {
    case .string(let digits)?:
      guard let value = UInt64(digits, radix: 16) else {
        throw FileError(.malformed, place, "its checksum is not 16 hexadecimal digits")
      }
      checksum = Checksum(value)
    default: checksum = nil
    }
    inputPaths = [:]
    if case .object(let paths)? = members["inputPaths"] {
      for case (let name, .string(let path)) in paths { inputPaths[name] = path }
    }
  }
}
