// SPDX-License-Identifier: Apache-2.0
//
// The head of the ledger on disk: whose run it is. Its records follow (ChunkFile.swift).
//
//     8 bytes "WEFTLDG1" · rows of a chunk · byte count of the recipe, both 64 bits, little-endian · the recipe as JSON
//
// The records begin at the next multiple of 4,096 bytes.

import Glibc
import MatrixFiles

/// What a run is, as its ledger on disk says.
struct RunLedger {
  let recipe: Recipe
  /// Decided by the first run; the others go on with it, or their chunks would be others.
  let rowsPerChunk: Int

  private static let magic = Array("WEFTLDG1".utf8)
  private static let wordCount = 2
  private static var fixedByteCount: Int { magic.count + wordCount * 8 }
  /// Longer than any recipe: a formula has 64 KiB at most.
  private static let byteLimit = 1 << 20

  private var text: [UInt8] { Array(JSON.object(recipe.json).text.utf8) }

  static func recordOffset(textCount: Int) -> Int { (fixedByteCount + textCount + 4095) / 4096 * 4096 }

  var recordOffset: Int { RunLedger.recordOffset(textCount: text.count) }

  func write(to descriptor: Int32) throws(EngineError) {
    let text = text
    let bytes = RunLedger.magic + LittleEndian.bytes([rowsPerChunk, text.count]) + text
    do { try writeAll(bytes, to: descriptor, at: 0) } catch {
      throw EngineError(.outputFailed, "Writing the ledger failed: \(error)")
    }
  }

  /// Reads the ledger of a run that is to go on with `recipe`.
  ///
  /// - Throws: `invalidJob`: it is another job's, or no ledger.
  init(reading descriptor: Int32, for recipe: Recipe, path: String) throws(EngineError) {
    let text = Array(JSON.object(recipe.json).text.utf8)
    let remedy = "finish that one, or remove '\(path).unfinished' and '\(path).ledger'"
    guard let head = RunLedger.bytes(of: descriptor, RunLedger.fixedByteCount, at: 0),
      head.starts(with: RunLedger.magic)
    else { throw EngineError(.invalidJob, "'\(path).ledger' is no ledger of this version of Weft: \(remedy).") }
    let numbers = LittleEndian.numbers(head[RunLedger.magic.count...])
    let (rowsPerChunk, count) = (numbers[0], numbers[1])
    guard rowsPerChunk > 0, (0...RunLedger.byteLimit).contains(count),
      let found = RunLedger.bytes(of: descriptor, count, at: RunLedger.fixedByteCount)
    else { throw EngineError(.invalidJob, "'\(path).ledger' is damaged: \(remedy).") }
    guard found == text else {
      var difference = "it cannot be read"
      if case .object(let members)? = try? JSON(parsing: found), let other = Recipe(members) {
        difference = other.difference(from: recipe) ?? difference
      }
      throw EngineError(.invalidJob, "The unfinished '\(path)' is another matrix: \(difference); \(remedy).")
    }
    self.recipe = recipe
    self.rowsPerChunk = rowsPerChunk
  }

  init(_ recipe: Recipe, rowsPerChunk: Int) {
    self.recipe = recipe
    self.rowsPerChunk = rowsPerChunk
  }

  private static func bytes(of descriptor: Int32, _ count: Int, at offset: Int) -> [UInt8]? {
    guard let bytes = try? readBytes(count, from: descriptor, at: offset), bytes.count == count else { return nil }
    return bytes
  }
}
