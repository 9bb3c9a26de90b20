// SPDX-License-Identifier: Apache-2.0
// What stands before the elements in the HDF5 files that are written: a superblock, a root group, and one header for
// each dataset, whose elements follow one after the other. Written without the library, so that an HDF5 file appears
// whole like every other, goes through a pipe, and has the same bytes for the same matrices. All is of HDF5 1.8 (2008):
// superblock 2, object headers 2, links in the group's header, contiguous layout.
// https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html

import MatrixCore

struct HDF5Header {
  let bytes: [UInt8]
  /// Of header and elements.
  let fileByteCount: Int

  /// What a matrix without a name is called.
  static let defaultName = "matrix"
  private static let undefined = [UInt8](repeating: 0xff, count: 8)
  private static let superblockByteCount = 48

  /// - Parameter matrices: in the order in which their elements follow.
  init(_ matrices: [(name: String, shape: Shape)], _ elementType: ElementType) {
    // All headers have sizes that do not depend on the addresses in them: written twice, the second time with those.
    let root = Self.group(matrices.map { ($0.name, 0) })
    var headerStart = Self.superblockByteCount + root.count
    let datasetByteCount = Self.dataset(matrices.first?.shape, elementType, address: 0).count
    let headerStarts = matrices.indices.map { headerStart + $0 * datasetByteCount }
    headerStart += matrices.count * datasetByteCount
    let dataStart = (headerStart + 63) / 64 * 64

    var datasets: [UInt8] = []
    var address = dataStart
    for (_, shape) in matrices {
      datasets += Self.dataset(shape, elementType, address: address)
      address += shape.byteCount(of: elementType)
    }
    fileByteCount = address
    var file = Self.superblock(fileByteCount)
    file += Self.group(zip(matrices.map(\.name), headerStarts).map { ($0, $1) })
    file += datasets
    bytes = file + [UInt8](repeating: 0, count: dataStart - file.count)
  }

  private static func superblock(_ fileByteCount: Int) -> [UInt8] {
    var block = HDF5Dataset.mark + [2, 8, 8, 0]
    block.append(0, 8)
    block += undefined
    block.append(fileByteCount, 8)
    block.append(superblockByteCount, 8)
    return checked(block)
  }

  /// An object header: its messages, with a checksum behind.
  private static func object(_ messages: [(type: UInt8, body: [UInt8])]) -> [UInt8] {
    var content: [UInt8] = []
    for (type, body) in messages {
      content.append(type)
      content.append(body.count, 2)
      content.append(0)
      content += body
    }
    var header = Array("OHDR".utf8) + [2, 2]  // version 2; the size has four bytes
    header.append(content.count, 4)
    return checked(header + content)
  }

  private static func group(_ links: [(name: String, address: Int)]) -> [UInt8] {
    var messages: [(type: UInt8, body: [UInt8])] = [(0x02, [0, 0] + undefined + undefined), (0x0a, [0, 0])]
    for (name, address) in links {
      // Version 1, character set given: UTF-8; then the name with its length in one byte.
      var link: [UInt8] = [1, 0x10, 1, UInt8(name.utf8.count)] + name.utf8
      link.append(address, 8)
      messages.append((0x06, link))
    }
    return object(messages)
  }

  private static func dataset(_ shape: Shape?, _ elementType: ElementType, address: Int) -> [UInt8] {
    var space: [UInt8] = [2, 2, 0, 1]
    space.append(shape?.rows ?? 0, 8)
    space.append(shape?.columns ?? 0, 8)
    let isWide = elementType == .float64
    // IEEE 754, little-endian: where sign, exponent and mantissa are, in bits.
    var type: [UInt8] = [0x11, 0x20, isWide ? 63 : 31, 0]
    type.append(isWide ? 8 : 4, 4)
    type.append(0, 2)
    type.append(isWide ? 64 : 32, 2)
    type += isWide ? [52, 11, 0, 52] : [23, 8, 0, 23]
    type.append(isWide ? 1023 : 127, 4)
    let byteCount = shape?.byteCount(of: elementType) ?? 0
    var layout: [UInt8] = [3, 1]
    if byteCount > 0 { layout.append(address, 8) } else { layout += undefined }
    layout.append(byteCount, 8)
    return object([(0x01, space), (0x03, type), (0x05, [3, 0x0a]), (0x08, layout)])
  }

  private static func checked(_ bytes: [UInt8]) -> [UInt8] {
    var result = bytes
    result.append(Int(checksum(bytes)), 4)
    return result
  }

  /// Bob Jenkins's lookup3 (`hashlittle`), by which HDF5 checks its structures.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    func rotated(_ x: UInt32, _ k: UInt32) -> UInt32 { x << k | x >> (32 - k) }
    func word(_ place: Int) -> UInt32 {
      (0..<4).reduce(0) { place + $1 < bytes.count ? $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) : $0 }
    }
    let seed = 0xdead_beef &+ UInt32(truncatingIfNeeded: bytes.count)
    var (a, b, c) = (seed, seed, seed)
    guard !bytes.isEmpty else { return c }
    var place = 0
    while bytes.count - place > 12 {
      (a, b, c) = (a &+ word(place), b &+ word(place + 4), c &+ word(place + 8))
      a = (a &- c) ^ rotated(c, 4)
      c = c &+ b
      b = (b &- a) ^ rotated(a, 6)
      a = a &+ c
      c = (c &- b) ^ rotated(b, 8)
      b = b &+ a
      a = (a &- c) ^ rotated(c, 16)
      c = c &+ b
      b = (b &- a) ^ rotated(a, 19)
      a = a &+ c
      c = (c &- b) ^ rotated(b, 4)
      b = b &+ a
      place += 12
    }
    (a, b, c) = (a &+ word(place), b &+ word(place + 4), c &+ word(place + 8))
    c = (c ^ b) &- rotated(b, 14)
    a = (a ^ c) &- rotated(c, 11)
    b = (b ^ a) &- rotated(a, 25)
    c = (c ^ b) &- rotated(b, 16)
    a = (a ^ c) &- rotated(c, 4)
    b = (b ^ a) &- rotated(a, 14)
    c = (c ^ b) &- rotated(b, 24)
    return c
  }
}
