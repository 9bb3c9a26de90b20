// SPDX-License-Identifier: Apache-2.0
//
// The conformance suite of engines on `Engine(.mpi)`, as the ranks of a job: `mpirun -n 3 weft-mpi-conformance`. A line a check
// from rank 0; exit code 1 where a promise was broken on any rank.
//
// With an argument: a part of the suite, by the beginning of its name; `--endless`, a job that does not end, to be killed;
// `--leaving CODE`, one rank ends with that code while the others begin a job.

#if MPI
  import EngineConformance
  import Glibc
  import Weft
  import WeftMPI

  let argument = CommandLine.arguments.dropFirst().first ?? ""
  guard case .ranks(let ranks) = EngineMode.mpi else { exit(70) }
  let group = try ranks.group()

  if argument == "--endless" {
    let engine = try Engine(.mpi)
    let kept = try await engine.compute("i+j", rows: 2000, columns: 2000)
    print("rank \(group.rank) computes")
    fflush(nil)
    let job = Job(.kernel(SlowRows.self), rows: 1_000_000, columns: Int(kept[8, 0]))
    _ = try await engine.run(job, as: Double.self)
  }

  if argument == "--leaving" {
    let engine = try Engine(.mpi)
    _ = try await engine.compute("i", rows: 9, columns: 9)
    if group.rank == group.count - 1 { exit(Int32(CommandLine.arguments[2]) ?? 0) }
    do { _ = try await engine.compute("j", rows: 9, columns: 9) } catch { print("rank \(group.rank): \(error)") }
    exit(0)
  }

  var hasFailed = false
  for check in EngineCheck.all + [OneCopy.check(group)] where check.name.hasPrefix(argument) {
    let own = await check.violations(.mpi)
    let all = try group.collect { Array(own.joined(separator: "; ").utf8) }
    let violations = all.enumerated().filter { !$0.element.isEmpty }.map {
      "rank \($0.offset): \(String(decoding: $0.element, as: UTF8.self))"
    }
    hasFailed = hasFailed || !violations.isEmpty
    if group.isRoot {
      print(
        violations.isEmpty ? "passed  \(check.name)" : "FAILED  \(check.name): \(violations.joined(separator: "; "))")
      fflush(nil)
    }
  }
  // The same code everywhere: whoever ends with another than 0 does not wait for the others.
  exit(hasFailed ? 1 : 0)
#else
  import Glibc

  print("weft-mpi-conformance: this program was built without MPI; 'make test-mpi' builds and runs it")
  exit(69)
#endif
