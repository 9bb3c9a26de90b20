// SPDX-License-Identifier: Apache-2.0
//
// OpenBLAS, opened on first use, and the one lock that all calls into it pass through. Every operation of this module
// comes here for its routines; the plan sets the number of threads; `weft info --blas` prints the description.

internal import COpenBLAS
import MatrixCore
import Synchronization

/// The OpenBLAS of this process.
///
/// It is opened once, by the first operation that needs it or by ``open()``, and stays open. One call runs at a time:
/// OpenBLAS parallelizes inside a call, and its buffers are made for few callers (too many at once end the process:
/// OpenMathLib/OpenBLAS#1882, #3921). A call that waits blocks its thread, so do not start one per Swift task.
public final class BLASLibrary: Sendable, CustomStringConvertible {
  /// Who decided which kernels run.
  public enum CoreTypeSource: String, Sendable {
    /// OpenBLAS knows this CPU.
    case openBLAS = "chosen by OpenBLAS"
    /// `OPENBLAS_CORETYPE` was set; it is never overridden.
    case user = "OPENBLAS_CORETYPE"
    /// OpenBLAS before 0.3.25 takes this CPU for a Pentium 4; chosen from the CPU's features instead.
    case weft = "chosen by Weft from the CPU's features"
  }

  public enum Threading: Int32, Sendable {
    case serial = 0
    case pthreads = 1
    case openMP = 2
  }

  /// As the library reports itself: version, build options, core type, greatest number of threads.
  public let configuration: String
  /// For example `0.3.21`.
  public let version: String
  /// The kernels in use, read back from the library: `Haswell`, `SkylakeX`, `Cooperlake`, `Zen`, …
  public let coreType: String
  public let coreTypeSource: CoreTypeSource
  public let threading: Threading

  private let table: weft_openblas
  private let float64: Routines<Double>
  private let float32: Routines<Float>
  private static let turn = Mutex(())

  init(_ table: weft_openblas, coreTypeSource: CoreTypeSource) {
    self.table = table
    self.coreTypeSource = coreTypeSource
    configuration = unsafe String(cString: table.get_config())
    coreType = unsafe String(cString: table.get_corename())
    // "OpenBLAS 0.3.21 NO_LAPACKE …"
    version = configuration.split(separator: " ").dropFirst().first.map(String.init) ?? "unknown"
    threading = Threading(rawValue: table.get_parallel()) ?? .serial
    float64 = Routines(table.float64)
    float32 = Routines(table.float32)
  }

  /// The number of threads that a call may use.
  public var threads: Int { Int(table.get_num_threads()) }

  /// Sets the number of threads, after the call that is running.
  ///
  /// - Parameter count: at least 1. The library cuts it to what it was built for (Debian: 64; a serial build: 1).
  /// - Returns: the number in force, read back.
  @discardableResult
  public func setThreads(_ count: Int) -> Int {
    precondition(count >= 1, "a call needs at least one thread")
    return Self.turn.withLock { _ in
      table.set_num_threads(Int32(clamping: count))
      return Int(table.get_num_threads())
    }
  }

  /// `OpenBLAS 0.3.21, core type Cooperlake (chosen by OpenBLAS), 2 threads (pthreads)`
  public var description: String {
    "OpenBLAS \(version), core type \(coreType) (\(coreTypeSource.rawValue)), "
      + "\(threads) thread\(threads == 1 ? "" : "s") (\(threading))"
  }

  /// Runs `body` with the routines of its element type, alone in this process.
  /// Not to be nested: the lock is not recursive.
  func call<Element: MatrixElement, Result: Sendable, Failure: Error>(
    for _: Element.Type, _ body: (Routines<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let routines = routines(for: Element.self)
    return try Self.turn.withLock { _ throws(Failure) in try body(routines) }
  }

  /// The casts cannot fail: `Element` is `Double` in the first branch and `Float` in the second.
  func routines<Element: MatrixElement>(for _: Element.Type) -> Routines<Element> {
    if let routines = float64 as? Routines<Element> { return routines }
    if let routines = float32 as? Routines<Element> { return routines }
    preconditionFailure("OpenBLAS knows Double and Float only, not \(Element.self)")
  }
}
