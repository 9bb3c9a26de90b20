// SPDX-License-Identifier: Apache-2.0
//
// JPEG from and to bytes in memory, by TurboJPEG. Used by ImageFile.

internal import CImageLibraries
import MatrixFiles

enum JPEGCoding {
  /// A block of 64 samples takes at least one bit in a sound file, for its mean. Checked before anything is allocated.
  private static let greatestRatio = 64 * 8

  /// The picture upright.
  static func decode(_ bytes: [UInt8], path: String) throws(FileError) -> Image {
    let (image, orientation) = try decodeStored(bytes, path: path)
    return image.upright(orientation)
  }

  /// The picture as it is stored, and EXIF's number for how it lies.
  static func decodeStored(_ bytes: [UInt8], path: String) throws(FileError) -> (image: Image, orientation: Int) {
    let jpeg = try ImageLibraries.jpeg(for: path)
    guard let handle = unsafe jpeg.begin_read() else {
      throw FileError(.outOfMemory, path, "TurboJPEG got no memory; free some")
    }
    defer { unsafe _ = jpeg.end(handle) }
    var (width, height, subsampling, space): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    let isKnown = unsafe bytes.withUnsafeBufferPointer {
      unsafe jpeg.read_header(handle, $0.baseAddress!, UInt($0.count), &width, &height, &subsampling, &space)
    }
    guard isKnown == 0 else { throw unsafe damaged(jpeg, handle, path) }
    guard Image.isPossible(Int(width), Int(height)) else { throw PNGCoding.tooLarge(Int(width), Int(height), path) }
    guard Int(space) != weft_jpeg_space_cmyk, Int(space) != weft_jpeg_space_ycck else {
      throw FileError(.unsupported, path, "it is a CMYK picture for printing; convert it to RGB first")
    }
    guard Int(width) * Int(height) / greatestRatio <= bytes.count else {
      throw FileError(
        .malformed, path,
        "a JPEG file of \(bytes.count) bytes cannot hold the \(width)×\(height) pixels that it claims; get it anew")
    }
    let channels: Image.Channels = Int(space) == weft_jpeg_space_gray ? .grey : .colour
    let pixelFormat = Int32(channels == .grey ? weft_jpeg_gray : weft_jpeg_rgb)
    var samples = [UInt8](repeating: 0, count: Int(width) * Int(height) * channels.rawValue)
    // Scans are limited: 500 empty ones in a file of few bytes would take minutes. A warning is an error here: what is
    // missing or unreadable would come out grey.
    let flags = Int32(weft_jpeg_accurate_dct | weft_jpeg_limit_scans)
    let isRead = unsafe bytes.withUnsafeBufferPointer { bytes in
      unsafe samples.withUnsafeMutableBufferPointer { samples in
        unsafe jpeg.read(
          handle, bytes.baseAddress!, UInt(bytes.count), samples.baseAddress!, width, 0, height, pixelFormat, flags)
      }
    }
    guard isRead == 0 else { throw unsafe damaged(jpeg, handle, path) }
    let segments = JPEGSegments(bytes)
    let image = Image(
      width: Int(width), height: Int(height), channels: channels, samples: samples, profile: segments.profile)
    return (image, segments.orientation)
  }

  private static func damaged(_ jpeg: weft_jpeg, _ handle: UnsafeMutableRawPointer, _ path: String) -> FileError {
    let text = unsafe text(jpeg, handle)
    return FileError(.malformed, path, "the JPEG file is damaged or incomplete (\(text)); get it anew")
  }

  private static func text(_ jpeg: weft_jpeg, _ handle: UnsafeMutableRawPointer) -> String {
    unsafe jpeg.error_text(handle).map { unsafe String(cString: $0) } ?? "no reason given"
  }

  static func encode(_ picture: Image, quality: Int, path: String) throws(FileError) -> [UInt8] {
    precondition((1...100).contains(quality), "the quality of a JPEG is 1 to 100")
    guard max(picture.width, picture.height) <= 65_535 else {
      throw FileError(.cannotCreate, path, "a JPEG has at most 65535 pixels a side; write a PNG")
    }
    let opaque = picture.channels.hasAlpha ? picture.laidOnWhite() : picture
    let jpeg = try ImageLibraries.jpeg(for: path)
    guard let handle = unsafe jpeg.begin_write() else {
      throw FileError(.outOfMemory, path, "TurboJPEG got no memory; free some")
    }
    defer { unsafe _ = jpeg.end(handle) }
    let (width, height) = (Int32(opaque.width), Int32(opaque.height))
    // From quality 90 on with colour in full resolution, as photographs' editors do.
    let subsampling = Int32(
      opaque.channels == .grey ? weft_jpeg_single : quality >= 90 ? weft_jpeg_444 : weft_jpeg_420)
    var byteCount = jpeg.greatest_byte_count(width, height, subsampling)
    var isWritten: Int32 = -1
    let capacity = Int(byteCount)
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { bytes, count in
      var start = bytes.baseAddress
      unsafe opaque.samples.withUnsafeBufferPointer { samples in
        isWritten = unsafe jpeg.write(
          handle, samples.baseAddress!, width, 0, height,
          Int32(opaque.channels == .grey ? weft_jpeg_gray : weft_jpeg_rgb), &start, &byteCount, subsampling,
          Int32(quality), Int32(weft_jpeg_no_reallocation | weft_jpeg_accurate_dct))
      }
      count = isWritten == 0 ? Int(byteCount) : 0
    }
    guard isWritten == 0 else {
      throw unsafe FileError(.writeFailed, path, "TurboJPEG could not write the picture: \(text(jpeg, handle))")
    }
    return JPEGSegments.inserting(picture.profile, into: bytes)
  }
}

extension Image {
  /// Without alpha, in front of white. One rounding for each sample.
  func laidOnWhite() -> Image {
    let count = channels.rawValue - 1
    var opaque: [UInt8] = []
    opaque.reserveCapacity(width * height * count)
    for pixel in stride(from: 0, to: samples.count, by: channels.rawValue) {
      let alpha = Int(samples[pixel + count])
      for channel in 0..<count {
        opaque.append(UInt8((Int(samples[pixel + channel]) * alpha + 255 * (255 - alpha) + 127) / 255))
      }
    }
    return Image(
      width: width, height: height, channels: channels.hasColour ? .colour : .grey, samples: opaque, profile: profile)
  }
}
