// SPDX-License-Identifier: Apache-2.0
//
// `weft explain`: the text line by line, the JSON key by key, with a prediction that is made up; and one that is measured.

import Testing

@testable import Weft
@testable import WeftCommands

@Suite("Explain")
struct ExplainTests {
  private func explanation(
    _ formula: String, size: Int = 1000, _ accuracy: Accuracy = .strict, isBoundByMemory: Bool = false
  ) throws -> Explanation {
    var job = Job(.formula(try Formula(formula)), rows: size, columns: size)
    job.accuracy = accuracy
    let plan = try BlockingEngine(.workers(2)).plan(job)
    guard case .formula(let bound, let compiled) = plan.work else { preconditionFailure("a formula was given") }
    let prediction = Prediction(
      nanosecondsPerElement: 0.8125, elementsMeasured: 4096, bytesPerSecond: 12.5e9, concurrency: 2,
      arithmeticSeconds: 0.001, memorySeconds: isBoundByMemory ? 0.002 : 0.0005, startSeconds: 0.004)
    return Explanation(plan: plan, formula: bound.explanation(compiled), prediction: prediction)
  }

  @Test("Text of pairs")
  func pairs() throws {
    let explanation = try explanation("sin(i*j)*cos(i+j)")
    #expect(
      explanation.text("sin(i*j)*cos(i+j)") == """
        matrix      1000×1000 float64, 8.0 MB
        formula     sin(i*j)*cos(i+j)
        form        pairs of doubles, rounded once, every element certified
        parts       a = sin(i*j)   rotation
                    b = cos(i+j)   1999 values, along i+j
        element     a*b
        cost        per element 21 flops, 64 bytes read from caches, 8 bytes written
        accuracy    strict, 0.5000 ulp: every element is the formula's value rounded once
        measured    0.813 ns an element for one worker (\(explanation.plan.kernels), 4096 elements tried); memory written at \
        12.5 GB/s by 2 threads
        predicted   5 ms: 4 ms to start workers and make memory, then 1 ms, bound by arithmetic (memory alone 0.5 ms)
        """)
  }

  @Test("Text of operations")
  func operations() throws {
    let lines = try explanation("tan(i/3)*j + sqrt(2*i+j)", isBoundByMemory: true).text("…").split(separator: "\n")
    #expect(
      lines[2...6] == [
        "form         operation by operation; not pairs: tan is none of arithmetic, sin, cos and exp",
        "operations   2 per row, 3 along 2*i+j, 2 per element",
        "parts        a = tan(i/3)      1000 values, one a row",
        "             b = sqrt(j+i*2)   2998 values, along 2*i+j",
        "element      a*j+b",
      ])
    #expect(
      lines.last
        == "predicted    6 ms: 4 ms to start workers and make memory, then 2 ms, bound by memory (arithmetic alone 1 ms)"
    )
  }

  @Test("Symmetric formulas are computed by half")
  func symmetry() throws {
    let explanation = try explanation("exp(-sqrt(i*j+1))", size: 100)
    #expect(
      explanation.text("…").contains("\nsymmetry     one triangle is computed, the other copied\nelement      exp("))
    #expect(explanation.json("…").rendered.contains("\"mirrored\": true"))
  }

  @Test("Text of quadruple precision, and of nothing")
  func others() throws {
    let best = try explanation("tan(i)/j", .best).text("tan(i)/j")
    #expect(best.contains("form        quadruple precision, element by element, rounded once; not pairs: tan is"))
    #expect(best.contains("cost        per element 1 flop in binary128, 1 function, 8 bytes written"))
    let nothing = try explanation("i", size: 0).text("i")
    #expect(nothing.contains("measured     nothing") && nothing.contains("predicted    nothing"))
  }

  @Test("JSON")
  func json() throws {
    let explanation = try explanation("exp(-i)*cos(j)", size: 10)
    #expect(
      explanation.json("exp(-i)*cos(j)").rendered == """
        {"formula": "exp(-i)*cos(j)", "rows": 10, "columns": 10, "dtype": "float64", "workers": 1, \
        "kernels": "\(explanation.plan.kernels)", "form": "pairs", "obstacle": null, \
        "operations": [{"rate": "per element", "count": 1}], \
        "parts": [{"name": "a", "formula": "exp(-i)", "kind": "table", "rate": "per row", "values": 10}, \
        {"name": "b", "formula": "cos(j)", "kind": "table", "rate": "per column", "values": 10}], \
        "element": "a*b", "mirrored": false, \
        "cost": {"flops": 11, "functions": 0, "bytesRead": 32, "bytesWritten": 8, "loops": false}, \
        "accuracy": "strict", "bound": "0.5000 ulp: every element is the formula's value rounded once", \
        "measured": {"nanosecondsPerElement": 0.8125, "elements": 4096, "bytesPerSecond": 12500000000.0, "threads": 2}, \
        "predicted": {"start": 0.004, "arithmetic": 0.001, "memory": 0.0005, "compute": 0.001, "total": 0.005, \
        "boundBy": "arithmetic"}}
        """)
  }

  @Test("Every option of compute that has a meaning here")
  func options() throws {
    let command = try ExplainCommand.parse([
      "a*i", "--rows", "3", "--columns", "4", "--workers", "2", "--origin", "1", "--dtype", "float32", "--accuracy",
      "best",
      "--let", "a=2", "--json",
    ])
    let explanation = try ComputeRequest(command.options).explanation()
    #expect(explanation.plan.shape == (try Shape(rows: 3, columns: 4)) && explanation.plan.elementType == .float32)
    #expect(explanation.plan.accuracy == .best && explanation.formula.form == .quadruple)
    #expect(explanation.prediction.elementsMeasured > 0)
    #expect(command.json)
    #expect(throws: UsageError.self) { try ComputeRequest(try ExplainCommand.parse(["i"]).options).explanation() }
  }
}
