// SPDX-License-Identifier: Apache-2.0
//
// The summary of a run, letter by letter: programs read the JSON, people the text.

import Testing

@testable import MatrixFiles
@testable import Weft
@testable import WeftCommands

@Suite("Summary")
struct SummaryTests {
  private func summary() throws -> Summary {
    var report = ComputeReport(
      shape: try Shape(rows: 1000, columns: 500), elementType: .float64, accuracy: .strict,
      bound: "0.5000 ulp: every element is the formula's value rounded once", workers: 4, chunks: 31, retries: 0,
      checksum: Checksum(0x1234_5678_9abc_def0), nonfiniteCount: 0, verified: .sample, elementsRecomputed: 260)
    report.seconds = ComputeReport.Seconds(plan: 0x1p-11, start: 0x1p-9, compute: 0x1p-8, validate: 0x1p-10)
    return Summary(formula: "i+j", report: report, preparation: 0x1p-11, written: nil, writeSeconds: 0)
  }

  @Test("JSON has the promised keys, in order")
  func json() throws {
    #expect(
      try summary().json.rendered == """
        {"formula": "i+j", "rows": 1000, "columns": 500, "dtype": "float64", "accuracy": "strict", \
        "bound": "0.5000 ulp: every element is the formula's value rounded once", "workers": 4, "chunks": 31, \
        "chunksFound": 0, "retries": 0, \
        "seconds": {"plan": 0.0009765625, "start": 0.001953125, "compute": 0.00390625, "validate": 0.0009765625, "write": 0.0, \
        "total": 0.0078125}, \
        "bytesPerSecond": 1024000000.0, "checksum": "123456789abcdef0", "output": null, "nonfinite": 0, "verified": "sample"}
        """)
  }

  @Test("JSON of a written, unverified matrix")
  func writtenJSON() throws {
    var summary = try summary()
    summary.report.checksum = nil
    summary.report.verified = .none
    summary.written = WriteReport(
      path: "a\"b.npy", format: .npy, byteCount: 128, writeSeconds: 0.001, commitSeconds: 0.002)
    summary.writeSeconds = 0.0035
    let text = summary.json.rendered
    #expect(text.contains(#""checksum": null, "output": "a\"b.npy", "nonfinite": 0, "verified": "none"}"#))
    #expect(text.contains(#""write": 0.0035"#))
  }

  @Test("Text")
  func text() throws {
    #expect(
      try summary().text == """
        matrix      1000×500 float64, 4.0 MB
        formula     i+j
        accuracy    strict, 0.5000 ulp: every element is the formula's value rounded once
        workers     4
        chunks      31, none computed again
        time        plan 0.977 ms, start 1.95 ms, compute 3.91 ms, validate 0.977 ms, write 0 ms, total 7.81 ms
        rate        1.0 GB/s
        checksum    123456789abcdef0
        verified    checksums, and 260 elements computed anew
        nonfinite   none
        """)
  }

  @Test("Text of everything unusual")
  func unusualText() throws {
    var summary = try summary()
    summary.formula = "i +\n\u{1b}[31m" + String(repeating: "1+", count: 200) + "1"
    (summary.report.accuracy, summary.report.bound) = (nil, nil)
    summary.report.workers = 0
    summary.report.retries = 2
    summary.report.checksum = nil
    summary.report.verified = .full
    summary.report.elementsRecomputed = 1
    summary.report.nonfiniteCount = 3
    summary.report.firstNonfinite = (row: 4, column: 5)
    summary.written = WriteReport(
      path: "m.csv", format: .csv, byteCount: 1500, writeSeconds: 0.001, commitSeconds: 0.002)
    let lines = summary.text.split(separator: "\n")
    #expect(lines[1].hasPrefix("formula     i + \\x1b[31m1+1+") && lines[1].hasSuffix("…") && lines[1].count == 212)
    #expect(lines[2] == "accuracy    the kernel's own")
    #expect(lines[3] == "workers     none, computed in this process")
    #expect(lines[4] == "chunks      31, 2 computed again")
    #expect(lines[7] == "checksum    not taken")
    #expect(lines[8] == "verified    checksums, and all 1 element computed anew")
    #expect(lines[9] == "nonfinite   3, the first in row 4, column 5 (from 0)")
    #expect(lines[10] == "output      m.csv, csv, 1.5 kB")
  }

  @Test(
    "Durations",
    arguments: [
      (0.0, "0 ms"), (0.000_000_4, "0 ms"), (0.000_412, "0.412 ms"), (0.001_234, "1.23 ms"), (0.0123, "12.3 ms"),
      (0.1234, "123 ms"),
      (0.9999, "1 s"), (1.239, "1.24 s"), (61.04, "61 s"), (3723, "3723 s"),
    ])
  func duration(seconds: Double, text: String) {
    #expect(Summary.duration(seconds) == text)
  }
}

@Suite("JSON")
struct JSONTests {
  @Test("Text is escaped")
  func escaping() {
    #expect(JSON.text("a\"\\/\n\r\t\u{1}\u{1f}\u{7f}é😀").rendered == #""a\"\\/\n\r\t\u0001\u001f"# + "\u{7f}é😀\"")
    #expect(JSON.object([("k\"", .text(""))]).rendered == #"{"k\"": ""}"#)
  }

  @Test("Numbers keep their bits; what is none is null")
  func numbers() {
    for value in [0.1, -0.0, .leastNonzeroMagnitude, 1.797_693_134_862_315_7e308, 1e22, 123_456_789.123] {
      #expect(Double(JSON.number(value).rendered)?.bitPattern == value.bitPattern)
    }
    #expect(JSON.number(.infinity).rendered == "null")
    #expect(JSON.number(-.infinity).rendered == "null")
    #expect(JSON.number(.nan).rendered == "null")
    #expect(JSON.integer(.min).rendered == "-9223372036854775808")
  }

  @Test("The rest")
  func others() {
    #expect(
      JSON.array([.null, .bool(true), .bool(false), .array([]), .object([])]).rendered == "[null, true, false, [], {}]")
    #expect(JSON.optional(String?.none).rendered == "null")
    #expect(JSON.optional(Double?.none).rendered == "null")
  }
}
