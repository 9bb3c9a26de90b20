// SPDX-License-Identifier: Apache-2.0
// The one error of this module: what the system refused, in a sentence that says what to do.
// Plain values only, so that it can be sent to another process; codes are open, so that a new one breaks no caller.

import CPOSIX
import Glibc

/// Something the operating system refused: memory, a process, a descriptor, a message.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of refusal. Open: later versions may add codes.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// Less memory than asked for, in /dev/shm, in the machine, or under a limit of this process.
    public static let insufficientMemory = Code(description: "insufficientMemory")
    /// A deadline passed. Nothing was consumed: the same wait may be tried again.
    public static let timedOut = Code(description: "timedOut")
    /// The process at the other end of a channel is gone.
    public static let disconnected = Code(description: "disconnected")
    /// A message, or the number of descriptors with it, is above the limit that `Channel` states.
    public static let messageTooLarge = Code(description: "messageTooLarge")
    /// What arrived is not what this version of the module sends.
    public static let protocolMismatch = Code(description: "protocolMismatch")
    /// A worker did not get as far as running its program.
    public static let workerNotStarted = Code(description: "workerNotStarted")
    /// The type cannot be found by name in another process: it is private or local.
    public static let programNotFound = Code(description: "programNotFound")
    /// Descriptor, process or thread limits reached (EMFILE, ENFILE, EAGAIN).
    public static let resourceLimit = Code(description: "resourceLimit")
    /// What is asked for was closed: a pool, a queue, an end of a pipe.
    public static let closed = Code(description: "closed")
    /// The holder of a lock died with it.
    public static let ownerDied = Code(description: "ownerDied")
    /// A lock whose holder's death nobody repaired: make a new one.
    public static let unusable = Code(description: "unusable")
    /// A barrier that a party will never reach: it died, gave up, or the barrier was aborted.
    public static let broken = Code(description: "broken")
    /// The wait would never end: this thread holds the lock already.
    public static let deadlock = Code(description: "deadlock")
    /// A worker died with a task.
    public static let workerLost = Code(description: "workerLost")
    /// A value cannot be encoded, or what arrived cannot be decoded.
    public static let payload = Code(description: "payload")
    /// The process at the other end is not allowed in: another user's, or without the key.
    public static let notPermitted = Code(description: "notPermitted")
    /// What is asked for is not there: an object of a manager, a type, a host.
    public static let notFound = Code(description: "notFound")
    /// A number that does not fit: an index beyond the end, a sum too large for its type.
    public static let outOfRange = Code(description: "outOfRange")
    /// `WEFT_FAULT` cannot be read.
    public static let faultPlan = Code(description: "faultPlan")
    /// A system call failed in a way that has no code of its own; `call` and `errno` say which.
    public static let systemCall = Code(description: "systemCall")
  }

  public let code: Code
  /// The system call that failed; empty when none did.
  public let call: String
  /// Its `errno`; 0 when no call failed.
  public let errno: Int32
  /// What could not be done, why, and what to do about it, as whole sentences.
  public let message: String

  public init(code: Code, call: String = "", errno: Int32 = 0, message: String) {
    self.code = code
    self.call = call
    self.errno = errno
    self.message = message
  }

  /// The message, followed by the failed call and the name of its error.
  public var description: String {
    errno == 0
      ? message : "\(message) (\(call): \(SystemError.name(ofErrno: errno)), \(SystemError.text(ofErrno: errno)))"
  }

  /// An error for a failed call, whose code follows from the number.
  init(_ call: String, errno: Int32, _ message: String) {
    let code: Code =
      switch errno {
      case ENOSPC, ENOMEM, EFBIG, EDQUOT: .insufficientMemory
      case EMFILE, ENFILE, EAGAIN: .resourceLimit
      case EPIPE, ECONNRESET, ENOTCONN: .disconnected
      default: .systemCall
      }
    self.init(code: code, call: call, errno: errno, message: message)
  }

  /// "ENOSPC", or "errno 4095" for a number without a name.
  static func name(ofErrno number: Int32) -> String {
    guard let name = unsafe cposix_errno_name(number) else { return "errno \(number)" }
    return unsafe String(cString: name)
  }

  /// "No space left on device".
  static func text(ofErrno number: Int32) -> String {
    guard let text = unsafe cposix_errno_text(number) else { return "unknown error" }
    return unsafe String(cString: text)
  }

  /// The number of "ENOSPC".
  static func errno(named name: String) -> Int32? {
    (1..<Int32(200)).first { self.name(ofErrno: $0) == name }
  }
}
