// SPDX-License-Identifier: Apache-2.0
//
// What a command of linear algebra found: matrices, facts about them, and how good they are. Told by AlgebraAccount.

import Weft

/// An answer with elements of one type.
struct AlgebraAnswer<Element: MatrixElement> {
  /// One matrix of the answer.
  struct Part {
    /// As in file names and JSON: "l", "values".
    var name: String
    /// For people: "L, unit lower triangular".
    var meaning: String
    var matrix: any MatrixReadable<Element>
  }

  /// A number or a word of the answer, or about it.
  struct Fact {
    /// As in JSON.
    var key: String
    /// For people.
    var label: String
    var value: JSON
    var text: String

    init(_ key: String, _ label: String, _ value: JSON, _ text: String) {
      (self.key, self.label, self.value, self.text) = (key, label, value, text)
    }

    /// A number of the answer's type, in its shortest digits.
    init(_ key: String, _ label: String, _ value: Element) {
      self.init(key, label, JSON(element: value), "\(value)")
    }

    init(_ key: String, _ label: String, _ value: Int) { self.init(key, label, .integer(value), "\(value)") }
    init(_ key: String, _ label: String, _ text: String) { self.init(key, label, .text(text), text) }
  }

  /// Matrices to be written or shown.
  var parts: [Part] = []
  /// The numbers asked for, where the answer is numbers: the only output of a command without further wishes, a line each.
  var numbers: [Fact] = []
  /// Which routine found it, what it found on the way.
  var facts: [Fact] = []
  /// A sentence, where the answer may be worth nothing.
  var warning: String?
  /// How good it is: worked out only where it is asked for.
  var quality: () throws -> [Fact] = { [] }

  init(parts: [Part] = [], numbers: [Fact] = [], facts: [Fact] = []) {
    (self.parts, self.numbers, self.facts) = (parts, numbers, facts)
  }

  /// An answer that is one matrix.
  init(_ name: String, _ matrix: any MatrixReadable<Element>, facts: [Fact] = []) {
    self.init(parts: [Part(name: name, meaning: name, matrix: matrix)], facts: facts)
  }
}

extension JSON {
  /// Shortest digits of the element's own type: 0.1, not 0.10000000149011612.
  init<Element: MatrixElement>(element value: Element) { self = value.isFinite ? .decimal("\(value)") : .null }
}

extension AlgebraAnswer.Fact {
  /// How far off the answer is. Where it is divided by n·ε, in units of what rounding alone explains: below 30 by LAPACK's
  /// own standard.
  static func residual(_ value: Element, of what: String) -> Self { quality("residual", value, what) }

  /// The same for columns that should be orthonormal.
  static func orthogonality(_ value: Element, of what: String) -> Self { quality("orthogonality", value, what) }

  /// 1/κ₁ as factorizations estimate it, shown as κ₁.
  static func condition(reciprocal: Element) -> Self {
    Self(
      "reciprocalCondition", "condition", JSON(element: reciprocal), "\(Float(1 / reciprocal)), estimated in the 1-norm"
    )
  }

  /// Of an answer that has no error to speak of.
  static func exact(_ reason: String) -> Self { Self("residual", "residual", .integer(0), "0, \(reason)") }

  static func quality(_ key: String, _ value: Element, _ what: String) -> Self {
    Self(key, key, JSON(element: value), "\(Float(value)) = \(what)")
  }
}
