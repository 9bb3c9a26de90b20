// SPDX-License-Identifier: Apache-2.0
// Tolerances as NumPy has them, the largest difference, and distances in units in the last place.

import MatrixCore
import Testing

@Suite(.timeLimit(.minutes(20)))
struct ClosenessTests {
  @Test func tolerances() {
    let b = Matrix<Double>([[100, 0, -1]])
    #expect(b.isClose(to: b))
    #expect(Matrix<Double>([[100.001, 1e-8, -1]]).isClose(to: b))
    #expect(!Matrix<Double>([[100.0011, 0, -1]]).isClose(to: b))
    #expect(!Matrix<Double>([[100, 1.1e-8, -1]]).isClose(to: b))
    #expect(Matrix<Double>([[101, 0, -1]]).isClose(to: b, relative: 0.01, absolute: 0))
    #expect(!b.isClose(to: Matrix([[99, 0, -1]]), relative: 0.01, absolute: 0))  // relative to the second
    #expect(!b.isClose(to: b[columns: ..<2]) && b[rows: 0..<0].isClose(to: b[rows: 0..<0]))
    #expect(Matrix<Float>([[9, 1], [9, 2]]).column(1).isClose(to: Matrix(column: [1, 2])))
  }

  @Test func infinitiesAndNaN() {
    let infinite = Matrix<Double>([[.infinity, -.infinity]])
    #expect(infinite.isClose(to: infinite) && !infinite.isClose(to: -infinite))
    #expect(!Matrix<Double>([[1, -.infinity]]).isClose(to: infinite))
    #expect(!infinite.isClose(to: Matrix([[1, -.infinity]])))
    let nan = Matrix<Double>([[.nan, 1]])
    #expect(!nan.isClose(to: nan) && nan.isClose(to: nan, equalNaN: true))
    #expect(!nan.isClose(to: Matrix([[1, 1]]), equalNaN: true) && !Matrix([[1, 1]]).isClose(to: nan, equalNaN: true))
  }

  @Test func largestDifference() {
    var a = numbers(40, 50, as: Double.self)
    let b = a
    #expect(a.largestDifference(from: b) == Extremum(value: 0, row: 0, column: 0))
    a[17, 33] += 0.5
    a[20, 3] -= 0.5
    a[39, 49] += 0.25
    #expect(a.largestDifference(from: b) == Extremum(value: 0.5, row: 17, column: 33))
    #expect(
      a[rows: 18..., columns: 1...].largestDifference(from: b[rows: 18..., columns: 1...])
        == Extremum(value: 0.5, row: 2, column: 2))
    a[0, 0] = .infinity
    #expect(a.largestDifference(from: b)?.value == .infinity && a.largestDifference(from: a)?.value == 0)
    a[30, 1] = .nan
    a[30, 2] = .nan
    for found in [a.largestDifference(from: b), b.largestDifference(from: a), a.largestDifference(from: a)] {
      #expect(found?.value.isNaN == true && found?.row == 30 && found?.column == 1)
    }
    #expect(a[rows: 0..<0].largestDifference(from: b[rows: 0..<0]) == nil)
  }

  @Test func unitsInTheLastPlace() {
    #expect(1.0.ulpDistance(to: 1.0.nextUp) == 1 && 1.0.nextUp.ulpDistance(to: 1.0.nextDown) == 2)
    #expect(0.0.ulpDistance(to: -0.0) == 0)
    #expect(Double.leastNonzeroMagnitude.ulpDistance(to: -.leastNonzeroMagnitude) == 2)
    #expect(Double.greatestFiniteMagnitude.ulpDistance(to: .infinity) == 1)
    #expect((-Double.infinity).ulpDistance(to: .infinity) == UInt64(2) * 0x7ff0_0000_0000_0000)
    #expect(Float(1).ulpDistance(to: 2) == 1 << 23 && Float(-1).ulpDistance(to: -2) == 1 << 23)
    #expect(Double.nan.ulpDistance(to: -.nan) == 0)
    #expect(Double.nan.ulpDistance(to: 1) == .max && Float(1).ulpDistance(to: .nan) == .max)

    var a = numbers(30, 20, as: Float.self)
    let b = a
    #expect(a.largestULPDistance(from: b).map { $0 == (0, 0, 0) } == true)
    a[5, 6] = a[5, 6].nextUp
    a[20, 7] = a[20, 7].nextUp.nextUp
    a[21, 7] = a[21, 7].nextDown.nextDown
    #expect(a.largestULPDistance(from: b).map { $0 == (2, 20, 7) } == true)
    #expect(a.column(6).largestULPDistance(from: b.column(6)).map { $0 == (1, 5, 0) } == true)
    #expect(a[rows: 0..<0].largestULPDistance(from: b[rows: 0..<0]) == nil)
  }
}
