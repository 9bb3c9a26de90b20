// SPDX-License-Identifier: Apache-2.0

import Evaluation
import Testing

@testable import Weft

@Suite(.timeLimit(.minutes(20)))
struct LedgerTests {
  @Test func everyChunkIsClaimedOnceWhoeverAsks() throws {
    let ledger = try Ledger(chunkCount: 100, slotCount: 3, reusing: nil)
    var claimed: [Int] = []
    var slot = 0
    while let chunk = ledger.claim(slot: slot) {
      claimed.append(chunk)
      ledger.finish(chunk, slot: slot, summary: ElementSummary())
      slot = (slot + 1) % 3
    }
    #expect(claimed == Array(0..<100))
    #expect(!ledger.hasUnfinishedChunks)
    #expect(ledger.doneCount == 100)
  }

  @Test func aDeadClaimersChunkGoesToAnother() throws {
    let ledger = try Ledger(chunkCount: 4, slotCount: 2, reusing: nil)
    let lost = try #require(ledger.claim(slot: 0))
    while let chunk = ledger.claim(slot: 1) { ledger.finish(chunk, slot: 1, summary: ElementSummary()) }
    #expect(ledger.hasUnfinishedChunks)
    #expect(ledger.claimedChunks(slot: 0) == [lost])
    ledger.release(lost)
    ledger.beginSearch()
    #expect(ledger.claim(slot: 1) == lost)
    #expect(ledger.claim(slot: 1) == nil)
  }

  /// A worker killed between taking a number and writing its claim leaves the chunk free, and nobody's.
  @Test func aChunkLostBeforeItsClaimIsFound() throws {
    let ledger = try Ledger(chunkCount: 3, slotCount: 2, reusing: nil)
    let first = try #require(ledger.claim(slot: 0))
    ledger.release(first)
    while let chunk = ledger.claim(slot: 1) { ledger.finish(chunk, slot: 1, summary: ElementSummary()) }
    ledger.beginSearch()
    #expect(ledger.claim(slot: 1) == first)
  }

  @Test func cancellationEndsClaims() throws {
    let ledger = try Ledger(chunkCount: 3, slotCount: 1, reusing: nil)
    #expect(ledger.claim(slot: 0) == 0)
    ledger.cancel()
    #expect(ledger.claim(slot: 0) == nil)
  }

  @Test func summariesArriveAsTheyWereGiven() throws {
    let ledger = try Ledger(chunkCount: 1, slotCount: 1, reusing: nil)
    var summary = ElementSummary()
    summary.checksum = 0xFEDC_BA98_7654_3210
    summary.nonfiniteCount = 3
    summary.firstNonfinite = 17
    ledger.finish(try #require(ledger.claim(slot: 0)), slot: 0, summary: summary)
    #expect(ledger.state(of: 0) == .done(slot: 0))
    #expect(ledger.summary(of: 0) == summary)
  }

  @Test func aKeptSegmentIsFreshAgain() throws {
    let first = try Ledger(chunkCount: 10, slotCount: 2, reusing: nil)
    while let chunk = first.claim(slot: 1) { first.finish(chunk, slot: 1, summary: ElementSummary()) }
    let second = try Ledger(chunkCount: 5, slotCount: 3, reusing: first.segment)
    #expect(second.segment === first.segment)
    #expect(second.claim(slot: 0) == 0)
    #expect(second.state(of: 4) == .free)
    let third = try Ledger(chunkCount: 500, slotCount: 3, reusing: first.segment)
    #expect(third.segment !== first.segment)
  }
}
