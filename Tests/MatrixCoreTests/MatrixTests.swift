// SPDX-License-Identifier: Apache-2.0
// `Matrix`: reading, changing, copies that stay apart, equality, text, and memory that is not there.

import MatrixCore
import Testing

@Suite(.timeLimit(.minutes(20)))
struct MatrixTests {
  let counted = Matrix<Double>(rows: 3, columns: 4) { i, j in Double(10 * i + j) }

  @Test func reading() {
    #expect((counted.rows, counted.columns, counted.count, counted.byteCount) == (3, 4, 12, 96))
    #expect(counted[2, 3] == 23)
    let row = counted.row(1)
    #expect(row.count == 4)
    for j in 0..<4 { #expect(row[j] == Double(10 + j)) }
    #expect(counted.withElements { $0.count } == 12)
    #expect(counted.elements[7] == 13)
  }

  @Test func aRowIsNotACopy() {
    let row = unsafe counted.row(2).withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) }
    let all = unsafe counted.elements.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) }
    #expect(row - all == 2 * 4 * 8)
    #expect(all % 64 == 0)
  }

  @Test func changing() {
    var m = counted
    m[1, 2] = -1
    var row = m.mutableRow(0)
    row[3] = -2
    m.withMutableElements { $0[11] = -3 }
    var all = m.mutableElements
    all[0] = -4
    #expect((m[1, 2], m[0, 3], m[2, 3], m[0, 0]) == (-1, -2, -3, -4))
    #expect(counted[1, 2] == 12 && counted[0, 3] == 3 && counted[2, 3] == 23 && counted[0, 0] == 0)
  }

  @Test func everyWayOfChangingLeavesTheCopyAlone() {
    for way in 0..<4 {
      let original = Matrix<Float>(rows: 2, columns: 2) { i, j in Float(i + j) }
      var changed = original
      switch way {
      case 0: changed[0, 0] = 9
      case 1:
        var row = changed.mutableRow(0)
        row[0] = 9
      case 2: changed.withMutableElements { $0[0] = 9 }
      default:
        var all = changed.mutableElements
        all[0] = 9
      }
      #expect(original[0, 0] == 0, "way \(way)")
      #expect(changed[0, 0] == 9, "way \(way)")
      #expect(changed[1, 1] == 2, "way \(way)")
    }
  }

  @Test func changingAloneKeepsTheMemory() {
    var m = Matrix<Double>(rows: 8, columns: 8) { _, _ in 0 }
    let before = unsafe m.elements.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) }
    m[0, 0] = 1
    let after = unsafe m.elements.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) }
    #expect(before == after)
  }

  @Test(arguments: [(0, 0), (0, 3), (3, 0), (1, 1), (1, 7), (7, 1), (5, 3)])
  func zerosOfAnyShape(rows: Int, columns: Int) throws {
    let m = try Matrix<Double>(shape: Shape(rows: rows, columns: columns))
    #expect(m.elements.count == rows * columns)
    for k in m.elements.indices { #expect(m.elements[k] == 0 && m.elements[k].sign == .plus) }
    #expect(m.isEmpty == (rows * columns == 0))
    if columns == 0, rows > 0 { #expect(m.row(rows - 1).count == 0) }
    #expect(m == m && m.identical(to: m))
  }

  @Test func fromRows() {
    #expect(Matrix<Double>([[1, 2, 3], [4, 5, 6]])[1, 0] == 4)
    #expect(Matrix<Double>([]).shape.description == "0×0")
    #expect(Matrix<Double>([[], []]).shape.description == "2×0")
  }

  @Test func equality() {
    let zero = Matrix<Double>([[0, 1]])
    let minusZero = Matrix<Double>([[-0.0, 1]])
    #expect(zero == minusZero)
    #expect(!zero.identical(to: minusZero))
    let nan = Matrix<Double>([[.nan, 1]])
    let otherNaN = Matrix<Double>([[Double(bitPattern: 0xfff8_0000_0000_0001), 1]])
    #expect(nan != nan)
    #expect(nan.identical(to: otherNaN))
    #expect(!nan.identical(to: zero))
    #expect(Matrix<Double>([[1, 2]]) != Matrix<Double>([[1], [2]]))
    #expect(!Matrix<Double>([[1, 2]]).identical(to: Matrix<Double>([[1], [2]])))
    #expect(!Matrix<Float>([[1, 2]]).identical(to: Matrix<Float>([[1, 3]])))
  }

  @Test func text() {
    #expect(
      counted.description == """
        3×4 float64
           0.0   1.0   2.0   3.0
          10.0  11.0  12.0  13.0
          20.0  21.0  22.0  23.0
        """)
    let large = Matrix<Float>(rows: 5, columns: 6) { i, j in Float(i) - Float(j) / 2 }
    #expect(
      large.corner(rows: 2, columns: 3) == """
        5×6 float32
          0.0  -0.5  -1.0  …
          1.0   0.5   0.0  …
          …
        """)
    #expect(Matrix<Double>([]).description == "0×0 float64")
  }

  @Test func noMemory() throws {
    let shape = try Shape(rows: 1 << 40, columns: 1 << 10)
    let error = try #require(throws: MemoryError.self) { try Matrix<Double>(shape: shape) }
    #expect(error.byteCount == 1 << 53)
    #expect(error.message.contains("\(1 << 53) bytes"))
  }

  @Test func errorsOfTheClosureComeThrough() {
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try Matrix<Double>(rows: 2, columns: 2) { (i, _) throws(Stop) in
        guard i == 0 else { throw Stop() }
        return 1
      }
    }
  }

  @Test func anIndexOutsideEndsTheProgram() async {
    await #expect(processExitsWith: .failure) { _ = Matrix<Double>([[1, 2], [3, 4]])[0, 2] }
    await #expect(processExitsWith: .failure) {
      let m = Matrix<Double>([[1, 2], [3, 4]])
      _ = m.row(-1).count
    }
    await #expect(processExitsWith: .failure) {
      var m = Matrix<Double>([[1, 2], [3, 4]])
      m[2, 0] = 1
    }
  }
}
