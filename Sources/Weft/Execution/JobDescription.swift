// SPDX-License-Identifier: Apache-2.0
//
// A planned job as a worker needs it. The formula travels as its text and is compiled again there (some 50 µs): the
// same build compiles the same text to the same Program, and no expression format has to be kept compatible.

import Formula
import MatrixCore
import Multiprocessing

/// All that a worker must know, the memory aside, which it is handed by descriptor under the segment numbers used here.
struct JobDescription: Equatable {
  enum Source: Equatable {
    case formula(text: String)
    /// By mangled name.
    case kernel(typeName: String)
  }

  struct Input: Equatable {
    var name: String
    var shape: Shape
    var elementType: ElementType
    var segment: UInt64
  }

  /// The file that chunks go to, and its ledger, under the numbers they were handed over by.
  struct File: Equatable {
    var data: UInt64
    var ledger: UInt64
    var layout: ChunkFileLayout
    /// Whether a chunk with elements that are not finite ends the run: hours may lie between it and the end.
    var stopsAtNonfinite: Bool
  }

  var source: Source
  var shape: Shape
  var elementType: ElementType
  var origin: Int
  var accuracy: Accuracy
  var parameters: [String: Double]
  var inputs: [Input]
  /// Nil: to a file.
  var matrix: UInt64?
  var file: File?
  var ledger: UInt64
  var rowsPerChunk: Int
  var chunkCount: Int
  var slotCount: Int
  var wantsChecksum: Bool
  /// Whether elements are stored past the caches (see `Plan`).
  var bypassesCache: Bool
  /// The name of the kernel table: chosen by the plan, the same in every worker.
  var kernels: String
  /// How long to look for the next message before sleeping; 0 where workers outnumber CPUs.
  var spinMicroseconds: Int

  /// Whether chunks have mirror images (see `RowPartition`).
  var isMirrored: Bool

  var partition: RowPartition { RowPartition(shape: shape, chunkRows: rowsPerChunk, isMirrored: isMirrored) }

  func write(to wire: inout WireWriter) {
    switch source {
    case .formula(let text):
      wire.write(false)
      wire.write(text)
    case .kernel(let typeName):
      wire.write(true)
      wire.write(typeName)
    }
    wire.write(shape)
    wire.write(elementType.rawValue)
    wire.write(origin)
    wire.write(accuracy.rawValue)
    wire.write(parameters.sorted { $0.key < $1.key }) { wire, parameter in
      wire.write(parameter.key)
      wire.write(parameter.value)
    }
    wire.write(inputs) { wire, input in
      wire.write(input.name)
      wire.write(input.shape)
      wire.write(input.elementType.rawValue)
      wire.write(input.segment)
    }
    wire.write(matrix == nil)
    wire.write(matrix ?? 0)
    wire.write(file == nil)
    if let file {
      wire.write(file.data)
      wire.write(file.ledger)
      wire.write(file.layout.dataOffset)
      wire.write(file.layout.recordOffset)
      wire.write(file.stopsAtNonfinite)
    }
    wire.write(ledger)
    wire.write(rowsPerChunk)
    wire.write(chunkCount)
    wire.write(slotCount)
    wire.write(wantsChecksum)
    wire.write(bypassesCache)
    wire.write(kernels)
    wire.write(spinMicroseconds)
    wire.write(isMirrored)
  }

  init(from wire: inout WireReader) throws(SystemError) {
    let isKernel: Bool = try wire.read()
    let name: String = try wire.read()
    source = isKernel ? .kernel(typeName: name) : .formula(text: name)
    shape = try wire.readShape()
    elementType = try wire.readElementType()
    origin = try wire.read()
    accuracy = try wire.readAccuracy()
    let pairs = try wire.read { (wire: inout WireReader) throws(SystemError) -> (String, Double) in
      (try wire.read(), try wire.read())
    }
    parameters = Dictionary(pairs) { $1 }
    inputs = try wire.read { (wire: inout WireReader) throws(SystemError) -> Input in
      Input(
        name: try wire.read(), shape: try wire.readShape(), elementType: try wire.readElementType(),
        segment: try wire.read())
    }
    let isWithoutMatrix: Bool = try wire.read()
    let number: UInt64 = try wire.read()
    matrix = isWithoutMatrix ? nil : number
    if try !wire.read() {
      file = File(
        data: try wire.read(), ledger: try wire.read(),
        layout: ChunkFileLayout(dataOffset: try wire.read(), recordOffset: try wire.read()),
        stopsAtNonfinite: try wire.read())
    }
    ledger = try wire.read()
    rowsPerChunk = try wire.read()
    chunkCount = try wire.read()
    slotCount = try wire.read()
    wantsChecksum = try wire.read()
    bypassesCache = try wire.read()
    kernels = try wire.read()
    spinMicroseconds = try wire.read()
    isMirrored = try wire.read()
  }

  init(
    source: Source, shape: Shape, elementType: ElementType, origin: Int, accuracy: Accuracy,
    parameters: [String: Double], inputs: [Input], matrix: UInt64?, file: File?, ledger: UInt64,
    partition: RowPartition,
    slotCount: Int, wantsChecksum: Bool, bypassesCache: Bool,
    kernels: String, spinMicroseconds: Int
  ) {
    self.source = source
    self.shape = shape
    self.elementType = elementType
    self.origin = origin
    self.accuracy = accuracy
    self.parameters = parameters
    self.inputs = inputs
    self.matrix = matrix
    self.file = file
    self.ledger = ledger
    rowsPerChunk = partition.rowsPerChunk
    isMirrored = partition.isMirrored
    chunkCount = partition.chunkCount
    self.slotCount = slotCount
    self.wantsChecksum = wantsChecksum
    self.bypassesCache = bypassesCache
    self.kernels = kernels
    self.spinMicroseconds = spinMicroseconds
  }
}

extension WireWriter {
  fileprivate mutating func write(_ shape: Shape) {
    write(shape.rows)
    write(shape.columns)
  }
}

extension WireReader {
  fileprivate mutating func readShape() throws(SystemError) -> Shape {
    let (rows, columns): (Int, Int) = (try read(), try read())
    do { return try Shape(rows: rows, columns: columns) } catch {
      throw SystemError(code: .protocolMismatch, message: error.message)
    }
  }

  fileprivate mutating func readAccuracy() throws(SystemError) -> Accuracy {
    let name: String = try read()
    guard let accuracy = Accuracy(rawValue: name) else {
      throw SystemError(code: .protocolMismatch, message: "There is no accuracy \(name).")
    }
    return accuracy
  }

  fileprivate mutating func readElementType() throws(SystemError) -> ElementType {
    let name: String = try read()
    guard let type = ElementType(rawValue: name) else {
      throw SystemError(code: .protocolMismatch, message: "There is no element type \(name).")
    }
    return type
  }
}
