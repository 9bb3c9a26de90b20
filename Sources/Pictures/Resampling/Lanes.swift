// SPDX-License-Identifier: Apache-2.0
//
// The inner loops of resizing, on plain SIMD types: down the columns first, which reads rows as they lie in memory and
// does most of the work when a picture shrinks; then along the row that came out of it.

enum Lanes {
  /// 8-bit samples as float32. Once for each row: rounded rows converted for each of the thirty taps that read them
  /// took a third longer than reading float32, four times as wide.
  static func convert(_ source: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<Float>, count: Int) {
    var k = 0
    while k &+ 16 <= count {
      let bytes = unsafe UnsafeRawPointer(source + k).loadUnaligned(as: SIMD16<UInt8>.self)
      let numbers = SIMD16<Float>(SIMD16<Int32>(truncatingIfNeeded: bytes))
      unsafe UnsafeMutableRawPointer(target + k).storeBytes(of: numbers, as: SIMD16<Float>.self)
      k &+= 16
    }
    while k < count {
      unsafe target[k] = Float(source[k])
      k &+= 1
    }
  }

  /// `target[k] = Σ weights[r] · rows[r][k]` for all `k` below `count`.
  static func sumRows(
    _ rows: UnsafeBufferPointer<UnsafePointer<Float>>, _ weights: UnsafePointer<Float>,
    into target: UnsafeMutablePointer<Float>, count: Int
  ) {
    var k = 0
    while k &+ 32 <= count {
      var (a, b) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
      for r in 0..<rows.count {
        let (row, weight) = unsafe (rows[r] + k, SIMD16<Float>(repeating: weights[r]))
        a += unsafe weight * load(row)
        b += unsafe weight * load(row + 16)
      }
      unsafe UnsafeMutableRawPointer(target + k).storeBytes(of: a, as: SIMD16<Float>.self)
      unsafe UnsafeMutableRawPointer(target + k + 16).storeBytes(of: b, as: SIMD16<Float>.self)
      k &+= 32
    }
    while k < count {
      var sum: Float = 0
      for r in 0..<rows.count { sum += unsafe weights[r] * rows[r][k] }
      unsafe target[k] = sum
      k &+= 1
    }
  }

  @inline(__always)
  private static func load(_ address: UnsafePointer<Float>) -> SIMD16<Float> {
    unsafe UnsafeRawPointer(address).loadUnaligned(as: SIMD16<Float>.self)
  }

  /// `target[k] = Σ weights[t] · row[(starts[k] + t)·channels…]`, four samples at a time, whatever the number of
  /// channels: what is too many is not looked at. `row` has `(tapCount + 4) * channels` samples of padding.
  static func sumAlong(
    _ row: UnsafePointer<Float>, channels: Int, _ filter: borrowing BandedFilter,
    into target: UnsafeMutablePointer<SIMD4<Float>>
  ) {
    let tapCount = filter.tapCount
    unsafe filter.weights.withUnsafeBufferPointer { weights in
      for k in 0..<filter.count {
        var source = unsafe UnsafeRawPointer(row + filter.starts[k] &* channels)
        let taps = unsafe weights.baseAddress! + k &* tapCount
        // Four sums: one would wait for its own last addition.
        var (a, b, c, d) = (SIMD4<Float>.zero, SIMD4<Float>.zero, SIMD4<Float>.zero, SIMD4<Float>.zero)
        let step = channels &* 4
        var t = 0
        while t &+ 4 <= tapCount {
          a += unsafe taps[t] * source.loadUnaligned(as: SIMD4<Float>.self)
          b += unsafe taps[t &+ 1] * source.loadUnaligned(fromByteOffset: step, as: SIMD4<Float>.self)
          c += unsafe taps[t &+ 2] * source.loadUnaligned(fromByteOffset: 2 &* step, as: SIMD4<Float>.self)
          d += unsafe taps[t &+ 3] * source.loadUnaligned(fromByteOffset: 3 &* step, as: SIMD4<Float>.self)
          unsafe source += 4 &* step
          t &+= 4
        }
        while t < tapCount {
          a += unsafe taps[t] * source.loadUnaligned(as: SIMD4<Float>.self)
          unsafe source += step
          t &+= 1
        }
        unsafe target[k] = (a + b) + (c + d)
      }
    }
  }
}
