// SPDX-License-Identifier: Apache-2.0
//
// `weft-mpi plan`: text, JSON, and one sentence for what is no plan. Without mpirun: it joins no job. Run by `make test-mpi`.

import Glibc
import Testing

private let planner = unsafe getenv("WEFT_MPI_BINARY").map { unsafe String(cString: $0) }

private func plan(_ arguments: [String]) throws -> Run {
  var command = Command.weft([])
  (command.program, command.arguments) = (planner ?? "weft-mpi", ["plan"] + arguments)
  return try command.run()
}

private let cluster = ["--nodes", "64", "--ranks", "4096", "--size", "1000000"]

extension EndToEnd {
  @Suite(.enabled(if: planner != nil, "WEFT_MPI_BINARY is missing: 'make test-mpi'"))
  struct MPIPlanTests {
    @Test func text() throws {
      let run = try plan(cluster)
      expectClean(run)
      #expect(run.code == 0 && run.errors.isEmpty, "\(run.summary)")
      #expect(run.text.hasPrefix("predicted    nothing here was measured but the constants\n"))
      for words in [
        "4096 ranks on 64 nodes with 64 cores each", "1000000×1000000 float64, 8.0 TB", "64×64 ranks", "output-bound",
        "measured on a 2-core machine, 2026-11",
      ] {
        #expect(run.text.contains(words), "\(words) in:\n\(run.text)")
      }
      // Labels padded to one width, a column for each task.
      #expect(run.lines.dropLast().allSatisfy { $0.count > 13 && $0.dropFirst(11).prefix(2) == "  " }, "\(run.text)")
      #expect(run.lines.contains { $0.split(separator: " ") == ["compute", "multiply", "solve"] })
    }

    @Test func json() throws {
      let run = try plan(cluster + ["--task", "solve", "--network-latency", "2us", "--json"])
      let json = try JSONValue(parsing: run.text)
      #expect(
        json.keys == [
          "prediction", "size", "dtype", "formula", "nodes", "ranks", "cores", "grid", "tasks", "constants",
        ])
      #expect(json["prediction"] == .bool(true) && json["ranks"]?.integer == 4096 && json["cores"]?.integer == 64)
      guard case .array(let tasks)? = json["tasks"], case .array(let constants)? = json["constants"],
        let task = tasks.first
      else { return #expect(Bool(false), "no tasks or constants in \(run.text)") }
      #expect(tasks.count == 1 && task["task"]?.text == "solve" && (task["total"]?.number ?? 0) > 0)
      #expect((task["seconds"]?["latency"]?.number).map { abs($0 - 18e6 * 2e-6) < 0.1 } == true)
      let given = constants.filter { $0["origin"]?.text == "--network-latency" }
      #expect(given.count == 1 && given[0]["value"]?.number == 2e-6)
      #expect(constants.allSatisfy { $0["origin"]?.text?.isEmpty == false })
    }

    /// Each override counts, and a formula is measured here.
    @Test func constantsOfOnesOwn() throws {
      func seconds(_ more: [String], _ task: String, _ phase: String) throws -> Double {
        let run = try plan(cluster + ["--task", task, "--json"] + more)
        guard case .array(let tasks)? = try JSONValue(parsing: run.text)["tasks"] else { return -1 }
        return tasks.first?["seconds"]?[phase]?.number ?? -1
      }
      #expect(try seconds(["--output-bandwidth", "10GB"], "compute", "output") == 800)
      #expect(try seconds(["--flops", "1T", "--cores", "64"], "multiply", "arithmetic") < 600)
      let (slow, fast) = try (
        seconds(["--network-bandwidth", "1GB/s"], "solve", "transfer"),
        seconds(["--network-bandwidth", "100GB/s"], "solve", "transfer")
      )
      #expect(abs(slow / fast - 100) < 1e-6)
      let run = try plan(["--size", "300", "--formula", "a*tan(i*j)", "--let", "a=2"])
      #expect(run.code == 0 && run.text.contains("a*tan(i*j), measured on this machine just now"), "\(run.summary)")
    }

    /// The machine at hand: its cores, which more ranks than that share.
    @Test func thisMachine() throws {
      let run = try plan(["--size", "1000", "--ranks", "1000"])
      #expect(run.code == 0 && run.text.contains("1000 ranks on 1 node with "), "\(run.summary)")
      #expect(run.text.contains("1000 ranks take turns on "))
      #expect(run.text.contains("One machine is as fast"))
    }

    @Test func whatIsNoPlan() throws {
      for (arguments, words) in [
        ([], "--size"), (["--size", "0"], "--size"), (["--size", "10", "--nodes", "5", "--ranks", "2"], "5"),
        (["--size", "100000000000"], "address space"), (["--size", "10", "--flops", "many"], "--flops"),
        (["--size", "10", "--network-latency", "-1us"], "--network-latency"),
        (["--size", "10", "--task", "invert"], "--task"), (["--size", "10", "--bogus"], "--bogus"),
        (["--size", "10", "--formula", "sn(i)"], "sn"), (["--size", "10", "--ranks", "1e3"], "--ranks"),
      ] {
        let run = try plan(arguments)
        #expect(run.code == 64 && run.output.isEmpty && run.errors.contains(words), "\(arguments): \(run.summary)")
        #expect(run.errors.hasPrefix("weft-mpi: "), "\(run.summary)")
        let others = run.errors.split(separator: "\n").dropFirst()
        #expect(
          others.allSatisfy { $0.hasPrefix("  ") || $0.hasPrefix("Usage: ") || $0.hasPrefix("Help: ") },
          "\(run.errors)")
      }
    }

    @Test func help() throws {
      let run = try plan(["--help"])
      #expect(run.code == 0 && run.errors.isEmpty && run.text.contains("USAGE: weft-mpi plan --size <n>"))
      #expect(run.lines.allSatisfy { $0.count <= 80 }, "\(run.text)")
    }
  }
}
