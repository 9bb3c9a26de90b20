// SPDX-License-Identifier: Apache-2.0
//
// The batch job of every guide to multiprocessing: a folder of pictures, each made smaller by a worker of a pool. Only
// names travel between the processes; a worker reads, resizes and writes its picture itself, so that none of them has
// more than one.

import Glibc
import Multiprocessing
import Pictures

struct MakeThumbnail: RemoteFunction {
  struct Picture: Codable, Sendable {
    var source: String
    var target: String
  }

  static func call(_ picture: Picture) throws -> String {
    let image = try Image(contentsOf: picture.source)
    let small = image.resized(ResizeOptions(width: 160, height: 160))
    try small.write(to: picture.target)
    return "\(image.width)×\(image.height) to \(small.width)×\(small.height)"
  }
}

enum ImagesExample: Example {
  static let name = "images"
  static let summary = "a folder of pictures made smaller by a pool, one of them broken"

  static func run() async throws {
    let folder = "/tmp/weft-images-\(getpid())"
    guard unsafe mkdir(folder, 0o700) == 0 else {
      throw SystemError(code: .resourceLimit, message: "\(folder) could not be made; is there a /tmp?")
    }
    var names = (1...6).map { "photo\($0)" }
    defer {
      for name in names { for ending in [".png", "_small.png"] { unsafe unlink("\(folder)/\(name)\(ending)") } }
      unsafe rmdir(folder)
    }
    for (index, name) in names.enumerated() { try photograph(index).write(to: "\(folder)/\(name).png") }
    // A file that only looks like a picture: its error names it, and the others are done.
    guard let file = unsafe fopen("\(folder)/broken.png", "w") else { return }
    unsafe fputs("not a picture", file)
    unsafe fclose(file)
    names.append("broken")

    let pool = try Pool(processes: 4)
    let pictures = names.map {
      MakeThumbnail.Picture(source: "\(folder)/\($0).png", target: "\(folder)/\($0)_small.png")
    }
    let results = pool.imap(MakeThumbnail.self, pictures).results
    var place = 0
    for await result in results {
      switch result {
      case .success(let line): print("\(names[place])   \(line)")
      case .failure(let error as RemoteError):
        print("\(names[place])   \(error.message.split(separator: ": ").last ?? "")")
      case .failure(let error): throw error
      }
      place += 1
    }
    pool.close()
    try await pool.join()
  }

  /// Waves of light, as if somebody had taken it.
  private static func photograph(_ index: Int) -> Image {
    let (width, height) = (640, 480)
    var samples: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<3 {
          let wave = sin(Double(x * (channel + 1)) / 90) * cos(Double(y) / Double(40 + 10 * index))
          samples.append(UInt8(128 + 120 * wave))
        }
      }
    }
    return Image(width: width, height: height, channels: .colour, samples: samples)
  }
}
