// SPDX-License-Identifier: Apache-2.0
//
// Two files beside each other: what counts as equal, what is counted, which difference is the largest.

import MatrixCore
import MatrixFiles
import Testing

@Suite struct MatrixFileComparisonTests {
  private func files<A: MatrixElement, B: MatrixElement>(
    _ a: Matrix<A>, _ b: Matrix<B>, format: String = "npy", _ body: (String, String) throws -> Void
  ) throws {
    let folder = Scratch()
    try a.write(to: folder.file("a.npy"))
    try b.write(to: folder.file("b.\(format)"))
    try body(folder.file("a.npy"), folder.file("b.\(format)"))
  }

  @Test func zerosAndNaNsAreEqual() throws {
    let a = Matrix<Double>([[0, .nan, .infinity], [1, 2, 3]]),
      b = Matrix<Double>([[-0.0, -.nan, .infinity], [1, 2, 3]])
    try files(a, b) { (first: String, second: String) throws in
      let comparison = try MatrixFileComparison(first, second)
      #expect(comparison.isEqual && comparison.unequalCount == 0 && comparison.largest == nil)
      #expect(comparison.largestByULP == nil)
    }
  }

  @Test func differencesAreCountedAndPlaced() throws {
    var a = Matrix<Double>(rows: 700, columns: 500) { Double($0 * 500 + $1) + 0.5 }
    let b = a
    a[3, 4] = a[3, 4].nextUp
    a[600, 499] += 8
    a[699, 0] = .nan
    try files(a, b) { (first: String, second: String) throws in
      let exact = try MatrixFileComparison(first, second, limit: 2)
      #expect(!exact.isEqual && exact.unequalCount == 3 && exact.differingCount == 3 && exact.differences.count == 2)
      #expect(exact.differences.map(\.row) == [3, 600] && exact.differences.map(\.column) == [4, 499])
      #expect(exact.differences[0].ulp == 1 && exact.differences[1].absolute == 8)
      #expect(exact.largest?.row == 699 && exact.largest?.absolute.isNaN == true)
      #expect(exact.largestByULP?.ulp == .max)
      #expect(try MatrixFileComparison(first, second, within: .ulp(1)).differingCount == 2)
      #expect(try MatrixFileComparison(first, second, within: .absolute(8)).differingCount == 1)
      #expect(
        try MatrixFileComparison(first, second, within: .relative(1)).differingCount == 1, "NaN is close to nothing")
      #expect(try MatrixFileComparison(first, second, within: .ulp(.max)).differingCount == 1)
    }
  }

  @Test func tolerancesIncludeTheirEnd() throws {
    try files(Matrix<Double>([[1, 4, .infinity]]), Matrix<Double>([[1.5, 5, 1]])) {
      (first: String, second: String) throws in
      #expect(try MatrixFileComparison(first, second, within: .absolute(0.5)).differingCount == 2)
      #expect(try MatrixFileComparison(first, second, within: .relative(0.2)).differingCount == 2)
      #expect(
        try MatrixFileComparison(first, second, within: .absolute(1e300)).differingCount == 1, "an infinity is far")
      #expect(try MatrixFileComparison(first, second, within: .relative(1e300)).differingCount == 1)
    }
  }

  @Test func typesAndFormatsMayDiffer() throws {
    let a = Matrix<Double>(rows: 40, columns: 30) { Double($0) / 7 + Double($1) / 3 }
    try files(a, a.map { Float($0) }) { (first: String, second: String) throws in
      let comparison = try MatrixFileComparison(first, second)
      #expect(
        !comparison.isEqual && comparison.first.elementType == .float64 && comparison.second.elementType == .float32)
      // Rounded to nearest: within a step of float32.
      #expect(comparison.largestByULP?.ulp == 1 && comparison.largest != nil)
      #expect(try MatrixFileComparison(first, second, within: .ulp(1)).isEqual)
      #expect(try MatrixFileComparison(first, second, within: .relative(0x1p-24)).isEqual)
    }
    try files(a, a, format: "csv") { (first: String, second: String) throws in
      #expect(try MatrixFileComparison(first, second).isEqual)
    }
    try files(a.map { Float($0) }, a.map { Float($0).nextUp }) { (first: String, second: String) throws in
      #expect(try MatrixFileComparison(first, second, within: .ulp(1)).isEqual)
      #expect(try MatrixFileComparison(first, second).differingCount == 1200)
    }
  }

  @Test func otherShapesAreNotCompared() throws {
    try files(Matrix<Double>(repeating: 0, rows: 2, columns: 3), Matrix<Double>(repeating: 0, rows: 3, columns: 2)) {
      (first: String, second: String) throws in
      let comparison = try MatrixFileComparison(first, second)
      #expect(!comparison.hasSameShape && !comparison.isEqual && comparison.unequalCount == 0)
    }
    try files(Matrix<Double>(repeating: 0, rows: 0, columns: 3), Matrix<Double>(repeating: 0, rows: 0, columns: 3)) {
      (first: String, second: String) throws in
      #expect(try MatrixFileComparison(first, second).isEqual)
    }
    #expect(throws: FileError.self) { try MatrixFileComparison("/nonexistent/a.npy", "/nonexistent/b.npy") }
  }
}
