// SPDX-License-Identifier: Apache-2.0
// A descriptor with several holders: what a value that travels brings along, until the last object made of it goes.

/// A descriptor that is closed when its last holder goes. (`Descriptor` itself cannot be copied, nor held in an array.)
package final class OwnedDescriptor: Sendable {
  package let descriptor: Descriptor

  package init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

  /// On loan: valid while this object lives.
  package var number: Int32 { descriptor.number }
}
