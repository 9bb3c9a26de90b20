// SPDX-License-Identifier: Apache-2.0
//
// From words to a request: every option, by the parser and by the plain reading, and every mistake.

import Testing
import Weft

@testable import WeftCommands

private func parsed(_ arguments: [String]) throws -> ComputeOptions { try ComputeCommand.parse(arguments).options }

@Suite("Options of weft compute")
struct ComputeOptionsTests {
  /// Every option, each in both spellings.
  static let plainLines: [[String]] = [
    ["i+j", "--size", "3"],
    ["--size=3", "i+j"],
    ["i", "--rows", "2", "--columns", "3"],
    ["i", "--size", "3", "--output", "-", "--format", "csv", "--force", "--no-sync"],
    ["i", "--size", "3", "--output", "a b=c.npy"],
    ["i", "--size", "3", "--workers", "4", "--chunk-rows", "2", "--chunk-timeout", "1.5"],
    ["i", "--size", "3", "--in-process", "--chunk-timeout=none"],
    ["i", "--size", "3", "--dtype", "float32", "--origin", "1", "--accuracy", "best"],
    ["a*i+b", "--size", "3", "--let", "a=-1", "--let=b=2"],
    ["X[i,0]+Y[j,0]", "--size", "3", "--input", "X=x.npy", "--input=Y=a=b.csv"],
    ["1/i", "--size", "3", "--nonfinite", "allow", "--verify", "full"],
    ["i", "--size", "3", "--plan", "--json", "--quiet", "--progress", "never"],
    ["i", "--size", "-3"],
    ["i", "--size", "3", "--size", "4"],
    ["i", "--size", "--rows"],
    ["", "--size", "3"],
  ]

