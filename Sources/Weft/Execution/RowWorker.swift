// SPDX-License-Identifier: Apache-2.0
//
// What runs in a worker process: map the memory that is handed over, claim chunks, compute them in place, answer, wait.

import Evaluation
import Formula
import MatrixCore
import Multiprocessing

/// The engine's worker. Ends with the engine: its channel closes, or the process above it goes.
enum RowWorker: WorkerProgram {
  static func run(_ channel: borrowing Channel) -> Int32 {
    var session = WorkerSession()
    var spinMicroseconds = 0
    do throws(SystemError) {
      while var message = try channel.receive(deadline: nil, spinMicroseconds: spinMicroseconds) {
        switch try WorkerOrder(message.bytes) {
        case .attach(let segment, let byteCount, let isWritable):
          guard let descriptor = message.takeDescriptor() else {
            throw SystemError(code: .protocolMismatch, message: "A segment was announced and did not arrive.")
          }
          session.attach(
            segment, try SharedMemory(attaching: descriptor, byteCount: byteCount, writable: isWritable))
        case .attachFile(let number):
          guard let descriptor = message.takeDescriptor() else {
            throw SystemError(code: .protocolMismatch, message: "A file was announced and did not arrive.")
          }
          session.files[number] = OpenFile(descriptor)
        case .detach(let number): session.detach(number)
        case .run(let job, let slot):
          FaultInjection.reach("worker.job")
          spinMicroseconds = job.spinMicroseconds
          try channel.send(session.start(job, slot: slot).bytes, deadline: .in(seconds: 10))
        case .resume: try channel.send(session.claimChunks().bytes, deadline: .in(seconds: 10))
        }
      }
      return 0
    } catch {
      // The engine learns of it by this process's end, and reports the sentence's meaning: worker lost, or of another
      // build.
      StandardDescriptors.complain("\(error)")
      return error.code == .protocolMismatch ? 76 : 69
    }
  }
}

/// A descriptor with several owners in this process.
private final class OpenFile {
  let descriptor: Descriptor
  init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
}

/// A worker's state between messages.
private struct WorkerSession {
  var segments: [UInt64: Segment] = [:]
  var files: [UInt64: OpenFile] = [:]
  /// The current job: its ledger, its computer, and the memory they point into.
  private var current: (ledger: Ledger, computer: ChunkComputer, partition: RowPartition, slot: Int)?
  /// Where the current job's chunks go, if not into a matrix in memory.
  private var currentFile: ChunkFile?
  private var currentJob: JobDescription?
  private var inUse: [Segment] = []
  private var filesInUse: [OpenFile] = []
  /// Segments whose pages this process has not touched yet.
  private var untouched: Set<UInt64> = []
  /// The current job's matrix, if it is one of those, and its bytes a row.
  private var fresh: (matrix: Segment, rowByteCount: Int)?

  mutating func attach(_ segment: UInt64, _ memory: consuming SharedMemory) {
    segments[segment] = Segment(memory)
    untouched.insert(segment)
  }

  mutating func detach(_ number: UInt64) {
    segments[number] = nil
    guard files.removeValue(forKey: number) != nil else { return }
    // The job that used it is over.
    (currentJob, current, currentFile) = (nil, nil, nil)
    filesInUse = []
  }

  /// Prepares a job and works on it.
  mutating func start(_ job: JobDescription, slot: Int) -> WorkerAnswer {
    // The same job again, into the same memory: everything is at hand. Not with inputs, which may have changed.
    if job == currentJob, job.inputs.isEmpty, slot == current?.slot {
      fresh = nil
      return claimChunks()
    }
    current = nil
    currentFile = nil
    currentJob = nil
    inUse = []
    filesInUse = []
    do throws(EngineError) {
      let ledgerSegment = try segment(job.ledger)
      let ledger = try engineErrors { () throws(SystemError) in
        try Ledger(attaching: ledgerSegment, chunkCount: job.chunkCount, slotCount: job.slotCount)
      }
      let beat = {
        ledger.beat(slot: slot)
        return !ledger.isCancelled
      }
      current = (ledger, try computer(for: job, beat: beat), job.partition, slot)
      currentJob = job
      return claimChunks()
    } catch {
      return .failed(error)
    }
  }

  private func segment(_ number: UInt64) throws(EngineError) -> Segment {
    guard let segment = segments[number] else {
      throw EngineError(.mismatch, "A job names memory that was not handed over.")
    }
    return segment
  }

