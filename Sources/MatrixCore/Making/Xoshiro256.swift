// SPDX-License-Identifier: Apache-2.0
// The generator behind random matrices: integer arithmetic only, so the same numbers everywhere. Rejected: the system's
// generator, which has no seed; Philox, which can start anywhere in its sequence, at twice the time; a cryptographic one,
// which nobody needs for matrices.

/// xoshiro256**: random numbers from a seed, the same ones on every machine and in every version.
///
/// Period 2²⁵⁶ - 1, and no defect known in its 64 bits (Blackman and Vigna 2021, Scrambled linear pseudorandom number
/// generators). Not for secrets: its numbers can be told from those before them.
///
///     var generator = Xoshiro256(seed: 42)
///     let a = Matrix<Double>.uniform(rows: 3, columns: 3, using: &generator)
///     let b = Matrix<Double>.normal(rows: 3, columns: 3, using: &generator)     // other numbers than a's
public struct Xoshiro256: RandomNumberGenerator, Hashable, Sendable {
  @usableFromInline var s0, s1, s2, s3: UInt64

  /// The state is made of the seed by SplitMix64 (Steele, Lea and Flood 2014), as the authors advise: near seeds give
  /// sequences that have nothing in common.
  public init(seed: UInt64) {
    var state = seed
    func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
    self.init(state: (next(), next(), next(), next()))
  }

  package init(state: (UInt64, UInt64, UInt64, UInt64)) { (s0, s1, s2, s3) = state }

  @inlinable  // for the loops of `Matrix.uniform` and of the user's own
  public mutating func next() -> UInt64 {
    let scrambled = s1 &* 5
    let result = ((scrambled << 7) | (scrambled >> 57)) &* 9
    let shifted = s1 << 17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= shifted
    s3 = (s3 << 45) | (s3 >> 19)
    return result
  }
}
