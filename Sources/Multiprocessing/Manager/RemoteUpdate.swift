// SPDX-License-Identifier: Apache-2.0
// Functions that run where the value is: read, change and write are one step that no other process can come between.
// Called in a manager's server by `update` of the handles.

/// A change of one value that a manager holds, made in the manager's server, named by its type.
///
///     enum Append: RemoteUpdate {
///       static func update(_ value: inout [Int]?, _ argument: Int) -> Int {
///         value = value ?? []
///         value?.append(argument)
///         return value?.count ?? 0
///       }
///     }
///     let count = try dictionary.update("squares", Append.self, 49)
///
/// While it runs nobody else gets at the object, itself included: keep it short, and call no manager. What it throws
/// arrives at the caller as `RemoteError`, and what it has changed until then stays changed, because the value is not
/// copied: throw first, then change. A trap in it ends the server, and every client gets `disconnected`.
public protocol RemoteUpdate {
  associatedtype Value: Codable & Sendable
  associatedtype Argument: Codable & Sendable
  associatedtype Output: Codable & Sendable

  /// `value` is nil when there is none under the key; nil afterwards removes it. Return `Nothing()` for no output.
  static func update(_ value: inout Value?, _ argument: Argument) throws -> Output
}

/// Adds to a number; what is not there counts as 0. Throws `outOfRange` when the sum does not fit.
public enum Increment<Value: FixedWidthInteger & Codable & Sendable>: RemoteUpdate {
  public static func update(_ value: inout Value?, _ argument: Value) throws -> Value {
    let (sum, overflows) = (value ?? 0).addingReportingOverflow(argument)
    guard !overflows else {
      throw SystemError(
        code: .outOfRange, message: "\(value ?? 0) + \(argument) does not fit into \(Value.self); use a wider type.")
    }
    value = sum
    return sum
  }
}

/// The same for floating-point numbers.
public enum IncrementFloat<Value: BinaryFloatingPoint & Codable & Sendable>: RemoteUpdate {
  public static func update(_ value: inout Value?, _ argument: Value) -> Value {
    let sum = (value ?? 0) + argument
    value = sum
    return sum
  }
}

/// Sets a value only if it still is what the caller believes it to be. Whether it was.
public enum CompareAndSet<Value: Codable & Equatable & Sendable>: RemoteUpdate {
  /// nil: none.
  public struct Argument: Codable, Sendable {
    public var expected: Value?
    public var desired: Value?

    public init(expected: Value?, desired: Value?) {
      self.expected = expected
      self.desired = desired
    }
  }

  public static func update(_ value: inout Value?, _ argument: Argument) -> Bool {
    guard value == argument.expected else { return false }
    value = argument.desired
    return true
  }
}

/// Sets a value where there is none. The value that is there afterwards.
public enum SetDefault<Value: Codable & Sendable>: RemoteUpdate {
  public static func update(_ value: inout Value?, _ argument: Value) -> Value {
    let result = value ?? argument
    value = result
    return result
  }
}

/// A RemoteUpdate with its argument decoded, for values of one type.
struct PreparedUpdate<Value> {
  /// Applies it in place; the output as it travels.
  let apply: (inout Value?) throws -> Payload

  init(_ arguments: ManagerArguments) throws(SystemError) {
    guard let type = arguments.update else {
      throw SystemError(code: .protocolMismatch, message: "A request for an update came without its name.")
    }
    apply = try PreparedUpdate.prepare(type, arguments)
  }

  private static func prepare<Update: RemoteUpdate>(
    _ type: Update.Type, _ arguments: ManagerArguments
  ) throws(SystemError) -> (inout Value?) throws -> Payload {
    guard Update.Value.self == Value.self else {
      throw SystemError(
        code: .payload, message: "\(type) updates values of \(Update.Value.self), but this object holds \(Value.self).")
    }
    let argument = try arguments.value(2, Update.Argument.self)
    return { value in
      // The same type, as just seen. A cast would hold a second reference, and every change would copy the value.
      let output = try unsafe withUnsafeMutablePointer(to: &value) { pointer in
        try unsafe pointer.withMemoryRebound(to: Update.Value?.self, capacity: 1) { same in
          try unsafe Update.update(&same.pointee, argument)
        }
      }
      return try Payload(output)
    }
  }
}
