// SPDX-License-Identifier: Apache-2.0
// Words that a worker and its coordinator share: which of the sent tasks has been started, where it is, and since when.
// They decide what a death costs: only the started task; and they let an unstarted one be taken back at any time.

import Synchronization

/// Two places for tasks, since a worker has at most two at once: task `n` uses place `n & 1`.
///
/// The claim word holds the task's number and one of three states. The coordinator offers; then the worker's `start` and the
/// coordinator's `recall` compete, and exactly one of them succeeds.
final class PoolBoard: Sendable {
  private enum Claim: UInt64 { case offered = 1, started, recalled }

  private static let byteCount = 4096
  private static let placeByteCount = 128

  private let memory: SharedMemory

  init() throws(SystemError) { memory = try SharedMemory(byteCount: PoolBoard.byteCount) }

  init(attaching descriptor: consuming Descriptor) throws(SystemError) {
    memory = try SharedMemory(attaching: descriptor, byteCount: PoolBoard.byteCount, writable: true)
  }

  /// To hand to the worker; stays owned here.
  var descriptorNumber: Int32 { memory.descriptorNumber }

  private func word(_ task: UInt64, _ index: Int) -> SharedWord {
    unsafe SharedWord(memory.baseAddress + Int(task & 1) * PoolBoard.placeByteCount + index * 8)
  }
  private func claim(_ task: UInt64) -> SharedWord { word(task, 0) }
  private func position(_ task: UInt64) -> SharedWord { word(task, 1) }
  private func since(_ task: UInt64) -> SharedWord { word(task, 2) }
  private static func value(_ task: UInt64, _ claim: Claim) -> UInt64 { task << 2 | claim.rawValue }

  // MARK: Coordinator

  /// Before the task is sent.
  func offer(_ task: UInt64) {
    position(task).store(0)
    claim(task).store(PoolBoard.value(task, .offered))
  }

  /// False: the worker has started it.
  func recall(_ task: UInt64) -> Bool {
    claim(task).exchange(PoolBoard.value(task, .offered), for: PoolBoard.value(task, .recalled))
  }

  func hasStarted(_ task: UInt64) -> Bool { claim(task).load() == PoolBoard.value(task, .started) }

  /// Of a started task: the input it is at, counted from 0, and when it began that one. The moment is exact for tasks that
  /// are sent as timed, else that of the task's start.
  func progress(of task: UInt64) -> (position: Int, since: Deadline) {
    (Int(clamping: position(task).load()), Deadline(nanoseconds: since(task).load()))
  }

  // MARK: Worker

  /// False: it was taken back, and is to be skipped.
  func start(_ task: UInt64) -> Bool {
    since(task).store(Deadline.now.nanoseconds)
    return claim(task).exchange(PoolBoard.value(task, .offered), for: PoolBoard.value(task, .started))
  }

  @inline(__always)
  func reach(_ index: Int, of task: UInt64, isTimed: Bool) {
    if isTimed { since(task).store(Deadline.now.nanoseconds) }
    position(task).store(UInt64(index))
  }
}
