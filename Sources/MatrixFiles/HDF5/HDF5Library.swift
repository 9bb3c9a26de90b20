// SPDX-License-Identifier: Apache-2.0
// HDF5, opened when the first of its files is read, and the one lock that all calls into it pass through.

internal import CFileLibraries
import Synchronization

enum HDF5Library {
  /// Debian's serial build, then what others call it.
  static let names = [
    "libhdf5_serial.so.103", "libhdf5.so.103", "libhdf5.so.200", "libhdf5.so.310", "libhdf5_serial.so.310",
    "libhdf5.so.320", "libhdf5_serial.so", "libhdf5.so",
  ]

  private static let turn = Mutex(())
  private static let opened = load(names)

  /// Runs `body` with the table, alone in this process. Not to be nested.
  static func call<Result>(
    for path: String, _ body: (weft_hdf5) throws(FileError) -> Result
  ) throws(FileError) -> Result {
    let table: weft_hdf5
    switch opened {
    case .success(let found): table = found
    case .failure(let missing): throw missing.error(for: path)
    }
    // The value stays on this thread: it is made and returned under the lock.
    var result: Result?
    try turn.withLock { _ throws(FileError) in result = try body(table) }
    guard let result else { preconditionFailure("a body that returned has a result") }
    return result
  }

  /// Why none of the names could be opened.
  struct Missing: Error {
    let detail: weft_library_detail

    func error(for path: String) -> FileError {
      FileLibrary.unavailable("HDF5", package: "libhdf5-103-1", detail: detail, for: path)
    }
  }

  /// The first that there is; the reason is that of the first, which is the one to be installed.
  static func load(_ names: [String]) -> Result<weft_hdf5, Missing> {
    var first: weft_library_detail?
    for name in names {
      var table = weft_hdf5()
      var detail = weft_library_detail()
      if unsafe weft_hdf5_open(name, &table, &detail) { return .success(table) }
      first = first ?? detail
    }
    return .failure(Missing(detail: first ?? weft_library_detail()))
  }
}
