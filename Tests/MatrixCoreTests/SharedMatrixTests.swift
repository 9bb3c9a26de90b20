// SPDX-License-Identifier: Apache-2.0
// `SharedMatrix`: the same behaviour as `Matrix`, and when the engine keeps a segment and when it does not.

import Glibc
import MatrixCore
import Multiprocessing
import Testing

@Suite(.timeLimit(.minutes(20)))
struct SharedMatrixTests {
  @Test func startsAsZerosAndCopies() throws {
    let zeros = try SharedMatrix<Double>(shape: Shape(rows: 3, columns: 5))
    for k in zeros.elements.indices { #expect(zeros.elements[k] == 0) }
    let m = Matrix<Double>(rows: 3, columns: 5) { i, j in Double(i * 5 + j) }
    let shared = try SharedMatrix(m)
    #expect(shared.identical(to: m))
    #expect(shared[2, 4] == 14 && shared.row(1)[0] == 5)
    #expect(try Matrix(shared).identical(to: m))
    #expect(shared.description == m.description)
  }

  @Test(arguments: [(0, 0), (0, 3), (3, 0), (1, 1)])
  func smallShapes(rows: Int, columns: Int) throws {
    let m = try SharedMatrix<Float>(shape: Shape(rows: rows, columns: columns))
    #expect(m.elements.count == rows * columns)
    #expect(m == m)
  }

  @Test func copiesStayApart() throws {
    let original = try SharedMatrix(Matrix<Double>([[1, 2], [3, 4]]))
    var changed = original
    #expect(changed.segment == original.segment)
    changed[0, 0] = 9
    #expect(original[0, 0] == 1)
    #expect(changed[0, 0] == 9 && changed[1, 1] == 4)
    #expect(changed.segment != original.segment)
    var row = changed.mutableRow(1)
    row[1] = 8
    changed.withMutableElements { $0[1] = 7 }
    #expect(changed == (try SharedMatrix(Matrix<Double>([[9, 7], [3, 8]]))))
    #expect(original == (try SharedMatrix(Matrix<Double>([[1, 2], [3, 4]]))))
  }

  @Test func aSegmentIsKeptWhenItFits() throws {
    var m = try SharedMatrix<Double>(shape: Shape(rows: 100, columns: 100))
    let segment = m.segment
    let byteCount = m.segmentByteCount
    try m.makeUnique(shape: Shape(rows: 50, columns: 200))
    #expect(m.segment == segment && m.shape.description == "50×200")
    try m.makeUnique(shape: Shape(rows: 1, columns: 1))
    #expect(m.segment == segment && m.segmentByteCount == byteCount)
    try m.makeUnique(shape: Shape(rows: 100, columns: 100))
    #expect(m.segment == segment)
    m[99, 99] = 5
    #expect(m.segment == segment && m[99, 99] == 5)
  }

  @Test func anotherSegmentWhenSharedOrTooSmall() throws {
    var m = try SharedMatrix<Double>(shape: Shape(rows: 10, columns: 10))
    let first = m.segment
    try m.makeUnique(shape: Shape(rows: 11, columns: 10))
    #expect(m.segment != first && m.segmentByteCount >= 880)
    let copy = m
    try m.makeUnique(shape: Shape(rows: 11, columns: 10))
    #expect(m.segment != copy.segment)
  }

  @Test func aLargeSegmentIsLetGoForASmallMatrix() throws {
    var m = try SharedMatrix<Double>(shape: Shape(rows: 1024, columns: 9 * 1024))
    let segment = m.segment
    try m.makeUnique(shape: Shape(rows: 1024, columns: 3 * 1024))
    #expect(m.segment == segment)
    try m.makeUnique(shape: Shape(rows: 1024, columns: 2 * 1024))
    #expect(m.segment != segment)
  }

  @Test func anotherMappingSeesTheSameBytes() throws {
    var m = try SharedMatrix(Matrix<Double>([[1, 2], [3, 4]]))
    let descriptor = Descriptor(owning: dup(m.descriptorNumber))
    let memory = try SharedMemory(attaching: descriptor, byteCount: m.segmentByteCount, writable: true)
    var other = SharedMatrix<Double>(adopting: memory, shape: m.shape)
    #expect(other.identical(to: m))
    #expect(other.segment != m.segment)
    other[1, 0] = 30
    #expect(m[1, 0] == 30)
    unsafe m.withUnsafeMutableBytes { unsafe $0.storeBytes(of: 40.0, toByteOffset: 24, as: Double.self) }
    #expect(other[1, 1] == 40)
  }

  @Test func noRoom() throws {
    #expect(throws: SystemError.self) { try SharedMatrix<Double>(shape: Shape(rows: 1 << 40, columns: 1 << 10)) }
    var m = try SharedMatrix(Matrix<Double>([[1, 2], [3, 4]]))
    let segment = m.segment
    #expect(throws: SystemError.self) { try m.makeUnique(shape: Shape(rows: 1 << 40, columns: 1 << 10)) }
    #expect(m.segment == segment && m[1, 1] == 4)
  }

  @Test func nothingIsLeftOpen() throws {
    func openDescriptors() -> Int { (0..<1024).filter { fcntl($0, F_GETFD) >= 0 }.count }
    func once() throws {
      var m = try SharedMatrix<Double>(shape: Shape(rows: 4, columns: 4))
      let copy = m
      m[0, 0] = 1
      #expect(copy[0, 0] == 0)
    }
    try once()
    let before = openDescriptors()
    for _ in 0..<2000 { try once() }
    // Other tests of this process open and close a few at the same time.
    #expect(abs(openDescriptors() - before) < 100)
  }
}
