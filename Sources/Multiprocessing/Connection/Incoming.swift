// SPDX-License-Identifier: Apache-2.0
// What a Connection hands out: messages that arrived whole, and the queue of those that `send` took in meanwhile.

/// A message that has arrived.
package struct Incoming: Sendable {
  package let tag: UInt64
  /// The wire form of its payload; empty when it came without one.
  package let bytes: [UInt8]
  package let descriptors: [OwnedDescriptor]

  /// Its value. Throws `payload` when it is no `Value`, or when the message came without one.
  package func decode<Value: Decodable>(_ type: Value.Type) throws(SystemError) -> Value {
    guard !bytes.isEmpty else { throw Incoming.missing(type) }
    return try PayloadDecoding.decode(type, bytes: bytes, descriptors: descriptors)
  }

  static func missing(_ type: Any.Type) -> SystemError {
    SystemError(code: .payload, message: "A message without a value arrived where a \(type) was expected.")
  }
}

/// Messages, and errors in the place of messages, in the order of their arrival.
struct Inbox: Sendable {
  private var items: [Result<Incoming, SystemError>] = []
  private var first = 0

  var isEmpty: Bool { first == items.count }

  mutating func append(_ item: Result<Incoming, SystemError>) { items.append(item) }

  mutating func popFirst() -> Result<Incoming, SystemError>? {
    guard first < items.count else { return nil }
    let item = items[first]
    first += 1
    // Taken ones go in bulk: removing each from the front of many would move all the others every time.
    if first == items.count || first >= 256 && first * 2 >= items.count {
      items.removeFirst(first)
      first = 0
    } else {
      items[first - 1] = .failure(SystemError(code: .closed, message: ""))
    }
    return item
  }
}
