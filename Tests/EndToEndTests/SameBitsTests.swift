// SPDX-License-Identifier: Apache-2.0
//
// The bytes of the file do not depend on who computes: number of workers, chunk size, instruction set, engine.

import Testing

extension EndToEnd {
  @Suite(.timeLimit(.minutes(20))) struct SameBitsTests {
    /// Everything that the kernels do in different ways: elementary functions, hoisted rows and columns, sums with
    /// bounds that differ from element to element, conditions.
    static let formulas = [
      headline,
      "exp(-abs(i-j)/50) + log1p(i*j)/(1 + i%7) - erf((i-j)/9)",
      "sum(k, 1, 1+j%5, sqrt(i+k)*cbrt(j*k)) - (i > j ? atan2(i, j+1) : pow(i, 0.3))",
      "where((i+j)%3 == 0, tanh(i/100)*asinh(j), fma(i, 0.1, -j)/(1+hypot(i, j)))",
    ]

    private struct Way {
      var options: [String]
      var kernels: String?
      var workers: Int
    }

    /// 300 rows make 100 chunks of 3, so that 64 workers have work.
    private static let ways: [Way] = {
      var ways = [1, 2, 3, 4, 7, 64].map {
        Way(options: ["--workers", "\($0)", "--chunk-rows", "3"], workers: $0)
      }
      for (rows, chunks) in [(1, 300), (3, 100), (64, 5), (1000, 1)] {
        ways.append(Way(options: ["--workers", "4", "--chunk-rows", "\(rows)"], workers: min(4, chunks)))
        ways.append(Way(options: ["--in-process", "--chunk-rows", "\(rows)"], workers: 0))
      }
      for table in Kernels.runnable {
        ways.append(Way(options: ["--in-process"], kernels: table, workers: 0))
        ways.append(Way(options: ["--workers", "3", "--chunk-rows", "7"], kernels: table, workers: 3))
      }
      return ways
    }()

    @Test(arguments: formulas, ["float64", "float32"])
    func theBytesDoNotDependOnWhoComputes(formula: String, type: String) throws {
      let what = [formula, "--rows", "300", "--columns", "200", "--dtype", type]
      let golden = try Golden(what)
      #expect(golden.bytes.count == 128 + 300 * 200 * (type == "float64" ? 8 : 4))
      let folder = ScratchFolder()
      for way in Self.ways {
        let run = try Command.weft(
          ["compute"] + what + way.options + ["--json", "--force", "--no-sync", "--output", "m.npy"], in: folder,
          environment: ["WEFT_KERNELS": way.kernels ?? ""]
        ).run()
        let label = "\(way)"
        expectGolden(run, folder, is: golden, label)
        let json = try JSONValue(parsing: run.text)
        #expect(json["checksum"]?.text == golden.checksum, "\(label)")
        #expect(json["workers"]?.integer == way.workers, "\(label)")
        #expect(json["retries"]?.integer == 0, "\(label)")
      }
    }

    @Test func everyTableOfThisCPUIsCovered() {
      #expect(Kernels.runnable.contains("portable"))
      #expect(Kernels.runnable.count >= 2, "only \(Kernels.runnable) run here")
    }

    @Test(arguments: [(0, 5), (5, 0), (0, 0), (1, 1), (1, 1000), (1000, 1), (7, 13), (65, 129), (3, 40_000)])
    func everyShapeWorks(rows: Int, columns: Int) throws {
      let what = ["sin(i*j)+i", "--rows", "\(rows)", "--columns", "\(columns)"]
      let golden = try Golden(what)
      #expect(golden.bytes.count == 128 + rows * columns * 8)
      let folder = ScratchFolder()
      for options in [["--workers", "3"], ["--workers", "7", "--chunk-rows", "1"]] {
        let run = try Command.weft(
          ["compute"] + what + options + ["--json", "--force", "--output", "m.npy"], in: folder
        ).run()
        expectGolden(run, folder, is: golden, "\(options)")
        #expect(try JSONValue(parsing: run.text)["checksum"]?.text == golden.checksum)
      }
    }

    @Test func originLetAndInputAreTheSameForWorkers() throws {
      let folder = ScratchFolder()
      let points = try Command.weft(
        ["compute", "sin(i+1)*(j+2)", "--rows", "150", "--columns", "3", "--output", "x.npy"], in: folder
      ).run()
      #expect(points.code == 0, "\(points.summary)")
      let what = [
        "exp(-a*sum(k, 1, columns(X), (X[i,k]-X[j,k])^2))", "--size", "150", "--origin", "1", "--let", "a=0.25",
        "--input", "X=\(folder["x.npy"])",
      ]
      let golden = try Golden(what)
      for workers in ["1", "5"] {
        let run = try Command.weft(
          ["compute"] + what + ["--workers", workers, "--chunk-rows", "9", "--force", "--output", "m.npy"], in: folder
        ).run()
        expectGolden(run, folder, is: golden, workers)
      }
    }

    /// Element by element by the second evaluator, too.
    @Test func fullVerificationAgrees() throws {
      for formula in Self.formulas {
        let run = try Command.weft([
          "compute", formula, "--rows", "60", "--columns", "50", "--verify", "full", "--json",
        ]).run()
        #expect(run.code == 0, "\(run.summary)")
        #expect(try JSONValue(parsing: run.text)["verified"]?.text == "full")
      }
    }
  }
}
