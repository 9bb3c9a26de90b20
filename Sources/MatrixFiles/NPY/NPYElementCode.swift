// SPDX-License-Identifier: Apache-2.0
// NumPy's type codes (`<f8`): the four we read, and a sentence for each of the others. Used by the .npy parser.

import MatrixCore

/// The element type behind a code such as `<f8` or `>f4`.
struct NPYElementCode: Equatable {
  let elementType: ElementType
  let byteOrder: MatrixFileInfo.ByteOrder

  /// - Throws: `.unsupported`, naming the type and the way out.
  init(_ code: [UInt8], path: String) throws(FileError) {
    switch String(decoding: code, as: UTF8.self) {
    case "<f8", "=f8", "f8": (elementType, byteOrder) = (.float64, .little)
    case ">f8": (elementType, byteOrder) = (.float64, .big)
    case "<f4", "=f4", "f4": (elementType, byteOrder) = (.float32, .little)
    case ">f4": (elementType, byteOrder) = (.float32, .big)
    default:
      let letters = code.drop { "<>=|".utf8.contains($0) }
      throw FileError(
        .unsupported, path, "its elements are \(Self.name(letters)) (\(excerpt(code))); \(Self.remedy(letters))")
    }
  }

  private static func name(_ code: ArraySlice<UInt8>) -> String {
    let bits = String(decoding: code.dropFirst(), as: UTF8.self)
    switch code.first {
    case UInt8(ascii: "O"): return "Python objects"
    case UInt8(ascii: "b") where bits == "1", UInt8(ascii: "?"): return "booleans"
    case UInt8(ascii: "i"): return "integers"
    case UInt8(ascii: "u"): return "unsigned integers"
    case UInt8(ascii: "f") where bits == "2": return "half-precision numbers"
    case UInt8(ascii: "f") where bits == "12" || bits == "16": return "extended-precision numbers"
    case UInt8(ascii: "c"): return "complex numbers"
    case UInt8(ascii: "S"), UInt8(ascii: "a"), UInt8(ascii: "U"): return "text"
    case UInt8(ascii: "V"): return "raw bytes or structures"
    case UInt8(ascii: "M"), UInt8(ascii: "m"): return "dates or time spans"
    default: return "of an unknown type"
    }
  }

  private static func remedy(_ code: ArraySlice<UInt8>) -> String {
    switch code.first {
    case UInt8(ascii: "O"): "they are never read, since that would run code from the file; save x.astype('float64')"
    case UInt8(ascii: "c"): "save x.real and x.imag in two files"
    case UInt8(ascii: "S"), UInt8(ascii: "a"), UInt8(ascii: "U"), UInt8(ascii: "V"): "save the numbers in it as float64"
    default: "convert with x.astype('float64')"
    }
  }
}
