// SPDX-License-Identifier: Apache-2.0
// A stream socket that is read and written in exact amounts by a deadline. Carries the handshake, and over TCP the
// calls.

import CPOSIX
import Glibc

/// One end of a stream. One reader and one writer at a time.
package final class ManagerSocket: Sendable {
  private let descriptor: Descriptor

  package init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

  package var descriptorNumber: Int32 { descriptor.number }

  /// Writes all of `bytes`, and copies of `descriptors` (local sockets only) with the first of them.
  package func write(
    _ bytes: UnsafeRawBufferPointer, descriptors: [Int32] = [], deadline: Deadline?
  ) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      let passed = done == 0 ? descriptors : []
      let sent = unsafe cposix_channel_send(
        descriptor.number, nil, 0, bytes.baseAddress! + done, bytes.count - done, passed, Int32(passed.count))
      if sent >= 0 {
        done += sent
      } else if sent == -Int(EAGAIN) {
        guard try waitUntilWritable(descriptor.number, deadline: deadline) else { throw ManagerSocket.tooLate }
      } else {
        throw SystemError("sendmsg", errno: Int32(-sent), "Cannot write to the manager's connection.")
      }
    }
  }

  package func write(_ bytes: [UInt8], descriptors: [Int32] = [], deadline: Deadline?) throws(SystemError) {
    var result: Result<Void, SystemError> = .success(())
    unsafe bytes.withUnsafeBytes { buffer in
      result = Result { () throws(SystemError) in
        try unsafe write(buffer, descriptors: descriptors, deadline: deadline)
      }
    }
    try result.get()
  }

  /// Fills `buffer`. False: the peer was gone before the first byte; gone after it is `disconnected`.
  package func read(into buffer: UnsafeMutableRawBufferPointer, deadline: Deadline?) throws(SystemError) -> Bool {
    var done = 0
    while done < buffer.count {
      let count = unsafe Glibc.read(descriptor.number, buffer.baseAddress! + done, buffer.count - done)
      if count > 0 {
        done += count
      } else if count == 0 || errno == ECONNRESET {
        if done == 0 { return false }
        throw SystemError(code: .disconnected, message: "The manager's connection ended in the middle of a message.")
      } else if errno == EAGAIN {
        if try waitForAny(descriptors: [descriptor.number], deadline: deadline).isEmpty { throw ManagerSocket.tooLate }
      } else if errno != EINTR {
        throw SystemError("read", errno: errno, "Cannot read from the manager's connection.")
      }
    }
    return true
  }

  /// Exactly `count` bytes; nil: the peer is gone.
  package func read(_ count: Int, deadline: Deadline?) throws(SystemError) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var result: Result<Bool, SystemError> = .success(false)
    unsafe bytes.withUnsafeMutableBytes { buffer in
      result = Result { () throws(SystemError) in try unsafe read(into: buffer, deadline: deadline) }
    }
    return try result.get() ? bytes : nil
  }

  /// One byte and the `count` descriptors that come with it.
  package func readDescriptors(_ count: Int, deadline: Deadline) throws(SystemError) -> [OwnedDescriptor]? {
    guard try !waitForAny(descriptors: [descriptor.number], deadline: deadline).isEmpty else {
      throw ManagerSocket.tooLate
    }
    var byte: UInt8 = 0
    var numbers = [Int32](repeating: -1, count: count)
    var taken = Int32(count)
    let received = unsafe cposix_channel_receive(descriptor.number, &byte, 1, nil, 0, &numbers, &taken)
    guard received == 1 else { return nil }
    let owned = numbers.prefix(Int(taken)).map { OwnedDescriptor(Descriptor(owning: $0)) }
    return owned.count == count ? owned : nil
  }

  static var tooLate: SystemError {
    SystemError(code: .timedOut, message: "The manager's connection did not move in time.")
  }
}
