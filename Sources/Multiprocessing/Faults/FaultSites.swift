// SPDX-License-Identifier: Apache-2.0
// Every place at which WEFT_FAULT can strike. A name that is not here is refused, so that a test whose site was renamed
// fails instead of passing for want of a fault. The code that calls `FaultInjection` adds its site here.

/// A named place in the code where a fault can be made to happen.
package struct FaultSite {
  package let name: String
  let place: String
  /// The site can report a failure of a system call: `errno=` is allowed.
  var takesErrno = false

  package static let all: [FaultSite] = [
    FaultSite(name: "worker.hello", place: "a worker, before its first word to the coordinator"),
    FaultSite(name: "worker.job", place: "a worker, having received a job"),
    FaultSite(name: "worker.chunk.begin", place: "a worker, having claimed a chunk, before writing any of it"),
    FaultSite(name: "worker.chunk.mid", place: "a worker, half-way through a chunk"),
    FaultSite(name: "worker.chunk.end", place: "a worker, having written a chunk, before marking it done"),
    FaultSite(
      name: "worker.chunk.recorded", place: "a worker of a run into a file, having written a chunk's line in the ledger"
    ),
    FaultSite(
      name: "chunk.write", place: "a worker or rank, in place of writing (part of) a chunk into the file",
      takesErrno: true),
    FaultSite(name: "chunk.N", place: "a worker, half-way through chunk N, counted from 0"),
    FaultSite(name: "pool.ready", place: "a pool's worker, before it says that it is ready"),
    FaultSite(name: "pool.task.begin", place: "a pool's worker, having claimed a task, before reading its input"),
    FaultSite(name: "pool.task.end", place: "a pool's worker, having run a task, before answering"),
    FaultSite(name: "coordinator.spawn", place: "the coordinator, in place of starting a worker", takesErrno: true),
    FaultSite(name: "coordinator.spawned", place: "the coordinator, having started a worker"),
    FaultSite(name: "coordinator.job", place: "the coordinator, before handing a job to the workers"),
    FaultSite(name: "coordinator.assemble", place: "the coordinator, before the result is validated"),
    FaultSite(name: "coordinator.write", place: "the coordinator, before the result is written out"),
    FaultSite(name: "queue.put.locked", place: "a producer, having taken the queue's producers' mutex"),
    FaultSite(
      name: "queue.put.written", place: "a producer, having written an item or its last part, before announcing it"),
    FaultSite(
      name: "queue.put.journaled", place: "a producer, having announced an item in the journal, before publishing it"),
    FaultSite(name: "queue.put.published", place: "a producer, having published an item, before counting it"),
    FaultSite(name: "queue.put.unlocked", place: "a producer, having given the mutex back, before waking a consumer"),
    FaultSite(name: "queue.put.fragment", place: "a producer, having published a part of an item that is not its last"),
    FaultSite(
      name: "queue.put.decided", place: "a producer, having declared a streamed item whole, before publishing its end"),
    FaultSite(name: "queue.get.locked", place: "a consumer, having taken the queue's consumers' mutex"),
    FaultSite(name: "queue.get.fragment", place: "a consumer, having taken a part of an item that is not its last"),
    FaultSite(
      name: "queue.get.read", place: "a consumer, having read all of an item, before announcing that it takes it"),
    FaultSite(
      name: "queue.get.journaled", place: "a consumer, having announced that it takes an item, before taking it"),
    FaultSite(name: "queue.get.released", place: "a consumer, having taken an item, before counting it"),
    FaultSite(name: "queue.get.unlocked", place: "a consumer, having given the mutex back, before waking a producer"),
    FaultSite(name: "sharedmemory.reserve", place: "in place of reserving a segment's pages", takesErrno: true),
  ]

  /// The site called `name`; "chunk.17" is site "chunk.N".
  static func named(_ name: String) -> FaultSite? {
    let digits = name.hasPrefix("chunk.") ? name.dropFirst(6) : ""
    let key = !digits.isEmpty && digits.allSatisfy { $0.isASCII && $0.isWholeNumber } ? "chunk.N" : name
    return all.first { $0.name == key && name != "chunk.N" }
  }
}
