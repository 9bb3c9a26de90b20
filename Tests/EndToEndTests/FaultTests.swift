// SPDX-License-Identifier: Apache-2.0
//
// Faults at exact places (WEFT_FAULT; faults F01, F03–F06, F12, F13): whatever happens to workers, the same bytes or a
// sentence that names the rows, soon, and nothing left behind.

import Glibc
import Testing

extension EndToEnd {
  @Suite(.timeLimit(.minutes(20))) struct FaultTests {
    static let what = [headline, "--rows", "300", "--columns", "200"]
    /// 30 chunks.
    static let options = ["--workers", "3", "--chunk-rows", "10"]

    private func run(
      _ fault: String, _ more: [String] = [], in folder: ScratchFolder, old: String? = nil
    ) throws -> Run {
      folder.remove("m.npy")
      if let old { folder.write(old, to: "m.npy") }
      var command = Command.weft(
        ["compute"] + Self.what + Self.options + ["--json", "--output", "m.npy"] + (old == nil ? [] : ["--force"])
          + more,
        in: folder, environment: ["WEFT_FAULT": fault])
      command.limit = 30
      return try command.run()
    }

    struct Recovery: CustomTestStringConvertible, Sendable {
      var fault: String
      /// Chunks that are computed again: what the fault costs.
      var retries: ClosedRange<Int>
      var options: [String] = []
      var workers = 3
      var testDescription: String { fault }
    }

    static let recoveries = [
      Recovery(fault: "worker.chunk.begin:1:kill", retries: 1...3),
      Recovery(fault: "worker.chunk.mid:1:kill", retries: 1...3),
      Recovery(fault: "worker.chunk.mid:2:kill", retries: 1...3),
      Recovery(fault: "worker.chunk.end:1:kill", retries: 1...3),
      Recovery(fault: "worker.chunk.mid:1:trap", retries: 1...3),
      Recovery(fault: "worker.chunk.mid:1:exit=3", retries: 1...3),
      Recovery(fault: "worker.chunk.mid:1:exit=0", retries: 1...3),
      Recovery(fault: "worker.chunk.end:3:trap,worker.chunk.begin:5:kill", retries: 0...3),
      // Both workers of the first generation may meet it, a third one is a replacement without faults.
      Recovery(fault: "chunk.7:1:kill", retries: 1...2, options: ["--workers", "2"], workers: 2),
      Recovery(fault: "worker.hello:1:kill", retries: 0...0),
      Recovery(fault: "worker.hello:1:exit=5", retries: 0...0),
      Recovery(fault: "worker.job:1:kill", retries: 0...0),
      Recovery(fault: "worker.job:1:trap", retries: 0...0),
      Recovery(fault: "worker.chunk.mid:1:stop", retries: 1...3, options: ["--chunk-timeout", "1"]),
      Recovery(fault: "worker.chunk.mid:1:sleep=1h", retries: 1...3, options: ["--chunk-timeout", "1"]),
      Recovery(fault: "worker.chunk.begin:1:stop", retries: 1...3, options: ["--chunk-timeout", "0.5"]),
      Recovery(fault: "worker.hello:1:sleep=1h", retries: 0...0, options: ["--chunk-timeout", "0.5"]),
      Recovery(fault: "worker.job:1:stop", retries: 0...0, options: ["--chunk-timeout", "0.5"]),
      // Longer than a beat, shorter than the limit: nobody is killed for it.
      Recovery(fault: "worker.chunk.mid:1:sleep=0.7", retries: 0...0, options: ["--chunk-timeout", "5"]),
      Recovery(fault: "coordinator.spawn:1:errno=EAGAIN", retries: 0...0, workers: 2),
      Recovery(fault: "coordinator.spawn:2:errno=ENOMEM", retries: 0...0, workers: 2),
      Recovery(fault: "coordinator.spawn:4:errno=EAGAIN,worker.chunk.mid:1:kill", retries: 1...3),
      Recovery(fault: "coordinator.spawned:1:sleep=0.2,worker.hello:1:kill", retries: 0...0),
    ]

    @Test(arguments: recoveries) func recovers(_ recovery: Recovery) throws {
      let golden = try Golden(Self.what)
      let folder = ScratchFolder()
      let run = try run(recovery.fault, recovery.options, in: folder)
      expectGolden(run, folder, is: golden, recovery.fault)
      guard run.code == 0 else { return }
      let json = try JSONValue(parsing: run.text)
      #expect(recovery.retries.contains(try #require(json["retries"]?.integer)), "\(run.text)")
      #expect(json["workers"]?.integer == recovery.workers && json["checksum"]?.text == golden.checksum)
      #expect(run.seconds < 5, "\(run.summary)")
    }

    struct End: CustomTestStringConvertible, Sendable {
      var fault: String
      var code: Int32
      var words: [String]
      var options: [String] = []
      var testDescription: String { fault }
    }

    static let ends = [
      End(fault: "chunk.7:*:kill", code: 75, words: ["Rows 70 to 79", "SIGKILL"]),
      End(fault: "chunk.29:*:trap", code: 75, words: ["Rows 290 to 299"]),
      End(fault: "chunk.0:*:exit=3", code: 75, words: ["Rows 0 to 9", "3"]),
      End(fault: "chunk.7:*:stop", code: 75, words: ["Rows 70 to 79"], options: ["--chunk-timeout", "0.5"]),
      End(fault: "worker.hello:*:kill", code: 75, words: ["workers ended in a row", "SIGKILL"]),
      End(fault: "worker.job:*:exit=1", code: 75, words: ["workers ended in a row"]),
      End(fault: "worker.chunk.begin:*:kill", code: 75, words: ["SIGKILL"]),
      End(fault: "coordinator.spawn:*:errno=EAGAIN", code: 69, words: ["ulimit -u"]),
      End(fault: "sharedmemory.reserve:1:errno=ENOSPC", code: 69, words: ["480,000 bytes", "/dev/shm", "ENOSPC"]),
      End(fault: "sharedmemory.reserve:2:errno=ENOMEM", code: 69, words: ["shared memory"]),
    ]

    @Test(arguments: ends) func endsWithASentence(_ end: End) throws {
      let folder = ScratchFolder()
      for old in [nil, "old"] {
        let run = try run(end.fault, end.options, in: folder, old: old)
        #expect(run.code == end.code, "\(run.summary)")
        // A trapping worker's own last words may come before.
        let last = run.errors.split(separator: "\n").last ?? ""
        #expect(last.hasPrefix("weft: ") && end.words.allSatisfy { last.contains($0) }, "\(run.errors)")
        #expect(run.seconds < 5, "\(run.summary)")
        expectClean(run, folder, end.fault)
        #expect(folder.text("m.npy") == old)
      }
    }

    @Test func aFaultThatDoesNotExistIsAUsageError() throws {
      for fault in ["worker.chunk.mid:1:explode", "no.such.site:1:kill", "worker.hello", "worker.hello:0:kill"] {
        let folder = ScratchFolder()
        let run = try run(fault, in: folder)
        #expect(run.code == 64 && run.errors.contains("WEFT_FAULT"), "\(run.summary)")
        #expect(folder.names.isEmpty)
      }
    }

    /// The coordinator itself, at its named places: old file or new file.
    @Test(arguments: ["spawned", "job", "assemble", "write"], ["kill", "exit=9", "trap"])
    func theCoordinatorMayDieAnywhere(site: String, action: String) throws {
      let folder = ScratchFolder()
      let run = try run("coordinator.\(site):1:\(action)", ["--no-sync"], in: folder, old: "old")
      #expect(run.code != 0, "\(run.summary)")
      expectClean(run, folder, "\(site) \(action)")
      #expect(folder.text("m.npy") == "old")
    }

    // MARK: Seen from outside

    /// What a worker inherits and how it is set up (F11, F12, F62).
    @Test func workersHaveOnlyWhatTheyNeed() throws {
      let folder = ScratchFolder()
      let command = SlowRun.command(seconds: 1.2, ["--output", "m.npy"], in: folder)
      let running = try command.start()
      #expect(Clock.eventually(within: 5) { running.others.count == 4 }, "\(running.others)")
      Clock.sleep(0.1)
      for pid in running.others {
        #expect(Tag.name(of: pid).hasPrefix("weft-worker-"))
        let targets = Files.names(in: "/proc/\(pid)/fd").compactMap { Files.link("/proc/\(pid)/fd/\($0)") }
        let known = ["/dev/null", "socket:", "anon_inode:", "/memfd:", "/dev/shm/", "/tmp/weft-capture-"]
        #expect(targets.allSatisfy { target in known.contains { target.hasPrefix($0) } }, "\(targets)")
        #expect(targets.count <= 7, "\(targets)")
        // The computing thread and the one that watches the coordinator.
        #expect(Tag.status("Threads", of: pid) == "2")
        // SIGPIPE and SIGXFSZ, nothing else. (Signals from 32 on are the C library's own.)
        let ignored = UInt64(Tag.status("SigIgn", of: pid) ?? "", radix: 16) ?? 0
        #expect(ignored & 0x7FFF_FFFF == 1 << 12 | 1 << 24)
      }
      expectGolden(running.wait(), folder, is: try SlowRun.golden())
    }

    /// One byte of the matrix changes between the workers' last write and the validation (F30).
    @Test func damagedMemoryIsFound() throws {
      for mode in [["--workers", "2"], ["--in-process"]] {
        let folder = ScratchFolder()
        let running = try Command.weft(
          ["compute"] + Self.what + mode + ["--chunk-rows", "10", "--output", "m.npy"], in: folder,
          environment: ["WEFT_FAULT": "coordinator.assemble:1:sleep=0.5"]
        ).start()
        Clock.sleep(0.3)
        // The segment of the matrix: 480,000 bytes in whole pages.
        let own = Files.names(in: "/proc/\(running.pid)/fd").map { "/proc/\(running.pid)/fd/\($0)" }
        let segment = try #require(own.first { Files.byteCount($0) == 483_328 })
        let descriptor = unsafe open(segment, O_RDWR | O_CLOEXEC)
        try #require(descriptor >= 0)
        var byte: UInt8 = 0
        // In row 123.
        let place = off_t((123 * 200 + 45) * 8 + 2)
        unsafe pread(descriptor, &byte, 1, place)
        byte ^= 1
        unsafe pwrite(descriptor, &byte, 1, place)
        close(descriptor)
        let run = running.wait()
        expectRefusal(run, code: 70, ["Rows 120 to 129", "chunk 12"], "\(mode)")
        expectClean(run, folder)
        #expect(folder.names.isEmpty)
      }
    }

    /// Workers that die otherwise than by SIGKILL, and signals that they leave to the coordinator.
    @Test func otherSignalsToWorkersAreSurvived() throws {
      let golden = try SlowRun.golden()
      for (signal, isDeadly) in [
        (SIGTERM, true), (SIGSEGV, true), (SIGABRT, true), (SIGUSR1, true), (SIGINT, false), (SIGHUP, false),
      ] {
        let folder = ScratchFolder()
        let running = try SlowRun.command(seconds: 0.5, ["--output", "m.npy", "--json"], in: folder).start()
        #expect(Clock.eventually(within: 5) { running.others.count == 4 })
        Clock.sleep(0.1)
        for pid in running.others.prefix(3) { kill(pid, signal) }
        let run = running.wait()
        expectGolden(run, folder, is: golden, "signal \(signal)")
        #expect(try JSONValue(parsing: run.text)["retries"]?.integer == (isDeadly ? 3 : 0), "signal \(signal)")
      }
    }

    /// The program's file is replaced and gone: a new worker is still of the same build (F13).
    @Test func theProgramMayBeReplacedDuringARun() throws {
      let folder = ScratchFolder()
      Files.write(try #require(Files.bytes(Binary.path)), to: folder["weft"])
      unsafe chmod(folder["weft"], 0o755)
      var command = SlowRun.command(seconds: 1, ["--output", "m.npy", "--json"], in: folder)
      command.program = folder["weft"]
      let running = try command.start()
      #expect(Clock.eventually(within: 5) { running.others.count == 4 })
      Clock.sleep(0.2)
      unsafe unlink(folder["weft"])
      folder.write("#!/bin/false\n", to: "weft")
      for pid in running.others { kill(pid, SIGKILL) }
      let run = running.wait()
      expectGolden(run, folder, is: try SlowRun.golden())
      #expect((try JSONValue(parsing: run.text)["retries"]?.integer ?? 0) >= 1)
    }

    /// A suspended machine or a stopped job (Ctrl-Z) is no hang: nobody is killed for it.
    @Test func aStoppedGroupGoesOn() throws {
      let folder = ScratchFolder()
      let running = try SlowRun.command(
        seconds: 1, ["--output", "m.npy", "--json", "--chunk-timeout", "0.5"], in: folder
      ).start()
      Clock.sleep(0.4)
      running.sendToGroup(SIGSTOP)
      Clock.sleep(1.5)
      running.sendToGroup(SIGCONT)
      let run = running.wait()
      expectGolden(run, folder, is: try SlowRun.golden())
      #expect(try JSONValue(parsing: run.text)["retries"]?.integer == 0)
    }

    @Test(.enabled(if: Tool.hasPrlimit, "prlimit is not installed"))
    func fewDescriptorsMeanFewerWorkersOrASentence() throws {
      let golden = try Golden(Self.what)
      for limit in [10, 16, 24, 40] {
        let folder = ScratchFolder()
        let command = Command.weft(
          ["compute"] + Self.what + ["--workers", "64", "--chunk-rows", "3", "--output", "m.npy"], in: folder)
        let run = try command.under("prlimit", ["--nofile=\(limit)"]).run()
        if run.code == 0 {
          expectGolden(run, folder, is: golden, "\(limit)")
        } else {
          expectRefusal(run, code: 69, ["ulimit -n"], "\(limit)")
          expectClean(run, folder)
          #expect(folder.names.isEmpty)
        }
      }
    }
  }
}
