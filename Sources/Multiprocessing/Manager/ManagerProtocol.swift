// SPDX-License-Identifier: Apache-2.0
// The words between a manager's clients and its server: a request names an operation and an object, and brings its
// arguments (key, value) as one message each; one message answers. Used by ManagerClient and ManagerServer.

import Synchronization

/// What can be done with an object. Not every object does all of them.
package enum ManagerOperation: UInt8, Sendable {
  /// (type name, object name or "") → number of the object.
  case open = 1
  /// () → nothing: the object and what it holds are given up.
  case discard
  /// () → number of elements.
  case count
  /// (key) → whether it is there.
  case contains
  /// (key) → value, or nothing.
  case get
  /// (key, value) → nothing.
  case set
  /// (key) → the value that was there, or nothing. A list's last element without a key.
  case remove
  /// () → nothing.
  case removeAll
  /// () → [key].
  case keys
  /// () → all keys and values, or all elements.
  case all
  /// (dictionary or array) → nothing: its entries are added.
  case merge
  /// (index, value) → nothing.
  case insert
  /// (key, name of a RemoteUpdate, its argument) → its output.
  case update
}

/// The tag of a request's messages: operation in bits 0–7, number of arguments in 8–15, object in 16–63.
package struct ManagerRequest: Equatable, Sendable {
  package static let argumentLimit = 3

  package var operation: ManagerOperation
  package var argumentCount: Int
  package var object: UInt64

  package init(_ operation: ManagerOperation, argumentCount: Int, object: UInt64) {
    self.operation = operation
    self.argumentCount = argumentCount
    self.object = object
  }

  /// nil: no request of this version.
  package init?(tag: UInt64) {
    guard let operation = ManagerOperation(rawValue: UInt8(truncatingIfNeeded: tag)) else { return nil }
    let count = Int(tag >> 8 & 0xFF)
    guard count <= ManagerRequest.argumentLimit else { return nil }
    self.init(operation, argumentCount: count, object: tag >> 16)
  }

  package var tag: UInt64 { UInt64(operation.rawValue) | UInt64(argumentCount) << 8 | object << 16 }
}

/// The tag of an answer.
enum ManagerAnswer: UInt64 {
  /// The payload is what was asked for.
  case value = 0
  /// Done; there is nothing to return.
  case nothing = 1
  /// The payload is a `ManagerFailure`.
  case refused = 2
  /// The payload is a `RemoteError`: a `RemoteUpdate` threw it.
  case thrown = 3
}

/// A SystemError on its way.
struct ManagerFailure: Codable {
  var code: String
  var message: String

  init(_ error: SystemError) {
    code = error.code.description
    message = error.description
  }

  var error: SystemError { SystemError(code: SystemError.Code(description: code), message: message) }
}

/// What came with a request.
struct ManagerArguments {
  let messages: [Incoming]
  /// Found by the server, because it remembers names.
  var update: (any RemoteUpdate.Type)?

  var isEmpty: Bool { messages.isEmpty }

  func value<Value: Decodable>(_ index: Int, _ type: Value.Type = Value.self) throws(SystemError) -> Value {
    guard index < messages.count else {
      throw SystemError(code: .protocolMismatch, message: "A request came without its argument \(index + 1).")
    }
    return try messages[index].decode(Value.self)
  }
}

/// The names by which types travel to the server and back.
enum ManagerTypeName {
  static let byteLimit = 4096
  private static let known = Mutex<[ObjectIdentifier: String]>([:])

  static func of(_ type: Any.Type) throws(SystemError) -> String {
    if let name = known.withLock({ $0[ObjectIdentifier(type)] }) { return name }
    guard let name = _mangledTypeName(type), resolve(name) == ObjectIdentifier(type) else {
      throw SystemError(
        code: .programNotFound,
        message:
          "A manager cannot hold or call \(type): private and local types have no name that another process could "
          + "look up; make it internal or public and move it to file scope.")
    }
    known.withLock { $0[ObjectIdentifier(type)] = name }
    return name
  }

  private static func resolve(_ name: String) -> ObjectIdentifier? { find(name).map { ObjectIdentifier($0) } }

  /// The type of a name that came from outside. Only printable ASCII is looked up: other bytes in a mangled name are
  /// addresses.
  static func find(_ name: String) -> Any.Type? {
    guard name.utf8.count <= byteLimit, name.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    return _typeByName(name)
  }
}
