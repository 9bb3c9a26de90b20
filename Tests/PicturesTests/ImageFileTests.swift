// SPDX-License-Identifier: Apache-2.0
//
// Picture files: there and back, what they say about themselves, and files that are not what they say.

import Glibc
import MatrixFiles
import Testing

@testable import Pictures

@Suite("Picture files")
struct ImageFileTests {
  @Test("PNG keeps every sample", .enabled(if: Libraries.hasPNG, "needs libpng16"), arguments: Image.Channels.allCases)
  func png(channels: Image.Channels) throws {
    let scratch = Scratch()
    for (width, height) in [(1, 1), (37, 23), (300, 1), (1, 300), (640, 480)] {
      let image = Image.sample(width, height, channels)
      let path = scratch.file("\(width)x\(height).png")
      let written = try image.write(to: path, options: WriteOptions(sync: false))
      #expect(try InputFile(path).byteCount == written)
      #expect(try Image(contentsOf: path) == image)
    }
    // Nothing to compress: the bound on the file's size holds.
    var random = Random(3)
    let noise = Image(
      width: 257, height: 129, channels: channels,
      samples: (0..<257 * 129 * channels.rawValue).map { _ in UInt8.random(in: 0...255, using: &random) })
    let bytes = try PNGCoding.encode(noise, path: "noise.png")
    #expect(try PNGCoding.decode(bytes, path: "noise.png") == noise)
  }

  @Test("JPEG comes near", .enabled(if: Libraries.hasJPEG, "needs libturbojpeg"), arguments: [75, 90, 100])
  func jpeg(quality: Int) throws {
    for channels in [Image.Channels.grey, .colour] {
      let image = Image.sample(100, 67, channels)
      let bytes = try JPEGCoding.encode(image, quality: quality, path: "a.jpg")
      let back = try JPEGCoding.decode(bytes, path: "a.jpg")
      let difference = image.difference(back)
      #expect(difference.mean < (quality == 75 ? 12 : quality == 90 ? 8 : 2), "\(channels) \(difference)")
    }
    let seeThrough = Image.sample(40, 30, .colourAlpha)
    let bytes = try JPEGCoding.encode(seeThrough, quality: quality, path: "a.jpg")
    #expect(try JPEGCoding.decode(bytes, path: "a.jpg").channels == .colour)
  }

  @Test("Alpha in front of white")
  func white() {
    let image = Image(width: 3, height: 1, channels: .greyAlpha, samples: [0, 0, 0, 255, 100, 51])
    #expect(image.laidOnWhite() == Image(width: 3, height: 1, channels: .grey, samples: [255, 0, 224]))
  }

