// SPDX-License-Identifier: Apache-2.0
//
// How a job of ranks begins: every rank says what it is about to do, and it has to be the same. Ranks with other chunks would wait
// for one another for ever, and so would those that begin a job which one of them, at the end of its program, will never begin.

import MatrixCore
import MatrixFiles

enum JobOpening: UInt8 {
  /// The end of the program: no further job.
  case end
  case matrix
  case file

  /// Collective. `recipe` gives all that the bits depend on, `rest` in words what else has to be the same.
  ///
  /// - Throws: what they throw; `mismatch`, where a rank does something else; `workersLost`, where one has ended.
  func agree(_ group: any RankGroup, recipe: () throws -> Recipe, rest: () throws -> String) throws {
    var text: [UInt8] = []
    let told = try group.collect {
      text = Array((JSON.object(try recipe().json).text + "\n" + (try rest())).utf8)
      return [rawValue] + LittleEndian.bytes([ChunkRecord.mixed(text.map(UInt64.init))])
    }
    if let gone = told.firstIndex(where: { $0.first == JobOpening.end.rawValue }) {
      throw EngineError(
        .workersLost, "Rank \(gone) has come to the end of its program, and others go on: all ranks run the same jobs.")
    }
    guard told.contains(where: { $0 != told[0] }) else { return }
    let root = try group.broadcast(text)
    try group.agree {
      guard told[group.rank] != told[0] else { return }
      throw EngineError(
        .mismatch,
        "Rank \(group.rank) was asked for another matrix than rank 0 (\(JobOpening.difference(text, root))): all ranks run "
          + "the same jobs in the same order.")
    }
  }

  private static func difference(_ own: [UInt8], _ root: [UInt8]) -> String {
    func recipe(_ text: [UInt8]) -> Recipe? {
      guard case .object(let members)? = try? JSON(parsing: Array(text.prefix { $0 != UInt8(ascii: "\n") })) else {
        return nil
      }
      return Recipe(members)
    }
    return recipe(own).flatMap { own in recipe(root).flatMap(own.difference) } ?? "its chunks, its checks, or a file"
  }

  /// Collective: waits until no rank begins a job any more. Who does meanwhile gets an error.
  ///
  /// - Throws: what the group throws when it can no longer talk.
  static func agreeToEnd(_ group: any RankGroup) throws {
    while true {
      do {
        let told = try group.collect { [JobOpening.end.rawValue] }
        if told.allSatisfy({ $0 == [JobOpening.end.rawValue] }) { return }
      } catch is RankFailure {}
    }
  }
}
