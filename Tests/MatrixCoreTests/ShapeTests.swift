// SPDX-License-Identifier: Apache-2.0
// `Shape`: the table in its documentation, and the limits on both sides.

import MatrixCore
import Testing

@Suite(.timeLimit(.minutes(20)))
struct ShapeTests {
  @Test(arguments: [
    (3, 4, 12), (1, 1, 1), (0, 5, 0), (5, 0, 0), (0, 0, 0), (1 << 62, 0, 0), (0, Int.max, 0),
    (Int.max / 8, 1, Int.max / 8), (1, Int.max / 8, Int.max / 8),
    (94_906_265, 94_906_265 / 9, 94_906_265 * (94_906_265 / 9)),
  ])
  func possible(rows: Int, columns: Int, count: Int) throws {
    let shape = try Shape(rows: rows, columns: columns)
    #expect(shape.count == count)
    #expect(shape.byteCount(of: .float64) == 8 * count)
    #expect(shape.byteCount(of: .float32) == 4 * count)
    #expect(shape.isEmpty == (count == 0))
    #expect(shape.description == "\(rows)×\(columns)")
  }

  @Test(arguments: [(-1, 4), (4, -1), (Int.min, 0), (0, Int.min), (Int.min, Int.min), (-1, -1)])
  func negative(rows: Int, columns: Int) throws {
    let error = try #require(throws: ShapeError.self) { try Shape(rows: rows, columns: columns) }
    #expect(error.code == .negative)
    #expect(error.message.contains("\(rows)×\(columns)"))
  }

  @Test(arguments: [
    (1 << 62, 3), (1 << 31, 1 << 31), (Int.max, Int.max), (Int.max / 8 + 1, 1), (1, Int.max / 8 + 1),
    (1 << 32, 1 << 28),
    (3_037_000_500, 3_037_000_500),
  ])
  func tooLarge(rows: Int, columns: Int) throws {
    let error = try #require(throws: ShapeError.self) { try Shape(rows: rows, columns: columns) }
    #expect(error.code == .tooLarge)
    #expect(error.message.contains("\(rows)×\(columns)"))
  }

  @Test func elementTypes() {
    #expect(ElementType.allCases.map(\.rawValue) == ["float64", "float32"])
    #expect(Double.elementType.byteCount == MemoryLayout<Double>.stride)
    #expect(Float.elementType.byteCount == MemoryLayout<Float>.stride)
  }
}
