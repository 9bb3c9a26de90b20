// SPDX-License-Identifier: Apache-2.0
//
// A worker that no coordinator started, or one of another build (F13, F18): it says so and ends, and never runs the
// program.

import Glibc
import Testing

extension EndToEnd {
  @Suite(.timeLimit(.minutes(20))) struct WorkerEntryTests {
    /// A marker with the fields of Multiprocessing/Process/WorkerMarker.swift.
    private func marker(version: String = "1", coordinator: pid_t = getpid(), byteCount: Int = 12345) -> String {
      "\(version);\(coordinator);1;2;\(byteCount);4;4Weft9RowWorkerO"
    }

    @Test func startedByHandIsAUsageError() throws {
      for text in ["1", "garbage", ";;;;;;", marker()] {
        let folder = ScratchFolder()
        let run = try Command.weft(
          ["compute", "i", "--size", "3", "--output", "m.npy"], in: folder, environment: ["WEFT_WORKER": text]
        ).run()
        #expect(run.code == 64, "\(text): \(run.summary)")
        #expect(run.errors.contains("WEFT_WORKER") && run.errors.split(separator: "\n").count == 1, "\(run.errors)")
        #expect(folder.names.isEmpty && run.output.isEmpty)
      }
      // Descriptor 3 is something, but no channel.
      let file = unsafe open("/dev/null", O_RDWR)
      defer { close(file) }
      var command = Command.weft(["--version"], environment: ["WEFT_WORKER": marker()])
      command.descriptor3 = file
      #expect(try command.run().code == 64)
    }

    /// With a channel, as a coordinator gives it: another file behind /proc/self/exe is another build.
    @Test func anotherBuildIsRefused() throws {
      var ends: [Int32] = [-1, -1]
      let made = unsafe socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends)
      try #require(made == 0)
      defer { for end in ends { close(end) } }
      for version in ["1", "2", "255"] {
        var command = Command.weft(["--version"], environment: ["WEFT_WORKER": marker(version: version)])
        command.descriptor3 = ends[1]
        let run = try command.run()
        #expect(run.code == 76, "\(run.summary)")
        #expect(run.errors.contains("another build") && run.output.isEmpty)
      }
    }

    /// Workers may not start workers without end.
    @Test func theDepthOfWorkersIsLimited() throws {
      let run = try Command.weft(
        ["compute", "i", "--size", "3", "--workers", "1"], environment: ["WEFT_WORKER_DEPTH": "5"]
      ).run()
      #expect(run.code != 0 && run.errors.contains("5 levels"), "\(run.summary)")
      expectClean(run)
    }
  }
}
