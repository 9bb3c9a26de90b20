// SPDX-License-Identifier: Apache-2.0
//
// The one door to the C kernels: which tables this CPU can run, and the choice of one. `Plan` chooses once; nobody asks
// again inside a loop.

import CKernels
import Formula
import MatrixCore

/// The vector kernels of one instruction set. All tables give the same bits.
@safe public struct KernelTable: Sendable, CustomStringConvertible {
  /// Points at a constant of the C target, never written.
  nonisolated(unsafe) let kernels: UnsafePointer<ck_table>

  private init?(_ table: UnsafePointer<ck_table>?) {
    guard let table = unsafe table else { return nil }
    unsafe kernels = table
  }

  /// "avx512", "avx2" or "portable".
  public var name: String { unsafe String(cString: kernels.pointee.name) }

  /// Doubles a vector register.
  public var lanes: Int { unsafe Int(kernels.pointee.lanes) }

  public var description: String { name }

  /// The tables this CPU can run, fastest first. Empty on a CPU without fused multiply-add (x86-64 before 2013):
  /// nothing can be computed there, since the kernels' bits rest on it.
  public static let supportedOnHost: [KernelTable] = [
    unsafe KernelTable(ck_avx512_table()), unsafe KernelTable(ck_avx2_table()), unsafe KernelTable(ck_portable_table()),
  ].compactMap(\.self)

  /// The table called `name`, if this CPU can run it.
  public static func named(_ name: String) -> KernelTable? { supportedOnHost.first { $0.name == name } }

  /// One function over a whole array: for tests and for single values. Arrays shorter than the first are broadcast from
  /// their first element; absent ones are not read.
  func apply(
    _ function: Function, _ x: [Double], _ y: [Double] = [0], _ z: [Double] = [0], isFast: Bool = false
  ) -> [Double] {
    guard !x.isEmpty else { return [] }
    precondition(!y.isEmpty && !z.isEmpty)
    return unsafe [Double](unsafeUninitializedCapacity: x.count) { out, initialized in
      unsafe x.withUnsafeBufferPointer { x in
        unsafe y.withUnsafeBufferPointer { y in
          unsafe z.withUnsafeBufferPointer { z in
            func operand(_ values: UnsafeBufferPointer<Double>) -> ck_operand {
              unsafe ck_operand(base: values.baseAddress, stride: values.count == x.count ? 1 : 0)
            }
            let operation = function.kernelOperation(isFast: isFast)
            unsafe kernels.pointee.apply(operation, operand(x), operand(y), operand(z), out.baseAddress, x.count)
          }
        }
      }
      initialized = x.count
    }
  }

  /// The checksum of stored elements (see `sink.inc`), `index` being the linear index of the first.
  @unsafe public func checksum(of elements: UnsafeRawPointer, isFloat32: Bool, index: Int, count: Int) -> UInt64 {
    unsafe kernels.pointee.checksum(elements, isFloat32, UInt64(index), count)
  }
}

/// Gives the reference evaluator its elementary functions: the portable kernels, one value at a time.
public struct KernelFunctions: Sendable {
  private let table: KernelTable
  private let isFast: Bool

  /// `isFast`: as a program with `Program.isFast` computes them.
  public init(table: KernelTable, isFast: Bool = false) {
    self.table = table
    self.isFast = isFast
  }

  /// `function(x, y, z)`; operands the function does not have are ignored.
  public func apply(_ function: Function, _ x: Double, _ y: Double, _ z: Double) -> Double {
    let operation = function.kernelOperation(isFast: isFast)
    var result = 0.0
    unsafe withUnsafePointer(to: x) { x in
      unsafe withUnsafePointer(to: y) { y in
        unsafe withUnsafePointer(to: z) { z in
          unsafe table.kernels.pointee.apply(
            operation, ck_operand(base: x, stride: 0), ck_operand(base: y, stride: 0), ck_operand(base: z, stride: 0),
            &result, 1)
        }
      }
    }
    return result
  }
}

extension KernelTable {
  /// Stores `count` doubles as elements of a matrix, rounding to float32 where that is the element type, and looks at
  /// them on the way. `index`: linear index of the first. In place where `values` is `destination`. NaNs stay as they
  /// are.
  @unsafe public func store(
    _ values: UnsafePointer<Double>, count: Int, into destination: UnsafeMutableRawPointer, elementType: ElementType,
    index: Int, wantsChecksum: Bool
  ) -> ElementSummary {
    var sink = unsafe ck_sink()
    unsafe sink.destination = destination
    unsafe sink.index = UInt64(index)
    unsafe sink.is_float32 = elementType == .float32
    unsafe sink.wants_checksum = wantsChecksum
    unsafe sink.keeps_nan = true
    unsafe sink.first_nonfinite = .max
    unsafe kernels.pointee.chain_into(ck_operand(base: values, stride: 1), nil, 0, &sink, count)
    return unsafe ElementSummary(sink)
  }
}
