// SPDX-License-Identifier: Apache-2.0
// zlib and zstd, opened when the first compressed file is met, and one codec of theirs as a value that frees itself.

internal import CFileLibraries

/// A library that is opened on first use.
enum FileLibrary {
  case zlib
  case zstd

  /// - Throws: `.libraryUnavailable`, for the file at `path`, with the package that holds it.
  /// - Parameter name: another than the library's own, for tests: it is opened, looked at and not used.
  func open(for path: String, name: String? = nil) throws(FileError) {
    var detail = weft_library_detail()
    let (title, package, isOpen): (String, String, Bool)
    switch self {
    case .zlib:
      let name = unsafe name ?? String(cString: weft_zlib_name)
      (title, package, isOpen) = ("zlib", "zlib1g", unsafe weft_zlib_open(name, &detail))
    case .zstd:
      let name = unsafe name ?? String(cString: weft_zstd_name)
      (title, package, isOpen) = ("zstd", "libzstd1", unsafe weft_zstd_open(name, &detail))
    }
    guard !isOpen else { return }
    throw Self.unavailable(title, package: package, detail: detail, for: path)
  }

  static func unavailable(
    _ title: String, package: String, detail: weft_library_detail, for path: String
  ) -> FileError {
    let reason = unsafe withUnsafeBytes(of: detail.text) {
      unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    return FileError(
      .libraryUnavailable, path,
      "it needs \(title), which could not be opened: \(printable(reason)); "
        + "install it (Debian: apt-get install \(package))")
  }
}

/// One direction of one compressed format.
@safe
struct Codec: ~Copyable {
  enum Kind {
    /// A gzip file; the members of a ZIP archive have no header of their own.
    case gunzip, inflate, unzstd
    case gzip, deflate, zstd

    fileprivate var library: FileLibrary { self == .unzstd || self == .zstd ? .zstd : .zlib }

    fileprivate var raw: weft_codec_kind {
      switch self {
      case .gunzip: weft_codec_gunzip
      case .inflate: weft_codec_inflate
      case .unzstd: weft_codec_unzstd
      case .gzip: weft_codec_gzip
      case .deflate: weft_codec_deflate
      case .zstd: weft_codec_zstd
      }
    }

    /// For errors.
    var title: String {
      switch self {
      case .gunzip, .gzip: "gzip"
      case .inflate, .deflate: "deflate"
      case .unzstd, .zstd: "zstd"
      }
    }

    /// Fast: numbers have few patterns, and a higher level costs many times the time for a few hundredths of the size.
    fileprivate var level: Int32 { 1 }
  }

  /// How far one call came.
  struct Step {
    let consumed: Int
    let produced: Int
    /// Of the gzip member or zstd frame.
    let isEnd: Bool
  }

  private let codec: OpaquePointer
  private let kind: Kind
  private let path: String

  init(_ kind: Kind, for path: String) throws(FileError) {
    try kind.library.open(for: path)
    guard let codec = unsafe weft_codec_create(kind.raw, kind.level) else {
      throw FileError(.outOfMemory, path, "there is no memory for a decoder or encoder")
    }
    unsafe self.codec = codec
    self.kind = kind
    self.path = path
  }

  deinit { unsafe weft_codec_free(codec) }

  /// Goes on as far as input and room reach.
  ///
  /// - Parameters:
  ///   - range: of `output`, the room.
  ///   - place: of the input in its file, for the error.
  func run(
    _ input: RawSpan, _ output: inout MutableRawSpan, _ range: Range<Int>, finish: Bool = false, place: Int = 0
  ) throws(FileError) -> Step {
    precondition(range.lowerBound >= 0 && range.upperBound <= output.byteCount, "room past the end of its memory")
    let step = unsafe input.withUnsafeBytes { input in
      unsafe output.withUnsafeMutableBytes { output in
        unsafe weft_codec_run(
          codec, input.baseAddress, input.count, output.baseAddress.map { unsafe $0 + range.lowerBound }, range.count,
          finish)
      }
    }
    switch step.status {
    case weft_codec_damaged:
      let words = unsafe String(cString: weft_codec_detail(codec))
      let detail = words.isEmpty ? "" : " (\(printable(words)))"
      throw FileError(
        .malformed, path, "its \(kind.title) data are damaged at or before byte \(place + step.consumed)\(detail)")
    case weft_codec_out_of_memory: throw FileError(.outOfMemory, path, "there is no memory to go on with")
    default: return Step(consumed: step.consumed, produced: step.produced, isEnd: step.status == weft_codec_ended)
    }
  }

  /// The same from and into arrays that are used as buffers.
  func run(
    _ input: [UInt8], _ part: Range<Int>, _ output: inout MutableRawSpan, _ range: Range<Int>, place: Int
  ) throws(FileError) -> Step {
    let bytes = unsafe input.span.extracting(part).bytes  // a byte has no padding
    return try run(bytes, &output, range, place: place)
  }

  func run(_ input: RawSpan, _ output: inout [UInt8], _ range: Range<Int>, finish: Bool) throws(FileError) -> Step {
    var span = output.mutableSpan
    var bytes = unsafe span.mutableBytes  // any byte is a UInt8
    return try run(input, &bytes, range, finish: finish)
  }

  /// Ready for a new member or frame.
  func restart() { unsafe weft_codec_restart(codec) }
}

/// CRC-32 as gzip and ZIP use it.
struct CRC32 {
  private(set) var value: UInt32 = 0

  init(for path: String) throws(FileError) { try FileLibrary.zlib.open(for: path) }

  mutating func append(_ bytes: RawSpan) {
    value = unsafe bytes.withUnsafeBytes { unsafe weft_crc32(value, $0.baseAddress, $0.count) }
  }

  /// The first bytes of an array that is used as a buffer.
  mutating func append(_ bytes: [UInt8], _ count: Int) {
    append(unsafe bytes.span.extracting(first: count).bytes)  // a byte has no padding
  }
}
