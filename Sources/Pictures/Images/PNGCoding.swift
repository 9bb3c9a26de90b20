// SPDX-License-Identifier: Apache-2.0
//
// PNG from and to bytes in memory, by libpng's simplified interface. Used by ImageFile.
//
// Whatever the file holds (palette, 1 to 16 bits, its own gamma) becomes 8-bit sRGB, as libpng converts it.

internal import CImageLibraries
import MatrixFiles

enum PNGCoding {
  static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  /// Deflate writes at least one bit for 258 bytes (a repeat of its longest length), so that no sound file
  /// has more than 1032 times its bytes. Checked before anything is allocated.
  private static let greatestRatio = 1032

  static func decode(_ bytes: [UInt8], path: String) throws(FileError) -> Image {
    try checkSides(bytes, path)
    let png = try ImageLibraries.png(for: path)
    // libpng keeps the address from the first call to the second.
    return unsafe try bytes.withUnsafeBufferPointer { bytes throws(FileError) in try unsafe decode(bytes, png, path) }
  }

  private static func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, _ png: weft_png, _ path: String
  ) throws(FileError) -> Image {
    var image = unsafe weft_png_image()
    unsafe image.version = UInt32(weft_png_version)
    defer { unsafe png.free(&image) }
    guard unsafe png.begin_read(&image, bytes.baseAddress!, bytes.count) != 0 else { throw unsafe damaged(image, path) }
    let flags = unsafe image.format & UInt32(weft_png_alpha | weft_png_colour)
    unsafe image.format = flags
    unsafe image.flags |= UInt32(weft_png_16_bit_is_srgb)
    let (width, height) = unsafe (Int(image.width), Int(image.height))
    guard Image.isPossible(width, height) else { throw tooLarge(width, height, path) }
    let channels = channels(flags)
    var samples = [UInt8](repeating: 0, count: width * height * channels.rawValue)
    let isRead = unsafe samples.withUnsafeMutableBytes {
      unsafe png.finish_read(&image, nil, $0.baseAddress!, Int32(width * channels.rawValue), nil)
    }
    guard isRead != 0 else { throw unsafe damaged(image, path) }
    return Image(width: width, height: height, channels: channels, samples: samples)
  }

  private static func channels(_ flags: UInt32) -> Image.Channels {
    let hasAlpha = flags & UInt32(weft_png_alpha) != 0
    return flags & UInt32(weft_png_colour) != 0 ? hasAlpha ? .colourAlpha : .colour : hasAlpha ? .greyAlpha : .grey
  }

  /// Holds the sides that the header claims against the size of the file.
  private static func checkSides(_ bytes: [UInt8], _ path: String) throws(FileError) {
    // Signature, length and type of the first chunk, then width, height, bits of a sample, kind of colour: 8 + 8 + 10.
    guard bytes.count >= 33, bytes[12..<16].elementsEqual("IHDR".utf8) else {
      throw FileError(.malformed, path, "the PNG file ends in or lacks its header; it is damaged, get it anew")
    }
    func number(at offset: Int) -> Int { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
    let (width, height, bits) = (number(at: 16), number(at: 20), Int(bytes[24]))
    guard Image.isPossible(width, height) else { throw tooLarge(width, height, path) }
    let samples: [UInt8: Int] = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4]
    guard bits <= 16, let samples = samples[bytes[25]] else {
      throw FileError(.malformed, path, "its PNG header is not valid; it is damaged, get it anew")
    }
    guard (width * samples * bits + 7) / 8 * height / greatestRatio <= bytes.count else {
      throw FileError(
        .malformed, path,
        "a PNG file of \(bytes.count) bytes cannot hold the \(width)×\(height) pixels that it claims; get it anew")
    }
  }

  static func tooLarge(_ width: Int, _ height: Int, _ path: String) -> FileError {
    FileError(
      .unsupported, path,
      "a picture of \(width)×\(height) pixels is not possible here; 1 to \(Image.greatestPixelCount) are")
  }

  private static func damaged(_ image: weft_png_image, _ path: String) -> FileError {
    let text = unsafe text(of: image)
    return FileError(.malformed, path, "the PNG file is damaged or incomplete (libpng: \(text)); get it anew")
  }

  private static func text(of image: weft_png_image) -> String {
    unsafe withUnsafeBytes(of: image.message) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  static func encode(_ picture: Image, path: String) throws(FileError) -> [UInt8] {
    let png = try ImageLibraries.png(for: path)
    var image = unsafe weft_png_image()
    unsafe image.version = UInt32(weft_png_version)
    unsafe image.width = UInt32(picture.width)
    unsafe image.height = UInt32(picture.height)
    unsafe image.format =
      UInt32(picture.channels.hasAlpha ? weft_png_alpha : 0) | UInt32(picture.channels.hasColour ? weft_png_colour : 0)
    defer { unsafe png.free(&image) }
    // What png.h promises as the most: every row with its filter byte, zlib's worst case, and the chunks around them.
    let plain = (picture.rowStride + 1) * picture.height
    var byteCount = plain + (plain + 7) / 8 + (plain + 63) / 64 + 11 + 1024 + plain / 8192 * 12
    let capacity = byteCount
    var isWritten: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { bytes, count in
      unsafe picture.samples.withUnsafeBytes { samples in
        isWritten = unsafe png.write(
          &image, bytes.baseAddress!, &byteCount, 0, samples.baseAddress!, Int32(picture.rowStride), nil)
      }
      count = isWritten != 0 ? byteCount : 0
    }
    guard isWritten != 0 else {
      throw unsafe FileError(.writeFailed, path, "libpng could not write the picture: \(text(of: image))")
    }
    return bytes
  }
}
