// SPDX-License-Identifier: Apache-2.0
//
// What `weft compute` was asked for, made of the words typed: checked as far as the command line alone tells, nothing
// opened, nothing looked up. ComputeRun carries it out.

import Weft

/// The command line is wrong in a way that the parser cannot see. One sentence.
struct UsageError: Error, Equatable, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// One computation, with what becomes of its result.
struct ComputeRequest: Equatable {
  /// A matrix to be read, and its name in the formula.
  struct Input: Equatable {
    var name: String
    var path: String
  }

  var formula: String
  var rows: Int
  var columns: Int
  var origin: Int
  var parameters: [String: Double]
  var inputs: [Input]
  var elementType: ElementType
  var accuracy: Accuracy
  var mode: EngineMode
  var chunkRows: Int?
  var chunkTimeout: Job.ChunkTimeout
  var nonfinite: Job.NonfinitePolicy
  var verification: Job.Verification
  /// Nil: a corner is shown instead.
  var output: MatrixOutput?
  /// Bytes of the matrix that may be in memory at a time; nil: as many as there are.
  var memoryLimit: Int?
  /// Seconds until what is done is kept and the rest left.
  var timeLimit: Double?
  var resumes: Bool
  /// A picture of the matrix.
  var plot: MatrixOutput?
  /// Whether what the file was computed from is written beside it.
  var wantsRecipe: Bool
  var isPlanOnly: Bool
  var wantsJSON: Bool
  var isQuiet: Bool
  var progress: ProgressPolicy
}

extension ComputeRequest {
  init(_ options: ComputeOptions) throws(UsageError) {
    formula = options.formula
    (rows, columns) = try options.sides()
    origin = try options.integer("origin", in: 0...1) ?? 0
    parameters = try options.parameters()
    inputs = try options.inputs()
    elementType = try options.choice("dtype") ?? .float64
    accuracy = try options.choice("accuracy") ?? .strict
    mode = try options.mode()
    chunkRows = try options.integer("chunk-rows", in: 1...Int.max)
    chunkTimeout = try options.chunkTimeout()
    nonfinite = try options.choice("nonfinite") ?? .error
    verification = try options.choice("verify") ?? .sample
    output = try options.output()
    memoryLimit = try options.memoryLimit()
    timeLimit = try options.timeLimit()
    resumes = options.has("resume")
    plot = options.value("plot").map {
      MatrixOutput(path: $0, format: nil, overwrite: options.has("force"), sync: !options.has("no-sync"))
    }
    wantsRecipe = options.has("recipe")
    guard !wantsRecipe || output.map({ !$0.isStandardOutput }) == true else {
      throw UsageError("--recipe writes a file beside the matrix, so it needs --output PATH.")
    }
    isPlanOnly = options.has("plan")
    wantsJSON = options.has("json")
    isQuiet = options.has("quiet")
    let progress: ProgressPolicy = try options.choice("progress") ?? .auto
    self.progress = isQuiet ? .never : progress
  }
}

/// The value of an option that has a few words to choose from.
func choice<Choice>(_ name: String, _ text: String?) throws(UsageError) -> Choice?
where Choice: RawRepresentable<String> & CaseIterable {
  guard let text else { return nil }
  if let value = Choice(rawValue: text) { return value }
  let all = Choice.allCases.map(\.rawValue)
  throw UsageError("--\(name) is \(all.dropLast().joined(separator: ", ")) or \(all.last ?? ""), not '\(text)'.")
}

extension ComputeRequest.Input {
  /// The values of `--input`.
  static func list(_ texts: [String]) throws(UsageError) -> [ComputeRequest.Input] {
    var result: [ComputeRequest.Input] = []
    for text in texts {
      guard let (name, path) = binding(text), !path.isEmpty else {
        throw UsageError("--input '\(text)' is not NAME=PATH, as in --input X=points.npy.")
      }
      guard !result.contains(where: { $0.name == name }) else { throw UsageError("--input gives \(name) twice.") }
      result.append(ComputeRequest.Input(name: name, path: path))
    }
    return result
  }
}

/// "NAME=REST" at the first "=".
private func binding(_ text: String) -> (name: String, rest: String)? {
  guard let mark = text.firstIndex(of: "="), mark != text.startIndex else { return nil }
  return (String(text[..<mark]), String(text[text.index(after: mark)...]))
}

extension ComputeOptions {
  // MARK: Single values

  func integer(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
    guard let text = value(name) else { return nil }
    guard let value = Int(text), range.contains(value) else {
      let wanted =
        switch (range.lowerBound, range.upperBound) {
        case (.min, _): ""
        case (let least, .max): " of at least \(least)"
        case (let least, let most): " from \(least) to \(most)"
        }
      throw UsageError("--\(name) is a whole number\(wanted), not \(quoted(text)).")
    }
    return value
  }

