// SPDX-License-Identifier: Apache-2.0
// What a manager's server holds: ordinary Swift values behind a lock, found by number, made by the name of their type.
// Arguments are decoded before the lock is taken, and answers encoded after.

import Synchronization

/// An object that answers requests. Called by the threads of all clients.
protocol ManagedObject: AnyObject, Sendable {
  init()
  /// nil: done, and nothing to return.
  func perform(_ operation: ManagerOperation, _ arguments: ManagerArguments) throws -> Payload?
}

extension ManagedObject {
  func unknown(_ operation: ManagerOperation) -> SystemError {
    SystemError(code: .protocolMismatch, message: "\(Self.self) has no operation \(operation).")
  }
}

/// The dictionary behind a `ManagerDictionary`.
final class ManagedDictionary<Key: Codable & Hashable & Sendable, Value: Codable & Sendable>: ManagedObject {
  private let entries = Mutex<[Key: Value]>([:])

  func perform(_ operation: ManagerOperation, _ arguments: ManagerArguments) throws -> Payload? {
    switch operation {
    case .count: return try Payload(entries.withLock { $0.count })
    case .contains:
      let key = try arguments.value(0, Key.self)
      return try Payload(entries.withLock { $0[key] != nil })
    case .get:
      let key = try arguments.value(0, Key.self)
      return try entries.withLock { $0[key] }.map { try Payload($0) }
    case .set:
      let key = try arguments.value(0, Key.self)
      let value = try arguments.value(1, Value.self)
      entries.withLock { $0[key] = value }
    case .remove:
      let key = try arguments.value(0, Key.self)
      return try entries.withLock { $0.removeValue(forKey: key) }.map { try Payload($0) }
    case .removeAll: entries.withLock { $0 = [:] }
    case .keys: return try Payload(entries.withLock { Array($0.keys) })
    case .all: return try Payload(entries.withLock { $0 })
    case .merge:
      let more = try arguments.value(0, [Key: Value].self)
      entries.withLock { $0.merge(more) { _, new in new } }
    case .update:
      let key = try arguments.value(0, Key.self)
      let update = try PreparedUpdate<Value>(arguments)
      return try entries.withLock { try update.apply(&$0[key]) }
    default: throw unknown(operation)
    }
    return nil
  }
}

/// The array behind a `ManagerList`. Keys are indexes.
final class ManagedList<Element: Codable & Sendable>: ManagedObject {
  /// Optional only for the duration of an update, which so has its element in place.
  private let elements = Mutex<[Element?]>([])

  func perform(_ operation: ManagerOperation, _ arguments: ManagerArguments) throws -> Payload? {
    switch operation {
    case .count: return try Payload(elements.withLock { $0.count })
    case .get:
      let index = try arguments.value(0, Int.self)
      return try elements.withLock { $0.indices.contains(index) ? $0[index] : nil }.map { try Payload($0) }
    case .set:
      let index = try arguments.value(0, Int.self)
      let element = try arguments.value(1, Element.self)
      try elements.withLock {
        try ManagedList.check(index, in: $0.count)
        $0[index] = element
      }
    case .insert:
      let index = try arguments.value(0, Int.self)
      let element = try arguments.value(1, Element.self)
      try elements.withLock {
        try ManagedList.check(index, in: $0.count + 1)
        $0.insert(element, at: index)
      }
    case .merge:
      let more = try arguments.value(0, [Element].self)
      elements.withLock { $0.append(contentsOf: more) }
    case .remove where arguments.isEmpty:
      return try elements.withLock { $0.popLast() ?? nil }.map { try Payload($0) }
    case .remove:
      let index = try arguments.value(0, Int.self)
      return try elements.withLock {
        try ManagedList.check(index, in: $0.count)
        return $0.remove(at: index)
      }.map { try Payload($0) }
    case .removeAll: elements.withLock { $0 = [] }
    case .all: return try Payload(elements.withLock { $0.compactMap(\.self) })
    case .update:
      let index = try arguments.value(0, Int.self)
      let update = try PreparedUpdate<Element>(arguments)
      return try elements.withLock { elements in
        try ManagedList.check(index, in: elements.count)
        defer { if elements[index] == nil { elements.remove(at: index) } }
        return try update.apply(&elements[index])
      }
    default: throw unknown(operation)
    }
    return nil
  }

  private static func check(_ index: Int, in count: Int) throws(SystemError) {
    guard (0..<count).contains(index) else {
      throw SystemError(
        code: .outOfRange, message: "Index \(index) is not in a list whose indexes here are below \(count).")
    }
  }
}

/// All objects of a server.
final class ManagedObjects: Sendable {
  private struct Named {
    var type: String
    var number: UInt64
  }
  private struct Table {
    /// Begins anywhere below half of a request's 48 bits: a handle of another server, which was at this address before,
    /// must not lead to one of these objects.
    var last = UInt64.random(in: 0..<1 << 47)
    var objects: [UInt64: any ManagedObject] = [:]
    var names: [String: Named] = [:]
  }
  private let table = Mutex(Table())

  /// The number of the object `name`, made when there is none; without a name, of a new one.
  func open(type name: String, name object: String) throws(SystemError) -> UInt64 {
    guard let type = ManagerTypeName.find(name) as? any ManagedObject.Type else {
      throw SystemError(
        code: .notFound,
        message: "The manager does not know the type \(name.prefix(200)); its server must run the same program.")
    }
    let result: Result<UInt64, SystemError> = table.withLock { table in
      if let known = table.names[object], known.type == name { return .success(known.number) }
      guard table.names[object] == nil else {
        return .failure(
          SystemError(
            code: .payload, message: "The manager's object \"\(object)\" is of another type; ask for that type."))
      }
      table.last += 1
      table.objects[table.last] = type.init()
      if !object.isEmpty { table.names[object] = Named(type: name, number: table.last) }
      return .success(table.last)
    }
    return try result.get()
  }

  func find(_ number: UInt64) throws(SystemError) -> any ManagedObject {
    guard let object = table.withLock({ $0.objects[number] }) else {
      throw SystemError(code: .notFound, message: "The manager holds no such object any more: somebody discarded it.")
    }
    return object
  }

  func discard(_ number: UInt64) {
    // Outside the lock: what it holds may be large.
    let object = table.withLock { table in
      table.names = table.names.filter { $0.value.number != number }
      return table.objects.removeValue(forKey: number)
    }
    withExtendedLifetime(object) {}
  }
}
