// SPDX-License-Identifier: Apache-2.0
// The description beside a raw file: `m.raw` holds elements and nothing else, `m.raw.json` their shape and type.
//
//     {"format": "weft-raw", "version": 1, "rows": 1000, "columns": 1000,
//      "dtype": "float64", "order": "C", "byteorder": "little"}
//
// All seven keys are required; others are left alone, for later additions that a reader may ignore.

import Glibc
import MatrixCore

struct RawSidecar: Equatable {
  let shape: Shape
  let elementType: ElementType

  static let version = 1

  static func path(of rawPath: String) -> String { rawPath + ".json" }

  /// One line of JSON. Everything in it is a number or a fixed word, so nothing needs an escape.
  func encoded() -> [UInt8] {
    let sides = "\"rows\": \(shape.rows), \"columns\": \(shape.columns)"
    let head = "{\"format\": \"weft-raw\", \"version\": \(Self.version), \(sides), "
    return Array((head + "\"dtype\": \"\(elementType)\", \"order\": \"C\", \"byteorder\": \"little\"}\n").utf8)
  }

  init(shape: Shape, elementType: ElementType) {
    self.shape = shape
    self.elementType = elementType
  }

  /// Puts raw file and sidecar in place, which no system can do in one step. The order makes every state between two
  /// steps either right or refused by the reader: a sidecar that would describe the new elements wrongly goes first,
  /// then the elements come (until now nothing has changed that was not already synced), then the new sidecar.
  func write(
    besides rawPath: String, committing elements: consuming OutputFile, options: WriteOptions
  ) throws(FileError) {
    let path = Self.path(of: rawPath)
    let text = encoded()
    var file = try OutputFile(path, options: options, expectedByteCount: text.count)
    try file.write(text)
    try file.confirm()
    if options.overwrite, let old = try? InputFile(path), let content = try? old.head(text.count + 1), content != text {
      unsafe unlink(path)
    }
    try elements.commit()
    try file.commit()
  }

  /// Reads the sidecar of a raw file of `byteCount` bytes, and holds the two against each other.
  init(of rawPath: String, byteCount: Int) throws(FileError) {
    let path = Self.path(of: rawPath)
    let file: InputFile
    do { file = try InputFile(path) } catch {
      throw FileError(.unreadable, rawPath, "a raw file needs its description beside it, and \(error)")
    }
    let json: JSON
    let text = try file.head(JSON.byteLimit + 1)
    do { json = try JSON(parsing: text) } catch {
      throw FileError(.malformed, path, "at byte \(error.offset): \(error.message)")
    }
    try self.init(json, path: path)
    let wanted = shape.byteCount(of: elementType)
    guard byteCount == wanted else {
      let what = "\(shape) \(elementType) takes \(wanted) bytes, but the file has \(byteCount)"
      throw FileError(.malformed, rawPath, "it does not belong to its description: \(what)")
    }
  }

  private init(_ json: JSON, path: String) throws(FileError) {
    func require(_ key: String, _ wanted: JSON, _ meaning: String) throws(FileError) {
      guard json[key] == wanted else {
        throw FileError(.unsupported, path, "\"\(key)\" must be \(meaning)")
      }
    }
    func side(_ key: String) throws(FileError) -> Int {
      guard case .number(let text)? = json[key], let value = Int(text) else {
        throw FileError(.malformed, path, "\"\(key)\" must be a whole number below 2^63")
      }
      return value
    }
    try require("format", .string("weft-raw"), "\"weft-raw\"")
    try require("version", .number("\(Self.version)"), "\(Self.version)")
    try require("order", .string("C"), "\"C\": only rows one after the other are read")
    try require("byteorder", .string("little"), "\"little\"")
    guard case .string(let name)? = json["dtype"], let elementType = ElementType(rawValue: name) else {
      throw FileError(.unsupported, path, "\"dtype\" must be \"float64\" or \"float32\"")
    }
    let (rows, columns) = (try side("rows"), try side("columns"))
    do { shape = try Shape(rows: rows, columns: columns) } catch { throw FileError(.malformed, path, error.message) }
    self.elementType = elementType
  }
}
