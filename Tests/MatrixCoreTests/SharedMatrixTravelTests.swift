// SPDX-License-Identifier: Apache-2.0
// A `SharedMatrix` in another process: the same memory, and still a value.

import MatrixCore
import Multiprocessing
import Testing

/// Sums the matrix it gets, then changes its copy.
struct SumMatrix: RemoteFunction {
  struct Input: Codable, Sendable {
    var matrix: SharedMatrix<Double>
    /// What the function saw: the sum, and an element after its own change.
    var seen: SharedArray<Double>
  }

  static func call(_ input: Input) throws -> Nothing {
    var matrix = input.matrix
    var sum = 0.0
    for k in matrix.elements.indices { sum += matrix.elements[k] }
    matrix[0, 0] = -1
    try input.seen.withLock { seen in
      seen[0] = sum
      seen[1] = matrix[0, 0]
      seen[2] = input.matrix[0, 0]
    }
    return Nothing()
  }
}

@Suite(.timeLimit(.minutes(20)))
struct SharedMatrixTravelTests {
  @Test func arrivesWithoutACopyAndStaysAValue() throws {
    // 80 MB: its elements cannot have gone through a socket's message.
    var matrix = try SharedMatrix<Double>(shape: Shape(rows: 1000, columns: 10_000))
    for i in 0..<1000 { matrix[i, 7] = Double(i) }
    matrix[0, 0] = 4
    let seen = try SharedArray(repeating: 0.0, count: 3)
    let child = try ChildProcess(SumMatrix.self, SumMatrix.Input(matrix: matrix, seen: seen))
    try child.start()
    let segment = matrix.segment
    // Changed here meanwhile: nobody else sees it.
    matrix[0, 7] = 1e9
    #expect(matrix.segment != segment)
    #expect(try child.join() == .exited(code: 0))
    #expect(seen.elements == [499_504, -1, 4])
    #expect(matrix[0, 0] == 4 && matrix[0, 7] == 1e9)
  }

  @Test func anotherElementTypeIsRefused() throws {
    let matrix = try SharedMatrix<Float>(shape: Shape(rows: 2, columns: 2))
    let payload = try Payload(matrix)
    let descriptors = try payload.descriptors.map { OwnedDescriptor(try Descriptor(duplicating: $0)) }
    #expect(throws: SystemError.self) {
      _ = try PayloadDecoding.decode(SharedMatrix<Double>.self, bytes: payload.bytes, descriptors: descriptors)
    }
    let back = try PayloadDecoding.decode(SharedMatrix<Float>.self, bytes: payload.bytes, descriptors: descriptors)
    #expect(back.identical(to: matrix))
  }
}
