// SPDX-License-Identifier: Apache-2.0
//
// The ledger of one job, in shared memory beside the matrix: which chunk is whose, which is done, with what checksum.
// Written by the workers, read by the coordinator; the only thing they agree through while a job runs.

import Evaluation
import Multiprocessing
import Synchronization

/// Every word is a 64-bit atomic; words that different workers write often lie in different cache lines.
///
///     header   0 magic · 1 chunk count · 2 slot count · 3 search: chunks may lie free that all slots went past ·
///              4 cancelled · 5 chunks done
///     slots    8 words each: 0 signs of life · 1 chunk in hand + 1 · 2 how many of its share were asked for
///     chunks   4 words each: 0 state · 1 checksum · 2 non-finite count · 3 first non-finite index
///
/// Slot s of S has the chunks s, s + S, s + 2·S, … for its share; who is through with its own helps with the others'. So
/// a worker finds most of the rows it had in the last job: their pages are in its page table, and lines of them in its
/// cache. (One counter for all, as before: at 1000² every other run of a new engine went into page faults.)
///
/// A chunk's state goes free → claimed by a slot → done, and back to free when the claimer's process is reaped: never
/// before, so that no dead worker's late write can fall into a chunk that is another's. `done` is stored with release
/// order after the last element: who sees it sees the elements.
@safe final class Ledger {
  /// Changes with this layout: a worker of another version refuses the ledger.
  private static let magic: UInt64 = 0x5745_4654_4C47_0002
  private static let headerWords = 16
  private static let slotWords = 8
  private static let chunkWords = 4

  enum ChunkState: Equatable {
    case free
    case claimed(slot: Int)
    case done(slot: Int)

    fileprivate init(word: UInt64) {
      let slot = Int(word >> 2)
      switch word & 3 {
      case 1: self = .claimed(slot: slot)
      case 2: self = .done(slot: slot)
      default: self = .free
      }
    }

    fileprivate var word: UInt64 {
      switch self {
      case .free: 0
      case .claimed(let slot): UInt64(slot) << 2 | 1
      case .done(let slot): UInt64(slot) << 2 | 2
      }
    }
  }

  let segment: Segment
  let chunkCount: Int
  let slotCount: Int

  static func byteCount(chunkCount: Int, slotCount: Int) -> Int {
    (headerWords + slotCount * slotWords + chunkCount * chunkWords) * 8
  }

  /// A ledger with every chunk free, in the segment of an earlier one if that is large enough.
  init(chunkCount: Int, slotCount: Int, reusing kept: Segment?) throws(SystemError) {
    let byteCount = Ledger.byteCount(chunkCount: chunkCount, slotCount: slotCount)
    if let kept, kept.memory.byteCount >= byteCount {
      segment = kept
    } else {
      segment = Segment(try SharedMemory(byteCount: byteCount))
    }
    self.chunkCount = chunkCount
    self.slotCount = slotCount
    reset()
  }

  /// In a worker: the ledger that the coordinator handed over.
  init(attaching segment: Segment, chunkCount: Int, slotCount: Int) throws(SystemError) {
    self.segment = segment
    self.chunkCount = chunkCount
    self.slotCount = slotCount
    guard Ledger.byteCount(chunkCount: chunkCount, slotCount: slotCount) <= segment.memory.byteCount,
      word(0).load() == Ledger.magic, word(1).load() == chunkCount
    else {
      throw SystemError(code: .protocolMismatch, message: "The ledger is not of this version and job.")
    }
  }

  private func reset() {
    for index in 1..<Ledger.byteCount(chunkCount: chunkCount, slotCount: slotCount) / 8 { word(index).store(0) }
    word(1).store(UInt64(chunkCount))
    word(2).store(UInt64(slotCount))
    word(0).store(Ledger.magic)
  }

  /// A word as the atomic it is; borrowed from memory that lives as long as the ledger.
  @inline(__always)
  private func word(_ index: Int) -> Word {
    unsafe Word(pointer: (segment.memory.baseAddress + index * 8).assumingMemoryBound(to: Atomic<UInt64>.self))
  }

  private func slotWord(_ slot: Int, _ field: Int) -> Word {
    precondition(slot < slotCount)
    return word(Ledger.headerWords + slot * Ledger.slotWords + field)
  }

  private func chunkWord(_ chunk: Int, _ field: Int) -> Word {
    precondition(chunk < chunkCount)
    return word(Ledger.headerWords + slotCount * Ledger.slotWords + chunk * Ledger.chunkWords + field)
  }

  // MARK: The worker's side

