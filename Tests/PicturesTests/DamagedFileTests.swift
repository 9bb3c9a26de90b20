// SPDX-License-Identifier: Apache-2.0
//
// Files that were cut off, changed, or made to take memory. A picture that still decodes is fine; what may never happen
// is a crash, a hang or memory without limit.

import Glibc
import MatrixFiles
import Testing

@testable import Pictures

@Suite("Damaged pictures", .serialized)
struct DamagedFileTests {
  /// Bytes of resident memory at the most since the process began.
  private var peak: Int {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }

  private func files() throws -> [(ImageFormat, [UInt8])] {
    var files: [(ImageFormat, [UInt8])] = []
    for channels in Image.Channels.allCases where Libraries.hasPNG {
      files.append((.png, try PNGCoding.encode(.sample(61, 43, channels), path: "a.png")))
    }
    for channels in [Image.Channels.grey, .colour] where Libraries.hasJPEG {
      files.append((.jpeg, try JPEGCoding.encode(.sample(61, 43, channels), quality: 80, path: "a.jpg")))
    }
    return files
  }

  @Test(
    "Cut off anywhere, a file is refused", .enabled(if: Libraries.hasPNG && Libraries.hasJPEG, "needs both libraries"))
  func truncated() throws {
    for (format, bytes) in try files() {
      // Behind the pixels of a PNG stand 12 bytes that nobody misses.
      for length in stride(from: 1, to: bytes.count - (format == .png ? 20 : 2), by: 37) {
        let error = #expect(throws: FileError.self, "\(format), \(length) of \(bytes.count) bytes") {
          try Image(decoding: Array(bytes[..<length]), as: format, path: "cut")
        }
        #expect(error?.path == "cut" && error?.code.exitCode == 65)
      }
    }
  }

  @Test("Changed anywhere, a file is read or refused, within its memory")
  func mutated() throws {
    let before = peak
    var random = Random(20_261_126)
    var (read, refused) = (0, 0)
    for (format, bytes) in try files() {
      for _ in 0..<400 {
        var changed = bytes
        for _ in 0..<Int.random(in: 1...6, using: &random) {
          let place = Int.random(in: 0..<changed.count, using: &random)
          switch Int.random(in: 0..<4, using: &random) {
          case 0: changed[place] = UInt8.random(in: 0...255, using: &random)
          case 1: changed[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
          case 2: changed.removeSubrange(place..<min(changed.count, place + 5))
          default: changed[min(place, 40)] = UInt8.random(in: 0...255, using: &random)
          }
          if changed.isEmpty { changed = [0] }
        }
        do {
          let image = try Image(decoding: changed, as: format, path: "changed")
          #expect(image.samples.count == image.width * image.height * image.channels.rawValue)
          read += 1
        } catch {
          #expect([65].contains(error.code.exitCode), "\(error)")
          refused += 1
        }
      }
    }
    #expect(!Libraries.hasPNG || refused > 400 && read > 0, "\(read) read, \(refused) refused")
    #expect(peak - before < 512 << 20)
  }

  @Test(
    "Sides that the file cannot fill are refused before memory is taken",
    .enabled(if: Libraries.hasPNG, "needs libpng16"))
  func claims() throws {
    var bytes = try PNGCoding.encode(.sample(8, 8, .grey), path: "a.png")
    for (width, words) in [(30_000, "cannot hold"), (1 << 30, "not possible"), (0, "not possible")] {
      for (k, shift) in [24, 16, 8, 0].enumerated() {
        bytes[16 + k] = UInt8(width >> shift & 255)
        bytes[20 + k] = UInt8(min(width, 8000) >> shift & 255)
      }
      let error = #expect(throws: FileError.self) { try PNGCoding.decode(bytes, path: "bomb.png") }
      #expect(error?.message.contains(words) == true, "\(String(describing: error))")
    }
  }
}
