// SPDX-License-Identifier: Apache-2.0
//
// A thread with little stack, to show that nothing recurses with the length of a formula.

import Glibc
import Synchronization
import Testing

/// Runs a body on a thread of its own whose stack has `byteCount` bytes, and waits for it.
func onSmallStack<T: Sendable>(byteCount: Int, _ body: @escaping @Sendable () throws -> T) throws -> T {
  let result = ResultBox<T>()
  let start = Start { result.value.withLock { $0 = Result(catching: body) } }
  var attributes = pthread_attr_t()
  unsafe pthread_attr_init(&attributes)
  unsafe pthread_attr_setstacksize(&attributes, byteCount)
  var thread = pthread_t()
  let argument = unsafe Unmanaged.passRetained(start).toOpaque()
  let code = unsafe pthread_create(
    &thread, &attributes,
    { argument in
      unsafe Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue().run()
      return nil
    }, argument)
  try #require(code == 0)
  pthread_join(thread, nil)
  unsafe pthread_attr_destroy(&attributes)
  return try #require(result.value.withLock { $0 }).get()
}

private final class ResultBox<T: Sendable>: Sendable {
  let value = Mutex<Result<T, any Error>?>(nil)
}

private final class Start: Sendable {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
