// SPDX-License-Identifier: Apache-2.0
// The header of NumPy's array file: what it may say, and how we write it. The parser is in NPYHeader+Parsing.swift.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

import MatrixCore

/// What stands before the elements in a .npy file.
struct NPYHeader: Equatable {
  var version: (major: UInt8, minor: UInt8) { (major, minor) }
  var major: UInt8 = 1
  var minor: UInt8 = 0
  var shape: Shape
  var elementType: ElementType
  var byteOrder = MatrixFileInfo.ByteOrder.little
  var elementOrder = MatrixFileInfo.ElementOrder.rows
  /// Where the elements start; only set by reading.
  var byteCount = 0

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// Magic, version 1.0, length and dictionary: byte for byte what `np.save` of NumPy 1.23 and later writes.
  ///
  /// Version 2 exists for headers past 65,535 bytes, which only structured types have; a matrix never needs it.
  func encoded() -> [UInt8] {
    let order = byteOrder == .little ? "<" : ">"
    let fortran = elementOrder == .columns ? "True" : "False"
    var text = "{'descr': '\(order)f\(elementType.byteCount)', 'fortran_order': \(fortran), "
    text += "'shape': (\(shape.rows), \(shape.columns)), }"
    // NumPy leaves room for the first side (the last in Fortran order) to grow to 21 digits in place, then pads the
    // data to 64 bytes; a header that would fit exactly gets another 64.
    let growing = elementOrder == .columns ? shape.columns : shape.rows
    text += String(repeating: " ", count: 21 - String(growing).utf8.count)
    let unpadded = Self.magic.count + 4 + text.utf8.count + 1
    text += String(repeating: " ", count: 64 - unpadded % 64) + "\n"
    let length = UInt16(text.utf8.count)
    return Self.magic + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + text.utf8
  }
}
