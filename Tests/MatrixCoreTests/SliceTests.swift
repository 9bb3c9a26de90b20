// SPDX-License-Identifier: Apache-2.0
// Slices: the right elements, in the matrix's own memory, whatever is sliced; copies of them, and writing into a part.

import MatrixCore
import Testing

@Suite(.timeLimit(.minutes(20)))
struct SliceTests {
  let counted = Matrix<Double>(rows: 5, columns: 6) { i, j in Double(10 * i + j) }

  func address(_ matrix: some StridedReadable<Double>) -> Int {
    unsafe matrix.strided.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) }
  }

  @Test func everyPartHasItsElements() {
    for top in 0...5 {
      for bottom in top...5 {
        for left in 0...6 {
          for right in left...6 {
            let part = counted[rows: top..<bottom, columns: left..<right]
            let expected = Matrix<Double>(rows: bottom - top, columns: right - left) { counted[top + $0, left + $1] }
            #expect(part.shape == expected.shape && part.equal(to: expected))
            #expect(part.strided.count == (part.isEmpty ? 0 : (part.rows - 1) * 6 + part.columns))
          }
        }
      }
    }
  }

  @Test func everyKindOfRange() {
    #expect(counted[rows: 1..<4].shape.description == "3×6")
    #expect(counted[columns: 2...].equal(to: counted[rows: 0..<5, columns: 2..<6]))
    #expect(counted[rows: ...1, columns: ..<2].equal(to: Matrix([[0, 1], [10, 11]])))
    #expect(counted.column(3).equal(to: Matrix([[3], [13], [23], [33], [43]])))
    let corner = counted[rows: 2...3, columns: 5...5]
    let row = corner.row(1)
    #expect(row.count == 1 && row[0] == 35)
  }

  @Test func nothingIsCopied() {
    let part = counted[rows: 2..<4, columns: 1..<5]
    #expect(address(part) == address(counted) + 13 * 8)
    #expect(part.rowStride == 6)
    #expect(address(part[rows: 1..., columns: 2...]) == address(counted) + 21 * 8)
  }

  @Test func aSliceOfASliceIsASliceOfTheSameMatrix() {
    let inner = counted[rows: 1..<5, columns: 1..<6][rows: 1..., columns: ..<3]
    let typed: MatrixSlice<Matrix<Double>> = inner
    #expect(typed == counted[rows: 2..<5, columns: 1..<4])
    let column: MatrixSlice<Matrix<Double>> = typed.column(2)
    #expect(column.equal(to: Matrix([[23], [33], [43]])))
    #expect(typed[rows: 3..<3].isEmpty && typed[rows: 3..<3][columns: 1..<2].shape.description == "0×1")
  }

  @Test func copies() throws {
    let part = counted[rows: 1..<3, columns: 4...]
    let copy = try Matrix(part)
    let shared = try SharedMatrix(part)
    #expect(copy.identical(to: Matrix([[14, 15], [24, 25]])) && shared.identical(to: copy))
    #expect(shared[rows: 1..., columns: 1...].equal(to: Matrix([[25]])))
    #expect(part.description == copy.description)
    #expect(try Matrix(counted[rows: 0..<0]).shape.description == "0×6")
    #expect(try Matrix(counted[columns: 6...]).shape.description == "5×0")
  }

  @Test func aSliceKeepsItsNumbersWhenTheMatrixChanges() {
    var m = counted
    let part = m[rows: 0..<2, columns: 0..<2]
    m[0, 0] = -1
    #expect(part[0, 0] == 0 && m[0, 0] == -1)
  }

  @Test func equality() {
    let nan = Matrix<Double>([[.nan, 0, 9], [1, 2, 9]])
    let part = nan[columns: ..<2]
    #expect(
      part.identical(to: Matrix([[.nan, 0], [1, 2]])) && !part.identical(to: Matrix([[.nan, -0.0], [1, 2]])))
    #expect(part != part && !part.equal(to: nan))
    #expect(nan[rows: 1...] == nan[rows: 1...])
    #expect(nan[rows: 1..., columns: 1...] != nan[rows: 1..., columns: ..<2])
  }

  @Test func replacing() throws {
    var m = counted
    m.replace(rows: 1..<3, columns: 2..<4, with: Matrix([[-1, -2], [-3, -4]]))
    let expected = Matrix<Double>(rows: 5, columns: 6) { i, j in
      (1..<3).contains(i) && (2..<4).contains(j) ? -Double(2 * i + j - 3) : counted[i, j]
    }
    #expect(m == expected)
    var shared = try SharedMatrix(counted)
    let kept = shared
    shared.replace(rows: 1..<3, columns: 2..<4, with: m[rows: 1..<3, columns: 2..<4])
    #expect(shared.equal(to: expected) && kept.equal(to: counted))
    m.replace(rows: 5..., with: counted[rows: 0..<0])
    m.replace(with: counted)
    #expect(m == counted)
  }

  @Test func aPartOfItselfIsTakenAsItWas() {
    var m = counted
    m.replace(rows: 1..., columns: 1..., with: m[rows: ..<4, columns: ..<5])
    #expect(m == Matrix(rows: 5, columns: 6) { i, j in i > 0 && j > 0 ? counted[i - 1, j - 1] : counted[i, j] })
  }

  @Test func replacingAloneKeepsTheMemory() {
    var m = Matrix<Double>(rows: 5, columns: 6) { i, j in counted[i, j] }
    let before = address(m)
    m.replace(rows: 1...1, with: counted[rows: 0..<1])
    #expect(address(m) == before && m[1, 5] == 5)
  }

  @Test func outsideEndsTheProgram() async {
    await #expect(processExitsWith: .failure) { _ = Matrix<Double>([[1, 2], [3, 4]])[rows: 1..<3] }
    await #expect(processExitsWith: .failure) { _ = Matrix<Double>([[1, 2], [3, 4]])[columns: -1..<1] }
    await #expect(processExitsWith: .failure) { _ = Matrix<Double>([[1, 2], [3, 4]]).column(2) }
    await #expect(processExitsWith: .failure) {
      _ = Matrix<Double>([[1, 2], [3, 4]])[rows: 0..<1][rows: 1...1]
    }
    await #expect(processExitsWith: .failure) {
      var m = Matrix<Double>([[1, 2], [3, 4]])
      m.replace(rows: 0..<1, with: Matrix([[1]]))
    }
  }
}
