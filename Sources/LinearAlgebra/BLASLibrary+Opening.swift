// SPDX-License-Identifier: Apache-2.0
//
// Opening OpenBLAS and saying in one sentence why it could not be opened. Called by every operation of this module;
// after the first time it returns what was found then.

internal import COpenBLAS
import Glibc

extension BLASLibrary {
  /// The name that the loader looks for: Debian's pthread, OpenMP and serial builds all answer to it.
  /// `WEFT_OPENBLAS` names another library, by name or by path.
  static let defaultName = "libopenblas.so.0"

  /// The OpenBLAS of this process, opened now if it was not yet.
  ///
  /// - Throws: `libraryUnavailable`. A failure is final for the process: the loader is asked once.
  public static func open() throws(LinearAlgebraError) -> BLASLibrary { try opened.get() }

  private static let opened: Result<BLASLibrary, LinearAlgebraError> = {
    let named = unsafe getenv("WEFT_OPENBLAS").map { unsafe String(cString: $0) }
    let coreType = unsafe weft_openblas_core_type(weft_openblas_this_cpu()).map { unsafe String(cString: $0) }
    do throws(LinearAlgebraError) {
      return .success(try load(named ?? defaultName, coreType: coreType))
    } catch {
      return .failure(error)
    }
  }()

  /// Opens `name` without keeping it for the process. Tests open what is missing or broken, and other core types.
  static func load(_ name: String, coreType: String? = nil) throws(LinearAlgebraError) -> BLASLibrary {
    var opening = unsafe weft_openblas_opening()
    unsafe weft_openblas_open(name, coreType, &opening)
    guard let table = unsafe opening.table else {
      let detail = unsafe withUnsafeBytes(of: opening.detail) {
        unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      throw unsafe failure(opening.status, name: name, detail: detail)
    }
    return unsafe BLASLibrary(table.pointee, coreTypeSource: CoreTypeSource(opening.core_type_source))
  }

  private static func failure(_ status: weft_openblas_status, name: String, detail: String) -> LinearAlgebraError {
    let reason =
      switch status {
      case weft_openblas_not_openblas: "\(name) is no OpenBLAS with LAPACK inside; it lacks \(detail)"
      case weft_openblas_wide_integers: "\(name) is built with 64-bit integers (\(detail)); Weft calls 32-bit builds"
      case weft_openblas_out_of_memory: "there is no memory for its table of routines"
      default: detail
      }
    return LinearAlgebraError(
      .libraryUnavailable,
      "OpenBLAS could not be opened: \(reason). Install it (Debian: apt-get install libopenblas0), "
        + "or name a library in WEFT_OPENBLAS.")
  }
}

extension BLASLibrary.CoreTypeSource {
  fileprivate init(_ source: weft_core_type_source) {
    switch source {
    case weft_core_type_by_user: self = .user
    case weft_core_type_by_weft: self = .weft
    default: self = .openBLAS
    }
  }
}
