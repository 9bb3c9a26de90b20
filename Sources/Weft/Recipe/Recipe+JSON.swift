// SPDX-License-Identifier: Apache-2.0
//
// A recipe as JSON and back. Numbers in shortest digits, which read back to the same bits; infinite parameters as strings.

import Formula
import MatrixCore
import MatrixFiles

extension Recipe {
  package var json: [String: JSON] {
    [
      "weft": .string(version), "formula": formula.map(JSON.string) ?? .null,
      "kernel": kernel.map(JSON.string) ?? .null, "rows": .number("\(shape.rows)"),
      "columns": .number("\(shape.columns)"), "dtype": .string(elementType.rawValue), "origin": .number("\(origin)"),
      "accuracy": .string(accuracy.rawValue),
      "parameters": .object(parameters.mapValues { $0.isFinite ? .number("\($0)") : .string("\($0)") }),
      "inputs": .array(
        inputs.map {
          .object([
            "name": .string($0.name), "rows": .number("\($0.shape.rows)"), "columns": .number("\($0.shape.columns)"),
            "dtype": .string($0.elementType.rawValue), "checksum": .string("\($0.checksum)"),
          ])
        }),
    ]
  }

  /// Nil where a member is missing or says what a recipe cannot.
  package init?(_ json: [String: JSON]) {
    guard case .string(let version)? = json["weft"], let shape = Shape(json), let type = ElementType(json),
      let origin = json.integer("origin"), case .string(let name)? = json["accuracy"],
      let accuracy = Accuracy(rawValue: name), case .object(let parameters)? = json["parameters"],
      case .array(let inputs)? = json["inputs"]
    else { return nil }
    (self.version, self.shape, elementType) = (version, shape, type)
    (self.origin, self.accuracy) = (origin, accuracy)
    func text(_ key: String) -> String? { if case .string(let text)? = json[key] { text } else { nil } }
    (formula, kernel) = (text("formula"), text("kernel"))
    self.parameters = [:]
    for (key, value) in parameters {
      switch value {
      case .number(let digits), .string(let digits):
        guard let number = Double(digits) else { return nil }
        self.parameters[key] = number
      default: return nil
      }
    }
    self.inputs = []
    for case .object(let input) in inputs {
      guard case .string(let name)? = input["name"], let shape = Shape(input), let type = ElementType(input),
        case .string(let digits)? = input["checksum"], let checksum = UInt64(digits, radix: 16)
      else { return nil }
      self.inputs.append(Input(name: name, shape: shape, elementType: type, checksum: Checksum(checksum)))
    }
    guard self.inputs.count == inputs.count, (formula == nil) != (kernel == nil) else { return nil }
  }
}

extension [String: JSON] {
  package func integer(_ key: String) -> Int? { if case .number(let digits)? = self[key] { Int(digits) } else { nil } }
}

extension Shape {
  fileprivate init?(_ json: [String: JSON]) {
    guard let rows = json.integer("rows"), let columns = json.integer("columns"),
      let shape = try? Shape(rows: rows, columns: columns)
    else { return nil }
    self = shape
  }
}

extension ElementType {
  fileprivate init?(_ json: [String: JSON]) {
    guard case .string(let name)? = json["dtype"] else { return nil }
    self.init(rawValue: name)
  }
}
