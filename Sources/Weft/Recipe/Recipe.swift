// SPDX-License-Identifier: Apache-2.0
//
// What a matrix was computed from: enough to compute it again, to the bit. Kept in the ledger of an unfinished file, which no
// other job may go on with, and beside finished ones.

import Formula
import MatrixCore
import MatrixFiles

/// All that the elements of a computed matrix depend on.
public struct Recipe: Sendable, Hashable {
  /// An input matrix, known again by its checksum, wherever it lies.
  public struct Input: Sendable, Hashable {
    public var name: String
    public var shape: Shape
    public var elementType: ElementType
    public var checksum: Checksum
  }

  /// The formula's text; nil for a ``RowKernel``.
  public var formula: String?
  /// The kernel type's name; nil for a formula.
  public var kernel: String?
  public var shape: Shape
  public var elementType: ElementType
  public var origin: Int
  public var accuracy: Accuracy
  public var parameters: [String: Double]
  /// In the order of their names.
  public var inputs: [Input]
  /// The version of Weft: another may round another function better.
  public var version: String

  /// - Throws: `ShapeError`; `EngineError` on a CPU that Weft's kernels do not run on.
  public init(_ job: Job, elementType: ElementType) throws {
    switch job.source {
    case .formula(let formula): (self.formula, kernel) = (formula.text, nil)
    case .kernel(let type): (formula, kernel) = (nil, _mangledTypeName(type) ?? "\(type)")
    }
    shape = try Shape(rows: job.rows, columns: job.columns)
    self.elementType = elementType
    origin = job.origin
    accuracy = job.accuracy
    parameters = job.parameters
    version = weftVersion
    inputs = []
    for (name, matrix) in job.inputs.sorted(by: { $0.key < $1.key }) {
      inputs.append(try Input(name: name, matrix))
    }
  }

  /// The job that computes such a matrix.
  ///
  /// - Throws: `FormulaError`.
  public func job(inputs: [String: any MatrixReadable] = [:]) throws -> Job? {
    guard let formula else { return nil }
    var job = Job(.formula(try Formula(formula)), rows: shape.rows, columns: shape.columns)
    job.origin = origin
    job.accuracy = accuracy
    job.parameters = parameters
    job.inputs = inputs
    return job
  }

  /// In words, the first thing in which another recipe differs; nil where the matrices are the same.
  public func difference(from other: Recipe) -> String? {
    func text(_ parameters: [String: Double]) -> String {
      parameters.isEmpty
        ? "none" : parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
    }
    func text(_ inputs: [Input]) -> String {
      inputs.isEmpty ? "none" : inputs.map { "\($0.name) \($0.shape) \($0.checksum)" }.joined(separator: ", ")
    }
    let parts: [(String, String, String)] = [
      ("formula", formula ?? "none", other.formula ?? "none"), ("kernel", kernel ?? "none", other.kernel ?? "none"),
      ("shape", "\(shape)", "\(other.shape)"), ("element type", "\(elementType)", "\(other.elementType)"),
      ("origin", "\(origin)", "\(other.origin)"), ("accuracy", "\(accuracy)", "\(other.accuracy)"),
      ("parameters", text(parameters), text(other.parameters)), ("inputs", text(inputs), text(other.inputs)),
      ("version of Weft", version, other.version),
    ]
    guard let part = parts.first(where: { $0.1 != $0.2 }) else { return nil }
    return "its \(part.0) is \(part.1), not \(part.2)"
  }
}

extension Recipe.Input {
  fileprivate init(name: String, _ matrix: any MatrixReadable) throws(EngineError) {
    func checksum<Element: MatrixElement>(_ matrix: some MatrixReadable<Element>) throws(EngineError) -> Checksum {
      try MatrixSummary(of: matrix).checksum
    }
    self.name = name
    shape = matrix.shape
    switch matrix {
    case let matrix as any MatrixReadable<Double>: (elementType, self.checksum) = (.float64, try checksum(matrix))
    case let matrix as any MatrixReadable<Float>: (elementType, self.checksum) = (.float32, try checksum(matrix))
    default: preconditionFailure("matrices hold Double or Float")
    }
  }
}