  @Test("The plain reading and the argument parser read the same", arguments: plainLines)
  func sameAsParser(arguments: [String]) throws {
    let (parsed, plain) = try (parsed(arguments), #require(ComputeOptions(plain: arguments)))
    #expect(parsed.formula == plain.formula)
    for name in ComputeOptions.valueNames { #expect(parsed.value(name) == plain.value(name)) }
    for name in ["let", "input"] { #expect(parsed.values(name) == plain.values(name)) }
    for name in ComputeOptions.flagNames { #expect(parsed.has(name) == plain.has(name)) }
  }

  @Test(
    "What is not plain is left to the parser",
    arguments: [
      [], ["--size", "3"], ["i", "j", "--size", "3"], ["i", "--help"], ["i", "-h"], ["i", "--size"],
      ["i", "--frob", "3"],
      ["--size", "3", "--", "-i"], ["i", "--force=yes"], ["i", "--generate-completion-script", "bash"], ["--version"],
      ["i", "--let", "--", "x"],
    ])
  func leftToParser(arguments: [String]) {
    #expect(ComputeOptions(plain: arguments) == nil)
  }

  @Test("The plain reading knows exactly the parser's options")
  func namesAgree() {
    let known = Set(ComputeOptions.valueNames + ComputeOptions.flagNames)
    #expect(known == HelpTests.optionNames(of: ComputeCommand.self).subtracting(["help", "version"]))
  }

  @Test("A formula may begin with a minus sign")
  func minusSign() throws {
    #expect(try request("-i+j", "--size", "3").formula == "-i+j")
    #expect(try request("--size", "3", "-exp(i)").formula == "-exp(i)")
    #expect(try parsed(["--size", "3", "--", "-i"]).formula == "-i")
  }

  @Test("Defaults")
  func defaults() throws {
    let request = try request("i+j", "--size", "7")
    #expect(
      request
        == ComputeRequest(
          formula: "i+j", rows: 7, columns: 7, origin: 0, parameters: [:], inputs: [], elementType: .float64,
          accuracy: .strict,
          mode: .workers(nil), chunkRows: nil, chunkTimeout: .automatic, nonfinite: .error, verification: .sample,
          output: nil, memoryLimit: nil, timeLimit: nil, resumes: false, plot: nil, wantsRecipe: false,
          isPlanOnly: false, wantsJSON: false,
          isQuiet: false, progress: .auto))
  }

  @Test("Every option arrives")
  func everything() throws {
    var output = MatrixOutput(path: "m.csv", format: .tsv, overwrite: true, sync: false)
    output.spelling.text = TextOptions(digits: 6, delimiter: UInt8(ascii: ";"), columnNames: ["x", "y z", ""])
    (output.spelling.member, output.spelling.isCompressed) = ("w", true)
    let request = try request(
      "a*X[i,j]", "--rows", "2", "--columns", "3", "--output", "m.csv", "--format", "tsv", "--workers", "5", "--dtype",
      "float32", "--origin", "1", "--accuracy", "fast", "--let", "a=-1.5e3", "--input", "X=x=y.npy", "--chunk-rows",
      "9", "--chunk-timeout",
      "2.5",
      "--nonfinite", "allow", "--verify", "none", "--force", "--no-sync", "--plan", "--json", "--progress", "always",
      "--memory", "512MiB", "--deadline", "1h30m", "--resume", "--recipe",
      "--plot", "m.png", "--digits", "6", "--output-delimiter", ";", "--column-names", "x,y z,", "--name", "w",
      "--compress")
    #expect(
      request
        == ComputeRequest(
          formula: "a*X[i,j]", rows: 2, columns: 3, origin: 1, parameters: ["a": -1500],
          inputs: [ComputeRequest.Input(name: "X", path: "x=y.npy")], elementType: .float32, accuracy: .fast,
          mode: .workers(5),
          chunkRows: 9,
          chunkTimeout: .seconds(2.5), nonfinite: .allow, verification: .none,
          output: output,
          memoryLimit: 1 << 29, timeLimit: 5400, resumes: true,
          plot: MatrixOutput(path: "m.png", format: nil, overwrite: true, sync: false), wantsRecipe: true,
          isPlanOnly: true,
          wantsJSON: true, isQuiet: false, progress: .always))
    #expect(try self.request("i", "--size", "1", "--in-process").mode == .inProcess)
    #expect(try self.request("i", "--size", "1", "--workers", "auto").mode == .workers(nil))
    #expect(try self.request("i", "--size", "1", "--chunk-timeout", "none").chunkTimeout == .none)
    #expect(try self.request("i", "--size", "1", "--let", "a=inf").parameters == ["a": .infinity])
  }

  @Test("Quiet silences the bar too")
  func quiet() throws {
    let request = try request("i", "--size", "1", "--quiet", "--progress", "always")
    #expect(request.isQuiet)
    #expect(request.progress == .never)
  }

  @Test("Standard output by all its names", arguments: ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
  func standardOutput(path: String) throws {
    #expect(try request("i", "--size", "1", "--output", path).output?.isStandardOutput == true)
    #expect(try request("i", "--size", "1", "--output", "./-").output?.isStandardOutput == false)
  }

  /// Arguments behind `i`, and what the sentence has to contain.
  static let mistakes: [([String], String)] = [
    ([], "--size N, or --rows R and --columns C"),
    (["--rows", "3"], "--rows is given without --columns"),
    (["--columns", "3"], "--columns is given without --rows"),
    (["--size", "3", "--rows", "3"], "--size stands for"),
    (["--size", "10x20"], "--size is a whole number, not '10x20'"),
    (["--size", "1e3"], "--size is a whole number, not '1e3'"),
    (["--size", "99999999999999999999"], "--size is a whole number"),
    (["--size", "3", "--origin", "2"], "--origin is a whole number from 0 to 1, not '2'"),
    (["--size", "3", "--dtype", "int"], "--dtype is float64 or float32, not 'int'"),
    (["--size", "3", "--workers", "0"], "--workers is a number from 1 to 1024, or auto, not '0'"),
    (["--size", "3", "--workers", "-2"], "--workers is"),
    (["--size", "3", "--workers", "many"], "--workers is"),
    (["--size", "3", "--workers", "2", "--in-process"], "--in-process has no workers"),
    (["--size", "3", "--chunk-rows", "0"], "--chunk-rows is a whole number of at least 1, not '0'"),
    (["--size", "3", "--chunk-timeout", "0"], "--chunk-timeout is a number of seconds above 0"),
    (["--size", "3", "--chunk-timeout", "inf"], "--chunk-timeout"),
    (["--size", "3", "--chunk-timeout", "nan"], "--chunk-timeout"),
    (["--size", "3", "--digits", "5"], "--digits is about the file, so it needs --output PATH"),
    (["--size", "3", "--compress"], "--compress is about the file"),
    (["--size", "3", "--output", "m.csv", "--digits", "18"], "--digits is a whole number from 1 to 17, not '18'"),
    (["--size", "3", "--output", "m.csv", "--output-delimiter", "ab"], "--output-delimiter is one character"),
    (["--size", "3", "--recipe"], "--recipe writes a file beside the matrix"),
    (["--size", "3", "--recipe", "--output", "-"], "--recipe writes a file beside the matrix"),
    (["--size", "3", "--memory", "much"], "--memory is a number of bytes, as 512MB or 2GiB, not 'much'"),
    (["--size", "3", "--memory", "-1"], "--memory is"),
    (["--size", "3", "--memory", "0"], "--memory is"),
    (["--size", "3", "--memory", "1e9"], "--memory is"),
    (["--size", "3", "--deadline", "0"], "--deadline is a time"),
    (["--size", "3", "--deadline", "1m2h"], "--deadline is a time, as 90 (seconds), 10m or 1h30m, not '1m2h'"),
    (["--size", "3", "--let", "a"], "--let 'a' is not NAME=VALUE"),
    (["--size", "3", "--let", "=1"], "--let '=1' is not NAME=VALUE"),
    (["--size", "3", "--let", "a=x"], "--let a: 'x' is not a number"),
    (["--size", "3", "--let", "a="], "--let a: '' is not a number"),
    (["--size", "3", "--let", "a=1e400"], "beyond the range of float64"),
    (["--size", "3", "--let", "a=1", "--let", "a=2"], "--let gives a twice"),
    (["--size", "3", "--input", "X"], "--input 'X' is not NAME=PATH"),
    (["--size", "3", "--input", "X="], "--input 'X=' is not NAME=PATH"),
    (["--size", "3", "--input", "X=a", "--input", "X=b"], "--input gives X twice"),
    (["--size", "3", "--accuracy", "exact"], "--accuracy is fast, strict or best, not 'exact'"),
    (["--size", "3", "--nonfinite", "ignore"], "--nonfinite is error or allow, not 'ignore'"),
    (["--size", "3", "--verify", "some"], "--verify is none, sample or full, not 'some'"),
    (["--size", "3", "--progress", "on"], "--progress is auto, always or never, not 'on'"),
    (["--size", "3", "--format", "csv"], "--format is given without --output"),
    (
      ["--size", "3", "--output", "x", "--format", "xls"],
      "--format is npy, npz, safetensors, h5, mtx, raw, csv or tsv, not 'xls'"
    ),
  ]

  @Test("Every mistake has its sentence", arguments: mistakes)
  func mistake(arguments: [String], sentence: String) throws {
    let options = try #require(ComputeOptions(plain: ["i"] + arguments))
    let error = try #require(throws: UsageError.self) { try ComputeRequest(options) }
    #expect(error.description.contains(sentence))
    #expect(Failure.exitCode(of: error) == 64)
  }

  private func request(_ arguments: String...) throws -> ComputeRequest {
    try ComputeRequest(try #require(ComputeOptions(plain: arguments)))
  }
}
