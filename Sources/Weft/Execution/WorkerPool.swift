// SPDX-License-Identifier: Apache-2.0
//
// The engine's worker processes, seen from the coordinator: started when first needed, kept for the next job, watched
// while they work, replaced when they die.

import Glibc
import Multiprocessing

/// Worker processes by slot. Not `Sendable`: one engine owns it and waits in it.
final class WorkerPool {
  /// One place for a worker; whoever occupies it claims chunks under its number.
  struct Slot {
    var worker: WorkerProcess? = nil
    /// Segments the worker has mapped.
    var attached: Set<UInt64> = []
    /// It was given work and has not answered.
    var isBusy = false
    /// Its signs of life when last looked at, and for how long there was no new one.
    var beats: UInt64 = 0
    var silence = 0.0
  }

  /// Memory or a file of a job, to be known to every worker under `number`.
  struct JobSegment {
    var number: UInt64
    var descriptorNumber: Int32
    var byteCount: Int
    var isWritable: Bool
    /// A file, which is not mapped: `byteCount` says nothing then.
    var isFile = false
  }

  /// A crash prints its message and ends the worker at once; Swift's backtrace, which takes seconds during which the
  /// chunk waits, only where the user asks for it.
  private static let environment =
    Environment.value(of: "SWIFT_BACKTRACE") == nil ? ["SWIFT_BACKTRACE": "enable=no"] : [:]

  let size: Int
  var slots: [Slot]

  init(size: Int) {
    precondition(size > 0)
    self.size = size
    slots = [Slot](repeating: Slot(), count: size)
  }

  /// Starts the missing workers among the first `count`; they come up while the caller goes on.
  ///
  /// With fewer than asked for (process limit, memory) the job still runs, as long as there is one.
  func start(_ count: Int) throws(EngineError) {
    var refusal: SystemError?
    for index in 0..<count where slots[index].worker == nil {
      do throws(SystemError) { try start(slot: index, isReplacement: false) } catch { refusal = error }
    }
    if let refusal, !slots[..<count].contains(where: { $0.worker != nil }) { throw EngineError(refusal) }
  }

  func start(slot index: Int, isReplacement: Bool) throws(SystemError) {
    slots[index] = Slot()
    slots[index].worker = try WorkerProcess(
      program: RowWorker.self, name: "weft-worker-\(index)", environment: WorkerPool.environment,
      replacement: isReplacement)
  }

  /// Hands the job to the worker in `slot`. False: it is gone.
  func send(_ job: JobDescription, segments: [JobSegment], toSlot index: Int) -> Bool {
    guard let worker = slots[index].worker else { return false }
    let deadline = Deadline.in(seconds: 10)
    do throws(SystemError) {
      let wanted = Set(segments.map(\.number))
      for number in slots[index].attached.subtracting(wanted) {
        try worker.channel.send(WorkerOrder.detach(segment: number).bytes, deadline: deadline)
      }
      for segment in segments where !slots[index].attached.contains(segment.number) {
        let order =
          segment.isFile
          ? WorkerOrder.attachFile(segment: segment.number)
          : .attach(segment: segment.number, byteCount: segment.byteCount, isWritable: segment.isWritable)
        try worker.channel.send(order.bytes, descriptors: [segment.descriptorNumber], deadline: deadline)
      }
      slots[index].attached = wanted
      try worker.channel.send(WorkerOrder.run(job, slot: index).bytes, deadline: deadline)
      slots[index].isBusy = true
      return true
    } catch {
      // Its end is noticed, and named, by the watch that follows.
      slots[index].isBusy = true
      worker.send(signal: SIGKILL)
      return false
    }
  }

  /// Takes memory or files away from the workers that have them, before another job would.
  func detach(_ numbers: [UInt64]) {
    for index in slots.indices {
      for number in numbers where slots[index].attached.remove(number) != nil {
        try? slots[index].worker?.channel.send(WorkerOrder.detach(segment: number).bytes, deadline: .in(seconds: 10))
      }
    }
  }

  /// Asks a worker that has answered to claim again.
  func resume(slot index: Int) {
    guard let worker = slots[index].worker else { return }
    slots[index].isBusy = true
    do { try worker.channel.send(WorkerOrder.resume.bytes, deadline: .in(seconds: 10)) } catch {
      worker.send(signal: SIGKILL)
    }
  }

  /// Tells all workers to end. Idle workers hold nothing that needs a farewell.
  func dismiss() {
    for slot in slots { slot.worker?.send(signal: SIGKILL) }
  }

  /// Ends all workers and waits for their ends.
  func shutDown() {
    dismiss()
    for index in slots.indices {
      _ = try? slots[index].worker?.reap(deadline: .in(seconds: 5))
      slots[index] = Slot()
    }
  }

  deinit { shutDown() }
}
