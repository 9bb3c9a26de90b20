// SPDX-License-Identifier: Apache-2.0
// The header of a safetensors file: eight bytes of length, then JSON that names tensors with their type, their shape
// and where their elements lie. Rows of a tensor lie one after the other, little-endian: the rest is BinaryReader's.
//
//     {"a": {"dtype": "F64", "shape": [2, 3], "data_offsets": [0, 48]}, "__metadata__": {"any": "text"}}
//
// https://github.com/huggingface/safetensors: offsets count from the end of the header; tensors lie without gaps or
// overlaps up to the end of the file, and a file of which that is not so is refused.

import MatrixCore

struct SafetensorsHeader {
  struct Tensor {
    let name: String
    let type: String
    let sides: [Int]
    let range: Range<Int>
  }

  /// In the order in which they lie in the file.
  let tensors: [Tensor]
  /// Bytes before the first element.
  let byteCount: Int

  /// The format allows 100 MB; a file of ten thousand tensors has 1 MB.
  static let lengthLimit = 16 << 20
  /// What a matrix without a name is called.
  static let defaultName = "matrix"

  /// Whether a file begins as one: a length far below 4 GB, and an opening brace.
  static func isMark(_ head: [UInt8]) -> Bool {
    head.count >= 9 && head[4..<8].allSatisfy { $0 == 0 } && head[8] == UInt8(ascii: "{")
  }

  init(of file: borrowing InputFile) throws(FileError) {
    let path = file.path
    var reader = LittleEndianReader(try file.head(8), path: path, offset: 0, what: "the header's length")
    let length = try reader.integer(8)
    guard length <= Self.lengthLimit else {
      throw reader.problem("it claims \(length) bytes; more than \(Self.lengthLimit) are not read", at: 0)
    }
    let text = try file.head(length, at: 8)
    guard text.count == length else {
      throw reader.problem("it claims \(length) bytes, and \(file.byteCount - 8) follow", at: 0)
    }
    let json: JSON
    do { json = try JSON(parsing: text, byteLimit: Self.lengthLimit) } catch {
      throw FileError(.malformed, path, "its header is wrong at byte \(8 + error.offset): \(error.message)")
    }
    guard case .object(let members) = json else { throw FileError(.malformed, path, "its header is no JSON object") }
    var tensors: [Tensor] = []
    for (name, value) in members where name != "__metadata__" { tensors.append(try Self.tensor(name, value, path)) }
    tensors.sort {
      ($0.range.lowerBound, $0.range.upperBound, $0.name) < ($1.range.lowerBound, $1.range.upperBound, $1.name)
    }
    var end = 0
    for tensor in tensors {
      guard tensor.range.lowerBound == end else {
        throw Self.problem(
          tensor.name, "begins at byte \(tensor.range.lowerBound) of the data, and the one before ends at \(end)", path)
      }
      end = tensor.range.upperBound
    }
    let found = file.byteCount - 8 - length
    guard end == found else {
      throw FileError(.malformed, path, "its tensors take \(end) bytes, and after the header there are \(found)")
    }
    self.tensors = tensors
    byteCount = 8 + length
  }

  private static func tensor(_ name: String, _ value: JSON, _ path: String) throws(FileError) -> Tensor {
    guard case .string(let type)? = value["dtype"] else { throw problem(name, "has no \"dtype\"", path) }
    guard case .array(let sides)? = value["shape"], let shape = numbers(sides) else {
      throw problem(name, "has no \"shape\" of whole numbers", path)
    }
    guard case .array(let offsets)? = value["data_offsets"], let range = numbers(offsets), range.count == 2,
      range[0] <= range[1]
    else { throw problem(name, "has no \"data_offsets\" of two growing whole numbers", path) }
    return Tensor(name: name, type: type, sides: shape, range: range[0]..<range[1])
  }

  private static func numbers(_ values: [JSON]) -> [Int]? {
    var numbers: [Int] = []
    for value in values {
      guard case .number(let text) = value, let number = Int(text), number >= 0 else { return nil }
      numbers.append(number)
    }
    return numbers
  }

  private static func problem(_ name: String, _ sentence: String, _ path: String) -> FileError {
    FileError(.malformed, path, "its tensor \(excerpt(name.utf8)) \(sentence)")
  }

  /// The tensor of this name, or the only one, as a matrix.
  ///
  /// - Throws: `.outOfRange` without such a tensor, `.unsupported` for one that is no matrix.
  func info(of member: String?, in file: borrowing InputFile) throws(FileError) -> MatrixFileInfo {
    let path = file.path
    let tensor = tensors[try MemberPath.choose(member, of: tensors.map(\.name), in: path, what: "tensors")]
    let name = excerpt(tensor.name.utf8)
    let elementType: ElementType
    switch tensor.type {
    case "F64": elementType = .float64
    case "F32": elementType = .float32
    default:
      throw FileError(
        .unsupported, path,
        "its tensor \(name) has elements of type \(excerpt(tensor.type.utf8)); convert it to F64 or F32 first"
      )
    }
    guard (1...2).contains(tensor.sides.count) else {
      throw FileError(
        .unsupported, path, "its tensor \(name) has \(tensor.sides.count) dimensions; save a matrix or a vector of it")
    }
    let shape: Shape
    do { shape = try Shape(rows: tensor.sides[0], columns: tensor.sides.count == 2 ? tensor.sides[1] : 1) } catch {
      throw FileError(.malformed, path, error.message)
    }
    guard shape.byteCount(of: elementType) == tensor.range.count else {
      let wanted = shape.byteCount(of: elementType)
      throw Self.problem(
        tensor.name, "has \(tensor.range.count) bytes, and \(shape) \(elementType) takes \(wanted)", path)
    }
    var info = MatrixFileInfo(
      path: path, format: .safetensors, formatVersion: nil, shape: shape, elementType: elementType, byteOrder: .little,
      elementOrder: .rows, dataOffset: byteCount + tensor.range.lowerBound, byteCount: file.byteCount)
    info.member = tensor.name
    return info
  }

  /// The header of matrices that will follow in this order, padded with spaces so that elements lie at multiples of 8.
  static func encoded(_ matrices: [(name: String, shape: Shape)], _ elementType: ElementType) -> [UInt8] {
    var entries: [String] = []
    var offset = 0
    for (name, shape) in matrices {
      let end = offset + shape.byteCount(of: elementType)
      let quoted = name.replacing("\"", with: "\\\"")  // names have no other character that JSON wants escaped
      entries.append(
        "\"\(quoted)\":{\"dtype\":\"F\(elementType.byteCount * 8)\",\"shape\":[\(shape.rows),\(shape.columns)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var text = Array("{\(entries.joined(separator: ","))}".utf8)
    text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    var header: [UInt8] = []
    header.append(text.count, 8)
    return header + text
  }
}
