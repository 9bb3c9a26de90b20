// SPDX-License-Identifier: Apache-2.0
//
// What a JPEG file says beside its pixels and TurboJPEG does not hand out: which way is up (EXIF), and what the colours
// mean (an ICC profile). Read after the pixels, from bytes that TurboJPEG has found sound; a segment that is not is
// left out, since it is no reason to lose a picture.

struct JPEGSegments {
  /// EXIF's number for how the picture lies, 1 to 8; 1 is upright.
  private(set) var orientation = 1
  /// The parts of the ICC profile together; nil where there is none, or not all of it.
  private(set) var profile: [UInt8]?

  private static let profileMark = Array("ICC_PROFILE\0".utf8)
  private static let partByteCount = 65_519  // 65,535 less the length, the mark, and the numbers of part and parts

  init(_ bytes: [UInt8]) {
    var offset = 2
    var parts: [Int: ArraySlice<UInt8>] = [:]
    var partCount = 0
    while offset + 4 <= bytes.count, bytes[offset] == 0xff {
      let kind = bytes[offset + 1]
      guard kind != 0xff else {  // fill bytes may stand before a marker
        offset += 1
        continue
      }
      guard kind != 0xda, kind != 0xd9 else { break }  // from here on there are pixels
      let length = Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
      guard length >= 2, offset + 2 + length <= bytes.count else { break }
      let body = bytes[offset + 4..<offset + 2 + length]
      if kind == 0xe1, body.starts(with: Array("Exif\0\0".utf8)) {
        orientation = Self.orientation(body.dropFirst(6)) ?? orientation
      } else if kind == 0xe2, body.starts(with: Self.profileMark), body.count > 14 {
        let rest = body.dropFirst(Self.profileMark.count)
        partCount = Int(rest[rest.startIndex + 1])
        parts[Int(rest[rest.startIndex])] = rest.dropFirst(2)
      }
      offset += 2 + length
    }
    guard partCount > 0, (1...partCount).allSatisfy({ parts[$0] != nil }) else { return }
    profile = (1...partCount).flatMap { parts[$0] ?? [] }
  }

  /// The tag 0x0112 of the first directory of a TIFF header; nil where there is none in 1...8.
  private static func orientation(_ tiff: ArraySlice<UInt8>) -> Int? {
    let tiff = Array(tiff)
    let isLittle = tiff.starts(with: Array("II".utf8))
    guard isLittle || tiff.starts(with: Array("MM".utf8)) else { return nil }
    func number(_ offset: Int, _ count: Int) -> Int? {
      guard offset >= 0, offset + count <= tiff.count else { return nil }
      let bytes = tiff[offset..<offset + count]
      return isLittle ? bytes.reversed().reduce(0) { $0 << 8 | Int($1) } : bytes.reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = number(4, 4), let entries = number(directory, 2) else { return nil }
    for entry in 0..<entries {
      let place = directory + 2 + 12 * entry
      guard let tag = number(place, 2) else { return nil }
      if tag == 0x0112, let value = number(place + 8, 2), (1...8).contains(value) { return value }
    }
    return nil
  }

  /// The file with the profile behind its first marker, in as many segments as it takes.
  static func inserting(_ profile: [UInt8]?, into file: [UInt8]) -> [UInt8] {
    guard let profile, !profile.isEmpty, profile.count <= 255 * partByteCount else { return file }
    let count = (profile.count + partByteCount - 1) / partByteCount
    var segments: [UInt8] = []
    for part in 0..<count {
      let bytes = profile[part * partByteCount..<min((part + 1) * partByteCount, profile.count)]
      let length = 2 + profileMark.count + 2 + bytes.count
      segments += [0xff, 0xe2, UInt8(length >> 8), UInt8(length & 255)] + profileMark
      segments += [UInt8(part + 1), UInt8(count)] + bytes
    }
    // JFIF wants its own segment to be the first, and the encoder has written it.
    let isJFIF = file.count > 6 && file[2] == 0xff && file[3] == 0xe0
    let place = isJFIF ? 4 + Int(file[4]) << 8 + Int(file[5]) : 2
    return Array(file[..<place]) + segments + file[place...]
  }
}

extension Image {
  /// The picture as EXIF's orientation means it: 2 mirrored, 3 turned by half, 4 upside down mirrored, 5 to 8 with
  /// sides exchanged. Exact: pixels only change their places.
  func upright(_ orientation: Int) -> Image {
    guard (2...8).contains(orientation) else { return self }
    let turned = orientation >= 5
    let mirrorsAcross = [2, 3, 7, 8].contains(orientation)
    let mirrorsDown = [3, 4, 6, 7].contains(orientation)
    var result = Image(width: turned ? height : width, height: turned ? width : height, channels: channels)
    let count = channels.rawValue
    for y in 0..<result.height {
      for x in 0..<result.width {
        // Stored coordinates: exchanged first, then mirrored within the stored picture.
        var (column, row) = turned ? (y, x) : (x, y)
        if mirrorsAcross { column = width - 1 - column }
        if mirrorsDown { row = height - 1 - row }
        let (source, target) = ((row * width + column) * count, (y * result.width + x) * count)
        for channel in 0..<count { result.samples[target + channel] = samples[source + channel] }
      }
    }
    result.profile = profile
    return result
  }
}
