// SPDX-License-Identifier: Apache-2.0
// Matrices that are known beforehand, put together from others, or changed line by line.

import MatrixCore
import Testing

@Suite(.timeLimit(.minutes(20)))
struct MakingTests {
  let a = Matrix<Double>([[1, 2, 3], [4, 5, 6]])

  @Test func known() {
    #expect(Matrix<Float>(repeating: 1.5, rows: 2, columns: 3) == Matrix([[1.5, 1.5, 1.5], [1.5, 1.5, 1.5]]))
    #expect(Matrix<Double>(row: [1, 2]) == Matrix([[1, 2]]) && Matrix<Double>(column: [1, 2]) == Matrix([[1], [2]]))
    #expect(Matrix<Double>(row: []).shape.description == "1×0" && Matrix<Double>(column: []).shape.description == "0×1")
    #expect(Matrix<Double>(diagonal: [1, 2]) == Matrix([[1, 0], [0, 2]]))
    #expect(Matrix<Float>.identity(3) == Matrix([[1, 0, 0], [0, 1, 0], [0, 0, 1]]))
    #expect(Matrix<Float>.identity(0).isEmpty && Matrix<Double>(repeating: 1, rows: 1 << 62, columns: 0).isEmpty)
  }

  @Test func linearlySpaced() {
    #expect(Matrix<Double>.linearlySpaced(from: 0, through: 1, count: 5) == Matrix(column: [0, 0.25, 0.5, 0.75, 1]))
    #expect(Matrix<Float>.linearlySpaced(from: 2, through: 1, count: 2) == Matrix(column: [2, 1]))
    #expect(Matrix<Double>.linearlySpaced(from: 7, through: 9, count: 1) == Matrix(column: [7]))
    #expect(Matrix<Double>.linearlySpaced(from: 7, through: 9, count: 0).isEmpty)
    let forth = Matrix<Double>.linearlySpaced(from: -0.1, through: 0.7, count: 1000)
    let back = Matrix<Double>.linearlySpaced(from: 0.7, through: -0.1, count: 1000)
    #expect(forth[0, 0] == -0.1 && forth[999, 0] == 0.7)
    for k in 0..<1000 {
      #expect(forth[k, 0] == back[999 - k, 0])
      #expect((forth[k, 0] - (-0.1 + 0.8 * Double(k) / 999)).magnitude <= 2 * Double.ulpOfOne)
      if k > 0 { #expect(forth[k, 0] > forth[k - 1, 0]) }
    }
    #expect(Matrix<Double>.linearlySpaced(from: 0.1, through: 0.1, count: 7).map { $0 - 0.1 }.sumOfSquares() == 0)
    let wide = Matrix<Double>.linearlySpaced(from: -1.5e308, through: 1.5e308, count: 4)
    #expect(wide.isClose(to: Matrix(column: [-1.5e308, -0.5e308, 0.5e308, 1.5e308]), relative: 1e-15))
  }

  @Test func blocks() throws {
    let b = Matrix<Double>([[7, 8, 9]])
    #expect(Matrix(rowsOf: [a, b, a[rows: 1...]]) == Matrix([[1, 2, 3], [4, 5, 6], [7, 8, 9], [4, 5, 6]]))
    #expect(
      Matrix(columnsOf: [a, a.column(1), try SharedMatrix(a)])
        == Matrix([[1, 2, 3, 2, 1, 2, 3], [4, 5, 6, 5, 4, 5, 6]]))
    #expect(Matrix(columnsOf: [a.column(2), a[columns: ..<2]]) == Matrix([[3, 1, 2], [6, 4, 5]]))
    let corner = Matrix<Double>(repeating: 0, rows: 2, columns: 2)
    #expect(
      Matrix(blocks: [[a, corner], [corner, a]])
        == Matrix([[1, 2, 3, 0, 0], [4, 5, 6, 0, 0], [0, 0, 1, 2, 3], [0, 0, 4, 5, 6]]))
    #expect(Matrix<Double>(rowsOf: []).shape.description == "0×0")
    #expect(Matrix<Double>(columnsOf: []).shape.description == "0×0")
    #expect(Matrix(rowsOf: [a[rows: 0..<0], b]) == b && Matrix(columnsOf: [a, a[columns: 3...]]) == a)
    let several = [a, a]
    #expect(Matrix(rowsOf: several) == a.tiled(down: 2, across: 1))
  }

  @Test func tiles() {
    let tiled = a[columns: 1...].tiled(down: 2, across: 3)
    #expect(tiled == Matrix(rows: 4, columns: 6) { i, j in a[i % 2, 1 + j % 2] })
    #expect(a.tiled(down: 0, across: 2).shape.description == "0×6" && a.tiled(down: 1, across: 1) == a)
  }

  @Test func kronecker() {
    let b = Matrix<Double>([[1, -1, 9], [0, 2, 9]])[columns: ..<2]
    let product = a[columns: 1...].kroneckerProduct(with: b)
    #expect(product == Matrix(rows: 4, columns: 4) { i, j in a[i / 2, 1 + j / 2] * b[i % 2, j % 2] })
    #expect(Matrix<Float>.identity(2).kroneckerProduct(with: Matrix.identity(3)) == Matrix.identity(6))
    #expect(a[rows: 0..<0].kroneckerProduct(with: a).shape.description == "0×9")
  }

  @Test func lines() throws {
    var m = a
    m.add([10, 20, 30], toEach: .row)
    #expect(m == Matrix([[11, 22, 33], [14, 25, 36]]))
    m.add([1, 2], toEach: .column, scaledBy: -2)
    #expect(m == Matrix([[9, 20, 31], [10, 21, 32]]))
    m.multiply(each: .row, by: [1, 0.5])
    #expect(m == Matrix([[9, 20, 31], [5, 10.5, 16]]))
    m.multiply(each: .column, by: [1, 2, -1])
    #expect(m == Matrix([[9, 40, -31], [5, 21, -16]]))
    var centred = try SharedMatrix(Matrix<Float>.uniform(rows: 50, columns: 7, seed: 3))
    centred.add(centred.mean(ofEach: .column), toEach: .row, scaledBy: -1)
    #expect(centred.mean(ofEach: .column).allSatisfy { $0.magnitude < 1e-6 })
    var empty = Matrix<Double>(repeating: 0, rows: 3, columns: 0)
    empty.add([1, 2, 3], toEach: .column)
    empty.multiply(each: .column, by: [])
    #expect(empty.isEmpty)
  }

  @Test func whatDoesNotFitEndsTheProgram() async {
    await #expect(processExitsWith: .failure) { _ = Matrix<Double>(rowsOf: [Matrix(row: [1, 2]), Matrix(row: [1])]) }
    await #expect(processExitsWith: .failure) { _ = Matrix<Double>(rowsOf: [Matrix(row: [1]), Matrix(row: [1, 2])]) }
    await #expect(processExitsWith: .failure) {
      _ = Matrix<Double>(columnsOf: [Matrix(row: [1, 2]), Matrix(column: [1, 2])])
    }
    await #expect(processExitsWith: .failure) {
      var m = Matrix<Double>([[1, 2]])
      m.add([1], toEach: .row)
    }
    await #expect(processExitsWith: .failure) {
      _ = Matrix<Double>([[1, 2], [3, 4]]).tiled(down: 1 << 62, across: 1)
    }
  }
}
