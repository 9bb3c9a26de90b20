// SPDX-License-Identifier: Apache-2.0
//
// The names that stand for a number in every formula. Read by the parser, by spelling suggestions and by
// `weft functions`.

/// One built-in name, as a user sees it.
public struct ConstantDescription: Sendable {
  public let name: String
  /// One line.
  public let meaning: String
  let kind: Expression.Kind

  public static let all: [ConstantDescription] = [
    .init(name: "i", meaning: "row index, from 0 (from 1 with origin 1)", kind: .rowIndex),
    .init(name: "j", meaning: "column index, from 0 (from 1 with origin 1)", kind: .columnIndex),
    .init(name: "rows", meaning: "number of rows of the result", kind: .rows),
    .init(name: "columns", meaning: "number of columns of the result", kind: .columns),
    .init(name: "pi", meaning: "3.141592653589793", kind: .number(.pi)),
    .init(name: "e", meaning: "2.718281828459045", kind: .number(2.718281828459045)),
    .init(name: "inf", meaning: "infinity", kind: .number(.infinity)),
    .init(name: "nan", meaning: "not a number", kind: .number(.nan)),
  ]

  static func kind(of name: String) -> Expression.Kind? { all.first { $0.name == name }?.kind }
}
