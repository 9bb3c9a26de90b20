// SPDX-License-Identifier: Apache-2.0
// Runs remote functions in a worker, one after the other, on its main thread. Used by ChildProcess and Pool.

import CPOSIX

package final class FunctionRunner {
  /// To cancel what runs.
  package let loop: TaskLoop
  private let processName: String

  /// One for a worker, on its main thread; errors name it `processName`.
  package init(processName: String) throws(SystemError) {
    loop = try TaskLoop()
    self.processName = processName
    cposix_record_throws()
  }

  /// Runs `function` to its end on the calling thread. What it throws comes with the place where it was thrown.
  ///
  /// The other parameters are `TaskLoop.run`'s.
  package func run<Function: RemoteFunction>(
    _ function: Function.Type, _ input: Function.Input, alsoWaitingFor descriptor: Int32 = -1,
    onReadable: (() -> Void)? = nil
  ) -> Result<Function.Output, RemoteError> {
    cposix_begin_throws()
    defer { cposix_end_throws() }
    let result = loop.run(alsoWaitingFor: descriptor, onReadable: onReadable) { try await Function.call(input) }
    switch result {
    case .success(let output): return .success(output)
    case .failure(let error):
      return .failure(RemoteError(error, stackTrace: StackTrace.ofThrow(of: error), processName: processName))
    }
  }
}
