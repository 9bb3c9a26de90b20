// SPDX-License-Identifier: Apache-2.0
//
// A matrix file against its recipe, in one pass: the checksum of all elements, and some or all of them computed anew.

import Evaluation
import Formula
import MatrixCore
import MatrixFiles
import Multiprocessing

/// What was found when a matrix file was held against its recipe.
public struct RecipeVerification: Sendable {
  /// An element that is not what the recipe gives.
  public struct WrongElement: Sendable, Hashable {
    public let row: Int
    public let column: Int
    public let found: Double
    public let expected: Double
  }

  /// Elements that were computed anew.
  public let recomputed: Int
  /// The first of them, in row order, that is wrong; nil where all are right.
  public let firstWrong: WrongElement?
  /// Wrong ones among them.
  public let wrongCount: Int
  /// Whether the file's checksum is the recipe's; nil where that has none.
  public let checksumIsRight: Bool?

  public var isRight: Bool { firstWrong == nil && checksumIsRight != false }

  /// - Parameters:
  ///   - inputs: the recipe's input matrices, by name.
  ///   - all: every element, by the kernels; else a sample, by the reference evaluator.
  /// - Throws: `FileError`; `EngineError` where the file or an input is another matrix than the recipe's; `FormulaError`.
  public init(
    of path: String, _ file: RecipeFile, inputs: [String: any MatrixReadable] = [:], all: Bool,
    options: ReadOptions = ReadOptions()
  ) throws {
    switch file.recipe.elementType {
    case .float64: try self.init(reading: path, as: Double.self, file, inputs, all, options)
    case .float32: try self.init(reading: path, as: Float.self, file, inputs, all, options)
    }
  }

  private init<Element: MatrixElement>(
    reading path: String, as type: Element.Type, _ file: RecipeFile, _ inputs: [String: any MatrixReadable],
    _ all: Bool, _ options: ReadOptions
  ) throws {
    let recipe = file.recipe
    guard let job = try recipe.job(inputs: inputs) else {
      throw EngineError(
        .invalidJob, "The recipe of \(path) is a program's own kernel, which only that program can run.")
    }
    let mine = try Recipe(job, elementType: recipe.elementType)
    if let difference = mine.difference(from: recipe) {
      throw EngineError(.invalidJob, "\(path) cannot be computed anew here: \(difference).")
    }
    var options = options
    options.narrowing = .exact
    var reader = try MatrixReader<Element>(contentsOf: path, options: options)
    guard reader.shape == recipe.shape else {
      throw EngineError(.invalidJob, "\(path) is a \(reader.shape) matrix, its recipe is of a \(recipe.shape) one.")
    }
    var scan = try MatrixScan(recipe.shape)
    var check = try ElementCheck(job, recipe.elementType)
    let sample = all ? [] : ElementSample.places(of: recipe.shape, seed: file.checksum?.value ?? 1).sorted()
    var next = 0
    try reader.forEachPiece(ofElements: MatrixFileSummary.pieceCount) { piece, row in
      scan.append(piece)
      guard !all else { return try check.compareAll(piece, row) }
      let first = row * recipe.shape.columns
      while next < sample.count, sample[next] < first + piece.count {
        try check.compare(piece[sample[next] - first], at: sample[next])
        next += 1
      }
    }
    recomputed = all ? recipe.shape.count : sample.count
    (firstWrong, wrongCount) = (check.firstWrong, check.wrongCount)
    checksumIsRight = file.checksum.map { $0.value == scan.seen.checksum }
  }
}
