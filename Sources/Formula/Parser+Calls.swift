// SPDX-License-Identifier: Apache-2.0
//
// The part of the parser that knows what is written as a call: argument counts, and the forms whose arguments are not
// all plain values (`where`, `sum`, `prod`, `rows(X)`).

extension Parser {
  /// A call whose parenthesis is open.
  struct Call {
    /// Position in `FunctionDescription.all`.
    var function: Int
    /// Complete arguments.
    var count = 0
    /// The marker of a form that has one, to be completed.
    var marker = 0
    /// The name that a sum or product counts with.
    var loopName = ""

    var description: FunctionDescription { FunctionDescription.all[function] }
  }

  /// At the parenthesis. True if the call is complete already (`rows(X)`).
  mutating func beginCall(_ function: Int, _ range: SourceRange) throws(FormulaError) -> Bool {
    var call = Call(function: function)
    let description = call.description
    try advance()
    if isAt(.close) { throw wrongCount(call, range.through(token.range)) }
    switch description.form {
    case .function, .choice:
      break
    case .inputRows, .inputColumns:
      try inputShape(description, range)
      return true
    case .reduction:
      call.loopName = try loopName(description)
      call.count = 1
    }
    try open(.call(call), range)
    return false
  }

  /// `rows(X)`: the argument is a name, not a value.
  private mutating func inputShape(_ description: FunctionDescription, _ range: SourceRange) throws(FormulaError) {
    let argument = token.range
    let text = source.string(argument)
    let isFree = ConstantDescription.kind(of: text) == nil && !loopNames.contains(text)
    guard token.kind == .name, isFree else {
      throw source.error(
        .syntax, at: argument,
        "\(description.name) takes the name of an input matrix; without parentheses it is the result's own \(description.name)"
      )
    }
    try advance()
    guard isAt(.close) else {
      throw source.error(.syntax, at: token.range, "\(description.name)(\(text)) has one argument, a name")
    }
    let index = try name(text, isInput: true, argument)
    emit(
      description.form == .inputRows ? .inputRows(name: index) : .inputColumns(name: index), range.through(token.range))
    try advance()
  }

  /// `sum(k,`: the name is known in the last argument only, and hides what it meant outside.
  private mutating func loopName(_ description: FunctionDescription) throws(FormulaError) -> String {
    let argument = token.range
    let text = source.string(argument)
    guard token.kind == .name else {
      throw source.error(
        .syntax, at: argument, "the first argument of \(description.name) is a new name: \(description.syntax)")
    }
    guard !Formula.isReserved(text) else {
      throw source.error(
        .invalidName, at: argument, "\(text) has a meaning already: choose another name to count with, such as k")
    }
    try advance()
    guard isAt(.comma) else {
      throw source.error(
        .syntax, at: token.range, "a comma is expected after the name \(text): \(description.syntax)")
    }
    try advance()
    return text
  }

  /// At a comma or at the closing parenthesis.
  mutating func endArgument(of call: Call) throws(FormulaError) -> Call {
    var call = call
    call.count += 1
    let range = pending[pending.count - 1].range
    switch (call.description.form, call.count) {
    case (.function(let function), 2...) where call.description.isVariadic:
      emit(.apply(function), range)
    case (.choice, 1):
      call.marker = expression.nodes.count
      emit(.then(otherwise: 0), range)
    case (.choice, 2):
      expression.nodes[call.marker].kind = .then(otherwise: expression.nodes.count)
      call.marker = expression.nodes.count
      emit(.otherwise(end: 0), range)
    case (.reduction, 3):
      call.marker = expression.nodes.count
      emit(.loop(end: 0), range.through(previous))
      guard loopNames.count < Self.loopLimit else {
        throw source.error(
          .tooDeep, at: range, "sums and products are nested deeper than \(Self.loopLimit) levels")
      }
      loopNames.append(call.loopName)
    default:
      break
    }
    return call
  }

  mutating func endCall(_ open: Call) throws(FormulaError) {
    let call = try endArgument(of: open)
    let description = call.description
    let range = pending[pending.count - 1].range.through(token.range)
    let expected = description.parameters.count
    guard description.isVariadic ? call.count >= expected : call.count == expected else {
      throw wrongCount(call, range)
    }
    switch description.form {
    case .function(let function):
      if !description.isVariadic { emit(.apply(function), range) }
    case .choice:
      expression.nodes[call.marker].kind = .otherwise(end: expression.nodes.count)
      emit(.select, range)
    case .reduction(let reduction):
      expression.nodes[call.marker].kind = .loop(end: expression.nodes.count)
      emit(.reduce(reduction, loop: call.marker), range)
      loopNames.removeLast()
    case .inputRows, .inputColumns:
      preconditionFailure("complete when begun")
    }
    _ = closeLast()
  }

  private func wrongCount(_ call: Call, _ range: SourceRange) -> FormulaError {
    let description = call.description
    let expected = description.parameters.count
    let atLeast = description.isVariadic ? " or more" : ""
    let plural = expected == 1 && !description.isVariadic ? "" : "s"
    var message =
      "\(description.name) takes \(expected)\(atLeast) argument\(plural), not \(call.count): \(description.syntax)"
    if description.name == "log", call.count == 2 { message += "; to base b it is log(x) / log(b)" }
    return source.error(.argumentCount, at: range, message, suggestion: description.syntax)
  }
}