  /// Takes the next free chunk for `slot`, of its own share first and of it alone unless it `helps`; nil when none is left.
  func claim(slot: Int, helps: Bool = true) -> Int? {
    for helped in 0..<(helps ? slotCount : 1) {
      let owner = slot + helped < slotCount ? slot + helped : slot + helped - slotCount
      while !isCancelled, let chunk = nextChunk(ofShare: owner) {
        if tryClaim(chunk, slot) { return chunk }
      }
    }
    // After a worker's death chunks may lie free: its own, given back, or one it was about to claim. Rare, so found
    // by looking.
    guard helps, !isCancelled, word(3).load() != 0 else { return nil }
    return (0..<chunkCount).first { tryClaim($0, slot) }
  }

  /// The next chunk that nobody has asked for; nil at the end of the share.
  private func nextChunk(ofShare owner: Int) -> Int? {
    let asked = slotWord(owner, 2)
    // Looked at before it is counted up: many ask in vain.
    guard Int(asked.load()) * slotCount + owner < chunkCount else { return nil }
    let chunk = Int(asked.add(1)) * slotCount + owner
    return chunk < chunkCount ? chunk : nil
  }

  private func tryClaim(_ chunk: Int, _ slot: Int) -> Bool {
    guard chunkWord(chunk, 0).exchange(ChunkState.free.word, for: ChunkState.claimed(slot: slot).word) else {
      return false
    }
    slotWord(slot, 1).store(UInt64(chunk) + 1)
    beat(slot: slot)
    return true
  }

  /// Marks `chunk` done. Its elements must have been written.
  func finish(_ chunk: Int, slot: Int, summary: ElementSummary) {
    chunkWord(chunk, 1).store(summary.checksum)
    chunkWord(chunk, 2).store(summary.nonfiniteCount)
    chunkWord(chunk, 3).store(summary.firstNonfinite)
    slotWord(slot, 1).store(0)
    chunkWord(chunk, 0).store(ChunkState.done(slot: slot).word)
    word(5).add(1)
    beat(slot: slot)
  }

  /// Before the run: a chunk that an earlier one has done.
  func restore(_ chunk: Int, summary: ElementSummary) { finish(chunk, slot: 0, summary: summary) }

  /// A sign of life.
  @inline(__always)
  func beat(slot: Int) { slotWord(slot, 0).add(1) }

  var isCancelled: Bool { word(4).load() != 0 }

  // MARK: The coordinator's side

  func cancel() { word(4).store(1) }

  func beats(slot: Int) -> UInt64 { slotWord(slot, 0).load() }

  func state(of chunk: Int) -> ChunkState { ChunkState(word: chunkWord(chunk, 0).load()) }

  func summary(of chunk: Int) -> ElementSummary {
    var summary = ElementSummary()
    summary.checksum = chunkWord(chunk, 1).load()
    summary.nonfiniteCount = chunkWord(chunk, 2).load()
    summary.firstNonfinite = chunkWord(chunk, 3).load()
    return summary
  }

  /// Chunks done so far; a hint for progress. The assembler asks every chunk.
  var doneCount: Int { Int(word(5).load()) }

  var hasUnfinishedChunks: Bool {
    (0..<chunkCount).contains { if case .done = state(of: $0) { false } else { true } }
  }

  /// The chunks that the dead claimer of `slot` had in hand, before they are given back.
  func claimedChunks(slot: Int) -> [Int] { (0..<chunkCount).filter { state(of: $0) == .claimed(slot: slot) } }

  /// Gives a chunk back after its claimer was reaped.
  func release(_ chunk: Int) { chunkWord(chunk, 0).store(ChunkState.free.word) }

  /// From now on claimers look for free chunks among all: a worker has died.
  func beginSearch() { word(3).store(1) }
}

/// One atomic word of a ledger: acquire and release throughout, which cost nothing on x86.
@safe private struct Word {
  let pointer: UnsafeMutablePointer<Atomic<UInt64>>

  @inline(__always)
  func load() -> UInt64 { unsafe pointer.pointee.load(ordering: .acquiring) }
  @inline(__always)
  func store(_ value: UInt64) { unsafe pointer.pointee.store(value, ordering: .releasing) }
  /// The value before.
  @inline(__always) @discardableResult
  func add(_ value: UInt64) -> UInt64 {
    unsafe pointer.pointee.wrappingAdd(value, ordering: .acquiringAndReleasing).oldValue
  }
  func exchange(_ expected: UInt64, for desired: UInt64) -> Bool {
    unsafe pointer.pointee.compareExchange(expected: expected, desired: desired, ordering: .acquiringAndReleasing)
      .exchanged
  }
}

/// A piece of shared memory with several owners in this process.
final class Segment {
  let memory: SharedMemory
  init(_ memory: consuming SharedMemory) { self.memory = memory }
}
