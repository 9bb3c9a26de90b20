// SPDX-License-Identifier: Apache-2.0
//
// Opening libpng and TurboJPEG, each at the first picture that needs it, and saying in one sentence why it could not be
// opened. Called by PNGCoding and JPEGCoding; after the first time it returns what was found then.

internal import CImageLibraries
import Glibc
import MatrixFiles

enum ImageLibraries {
  /// Why there is no library, without the file that needed it.
  struct Missing: Error, Hashable {
    let message: String
  }

  /// `WEFT_LIBPNG` names another library, by name or by path.
  private static let png = Result { () throws(Missing) in
    try openPNG(named(by: "WEFT_LIBPNG") ?? "libpng16.so.16")
  }

  /// `WEFT_TURBOJPEG` names another library, by name or by path.
  private static let jpeg = Result { () throws(Missing) in
    try openJPEG(named(by: "WEFT_TURBOJPEG") ?? "libturbojpeg.so.0")
  }

  /// - Throws: `.libraryUnavailable`. A failure is final for the process: the loader is asked once.
  static func png(for path: String) throws(FileError) -> weft_png { try get(png, path) }

  /// - Throws: `.libraryUnavailable`. A failure is final for the process: the loader is asked once.
  static func jpeg(for path: String) throws(FileError) -> weft_jpeg { try get(jpeg, path) }

  /// Opens `name` without keeping it for the process. Tests open what is missing or broken.
  static func openPNG(_ name: String) throws(Missing) -> weft_png {
    var opening = weft_image_library_opening()
    let table = unsafe weft_png_open(name, &opening)
    guard let table = unsafe table else { throw failure(opening, "libpng", name, "libpng16-16", "WEFT_LIBPNG") }
    return unsafe table.pointee
  }

  /// Opens `name` without keeping it for the process. Tests open what is missing or broken.
  static func openJPEG(_ name: String) throws(Missing) -> weft_jpeg {
    var opening = weft_image_library_opening()
    let table = unsafe weft_jpeg_open(name, &opening)
    guard let table = unsafe table else { throw failure(opening, "TurboJPEG", name, "libturbojpeg0", "WEFT_TURBOJPEG") }
    return unsafe table.pointee
  }

  private static func named(by variable: String) -> String? {
    unsafe getenv(variable).map { unsafe String(cString: $0) }
  }

  private static func get<Table>(_ opened: Result<Table, Missing>, _ path: String) throws(FileError) -> Table {
    do { return try opened.get() } catch { throw FileError(.libraryUnavailable, path, error.message) }
  }

  private static func failure(
    _ opening: weft_image_library_opening, _ title: String, _ name: String, _ package: String, _ variable: String
  ) -> Missing {
    let detail = unsafe withUnsafeBytes(of: opening.detail) {
      unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    let isWrong = opening.status == weft_image_library_wrong
    let reason = isWrong ? "\(name) is no \(title); it lacks \(detail)" : detail
    return Missing(
      message: "\(title) could not be opened: \(reason); install it (Debian: apt-get install \(package)), "
        + "or name a library in \(variable)")
  }
}
