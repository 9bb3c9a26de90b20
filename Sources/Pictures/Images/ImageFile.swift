// SPDX-License-Identifier: Apache-2.0
//
// Picture files as a whole: `Image(contentsOf:)` and `image.write(to:)`, by the formats that there are.

import MatrixFiles

/// A format of picture files.
public enum ImageFormat: String, CaseIterable, Hashable, Sendable, CustomStringConvertible {
  case png, jpeg

  public var description: String { rawValue }

  static let knownExtensions = ".png, .jpg or .jpeg"

  /// By the path's extension, whatever its case.
  public init?(path: String) {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return nil }
    switch name[name.index(after: dot)...].lowercased() {
    case "png": self = .png
    case "jpg", "jpeg": self = .jpeg
    default: return nil
    }
  }

  /// By how the file begins.
  init?(head: some Sequence<UInt8>) {
    if head.starts(with: PNGCoding.signature) {
      self = .png
    } else if head.starts(with: [0xff, 0xd8, 0xff] as [UInt8]) {
      self = .jpeg
    } else {
      return nil
    }
  }
}

extension Image {
  /// Bytes that a picture file may have.
  static let greatestFileByteCount = 1 << 30

  /// Reads a PNG or JPEG file, told by its content and not by its name. A photograph that a camera stored on its side
  /// (EXIF's orientation) comes upright.
  ///
  /// - Throws: `FileError`: unreadable, malformed or truncated files, and what is not supported.
  public init(contentsOf path: String) throws(FileError) {
    let (bytes, format) = try Image.bytes(of: path)
    try self.init(decoding: bytes, as: format, path: path)
  }

  /// Reads a picture file and resizes the picture. What lies on its side is turned afterwards, when it is small: to
  /// turn 4000×3000 pixels takes longer than to resize them.
  ///
  /// - Returns: the size that it had upright, and the new picture.
  public static func resized(
    contentsOf path: String, _ options: ResizeOptions
  ) throws(FileError) -> (old: PictureSize, new: Image) {
    let (bytes, format) = try Image.bytes(of: path)
    guard format == .jpeg else {
      let image = try Image(decoding: bytes, as: format, path: path)
      return (PictureSize(width: image.width, height: image.height), image.resized(options))
    }
    let (image, orientation) = try JPEGCoding.decodeStored(bytes, path: path)
    var (turned, old) = (options, PictureSize(width: image.width, height: image.height))
    if orientation >= 5 {
      swap(&turned.width, &turned.height)
      swap(&old.width, &old.height)
    }
    return (old, image.resized(turned).upright(orientation))
  }

  private static func bytes(of path: String) throws(FileError) -> ([UInt8], ImageFormat) {
    let file = try InputFile(path)
    guard file.byteCount <= Image.greatestFileByteCount else {
      throw FileError(.unsupported, path, "the file has \(file.byteCount) bytes; a picture file may have 1 GiB")
    }
    guard let format = ImageFormat(head: try file.head(16)) else {
      throw FileError(.unsupported, path, "it is neither a PNG nor a JPEG file; convert it first")
    }
    return (try file.head(file.byteCount), format)
  }

  /// - Parameter path: for the error's sentence.
  init(decoding bytes: [UInt8], as format: ImageFormat, path: String) throws(FileError) {
    switch format {
    case .png: self = try PNGCoding.decode(bytes, path: path)
    case .jpeg: self = try JPEGCoding.decode(bytes, path: path)
    }
  }

  /// The picture as a file's bytes. JPEG has no alpha: the picture is laid on white.
  ///
  /// - Parameter quality: of a JPEG, 1 to 100.
  func encoded(as format: ImageFormat, quality: Int, path: String) throws(FileError) -> [UInt8] {
    switch format {
    case .png: try PNGCoding.encode(self, path: path)
    case .jpeg: try JPEGCoding.encode(self, quality: quality, path: path)
    }
  }

  /// Finds out, without touching anything, whether a picture could be written there.
  ///
  /// - Throws: `.unknownFormat`, `.exists`, `.cannotCreate`, or `.libraryUnavailable`.
  @discardableResult
  public static func check(_ path: String, overwrite: Bool) throws(FileError) -> ImageFormat {
    let isFile = try OutputFile.check(path, overwrite: overwrite)
    guard let format = ImageFormat(path: path) ?? (isFile ? nil : .png) else {
      throw FileError(.unknownFormat, path, "its name does not tell a format; end it in \(ImageFormat.knownExtensions)")
    }
    switch format {
    case .png: _ = try ImageLibraries.png(for: path)
    case .jpeg: _ = try ImageLibraries.jpeg(for: path)
    }
    return format
  }

  /// Writes the picture in the format that the path's extension names: complete under its name, or not at all.
  ///
  /// - Returns: the bytes written.
  @discardableResult
  public func write(
    to path: String, quality: Int = 90, options: WriteOptions = WriteOptions()
  ) throws(FileError) -> Int {
    let format = try Image.check(path, overwrite: options.overwrite)
    let bytes = try encoded(as: format, quality: quality, path: path)
    var file = try OutputFile(path, options: options, expectedByteCount: bytes.count)
    try file.write(bytes)
    try file.commit()
    return bytes.count
  }
}