  private mutating func computer(
    for job: JobDescription, beat: @escaping () -> Bool
  ) throws(EngineError) -> ChunkComputer {
    guard let kernels = KernelTable.named(job.kernels) else {
      throw EngineError(.mismatch, "This CPU does not run the \(job.kernels) kernels that the engine chose.")
    }
    let base = unsafe try destination(of: job)
    switch job.source {
    case .kernel(let typeName):
      guard let kernel = _typeByName(typeName) as? any RowKernel.Type else {
        throw EngineError(.mismatch, "The worker does not find the kernel type \(typeName).")
      }
      return unsafe ChunkComputer(
        kernel: kernel, shape: job.shape, elementType: job.elementType, kernels: kernels,
        wantsChecksum: job.wantsChecksum, base: base, beat: beat)
    case .formula(let text):
      var inputs = JobInputs()
      for input in job.inputs {
        let elements = try segment(input.segment)
        inUse.append(elements)
        unsafe inputs.append(
          name: input.name, shape: input.shape, elementType: input.elementType, address: elements.memory.baseAddress)
      }
      do throws(FormulaError) {
        let formula = try Formula(text).bind(
          rows: job.shape.rows, columns: job.shape.columns, origin: job.origin, parameters: job.parameters,
          inputs: inputs.declarations)
        return unsafe ChunkComputer(
          formula: formula, compiled: try formula.compile(job.accuracy), shape: job.shape, elementType: job.elementType,
          inputs: inputs, kernels: kernels, wantsChecksum: job.wantsChecksum,
          isMirrored: job.isMirrored, bypassesCache: job.bypassesCache,
          base: base, beat: beat)
      } catch {
        throw EngineError(.mismatch, "The engine's formula does not compile in its worker: \(error)")
      }
    }
  }

  /// Where the matrix begins; for a job that goes to a file, where its chunks are computed.
  private mutating func destination(of job: JobDescription) throws(EngineError) -> UnsafeMutableRawPointer {
    let rowByteCount = job.shape.columns * job.elementType.byteCount
    fresh = nil
    if let number = job.matrix {
      let matrix = try segment(number)
      inUse = [matrix]
      if untouched.remove(number) != nil { fresh = (matrix, rowByteCount) }
      return unsafe matrix.memory.baseAddress
    }
    guard let file = job.file, let data = files[file.data], let ledger = files[file.ledger] else {
      throw EngineError(.mismatch, "A job names files that were not handed over.")
    }
    filesInUse = [data, ledger]
    let chunks = ChunkFile(
      data: data.descriptor.number, ledger: ledger.descriptor.number, layout: file.layout, partition: job.partition,
      columns: job.shape.columns, elementType: job.elementType,
      originOfRefusal: file.stopsAtNonfinite ? job.origin : nil)
    guard let base = unsafe chunks.base else { throw EngineError(.mismatch, "A job without elements was handed out.") }
    currentFile = chunks
    return unsafe base
  }

  /// Claims and computes chunks until none is left.
  func claimChunks() -> WorkerAnswer {
    guard let (ledger, computer, partition, slot) = current else {
      return .failed(EngineError(.mismatch, "A worker was asked to go on without a job."))
    }
    while let chunk = ledger.claim(slot: slot) {
      FaultInjection.reach("worker.chunk.begin")
      touch(partition.rows(ofChunk: chunk))
      do throws(EngineError) {
        var summary = ElementSummary()
        for rows in FaultInjection.isArmed ? halves(partition.rows(ofChunk: chunk)) : [partition.rows(ofChunk: chunk)] {
          if let currentFile {
            summary.merge(try currentFile.compute(rows, by: computer))
          } else {
            summary.merge(try computer.compute(rows: rows))
          }
          if rows.upperBound < partition.rows(ofChunk: chunk).upperBound { reachMiddle(of: chunk) }
        }
        FaultInjection.reach("worker.chunk.end")
        if let currentFile {
          try currentFile.record(chunk, summary)
          FaultInjection.reach("worker.chunk.recorded")
        }
        ledger.finish(chunk, slot: slot, summary: summary)
      } catch {
        return error.code == .cancelled ? .drained : .failed(error)
      }
    }
    return .drained
  }

  /// Brings the pages of fresh memory in, all of a chunk in one call: half the price of a page fault for each.
  private func touch(_ rows: Range<Int>) {
    guard let (matrix, rowByteCount) = fresh else { return }
    matrix.memory.populate(byteOffset: rows.lowerBound * rowByteCount, byteCount: rows.count * rowByteCount)
  }

  /// Only with faults armed: the rows before and after the middle of a chunk, either possibly empty.
  private func halves(_ rows: Range<Int>) -> [Range<Int>] {
    let middle = (rows.lowerBound + rows.upperBound) / 2
    return [rows.lowerBound..<middle, middle..<rows.upperBound]
  }

  private func reachMiddle(of chunk: Int) {
    FaultInjection.reach("worker.chunk.mid")
    FaultInjection.reach("chunk.\(chunk)")
  }
}
