// SPDX-License-Identifier: Apache-2.0
//
// Recipes: as JSON and back, beside a file, and a file held against one.

import Glibc
import Testing

@testable import Weft

@Suite(.serialized) struct RecipeTests {
  private func job() throws -> Job {
    var job = Job(.formula(try Formula("a*X[i,0]*j + sin(i*j)")), rows: 300, columns: 70)
    job.parameters = ["a": 0.1]
    job.inputs["X"] = Matrix<Double>(rows: 300, columns: 1) { i, _ in Double(i) / 3 }
    job.origin = 0
    return job
  }

  @Test func thereAndBack() throws {
    var job = try job()
    job.parameters = ["a": 0.1, "b": -.infinity, "c": 0x1p-1074, "d": -0.0]
    let recipe = try Recipe(job, elementType: .float32)
    let text = Array(JSON.object(recipe.json).text.utf8)
    guard case .object(let members) = try JSON(parsing: text) else {
      Issue.record("no object")
      return
    }
    #expect(Recipe(members) == recipe && recipe.difference(from: recipe) == nil)
    for key in members.keys {
      var less = members
      less[key] = nil
      let isNeeded = key != "kernel"
      #expect((Recipe(less) == nil) == isNeeded, "\(key)")
    }
  }

  /// A folder with a matrix and its recipe.
  private func written(_ folder: EngineTests.FileRunTests.Folder, _ job: Job, _ name: String = "m.npy") throws
    -> RecipeFile
  {
    let engine = try BlockingEngine(.inProcess)
    let (matrix, report) = try engine.compute(job, as: Double.self)
    try MatrixFile.write(matrix, to: folder[name], options: WriteOptions(overwrite: true, sync: false))
    let file = RecipeFile(
      try Recipe(job, elementType: .float64), checksum: report.checksum, inputPaths: ["X": "points of \"mine\".npy"])
    try file.write(besides: folder[name], options: WriteOptions(sync: false))
    return file
  }

  @Test func rightFilesAreRight() throws {
    let folder = EngineTests.FileRunTests.Folder()
    defer { unsafe unlink(folder["m.npy.recipe.json"]) }
    let job = try job()
    let file = try written(folder, job)
    #expect(try RecipeFile(besides: folder["m.npy"]) == file)
    for all in [false, true] {
      let found = try RecipeVerification(of: folder["m.npy"], file, inputs: job.inputs, all: all)
      #expect(found.isRight && found.checksumIsRight == true && found.wrongCount == 0)
      #expect(all ? found.recomputed == 21_000 : found.recomputed == 260)
    }
  }

  @Test(arguments: [(0, 0), (299, 69), (150, 33), (17, 0)]) func oneWrongElementIsNamed(row: Int, column: Int) throws {
    let folder = EngineTests.FileRunTests.Folder()
    defer { unsafe unlink(folder["m.npy.recipe.json"]) }
    let job = try job()
    let file = try written(folder, job)
    let offset = 128 + (row * 70 + column) * 8
    let byte = folder.bytes("m.npy")[offset]
    try folder.write([byte ^ 1], to: "m.npy", at: offset)
    let found = try RecipeVerification(of: folder["m.npy"], file, inputs: job.inputs, all: true)
    #expect(!found.isRight && found.checksumIsRight == false && found.wrongCount == 1)
    #expect(found.firstWrong?.row == row && found.firstWrong?.column == column)
    #expect(found.firstWrong.map { $0.found != $0.expected } == true)
    let sampled = try RecipeVerification(of: folder["m.npy"], file, inputs: job.inputs, all: false)
    #expect(!sampled.isRight && sampled.checksumIsRight == false)
    // Whoever changes the checksum too is still found out.
    var forged = file
    forged.checksum = nil
    let unsealed = try RecipeVerification(of: folder["m.npy"], forged, inputs: job.inputs, all: true)
    #expect(unsealed.firstWrong?.row == row && unsealed.checksumIsRight == nil)
  }

  @Test func anotherMatrixIsRefused() throws {
    let folder = EngineTests.FileRunTests.Folder()
    defer { unsafe unlink(folder["m.npy.recipe.json"]) }
    let job = try job()
    var file = try written(folder, job)
    var inputs = job.inputs
    inputs["X"] = Matrix<Double>(rows: 300, columns: 1) { i, _ in Double(i) }
    #expect(throws: EngineError.self) {
      try RecipeVerification(of: folder["m.npy"], file, inputs: inputs, all: false)
    }
    file.recipe.shape = try Shape(rows: 70, columns: 300)
    #expect(throws: (any Error).self) {
      try RecipeVerification(of: folder["m.npy"], file, inputs: job.inputs, all: false)
    }
  }

  @Test func malformedRecipesAreErrors() throws {
    let folder = EngineTests.FileRunTests.Folder()
    defer { unsafe unlink(folder["m.npy.recipe.json"]) }
    #expect(throws: FileError.self) { try RecipeFile(besides: folder["m.npy"]) }
    _ = try written(folder, job())
    let good = folder.bytes("m.npy.recipe.json")
    for text in ["", "{}", "[1]", "{\"weft\": 1}", String(repeating: " ", count: 70_000)] {
      unsafe unlink(folder["m.npy.recipe.json"])
      var file = try OutputFile(folder["m.npy.recipe.json"], options: WriteOptions(sync: false))
      try file.write(Array(text.utf8))
      try file.commit()
      #expect(throws: FileError.self) { try RecipeFile(besides: folder["m.npy"]) }
    }
    for length in stride(from: 0, to: good.count - 2, by: 7) {
      unsafe truncate(folder["m.npy.recipe.json"], 0)
      try folder.write(Array(good.prefix(length)), to: "m.npy.recipe.json", at: 0)
      #expect(throws: FileError.self) { try RecipeFile(besides: folder["m.npy"]) }
    }
  }

  @Test func histograms() throws {
    let folder = EngineTests.FileRunTests.Folder()
    let values: [Double] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, .nan, .infinity, -1, 11, 2.5, 9.999]
    let matrix = Matrix<Double>(rows: 4, columns: 4) { i, j in values[i * 4 + j] }
    try MatrixFile.write(matrix, to: folder["m.npy"], options: WriteOptions(sync: false))
    let histogram = try MatrixHistogram(contentsOf: folder["m.npy"], range: 0...10, bins: 5)
    #expect(histogram.edges == [0, 2, 4, 6, 8, 10] && histogram.counts == [2, 3, 2, 2, 3] && histogram.outside == 4)
    let one = try MatrixHistogram(contentsOf: folder["m.npy"], range: 3...3, bins: 7)
    #expect(one.counts == [1] && one.edges == [3, 3])
    let wide = try MatrixHistogram(
      contentsOf: folder["m.npy"], range: -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude, bins: 2)
    #expect(wide.counts.reduce(0, +) == 14 && wide.outside == 2 && wide.edges[1] == 0)
    let narrow = try MatrixHistogram(contentsOf: folder["m.npy"], range: 0...0x1p-1074, bins: 3)
    #expect(narrow.counts == [1, 0, 0])
  }
}
