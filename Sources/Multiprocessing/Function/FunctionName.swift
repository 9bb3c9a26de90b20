// SPDX-License-Identifier: Apache-2.0
// The names by which functions travel: Swift's mangled type names. Called by ChildProcess and Pool.

import Synchronization

package enum FunctionName {
  // Finding a name costs a microsecond, and every call needs one.
  private static let names = Mutex<[ObjectIdentifier: String]>([:])
  private static let types = Mutex<[String: any RemoteFunction.Type]>([:])

  /// The name of `function`. Throws `programNotFound` when it would not lead another process to the same type.
  package static func of(_ function: any RemoteFunction.Type) throws(SystemError) -> String {
    if let known = names.withLock({ $0[ObjectIdentifier(function)] }) { return known }
    guard let name = _mangledTypeName(function), let found = _typeByName(name), found == function else {
      throw SystemError(
        code: .programNotFound,
        message:
          "\(function) cannot run in another process: private and local types have no name that it could look up; "
          + "make it internal or public and move it to file scope.")
    }
    names.withLock { $0[ObjectIdentifier(function)] = name }
    return name
  }

  /// The function that `name` stands for. Throws `programNotFound`: another build sent it.
  package static func resolve(_ name: String) throws(SystemError) -> any RemoteFunction.Type {
    if let known = types.withLock({ $0[name] }) { return known }
    guard let function = _typeByName(name) as? any RemoteFunction.Type else {
      throw SystemError(
        code: .programNotFound,
        message: "This process does not find the function \(name); all processes must run the same build.")
    }
    types.withLock { $0[name] = function }
    return function
  }
}
