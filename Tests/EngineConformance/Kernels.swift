// SPDX-License-Identifier: Apache-2.0
//
// Rows of the caller's own. Public, at file scope: workers find them by name.

import Glibc
import Weft

public struct Checker: RowKernel {
  public static func fill(row i: Int, into values: inout MutableSpan<Double>) {
    for j in values.indices { values[j] = Double((i + j) % 2) + Double(i) / 7 }
  }
}

public struct SlowRows: RowKernel {
  public static func fill(row i: Int, into values: inout MutableSpan<Double>) {
    usleep(20_000)
    for j in values.indices { values[j] = Double(i) }
  }
}

struct Unreachable {
  private struct Kernel: RowKernel {
    static func fill(row i: Int, into values: inout MutableSpan<Double>) {}
  }
  /// A type that no other process could name.
  static let kernel: any RowKernel.Type = Kernel.self
}
