// SPDX-License-Identifier: Apache-2.0
// How a `SharedMatrix` goes to another process: as its segment, without a copy of an element. Used through `Codable` by
// everything in Multiprocessing that sends values.

import Multiprocessing
import Synchronization

/// In a `Pool`'s task, a `ChildProcess`'s input or a `Pipe`, the matrix arrives as the same memory, whatever its size. It
/// stays a value: whoever changes it afterwards, there or here, takes a copy first, so that nobody sees another's change.
/// (For memory that several processes write into, there is `SharedArray`.) Any other coder than Multiprocessing's refuses.
extension SharedMatrix: Codable {
  /// - Throws: `EncodingError` for a coder that writes to a file.
  public func encode(to encoder: any Encoder) throws {
    try Travel.encode(
      descriptorNumber, owner: storage, numbers: [rows, columns, Element.elementType == .float64 ? 64 : 32], to: encoder
    )
    storage.hasTravelled.store(true, ordering: .relaxed)
    storage.isOfRanksOnly.store(false, ordering: .relaxed)
  }

  /// - Throws: `DecodingError` when what arrived is no matrix of these elements; `SystemError` when it cannot be mapped.
  public init(from decoder: any Decoder) throws {
    let (descriptor, numbers) = try Travel.decode(from: decoder)
    guard numbers.count == 3, numbers[2] == (Element.elementType == .float64 ? 64 : 32),
      let shape = try? Shape(rows: numbers[0], columns: numbers[1])
    else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "what arrived is no matrix of \(Element.elementType)"))
    }
    let memory = try SharedMemory(
      attaching: try Descriptor(duplicating: descriptor.number), byteCount: shape.byteCount(of: Element.elementType),
      writable: false)
    self.init(adopting: memory, shape: shape)
    storage.hasTravelled.store(true, ordering: .relaxed)
  }
}
