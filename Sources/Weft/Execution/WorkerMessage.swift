// SPDX-License-Identifier: Apache-2.0
//
// What engine and workers say to each other. Few and small: the work itself is shared out through the ledger.

import Multiprocessing

/// Engine → worker.
enum WorkerOrder {
  /// One descriptor comes along: memory to be known by this number from now on.
  case attach(segment: UInt64, byteCount: Int, isWritable: Bool)
  /// One descriptor comes along: a file to be known by this number from now on.
  case attachFile(segment: UInt64)
  /// Give up the memory or file of this number.
  case detach(segment: UInt64)
  /// Claim chunks of this job in `slot` until none is left. Answered once.
  case run(JobDescription, slot: Int)
  /// Claim again: chunks of the same job were given back. Answered once.
  case resume

  var bytes: [UInt8] {
    var wire = WireWriter()
    switch self {
    case .attach(let segment, let byteCount, let isWritable):
      wire.write(0)
      wire.write(segment)
      wire.write(byteCount)
      wire.write(isWritable)
    case .detach(let segment):
      wire.write(1)
      wire.write(segment)
    case .run(let job, let slot):
      wire.write(2)
      job.write(to: &wire)
      wire.write(slot)
    case .resume: wire.write(3)
    case .attachFile(let segment):
      wire.write(4)
      wire.write(segment)
    }
    return wire.bytes
  }

  init(_ bytes: [UInt8]) throws(SystemError) {
    var wire = WireReader(bytes)
    let kind: Int = try wire.read()
    switch kind {
    case 0: self = .attach(segment: try wire.read(), byteCount: try wire.read(), isWritable: try wire.read())
    case 1: self = .detach(segment: try wire.read())
    case 2: self = .run(try JobDescription(from: &wire), slot: try wire.read())
    case 3: self = .resume
    case 4: self = .attachFile(segment: try wire.read())
    default: throw SystemError(code: .protocolMismatch, message: "An order of kind \(kind) is not of this version.")
    }
  }
}

/// Worker → engine: the answer to `run` and `resume`.
enum WorkerAnswer {
  /// No chunk is left to claim.
  case drained
  /// The job cannot be done: the same would happen in any worker.
  case failed(EngineError)

  var bytes: [UInt8] {
    var wire = WireWriter()
    switch self {
    case .drained: wire.write(0)
    case .failed(let error):
      wire.write(1)
      wire.write(error.code.rawValue)
      wire.write(error.rows?.lowerBound ?? -1)
      wire.write(error.rows?.upperBound ?? -1)
      wire.write(error.message)
    }
    return wire.bytes
  }

  init(_ bytes: [UInt8]) throws(SystemError) {
    var wire = WireReader(bytes)
    if try wire.read() as Int == 0 {
      self = .drained
      return
    }
    let code: String = try wire.read()
    let (first, end): (Int, Int) = (try wire.read(), try wire.read())
    let message: String = try wire.read()
    self = .failed(
      EngineError(EngineError.Code(rawValue: code), rows: 0 <= first && first <= end ? first..<end : nil, message))
  }
}
