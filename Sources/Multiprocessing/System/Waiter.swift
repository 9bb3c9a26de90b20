// SPDX-License-Identifier: Apache-2.0
// The one wait: over channels, worker deaths (pidfds), termination signals and a deadline at once. A coordinator that
// waited for one of them alone would hang when another happens (concurrent.futures learnt it; multiprocessing.Pool not).

import CPOSIX
import Glibc

/// Waits until at least one of `descriptors` has something to read, has lost its peer, or (a pidfd) its process has ended.
///
/// - Parameters:
///   - descriptors: negative numbers are skipped; no descriptors at all is a plain sleep until the deadline.
///   - deadline: nil waits for ever.
/// - Returns: the indexes that are ready, ascending; none when the deadline has passed. A deadline in the past asks once.
public func waitForAny(descriptors: [Int32], deadline: Deadline?) throws(SystemError) -> [Int] {
  var waits = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
  guard try pollAny(&waits, deadline) > 0 else { return [] }
  return waits.indices.filter { waits[$0].revents != 0 }
}

/// Waits until `descriptor` takes more bytes, or has lost its peer. False: the deadline has passed.
func waitUntilWritable(_ descriptor: Int32, deadline: Deadline?) throws(SystemError) -> Bool {
  var waits = [pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)]
  return try pollAny(&waits, deadline) > 0
}

private func pollAny(_ waits: inout [pollfd], _ deadline: Deadline?) throws(SystemError) -> Int {
  while true {
    let left = deadline.map { Int64(clamping: $0.remainingNanoseconds) } ?? -1
    let count = unsafe cposix_poll(&waits, waits.count, left)
    if count >= 0 {
      // A closed descriptor would be "ready" for ever: a loop around this function would spin.
      if let closed = waits.first(where: { $0.revents & Int16(POLLNVAL) != 0 }) {
        throw SystemError("ppoll", errno: EBADF, "Cannot wait for descriptor \(closed.fd): it is not open.")
      }
      return Int(count)
    }
    guard count == -EINTR || count == -EAGAIN else {
      throw SystemError("ppoll", errno: -count, "Cannot wait for \(waits.count) descriptors.")
    }
  }
}
