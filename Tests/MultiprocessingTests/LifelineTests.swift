// SPDX-License-Identifier: Apache-2.0
// A coordinator's death ends its workers within a second, whatever they do (faults.md F07). The coordinator here is
// itself a worker, so that it can be killed.

import Glibc
import Multiprocessing
import Testing

@Suite struct LifelineTests {
  @Test(.timeLimit(.minutes(10)), arguments: ["nest", "nest spin"])
  func endsWithItsCoordinator(command: String) throws {
    let coordinator = try puppet("coordinator")
    let worker = try #require(pid_t(try ask(coordinator, command)))
    #expect(isRunning(worker))
    coordinator.send(signal: SIGKILL)
    #expect(eventually(within: 1) { !isRunning(worker) })
  }

  @Test(.timeLimit(.minutes(10))) func endsWhenItsCoordinatorExitsWithoutCleaningUp() throws {
    let coordinator = try puppet("coordinator")
    let worker = try #require(pid_t(try ask(coordinator, "nest spin")))
    try tell(coordinator, "quit 0")
    #expect(eventually(within: 1) { !isRunning(worker) })
  }

  /// A stopped coordinator is not dead: its workers stay.
  @Test(.timeLimit(.minutes(10))) func outlivesAPause() throws {
    let coordinator = try puppet("coordinator")
    let worker = try #require(pid_t(try ask(coordinator, "nest")))
    coordinator.send(signal: SIGSTOP)
    #expect(!eventually(within: 0.3) { !isRunning(worker) })
    coordinator.send(signal: SIGCONT)
    #expect(try ask(coordinator, "echo back") == "back")
    #expect(isRunning(worker))
  }

  /// The parent-death signal of Linux is tied to the spawning thread (faults.md F08); ours must not be.
  @Test(.timeLimit(.minutes(10))) func outlivesTheSpawningThread() throws {
    final class Box { var worker: WorkerProcess? }  // handed over by join, never shared
    let box = Box()
    var thread = pthread_t()
    let opaque = unsafe Unmanaged.passRetained(box).toOpaque()
    unsafe pthread_create(
      &thread, nil,
      { argument in
        let box = unsafe Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue()
        box.worker = try? puppet()
        return nil
      }, opaque)
    pthread_join(thread, nil)
    let worker = try #require(box.worker)
    #expect(!eventually(within: 0.3) { !worker.isAlive })
    #expect(try ask(worker, "echo alive") == "alive")
  }
}
