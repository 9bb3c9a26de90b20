// SPDX-License-Identifier: Apache-2.0
//
// What the tests of this module share: pictures with something on them, a directory of their own, and which libraries
// are there.

import Glibc
import MatrixFiles
import Testing

@testable import Pictures

/// splitmix64: the same numbers in every run.
struct Random: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
}

extension Image {
  /// Waves and a little noise, as a photograph has them.
  static func sample(_ width: Int, _ height: Int, _ channels: Channels, seed: UInt64 = 1) -> Image {
    var random = Random(seed)
    var samples: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<channels.rawValue {
          let wave = sin(Double(x) * 0.13 + Double(channel)) * cos(Double(y) * 0.09 - Double(channel))
          samples.append(UInt8(127 + 100 * wave + Double.random(in: -20...20, using: &random)))
        }
      }
    }
    return Image(width: width, height: height, channels: channels, samples: samples)
  }

  /// The largest and the mean difference of two pictures of one shape.
  func difference(_ other: Image) -> (largest: Int, mean: Double) {
    precondition(width == other.width && height == other.height && channels == other.channels)
    let differences = zip(samples, other.samples).map { abs(Int($0) - Int($1)) }
    return (differences.max() ?? 0, Double(differences.reduce(0, +)) / Double(max(1, differences.count)))
  }
}

enum Libraries {
  static let hasPNG = (try? ImageLibraries.png(for: "")) != nil
  static let hasJPEG = (try? ImageLibraries.jpeg(for: "")) != nil
}

/// An empty directory, removed with everything in it at the end of the test.
final class Scratch: Sendable {
  let path: String

  init() {
    path = "/tmp/weft-pictures-test-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
    unsafe precondition(mkdir(path, 0o755) == 0, "no directory for tests")
  }

  deinit {
    if let stream = unsafe opendir(path) {
      while let entry = unsafe readdir(stream) {
        let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
          unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
        }
        unsafe unlink("\(path)/\(name)")
      }
      unsafe closedir(stream)
    }
    unsafe rmdir(path)
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }
}

func put(_ bytes: [UInt8], _ path: String) throws {
  var file = try OutputFile(path, options: WriteOptions(overwrite: true, sync: false))
  try file.write(bytes)
  try file.commit()
}
