// SPDX-License-Identifier: Apache-2.0
// SHA-256 against the vectors of NIST (FIPS 180-4 examples, CAVS) and HMAC against RFC 4231.

import Multiprocessing
import Testing

@Suite struct SHA256Tests {
  @Test(
    .timeLimit(.minutes(10)),
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
          + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
      ),
    ])
  func agreesWithNIST(message: String, expected: String) {
    #expect(hex(SHA256.hash(Array(message.utf8))) == expected)
  }

  @Test(.timeLimit(.minutes(10))) func agreesOnAMillionBytes() {
    let expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    #expect(hex(SHA256.hash([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))) == expected)
  }

  /// Lengths around the ends of blocks, cut into pieces of every size: the padding has its mistakes there.
  @Test(.timeLimit(.minutes(10))) func doesNotDependOnThePieces() {
    for count in [0, 1, 54, 55, 56, 57, 63, 64, 65, 118, 119, 120, 127, 128, 129, 200] {
      let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
      let whole = SHA256.hash(message)
      for pieceCount in [1, 3, 63, 64, 65] {
        var hash = SHA256()
        for start in stride(from: 0, to: count, by: pieceCount) {
          hash.update(Array(message[start..<min(count, start + pieceCount)]))
        }
        #expect(hash.finish() == whole, "\(count) bytes in pieces of \(pieceCount)")
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func authenticatesAsRFC4231() {
    func code(_ key: [UInt8], _ message: String) -> String {
      hex(SHA256.authenticationCode(key: key, Array(message.utf8)))
    }
    #expect(
      code([UInt8](repeating: 0x0b, count: 20), "Hi There")
        == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
    #expect(
      code(Array("Jefe".utf8), "what do ya want for nothing?")
        == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    #expect(
      code([UInt8](repeating: 0xaa, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First")
        == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
  }

  @Test(.timeLimit(.minutes(10))) func comparesCodes() {
    #expect(SHA256.areEqual([1, 2, 3], [1, 2, 3]))
    #expect(!SHA256.areEqual([1, 2, 3], [1, 2, 4]))
    #expect(!SHA256.areEqual([1, 2, 3], [1, 2]))
    #expect(SHA256.areEqual([], []))
  }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