  func choice<Choice>(_ name: String) throws(UsageError) -> Choice?
  where Choice: RawRepresentable<String> & CaseIterable {
    try WeftCommands.choice(name, value(name))
  }

  func quantity<Value>(
    _ name: String, _ wanted: String, _ parse: (String) -> Value?
  ) throws(UsageError) -> Value? {
    guard let text = value(name) else { return nil }
    guard let value = parse(text) else { throw UsageError("--\(name) is \(wanted), not \(quoted(text)).") }
    return value
  }

  private func quoted(_ text: String) -> String { "'\(text)'" }

  func memoryLimit() throws(UsageError) -> Int? {
    try quantity("memory", "a number of bytes, as 512MB or 2GiB", Quantity.byteCount)
  }

  func timeLimit() throws(UsageError) -> Double? {
    try quantity("deadline", "a time, as 90 (seconds), 10m or 1h30m", Quantity.seconds)
  }

  // MARK: The matrix

  fileprivate func sides() throws(UsageError) -> (Int, Int) {
    // A negative side is the shape's business, which has a better sentence for it.
    let any = Int.min...Int.max
    let (size, rows, columns) = try (integer("size", in: any), integer("rows", in: any), integer("columns", in: any))
    switch (size, rows, columns) {
    case (let size?, nil, nil): return (size, size)
    case (nil, let rows?, let columns?): return (rows, columns)
    case (nil, nil, nil): throw UsageError("How large is the matrix? Give --size N, or --rows R and --columns C.")
    case (nil, .some, nil): throw UsageError("--rows is given without --columns; both are needed, or --size N alone.")
    case (nil, nil, .some): throw UsageError("--columns is given without --rows; both are needed, or --size N alone.")
    case (.some, _, _): throw UsageError("--size stands for --rows and --columns; give it alone, or those two.")
    }
  }

  fileprivate func parameters() throws(UsageError) -> [String: Double] {
    var result: [String: Double] = [:]
    for text in values("let") {
      guard let (name, value) = binding(text) else {
        throw UsageError("--let \(quoted(text)) is not NAME=VALUE, as in --let a=0.5.")
      }
      guard let number = Double(value) else {
        throw UsageError("--let \(name): \(quoted(value)) is not a number; write one as in --let \(name)=-1.5e3.")
      }
      guard number.isFinite || !value.contains(where: \.isNumber) else {
        throw UsageError("--let \(name): \(quoted(value)) is beyond the range of float64.")
      }
      guard result.updateValue(number, forKey: name) == nil else { throw UsageError("--let gives \(name) twice.") }
    }
    return result
  }

  fileprivate func inputs() throws(UsageError) -> [ComputeRequest.Input] {
    try ComputeRequest.Input.list(values("input"))
  }

  // MARK: Engine and output

  func mode() throws(UsageError) -> EngineMode {
    if has("in-process") {
      guard value("workers") == nil else { throw UsageError("--in-process has no workers; leave --workers out.") }
      return .inProcess
    }
    guard let workers = value("workers"), workers != "auto" else { return .workers(nil) }
    guard let count = Int(workers), count >= 1, count <= BlockingEngine.workerLimit else {
      throw UsageError(
        "--workers is a number from 1 to \(BlockingEngine.workerLimit), or auto, not \(quoted(workers)).")
    }
    return .workers(count)
  }

  fileprivate func chunkTimeout() throws(UsageError) -> Job.ChunkTimeout {
    guard let text = value("chunk-timeout") else { return .automatic }
    if text == "none" { return .none }
    guard let seconds = Double(text), seconds > 0, seconds.isFinite else {
      throw UsageError("--chunk-timeout is a number of seconds above 0, or none, not \(quoted(text)).")
    }
    return .seconds(seconds)
  }

  fileprivate func output() throws(UsageError) -> MatrixOutput? {
    let format: MatrixFormat? = try choice("format")
    let spelled = given.first { ["digits", "output-delimiter", "column-names", "name", "compress"].contains($0.name) }
    guard let path = value("output") else {
      if let spelled { throw UsageError("--\(spelled.name) is about the file, so it needs --output PATH.") }
      // --force and --no-sync permit what does not happen anyway; a format is a wish that would be ignored.
      guard format == nil else {
        throw UsageError("--format is given without --output; write --output PATH, or --output - for standard output.")
      }
      return nil
    }
    var output = MatrixOutput(path: path, format: format, overwrite: has("force"), sync: !has("no-sync"))
    output.spelling = try OutputSpelling(given.map { ($0.name, $0.value) }, isCompressed: has("compress"))
    return output
  }
}
