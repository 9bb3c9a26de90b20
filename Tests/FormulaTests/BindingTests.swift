// SPDX-License-Identifier: Apache-2.0
//
// What may be bound to which name, and what is said otherwise.

import Testing

@testable import Formula

@Suite struct BindingTests {
  private func refusal(
    _ text: String, _ parameters: [String: Double] = [:], _ inputs: [String] = []
  ) throws -> FormulaError? {
    let formula = try Formula(text)
    let inputs = inputs.map { Program.Input(name: $0, rows: 2, columns: 3) }
    do throws(FormulaError) {
      _ = try formula.bind(rows: 2, columns: 2, parameters: parameters, inputs: inputs)
      return nil
    } catch {
      return error
    }
  }

  @Test func unknownNames() throws {
    #expect(
      try refusal("exp(-alhpa*i)", ["alpha": 1])?.rendered
        == "unknown name \"alhpa\"; did you mean \"alpha\"?\n  exp(-alhpa*i)\n       ^~~~~")
    #expect(
      try refusal("i + z")?.message == "unknown name \"z\"; give it a value with --let z=NUMBER, or in parameters")
    #expect(
      try refusal("i + Z[i, j]")?.message
        == "unknown input matrix \"Z\"; give it with --input Z=PATH, or in inputs")
    #expect(
      try refusal("Points[i, j] + 1", [:], ["points"])?.message
        == "unknown input matrix \"Points\"; did you mean \"points\"?")
    #expect(try refusal("colums*i")?.suggestion == "columns")
    #expect(try refusal("cols*i")?.suggestion == "columns")
    #expect(try refusal("PI*i")?.suggestion == "pi")
    #expect(try refusal("i + True")?.suggestion == "1")
    #expect(try refusal("1 + aa", ["a": 1])?.code == .unknownName)
    // A counter is known in the term only.
    #expect(try refusal("sum(k, 0, k, 1)")?.code == .unknownName)
    #expect(try refusal("sum(k, 0, 3, 1) + k")?.code == .unknownName)
  }

  @Test func kinds() throws {
    #expect(
      try refusal("X[i, j]", ["X": 1])?.rendered
        == "X is given as a number, and the formula uses it as an input matrix\n  X[i, j]\n  ^")
    #expect(try refusal("1 + a", [:], ["a"])?.message == "a is an input matrix: for one of its elements write a[i, j]")
  }

  @Test func namesThatCannotBeBound() throws {
    for name in ["i", "j", "pi", "e", "nan", "rows", "sin", "where", "sum", "columns"] {
      #expect(try refusal("1", [name: 1])?.code == .invalidName)
      #expect(try refusal("1", [:], [name])?.code == .invalidName)
    }
    for name in ["", "2a", "a b", "α", "a-b", "a.b", "a\n"] {
      #expect(try refusal("1", [name: 1])?.code == .invalidName)
    }
    for name in ["a", "_", "a2", "X_1", "I"] {
      #expect(try refusal(name, [name: 1]) == nil)
    }
    #expect(try refusal("X[0,0]", ["X": 1], ["X"])?.message == "the name X is bound twice: give each name one value")
    #expect(try refusal("X[0,0]", [:], ["X", "X"])?.code == .invalidName)
    #expect(
      try refusal("1", ["sin": 1])?.message == "the name sin has a meaning in every formula: choose another name")
  }

  /// A value that nobody reads is most likely a misspelt name.
  @Test func unusedNames() throws {
    #expect(
      try refusal("i", ["b": 1])?.rendered
        == "the parameter b is not used in the formula: remove it, or correct its name")
    #expect(try refusal("i", [:], ["Y"])?.code == .unusedName)
    #expect(try refusal("rows(Y)", [:], ["Y"]) == nil)
    // Hidden by a counter is not used.
    #expect(try refusal("sum(k, 0, 3, k)", ["k": 1])?.code == .unusedName)
    #expect(try refusal("k + sum(k, 0, 3, k)", ["k": 1]) == nil)
  }

  @Test func scopes() throws {
    #expect(try value("sum(k, 1, 2, sum(k, 1, 3, k) * k)") == 18)
    #expect(try value("sum(k, 1, 3, sum(l, k, 3, l))") == 14)
    #expect(try value("sum(k, 0, sum(k, 1, 2, k), k)") == 6)
    let formula = try Formula("k*sum(k, 1, 3, k) + k").bind(rows: 1, columns: 1, parameters: ["k": 10])
    #expect(try ReferenceEvaluator(formula, context: LibmContext()).value(row: 0, column: 0) == 70)
  }

  @Test func inputsKeepTheirOrder() throws {
    let inputs = [Program.Input(name: "B", rows: 1, columns: 2), Program.Input(name: "A", rows: 3, columns: 4)]
    let program = try Formula("A[i, j] + B[0, j] + rows(A)*columns(B)").compile(rows: 3, columns: 2, inputs: inputs)
    #expect(program.inputs == inputs)
    let gathered = program.values.compactMap { if case .gather(let input) = $0.operation { input } else { nil } }
    #expect(gathered == [1, 0])
    #expect(program.values.contains { $0.operation == .constant(bitPattern: 6.0.bitPattern) })
  }

  @Test func originAndShape() throws {
    #expect(try value("i + 10*j + 100*rows + 1000*columns", row: 2, column: 3) == 11032)
    #expect(try value("i + 10*j", row: 2, column: 3, origin: 1) == 43)
    let inputs = [Program.Input(name: "X", rows: 2, columns: 2)]
    let context = LibmContext(inputs: [[1, 2, 3, 4]], shapes: inputs)
    for (origin, text) in [(0, "X[i, 0]"), (1, "X[i, 1]")] {
      let bound = try Formula(text).bind(rows: 2, columns: 2, origin: origin, inputs: inputs)
      #expect(try ReferenceEvaluator(bound, context: context).value(row: 1, column: 0) == 3)
      #expect(try bound.compile().origin == origin)
    }
    #expect(try Formula("i + j").compile(rows: 0, columns: 0).values.count == 3)
  }
}
