// SPDX-License-Identifier: Apache-2.0
//
// A job's input matrices, in shared memory: those that are there already as they are, the others copied for this job.

import Evaluation
import MatrixCore
import Multiprocessing
import Synchronization

/// Input matrices in the order of their names, which is the order of the program's inputs.
struct SharedInputs {
  private enum Storage {
    case float64(SharedMatrix<Double>)
    case float32(SharedMatrix<Float>)
  }

  private var storages: [Storage] = []
  private(set) var descriptions: [JobDescription.Input] = []
  private(set) var segments: [WorkerPool.JobSegment] = []
  private(set) var memory = JobInputs()

  init(_ inputs: [String: any MatrixReadable]) throws(EngineError) {
    for (name, matrix) in inputs.sorted(by: { $0.key < $1.key }) {
      try engineErrors { () throws(SystemError) in
        switch matrix {
        case let matrix as SharedMatrix<Double>: append(name, matrix, .float64(matrix))
        case let matrix as SharedMatrix<Float>: append(name, matrix, .float32(matrix))
        case let matrix as any MatrixReadable<Double>:
          let copy = try SharedMatrix(matrix)
          append(name, copy, .float64(copy))
        case let matrix as any MatrixReadable<Float>:
          let copy = try SharedMatrix(matrix)
          append(name, copy, .float32(copy))
        default: preconditionFailure("matrices hold Double or Float")
        }
      }
    }
  }

  private mutating func append<Element>(_ name: String, _ matrix: SharedMatrix<Element>, _ storage: Storage) {
    // Kept: the pointers and descriptors below are its memory's.
    storages.append(storage)
    let number = matrix.segment.number
    descriptions.append(
      JobDescription.Input(name: name, shape: matrix.shape, elementType: Element.elementType, segment: number))
    if !segments.contains(where: { $0.number == number }) {
      segments.append(
        WorkerPool.JobSegment(
          number: number, descriptorNumber: matrix.descriptorNumber, byteCount: matrix.segmentByteCount,
          isWritable: false))
    }
    unsafe matrix.elements.withUnsafeBufferPointer { elements in
      guard let address = elements.baseAddress else { return }
      unsafe memory.append(
        name: name, shape: matrix.shape, elementType: Element.elementType, address: UnsafeRawPointer(address))
    }
  }
}

/// Numbers for the engine's own segments, apart from those of matrices.
enum SegmentNumber {
  static let ledgerBit: UInt64 = 1 << 63
  private static let counter = Atomic<UInt64>(0)
  static func next() -> UInt64 { counter.wrappingAdd(1, ordering: .relaxed).newValue }
}
