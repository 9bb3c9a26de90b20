// SPDX-License-Identifier: Apache-2.0
// What arrives through a Channel: bytes, and descriptors that now belong to the receiver.

/// A received message. Descriptors that nobody takes are closed with it.
public struct Message: ~Copyable, Sendable {
  public let bytes: [UInt8]
  private var descriptors: [Int32]

  init(bytes: [UInt8], owning descriptors: [Int32]) {
    self.bytes = bytes
    self.descriptors = descriptors
  }

  /// Descriptors not yet taken.
  public var descriptorCount: Int { descriptors.count }

  /// Takes the next descriptor, in the order in which they were sent; nil when all are taken.
  public mutating func takeDescriptor() -> Descriptor? {
    descriptors.isEmpty ? nil : Descriptor(owning: descriptors.removeFirst())
  }

  deinit {
    for number in descriptors { _ = Descriptor(owning: number) }
  }
}