  /// A JPEG file that says which way is up.
  private func turned(_ image: Image, _ orientation: UInt8, isLittle: Bool) throws -> [UInt8] {
    let bytes = try JPEGCoding.encode(image, quality: 100, path: "a.jpg")
    let tiff: [UInt8] =
      isLittle
      ? [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0]
      : [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
    let body = Array("Exif\0\0".utf8) + tiff
    return bytes[..<2] + [0xff, 0xe1, 0, UInt8(body.count + 2)] + body + bytes[2...]
  }

  @Test("Pictures come upright", .enabled(if: Libraries.hasJPEG, "needs libturbojpeg"), arguments: 1...8)
  func orientation(number: Int) throws {
    // Dark, but for one bright corner: the top left one of the upright picture.
    var upright = Image(width: 32, height: 16, channels: .grey, filledWith: 20)
    for y in 0..<8 { for x in 0..<8 { upright.samples[y * 32 + x] = 230 } }
    // As the camera would store it, by EXIF's own words: where the first row and the first column belong.
    let isTurned = number >= 5
    var stored = Image(width: isTurned ? 16 : 32, height: isTurned ? 32 : 16, channels: .grey)
    for row in 0..<stored.height {
      for column in 0..<stored.width {
        let (x, y) =
          switch number {
          case 1: (column, row)
          case 2: (31 - column, row)
          case 3: (31 - column, 15 - row)
          case 4: (column, 15 - row)
          case 5: (row, column)
          case 6: (31 - row, column)
          case 7: (31 - row, 15 - column)
          default: (row, 15 - column)
          }
        stored.samples[row * stored.width + column] = upright.samples[y * 32 + x]
      }
    }
    #expect(stored.upright(number) == upright)
    for isLittle in [false, true] {
      let file = try turned(stored, UInt8(number), isLittle: isLittle)
      let read = try JPEGCoding.decode(file, path: "a.jpg")
      #expect(read.width == 32 && read.height == 16 && read.difference(upright).largest < 30)
    }
  }

  @Test(
    "Resized and then turned is turned and then resized", .enabled(if: Libraries.hasJPEG, "needs libturbojpeg"),
    arguments: 1...8)
  func turnedLast(number: Int) throws {
    let scratch = Scratch()
    let path = scratch.file("a.jpg")
    try put(try turned(.sample(60, 37, .colour), UInt8(number), isLittle: true), path)
    for shape in ResizeOptions.Shape.allCases {
      let options = ResizeOptions(width: 23, height: 17, shape: shape)
      let image = try Image(contentsOf: path)
      let (old, new) = try Image.resized(contentsOf: path, options)
      #expect(old == PictureSize(width: image.width, height: image.height))
      // Sums in another order: a rounding may fall to the other side.
      #expect(new.difference(image.resized(options)).largest <= 1, "\(shape)")
    }
  }

  @Test("A colour profile goes along", .enabled(if: Libraries.hasJPEG, "needs libturbojpeg"))
  func profile() throws {
    let profile = (0..<150_000).map { UInt8($0 * 7 & 255) }
    var image = Image.sample(64, 48, .colour)
    image.profile = profile
    let file = try JPEGCoding.encode(image.resized(ResizeOptions(width: 30, height: 30)), quality: 90, path: "a.jpg")
    #expect(try JPEGCoding.decode(file, path: "a.jpg").profile == profile)
    #expect(JPEGSegments(Array(file.prefix(70_000))).profile == nil)
  }

  @Test("Formats by name and by content")
  func formats() {
    for (path, format) in [
      ("a.png", ImageFormat.png), ("b/A.PNG", .png), ("x.jpg", .jpeg), ("x.tar.JPEG", .jpeg), (".png", nil),
      ("png", nil), ("a.png/x", nil), ("a.gif", nil),
    ] { #expect(ImageFormat(path: path) == format, "\(path)") }
    #expect(ImageFormat(head: PNGCoding.signature + [0]) == .png && ImageFormat(head: [0xff, 0xd8]) == nil)
  }

  @Test("A missing library is one sentence with its package")
  func missing() {
    for (name, word) in [("libno-such.so.9", "libno-such.so.9"), ("libc.so.6", "lacks")] {
      let png = #expect(throws: ImageLibraries.Missing.self) { try ImageLibraries.openPNG(name) }
      #expect(
        png?.message.contains(word) == true && png?.message.contains("libpng16-16") == true,
        "\(String(describing: png))")
      let jpeg = #expect(throws: ImageLibraries.Missing.self) { try ImageLibraries.openJPEG(name) }
      #expect(jpeg?.message.contains(word) == true && jpeg?.message.contains("libturbojpeg0") == true)
    }
  }

  @Test("What is no picture is refused")
  func refusals() throws {
    let scratch = Scratch()
    try put(Array("GIF89a…".utf8), scratch.file("a.png"))
    try put([], scratch.file("empty.png"))
    for name in ["a.png", "empty.png", "missing.png"] {
      let error = #expect(throws: FileError.self) { try Image(contentsOf: scratch.file(name)) }
      #expect(error?.path == scratch.file(name) && error?.code.exitCode == 65)
    }
    let image = Image(width: 2, height: 2, channels: .grey)
    let unknown = #expect(throws: FileError.self) { try image.write(to: scratch.file("a.gif")) }
    #expect(unknown?.code == .unknownFormat)
    let exists = #expect(throws: FileError.self) { try image.write(to: scratch.file("a.png")) }
    #expect(exists?.code == .exists)
  }
}
